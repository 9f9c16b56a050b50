//! A day in the life of a wallet business, on one embedded file.
//!
//! ```text
//! cargo run --release --example quickstart                 # target/quickstart.redb
//! cargo run --release --example quickstart -- shop.redb    # a file of your own
//! ```
//!
//! Run it again: it opens the same file, gives the same commands, and nothing happens twice, because every command has
//! a key. It ends with an error if the books do not balance.
#![allow(clippy::print_stdout)]

use std::path::Path;

use pacioli::prelude::*;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "target/quickstart.redb".to_owned());
    if let Some(folder) = Path::new(&path).parent() {
        std::fs::create_dir_all(folder)?;
    }

    // One file, one line: it is created if it is not there.
    let ledger = Ledger::open(&path)?;
    let before = ledger.view()?.sequence();

    let shop = set_up(&ledger)?;
    do_business(&ledger, &shop)?;
    close_the_day(&ledger, &shop)?;

    match ledger.view()?.sequence().0 - before.0 {
        0 => println!("Everything was already in {path}: {before} entries, none of them twice."),
        written => println!("Wrote {written} entries to {path}. Run this again: it will write none."),
    }
    // Every receipt above is durable already; closing only tells whether the file could be put away in order.
    ledger.close()?;
    Ok(())
}

/// What the day's business needs to know.
struct Shop {
    kes: BookId,
    gbp: BookId,
    paybill: AccountId,
    till: AccountId,
    stock: AccountId,
    petty: AccountId,
    settlement: AccountId,
    working: AccountId,
    collections: ServiceId,
    sales: ServiceId,
    moves: ServiceId,
    pounds: ServiceId,
    reversals: ServiceId,
}

/// Opens the books and accounts. Each command is `keyed`, so that a second run finds what the first run made.
fn set_up(ledger: &Ledger) -> Outcome<Shop> {
    // A book keeps one currency and balances by itself. This one counts hundredths of a cent.
    let kes = Currency::KES.with_scale(4)?;
    let kes = ledger.open_book(NewBook::live("soko.kes.main", kes).keyed("book-kes"))?;
    let gbp = ledger.open_book(NewBook::live("soko.gbp.main", Currency::GBP).keyed("book-gbp"))?;

    // Clients own accounts: here the business that runs the ledger, and one of its customers.
    let desk = Contact::new("Wanjiru Kamau", "wanjiru@sokopay.co.ke", "+254700000001");
    let soko = ledger.register_client(NewClient::business("Soko Pay", "KE", "P051234567A", desk).keyed("soko"))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@mamanjeri.co.ke", "+254712345678");
    let njeri =
        ledger.register_client(NewClient::business("Mama Njeri Shop", "KE", "P059876543B", owner).keyed("njeri"))?;

    // The money that stands behind all M-PESA wallets lies in one pool.
    let open = |client, book, account_type, name: &str| {
        ledger.open_account(NewAccount::new(client, book, account_type).named(name).keyed(name))
    };
    let paybill = open(soko.id, kes.id, AccountType::FLOAT_ACCOUNT, "M-PESA paybill")?;
    let till = open(njeri.id, kes.id, AccountType::AVAILABLE_COLLECTIONS, "Till")?;
    let stock = open(njeri.id, kes.id, AccountType::WORKING, "Stock money")?;
    let petty = open(njeri.id, kes.id, AccountType::WORKING, "Petty cash")?;
    let working = open(njeri.id, gbp.id, AccountType::WORKING, "Pounds to spend")?;
    // A client has one settlement account in each book, and the operator opens it.
    let settlement = NewAccount::new(njeri.id, gbp.id, AccountType::SETTLEMENT).named("Pounds settled");
    let settlement = ledger.open_account(settlement.provisioned().keyed("Pounds settled"))?;

    // Services say what a client's operations may do and cost.
    let collections = NewService::new(soko.id, kes.id, "COLLECTIONS").named("Paybill deposits").keyed("collections");
    let sales = NewService::new(njeri.id, kes.id, "TILL_SALES")
        .named("Sales by M-PESA")
        .pooled_in(paybill.id)
        .limits(kes.amount("1")?, kes.amount("150000")?)
        .keyed("sales");
    let moves = NewService::new(njeri.id, kes.id, "OWN_MONEY").named("Deposits and transfers").keyed("moves");
    let pounds = NewService::new(njeri.id, gbp.id, "OWN_POUNDS").named("Pounds").keyed("pounds");
    let only_reversals = Operations { reversal: true, ..Operations::NONE };
    let reversals = NewService::new(njeri.id, kes.id, "REVERSALS").allowing(only_reversals).keyed("reversals");

    Ok(Shop {
        kes: kes.id,
        gbp: gbp.id,
        paybill: paybill.id,
        till: till.id,
        stock: stock.id,
        petty: petty.id,
        settlement: settlement.id,
        working: working.id,
        collections: ledger.define_service(collections)?.id,
        sales: ledger.define_service(sales)?.id,
        moves: ledger.define_service(moves)?.id,
        pounds: ledger.define_service(pounds)?.id,
        reversals: ledger.define_service(reversals)?.id,
    })
}

