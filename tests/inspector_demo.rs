//! The inspector on the ledger that `demo` makes: every command shows something there, as text and as JSON, and
//! `docs/inspector.md` says what the JSON is.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test says so by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

const FILE: &str = "books.redb";

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(arguments).current_dir(directory).output().unwrap()
}

fn text(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*told), (Some(0), ""), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&text(directory, &[arguments, &["--json"]].concat())).unwrap()
}

fn failure(directory: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(directory, arguments);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The demo, made once; each test copies it, since a ledger is open in one process at a time.
fn demo() -> tempfile::TempDir {
    static MADE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, made) = MADE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let summary = text(directory.path(), &["demo", FILE]);
        assert!(summary.contains("Head") && summary.contains("town.ugx.main"), "{summary}");
        let made = directory.path().join(FILE);
        (directory, made)
    });
    let directory = tempfile::tempdir().unwrap();
    std::fs::copy(made, directory.path().join(FILE)).unwrap();
    directory
}

/// What a table has below its rule.
fn rows(text: &str) -> usize {
    text.lines().skip_while(|line| !line.starts_with("---")).skip(1).filter(|line| !line.is_empty()).count()
}

#[test]
fn every_reading_command_shows_more_than_headings() {
    let demo = demo();
    let demo = demo.path();
    let tables: &[&[&str]] = &[
        &["info", FILE],
        &["clients", FILE],
        &["clients", FILE, "7"],
        &["clients", FILE, "--with", "branch=Kisumu"],
        &["accounts", FILE],
        &["accounts", FILE, "--tag", "wallet", "--as-of", "2026-10-05"],
        &["activity", FILE],
        &["activity", FILE, "--oldest-first", "--kind", "exchange"],
        &["activity", FILE, "--client", "8", "--from", "2026-10-05", "--to", "2026-10-12"],
        &["activity", FILE, "--account", "36", "--effective"],
        &["statement", FILE, "36"],
        &["entry", FILE, "--key", "opening-works"],
        &["events", FILE, "--after", "500"],
        &["events", FILE, "--client", "7", "--kind", "payout-signed"],
        &["holds", FILE],
        &["payouts", FILE],
        &["payouts", FILE, "1"],
        &["invoices", FILE],
        &["invoices", FILE, "--state", "complete"],
        &["limits", FILE],
        &["payouts", FILE, "--state", "completed", "--client", "7"],
        &["trial-balance", FILE],
        &["trial-balance", FILE, "--as-of", "2026-10-15T12:00:00Z"],
        &["chart", FILE, "--book", "town.kes.main"],
        &["report", FILE],
        &["explain"],
    ];
    for arguments in tables {
        let shown = text(demo, arguments);
        assert!(rows(&shown) > 0, "{arguments:?}:\n{shown}");
        assert!(!shown.contains('\u{1b}'), "colour is not for pipes: {arguments:?}");
    }
    for (arguments, shown) in [
        (&["balance", FILE, "36"][..], "Spendable"),
        (&["verify", FILE], "sound"),
        (&["entry", FILE, "1"], "book_opened"),
        (&["entry", FILE, "--key", "opening-works"], "Balance brought forward"),
        (&["explain", "201"], "What to do"),
        (&["completions", "bash"], "trial-balance"),
        (&["export", "--format", "hledger", FILE], "KES"),
        (&["dump", FILE], "personal"),
    ] {
        let told = text(demo, arguments);
        assert!(told.contains(shown), "{arguments:?}: {told}");
    }
}

