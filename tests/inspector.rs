//! The inspector, run as a program on small ledgers that the library has made: tables, JSON and exit codes.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use pacioli::money::Currency;
use pacioli::prelude::*;
use pacioli::{ManualClock, SystemAccount};
use serde_json::Value;

/// Runs the inspector in a directory of its own.
fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(arguments).current_dir(directory).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON document that a command prints with `--json`.
fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(directory, &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The table that a command prints without.
fn table(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "nothing is said on stderr when all is well");
    stdout(&output)
}

/// What a command that fails says, with its exit code.
fn failure(directory: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(directory, arguments);
    assert_eq!(stdout(&output), "", "{arguments:?}: errors belong on stderr");
    (output.status.code().unwrap(), stderr(&output))
}

/// A shop's ledger in a file: two wallets, `7` and `8`, and three weeks of business.
struct Shop {
    directory: tempfile::TempDir,
    file: PathBuf,
}

const FILE: &str = "shop.redb";

impl Shop {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(FILE);
        let clock = Arc::new(ManualClock::default());
        let now = |time: &str| clock.set(time.parse().unwrap());
        now("2026-11-01T09:00:00Z");
        let ledger = Ledger::builder().clock(Arc::clone(&clock)).open(&file).unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let contact = Contact::new("Njeri", "njeri@shop.example", "+254700000001");
        let client = ledger.register_client(NewClient::business("Mama Njeri Shop", "KE", "P051", contact)).unwrap();
        let account = NewAccount::new(client.id, book.id, AccountType::WORKING);
        let till = account.clone().named("Till\u{1b}[2J").at_path("tills:town").tagged("cash").with("city", "Mombasa");
        let till = ledger.open_account(till).unwrap();
        let rent = ledger.open_account(account.named("Rent")).unwrap();
        assert_eq!((till.id, rent.id), (AccountId(7), AccountId(8)));
        let service = ledger.define_service(NewService::new(client.id, book.id, "TILL")).unwrap();
        now("2026-11-10T21:30:00Z");
        let sum = |text| book.money(text).unwrap();
        ledger.credit(Credit::new(till.id, service.id, sum("100.00"), "SALE-1").kind(EntryKind::Sale)).unwrap();
        now("2026-11-20T08:00:00Z");
        let transfer = Transfer::new(till.id, rent.id, service.id, sum("30.50"), "RENT-1").narrated("November");
        ledger.transfer(transfer).unwrap();
        ledger.open_book(NewBook::test("shop.usd.test", Currency::USD)).unwrap();
        assert_eq!(book.system(SystemAccount::External), AccountId(1));
        ledger.close().unwrap();
        Self { directory, file }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        json(self.directory.path(), arguments)
    }

    fn table(&self, arguments: &[&str]) -> String {
        table(self.directory.path(), arguments)
    }

    fn failure(&self, arguments: &[&str]) -> (i32, String) {
        failure(self.directory.path(), arguments)
    }

    /// Changes the last byte of the first value in a table.
    fn damage(&self, table: &str) {
        let database = redb::Database::open(&self.file).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let name = format!("pacioli.{table}");
            let mut rows = transaction.open_table(redb::TableDefinition::<&[u8], &[u8]>::new(&name)).unwrap();
            let (key, mut value) = {
                let (key, value) = redb::ReadableTable::first(&rows).unwrap().unwrap();
                (key.value().to_vec(), value.value().to_vec())
            };
            *value.last_mut().unwrap() ^= 1;
            rows.insert(key.as_slice(), value.as_slice()).unwrap();
        }
        transaction.commit().unwrap();
    }
}

