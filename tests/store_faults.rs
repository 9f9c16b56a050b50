//! Stores and disks that fail or lose power at the nth operation; then reopen and look.
#![cfg(feature = "faults")]
// Helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic)]

use pacioli::store::faults::{FailedCommit, Fault, FaultStore, Keep, Repeat, SimDisk};
use pacioli::store::{Batch, CommitMode, MemoryStore, Order, RedbOptions, RedbStore, Store, StoreError, Table};
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

const JOURNAL: Table = Table("journal");
const TOTALS: Table = Table("totals");
const COMMITS: u64 = 8;
const ERROR: Fault = Fault::Error(std::io::ErrorKind::Other);
const MODES: [CommitMode; 2] = [CommitMode::OnePhase, CommitMode::QuickRepair];

type Rows = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

/// The batch with this number: rows in two tables, one of them big now and then, a total rewritten, an old row removed.
fn nth(number: u64) -> Batch {
    let mut batch = Batch::new();
    let length = if number.is_multiple_of(3) { 20_000 } else { 60 };
    batch.put(JOURNAL, number.to_be_bytes(), vec![number as u8; length]);
    batch.put(TOTALS, *b"last", number.to_be_bytes());
    batch.put(TOTALS, (number % 4).to_be_bytes(), number.to_be_bytes());
    if let Some(old) = number.checked_sub(3) {
        batch.remove(JOURNAL, old.to_be_bytes());
    }
    batch
}

/// What the tables hold after this many batches.
fn after(count: u64) -> Rows {
    let mut rows = Rows::new();
    for number in 0..count {
        let batch = nth(number);
        for (table, key, value) in batch.changes() {
            match value {
                Some(value) => rows.insert((table.0, key.to_vec()), value.to_vec()),
                None => rows.remove(&(table.0, key.to_vec())),
            };
        }
    }
    rows
}

fn rows(store: &dyn Store) -> Rows {
    let snapshot = store.snapshot().unwrap();
    let mut rows = Rows::new();
    for table in [JOURNAL, TOTALS] {
        let mut visit = |key: &[u8], value: &[u8]| {
            rows.insert((table.0, key.to_vec()), value.to_vec());
            ControlFlow::Continue(())
        };
        snapshot.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut visit).unwrap();
    }
    rows
}

fn options(commit_mode: CommitMode) -> RedbOptions {
    RedbOptions { cache_bytes: 1 << 20, commit_mode, ..RedbOptions::default() }
}

fn open(disk: &SimDisk, mode: CommitMode) -> Result<RedbStore, StoreError> {
    RedbStore::on_backend(disk.clone(), &options(mode))
}

/// A closed store with the first batch in it: creating on a bare disk is not crash-safe, nor promised.
fn created(mode: CommitMode) -> Vec<u8> {
    let disk = SimDisk::new();
    let store = open(&disk, mode).unwrap();
    store.commit(&nth(0)).unwrap();
    store.close().unwrap();
    disk.image(Keep::Nothing)
}

/// Opens, commits the batches from `first` on, and closes, as far as the disk lets it: how many it has acknowledged.
fn run(disk: &SimDisk, mode: CommitMode, first: u64) -> u64 {
    let Ok(store) = open(disk, mode) else {
        return first;
    };
    let mut acknowledged = first;
    for number in first..COMMITS {
        match store.commit(&nth(number)) {
            Ok(()) => acknowledged = number + 1,
            Err(_) => {
                assert!(matches!(store.commit(&nth(number)), Err(StoreError::Stopped)));
                assert!(matches!(store.begin(), Err(StoreError::Stopped)));
                break;
            }
        }
    }
    let _ = store.close();
    acknowledged
}

