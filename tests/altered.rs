//! Immutable: what was written over, taken away or put beside behind the ledger's back, each value with the checksum that it
//! should have, is found by verifying, or refused before.
//!
//! Nobody who can do that can be kept from it. What must not be is that it goes unnoticed: every table beside the journal
//! is compared with what the journal says, and the journal with its own digests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(unreachable_pub, dead_code)]

#[path = "../fuzz/bodies/tables.rs"]
mod tables;
#[path = "golden/world.rs"]
mod world;

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Order, RedbOptions, RedbStore, Store, Table};
use pacioli::{AccountFilter, Finding, ManualClock};

use tables::derived;

const JOURNAL: &[&str] = &["journal", "open_block"];

type Row = (Vec<u8>, Vec<u8>);

/// A closed ledger with every kind of record.
fn written() -> Arc<MemoryStore> {
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_000_000_000_000_000)));
    let store = Arc::new(MemoryStore::new());
    let builder = Ledger::builder().clock(Arc::clone(&clock)).nonces(|| [7; 16]);
    let ledger = builder.over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    world::carry_out(&ledger, &clock);
    // What that world lacks.
    let gold = AccountFilter::Tagged("gold".to_owned());
    let till = ledger.view().unwrap().accounts(gold, Listing::first(1)).unwrap().items[0].account.id;
    ledger.define_monitor(NewMonitor::new(till, Currency::KES.minor(1).unwrap())).unwrap();
    ledger.acknowledge("webhooks", Sequence(3)).unwrap();
    ledger.close().unwrap();
    store
}