#[test]
fn the_demo_has_something_of_everything() {
    let demo = demo();
    let demo = demo.path();
    let info = json(demo, &["info", FILE]);
    for count in
        ["entries", "books", "clients", "accounts", "services", "devices", "payouts", "limits", "monitors", "sets"]
    {
        assert!(info["counts"][count].as_u64().unwrap() > 0, "{count}");
    }
    assert!(info["open"]["holds"].as_u64() > Some(0) && info["open"]["payouts"].as_u64() > Some(0));
    assert_eq!(info["books"][0]["closed_through"], "2026-10-31T23:59:59.999999999Z");

    let all = json(demo, &["events", FILE, "--limit", "100000"]);
    let kinds: BTreeSet<&str> =
        all["events"].as_array().unwrap().iter().map(|event| event["change"]["type"].as_str().unwrap()).collect();
    for kind in pacioli::ChangeKind::EVERY {
        let kind = serde_json::to_value(kind).unwrap();
        assert!(kinds.contains(kind.as_str().unwrap()), "{kind} is not among {kinds:?}");
    }
    let of = |kind: &str, field: &str| -> BTreeSet<String> {
        let events = all["events"].as_array().unwrap().iter().map(|event| &event["change"]);
        let events = events.filter(|change| change["type"] == kind);
        events.map(|change| change[field].as_str().unwrap_or_default().to_owned()).collect()
    };
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(of("hold_placed", "held"), set(&["hold", "clearing", "reserve"]));
    assert_eq!(of("hold_settled", "how"), set(&["capture", "release", "expire"]));
    assert!(
        of("money_moved", "operation")
            .is_superset(&set(&["credit", "debit", "transfer", "post", "reverse", "capture", "exchange"]))
    );
    let payouts = json(demo, &["payouts", FILE]);
    let states: BTreeSet<String> = payouts["payouts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|payout| payout["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, set(&["Completed", "Failed", "Cancelled", "Expired", "Processing", "Preview and approve"]));
    let items = json(demo, &["payouts", FILE, "1"]);
    let states: BTreeSet<String> =
        items["items"].as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, set(&["Successful", "Failed", "Cancelled", "Returned"]));
    let kes = |book: &Value| (book["difference"]["amount"].clone(), book["debits"]["amount"] != "0");
    let trial = json(demo, &["trial-balance", FILE]);
    assert_eq!(trial["balanced"], true);
    for book in trial["books"].as_array().unwrap() {
        let (difference, moved) = kes(book);
        assert_eq!((difference.as_str().unwrap().replace(['0', '.'], ""), moved), (String::new(), true), "{book}");
    }
    assert_eq!(json(demo, &["verify", FILE])["sound"], true);
    assert!(text(demo, &["clients", FILE]).contains("(erased)"));
}

#[test]
fn the_same_arguments_make_the_same_journal() {
    let directory = tempfile::tempdir().unwrap();
    let demo = |file: &str, seed: &str| {
        json(directory.path(), &["demo", file, "--days", "3", "--clients", "4", "--seed", seed])["head"].clone()
    };
    let (one, again, other) = (demo("one.redb", "7"), demo("again.redb", "7"), demo("other.redb", "8"));
    assert_eq!(one, again);
    assert_ne!(one, other);
    let difference = json(directory.path(), &["diff", "one.redb", "again.redb"]);
    assert_eq!((&difference["same"], &difference["same_identity"]), (&true.into(), &true.into()));
    // A file that is there is not touched.
    let (code, told) = failure(directory.path(), &["demo", "one.redb"]);
    assert_eq!((code, told.contains("already")), (2, true), "{told}");
    assert_eq!(json(directory.path(), &["info", "one.redb"])["head"], one);
    assert_eq!(failure(directory.path(), &["demo", "none.redb", "--days", "0"]).0, 2);
}

#[test]
fn looking_back_shows_what_was_known_then() {
    let demo = demo();
    let demo = demo.path();
    let at = |arguments: &[&str]| json(demo, arguments)["at"].clone();
    assert_eq!(at(&["accounts", FILE, "--at", "200"]), 200);
    let day = at(&["clients", FILE, "--as-of", "2026-10-05"]);
    assert_eq!(at(&["holds", FILE, "--as-of", "2026-10-05T23:59:59.999999999Z"]), day);
    assert!(day.as_u64() > Some(200) && day.as_u64() < at(&["payouts", FILE]).as_u64());
    assert_eq!(at(&["payouts", FILE, "--as-of", "1999-12-31"]), 0);
    let early = json(demo, &["info", FILE, "--at", "100"]);
    assert_eq!((&early["counts"]["entries"], &early["counts"]["payouts"]), (&100.into(), &0.into()));
    assert!(json(demo, &["events", FILE, "--at", "100"])["events"].as_array().unwrap().len() >= 100);
    let lines = |arguments: &[&str]| json(demo, arguments)["lines"].as_array().unwrap().len();
    assert!(
        lines(&["activity", FILE, "--at", "300", "--limit", "9999"]) < lines(&["activity", FILE, "--limit", "9999"])
    );
    // What is not there yet, or never, is told by the exit code.
    assert_eq!(failure(demo, &["entry", FILE, "--at", "100", "101"]).0, 1);
    assert_eq!(failure(demo, &["accounts", FILE, "--at", "999999"]).0, 1);
    assert_eq!(failure(demo, &["accounts", FILE, "--at", "1", "--as-of", "2026-10-05"]).0, 2);
    let (code, told) = failure(demo, &["accounts", FILE, "--as-of", "yesterday"]);
    assert_eq!((code, told.contains("2026-11-30")), (2, true), "{told}");
}