fn keeps(seed: u64) -> Vec<Keep> {
    let mut keeps = vec![Keep::Nothing, Keep::All, Keep::Reversed, Keep::LastOnly];
    for round in 0..3 {
        keeps.push(Keep::Random(seed.wrapping_mul(31) + round));
        keeps.push(Keep::Torn(seed.wrapping_mul(37) + round, 512));
        keeps.push(Keep::Torn(seed.wrapping_mul(41) + round, 4_096));
    }
    keeps
}

/// Opens the image, which must hold the first batches, from `acknowledged` to one more, and goes on from there.
fn recovered(image: &[u8], mode: CommitMode, acknowledged: u64, story: &str) {
    let disk = SimDisk::from_image(image.to_vec());
    let store = open(&disk, mode).unwrap_or_else(|error| panic!("{story}: {error}"));
    let found = rows(&store);
    let count = (acknowledged..=acknowledged + 1).find(|count| after(*count) == found);
    let count = count.unwrap_or_else(|| panic!("{story}: not what {acknowledged} or one more batches leave"));
    // It goes on from there.
    store.commit(&nth(count)).unwrap_or_else(|error| panic!("{story}: {error}"));
    assert_eq!(rows(&store), after(count + 1), "{story}");
    store.close().unwrap_or_else(|error| panic!("{story}: {error}"));
}

#[test]
fn power_cut_at_any_operation_loses_no_acknowledged_batch() {
    for mode in MODES {
        let base = created(mode);
        let whole = SimDisk::from_image(base.clone());
        assert_eq!(run(&whole, mode, 1), COMMITS);
        assert!(whole.operations() > 50, "too small a workload to prove anything");
        for at in 0..whole.operations() {
            let disk = SimDisk::from_image(base.clone());
            disk.crash_at(at);
            let acknowledged = run(&disk, mode, 1);
            for keep in keeps(at) {
                recovered(&disk.image(keep), mode, acknowledged, &format!("{mode:?}, cut at {at}, {keep:?}"));
            }
        }
    }
}

#[test]
fn second_power_cut_during_recovery_loses_nothing_more() {
    for mode in MODES {
        let base = created(mode);
        let whole = SimDisk::from_image(base.clone());
        run(&whole, mode, 1);
        for at in (0..whole.operations()).step_by(11) {
            let disk = SimDisk::from_image(base.clone());
            disk.crash_at(at);
            let acknowledged = run(&disk, mode, 1);
            for keep in [Keep::All, Keep::Random(at), Keep::Torn(at, 512)] {
                let image = disk.image(keep);
                recovered(&image, mode, acknowledged, &format!("{mode:?}, cut at {at}, {keep:?}"));
                let opening = SimDisk::from_image(image.clone());
                drop(open(&opening, mode).unwrap());
                for again in (0..opening.operations()).step_by(3) {
                    let disk = SimDisk::from_image(image.clone());
                    disk.crash_at(again);
                    drop(open(&disk, mode));
                    for keep_again in [Keep::Nothing, Keep::All, Keep::Reversed, Keep::Torn(again, 512)] {
                        let story = format!("{mode:?}, cut at {at}, {keep:?}, and at {again}, {keep_again:?}");
                        recovered(&disk.image(keep_again), mode, acknowledged, &story);
                    }
                }
            }
        }
    }
}

#[test]
fn single_failure_at_any_operation_stops_the_store_and_loses_nothing() {
    for mode in MODES {
        let base = created(mode);
        let whole = SimDisk::from_image(base.clone());
        run(&whole, mode, 1);
        for at in 0..whole.operations() {
            let disk = SimDisk::from_image(base.clone());
            disk.fail_at(at, ERROR, Repeat::Once);
            let acknowledged = run(&disk, mode, 1);
            // The process lives on: its writes reach the disk after all.
            recovered(&disk.image(Keep::All), mode, acknowledged, &format!("{mode:?}, failed at {at}"));
        }
    }
}

