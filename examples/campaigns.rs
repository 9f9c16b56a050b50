//! Crowdfunding: one wallet for each campaign, grouped by path and by set, found by its facts, and rolled up.
//!
//! ```text
//! cargo run --release --example campaigns
//! ```
#![allow(clippy::print_stdout)]

use pacioli::money::{Of, code::KES};
use pacioli::prelude::*;

fn main() -> Result<(), Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("harambee.kes", Currency::KES))?;
    let contact = Contact::new("Zawadi", "zawadi@harambee.example", "+254700000001");
    let charity = ledger.register_client(NewClient::individual("KE", contact).with("region", "coast"))?.id;
    let donations = ledger.define_service(NewService::new(charity, book.id, "DONATIONS"))?.id;

    println!("Three campaigns, each with a wallet of its own, which is found by what the host knows of it.");
    let campaign = |path: &str, code: &str| -> Result<AccountId, Error> {
        let wallet = NewAccount::new(charity, book.id, AccountType::AVAILABLE_COLLECTIONS).named(code).at_path(path);
        Ok(ledger.open_account(wallet.with("campaign", code).tagged("2026"))?.id)
    };
    let flood = campaign("campaigns:relief:flood", "flood-2026")?;
    let drought = campaign("campaigns:relief:drought", "drought-2026")?;
    let school = campaign("campaigns:education", "school-kitui")?;
    let costs = NewAccount::new(charity, book.id, AccountType::FLOAT_ACCOUNT).at_path("costs");
    let costs = ledger.open_account(costs)?.id;
    // The book's own accounts can be placed too.
    ledger.change_account(book.system(SystemAccount::External), AccountChange::to_path("assets:mpesa"))?;

    println!("Money comes from outside into campaigns alone, and goes out only by way of the costs.");
    let outside = SystemAccount::External.account_type();
    let flows = Flows::of(book.id)
        .allow(outside.clone(), AccountType::AVAILABLE_COLLECTIONS)
        .allow(AccountType::AVAILABLE_COLLECTIONS, AccountType::FLOAT_ACCOUNT)
        .allow(AccountType::FLOAT_ACCOUNT, outside);
    ledger.define_flows(flows)?;

    // Sums whose currency the compiler knows: adding dollars to them does not compile.
    let gifts = [(flood, "1500.00"), (flood, "250.50"), (drought, "99.50"), (school, "700.00")];
    let mut given = Of::<KES>::ZERO;
    for (at, (wallet, sum)) in gifts.into_iter().enumerate() {
        let sum: Of<KES> = sum.parse()?;
        given = given.plus(sum)?;
        let giver = if at % 2 == 0 { "njeri" } else { "otieno" };
        let facts = Metadata::from([("#giver".to_owned(), giver.to_owned())]);
        ledger.credit(Credit::new(wallet, donations, sum, format!("gift-{at}")).with(facts))?;
    }
    assert_eq!(given.to_string(), "KES 2550.00");
    match ledger.credit(Credit::new(costs, donations, given, "straight-to-costs")) {
        Err(Error::Rejected(rejection)) => println!("  refused: {rejection}"),
        answer => println!("  not refused: {answer:?}"),
    }

    println!("\nBoats are paid for out of the flood campaign.");
    let boats = book.money("400.00")?;
    ledger.transfer(Transfer::new(flood, costs, donations, boats, "boats").narrated("Boats for Tana River"))?;
    ledger.debit(Debit::new(costs, donations, boats, "boats-paid").kind(EntryKind::Payout))?;

    println!("An auditor stops spending on the drought; gifts still come in.");
    ledger.change_account(drought, AccountChange::block(Side::Debit, "Audit of June"))?;
    let pumps = Transfer::new(drought, costs, donations, book.money("50.00")?, "pumps").narrated("Pumps");
    match ledger.transfer(pumps) {
        Err(Error::Rejected(rejection)) => println!("  refused: {rejection}"),
        answer => println!("  not refused: {answer:?}"),
    }

    println!("\nThe year's report is a set; so is what the partners see, which has the report and one wallet more.");
    let report = ledger.define_set(NewAccountSet::new(book.id, "report-2026"))?.id;
    ledger.change_set(report, AccountSetChange::add([flood, drought]))?;
    let partners = ledger.define_set(NewAccountSet::new(book.id, "partners"))?.id;
    ledger.change_set(partners, AccountSetChange::add([report]))?;
    // The flood is reached twice, and counts once.
    ledger.change_set(partners, AccountSetChange::add([flood, school]))?;

    let view = ledger.view()?;
    for set in [report, partners] {
        let balance = view.set_balance(set)?;
        println!("  {}: {} in {} wallets", balance.set.name, balance.totals.credit_balance, balance.totals.accounts);
    }
    assert_eq!(view.set_balance(report)?.totals.credit_balance, book.money("1450.00")?);
    assert_eq!(view.set_balance(partners)?.totals.credit_balance, book.money("2150.00")?);

    println!("\nFound by its facts:");
    for wallet in view.accounts_with("campaign", "flood-2026", Listing::default())? {
        println!("  {} {}: {}", wallet.account.number(), wallet.account.name, wallet.balance.current);
        assert_eq!(wallet.balance.current, book.money("1350.50")?);
    }
    let njeri = view.entries_with("#giver", "njeri", Listing::default())?;
    println!("  gifts of Njeri: {}", njeri.items.len());
    assert_eq!(njeri.items.len(), 2);

    let chart = view.rollup(book.id, "")?;
    println!("\n{chart}");
    let campaigns = chart.root.find("campaigns").map(|campaigns| campaigns.total.balance(Side::Credit));
    assert_eq!(campaigns, Some(book.money("2150.00")?));
    assert_eq!(chart.root.total.debit_balance, chart.root.total.credit_balance);
    assert_eq!(view.rollup(book.id, "campaigns:relief")?.root.total.credit_balance, book.money("1450.00")?);
    Ok(())
}