#[test]
fn looking_changes_nothing_and_many_can_look_at_once() {
    let demo = demo();
    let demo = demo.path();
    let bytes = || std::fs::read(demo.join(FILE)).unwrap();
    let before = bytes();
    for arguments in
        [&["info", FILE][..], &["activity", FILE], &["verify", FILE], &["dump", FILE], &["diff", FILE, FILE]]
    {
        text(demo, arguments);
        assert!(before == bytes(), "{arguments:?}");
    }
    let reader = pacioli::store::RedbReader::open(demo.join(FILE), &pacioli::store::RedbOptions::default());
    let reader = reader.unwrap().unwrap();
    text(demo, &["trial-balance", FILE]);
    drop(reader);
    // Who writes is alone.
    let writer = pacioli::Ledger::open(demo.join(FILE)).unwrap();
    let (code, told) = failure(demo, &["info", FILE]);
    assert_eq!((code, told.contains("open elsewhere")), (3, true), "{told}");
    writer.close().unwrap();
}

#[test]
fn what_a_crash_has_left_is_repaired_and_read() {
    let demo = demo();
    let demo = demo.path();
    // The file of a ledger that is open is what a kill leaves.
    let writer = pacioli::Ledger::open(demo.join(FILE)).unwrap();
    writer.open_book(pacioli::NewBook::live("late", pacioli::money::Currency::KES)).unwrap();
    std::fs::copy(demo.join(FILE), demo.join("crashed.redb")).unwrap();
    writer.close().unwrap();
    let crashed = demo.join("crashed.redb");
    let reader = pacioli::store::RedbReader::open(&crashed, &pacioli::store::RedbOptions::default());
    assert!(reader.unwrap().is_none());
    let info = json(demo, &["info", "crashed.redb"]);
    assert_eq!(info["books"].as_array().unwrap().last().unwrap()["name"], "late");
    assert_eq!(json(demo, &["verify", "crashed.redb"])["sound"], true);
}

