//! The inspector's `report`, run as a program on a shop's ledger: what it gathers, in which form, and what it leaves alone.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code, reason = "a test says so by panicking")]

#[path = "reports/shop.rs"]
mod shop;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const FILE: &str = "shop.redb";

/// A shop's ledger in a directory of its own, closed.
fn closed() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let shop = shop::shop(Some(&directory.path().join(FILE)));
    shop.ledger.close().unwrap();
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    let report = [&["report", FILE], arguments].concat();
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(report).current_dir(directory).output().unwrap()
}

/// What it prints when all is well; nothing is said on stderr then.
fn answer(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&answer(directory, &[arguments, &["--json"]].concat())).unwrap()
}

/// What it says when it fails, and its exit code.
fn failure(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = run(directory, arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_ledger_has_reports_for_each_book() {
    let shop = closed();
    let text = answer(shop.path(), &[]);
    assert!(text.starts_with("Report of shop.redb\nAfter entry "), "{text}");
    for heading in [
        "Trial balance of shop.kes (KES) after entry",
        "Income of shop.kes (KES)",
        "Position of shop.usd (USD) at the end",
        "Fees and tax of shop.kes (KES)",
        "Holds and clearing outstanding of shop.usd (USD)",
        "Payouts of shop.kes (KES)",
    ] {
        assert!(text.contains(&format!("\n{heading}")), "{heading}: {text}");
    }
    let all = json(shop.path(), &[]);
    assert_eq!(all["books"].as_array().unwrap().len(), 2);
    assert_eq!(all["books"][0]["income"]["net"]["amount"], "-1.00");
    assert_eq!(all["books"][0]["fees"]["fees"]["net"]["amount"], "24.00");
    assert_eq!(all["books"][0]["outstanding"]["sum"]["amount"], "591.00");
    assert_eq!(all["books"][0]["payouts"]["sums"]["pending"]["amount"], "91.00");
    assert_eq!(all["books"][0]["trial_balance"]["difference"]["amount"], "0.00");
    assert!(all.get("client").is_none() && all.get("statements").is_none());
    let one = json(shop.path(), &["--book", "shop.usd"]);
    assert_eq!(one["books"][0]["trial_balance"]["name"], "shop.usd");
    assert_eq!(one["books"].as_array().unwrap().len(), 1);
}

#[test]
fn periods_end_as_they_were_known_or_as_things_happened() {
    let shop = closed();
    let income = |arguments: &[&str]| {
        let given = [arguments, &["--book", "shop.kes", "--zone", "Africa/Nairobi"]].concat();
        json(shop.path(), &given)["books"][0].clone()
    };
    // The rent was recorded on the sixth, and paid on the fourth.
    let known = income(&["--to", "2026-11-05"]);
    assert_eq!(known["income"]["expense"]["amount"], "0.00");
    assert_eq!(known["outstanding"]["as_of"], "2026-11-05T20:59:59.999999999Z");
    assert_eq!(known["outstanding"]["sum"]["amount"], "400.00");
    assert_eq!(known["payouts"]["payouts"], serde_json::json!([]));
    let happened = income(&["--to", "2026-11-05", "--effective"]);
    assert_eq!(happened["income"]["expense"]["amount"], "25.00");
    let later = income(&["--from", "2026-11-06"]);
    assert_eq!(later["income"]["expense"]["amount"], "25.00");
    // By then there was no ledger.
    assert_eq!(json(shop.path(), &["--to", "2026-10-01"])["at"], 0);
    assert!(answer(shop.path(), &["--to", "2026-10-01"]).contains("Before the first entry"));
}

#[test]
fn a_client_has_accounts_and_statements_with_curves() {
    let shop = closed();
    let client = json(shop.path(), &["--client", "1"]);
    assert_eq!(client["client"]["books"].as_array().unwrap().len(), 2);
    assert_eq!(client["statements"].as_array().unwrap().len(), 6);
    let of_book = json(shop.path(), &["--client", "1", "--book", "shop.usd"]);
    assert_eq!(of_book["statements"].as_array().unwrap().len(), 1);
    let page = answer(shop.path(), &["--client", "1", "--html", "--zone", "Africa/Nairobi"]);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let tree = roxmltree::Document::parse_with_options(&page, options).unwrap();
    let count = |name| tree.descendants().filter(|node| node.tag_name().name() == name).count();
    assert_eq!((count("section"), count("svg"), count("script")), (8, 6, 0));
    // Of a statement that is cut there is no curve.
    let cut = answer(shop.path(), &["--client", "1", "--html", "--limit", "2"]);
    assert!(cut.contains("There are more lines.") && cut.matches("<svg").count() < 6);
    let account = json(shop.path(), &["--account", "10000013"]);
    assert_eq!(account["statements"][0]["account"]["number"], 10_000_013);
    let payout = json(shop.path(), &["--payout", "1"]);
    assert_eq!(payout["payout"]["sums"]["paid"]["amount"], "50.00");
    assert!(answer(shop.path(), &["--payout", "1"]).contains("\nPayout 1 "));
}

#[test]
fn files_are_written_whole_and_the_ledger_stays_as_it_is() {
    let shop = closed();
    let file = |name: &str| shop.path().join(name);
    let entries = |directory: &Path| json(directory, &[])["at"].clone();
    let before = entries(shop.path());
    assert_eq!(answer(shop.path(), &["--html", "-o", "page.html"]), "");
    assert_eq!(answer(shop.path(), &["--csv", "--output", "sums.csv"]), "");
    assert_eq!(answer(shop.path(), &["--json", "-o", "values.json"]), "");
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    assert!(read("page.html").ends_with("</html>\n"));
    assert!(read("sums.csv").starts_with("\"Trial balance of shop.kes (KES) after entry "));
    assert_eq!(serde_json::from_str::<Value>(&read("values.json")).unwrap()["at"], before);
    // One that is there is replaced.
    answer(shop.path(), &["--csv", "-o", "page.html"]);
    assert_eq!(read("page.html"), read("sums.csv"));
    // The ledger itself is not, whatever it is called.
    let kept = std::fs::read(file(FILE)).unwrap();
    std::fs::create_dir(file("sub")).unwrap();
    for name in [FILE, "./shop.redb", "sub/../shop.redb"] {
        let (code, told) = failure(shop.path(), &["-o", name]);
        assert_eq!((code, told), (Some(2), format!("error: {name} is the ledger itself\n")));
    }
    assert!(std::fs::read(file(FILE)).unwrap() == kept);
    assert_eq!(failure(shop.path(), &["-o", "none/page.html"]).0, Some(3));
    assert_eq!(failure(shop.path(), &["-o", "sub"]).0, Some(3));
    let names = std::fs::read_dir(shop.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")), "nothing is left half written");
    assert_eq!(entries(shop.path()), before);
}

/// What is no file of its own is written to, and not replaced by one.
#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};

    let shop = closed();
    let file = |name: &str| shop.path().join(name);
    answer(shop.path(), &["--csv", "-o", "sums.csv"]);
    let mode = std::fs::metadata(file("sums.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "reports are readable by their owner alone");
    std::os::unix::fs::symlink("sums.csv", file("latest.csv")).unwrap();
    answer(shop.path(), &["--csv", "--book", "shop.usd", "-o", "latest.csv"]);
    assert!(std::fs::symlink_metadata(file("latest.csv")).unwrap().is_symlink());
    assert!(!std::fs::read_to_string(file("sums.csv")).unwrap().contains("shop.kes"));
    assert!(answer(shop.path(), &["-o", "/dev/stdout"]).starts_with("Report of shop.redb\n"));
    answer(shop.path(), &["-o", "/dev/null"]);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    // The ledger is known by other names too.
    std::os::unix::fs::symlink(FILE, file("other.redb")).unwrap();
    assert_eq!(failure(shop.path(), &["-o", "other.redb"]).0, Some(2));
}

#[test]
fn what_cannot_be_reported_is_told() {
    let shop = closed();
    let fails = |arguments: &[&str]| failure(shop.path(), arguments);
    assert_eq!(fails(&["--book", "none"]), (Some(1), "error: there is no book \"none\"\n".to_owned()));
    assert_eq!(fails(&["--client", "9"]).0, Some(1));
    assert_eq!(fails(&["--account", "900"]).0, Some(1));
    assert_eq!(fails(&["--payout", "9"]).0, Some(1));
    assert_eq!(fails(&["--from", "2026-11-31"]).0, Some(2));
    assert_eq!(fails(&["--from", "2026-11-10", "--to", "2026-11-09"]).0, Some(2));
    assert_eq!(fails(&["--zone", "Nowhere"]).0, Some(2));
    for both in [
        &["--html", "--csv"][..],
        &["--client", "1", "--account", "13"],
        &["--payout", "1", "--account", "13"],
        &["--book", "shop.kes", "--account", "13"],
        &["--limit", "0"],
    ] {
        assert_eq!(fails(both).0, Some(2), "{both:?}");
    }
    let (code, told) = fails(&["--json", "--html"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!((code, &told["error"]["message"]), (Some(2), &"--json, --html and --csv exclude one another".into()));
    let help = Command::new(env!("CARGO_BIN_EXE_pacioli")).args(["report", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("pacioli report shop.redb --client 12"));
}
