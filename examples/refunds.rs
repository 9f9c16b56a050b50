//! Refunds: a sale is taken back in part, then whole; a transfer by one of its legs; a duplicate is found by its
//! reference. Nothing is ever rewritten: every refund is an entry of its own that names the first.
//!
//! ```text
//! cargo run --release --example refunds
//! ```
#![allow(clippy::print_stdout)]

use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    let njeri = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    let shop = ledger.register_client(NewClient::business("Mama Njeri Shop", "KE", "P051234567X", njeri))?;
    let wallet = ledger.open_account(NewAccount::new(shop.id, book.id, AccountType::AVAILABLE_COLLECTIONS))?.id;
    let float = ledger.open_account(NewAccount::new(shop.id, book.id, AccountType::FLOAT_ACCOUNT))?.id;
    // 1.5 % of each sale, and 16 % tax on that, out of what the shop gets.
    let sales = NewService::new(shop.id, book.id, "SALES")
        .fee(Fee::percentage(Rate::percent_text("1.5")?))
        .taxed(Tax { rate: Rate::percent_text("16")? })
        .borne_by(FeeBearer::Payee);
    let sales = ledger.define_service(sales)?.id;
    let moves = ledger.define_service(NewService::new(shop.id, book.id, "MOVES"))?.id;
    let has = |account| -> Result<String, Error> { Ok(ledger.view()?.balance(account)?.current.to_string()) };

    let sale = Credit::new(wallet, sales, book.money("1000.00")?, "order-1").kind(EntryKind::Sale);
    let sale = ledger.credit(sale.narrated("Order 1").referring("order", "1"))?;
    println!("A sale of 1,000.00 leaves {} in the wallet", has(wallet)?);
    assert_eq!(has(wallet)?, "KES 982.60");

    // A quarter of the goods come back: a quarter of the fee and the tax too, to the cent.
    ledger.reverse(Reverse::part(sale.sequence(), book.money("250.00")?, "return-1").narrated("One item back"))?;
    println!("A quarter is refunded, its charge included: {}", has(wallet)?);
    assert_eq!(has(wallet)?, "KES 736.95");

    // All the rest, without saying how much that is. Said twice, it is done once.
    let rest = ledger.reverse(Reverse::whole(sale.sequence()))?;
    assert!(ledger.reverse(Reverse::whole(sale.sequence()))?.is_replayed());
    println!("Then the rest: {}", has(wallet)?);
    assert_eq!(has(wallet)?, "KES 0.00");
    let more = ledger.reverse(Reverse::part(sale.sequence(), book.money("0.01")?, "return-2"));
    assert!(matches!(more, Err(Error::Rejected(Rejection::AlreadyReversed { .. }))));
    println!("One cent more is refused");
    let line = &ledger.view()?.activities(wallet).oldest_first().page()?.items[0];
    assert_eq!((line.status, line.status_by), (LineStatus::Refunded, Some(rest.sequence())));

    // A transfer that was sent twice under two keys is found by what both refer to.
    ledger.credit(Credit::new(float, moves, book.money("500.00")?, "topup"))?;
    for key in ["job-7-first-try", "job-7-second-try"] {
        let transfer = Transfer::new(float, wallet, moves, book.money("200.00")?, key);
        ledger.transfer(transfer.narrated("Rent").referring("job", "7"))?;
    }
    let twice = ledger.view()?.entries_referring("job", "7", Listing::default())?.items;
    assert_eq!(twice.len(), 2);
    // Either of its legs stands for the pair.
    let leg = PostingId { entry: twice[1].sequence, leg: 2 };
    ledger.reverse(Reverse::whole(leg).narrated("Sent twice"))?;
    println!("The duplicate is taken back by its second leg: float {}, wallet {}", has(float)?, has(wallet)?);
    assert_eq!((&*has(float)?, &*has(wallet)?), ("KES 300.00", "KES 200.00"));

    let view = ledger.view()?;
    println!("\n{}", view.statement(wallet).all()?);
    println!("{}", view.trial_balance(book.id)?);
    assert_eq!(view.balance(book.system(SystemAccount::FeeIncome))?.current, book.currency.zero());
    Ok(())
}
