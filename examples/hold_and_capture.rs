//! A hotel: a guest's money is reserved at booking, captured in parts, and what is left is given back; a card payment
//! counts at once and can be spent once it has cleared.
//!
//! ```text
//! cargo run --release --example hold_and_capture
//! ```
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use pacioli::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
    let book = ledger.open_book(NewBook::live("hotel.kes", Currency::KES))?;
    let ann = NewClient::individual("KE", Contact::new("Ann", "ann@example.org", "+254700000001"));
    let guest = ledger.register_client(ann)?;
    let wallet = ledger.open_account(NewAccount::new(guest.id, book.id, AccountType::WORKING))?.id;
    let stay = ledger.define_service(NewService::new(guest.id, book.id, "STAY"))?.id;
    let show = |what: &str| -> Result<(), Error> {
        let balance = ledger.view()?.balance(wallet)?;
        println!("{what:<52} {:>14} {:>14}", balance.current.to_string(), balance.available.to_string());
        Ok(())
    };

    println!("{:<52} {:>14} {:>14}", "", "current", "available");
    let monday: Timestamp = "2026-11-23T12:00:00Z".parse()?;
    let card = Credit::new(wallet, stay, book.money("12000.00")?, "card-1").clearing(Clearing::At(monday));
    ledger.credit(card)?;
    show("A card payment of 12,000.00, which clears on Monday")?;

    let room = Debit::new(wallet, stay, book.money("9000.00")?, "room-7").narrated("Room 7, three nights");
    match ledger.hold(room.clone()) {
        Err(Error::Rejected(Rejection::InsufficientFunds { .. })) => show("The room cannot be booked with it yet")?,
        other => return Err(format!("a refusal was expected, not {other:?}").into()),
    }

    clock.set(monday);
    ledger.settle_due(monday, 100)?;
    show("On Monday the sweep clears it")?;

    // Refused commands leave their key free: the same command is carried out now.
    let friday: Timestamp = "2026-11-27T12:00:00Z".parse()?;
    let hold = ledger.hold(PlaceHold::new(room).until(friday))?;
    let hold = hold.hold().ok_or("a hold was placed")?;
    show("9,000.00 are reserved until Friday")?;

    ledger.capture(Capture::part(hold, book.money("3000.00")?, "night-1"))?;
    show("The first night is captured")?;
    ledger.capture(Capture::part(hold, book.money("3500.00")?, "night-2").last())?;
    show("The second, with breakfast; the guest leaves early")?;
    let settled = ledger.view()?.hold(hold)?;
    assert_eq!((settled.captured.signed(), settled.released.signed()), (6_500_00, 2_500_00));

    ledger.hold(PlaceHold::new(Debit::new(wallet, stay, book.money("1000.00")?, "spa-1")).until(friday))?;
    show("A visit to the spa is reserved, and forgotten")?;
    clock.set("2026-11-28T00:00:00Z".parse()?);
    let expired = ledger.settle_due(friday, 100)?;
    assert_eq!(expired.len(), 1);
    show("After Friday the sweep gives it back")?;

    let view = ledger.view()?;
    println!("\n{}", view.statement(wallet).all()?);
    assert_eq!(view.balance(wallet)?.available, book.money("5500.00")?);
    assert!(view.trial_balance(book.id)?.is_balanced());
    Ok(())
}
