//! The inspector's `export`, `import`, `dump`, `load` and `diff`, run as a program: what they write, refuse and answer.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test says so by panicking")]

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use pacioli::ManualClock;
use pacioli::prelude::*;
use serde_json::Value;

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(arguments).current_dir(directory).output().unwrap()
}

fn shell(directory: &Path, script: &str) -> Output {
    let script = script.replace("pacioli ", &format!("{} ", env!("CARGO_BIN_EXE_pacioli")));
    Command::new("bash").args(["-o", "pipefail", "-c", &script]).current_dir(directory).output().unwrap()
}

/// What a command prints that ends well; nothing is said on stderr then, since that is no terminal.
fn answer(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(0), ""));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn is_installed(program: &str) -> bool {
    let installed = Command::new(program).arg("--version").output().is_ok();
    if !installed {
        println!("skipped: {program} is not installed");
    }
    installed
}

/// A shop's ledger in `shop.redb`: two books, fees, a hold and a reversal.
fn shop() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::default());
    clock.set("2026-11-10T21:30:00Z".parse().unwrap());
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).open(directory.path().join("shop.redb")).unwrap();
    let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD)).unwrap();
    let contact = Contact::new("Njeri", "njeri@shop.example", "+254700000001");
    let client = ledger.register_client(NewClient::business("Mama Njeri Shop", "KE", "P051", contact)).unwrap();
    let open = |book: &pacioli::Book, name: &str| {
        ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING).named(name)).unwrap().id
    };
    let (till, dollars) = (open(&kes, "Till"), open(&usd, "Dollars"));
    let fee = Fee::percentage(Rate::percent_text("1.5").unwrap());
    let service = ledger.define_service(NewService::new(client.id, kes.id, "TILL").fee(fee)).unwrap().id;
    let sale = ledger.credit(Credit::new(till, service, kes.money("1000.00").unwrap(), "SALE-1")).unwrap();
    ledger.credit(Credit::new(till, service, kes.money("500.00").unwrap(), "SALE-2")).unwrap();
    ledger.reverse(Reverse::whole(sale.sequence())).unwrap();
    let (outside, three) = (usd.system(pacioli::SystemAccount::External), usd.money("3.00").unwrap());
    ledger.post(Post::new("usd").debit(outside, three).credit(dollars, three)).unwrap();
    let rent = Debit::new(till, service, kes.money("100.00").unwrap(), "RENT-1");
    ledger.execute(PlaceHold::new(rent)).unwrap();
    ledger.close().unwrap();
    directory
}

#[test]
fn hledger_and_beancount_agree_with_the_trial_balance() {
    let shop = shop();
    let balances = json(&run(shop.path(), &["trial-balance", "shop.redb", "--json"]));
    let books = balances["books"].as_array().or_else(|| balances.as_array()).unwrap();
    let sum = |text: &str| text.parse::<pacioli::money::Decimal>().unwrap().normalize();
    let debits = |currency: &str| {
        let book = books.iter().find(|book| book["debits"]["currency"] == currency).unwrap();
        sum(book["debits"]["amount"].as_str().unwrap())
    };
    if is_installed("hledger") {
        let script = "pacioli export --format hledger shop.redb > b.journal && hledger -f b.journal check --strict && \
                      hledger -f b.journal balance --flat --no-total -O csv";
        let text = answer(&shell(shop.path(), script));
        for currency in ["KES", "USD"] {
            let figures = text.lines().filter_map(|line| line.rsplit_once("\",\"")?.1.strip_suffix("\""));
            let figures = figures.filter_map(|figure| figure.strip_suffix(&format!(" {currency}")));
            let above: pacioli::money::Decimal = figures.map(sum).filter(|figure| figure.is_sign_positive()).sum();
            assert_eq!(above.normalize(), debits(currency), "{text}");
        }
    }
    if is_installed("bean-check") {
        let script = "pacioli export --format beancount shop.redb > b.beancount && bean-check --no-cache b.beancount";
        assert_eq!(answer(&shell(shop.path(), script)), "");
    }
}

#[test]
fn every_form_is_written_and_earlier_entries_can_be_asked_for() {
    let shop = shop();
    let export = |arguments: &[&str]| run(shop.path(), &[&["export", "shop.redb", "--format"], arguments].concat());
    let lines = answer(&export(&["jsonl"]));
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["lines"].is_array()));
    let rows = answer(&export(&["csv", "--book", "shop.usd"]));
    assert_eq!(rows.lines().count(), 3, "{rows}");
    let early = answer(&export(&["csv-entries", "--at", "6"]));
    let all = answer(&export(&["csv-entries"]));
    assert!(early.lines().count() < all.lines().count() && all.starts_with(early.lines().next().unwrap()));
    let statement = ["camt053", "--account", "10000013", "--from", "2026-11-11", "--to", "2026-11-11"];
    let xml = answer(&export(&[&statement[..], &["--zone", "Africa/Nairobi"]].concat()));
    assert_eq!(xml.matches("<Ntry>").count(), 6, "{xml}");
    assert!(answer(&export(&[&statement[..], &["--zone", "UTC"]].concat())).matches("<Ntry>").count() == 0);
    assert_eq!(told(&export(&["camt053"])).0, Some(2));
    assert_eq!(told(&export(&["qif"])).0, Some(2));
    assert_eq!(told(&export(&["csv", "--at", "900"])).0, Some(1));
    assert_eq!(told(&export(&["csv", "--book", "none"])), (Some(1), "error: there is no book \"none\"\n".to_owned()));
}