#[test]
fn a_chart_is_rolled_up_by_path() {
    let shop = Shop::new();
    let text = shop.table(&["chart", FILE, "--book", "shop.kes"]);
    let town = |line: &str| line.split_whitespace().eq(["town", "1", "0.00", "69.50"]);
    assert!(text.lines().any(town), "{text}");
    let tills = shop.json(&["chart", FILE, "--book", "shop.kes", "--path", "tills"]);
    assert_eq!((&tills["root"]["path"], &tills["root"]["total"]["credit_balance"]), (&"tills".into(), &kes("69.50")));
    assert_eq!(shop.failure(&["chart", FILE, "--book", "shop.eur"]).0, 1);
    let (code, text) = shop.failure(&["chart", FILE, "--book", "shop.kes", "--path", "No Path"]);
    assert_eq!((code, text.contains("a path must be")), (1, true), "{text}");
    assert_eq!(shop.failure(&["chart", FILE]).0, 2);
}

/// A sum as it stands in JSON.
fn kes(amount: &str) -> Value {
    serde_json::json!({ "amount": amount, "currency": "KES", "scale": 2 })
}

mod accounts {
    use super::*;

    #[test]
    fn all_are_listed_with_what_they_hold() {
        let shop = Shop::new();
        let list = shop.json(&["accounts", FILE]);
        let accounts = list["accounts"].as_array().unwrap();
        assert_eq!((accounts.len(), &list["next"]), (14, &Value::Null));
        assert_eq!(list["at"], 8);
        let till = &accounts[6];
        assert_eq!((&till["id"], &till["number"]), (&7.into(), &10_000_007.into()));
        assert_eq!((&till["current"], &till["available"]), (&kes("69.50"), &kes("69.50")));
        assert_eq!((&till["status"], &till["client"]), (&"active".into(), &1.into()));

        let text = shop.table(&["accounts", FILE]);
        let rent = text.lines().find(|line| line.contains("Rent")).unwrap();
        for part in ["10000008", "shop.kes", "WORKING", "active", "30.50", "KES"] {
            assert!(rent.contains(part), "{rent}");
        }
        assert!(!text.contains('\u{1b}'), "what callers wrote does not reach the terminal's controls");
    }

    #[test]
    fn those_of_a_client_or_book_can_be_chosen() {
        let shop = Shop::new();
        let ids = |more: &[&str]| {
            let list = shop.json(&[&["accounts", FILE], more].concat());
            list["accounts"]
                .as_array()
                .unwrap()
                .iter()
                .map(|account| account["id"].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&["--client", "1"]), [7, 8]);
        assert_eq!(ids(&["--book", "shop.usd.test"]), [9, 10, 11, 12, 13, 14]);
        assert_eq!(ids(&["--book", "shop.usd.test", "--client", "1"]), [0_u64; 0]);
        assert_eq!(ids(&["--book", "shop.kes", "--path", "tills"]), [7]);
        assert_eq!(ids(&["--book", "shop.kes", "--path", "tills:beach"]), [0_u64; 0]);
        assert_eq!(ids(&["--tag", "cash"]), [7]);
        assert_eq!(ids(&["--with", "city=Mombasa"]), [7]);
        assert_eq!(ids(&["--with", "city=Kitui"]), [0_u64; 0]);
        for wrong in [&["--path", "tills"][..], &["--with", "city"], &["--tag", "cash", "--client", "1"]] {
            assert_eq!(shop.failure(&[&["accounts", FILE], wrong].concat()).0, 2, "{wrong:?}");
        }
        assert_eq!(shop.failure(&["accounts", FILE, "--client", "9"]).0, 1);
        let (code, text) = shop.failure(&["accounts", FILE, "--book", "shop.eur"]);
        assert_eq!((code, text.contains("shop.eur")), (1, true), "{text}");
    }

    #[test]
    fn a_list_goes_on_where_it_stopped() {
        let shop = Shop::new();
        let first = shop.json(&["accounts", FILE, "--limit", "5"]);
        assert_eq!(first["accounts"].as_array().unwrap().len(), 5);
        let cursor = first["next"].as_str().unwrap();
        let rest = shop.json(&["accounts", FILE, "--after", cursor]);
        assert_eq!((&rest["accounts"][0]["id"], &rest["next"]), (&6.into(), &Value::Null));
        assert!(shop.table(&["accounts", FILE, "--limit", "5"]).contains(cursor));
        assert_eq!(shop.failure(&["accounts", FILE, "--client", "1", "--after", cursor]).0, 2);
        assert_eq!(shop.failure(&["accounts", FILE, "--after", "?"]).0, 2);
    }
}

