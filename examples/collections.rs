//! Collections: a subscription billed by invoice for four months. One month is paid late, one fails and is retried, one
//! expires.
//!
//! ```text
//! cargo run --release --example collections
//! ```
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use pacioli::AdvanceInvoice;
use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    // A clock of our own, so that months pass at once.
    let clock = Arc::new(ManualClock::at("2026-01-01T06:00:00Z".parse::<Timestamp>()?));
    let today = |day: &str| -> Result<Timestamp, Error> {
        let now: Timestamp = format!("{day}T06:00:00Z").parse()?;
        clock.set(now);
        Ok(now)
    };
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
    let book = ledger.open_book(NewBook::live("club.kes", Currency::KES))?;
    let contact = Contact::new("Wanjiru", "office@club.example", "+254700000001");
    let club = ledger.register_client(NewClient::business("Running Club", "Kenya", "P051234567X", contact))?;
    let wallet = ledger.open_account(NewAccount::new(club.id, book.id, AccountType::WORKING).named("Fees"))?.id;

    println!("M-PESA collects shillings. The service takes 3 %, at least 25.00, and 16 % tax on that.");
    ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    let fee = Fee::percentage("3%".parse()?).at_least(book.amount("25.00")?);
    let fees = NewService::new(club.id, book.id, "FEES").fee(fee).taxed(Tax { rate: Rate::percent_text("16")? });
    let fees = ledger.define_service(fees)?.id;

    // Whose subscription, which month, and until when it can be paid. Nothing moves yet.
    let member = Party::masked(PartyKind::Msisdn, "+254712345678");
    let bill = |month: &str, until: &str, turn: u8| -> Result<InvoiceId, Error> {
        let invoice =
            NewInvoice::new(fees, "M-PESA", book.money("1500.00")?, member.clone(), format!("{month}/{turn}"))
                .into_account(wallet)
                .narrated(format!("Subscription {month}"))
                .referring("subscription", "member-7")
                .until(until.parse()?);
        let invoice = ledger.issue_invoice(invoice)?;
        println!("  {month}: {} asked, {} to come in", invoice.value, invoice.net_amount);
        Ok(invoice.id)
    };

    println!("\nJanuary is paid on time; M-PESA tells it twice, and it is posted once.");
    let january = bill("2026-01", "2026-01-31T20:59:59Z", 1)?;
    today("2026-01-05")?;
    ledger.process_invoice(january)?;
    let paid = CompleteInvoice::new(january).referring("mpesa", "SA57XKQ0P1");
    let receipt = ledger.complete_invoice(paid.clone())?;
    assert_eq!(receipt.charged(), Some(book.money("52.20")?));
    assert!(ledger.complete_invoice(paid)?.is_replayed());

    println!("February is paid late: the invoice has run out, so the member gets another, and pays a tenth more.");
    today("2026-02-01")?;
    let february = bill("2026-02", "2026-02-28T20:59:59Z", 1)?;
    let now = today("2026-03-01")?;
    assert!(matches!(
        ledger.complete_invoice(february),
        Err(Error::Rejected(Rejection::InvoiceExpired { invoice, .. })) if invoice == february
    ));
    assert_eq!(ledger.settle_due(now, 100)?.len(), 1);
    let late = bill("2026-02", "2026-03-31T20:59:59Z", 2)?;
    today("2026-03-03")?;
    ledger.complete_invoice(CompleteInvoice::new(late).received(book.money("1650.00")?).narrated("February, late"))?;

    println!("March fails once for want of funds, which costs nothing, and is retried.");
    let march = bill("2026-03", "2026-03-31T20:59:59Z", 1)?;
    ledger.process_invoice(march)?;
    ledger.fail_invoice(march, InvoiceFailure::new("The balance is insufficient").coded("1"))?;
    today("2026-03-06")?;
    let again = bill("2026-03", "2026-03-31T20:59:59Z", 2)?;
    ledger.complete_invoice(again)?;

    println!("April is never paid, and expires.");
    today("2026-04-01")?;
    let april = bill("2026-04", "2026-04-30T20:59:59Z", 1)?;
    let now = today("2026-05-01")?;
    ledger.settle_due(now, 100)?;
    assert!(ledger.execute(AdvanceInvoice::cancel(april, None)).is_err(), "what has expired stays so");

    let view = ledger.view()?;
    println!("\nThe member's invoices:");
    for invoice in view.invoices_referring("subscription", "member-7", Listing::default())? {
        let narrative = invoice.narrative.as_deref().unwrap_or_default();
        println!("  {narrative}: {} {:?}, net {}", invoice.value, invoice.state, invoice.net_amount);
        assert_eq!(invoice.net_amount.plus(invoice.charges)?, invoice.value);
    }
    println!("\n{}", view.statement(wallet).all()?);
    let in_state = |state| -> Result<usize, Error> {
        Ok(view.invoices(InvoiceFilter::of_client(club.id).in_state(state), Listing::default())?.items.len())
    };
    assert_eq!((in_state(InvoiceState::Complete)?, in_state(InvoiceState::Failed)?), (3, 1));
    assert_eq!((in_state(InvoiceState::Expired)?, in_state(InvoiceState::Pending)?), (2, 0));
    // 1,500.00 less 52.20, twice, and 1,650.00 less 57.42.
    assert_eq!(view.balance(wallet)?.current, book.money("4488.18")?);
    assert!(view.trial_balance(book.id)?.is_balanced());
    Ok(())
}
