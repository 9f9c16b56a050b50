//! A marketplace: one sale is split among several sellers, who are paid out under a service that takes a fee; and a
//! seller's own sales leave a share in reserve for a week.
//!
//! ```text
//! cargo run --release --example marketplace
//! ```
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use pacioli::money::allocate;
use pacioli::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
    let book = ledger.open_book(NewBook::live("market.kes", Currency::KES))?;
    let seller = |name: &str| -> Result<(ClientId, AccountId), Error> {
        let contact = Contact::new(name, "seller@example.com", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", contact))?.id;
        Ok((client, ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING).named(name))?.id))
    };
    let (amina, amina_wallet) = seller("Amina")?;
    let (baraka, baraka_wallet) = seller("Baraka")?;
    let (_, chebet_wallet) = seller("Chebet")?;

    println!("A basket of 1,000.00 is paid with two cards; three sellers share it by the weight of their goods.");
    let paid = book.money("1000.00")?;
    let weights = [5, 3, 4].map(Amount::minor).into_iter().collect::<Result<Vec<_>, _>>()?;
    // No cent is lost: 416.67, 250.00 and 333.33.
    let shares = allocate(paid.amount()?, &weights)?;

    // Any number of lines on both sides, in one entry; it is refused unless debits equal credits.
    let outside = book.system(SystemAccount::External);
    let split = Post::new("basket-4711")
        .kind(EntryKind::Sale)
        .narrated("Basket 4711")
        .debit(outside, book.money("600.00")?)
        .debit(outside, book.money("400.00")?);
    let wallets = [amina_wallet, baraka_wallet, chebet_wallet];
    let split = wallets
        .iter()
        .zip(&shares)
        .fold(split, |split, (wallet, share)| split.credit(*wallet, book.currency.amount(*share)));
    let receipt = ledger.post(split)?;
    for line in receipt.activities().iter().filter(|line| line.account != outside) {
        println!("  {}: {} -> {}", line.account.number(), line.previous_balance, line.current_balance);
    }

    println!("Amina is paid out. The service takes 2.5 %, at least 5.00 and at most 50.00, and 16 % tax on that.");
    let fee = Fee::percentage("2.5%".parse()?).at_least(book.amount("5.00")?).at_most(book.amount("50.00")?);
    let payouts = NewService::new(amina, book.id, "PAYOUTS").fee(fee).taxed(Tax { rate: Rate::percent_text("16")? });
    let payouts = ledger.define_service(payouts.borne_by(FeeBearer::Payer))?;
    let payout = Debit::new(amina_wallet, payouts.id, book.money("400.00")?, "payout-1").kind(EntryKind::Payout);
    let receipt = ledger.debit(payout.paid_to(Party::masked(PartyKind::Msisdn, "+254722000111")))?;
    println!("  charged {}", receipt.charged().unwrap_or(book.currency.zero()));
    assert_eq!(receipt.charged(), Some(book.money("11.60")?));

    println!("Baraka sells for 300.00: a fee of 2 % out of it, and 10 % stay in reserve for seven days.");
    let reserve = NewAccount::new(baraka, book.id, AccountType::ROLLING_RESERVE).named("Baraka's reserve");
    let reserve = ledger.open_account(reserve)?.id;
    let sales = NewService::new(baraka, book.id, "SALES")
        .fee(Fee::percentage(Rate::percent_text("2")?))
        .borne_by(FeeBearer::Payee)
        .reserving(Rate::percent_text("10")?, Some(7), reserve);
    let sales = ledger.define_service(sales)?;
    let before = ledger.view()?.balance(baraka_wallet)?.current;
    ledger.credit(Credit::new(baraka_wallet, sales.id, book.money("300.00")?, "sale-1").kind(EntryKind::Sale))?;
    let has = |account| -> Result<Money, Error> { Ok(ledger.view()?.balance(account)?.current) };
    println!("  wallet: {before} -> {}, reserve: {}", has(baraka_wallet)?, has(reserve)?);
    assert_eq!(has(baraka_wallet)?.minor() - before.minor(), 264_00);
    clock.advance_ns(8 * 86_400_000_000_000);
    for receipt in ledger.settle_due("2026-11-28T00:00:00Z".parse()?, 100)? {
        println!(
            "  released by entry {}: wallet {}, reserve {}",
            receipt.sequence(),
            has(baraka_wallet)?,
            has(reserve)?
        );
    }
    assert_eq!(has(baraka_wallet)?.minor() - before.minor(), 294_00);

    let view = ledger.view()?;
    println!("\n{}", view.statement(amina_wallet).all()?);
    let trial_balance = view.trial_balance(book.id)?;
    println!("{trial_balance}");
    assert!(trial_balance.is_balanced());
    assert_eq!(view.balance(amina_wallet)?.current, book.money("5.07")?);
    Ok(())
}