mod balance {
    use super::*;

    #[test]
    fn an_account_is_named_by_identifier_or_number() {
        let shop = Shop::new();
        let balance = shop.json(&["balance", FILE, "8"]);
        assert_eq!((&balance["current"], &balance["floor"]), (&kes("30.50"), &kes("0.00")));
        assert_eq!((&balance["number"], &balance["activity_number"]), (&10_000_008.into(), &1.into()));
        assert_eq!(shop.json(&["balance", FILE, "10000008"]), balance);
        let text = shop.table(&["balance", FILE, "8"]);
        assert!(text.contains("10000008") && text.contains("30.50 KES"), "{text}");
    }

    #[test]
    fn an_account_that_is_not_there_is_refused() {
        let shop = Shop::new();
        let (code, text) = shop.failure(&["balance", FILE, "99"]);
        assert_eq!(code, 1);
        assert!(text.contains("account 99"), "{text}");
        assert_eq!(shop.failure(&["balance", FILE, "till"]).0, 2);
        assert_eq!(shop.failure(&["balance", FILE]).0, 2);
    }
}

mod statement {
    use super::*;

    #[test]
    fn lines_lead_from_the_opening_to_the_closing_balance() {
        let shop = Shop::new();
        let statement = shop.json(&["statement", FILE, "7"]);
        assert_eq!((&statement["opening"], &statement["closing"]), (&kes("0.00"), &kes("69.50")));
        assert_eq!((&statement["debits"], &statement["credits"]), (&kes("30.50"), &kes("100.00")));
        let lines = statement["lines"].as_array().unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!((&lines[0]["kind"], &lines[0]["key"]), (&"SALE".into(), &"SALE-1".into()));
        assert_eq!((&lines[1]["narrative"], &lines[1]["current_balance"]), (&"November".into(), &kes("69.50")));
        assert_eq!(statement["days"], serde_json::json!(["2026-11-01", "2026-11-20"]));

        let text = shop.table(&["statement", FILE, "10000007"]);
        for part in ["Opening balance", "Closing balance", "November", "30.50", "69.50", "UTC"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let shop = Shop::new();
        let of = |more: &[&str]| {
            let statement = shop.json(&[&["statement", FILE, "7"], more].concat());
            (statement["lines"].as_array().unwrap().len(), statement["closing"]["amount"].as_str().unwrap().to_owned())
        };
        // The sale was made at half past nine in the evening, by then the eleventh in Nairobi.
        assert_eq!(of(&["--to", "2026-11-10"]), (1, "100.00".to_owned()));
        assert_eq!(of(&["--to", "2026-11-10", "--zone", "Africa/Nairobi"]), (0, "0.00".to_owned()));
        assert_eq!(of(&["--from", "2026-11-11", "--zone", "+03:00"]), (2, "69.50".to_owned()));
        assert_eq!(of(&["--from", "2026-11-11", "--zone", "-05:00"]), (1, "69.50".to_owned()));
        assert_eq!(of(&["--from", "2027-01-01"]), (0, "69.50".to_owned()));
        assert_eq!(of(&["--to", "2025-01-01"]), (0, "0.00".to_owned()));
        let text = shop.table(&["statement", FILE, "7", "--zone", "Africa/Nairobi"]);
        assert!(text.contains("2026-11-11 00:30:00"), "{text}");
    }

    #[test]
    fn lines_of_some_kinds_can_be_chosen() {
        let shop = Shop::new();
        let statement = shop.json(&["statement", FILE, "7", "--kind", "sale", "PAYOUT"]);
        assert_eq!((&statement["filtered"], &statement["closing"]), (&true.into(), &kes("69.50")));
        assert_eq!(statement["lines"].as_array().unwrap().len(), 1);
        let (code, text) = shop.failure(&["statement", FILE, "7", "--kind", "sail"]);
        assert_eq!((code, text.contains("SALE")), (2, true), "{text}");
    }

    #[test]
    fn a_statement_goes_on_where_it_stopped() {
        let shop = Shop::new();
        let first = shop.json(&["statement", FILE, "7", "--limit", "1"]);
        let cursor = first["more"].as_str().unwrap();
        let rest = shop.json(&["statement", FILE, "7", "--after", cursor]);
        assert_eq!((&rest["lines"][0]["number"], &rest["more"]), (&2.into(), &Value::Null));
        assert!(shop.table(&["statement", FILE, "7", "--limit", "1"]).contains(cursor));
    }

    #[test]
    fn what_is_no_day_or_zone_is_a_wrong_command_line() {
        let shop = Shop::new();
        for more in [
            &["--from", "yesterday"][..],
            &["--to", "2026-02-30"],
            &["--from", "2026-11-02", "--to", "2026-11-01"],
            &["--zone", "Nairobi"],
            &["--limit", "0"],
        ] {
            let (code, text) = shop.failure(&[&["statement", FILE, "7"], more].concat());
            assert_eq!(code, 2, "{more:?}: {text}");
        }
        assert_eq!(shop.failure(&["statement", FILE, "99"]).0, 1);
    }
}

mod trial_balance {
    use super::*;