#[test]
fn failed_commit_stops_writing_but_not_reading() {
    let disk = SimDisk::from_image(created(CommitMode::OnePhase));
    let store = open(&disk, CommitMode::OnePhase).unwrap();
    let before = store.snapshot().unwrap();
    disk.fail_at(disk.operations(), ERROR, Repeat::Once);
    let error = store.commit(&nth(1)).unwrap_err();
    assert!(matches!(error, StoreError::Io(_)), "{error:?}");
    assert!(matches!(store.commit(&nth(1)).unwrap_err(), StoreError::Stopped));
    assert!(matches!(store.commit(&Batch::new()).unwrap_err(), StoreError::Stopped));
    assert!(matches!(store.begin().err().unwrap(), StoreError::Stopped));
    // A page in the cache is read, one on the failed disk is not; neither is a panic.
    let read = before.get(TOTALS, b"last");
    assert!(matches!(&read, Ok(Some(_)) | Err(StoreError::Stopped | StoreError::Io(_))), "{read:?}");
    drop(before);
    assert!(store.close().is_err());
    assert!(rows(&open(&disk, CommitMode::OnePhase).unwrap()) == after(1));
}

/// redb reads a page that was altered while it was in use and panics, which is caught; going on to write, it trusted the
/// same pages, panicked again while it cleaned up after itself, and the whole process was aborted.
#[test]
fn store_that_has_met_damage_writes_no_more() {
    let disk = SimDisk::from_image(created(CommitMode::OnePhase));
    let options = RedbOptions { cache_bytes: 0, ..options(CommitMode::OnePhase) };
    let store = RedbStore::on_backend(disk.clone(), &options).unwrap();
    let snapshot = store.snapshot().unwrap();
    // Every page but the header's.
    disk.alter(|bytes| bytes[4_096..].fill(0xFF));
    let read = snapshot.get(JOURNAL, &0_u64.to_be_bytes());
    assert!(matches!(read, Err(StoreError::Damaged { .. })), "{read:?}");
    let before = disk.operations();
    assert!(matches!(store.commit(&nth(1)), Err(StoreError::Stopped)));
    assert!(matches!(store.begin().err().unwrap(), StoreError::Stopped));
    assert_eq!(disk.operations(), before);
}

#[test]
fn fault_store_fails_the_operation_that_was_chosen() {
    let store = FaultStore::new(MemoryStore::new());
    store.commit(&nth(0)).unwrap();
    let snapshot = store.snapshot().unwrap();
    assert_eq!(store.operations(), 2);
    store.fail_at(3, Repeat::Once, FailedCommit::Lost);
    assert!(snapshot.get(TOTALS, b"last").unwrap().is_some());
    assert!(matches!(snapshot.at_or_before(TOTALS, b"last").unwrap_err(), StoreError::Io(_)));
    assert!(snapshot.at_or_before(TOTALS, b"last").unwrap().is_some());
    store.fail_at(5, Repeat::Forever, FailedCommit::Lost);
    let mut visit = |_: &[u8], _: &[u8]| ControlFlow::Continue(());
    assert!(snapshot.scan(TOTALS, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut visit).is_err());
    assert!(snapshot.get(TOTALS, b"last").is_err());
    assert!(store.snapshot().is_err());
    assert!(store.commit(&nth(1)).is_err());
    assert_eq!(store.operations(), 9);
    store.heal();
    assert!(rows(&store) == after(1));
}

#[test]
fn failed_commit_of_a_fault_store_is_lost_or_applied_as_chosen() {
    for (failed_commit, count) in [(FailedCommit::Lost, 1), (FailedCommit::Applied, 2)] {
        for repeat in [Repeat::Once, Repeat::Forever] {
            let store = FaultStore::new(MemoryStore::new());
            store.commit(&nth(0)).unwrap();
            store.fail_at(1, repeat, failed_commit);
            assert!(matches!(store.commit(&nth(1)).unwrap_err(), StoreError::Io(_)));
            assert!(rows(store.inner()) == after(count));
            assert_eq!(store.commit(&nth(2)).is_ok(), repeat == Repeat::Once);
        }
    }
}
