//! Files of every format that there has been, opened by this version: they are what they were.
//!
//! `golden/format-1.0.redb` holds the workload of the torture tests and `golden/world.rs`, which together have every kind of
//! entry, event and record; `tests/format.rs` shows that they have. `format-1.0.json` says what is in it. `dump-1.jsonl` is
//! a dump of the latter alone. `vectors.json` has rows and commits of the file, and simple forms, for readers in other
//! languages.
//!
//! Golden files are never written again. A new format gets new ones, and the old ones stay.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(unreachable_pub, dead_code)]

#[cfg(feature = "faults")]
#[path = "torture/workload.rs"]
mod workload;
#[path = "golden/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(all(feature = "faults", feature = "json"))]
use pacioli::ManualClock;
use pacioli::prelude::*;
use pacioli::store::{Batch, Order, RedbOptions, RedbStore, Snapshot, Store, Table};
use pacioli::{LayoutError, Verification};
use serde_json::{Value, json};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// A copy to open: opening writes.
fn copied(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy.redb");
    std::fs::copy(golden(name), &path).unwrap();
    (directory, path)
}

fn verified(ledger: &Ledger) -> Verification {
    let verification = ledger.verify_all().unwrap();
    assert_eq!(verification.finding, None);
    verification
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every page of a list.
fn all<T>(mut page: impl FnMut(Listing) -> pacioli::Page<T>) -> Vec<T> {
    let (mut items, mut listing) = (Vec::new(), Listing::first(Listing::MOST));
    loop {
        let found = page(listing);
        items.extend(found.items);
        let Some(next) = found.next else { return items };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

/// What a file holds, in words that will not change when more is told of it.
fn facts(ledger: &Ledger) -> Value {
    let proved = verified(ledger);
    let view = ledger.view().unwrap();
    let books: Vec<Value> = view.books().unwrap().iter().map(|book| {
        let trial = view.trial_balance(book.id).unwrap();
        assert!(trial.is_balanced());
        let closed = book.closed_through.map(|at| at.to_string());
        json!({ "name": book.name, "currency": book.currency.code(), "trial_balance": trial.to_string(), "closed": closed })
    }).collect();
    let accounts: Vec<Value> = all(|listing| view.accounts(pacioli::AccountFilter::All, listing).unwrap())
        .iter()
        .map(|account| {
            let balance = &account.balance;
            json!([account.number().to_string(), account.name, balance.current.text(), balance.available.text()])
        })
        .collect();
    let clients = all(|listing| view.clients(listing).unwrap());
    let counterparties: usize =
        clients.iter().map(|client| all(|listing| view.counterparties(client.id, listing).unwrap()).len()).sum();
    json!({
        "identity": hex(&ledger.identity()),
        "entries": proved.entries,
        "accounts_proved": proved.accounts,
        "head": proved.head.to_string(),
        "recorded_at": view.recorded_at().to_string(),
        "books": books,
        "accounts": accounts,
        "clients": clients.iter().map(|client| json!([client.code, client.name, client.contact.email])).collect::<Vec<_>>(),
        "counterparties": counterparties,
    })
}

/// Every entry that has a key is found by it, in the index of the file.
fn found_by_their_keys(view: &View) -> usize {
    let (mut found, mut after) = (0, None);
    loop {
        let entries = view.entries(after, Listing::MOST).unwrap();
        for entry in &entries.items {
            let Some(key) = &entry.key else { continue };
            assert_eq!(view.entry_keyed(entry.client, key).unwrap().as_ref(), Some(entry));
            found += 1;
        }
        after = entries.items.last().map(|entry| entry.sequence);
        if entries.next.is_none() {
            return found;
        }
    }
}

#[test]
fn golden_file_opens_and_is_what_it_was() {
    let (_directory, path) = copied("format-1.0.redb");
    let expected: Value = serde_json::from_slice(&std::fs::read(golden("format-1.0.json")).unwrap()).unwrap();
    let ledger = Ledger::builder().existing().check_on_open().open(&path).unwrap();
    let shown = facts(&ledger);
    for (what, expected) in expected.as_object().unwrap() {
        assert_eq!(&shown[what], expected, "{what}");
    }
    assert!(found_by_their_keys(&ledger.view().unwrap()) > 200);
    // It goes on: a command of before is known, new ones are carried out, and it opens again.
    let again = ledger.open_book(NewBook::test("golden.kes", Currency::KES).keyed("golden book")).unwrap();
    assert_eq!(ledger.view().unwrap().sequence().0, expected["entries"].as_u64().unwrap());
    let (from, to) = (again.system(pacioli::SystemAccount::External), again.system(pacioli::SystemAccount::Suspense));
    let money = again.money("1.00").unwrap();
    ledger.post(Post::new("since").debit(from, money).credit(to, money)).unwrap();
    ledger.close().unwrap();
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(verified(&ledger).entries, expected["entries"].as_u64().unwrap() + 1);
    // Backups and compaction carry all of it over.
    ledger.backup(path.with_file_name("backup.redb")).unwrap();
    ledger.close().unwrap();
    Ledger::builder().compact(&path).unwrap();
    let facts_of = |path: &Path| facts(&Ledger::open(path).unwrap());
    assert_eq!(facts_of(&path), facts_of(&path.with_file_name("backup.redb")));
}

#[cfg(feature = "json")]
#[test]
fn golden_dump_is_loaded_and_written_again_to_the_byte() {
    let dump = std::fs::read(golden("dump-1.jsonl")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::builder().load(directory.path().join("loaded.redb"), dump.as_slice(), &mut |_| ()).unwrap();
    let mut again = Vec::new();
    let head = ledger.dump(&mut again, &mut |_| ()).unwrap();
    assert!(again == dump);
    let last = String::from_utf8(dump).unwrap().lines().last().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["head"], head.to_string());
}

/// The header's body: magic, then three varints of one byte each, then what is left alone here.
fn with_versions(path: &Path, versions: [u8; 3]) {
    let store = RedbStore::open(path, &RedbOptions::default()).unwrap();
    let (table, key) = (Table("header"), b"ledger");
    let mut value = store.snapshot().unwrap().get(table, key).unwrap().unwrap().to_vec();
    value.truncate(value.len() - 4);
    value[9..12].copy_from_slice(&versions);
    let place = crc32c::crc32c_append(crc32c::crc32c(table.0.as_bytes()), key);
    value.extend_from_slice(&crc32c::crc32c_append(place, &value).to_le_bytes());
    let mut batch = Batch::new();
    batch.put(table, *key, value);
    store.commit(&batch).unwrap();
    store.close().unwrap();
}

/// Rows as they are, to see that none has changed.
fn rows(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let store = RedbStore::open(path, &RedbOptions::default()).unwrap();
    let (snapshot, mut rows): (Box<dyn Snapshot>, _) = (store.snapshot().unwrap(), BTreeMap::new());
    for table in ["header", "journal", "open_block", "rows", "state", "runs", "manifest"] {
        let bounds = (Bound::Unbounded, Bound::Unbounded);
        snapshot
            .scan(Table(table), bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
                rows.insert([table.as_bytes(), b" ", key].concat(), value.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    drop(snapshot);
    store.close().unwrap();
    rows
}

/// There is one format so far, so nothing is brought from one to the next: what is not of it is refused, and left alone.
#[test]
fn newer_formats_and_unknown_features_are_refused_and_left_alone() {
    for (versions, told) in [
        ([2, 0, 0], "the ledger has format 2.0 with features 0x0, this version writes 1.0"),
        ([0, 9, 0], "the ledger has format 0.9 with features 0x0, this version writes 1.0"),
        ([1, 1, 0], "the ledger has format 1.1 with features 0x0, this version writes 1.0"),
        ([1, 0, 4], "the ledger has format 1.0 with features 0x4, this version writes 1.0"),
    ] {
        let (_directory, path) = copied("format-1.0.redb");
        with_versions(&path, versions);
        let before = rows(&path);
        let refused = Ledger::open(&path).unwrap_err();
        assert!(matches!(refused, Error::Failed(LayoutError::Version { .. })), "{refused:?}");
        assert!(refused.to_string().ends_with(told), "{refused}");
        let refused = Ledger::builder().compact(&path).unwrap_err();
        assert!(refused.to_string().ends_with(told), "{refused}");
        let within = Arc::new(redb::Database::open(&path).unwrap());
        assert!(matches!(Ledger::within(Arc::clone(&within)), Err(Error::Failed(LayoutError::Version { .. }))));
        drop(within);
        assert!(rows(&path) == before, "{versions:?}");
        // With its own header it is the ledger again.
        with_versions(&path, [1, 0, 0]);
        verified(&Ledger::open(&path).unwrap());
    }
}

/// What golden files are made of can be made at any time. Where `PACIOLI_WRITE_GOLDEN` is set, there is a new format, and
/// they are kept; `vectors_follow_from_the_golden_file` in `tests/format.rs` comes after it.
#[cfg(all(feature = "faults", feature = "json"))]
#[test]
fn golden_files_can_be_made() {
    use pacioli::store::CommitMode;
    use pacioli::store::faults::SimDisk;
    let made = tempfile::tempdir().unwrap();
    let made = |name: &str| made.path().join(name);
    let home = workload::Home::Own(CommitMode::OnePhase);
    let image = workload::image_after(workload::workload().steps.len(), home, true);
    let opened = workload::open(home, &SimDisk::from_image(image)).unwrap();
    let start = opened.ledger.view().unwrap().recorded_at();
    opened.clock.set(start);
    world::carry_out(&opened.ledger, &opened.clock);
    opened.ledger.backup(made("format-1.0.redb")).unwrap();
    std::fs::copy(made("format-1.0.redb"), made("copy.redb")).unwrap();
    let copy = Ledger::open(made("copy.redb")).unwrap();
    let facts = serde_json::to_string_pretty(&facts(&copy)).unwrap() + "\n";
    assert!(found_by_their_keys(&copy.view().unwrap()) > 200);
    std::fs::write(made("format-1.0.json"), facts).unwrap();

    let clock = Arc::new(ManualClock::at(start));
    let code = |_: &str, id: u64, attempt: u32| format!("CODE_{id}_{attempt}");
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).codes(code).nonces(|| [7; 16]).in_memory().unwrap();
    world::carry_out(&ledger, &clock);
    ledger.dump(std::fs::File::create(made("dump-1.jsonl")).unwrap(), &mut |_| ()).unwrap();
    let dump = std::fs::File::open(made("dump-1.jsonl")).unwrap();
    let loaded = Ledger::builder().load(made("loaded.redb"), std::io::BufReader::new(dump), &mut |_| ()).unwrap();
    assert_eq!(verified(&loaded).head, verified(&ledger).head);

    if std::env::var_os("PACIOLI_WRITE_GOLDEN").is_some() {
        for name in ["format-1.0.redb", "format-1.0.json", "dump-1.jsonl"] {
            std::fs::copy(made(name), golden(name)).unwrap();
        }
    }
}
