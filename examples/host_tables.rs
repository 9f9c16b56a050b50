//! A ledger inside the redb database that a program already has: an order and its payment in one commit.
//!
//! ```text
//! cargo run --release --example host_tables
//! ```
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use pacioli::prelude::*;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

/// The program's own table: the state of each order.
const ORDERS: TableDefinition<'_, &str, &str> = TableDefinition::new("orders");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let database = Arc::new(Database::create(folder.path().join("shop.redb"))?);
    let ledger = Ledger::within(Arc::clone(&database))?;

    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@mamanjeri.co.ke", "+254712345678");
    let client = ledger.register_client(NewClient::individual("KE", owner))?;
    let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?.id;
    let service = ledger.define_service(NewService::new(client.id, book.id, "ORDERS"))?.id;
    ledger.credit(Credit::new(wallet, service, book.money("100.00")?, "top-up-1"))?;

    // Pays an order and marks it as paid: both are on disk, or neither is.
    let pay = |order: &str, amount: &str| -> Result<Receipt, Error> {
        let payment = Debit::new(wallet, service, book.money(amount)?, format!("pay-{order}"));
        ledger.transaction(|transaction| {
            transaction.tables()?.open_table(ORDERS)?.insert(order, "paid")?;
            transaction.execute(payment)
        })
    };

    let receipt = pay("order-1", "60.00")?;
    println!("order-1 is paid by entry {}", receipt.sequence());
    match pay("order-2", "60.00") {
        Err(Error::Rejected(reason)) => println!("order-2 is not: {reason} (in cents)"),
        other => return Err(format!("order-2 was paid out of nothing: {other:?}").into()),
    }

    // The refusal took the program's own row back with it.
    let orders = database.begin_read()?.open_table(ORDERS)?;
    for row in orders.iter()? {
        let (order, state) = row?;
        println!("in the table: {} {}", order.value(), state.value());
    }
    assert!(orders.get("order-1")?.is_some() && orders.get("order-2")?.is_none());
    assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("40.00")?);
    Ok(())
}
