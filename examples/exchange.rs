//! A traveller's wallet: shillings and dollars, exchanged at the house's rates, for a fee; and the house's gain.
//!
//! ```text
//! cargo run --release --example exchange
//! ```
#![allow(clippy::print_stdout)]

use pacioli::prelude::*;
use pacioli::{ClosePeriod, Mode};

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let kes = ledger.open_book(NewBook::live("travel.kes", Currency::KES))?;
    let usd = ledger.open_book(NewBook::live("travel.usd", Currency::USD))?;
    let njeri = Contact::new("Njeri Mwangi", "njeri@example.com", "+254712345678");
    let njeri = ledger.register_client(NewClient::individual("KE", njeri))?.id;
    let wallet = |book: BookId, name: &str| -> Result<AccountId, Error> {
        Ok(ledger.open_account(NewAccount::new(njeri, book, AccountType::WORKING).named(name))?.id)
    };
    let (shillings, dollars) = (wallet(kes.id, "Shillings")?, wallet(usd.id, "Dollars")?);

    // A service rules in the book of what is given: there it is charged.
    let fee = Fee::percentage(Rate::percent_text("0.5")?);
    let buying = ledger.define_service(NewService::new(njeri, kes.id, "BUY_USD").fee(fee))?.id;
    let selling = ledger.define_service(NewService::new(njeri, usd.id, "SELL_USD"))?.id;
    let deposits = ledger.define_service(NewService::new(njeri, kes.id, "DEPOSITS"))?.id;
    ledger.credit(Credit::new(shillings, deposits, kes.money("30000.00")?, "mpesa-1").kind(EntryKind::Deposit))?;

    println!(
        "Before the journey, Njeri wants 200 dollars. The house sells them at 131 shillings each, and takes 0.5 %."
    );
    let trip = Exchange::buy(shillings, dollars, buying, usd.money("200.00")?, "fx-1").at("1/131".parse()?);
    let receipt = ledger.exchange(trip.narrated("Boston"))?;
    let Some(exchanged) = receipt.exchanged() else { return Ok(()) };
    println!(
        "  {} for {}, charged {}",
        exchanged.bought,
        exchanged.sold,
        receipt.charged().unwrap_or(kes.currency.zero())
    );
    assert_eq!(exchanged.sold, kes.money("26200.00")?);
    assert_eq!(receipt.charged(), Some(kes.money("131.00")?));

    println!("Back home, she has 80.25 dollars left, which the house buys at 129.40.");
    ledger.debit(Debit::new(dollars, selling, usd.money("119.75")?, "card-1").kind(EntryKind::Payout))?;
    let back = Exchange::sell(dollars, shillings, selling, usd.money("80.25")?, "fx-2").at("129.40".parse()?);
    let receipt = ledger.exchange(back.narrated("Home again"))?;
    let Some(exchanged) = receipt.exchanged() else { return Ok(()) };
    println!("  {} for {}", exchanged.bought, exchanged.sold);
    assert_eq!(exchanged.bought, kes.money("10384.35")?);

    let view = ledger.view()?;
    println!("\n{}", view.statement(shillings).all()?);
    println!("{}", view.trial_balance(kes.id)?);
    println!("{}", view.trial_balance(usd.id)?);
    assert!(view.trial_balance(kes.id)?.is_balanced() && view.trial_balance(usd.id)?.is_balanced());
    // 30 000.00 less 26 200.00 and 131.00, and 10 384.35 come back.
    assert_eq!(view.balance(shillings)?.current, kes.money("14053.35")?);
    assert_eq!(view.balance(kes.system(SystemAccount::FxPosition))?.current, kes.money("-15815.65")?);

    println!("The house is short of dollars. With a dollar at 130.00 shillings in the market, what has it gained?");
    let gain = view.revaluation(Mode::Live, Currency::KES, &[(Currency::USD, "130".parse()?)], Rounding::HalfEven)?;
    for line in &gain.positions {
        println!(
            "  {:<10} {:>14}, worth {:>14}",
            line.position.name,
            line.position.position.to_string(),
            line.value.to_string()
        );
    }
    println!("  gain: {}", gain.gain);
    // A shilling on each of 200 dollars sold, 60 cents on each of 80.25 bought.
    assert_eq!(gain.gain, kes.money("248.15")?);

    println!("The day is closed: nothing more can happen in it.");
    let closed = ledger.close_period(ClosePeriod::new(kes.id, view.recorded_at(), "close-1"))?;
    println!("  sealed: debits {}, credits {}, {}", closed.sealed.debits, closed.sealed.credits, closed.sealed.digest);
    let late = Credit::new(shillings, deposits, kes.money("1.00")?, "mpesa-2").effective(view.recorded_at());
    assert!(matches!(ledger.credit(late), Err(Error::Rejected(Rejection::PeriodClosed { .. }))));
    Ok(())
}
