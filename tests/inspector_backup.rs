//! The inspector's `backup` and `compact`, run as a program.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use pacioli::prelude::*;
use serde_json::Value;

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(arguments).current_dir(directory).output().unwrap()
}

fn answer(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "nothing is said on stderr when all is well");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&answer(output)).unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    assert!(output.stdout.is_empty(), "errors belong on stderr");
    (output.status.code(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// A shop's ledger, closed.
fn shop() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("shop.redb")).unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let owner = Contact::new("Njeri Mwangi", "njeri@example.com", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", owner)).unwrap();
    let till = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap();
    for number in 0..20 {
        let money = book.money("96.00").unwrap();
        ledger.credit(Credit::new(till.id, sales.id, money, format!("SALE-{number}"))).unwrap();
    }
    ledger.close().unwrap();
    directory
}

#[test]
fn ledger_is_backed_up_and_nothing_differs() {
    let shop = shop();
    let backup = json(&run(shop.path(), &["backup", "shop.redb", "copy.redb", "--json"]));
    let verdict = json(&run(shop.path(), &["verify", "copy.redb", "--json"]));
    assert_eq!((&backup["head"], &backup["sequence"]), (&verdict["head"], &verdict["entries"]));
    assert_eq!((&backup["path"], &backup["verified"]), (&"copy.redb".into(), &true.into()));
    let length = std::fs::metadata(shop.path().join("copy.redb")).unwrap().len();
    assert_eq!(backup["bytes"], length);
    assert!(answer(&run(shop.path(), &["diff", "shop.redb", "copy.redb"])).contains("no difference"));

    let text = answer(&run(shop.path(), &["backup", "shop.redb", "again.redb"]));
    assert!(text.starts_with("Backup    again.redb\nEntries   24\nHead      "), "{text}");
    assert!(text.ends_with("Verified  yes\n"), "{text}");
    let text = answer(&run(shop.path(), &["backup", "shop.redb", "third.redb", "--unverified"]));
    assert!(text.ends_with("Verified  head and counts\n"), "{text}");
}

#[test]
fn file_is_compacted_and_stays_the_ledger() {
    let shop = shop();
    let before = json(&run(shop.path(), &["verify", "shop.redb", "--json"]));
    let length = || std::fs::metadata(shop.path().join("shop.redb")).unwrap().len();
    let compaction = json(&run(shop.path(), &["compact", "shop.redb", "--json"]));
    assert_eq!((&compaction["head"], &compaction["sequence"]), (&before["head"], &before["entries"]));
    assert_eq!(compaction["bytes_after"], length());
    assert!(compaction["bytes_after"].as_u64() <= compaction["bytes_before"].as_u64());
    let after = json(&run(shop.path(), &["verify", "shop.redb", "--json"]));
    assert_eq!((&after["sound"], &after["head"]), (&true.into(), &before["head"]));
    let text = answer(&run(shop.path(), &["compact", "shop.redb"]));
    assert!(text.starts_with("Compacted shop.redb\nBefore    ") && text.ends_with("Verified  yes\n"), "{text}");
}

#[test]
fn what_cannot_be_done_is_told_with_the_file_and_leaves_nothing() {
    let shop = shop();
    std::fs::write(shop.path().join("letter"), "dear diary, long enough to be looked at").unwrap();
    let names = || std::fs::read_dir(shop.path()).unwrap().count();
    let before = names();
    for (arguments, file) in [
        (&["backup", "shop.redb", "letter"][..], "letter"),
        (&["backup", "shop.redb", "shop.redb"], "shop.redb"),
        (&["backup", "shop.redb", "no/folder/copy.redb"], "no/folder/copy.redb"),
        (&["backup", "none.redb", "copy.redb"], "none.redb"),
        (&["backup", "letter", "copy.redb"], "letter"),
        (&["compact", "none.redb"], "none.redb"),
        (&["compact", "letter"], "letter"),
    ] {
        let (code, text) = told(&run(shop.path(), arguments));
        assert_eq!(code, Some(3), "{arguments:?}: {text}");
        assert!(text.starts_with(&format!("error: {file}: ")), "{arguments:?}: {text}");
    }
    let open = Ledger::open(shop.path().join("shop.redb")).unwrap();
    for arguments in [&["backup", "shop.redb", "copy.redb"][..], &["compact", "shop.redb"]] {
        let (code, text) = told(&run(shop.path(), arguments));
        assert_eq!((code, text.contains("open elsewhere")), (Some(3), true), "{arguments:?}: {text}");
    }
    drop(open);
    assert_eq!(names(), before);
    assert_eq!(told(&run(shop.path(), &["backup", "shop.redb"])).0, Some(2));
}

#[test]
fn helps_have_examples() {
    let directory = tempfile::tempdir().unwrap();
    for command in ["backup", "compact"] {
        let text = answer(&run(directory.path(), &[command, "--help"]));
        assert!(text.contains("Examples:") && text.contains(&format!("pacioli {command}")), "{command}");
    }
}
