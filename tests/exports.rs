//! Exports of random ledgers, read by the programs that they are for: `hledger` and beancount's `bean-check`; and dumps
//! (`dumps/loading.rs`), read by ourselves.
//!
//! The ledgers are those of `tests/model`: commands of every kind, with holds, clearing, exchanges, reversals, payouts and
//! back-dating. Each tool sums the export by itself; every account's balance must be ours. Where a program is not installed
//! (`apt-get install -y hledger beancount`), its tests say that they were skipped.

// The model and its helpers are tests too, which clippy cannot see.
#![allow(clippy::field_reassign_with_default, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(clippy::print_stdout, unreachable_pub, dead_code)]

#[path = "model/mod.rs"]
mod model;

mod dumps {
    #[cfg(feature = "json")]
    mod loading;
}

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use model::drive::{Engine, Pair};
use pacioli::money::{Currency, Decimal};
use pacioli::prelude::*;
use pacioli::{AccountFilter, Export, NewBook, SystemAccount};

/// A random ledger, and where it lies.
fn ledger(seed: u64, commands: usize) -> (tempfile::TempDir, Ledger) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    Pair::new(seed, Engine::File(path.clone())).run(commands);
    let ledger = Ledger::open(&path).unwrap();
    (directory, ledger)
}

/// The worlds that are exported: short ones and a long one.
fn worlds() -> [(u64, usize); 4] {
    let seed = std::env::var("PACIOLI_MODEL_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()));
    [(seed, 300), (seed.wrapping_add(1), 300), (seed.wrapping_add(2), 600), (seed.wrapping_add(3), 1_500)]
}

/// Runs a program; `None`, with a word about it, where it is not installed.
fn tool(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

/// Runs one of beancount's programs with more digits than its 28, which random sums go beyond.
fn beancount(program: &str, arguments: &[&str]) -> Option<Output> {
    tool(program, &["--version"])?;
    let path = std::env::var_os("PATH").unwrap();
    let script = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.exists()).unwrap();
    // The script itself, as its own interpreter runs it.
    let text = std::fs::read_to_string(&script).unwrap();
    let interpreter = text.lines().next().unwrap().trim_start_matches("#!").trim();
    let run = "import decimal, runpy, sys; decimal.getcontext().prec = 60; sys.argv = sys.argv[1:]; \
               runpy.run_path(sys.argv[0], run_name='__main__')";
    tool(interpreter, &[&["-c", run, script.to_str().unwrap()], arguments].concat())
}

fn succeeded(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Every account's posted balance by its number, debits above zero; of accounts that hold something.
fn ours(view: &View) -> BTreeMap<String, Decimal> {
    let (mut balances, mut listing) = (BTreeMap::new(), Listing::first(Listing::MOST));
    loop {
        let page = view.accounts(AccountFilter::All, listing).unwrap();
        for account in &page.items {
            let held = account.balance.current;
            let signed = if account.normal_side == pacioli::Side::Debit { held } else { held.negated() };
            if !signed.is_zero() {
                balances.insert(account.number().to_string(), signed.to_decimal().normalize());
            }
        }
        let Some(next) = page.next else { return balances };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

/// The account's number in a name that ends with `10000007 Till` or `10000007-Till`.
fn number(account: &str) -> String {
    let leaf = account.rsplit(':').next().unwrap();
    leaf.chars().take_while(char::is_ascii_digit).collect()
}

fn write(path: &Path, export: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    export(&mut bytes);
    std::fs::write(path, &bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What hledger sums an account up to: `"-69.50 KES"`, with marks between thousands or not.
fn hledger_figure(text: &str) -> Decimal {
    let digits: String = text.chars().take_while(|c| matches!(c, '0'..='9' | '.' | '-' | ',')).collect();
    digits.replace(',', "").trim_end_matches('.').parse::<Decimal>().unwrap().normalize()
}

#[test]
fn hledger_sums_an_export_up_to_the_same_balances() {
    for (seed, commands) in worlds() {
        println!("PACIOLI_MODEL_SEED={seed}");
        let (directory, ledger) = ledger(seed, commands);
        let view = ledger.view().unwrap();
        let file = directory.path().join("books.journal");
        let file = write(&file, |out| {
            Export::of(&view).hledger(out).unwrap();
        });
        let Some(checked) = tool("hledger", &["-f", &file, "check", "--strict"]) else { return };
        succeeded(&checked);
        let balances = tool("hledger", &["-f", &file, "balance", "--flat", "--no-total", "-O", "csv"]).unwrap();
        let mut theirs = BTreeMap::new();
        for line in succeeded(&balances).lines().skip(1) {
            let (account, figure) = line.rsplit_once("\",\"").unwrap();
            theirs.insert(number(account.trim_matches('"')), hledger_figure(figure.trim_matches('"')));
        }
        theirs.retain(|_, figure| !figure.is_zero());
        assert_eq!(theirs, ours(&view), "seed {seed}");
        // And as it was at an earlier entry, of a single book.
        let early = ledger.view_at(Sequence(view.sequence().0 / 2)).unwrap();
        for book in early.books().unwrap() {
            let file = directory.path().join("book.journal");
            let file = write(&file, |out| {
                Export::of(&early).of_book(book.id).hledger(out).unwrap();
            });
            succeeded(&tool("hledger", &["-f", &file, "check", "--strict"]).unwrap());
        }
    }
}

#[test]
fn beancount_sums_an_export_up_to_the_same_balances() {
    for (seed, commands) in worlds() {
        println!("PACIOLI_MODEL_SEED={seed}");
        let (directory, ledger) = ledger(seed, commands);
        let view = ledger.view().unwrap();
        let file = directory.path().join("books.beancount");
        let file = write(&file, |out| {
            Export::of(&view).in_zone(Zone::named("Africa/Nairobi").unwrap()).beancount(out).unwrap();
        });
        let Some(checked) = beancount("bean-check", &["--no-cache", &file]) else { return };
        succeeded(&checked);
        let query = "SELECT account, sum(number) AS total GROUP BY account ORDER BY account";
        let answer = beancount("bean-query", &["-q", "-f", "csv", &file, query]).unwrap();
        let mut theirs = BTreeMap::new();
        for line in succeeded(&answer).lines().skip(1) {
            let (account, figure) = line.split_once(',').unwrap();
            theirs.insert(number(account.trim()), figure.trim().parse::<Decimal>().unwrap().normalize());
        }
        theirs.retain(|_, figure| !figure.is_zero());
        assert_eq!(theirs, ours(&view), "seed {seed}");
    }
}

/// A book whose every text tries to be something else.
fn hostile() -> Ledger {
    let ledger = Ledger::in_memory().unwrap();
    let book = ledger.open_book(NewBook::live("shop;  kes: (x) \"y\"", Currency::KES)).unwrap();
    let odd = Currency::new("TRUE", 0).unwrap();
    let points = ledger.open_book(NewBook::test("points", Currency::new("P0.1-_", 18).unwrap())).unwrap();
    let truth = ledger.open_book(NewBook::test("truth", odd)).unwrap();
    let client =
        ledger.register_client(NewClient::individual("KE", Contact::new("N", "n@x.example", "+2547"))).unwrap();
    let name = "  =cmd|' /C calc'!A0;  (Till)\t[x]\u{1b}[2J  \"q\" ";
    let account = |book: BookId| NewAccount::new(client.id, book, AccountType::WORKING).named(name);
    let till = ledger.open_account(account(book.id).at_path("a_b:-c")).unwrap();
    let again = ledger.open_account(account(book.id)).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap();
    let narrative = "=1+1; key: forged, \"quoted\" \\ back\n2026-01-01 open Assets:X | <b>&amp;";
    let metadata = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let credit = Credit::new(till.id, service.id, book.money("100.05").unwrap(), "@key,\nreverses: 9")
        .narrated(narrative)
        .referring("a kind", "id: x, y: z")
        .paid_by(pacioli::Party::shown(pacioli::PartyKind::Name, "<Jane> & \"Co\""))
        .with([metadata("a b", "1"), metadata("a-b", "2"), metadata("ä;", "=3, date: 2020-01-01")].into());
    ledger.credit(credit).unwrap();
    let hold = PlaceHold::new(Debit::new(till.id, service.id, book.money("1").unwrap(), "hold"));
    ledger.execute(hold).unwrap();
    ledger
        .transfer(Transfer::new(till.id, again.id, service.id, book.money("0.05").unwrap(), "move").narrated("move"))
        .unwrap();
    for (book, sum) in [(&points, "1.000000000000000001"), (&truth, "3")] {
        let money = book.money(sum).unwrap();
        let (from, to) = (book.system(SystemAccount::External), book.system(SystemAccount::Suspense));
        ledger.post(Post::new(book.name.as_str()).debit(from, money).credit(to, money)).unwrap();
    }
    ledger
}

#[test]
fn hostile_texts_break_no_export() {
    let (ledger, directory) = (hostile(), tempfile::tempdir().unwrap());
    let view = ledger.view().unwrap();
    let text = |export: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        export(&mut bytes);
        String::from_utf8(bytes).unwrap()
    };
    let hledger = text(&|out| assert_eq!(Export::of(&view).hledger(out).unwrap(), 4));
    assert!(hledger.contains("commodity 1000.000000000000000000 \"P0.1-_\"\ncommodity 1000. TRUE\n"));
    assert!(hledger.contains("; held debit 10000019 1.00 KES"), "{hledger}");
    let file = directory.path().join("x.journal");
    std::fs::write(&file, &hledger).unwrap();
    if let Some(output) = tool("hledger", &["-f", file.to_str().unwrap(), "check", "--strict"]) {
        succeeded(&output);
        let tags = tool("hledger", &["-f", file.to_str().unwrap(), "tags"]).unwrap();
        assert!(succeeded(&tags).lines().all(|tag| !matches!(tag, "reverses" | "date" | "y")), "{}", succeeded(&tags));
    }
    let beancount = text(&|out| assert_eq!(Export::of(&view).beancount(out).unwrap(), 4));
    let file = directory.path().join("x.beancount");
    std::fs::write(&file, &beancount).unwrap();
    if let Some(output) = tool("bean-check", &["--no-cache", file.to_str().unwrap()]) {
        succeeded(&output);
    }
    let csv = text(&|out| assert_eq!(Export::of(&view).postings_csv(out).unwrap(), 10));
    assert!(
        csv.contains("\"'=1+1; key: forged, \"\"quoted\"\" \\ back\n2026-01-01 open Assets:X | <b>&amp;\""),
        "{csv}"
    );
    assert!(csv.contains("\"'@key,\nreverses: 9\"") && csv.contains("\"'  =cmd"), "{csv}");
    assert!(csv.contains(",debit,principal,held,1.00,,KES,"), "{csv}");
    let entries = text(&|out| assert_eq!(Export::of(&view).entries_csv(out).unwrap(), 5));
    assert!(entries.lines().next().unwrap().starts_with("entry,recorded_at,"));
}

#[test]
fn a_statement_is_a_message_of_the_bank() {
    let ledger = hostile();
    let view = ledger.view().unwrap();
    let day = Zone::utc().day_of(view.recorded_at());
    let mut bytes = Vec::new();
    let entries = Export::of(&view).camt053(AccountId(19), &day, &day, &mut bytes).unwrap();
    let xml = String::from_utf8(bytes).unwrap();
    assert_eq!(entries, 2, "{xml}");
    assert!(xml.contains("<Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"KES\">0.00</Amt>"), "{xml}");
    assert!(xml.contains("<Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"KES\">100.00</Amt>"), "{xml}");
    assert!(xml.contains("<Dbtr><Pty><Nm>&lt;Jane&gt; &amp; &quot;Co&quot;</Nm></Pty></Dbtr>"), "{xml}");
    assert!(!xml.contains('\u{1b}'));
    let points = Export::of(&view).camt053(AccountId(7), &day, &day, &mut Vec::new());
    assert!(points.unwrap_err().to_string().contains("three letters"));
    // Well-formed, as far as a parser can tell.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("statement.xml");
    std::fs::write(&file, &xml).unwrap();
    let parse = "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])";
    if let Some(output) = tool("python3", &["-c", parse, file.to_str().unwrap()]) {
        succeeded(&output);
    }
}
