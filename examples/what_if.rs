//! What would happen? The same commands under the same rules, and nothing is written.
//!
//! ```text
//! cargo run --release --example what_if
//! ```
#![allow(clippy::print_stdout)]

use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@mamanjeri.co.ke", "+254712345678");
    let client = ledger.register_client(NewClient::individual("KE", owner))?;
    let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?.id;
    let fee = Fee::percentage(Rate::percent_text("1.5")?);
    let payouts = ledger.define_service(NewService::new(client.id, book.id, "PAYOUTS").fee(fee))?.id;
    let deposits = ledger.define_service(NewService::new(client.id, book.id, "DEPOSITS"))?.id;
    ledger.credit(Credit::new(wallet, deposits, book.money("1000.00")?, "top-up-1"))?;
    let before = ledger.view()?.sequence();

    // A quotation: what the payout would cost, and what would be left.
    let payout = || -> Result<Debit, Error> { Ok(Debit::new(wallet, payouts, book.money("500.00")?, "payout-1")) };
    let (cost, left) = ledger.simulate(|transaction| -> Result<_, Error> {
        let receipt = transaction.execute(payout()?)?;
        Ok((receipt.charged(), transaction.balance(wallet)?))
    })?;
    let left = book.currency.minor(left.posted(pacioli::Side::Credit))?;
    println!(
        "a payout of {} would cost {} and leave {left}",
        book.money("500.00")?,
        cost.unwrap_or(book.currency.zero())
    );

    // Several steps see each other: the charge of the first leaves too little for the second.
    let second = ledger.simulate(|transaction| {
        transaction.execute(payout()?)?;
        transaction.execute(Debit::new(wallet, payouts, book.money("490.00")?, "payout-2"))
    });
    let Err(Error::Rejected(Rejection::InsufficientFunds { account, .. })) = second else {
        return second.map(drop);
    };
    println!("a second one would find too little in account {}", account.number());

    assert_eq!(ledger.view()?.sequence(), before);
    println!("nothing was written: the journal still ends at entry {before}");

    // What was simulated can be done: its key was never used.
    let receipt = ledger.debit(payout()?)?;
    assert!(!receipt.is_replayed());
    assert_eq!(ledger.view()?.balance(wallet)?.current, left);
    Ok(())
}