    #[test]
    fn debits_equal_credits_in_each_book() {
        let shop = Shop::new();
        let all = shop.json(&["trial-balance", FILE]);
        assert_eq!((&all["balanced"], all["books"].as_array().unwrap().len()), (&true.into(), 2));
        let one = shop.json(&["trial-balance", FILE, "--book", "shop.kes"]);
        let book = &one["books"][0];
        assert_eq!(one["books"].as_array().unwrap().len(), 1);
        assert_eq!(book, &all["books"][0]);
        assert_eq!((&book["debits"], &book["credits"]), (&kes("100.00"), &kes("100.00")));
        assert_eq!((&book["difference"], &book["name"]), (&kes("0.00"), &"shop.kes".into()));

        let text = shop.table(&["trial-balance", FILE]);
        for part in ["shop.kes", "shop.usd.test", "EXTERNAL", "WORKING", "100.00", "balanced"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(shop.failure(&["trial-balance", FILE, "--book", "shop.eur"]).0, 1);
    }
}

mod verify {
    use super::*;

    #[test]
    fn a_sound_ledger_is_proved() {
        let shop = Shop::new();
        let verdict = shop.json(&["verify", FILE]);
        assert_eq!((&verdict["sound"], &verdict["finding"]), (&true.into(), &Value::Null));
        assert_eq!((&verdict["entries"], &verdict["accounts"]), (&8.into(), &14.into()));
        let head = verdict["head"].as_str().unwrap();
        assert_eq!(head.len(), 64);
        let text = shop.table(&["verify", FILE]);
        assert!(text.contains("sound") && text.contains(head), "{text}");
    }

    #[test]
    fn damage_is_found_and_told_by_its_place() {
        let shop = Shop::new();
        shop.damage("clients");
        let output = run(shop.directory.path(), &["verify", FILE, "--json"]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&verdict["sound"], &verdict["finding"]["table"]), (&false.into(), &"clients".into()));
        assert!(stderr(&output).contains("clients"), "{}", stderr(&output));
        let output = run(shop.directory.path(), &["verify", FILE]);
        assert!(stdout(&output).contains("DAMAGED"), "{}", stdout(&output));
    }
}

#[test]
fn what_cannot_be_opened_is_told_apart() {
    let shop = Shop::new();
    let commands = [&["accounts"][..], &["balance", "7"], &["statement", "7"], &["trial-balance"], &["verify"]];
    std::fs::write(shop.directory.path().join("text"), "no ledger, but long enough to be looked at").unwrap();
    let ledger = Ledger::builder().existing().open(&shop.file).unwrap();
    for (file, said) in [
        ("missing.redb", "input or output failed: entity not found"),
        ("text", "Not a redb database"),
        (FILE, "open elsewhere"),
    ] {
        for command in commands {
            let arguments = [&command[..1], &[file], &command[1..]].concat();
            let (code, text) = shop.failure(&arguments);
            assert_eq!(code, 3, "{arguments:?}: {text}");
            assert!(text.contains(file) && text.contains(said), "{arguments:?}: {text}");
        }
    }
    drop(ledger);
    assert!(!shop.directory.path().join("missing.redb").exists(), "looking makes no files");
}

mod bench {
    use super::*;