#[test]
fn lists_go_on_where_they_stopped() {
    let demo = demo();
    let demo = demo.path();
    // The command, and what its list is called.
    for (arguments, name) in [
        (&["clients", FILE][..], "clients"),
        (&["holds", FILE], "holds"),
        (&["payouts", FILE], "payouts"),
        (&["invoices", FILE], "invoices"),
        (&["activity", FILE, "--from", "2026-10-30"], "lines"),
        (&["activity", FILE, "--oldest-first", "--to", "2026-10-03"], "lines"),
        (&["activity", FILE, "--account", "36"], "lines"),
        (&["activity", FILE, "--client", "8", "--oldest-first"], "lines"),
    ] {
        let whole = json(demo, &[arguments, &["--limit", "10000"]].concat());
        let whole = whole[name].as_array().unwrap();
        let (mut parts, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut more = vec!["--limit", "5"];
            if let Some(after) = &after {
                more.extend(["--after", after.as_str()]);
            }
            let part = json(demo, &[arguments, &more].concat());
            parts.extend(part[name].as_array().unwrap().iter().cloned());
            after = part["next"].as_str().map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        assert_eq!(parts.len(), whole.len(), "{arguments:?}");
        assert_eq!(&parts, whole, "{arguments:?}");
    }
    assert_eq!(failure(demo, &["activity", FILE, "--after", "x"]).0, 2);
    assert_eq!(failure(demo, &["clients", FILE, "--after", "c1-1-1"]).0, 2);
}

#[test]
fn the_whole_ledger_s_lines_are_those_of_all_accounts() {
    let demo = demo();
    let demo = demo.path();
    let lines = |arguments: &[&str]| {
        let mut ids: Vec<String> = json(demo, &[arguments, &["--limit", "100000"]].concat())["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    };
    let all = lines(&["activity", FILE, "--kind", "exchange", "--from", "2026-10-01", "--to", "2026-10-09"]);
    let accounts = json(demo, &["accounts", FILE]);
    let mut single = Vec::new();
    for account in accounts["accounts"].as_array().unwrap() {
        let id = account["id"].to_string();
        let days = ["--from", "2026-10-01", "--to", "2026-10-09"];
        single.extend(lines(&[&["activity", FILE, "--account", &id, "--kind", "exchange"], &days[..]].concat()));
    }
    single.sort();
    assert_eq!(all, single);
    assert!(!all.is_empty());
}

#[test]
fn invoices_and_limits_tell_how_far_they_are() {
    let demo = demo();
    let demo = demo.path();
    let invoices = json(demo, &["invoices", FILE]);
    let invoices = invoices["invoices"].as_array().unwrap();
    let mut states = BTreeSet::new();
    for invoice in invoices {
        let sum = |key: &str| invoice[key]["amount"].as_str().unwrap().parse::<pacioli::money::Decimal>().unwrap();
        assert_eq!(sum("value"), sum("charges") + sum("net_amount"), "{invoice}");
        let state = invoice["state"].as_str().unwrap();
        assert_eq!(invoice["completed_in"].is_null(), state != "COMPLETE", "{invoice}");
        states.insert(state.to_owned());
    }
    assert!(states.len() >= 4, "{states:?}");
    let complete = json(demo, &["invoices", FILE, "--state", "complete"]);
    let paid = invoices.iter().filter(|invoice| invoice["state"] == "COMPLETE");
    assert!(complete["invoices"].as_array().unwrap().iter().eq(paid));
    let one = invoices[0]["id"].as_u64().unwrap().to_string();
    assert_eq!(json(demo, &["invoices", FILE, &one])["invoices"], serde_json::json!([invoices[0]]));
    assert!(text(demo, &["invoices", FILE, &one]).contains("Net amount"));

    let limits = |more: &[&str]| json(demo, &[&["limits", FILE], more].concat());
    let live = limits(&[]);
    let (live, all) = (live["limits"].as_array().unwrap(), limits(&["--ended"]));
    let all = all["limits"].as_array().unwrap();
    assert!(all.len() > live.len() && live.iter().all(|limit| limit["retired_at"].is_null()));
    for limit in live {
        let (usage, most) = (&limit["usage"], &limit["count_max"]);
        if let (Some(used), Some(most)) = (usage["count"].as_u64(), most.as_u64()) {
            assert_eq!(usage["count_left"].as_u64(), Some(most - used), "{limit}");
        }
        if let Some(client) = limit["subject"]["client"].as_u64() {
            let of_client = limits(&["--client", &client.to_string()]);
            assert!(of_client["limits"].as_array().unwrap().contains(limit));
        }
    }
}

#[test]
fn names_that_nobody_has_are_refused() {
    let demo = demo();
    let demo = demo.path();
    for (arguments, code, part) in [
        (&["clients", FILE, "999"][..], 1, "explain 123"),
        (&["clients", FILE, "NOBODY"], 1, "there is no client \"NOBODY\""),
        (&["activity", FILE, "--account", "999"], 1, "explain 150"),
        (&["activity", FILE, "--kind", "sail"], 2, "PAYOUT"),
        (&["entry", FILE, "999999"], 1, "explain 112"),
        (&["entry", FILE, "--key", "nothing"], 1, "name a client"),
        (&["entry", FILE], 2, "required"),
        (&["holds", FILE, "--account", "999"], 1, "explain 150"),
        (&["payouts", FILE, "99"], 1, "explain 320"),
        (&["payouts", FILE, "no-such-tracking-id"], 1, "explain 320"),
        (&["payouts", FILE, "--state", "lost"], 2, "Cancelled"),
        (&["invoices", FILE, "1"], 1, "explain 340"),
        (&["invoices", FILE, "--state", "lost"], 2, "PENDING"),
        (&["invoices", FILE, "--after", "3"], 2, "cursor"),
        (&["limits", FILE, "--service", "999"], 1, "explain 111"),
        (&["events", FILE, "--kind", "weather"], 2, "money_moved"),
        (&["explain", "999"], 1, "lists all"),
        (&["completions", "dos"], 2, "bash"),
        (&["torture", "none-such"], 3, "none-such"),
    ] {
        let (told_code, told) = failure(demo, arguments);
        assert_eq!((told_code, told.contains(part)), (code, true), "{arguments:?}: {told}");
        // The same for programs; the command line itself is complained about in words.
        let (told_code, told) = failure(demo, &[arguments, &["--json"]].concat());
        if code != 2 {
            let error = &serde_json::from_str::<Value>(&told).unwrap()["error"];
            assert_eq!((told_code, &error["exit_code"]), (code, &Value::from(code)));
            assert!(error["message"].as_str().unwrap().contains(part), "{told}");
            let rejection = part.strip_prefix("explain ").and_then(|code| code.parse::<u16>().ok());
            assert_eq!(
                (error["code"].as_u64(), error["rejection"].is_object()),
                (rejection.map(u64::from), rejection.is_some())
            );
        }
    }
}

#[test]
fn every_code_is_explained() {
    let directory = tempfile::tempdir().unwrap();
    let explained = json(directory.path(), &["explain"]);
    let explained = explained["explanations"].as_array().unwrap();
    let mut codes: Vec<u64> = explained.iter().filter_map(|one| one["code"].as_u64()).collect();
    let mut known: Vec<u64> = pacioli::Rejection::CODES.iter().map(|(code, _)| u64::from(*code)).collect();
    codes.sort_unstable();
    known.sort_unstable();
    assert_eq!(codes, known);
    for one in explained {
        assert!(one["meaning"].as_str().is_some_and(|text| !text.is_empty()), "{one}");
        assert!(one["remedy"].as_str().is_some_and(|text| !text.is_empty()), "{one}");
    }
    for name in ["201", "InsufficientFunds", "insufficient_funds", "insufficient-funds"] {
        let told = text(directory.path(), &["explain", name]);
        assert!(told.contains("201 InsufficientFunds") && told.contains("available: "), "{told}");
    }
    assert!(text(directory.path(), &["explain", "3"]).contains("cannot be opened"));
    assert!(text(directory.path(), &["explain", "AlreadyOpen"]).contains("open elsewhere"));
}

#[test]
fn completions_are_given_for_every_shell() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(directory.path(), &["completions", shell]);
        assert!(script.contains("trial-balance") && script.contains("as-of"), "{shell}");
        assert!(script.contains("json") && script.contains("verify"), "{shell}");
        for hidden in ["write-until-killed", "torture-writer"] {
            assert!(!script.contains(hidden), "{shell}: {hidden} is not for people");
        }
    }
}

#[test]
fn killed_writers_lose_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let told = json(directory.path(), &["torture", ".", "--kills", "4", "--longest-ms", "120", "--seed", "3"]);
    assert_eq!((&told["kills"], &told["lost"], &told["sound"]), (&4.into(), &0.into(), &true.into()));
    let figure = |name: &str| told[name].as_u64().unwrap();
    assert!(figure("acknowledged") > 0 && figure("found") >= figure("acknowledged"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the file is gone");
    let kept = json(directory.path(), &["torture", ".", "--kills", "1", "--longest-ms", "20", "--keep"]);
    let path = kept["path"].as_str().unwrap();
    assert_eq!(json(directory.path(), &["verify", path])["entries"], kept["entries"]);
}

#[test]
fn colour_is_for_terminals_alone() {
    let demo = demo();
    let demo = demo.path();
    if Command::new("script").arg("--version").output().is_err() {
        println!("skipped: script is not installed");
        return;
    }
    let on_a_terminal = |no_colour: &str| {
        let command = format!("{} activity {FILE} --account 36", env!("CARGO_BIN_EXE_pacioli"));
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("NO_COLOR", no_colour)
            .env("TERM", "xterm")
            .current_dir(demo)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let coloured = on_a_terminal("");
    assert!(coloured.contains("\u{1b}[1mLine") && coloured.contains("\u{1b}[31m-"), "{coloured:?}");
    assert!(!on_a_terminal("1").contains('\u{1b}'));
}

mod documented {
    use super::*;

    /// The commands that the document has sections for, each with its keys; those of `with …` are not always there.
    fn sections() -> Vec<(String, BTreeSet<String>, BTreeSet<String>)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inspector.md");
        let document = std::fs::read_to_string(path).unwrap();
        let mut sections: Vec<(String, BTreeSet<String>, BTreeSet<String>)> = Vec::new();
        for line in document.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                sections.push((heading.trim_matches('`').to_owned(), BTreeSet::new(), BTreeSet::new()));
            } else if let Some((key, meaning)) = line.strip_prefix("| `").and_then(|row| row.split_once("` | ")) {
                let (_, always, sometimes) = sections.last_mut().unwrap();
                if meaning.starts_with("with ") { sometimes } else { always }.insert(key.to_owned());
            }
        }
        sections.retain(|(name, ..)| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'));
        sections
    }

    #[test]
    fn every_command_has_a_section() {
        let directory = tempfile::tempdir().unwrap();
        let help = text(directory.path(), &["--help"]);
        let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // Longer texts go on in further lines.
        let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let mut names: BTreeSet<String> =
            names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
        names.remove("help");
        let documented: BTreeSet<String> = sections().into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, documented);
        for name in names {
            let help = text(directory.path(), &[&name, "--help"]);
            assert!(help.contains("Examples:") && help.contains(&format!("pacioli {name}")), "{name}");
        }
    }

    #[test]
    fn the_keys_of_every_document_are_those_of_its_section() {
        let demo = demo();
        let demo = demo.path();
        std::fs::write(demo.join("books.dump"), text(demo, &["dump", FILE])).unwrap();
        std::fs::write(demo.join("old.csv"), "date,debit,credit,amount,currency\n2026-01-01,a,b,1,KES\n").unwrap();
        let small = ["--transfers", "200", "--accounts", "20", "--batch", "20"];
        let small = |more: &[&'static str]| [&small[..], more].concat();
        // Each command in all the ways that its keys differ.
        let ways: Vec<(&str, Vec<&str>)> = vec![
            ("info", vec![FILE]),
            ("clients", vec![FILE]),
            ("clients", vec![FILE, "7"]),
            ("accounts", vec![FILE]),
            ("balance", vec![FILE, "36"]),
            ("statement", vec![FILE, "36"]),
            ("activity", vec![FILE]),
            ("entry", vec![FILE, "300"]),
            ("events", vec![FILE]),
            ("holds", vec![FILE]),
            ("payouts", vec![FILE]),
            ("payouts", vec![FILE, "1"]),
            ("invoices", vec![FILE]),
            ("limits", vec![FILE]),
            ("trial-balance", vec![FILE]),
            ("chart", vec![FILE, "--book", "town.kes.main"]),
            ("verify", vec![FILE]),
            ("report", vec![FILE]),
            ("report", vec![FILE, "--client", "7"]),
            ("report", vec![FILE, "--account", "36"]),
            ("report", vec![FILE, "--payout", "1"]),
            ("load", vec!["copy.redb", "books.dump"]),
            ("backup", vec![FILE, "backup.redb"]),
            ("compact", vec!["backup.redb"]),
            ("diff", vec![FILE, "copy.redb"]),
            ("import", vec!["new.redb", "old.csv"]),
            ("explain", vec![]),
            ("completions", vec!["fish"]),
            ("demo", vec!["small.redb", "--days", "1", "--clients", "4"]),
            ("bench", small(&["--floor", "--read", "balance"])),
            ("bench", small(&[])),
            ("growth", small(&["--every", "100", "--kill", "none"])),
            ("torture", vec![".", "--kills", "1", "--longest-ms", "10"]),
        ];
        let mut seen: std::collections::BTreeMap<&str, BTreeSet<String>> = std::collections::BTreeMap::new();
        let sections = sections();
        for (name, arguments) in ways {
            let document = json(demo, &[&[name], &arguments[..]].concat());
            let keys: BTreeSet<String> = document.as_object().unwrap().keys().cloned().collect();
            let (_, always, sometimes) = sections.iter().find(|(section, ..)| section == name).unwrap();
            let missing: Vec<_> = always.difference(&keys).collect();
            assert!(missing.is_empty(), "{name} {arguments:?} lacks {missing:?}");
            let unknown = keys.iter().filter(|key| !always.contains(*key) && !sometimes.contains(*key));
            // What is measured of readers has names that begin alike.
            let unknown: Vec<_> = unknown.filter(|key| !(name == "bench" && key.starts_with("read"))).collect();
            assert!(unknown.is_empty(), "{name} {arguments:?} has {unknown:?}, which the document does not");
            seen.entry(name).or_default().extend(keys);
        }
        for (name, always, sometimes) in &sections {
            // `export` and `dump` write documents of their own.
            let known = seen.get(name.as_str()).cloned().unwrap_or_default();
            let never: Vec<_> = always.union(sometimes).filter(|key| !known.contains(*key)).collect();
            assert!(never.is_empty(), "{name} has none of {never:?}");
        }
    }
}