fn rows(store: &MemoryStore, table: &'static str) -> Vec<Row> {
    let mut rows = Vec::new();
    let (from, to) = (Bound::Unbounded, Bound::Unbounded);
    let snapshot = store.snapshot().unwrap();
    let read = snapshot.scan(Table(table), from, to, Order::Ascending, &mut |key, value| {
        rows.push((key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    });
    read.unwrap();
    rows
}

/// A value as the ledger seals it: version and body, and the checksum of these and of where they lie.
fn sealed(table: &str, key: &[u8], content: &[u8]) -> Vec<u8> {
    let place = crc32c::crc32c_append(crc32c::crc32c(table.as_bytes()), key);
    let checksum = crc32c::crc32c_append(place, content);
    [content, &checksum.to_le_bytes()].concat()
}

fn put(store: &MemoryStore, table: &'static str, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(Table(table), key, value);
    store.commit(&batch).unwrap();
}

fn remove(store: &MemoryStore, table: &'static str, key: &[u8]) {
    let mut batch = Batch::new();
    batch.remove(Table(table), key);
    store.commit(&batch).unwrap();
}

fn found(ledger: &Ledger) -> Option<Finding> {
    ledger.verify_all().unwrap().finding
}

/// Whether opening or verifying says that something is wrong; the ledger is left as it was.
fn noticed(store: &Arc<MemoryStore>) -> bool {
    let Ok(ledger) = Ledger::builder().over(Arc::clone(store) as Arc<dyn Store>) else { return true };
    // Dropped and not closed: closing would write.
    ledger.verify_all().map_or(true, |verification| verification.finding.is_some())
}

/// Writes over one byte of a row's body, looks, and puts the row back.
fn noticed_when_changed(store: &Arc<MemoryStore>, table: &'static str, (key, value): &Row, at: usize) -> bool {
    let mut content = value[..value.len() - 4].to_vec();
    content[at] ^= 1;
    put(store, table, key, &sealed(table, key, &content));
    let noticed = noticed(store);
    put(store, table, key, value);
    noticed
}

#[test]
fn row_that_was_written_over_is_found_in_every_table() {
    let store = written();
    assert!(!noticed(&store));
    let (mut unnoticed, mut tried) = (Vec::new(), 0);
    for table in derived() {
        let rows = rows(&store, table);
        assert!(!rows.is_empty(), "{table} is empty");
        // Totals and terms byte by byte, in the others some of the first rows and the last.
        let all = table == "rows";
        let some = rows.iter().take(if all { usize::MAX } else { 3 }).chain(rows.last());
        for row in some {
            // Behind the version, and before the checksum.
            let end = row.1.len() - 4;
            let places = (1..end).step_by(if all { 1 } else { (end / 4).max(1) });
            for at in places {
                tried += 1;
                if !noticed_when_changed(&store, table, row, at) {
                    unnoticed.push((table, at));
                }
            }
        }
    }
    assert!(unnoticed.is_empty(), "{} of {tried} went unnoticed: {unnoticed:?}", unnoticed.len());
    assert!(!noticed(&store) && tried > 300, "{tried}");
}

#[test]
fn row_that_was_taken_away_or_put_beside_is_found_in_every_table() {
    let store = written();
    for table in derived() {
        let rows = rows(&store, table);
        for (key, value) in rows.iter().take(2).chain(rows.last()) {
            remove(&store, table, key);
            assert!(noticed(&store), "a row was taken out of {table}");
            put(&store, table, key, value);
        }
        // Pages of rows are read by the accounts that there are, so one that is beyond them is nobody's.
        let Some((key, value)) = rows.last().filter(|_| table != "rows") else { continue };
        let mut beside = key.clone();
        *beside.last_mut().unwrap() ^= 0x55;
        assert!(rows.iter().all(|(key, _)| *key != beside), "{table}");
        put(&store, table, &beside, &sealed(table, &beside, &value[..value.len() - 4]));
        assert!(noticed(&store), "a row was put into {table}");
        remove(&store, table, &beside);
    }
    assert!(!noticed(&store));
}

#[test]
fn entry_that_was_written_over_is_found() {
    let store = written();
    let mut tried = 0;
    for table in JOURNAL.iter().copied() {
        let rows = rows(&store, table);
        assert!(!rows.is_empty(), "{table} is empty");
        for row in &rows {
            for at in (1..row.1.len() - 4).step_by(97) {
                assert!(noticed_when_changed(&store, table, row, at), "byte {at} of a block in {table}");
                tried += 1;
            }
            if table == "journal" {
                remove(&store, table, &row.0);
                assert!(noticed(&store), "a block was taken away");
                put(&store, table, &row.0, &row.1);
            }
        }
    }
    assert!(!noticed(&store) && tried > 50, "{tried}");
}

#[test]
fn end_of_the_journal_that_was_put_back_is_found() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let before = rows(&store, "open_block");
    ledger.open_book(NewBook::live("shop.usd", Currency::USD)).unwrap();
    let after = rows(&store, "open_block");
    assert_eq!(found(&ledger), None);
    let [(key, value)] = &before[..] else { panic!("one block is open") };
    // As it was an entry ago; then with that entry, and without the digest of its commit: a byte and 32 more.
    let said = "the journal ends at entry 1, entry 2 was acknowledged";
    put(&store, "open_block", key, value);
    assert_eq!(found(&ledger).map(|finding| finding.what), Some(said.to_owned()));
    let content = &after[0].1[..after[0].1.len() - 4 - 33];
    put(&store, "open_block", key, &sealed("open_block", key, content));
    let said = "the journal does not end with a commit";
    assert_eq!(found(&ledger).map(|finding| finding.what), Some(said.to_owned()));
    put(&store, "open_block", key, &after[0].1);
    assert_eq!(found(&ledger), None);
}

#[test]
fn value_with_a_wrong_checksum_is_found_in_every_table() {
    const OTHERS: &[&str] = &["header", "state", "manifest", "runs", "filters"];
    let (store, mut tried) = (written(), 0);
    for table in derived().chain(JOURNAL.iter().chain(OTHERS).copied()) {
        for (key, value) in rows(&store, table).iter().take(2) {
            let mut altered = value.clone();
            // What it says stays as it is: only the checksum can tell.
            *altered.last_mut().unwrap() ^= 1;
            put(&store, table, key, &altered);
            assert!(noticed(&store), "{table}");
            put(&store, table, key, value);
            tried += 1;
        }
    }
    assert!(!noticed(&store) && tried > 60, "{tried}");
}

#[test]
fn entry_with_a_wrong_checksum_is_not_shown() {
    let store = written();
    let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    let view = ledger.view().unwrap();
    assert!(view.entries(None, Listing::MOST).is_ok());
    for table in JOURNAL.iter().copied() {
        for (key, value) in rows(&store, table) {
            let mut altered = value.clone();
            *altered.last_mut().unwrap() ^= 1;
            put(&store, table, &key, &altered);
            let first = Sequence(u64::from_be_bytes(key.as_slice().try_into().unwrap()));
            assert!(matches!(view.entry(first), Err(Error::Failed(_))), "entry {first} in {table}");
            assert!(matches!(view.events().page(), Err(Error::Failed(_))), "{table}");
            put(&store, table, &key, &value);
        }
    }
    assert!(view.entries(None, Listing::MOST).is_ok());
}

#[test]
fn header_of_something_else_is_refused() {
    let store = written();
    let rows = rows(&store, "header");
    let (key, value) = &rows[0];
    let mut content = value[..value.len() - 4].to_vec();
    // Behind the version stand eight bytes that say what it is.
    content[1] ^= 1;
    put(&store, "header", key, &sealed("header", key, &content));
    let answer = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>);
    assert!(matches!(answer, Err(Error::Failed(pacioli::LayoutError::Format { .. }))), "{answer:?}");
    put(&store, "header", key, value);
    assert!(!noticed(&store));
}