    const FIGURES: &[&str] = &[
        "workload",
        "engine",
        "accounts",
        "clients",
        "transfers",
        "already",
        "batch",
        "threads",
        "in_flight",
        "seed",
        "setup_seconds",
        "seconds",
        "transfers_per_second",
        "p50_us",
        "p99_us",
        "max_us",
        "bytes_per_transfer",
        "device_bytes_per_transfer",
        "file_bytes",
        "peak_rss_mib",
    ];

    fn check(directory: &Path, arguments: &[&str]) -> Value {
        let figures = json(directory, &[&["bench"], arguments].concat());
        for name in FIGURES {
            assert!(figures.get(name).is_some(), "{name} is missing from {figures}");
        }
        assert!(figures["transfers_per_second"].as_u64().unwrap() > 0);
        assert!(figures["p50_us"].as_f64().unwrap() <= figures["p99_us"].as_f64().unwrap());
        assert!(figures["p99_us"].as_f64().unwrap() <= figures["max_us"].as_f64().unwrap());
        assert_eq!(std::fs::read_dir(directory).unwrap().count(), 0, "nothing is left behind");
        figures
    }

    #[test]
    fn each_workload_prints_every_figure() {
        let directory = tempfile::tempdir().unwrap();
        for workload in ["uniform", "hot", "fees", "two-phase"] {
            let figures = check(
                directory.path(),
                &["--workload", workload, "--accounts", "300", "--transfers", "1001", "--batch", "100"],
            );
            assert_eq!((&figures["workload"], &figures["accounts"]), (&workload.into(), &300.into()));
            assert_eq!((&figures["transfers"], &figures["batch"]), (&1001.into(), &100.into()));
            assert_eq!((&figures["threads"], &figures["in_flight"]), (&1.into(), &2.into()));
            assert!(figures["file_bytes"].as_u64().unwrap() > 0);
            assert!(figures.get("floor_transfers_per_second").is_none());
        }
    }

