//! The file format as `docs/format.md` describes it, read by a reader that knows nothing else: its structs, enums and
//! events are taken from the tables of that page, and every row of the golden file must be what they say, to the byte.
//!
//! | module | what it is |
//! |---|---|
//! | `grammar` | the page's tables as forms |
//! | `reader` | bytes by these forms; every form in its one spelling, nothing left over |
//! | `rows` | a file's rows: seals, blocks, the chain, entries, records, pages |

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

mod format {
    pub mod grammar;
    pub mod reader;
    pub mod rows;
}

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use format::grammar::{Form, Grammar};
use format::reader::Reader;
use format::rows::{Journal, Rows};
use serde_json::{Value, json};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn grammar() -> Grammar {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/format.md")).unwrap();
    Grammar::of(&page)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn octets(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn page_describes_every_row_of_the_golden_file() {
    let grammar = grammar();
    let rows = Rows::of(&golden("format-1.0.redb"));
    let mut seen = BTreeSet::new();
    let journal = Journal::of(&grammar, &rows, &mut seen);
    assert!(journal.entries.len() > 100);
    rows.records(&grammar, &mut seen);
    rows.pages();
    // Every table that the page names has rows, and there is no other.
    let unknown = rows.tables().keys().filter(|table| !grammar.tables.contains_key(*table));
    assert_eq!(unknown.count(), 0, "{:?}", rows.tables().keys());
    let without_rows = grammar.tables.keys().filter(|table| !rows.tables().contains_key(*table)).cloned();
    // Every event, and every variant of every enum with contents.
    let unseen: Vec<String> =
        grammar.variants().filter(|variant| !seen.contains(variant)).chain(without_rows).collect();
    assert_eq!(unseen, Vec::<String>::new(), "the golden file has none of these");
}

#[test]
fn vectors_are_what_the_page_says() {
    let grammar = grammar();
    let vectors: Value = serde_json::from_slice(&std::fs::read(golden("vectors.json")).unwrap()).unwrap();
    for form in vectors["forms"].as_array().unwrap() {
        let bytes = octets(form["bytes"].as_str().unwrap());
        let mut reader = Reader::new(&bytes, &grammar);
        let read = reader.read(&Form::parse(form["form"].as_str().unwrap()));
        reader.end();
        assert_eq!(read, form["value"], "{form}");
    }
    let rows = Rows::of(&golden("format-1.0.redb"));
    assert_eq!(vectors["rows"], rows_of_each(&rows), "one row of each table");
    assert_eq!(vectors["commits"], commits_of_each(&rows), "the commits that have the first entry of each tag");
}

/// The first row of each table whose values are bodies by themselves.
fn rows_of_each(rows: &Rows) -> Value {
    let first =
        rows.tables().iter().filter(|(table, _)| !["header", "journal", "open_block"].contains(&table.as_str()));
    let row = |(table, rows): (&String, &BTreeMap<Vec<u8>, Vec<u8>>)| {
        let (key, value) = rows.iter().next().unwrap();
        json!({ "table": table, "key": hex(key), "value": hex(value) })
    };
    first.map(row).collect()
}

fn commits_of_each(rows: &Rows) -> Value {
    let grammar = grammar();
    let journal = Journal::of(&grammar, rows, &mut BTreeSet::new());
    let (mut tags, mut commits) = (BTreeSet::new(), Vec::new());
    for commit in &journal.commits {
        let entries = &journal.entries[commit.entries.clone()];
        if entries.len() > 8 || !entries.iter().any(|entry| tags.insert(entry.body[0])) {
            continue;
        }
        let entry = |entry: &format::rows::Entry| json!({ "recorded_at": entry.at, "body": hex(&entry.body) });
        commits.push(json!({
            "before": hex(&commit.before),
            "first": commit.entries.start + 1,
            "entries": entries.iter().map(entry).collect::<Vec<_>>(),
            "digest": hex(&commit.digest),
        }));
    }
    commits.into()
}

/// How simple forms are spelt.
fn forms() -> Value {
    let given = [
        ("u64", "00"),
        ("u64", "7f"),
        ("u64", "8001"),
        ("u64", "ac02"),
        ("u64", "ffffffffffffffffff01"),
        ("i64", "00"),
        ("i64", "01"),
        ("i64", "02"),
        ("i64", "03"),
        ("i64", "ffffffffffffffffff01"),
        ("i16", "ffff03"),
        ("i128", "01"),
        ("i128", "b9c001"),
        ("bool", "00"),
        ("bool", "01"),
        ("u8", "ff"),
        ("amount", "00"),
        ("amount", "b960"),
        ("amount", "ffffffffffffffffffffffffff1f"),
        ("timestamp", "8080a0f3e2c8e2972f"),
        ("text", "00"),
        ("text", "064e6a6572c3ad"),
        ("option of text", "00"),
        ("option of text", "010161"),
        ("change of text", "00"),
        ("change of text", "010161"),
        ("change of text", "02"),
        ("list of u64", "00"),
        ("list of u64", "0201ac02"),
        ("map of text to text", "020161013101620132"),
        ("pair of bool and option of amount", "010164"),
        ("currency", "034b455302"),
        ("money", "c801034b455302"),
        ("money", "c701034b455302"),
        ("rate", "f0d1c347"),
        ("exchange rate", "830204"),
    ];
    let grammar = grammar();
    let forms = given.iter().map(|(form, bytes)| {
        let octets = octets(bytes);
        let mut reader = Reader::new(&octets, &grammar);
        let value = reader.read(&Form::parse(form));
        reader.end();
        json!({ "form": form, "bytes": bytes, "value": value })
    });
    forms.collect()
}

/// What `vectors.json` must be, as the golden file and the forms above have it. Where `PACIOLI_WRITE_GOLDEN` is set, there is
/// a new format, and it is written so.
#[test]
fn vectors_follow_from_the_golden_file() {
    let rows = Rows::of(&golden("format-1.0.redb"));
    let vectors = json!({
        "format": "1.0",
        "about": "Bytes in hexadecimal digits; docs/format.md says what they are. `rows` and `commits` are of format-1.0.redb.",
        "forms": forms(),
        "rows": rows_of_each(&rows),
        "commits": commits_of_each(&rows),
    });
    let mut text = serde_json::to_string_pretty(&vectors).unwrap();
    text.push('\n');
    if std::env::var_os("PACIOLI_WRITE_GOLDEN").is_some() {
        std::fs::write(golden("vectors.json"), &text).unwrap();
    }
    assert!(text == std::fs::read_to_string(golden("vectors.json")).unwrap());
}