/// The index lies in the store only once it has grown, unless it is kept tight.
#[cfg(feature = "faults")]
#[test]
fn index_that_leads_elsewhere_is_found() {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::builder().tight().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    for at in 0..100 {
        ledger.open_book(NewBook::live(format!("book {at}"), Currency::KES).keyed(format!("key {at}"))).unwrap();
    }
    ledger.close().unwrap();
    let (chunks, mut led_astray) = (rows(&store, "runs"), 0);
    assert!(!chunks.is_empty() && !noticed(&store));
    for (key, value) in &chunks {
        // The last byte of a chunk is the end of its last sequence: it leads to another entry, or nowhere.
        let mut content = value[..value.len() - 4].to_vec();
        *content.last_mut().unwrap() ^= 1;
        put(&store, "runs", key, &sealed("runs", key, &content));
        let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
        let finding = found(&ledger).map(|finding| finding.what);
        led_astray += u32::from(finding.as_deref() == Some("the index does not lead to the entry"));
        drop(ledger);
        put(&store, "runs", key, value);
    }
    assert!(led_astray > 0, "{} chunks", chunks.len());
}

/// The engine's own branches lead to the journal's blocks. Where the pages are not checked, a key there that is altered
/// leads elsewhere: entries are there for whoever reads one block after another, and not for whoever looks for one.
#[test]
fn branches_that_lead_elsewhere_are_noticed() {
    const PAGE: usize = 4_096;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    let books = (0..1_200).map(|book| NewBook::live(format!("book {book}"), Currency::KES).into());
    assert!(ledger.submit_batch(books.collect(), Atomicity::All).unwrap().iter().all(Result::is_ok));
    let last = ledger.view().unwrap().sequence();
    ledger.close().unwrap();
    let whole = std::fs::read(&path).unwrap();

    let store = RedbStore::open(&path, &RedbOptions::default()).unwrap();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let (from, to) = (Bound::Unbounded, Bound::Unbounded);
    let snapshot = store.snapshot().unwrap();
    let read = snapshot.scan(Table("journal"), from, to, Order::Ascending, &mut |key, _| {
        keys.push(key.to_vec());
        ControlFlow::Continue(())
    });
    read.unwrap();
    drop(snapshot);
    store.close().unwrap();

    let is_branch = |place: usize| whole[place / PAGE * PAGE] == 2;
    let places: Vec<usize> = (0..whole.len() - 8)
        .filter(|place| is_branch(*place) && keys.iter().any(|key| whole[*place..*place + 8] == **key))
        .collect();
    assert!(places.len() >= keys.len() / 2, "{} of {} blocks", places.len(), keys.len());
    let mut led_astray = 0;
    for (number, place) in places.iter().enumerate() {
        let mut altered = whole.clone();
        altered[place + 7 - number % 2] ^= 1 << (number % 8);
        std::fs::write(&path, &altered).unwrap();
        let Ok(ledger) = Ledger::open(&path) else { continue };
        let view = ledger.view().unwrap();
        let missing = (1..=last.0).map(Sequence).find(|entry| view.entry(*entry).is_err());
        let noticed = ledger.verify_all().map_or(true, |verified| !verified.is_sound());
        assert!(noticed || missing.is_none(), "entry {missing:?} cannot be read, and nothing was found");
        led_astray += u64::from(missing.is_some());
    }
    assert!(led_astray > 0, "no branch led elsewhere: another page layout?");
}