#[test]
fn a_dump_is_loaded_and_nothing_differs() {
    let shop = shop();
    let script = "pacioli dump shop.redb | pacioli load copy.redb && pacioli diff shop.redb copy.redb";
    let text = answer(&shell(shop.path(), script));
    assert!(text.contains("no difference"), "{text}");
    let verdict = |file: &str| json(&run(shop.path(), &["verify", file, "--json"]))["head"].clone();
    assert_eq!(verdict("shop.redb"), verdict("copy.redb"));
    // A difference is told with its place, and by the exit code.
    let copy = Ledger::open(shop.path().join("copy.redb")).unwrap();
    let book = copy.view().unwrap().book_named("shop.kes").unwrap().unwrap();
    let (from, to) = (book.system(pacioli::SystemAccount::External), book.system(pacioli::SystemAccount::Suspense));
    let money = book.money("1.00").unwrap();
    let more = copy.post(Post::new("more").debit(from, money).credit(to, money)).unwrap();
    copy.close().unwrap();
    let output = run(shop.path(), &["diff", "shop.redb", "copy.redb", "--json"]);
    let (code, complaint) = told(&output);
    let complaint = serde_json::from_str::<Value>(&complaint).unwrap();
    assert_eq!((code, &complaint["error"]["message"]), (Some(1), &"the ledgers differ".into()));
    let difference = json(&output);
    assert_eq!(difference["first_entry"], more.sequence().0);
    assert_eq!((&difference["entries_differing"], &difference["accounts_differing"]), (&1.into(), &2.into()));
    assert_eq!(difference["first_account"], from.number().to_string());
    assert_eq!(difference["books"][0]["same"], false);
    let output = run(shop.path(), &["diff", "shop.redb", "copy.redb"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("differs"));
}

#[test]
fn a_dump_that_was_changed_is_refused_by_its_line() {
    let shop = shop();
    let dump = answer(&run(shop.path(), &["dump", "shop.redb"]));
    let line = dump.lines().position(|line| line.contains("SALE-1")).unwrap();
    std::fs::write(shop.path().join("changed.dump"), dump.replace("SALE-1", "SALE-9")).unwrap();
    let (code, text) = told(&run(shop.path(), &["load", "copy.redb", "changed.dump"]));
    assert_eq!(code, Some(1));
    assert!(text.starts_with(&format!("error: line {}: ", line + 1)), "{text}");
    assert!(!shop.path().join("copy.redb").exists());
    // Nor is a file that is there written over.
    std::fs::write(shop.path().join("good.dump"), &dump).unwrap();
    assert_eq!(told(&run(shop.path(), &["load", "shop.redb", "good.dump"])).0, Some(3));
    assert_eq!(told(&run(shop.path(), &["load", "copy.redb", "none.dump"])).0, Some(3));
}

#[test]
fn an_import_is_tried_out_carried_out_and_known_again() {
    let directory = tempfile::tempdir().unwrap();
    let journal = "2026-01-01 opening\n  assets:bank  1000.00 KES\n  equity:opening\n\
                   2026-01-02 tea\n  expenses:tea  50 POINTS\n  assets:points\n";
    std::fs::write(directory.path().join("old.journal"), journal).unwrap();
    let import = |arguments: &[&str]| run(directory.path(), &[&["import", "new.redb"], arguments].concat());
    assert!(answer(&import(&["old.journal", "--dry-run"])).contains("(tried out)"));
    assert!(!directory.path().join("new.redb").exists());
    let points = ["old.journal", "--currency", "POINTS:0", "--under", "old", "--json"];
    let first = json(&import(&points));
    assert_eq!((&first["transactions"], &first["rejections"]), (&2.into(), &0.into()));
    let again = json(&import(&points));
    assert_eq!((&again["recorded"], &again["dry_run"]), (&0.into(), &false.into()));
    let accounts = json(&run(directory.path(), &["accounts", "new.redb", "--book", "old.points", "--json"]));
    let accounts = accounts["accounts"].as_array().unwrap();
    let tea = accounts.iter().find(|account| account["name"] == "expenses:tea").unwrap();
    assert_eq!((&tea["current"]["amount"], &tea["current"]["scale"]), (&"50".into(), &0.into()));
    // What is wrong is named, and nothing is done.
    std::fs::write(
        directory.path().join("bad.csv"),
        "date,debit,credit,amount,currency\n2026-01-01,a,b,1,KES\nx,a,b,1,KES\n",
    )
    .unwrap();
    let output = import(&["bad.csv"]);
    assert_eq!(told(&output), (Some(1), "error: 1 rejected, nothing was imported\n".to_owned()));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("line 3: \"x\" is not a day\n"));
    std::fs::write(directory.path().join("what"), "").unwrap();
    assert_eq!(told(&import(&["what"])).0, Some(2));
    assert_eq!(told(&import(&["none.csv"])).0, Some(3));
}

#[test]
fn helps_have_examples() {
    let directory = tempfile::tempdir().unwrap();
    for command in ["export", "import", "dump", "load", "diff"] {
        let text = answer(&run(directory.path(), &[command, "--help"]));
        assert!(text.contains("Examples:") && text.contains(&format!("pacioli {command}")), "{command}");
    }
}