    #[test]
    fn threads_and_single_transfers_and_memory_are_measured_too() {
        let directory = tempfile::tempdir().unwrap();
        let small = ["--accounts", "20", "--transfers", "50"];
        let with = |more: &[&'static str]| check(directory.path(), &[&small, more].concat());
        assert_eq!(with(&["--batch", "1", "--clients", "3"])["clients"], 3);
        assert_eq!(with(&["--batch", "7", "--threads", "3"])["threads"], 3);
        assert_eq!(with(&["--batch", "1", "--threads", "2"])["in_flight"], 1);
        let memory = with(&["--engine", "memory", "--already", "100", "--seed", "9"]);
        assert_eq!((&memory["file_bytes"], &memory["already"], &memory["seed"]), (&0.into(), &100.into(), &9.into()));
        let floor = with(&["--floor"]);
        assert!(floor["floor_transfers_per_second"].as_u64().unwrap() > 0);
    }

    #[test]
    fn reading_beside_the_writer_is_measured() {
        let directory = tempfile::tempdir().unwrap();
        for (what, readers) in [("balance", "1"), ("page", "2")] {
            let small =
                ["--accounts", "20", "--transfers", "500", "--batch", "10", "--read", what, "--readers", readers];
            let figures = check(directory.path(), &small);
            assert_eq!((&figures["read"], figures["readers"].to_string().as_str()), (&what.into(), readers));
            assert!(figures["reads_per_second"].as_u64().unwrap() > 0);
            let times = ["read_p50_us", "read_p99_us", "read_max_us"].map(|name| figures[name].as_f64().unwrap());
            assert!(times[0] > 0.0 && times.is_sorted(), "{times:?}");
        }
        assert!(check(directory.path(), &["--accounts", "20", "--transfers", "50"]).get("read").is_none());
        let (code, text) = failure(directory.path(), &["bench", "--readers", "2"]);
        assert_eq!((code, text.contains("--read")), (2, true), "{text}");
    }

    #[test]
    fn people_get_a_table() {
        let directory = tempfile::tempdir().unwrap();
        let text = table(directory.path(), &["bench", "--accounts", "20", "--transfers", "50", "--batch", "10"]);
        assert!(text.contains("transfers a second"), "{text}");
    }

    #[test]
    fn a_named_file_is_kept_and_never_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let bench = ["bench", "--accounts", "20", "--transfers", "50", "--file", "kept.redb"];
        table(directory.path(), &bench);
        let ledger = pacioli::Ledger::builder().existing().open(directory.path().join("kept.redb")).unwrap();
        // A book, a client and a service for each account, the accounts, their funds, the transfers.
        assert_eq!(ledger.view().unwrap().sequence(), pacioli::Sequence(1 + 3 * 20 + 1 + 50));
        drop(ledger);
        assert_eq!(json(directory.path(), &["verify", "kept.redb"])["sound"], true);
        assert_eq!(json(directory.path(), &["trial-balance", "kept.redb"])["balanced"], true);
        let (code, text) = failure(directory.path(), &bench);
        assert_eq!(code, 2);
        assert!(text.contains("--file"), "{text}");
    }

    #[test]
    fn what_cannot_be_measured_is_a_wrong_command_line() {
        let directory = tempfile::tempdir().unwrap();
        for (arguments, named) in [
            (&["--workload", "hot", "--accounts", "10"][..], "10 accounts"),
            (&["--workload", "slow"], "uniform"),
            (&["--engine", "memory", "--file", "x"], "--file"),
            (&["--batch", "0"], "--batch"),
            (&["--batch", "65537"], "--batch"),
            (&["--threads", "0"], "--threads"),
            (&["--accounts", "1"], "--accounts"),
        ] {
            let (code, text) = failure(directory.path(), &[&["bench"], arguments].concat());
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert!(text.contains(named), "{arguments:?}: {text}");
        }
    }

    #[test]
    fn a_place_that_is_not_there_cannot_be_opened() {
        let directory = tempfile::tempdir().unwrap();
        let (code, text) = failure(directory.path(), &["bench", "--file", "nowhere/x.redb", "--transfers", "1"]);
        assert_eq!(code, 3);
        assert!(text.contains("nowhere/x.redb"), "{text}");
    }
}

mod growth {
    use super::*;

    const STEP: &[&str] = &[
        "transfers",
        "seconds",
        "transfers_per_second",
        "file_bytes",
        "bytes_per_transfer",
        "device_bytes_per_transfer",
        "rss_mib",
        "peak_rss_mib",
        "p50_us",
        "p99_us",
        "max_us",
        "balance_p50_us",
        "balance_p99_us",
        "page_p50_us",
        "page_p99_us",
    ];

    const SMALL: &[&str] =
        &["growth", "--accounts", "30", "--transfers", "250", "--every", "100", "--batch", "10", "--reads", "20"];