/// The day. The last argument of each movement is its key: the caller's name for it, such as the bank's own reference.
fn do_business(ledger: &Ledger, shop: &Shop) -> Outcome<()> {
    let view = ledger.view()?;
    let (kes, gbp) = (view.book(shop.kes)?, view.book(shop.gbp)?);

    println!("Morning: money comes in from outside.");
    let paid_in =
        Credit::new(shop.paybill, shop.collections, kes.money("10288")?, "KCB-77120").kind(EntryKind::Opening);
    tell(&ledger.credit(paid_in.narrated("Paybill balance brought in"))?, ["0.0000", "10288.0000"]);
    let deposit = Credit::new(shop.stock, shop.moves, kes.money("2985")?, "KCB-77121").kind(EntryKind::Deposit);
    tell(&ledger.credit(deposit.narrated("Money for stock"))?, ["0.0000", "2985.0000"]);
    let pounds = Credit::new(shop.settlement, shop.pounds, gbp.money("3281")?, "BARC-0042").kind(EntryKind::Deposit);
    tell(&ledger.credit(pounds.narrated("Export order 42"))?, ["0.00", "3281.00"]);

    println!("A customer pays by M-PESA, out of the paybill's pool.");
    let customer = Party::masked(PartyKind::Msisdn, "+254722000111");
    let sale = |amount: &str, key: &str| -> Outcome<Credit> {
        let sale = Credit::new(shop.till, shop.sales, kes.money(amount)?, key).kind(EntryKind::Sale);
        Ok(sale.narrated("Two bags of flour").referring("mpesa", key).paid_by(customer.clone()))
    };
    tell(&ledger.credit(sale("96.0000", "SJK4H7XYZ1")?)?, ["0.0000", "96.0000"]);

    println!("Njeri moves ten shillings from one wallet to another: both change in one entry.");
    let ten = Transfer::new(shop.stock, shop.petty, shop.moves, kes.money("10.0")?, "till-0001");
    let receipt = ledger.transfer(ten.narrated("Change for the till"))?;
    tell(&receipt, ["2985.0000", "2975.0000"]);
    tell_other_side(&receipt, ["0.0000", "10.0000"]);

    println!("A sale is booked that was none, and taken back: history stays, the inverse is added.");
    let mistake = ledger.credit(sale("997", "SJK4H7XYZ2")?)?;
    tell(&mistake, ["96.0000", "1093.0000"]);
    let reversal = Reverse::whole(mistake.sequence()).under(shop.reversals).narrated("The customer paid next door");
    let receipt = ledger.reverse(reversal)?;
    tell(&receipt, ["1093.0000", "96.0000"]);
    tell_other_side(&receipt, ["9195.0000", "10192.0000"]);

    println!("Pounds are settled, and two of them put to work.");
    let two = Transfer::new(shop.settlement, shop.working, shop.pounds, gbp.money("2")?, "till-0002");
    let receipt = ledger.transfer(two.narrated("Postage"))?;
    tell(&receipt, ["3281.00", "3279.00"]);
    tell_other_side(&receipt, ["0.00", "2.00"]);

    println!("Petty cash cannot pay what it does not have. A refusal writes nothing, and its key stays free.");
    let too_much = Debit::new(shop.petty, shop.moves, kes.money("5000")?, "till-0003");
    match ledger.debit(too_much).map_err(|error| error.rejection().cloned().ok_or(error)) {
        Err(Ok(Rejection::InsufficientFunds { available, required, .. })) => {
            println!(
                "  refused: {} available, {} needed",
                kes.currency.minor(available)?,
                kes.currency.minor(required)?
            );
        }
        other => return Err(format!("petty cash paid too much: {other:?}").into()),
    }

    println!("The network fails, so the till sends its sale again: same key, same content, same receipt.");
    let again = ledger.credit(sale("96.0000", "SJK4H7XYZ1")?)?;
    assert!(again.is_replayed());
    tell(&again, ["0.0000", "96.0000"]);
    println!();
    Ok(())
}

/// Reads everything back at one moment, while the ledger could go on.
fn close_the_day(ledger: &Ledger, shop: &Shop) -> Outcome<()> {
    let view = ledger.view()?;
    // A statement of days: `view.statement(shop.till).days("2026-11-01", "2026-11-30", &Zone::named("Africa/Nairobi")?)?`.
    for account in [shop.till, shop.stock, shop.settlement] {
        println!("{}", view.statement(account).all()?);
    }
    for (account, expected) in [
        (shop.paybill, "10192.0000"),
        (shop.till, "96.0000"),
        (shop.stock, "2975.0000"),
        (shop.petty, "10.0000"),
        (shop.settlement, "3279.00"),
        (shop.working, "2.00"),
    ] {
        assert_eq!(view.balance(account)?.current.text(), expected);
    }

    for book in [shop.kes, shop.gbp] {
        let trial_balance = view.trial_balance(book)?;
        println!("{trial_balance}");
        if !trial_balance.is_balanced() {
            return Err(format!("the trial balance is out by {}", trial_balance.difference).into());
        }
    }

    // The proof: the whole journal is replayed, and must end in what is stored.
    let proof = ledger.verify_all()?;
    if let Some(finding) = &proof.finding {
        return Err(format!("the ledger is damaged: {finding}").into());
    }
    println!("Verified {} entries and {} accounts; the head is {}.", proof.entries, proof.accounts, proof.head);
    Ok(())
}

/// Shows the line that a command left on the account it was about, and holds it to the figures of the story.
fn tell(receipt: &Receipt, expected: [&str; 2]) {
    show(receipt, receipt.activity(), expected);
}

/// The same for the account on the other side.
fn tell_other_side(receipt: &Receipt, expected: [&str; 2]) {
    show(receipt, receipt.counter_activity(), expected);
}

fn show(receipt: &Receipt, activity: Option<Activity>, expected: [&str; 2]) {
    let Some(line) = activity else { return };
    let [before, after] = [line.previous_balance, line.current_balance].map(Money::text);
    let (number, value) = (line.account.number(), line.value.text());
    let already = if receipt.is_replayed() { "  (already done)" } else { "" };
    println!("  account {number}  {value:>11}   {before:>11} -> {after:>11}{already}");
    assert_eq!([before.as_str(), after.as_str()], expected);
}
