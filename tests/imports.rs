//! Imports: books from elsewhere, tried out first, taken in whole or not at all, and once.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;

use pacioli::money::{Currency, Decimal};
use pacioli::prelude::*;
use pacioli::{AccountFilter, AccountView, Export, Import, ImportForm, ImportReport, Side, SystemAccount};

fn run(ledger: &Ledger, form: ImportForm, text: &str) -> ImportReport {
    Import::into(ledger).run(form, Cursor::new(text)).unwrap()
}

fn accounts(view: &View) -> Vec<AccountView> {
    let (mut accounts, mut listing) = (Vec::new(), Listing::first(Listing::MOST));
    loop {
        let page = view.accounts(AccountFilter::All, listing).unwrap();
        accounts.extend(page.items);
        let Some(next) = page.next else { return accounts };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

/// What each account of a name holds in each currency, debits above zero.
fn held(ledger: &Ledger) -> BTreeMap<(String, String), Decimal> {
    let mut held = BTreeMap::new();
    for account in accounts(&ledger.view().unwrap()).iter().filter(|account| account.client.is_some()) {
        let current = account.balance.current;
        let signed = if account.normal_side == Side::Debit { current } else { current.negated() };
        held.insert((account.name.clone(), account.currency.code().to_owned()), signed.to_decimal().normalize());
    }
    held
}

fn of(ledger: &Ledger, account: &str, code: &str) -> String {
    held(ledger).get(&(account.to_owned(), code.to_owned())).map(Decimal::to_string).unwrap_or_default()
}

fn sound(ledger: &Ledger) {
    assert!(ledger.verify_all().unwrap().is_sound());
    let view = ledger.view().unwrap();
    for book in view.books().unwrap() {
        assert!(view.trial_balance(book.id).unwrap().is_balanced());
    }
}

/// Account, commodity, sum, and what it was paid with.
type Line<'a> = (String, &'a str, Decimal, Option<(Decimal, &'a str)>);

/// The same transactions in both languages: a thousand, of two to seven lines, in eight commodities, some with prices; and
/// after every few an assertion of what an account has by then.
struct Generated {
    hledger: String,
    beancount: String,
    assertions: [u64; 2],
    balances: BTreeMap<(String, String), Decimal>,
}

fn generated() -> Generated {
    const CODES: [(&str, u32); 8] =
        [("KES", 2), ("USD", 2), ("EUR", 2), ("JPY", 0), ("BHD", 3), ("BTC", 8), ("USDT.TRC20", 6), ("POINTS", 0)];
    let names: Vec<String> = ["Assets:Bank", "Assets:Cash", "Liabilities:Card", "Income:Sales", "Expenses:Rent"]
        .iter()
        .flat_map(|name| ["One", "Two", "Three"].map(|leaf| format!("{name}:{leaf}")))
        .collect();
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut hledger, mut beancount) = (String::new(), String::new());
    let mut balances: BTreeMap<(String, String), Decimal> = BTreeMap::new();
    let mut assertions = [0, 0];
    for at in 0..1_000u64 {
        // Three transactions a day, so that assertions of the morning have something to count.
        let day = format!("2025-{:02}-{:02}", 1 + at / 3 / 28 % 12, 1 + at / 3 % 28);
        if at % 9 == 0 && at > 0 {
            for ((name, code), sum) in balances.iter().skip(random(20) as usize).step_by(17) {
                writeln!(beancount, "{day} balance {name}  {sum} {code}").unwrap();
                assertions[1] += 1;
            }
        }
        writeln!(hledger, "\n{day} * ({at}) transaction {}  ; a comment", at % 50).unwrap();
        writeln!(beancount, "\n{day} * \"payee\" \"transaction {}\" #tag ; a comment", at % 50).unwrap();
        let mut lines: Vec<Line<'_>> = Vec::new();
        for _ in 0..1 + random(3) {
            let (code, scale) = CODES[random(8) as usize];
            let sum = Decimal::new(1 + random(1_000_000) as i64, scale);
            let (from, to) = (names[random(15) as usize].clone(), names[random(15) as usize].clone());
            let (other, other_scale) = CODES[random(8) as usize];
            if random(3) == 0 && other != code {
                // Money changed: the one side at a price in all, the other in another commodity.
                let price = Decimal::new(1 + random(1_000_000) as i64, other_scale);
                lines.push((to, code, sum, Some((price, other))));
                lines.push((from, other, -price, None));
            } else {
                lines.push((to, code, sum, None));
                lines.push((from, code, -sum, None));
            }
        }
        for (at_line, (name, code, sum, price)) in lines.iter().enumerate() {
            let entry = balances.entry((name.clone(), (*code).to_owned())).or_default();
            *entry += sum;
            let quoted = if code.contains('.') { format!("\"{code}\"") } else { (*code).to_owned() };
            let quote = |code: &str| if code.contains('.') { format!("\"{code}\"") } else { code.to_owned() };
            write!(hledger, "    {name}  {sum} {quoted}").unwrap();
            write!(beancount, "  {name}  {sum} {code}").unwrap();
            if let Some((price, other)) = price {
                write!(hledger, " @@ {price} {}", quote(other)).unwrap();
                write!(beancount, " @@ {price} {other}").unwrap();
            }
            if at_line == lines.len() - 1 && at % 5 == 0 {
                write!(hledger, " = {entry} {quoted}").unwrap();
                assertions[0] += 1;
            }
            hledger.push('\n');
            beancount.push('\n');
        }
    }
    for balance in balances.values_mut() {
        *balance = balance.normalize();
    }
    Generated { hledger, beancount, assertions, balances }
}

#[test]
fn a_journal_in_eight_commodities_is_taken_in_and_every_assertion_holds() {
    let generated = generated();
    for (form, text, assertions) in [
        (ImportForm::Hledger, &generated.hledger, generated.assertions[0]),
        (ImportForm::Beancount, &generated.beancount, generated.assertions[1]),
    ] {
        let ledger = Ledger::in_memory().unwrap();
        let report = Import::into(&ledger).dry_run(form, Cursor::new(text)).unwrap();
        assert_eq!((&report.rejected, report.transactions), (&Vec::new(), 1_000), "{form:?}");
        assert_eq!(ledger.view().unwrap().sequence(), Sequence::ZERO, "nothing was done");
        let report = run(&ledger, form, text);
        assert_eq!((report.transactions, report.assertions, report.rejections), (1_000, assertions, 0));
        assert_eq!(held(&ledger), generated.balances, "{form:?}");
        assert_eq!(ledger.view().unwrap().books().unwrap().len(), 8);
        sound(&ledger);
        // Again: nothing changes.
        let before = ledger.view().unwrap().sequence();
        let again = run(&ledger, form, text);
        assert_eq!((again.recorded, again.assertions, again.rejections), (0, assertions, 0), "{:?}", again.rejected);
        assert_eq!(ledger.view().unwrap().sequence(), before);
        // And with a transaction more, that alone is taken in.
        let more = match form {
            ImportForm::Hledger => "\n2025-12-31 more\n    Assets:Bank:One  5.00 KES\n    Assets:Cash:One\n",
            _ => "\n2025-12-31 * \"more\"\n  Assets:Bank:One  5.00 KES\n  Assets:Cash:One\n",
        };
        let extended = run(&ledger, form, &format!("{text}{more}"));
        assert_eq!((extended.recorded, extended.rejections), (1, 0));
    }
}

#[test]
fn our_own_exports_come_back_with_the_same_balances() {
    let first = Ledger::in_memory().unwrap();
    run(&first, ImportForm::Hledger, &generated().hledger);
    let view = first.view().unwrap();
    let (mut hledger, mut beancount) = (Vec::new(), Vec::new());
    Export::of(&view).hledger(&mut hledger).unwrap();
    Export::of(&view).beancount(&mut beancount).unwrap();
    let sums = |ledger: &Ledger, numbered: bool| {
        let mut sums: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
        for account in accounts(&ledger.view().unwrap()).iter().filter(|account| numbered || account.client.is_some()) {
            let current = account.balance.current;
            let signed = if account.normal_side == Side::Debit { current } else { current.negated() };
            if !signed.is_zero() {
                sums.entry(account.currency.to_string()).or_default().push(signed.to_decimal().normalize());
            }
        }
        sums.values_mut().for_each(|sums| sums.sort());
        sums
    };
    for (form, text) in [(ImportForm::Hledger, hledger), (ImportForm::Beancount, beancount)] {
        let second = Ledger::in_memory().unwrap();
        let report = run(&second, form, &String::from_utf8(text).unwrap());
        assert_eq!(report.rejected, [], "{form:?}");
        assert!(report.assertions > 50);
        // Positions were accounts like others in the file.
        assert_eq!(sums(&second, false), sums(&first, true), "{form:?}");
    }
}

/// The lines that are rejected, and why.
fn rejected(form: ImportForm, text: &str) -> Vec<(u64, String)> {
    let ledger = Ledger::in_memory().unwrap();
    let report = run(&ledger, form, text);
    assert_eq!(ledger.view().unwrap().sequence(), Sequence::ZERO, "nothing half done");
    assert_eq!((report.recorded, report.rejections), (0, report.rejected.len() as u64));
    report.rejected.into_iter().map(|rejected| (rejected.line, rejected.reason)).collect()
}

fn told(form: ImportForm, text: &str) -> Vec<String> {
    rejected(form, text).into_iter().map(|(line, reason)| format!("{line}: {reason}")).collect()
}

#[test]
fn every_rejected_line_is_named_with_its_reason() {
    let hledger = "\
2025-01-01 fine
    a  1.00 KES
    b

2025-01-02 off
    a  1.00 KES
    b  -2.00 KES
2025-01-03 too fine
    a  1.001 KES
    b
2025-01-04 asserted
    a  1.00 KES = 3.00 KES
    b
2199-01-01 later
    a  1.00 KES
    b
01/02 short
2025-01-05 virtual
    a  1 KES
    (b)  1 KES
include other.journal
2025-02-30 no such day
    a  1.00 KES
    b
2025-01-06 lower
    a  1 kes
    b
";
    let mut told = told(ImportForm::Hledger, hledger);
    let later = told.pop().unwrap();
    assert!(later.starts_with("14: ") && later.contains("effective"), "{later}");
    assert_eq!(
        told,
        [
            "17: it does not begin with a day of a year",
            "21: include is not known to imports",
            "5: it does not balance: -1.00 KES is left",
            "8: 3 decimals given, 2 kept",
            "11: a has 2.00 KES, 3.00 KES is asserted",
            "18: line 20: a virtual line does not balance",
            "25: currency \"kes\": a currency code of 3 bytes goes wrong at byte 0: it is 2 to 15 of A-Z 0-9 _ . -, a letter first",
            "22: \"2025-02-30\" is not a day",
        ]
    );
}

#[test]
fn csv_is_read_in_three_shapes() {
    let ledger = Ledger::in_memory().unwrap();
    let opening =
        "account,currency,balance,date\nAssets:Bank,KES,\"1,000.00\",2025-01-01\nLiabilities:Card,USD,-20.00,\n";
    assert_eq!(run(&ledger, ImportForm::Csv, opening).rejected, []);
    let pairs = "date,debit,credit,amount,currency,key,narrative\r\n\
                 2025-01-02,Expenses:Rent,Assets:Bank,250.50,KES,r1,\"January, \"\"flat\"\"\"\r\n\
                 2025-01-02T10:00:00Z,Expenses:Rent,Assets:Bank,0.50,KES,,\r\n\
                 2025-01-02T10:00:00Z,Expenses:Rent,Assets:Bank,0.50,KES,,\r\n";
    let report = run(&ledger, ImportForm::Csv, pairs);
    assert_eq!((report.rejections, report.transactions), (0, 3));
    let lines =
        "key,date,account,amount,currency\nx,2025-01-03,Assets:Bank,-130.00,KES\nx,2025-01-03,Assets:Cash,1.00,USD\n";
    assert_eq!(run(&ledger, ImportForm::Csv, lines).rejected, []);
    assert_eq!(of(&ledger, "Assets:Bank", "KES"), "618.5");
    assert_eq!(of(&ledger, "Expenses:Rent", "KES"), "251.5");
    assert_eq!(of(&ledger, "Equity:Opening-Balances", "USD"), "20");
    assert_eq!(of(&ledger, "Assets:Cash", "USD"), "1");
    let view = ledger.view().unwrap();
    let entry = view.entry_keyed(None, "import:r1").unwrap().unwrap();
    assert_eq!(entry.narrative(), Some("January, \"flat\""));
    let positions = view.positions().unwrap();
    assert_eq!(positions.iter().filter(|position| !position.position.is_zero()).count(), 2, "{positions:?}");
    for text in [opening, pairs, lines] {
        assert_eq!(run(&ledger, ImportForm::Csv, text).recorded, 0);
    }
    sound(&ledger);
    assert_eq!(
        told(
            ImportForm::Csv,
            "date,debit,credit,amount,currency\n2025-01-01,a,b,x,KES\n2025-01-01,a,,1,KES\nx,a,b,1,KES\n"
        ),
        ["2: an amount is not a number", "3: a line has no account", "4: \"x\" is not a day"]
    );
}

#[cfg(feature = "json")]
#[test]
fn json_lines_are_transactions_openings_and_assertions() {
    let ledger = Ledger::in_memory().unwrap();
    let text = r#"{"opening":{"account":"Assets:Bank","amount":"10.00","currency":"KES"},"date":"2025-01-01"}
{"key":"t1","date":"2025-01-02","lines":[{"account":"Assets:Bank","amount":"-1.00","currency":"KES"},{"account":"Expenses:Tea","amount":"1.00","currency":"KES"}]}
{"balance":{"account":"Assets:Bank","amount":"9.00","currency":"KES"}}
"#;
    let report = run(&ledger, ImportForm::JsonLines, text);
    assert_eq!((report.transactions, report.assertions, report.rejections), (2, 1, 0), "{:?}", report.rejected);
    assert_eq!(run(&ledger, ImportForm::JsonLines, text).recorded, 0);
    let wrong = text.replace("9.00", "9.01");
    assert_eq!(told(ImportForm::JsonLines, &wrong), ["3: Assets:Bank has 9.00 KES, 9.01 KES is asserted"]);
    assert_eq!(told(ImportForm::JsonLines, "{}\n"), ["1: it has not one of lines, opening and balance"]);
    assert!(told(ImportForm::JsonLines, "[\n")[0].starts_with("1: not a document of an import"));
}

#[test]
fn accounts_of_the_ledger_are_named_by_their_numbers() {
    let ledger = Ledger::in_memory().unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let njeri = Contact::new("Njeri", "n@shop.example", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", njeri)).unwrap();
    let till = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let (number, external) = (till.number(), book.system(SystemAccount::External).number());
    let text = format!("date,debit,credit,amount,currency\n2025-01-01,{external},{number},100.00,KES\n");
    assert_eq!(run(&ledger, ImportForm::Csv, &text).rejected, []);
    assert_eq!(ledger.view().unwrap().balance(till.id).unwrap().current, book.money("100.00").unwrap());
    // What stands against it by name is opened in its book.
    let text = format!("account,currency,balance\n{number},KES,-5.00\n");
    assert_eq!(run(&ledger, ImportForm::Csv, &text).rejected, []);
    assert_eq!(of(&ledger, "Equity:Opening-Balances", "KES"), "5");
    // Floors hold, and are told by the line.
    let text = format!("date,debit,credit,amount,currency\n2025-01-01,{number},{external},200.00,KES\n");
    let report = run(&ledger, ImportForm::Csv, &text);
    assert_eq!((report.rejected[0].line, report.recorded), (2, 0));
    let text = format!("date,debit,credit,amount,currency\n2025-01-01,{number},{external},2.00,USD\n");
    assert!(run(&ledger, ImportForm::Csv, &text).rejected[0].reason.contains("is kept in KES"));
}

#[test]
fn an_import_that_was_broken_off_goes_on() {
    let ledger = Ledger::in_memory().unwrap();
    let text = generated().hledger;
    let half: String = text.split("\n\n").take(500).collect::<Vec<_>>().join("\n\n");
    run(&ledger, ImportForm::Hledger, &half);
    let report = run(&ledger, ImportForm::Hledger, &text);
    assert_eq!((report.transactions, report.rejections), (1_000, 0), "{:?}", report.rejected);
    assert_eq!(held(&ledger), generated().balances);
}

#[test]
fn what_cannot_be_imported_is_named_with_its_reason() {
    let hledger = "\
comment
2025-01-01 not read
    a  1.00 KES
end comment
2025-01-02 at no cost
    a  1 USD {}
    b
2025-01-03 of all currencies
    a  1.00 KES == 1.00 KES
    b
2025-01-04 assigned
    a  = 1.00 KES
    b
";
    assert_eq!(
        told(ImportForm::Hledger, hledger),
        [
            "5: line 6: a cost is left out",
            "8: line 9: a balance of all currencies is asserted, which cannot be checked",
            "11: line 12: a balance is assigned, which cannot be imported",
        ]
    );
    let beancount = "2025-01-02 balance Assets:Bank  1.00 KES 2.00\n";
    assert_eq!(told(ImportForm::Beancount, beancount), ["1: something stands behind an amount"]);
    // A quote that is never closed.
    let endless = format!("date,debit,credit,amount,currency\n2025-01-01,a,\"{}", "b\n".repeat(1 << 20));
    let ledger = Ledger::in_memory().unwrap();
    let began = std::time::Instant::now();
    let refused = Import::into(&ledger).run(ImportForm::Csv, Cursor::new(&endless)).unwrap_err();
    // It took a minute and a half: each line's quotes were counted from the first on.
    assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(refused.to_string().contains("line 2: a record is too long"), "{refused}");
    assert_eq!(ledger.view().unwrap().sequence(), Sequence::ZERO);
}

#[test]
fn balances_are_asserted_as_they_stood_then_when_an_import_is_given_again() {
    let ledger = Ledger::in_memory().unwrap();
    let of_day = |day: u32, sum: u32, all: u32| {
        format!("2025-01-{day:02} day {day}\n    a  {sum}.00 KES = {all}.00 KES\n    b\n")
    };
    for (day, sum, all) in [(1, 5, 5), (2, 3, 8), (3, 4, 12)] {
        let report = run(&ledger, ImportForm::Hledger, &of_day(day, sum, all));
        assert_eq!((report.transactions, report.rejections, report.assertions), (1, 0, 1), "{:?}", report.rejected);
    }
    // Days later the second is given again: what came after it is in the ledger, and is not counted.
    let report = run(&ledger, ImportForm::Hledger, &of_day(2, 3, 8));
    assert_eq!((report.recorded, report.rejections, report.assertions), (0, 0, 1), "{:?}", report.rejected);
    let report = run(&ledger, ImportForm::Hledger, &of_day(2, 3, 12));
    assert_eq!((report.recorded, report.rejections), (0, 1));
    sound(&ledger);
}