    #[test]
    fn each_step_has_its_figures() {
        let directory = tempfile::tempdir().unwrap();
        let grown = json(directory.path(), SMALL);
        let steps = grown["steps"].as_array().unwrap();
        let transfers: Vec<_> = steps.iter().map(|step| step["transfers"].as_u64().unwrap()).collect();
        assert_eq!(transfers, [100, 200, 250]);
        for (step, name) in steps.iter().flat_map(|step| STEP.iter().map(move |name| (step, name))) {
            assert!(step[name].is_number(), "{name} is missing from {step}");
        }
        let ascending = |names: &[&str]| {
            let figures = |step: &Value| names.iter().map(|name| step[name].as_f64().unwrap()).collect::<Vec<_>>();
            assert!(steps.iter().all(|step| figures(step).is_sorted()), "{names:?}: {grown}");
        };
        ascending(&["p50_us", "p99_us", "max_us"]);
        ascending(&["balance_p50_us", "balance_p99_us"]);
        ascending(&["page_p50_us", "page_p99_us"]);
        ascending(&["rss_mib", "peak_rss_mib"]);
        assert!(grown["open_seconds"].as_f64().unwrap() > 0.0);
        assert!(grown["last_rate_by_first"].as_f64().unwrap() > 0.0);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_was_durable_is_there_after_a_kill_in_every_mode() {
        let directory = tempfile::tempdir().unwrap();
        let more = ["--kill", "auto,one-phase,quick-repair", "--file", "kept.redb", "--workload", "fees"];
        let grown = json(directory.path(), &[SMALL, &more].concat());
        let killed = grown["killed"].as_array().unwrap();
        let modes: Vec<_> = killed.iter().map(|killed| killed["commit_mode"].as_str().unwrap()).collect();
        assert_eq!(modes, ["auto", "one-phase", "quick-repair"]);
        let mut last = 250;
        for killed in killed {
            let [durable, found] = ["durable", "found"].map(|name| killed[name].as_u64().unwrap());
            // Five portions of four batches of ten.
            assert!(last + 200 <= durable && durable <= found, "{killed}");
            assert!(killed["open_seconds"].as_f64().unwrap() > 0.0);
            last = found;
        }
        assert_eq!(json(directory.path(), &["verify", "kept.redb"])["entries"], last);
        assert_eq!(json(directory.path(), &["trial-balance", "kept.redb"])["balanced"], true);
        let (code, text) = failure(directory.path(), &[SMALL, &more].concat());
        assert_eq!((code, text.contains("--file")), (2, true), "{text}");
    }

    #[test]
    fn people_get_a_table() {
        let directory = tempfile::tempdir().unwrap();
        let text = table(directory.path(), &[SMALL, &["--kill", "none", "--threads", "2"]].concat());
        for part in ["a second", "page p50", "last step's rate", "opening again"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("kill"), "{text}");
    }

    #[test]
    fn what_cannot_be_measured_is_a_wrong_command_line() {
        let directory = tempfile::tempdir().unwrap();
        for (arguments, named) in [
            (&["--workload", "hot", "--accounts", "10"][..], "10 accounts"),
            (&["--transfers", "1000000", "--every", "1"], "--every"),
            (&["--every", "0"], "--every"),
            (&["--kill", "sometimes"], "one-phase"),
            (&["--kill", &["auto"; 17].join(",")], "--kill"),
        ] {
            let (code, text) = failure(directory.path(), &[&["growth"], arguments].concat());
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert!(text.contains(named), "{arguments:?}: {text}");
        }
    }

    #[test]
    fn a_writer_that_cannot_write_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let known = ["--accounts=2", "--first-account=7", "--first-service=1", "--services=1", "--batch=1"];
        let more = ["--in-flight=1", "--first-lane=0", "--memory-mib=8", "--seed=1", "--commit-mode=auto"];
        let (code, text) = failure(
            directory.path(),
            &[&["write-until-killed", "x.redb", "--workload=fees"], &known[..], &more].concat(),
        );
        assert_eq!((code, text.contains("x.redb")), (3, true), "{text}");
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    let help = table(directory.path(), &["--help"]);
    assert!(help.contains("Exit codes:"), "{help}");
    for command in ["accounts", "balance", "statement", "trial-balance", "chart", "verify", "bench", "growth"] {
        let help = table(directory.path(), &[command, "--help"]);
        assert!(help.contains("Examples:") && help.contains("--json"), "{help}");
    }
    assert_eq!(failure(directory.path(), &["inspect"]).0, 2);
}
