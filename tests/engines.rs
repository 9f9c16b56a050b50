//! One suite, stamped on every engine; then what only the redb engine promises about its files.

// The suite's functions and the helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic)]

use pacioli::store::{
    Batch, CommitMode, DEFAULT_PREFIX, Expected, MemoryStore, Order, RedbOptions, RedbStore, Snapshot, Store,
    StoreError, Table,
};
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::Arc;

const ROWS: Table = Table("rows");
const OTHER: Table = Table("other");

type Change<'c> = (Table, &'c [u8], Option<&'c [u8]>);

fn batch(changes: &[Change<'_>]) -> Batch {
    let mut batch = Batch::new();
    for (table, key, value) in changes {
        match value {
            Some(value) => batch.put(*table, *key, *value),
            None => batch.remove(*table, *key),
        }
    }
    batch
}

fn put(store: &dyn Store, table: Table, key: &[u8], value: &[u8]) {
    store.commit(&batch(&[(table, key, Some(value))])).unwrap();
}

fn get(store: &dyn Store, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    found(&*store.snapshot().unwrap(), table, key)
}

fn found(snapshot: &dyn Snapshot, table: Table, key: &[u8]) -> Option<Vec<u8>> {
    snapshot.get(table, key).unwrap().map(|value| value.to_vec())
}

fn keys(snapshot: &dyn Snapshot, table: Table, from: Bound<&[u8]>, to: Bound<&[u8]>, order: Order) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    snapshot
        .scan(table, from, to, order, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })
        .unwrap();
    keys
}

fn all_keys(store: &dyn Store, table: Table) -> Vec<Vec<u8>> {
    keys(&*store.snapshot().unwrap(), table, Bound::Unbounded, Bound::Unbounded, Order::Ascending)
}

fn numbered(store: &dyn Store, count: u16) {
    let mut batch = Batch::new();
    // Written out of order: engines sort.
    for number in (0..count).rev() {
        batch.put(ROWS, number.to_be_bytes(), number.to_le_bytes());
    }
    store.commit(&batch).unwrap();
}

mod suite {
    use super::*;

    pub(crate) fn commits_all_changes_of_a_batch(store: &dyn Store) {
        put(store, ROWS, b"old", b"1");
        store
            .commit(&batch(&[
                (ROWS, b"new", Some(b"2")),
                (OTHER, b"new", Some(b"3")),
                (ROWS, b"old", None),
                (OTHER, b"more", Some(b"4")),
            ]))
            .unwrap();
        assert_eq!(all_keys(store, ROWS), [b"new"]);
        assert_eq!(all_keys(store, OTHER), [&b"more"[..], b"new"]);
        assert_eq!(get(store, ROWS, b"new").unwrap(), b"2");
        assert_eq!(get(store, OTHER, b"new").unwrap(), b"3");
    }

    pub(crate) fn later_changes_of_a_batch_win(store: &dyn Store) {
        store
            .commit(&batch(&[
                (ROWS, b"a", Some(b"1")),
                (ROWS, b"a", Some(b"2")),
                (ROWS, b"b", Some(b"1")),
                (ROWS, b"b", None),
                (ROWS, b"c", None),
                (ROWS, b"c", Some(b"3")),
            ]))
            .unwrap();
        assert_eq!(get(store, ROWS, b"a").unwrap(), b"2");
        assert_eq!(get(store, ROWS, b"b"), None);
        assert_eq!(get(store, ROWS, b"c").unwrap(), b"3");
    }

    pub(crate) fn empty_store_reads_as_empty(store: &dyn Store) {
        assert_eq!(get(store, ROWS, b"a"), None);
        assert!(all_keys(store, ROWS).is_empty());
        assert!(store.snapshot().unwrap().at_or_before(ROWS, b"a").unwrap().is_none());
        store.commit(&Batch::new()).unwrap();
        store.commit(&batch(&[(ROWS, b"a", None)])).unwrap();
        assert!(all_keys(store, ROWS).is_empty());
    }

    pub(crate) fn keys_are_ordered_as_bytes(store: &dyn Store) {
        let ordered: [&[u8]; 8] = [b"", b"\0", b"\0\0", b"\x01", b"a", b"a\0", b"b", b"\xff\xff"];
        for key in ordered.iter().rev() {
            put(store, ROWS, key, b"v");
        }
        assert_eq!(all_keys(store, ROWS), ordered);
        let mut descending = ordered.to_vec();
        descending.reverse();
        let snapshot = store.snapshot().unwrap();
        let found = keys(&*snapshot, ROWS, Bound::Unbounded, Bound::Unbounded, Order::Descending);
        assert_eq!(found, descending);
    }

    pub(crate) fn scans_keep_to_their_bounds(store: &dyn Store) {
        for key in 1..=5_u8 {
            put(store, ROWS, &[key * 2], &[key]);
        }
        let snapshot = store.snapshot().unwrap();
        let places = |key: u8| [Bound::Included(key), Bound::Excluded(key)];
        let all: Vec<Bound<u8>> = (1..=11).flat_map(places).chain([Bound::Unbounded]).collect();
        for from in &all {
            for to in &all {
                let within = |key: &u8| {
                    (match from {
                        Bound::Included(from) => key >= from,
                        Bound::Excluded(from) => key > from,
                        Bound::Unbounded => true,
                    }) && (match to {
                        Bound::Included(to) => key <= to,
                        Bound::Excluded(to) => key < to,
                        Bound::Unbounded => true,
                    })
                };
                let expected: Vec<Vec<u8>> = (1..=5).map(|key| key * 2).filter(within).map(|key| vec![key]).collect();
                let from = from.as_ref().map(std::slice::from_ref);
                let to = to.as_ref().map(std::slice::from_ref);
                assert_eq!(keys(&*snapshot, ROWS, from, to, Order::Ascending), expected, "{from:?} {to:?}");
                let mut reversed = expected;
                reversed.reverse();
                assert_eq!(keys(&*snapshot, ROWS, from, to, Order::Descending), reversed, "{from:?} {to:?}");
            }
        }
    }

    pub(crate) fn long_scans_see_each_pair_once(store: &dyn Store) {
        numbered(store, 3_000);
        let snapshot = store.snapshot().unwrap();
        for order in [Order::Ascending, Order::Descending] {
            let mut seen = Vec::new();
            snapshot
                .scan(ROWS, Bound::Unbounded, Bound::Unbounded, order, &mut |key, value| {
                    let number = u16::from_be_bytes(key.try_into().unwrap());
                    assert_eq!(value, number.to_le_bytes());
                    seen.push(number);
                    ControlFlow::Continue(())
                })
                .unwrap();
            let expected: Vec<u16> = match order {
                Order::Ascending => (0..3_000).collect(),
                Order::Descending => (0..3_000).rev().collect(),
            };
            assert_eq!(seen, expected);
        }
    }

    pub(crate) fn scan_stops_where_the_visit_breaks(store: &dyn Store) {
        numbered(store, 600);
        let snapshot = store.snapshot().unwrap();
        for order in [Order::Ascending, Order::Descending] {
            for limit in [1, 7, 8, 9, 24, 25, 500] {
                let mut visits = 0;
                snapshot
                    .scan(ROWS, Bound::Unbounded, Bound::Unbounded, order, &mut |_, _| {
                        visits += 1;
                        if visits == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })
                    .unwrap();
                assert_eq!(visits, limit);
            }
        }
    }

    pub(crate) fn visit_may_commit(store: &dyn Store) {
        numbered(store, 20);
        let snapshot = store.snapshot().unwrap();
        let mut visits = 0;
        snapshot
            .scan(ROWS, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |key, _| {
                visits += 1;
                store.commit(&batch(&[(ROWS, key, None), (OTHER, key, Some(b""))])).unwrap();
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(visits, 20);
        assert!(all_keys(store, ROWS).is_empty());
        assert_eq!(all_keys(store, OTHER).len(), 20);
    }

    pub(crate) fn at_or_before_finds_the_nearest_key(store: &dyn Store) {
        for key in [2, 4, 6_u8] {
            put(store, ROWS, &[key], &[key]);
        }
        put(store, ROWS, &[5], &[5]);
        store.commit(&batch(&[(ROWS, &[5], None)])).unwrap();
        let snapshot = store.snapshot().unwrap();
        let nearest = |key: &[u8]| {
            let pair = snapshot.at_or_before(ROWS, key).unwrap();
            pair.map(|(key, value)| {
                assert_eq!(*key, *value);
                key[0]
            })
        };
        assert_eq!(nearest(&[]), None);
        assert_eq!(nearest(&[1]), None);
        assert_eq!(nearest(&[1, 255]), None);
        assert_eq!(nearest(&[2]), Some(2));
        assert_eq!(nearest(&[2, 0]), Some(2));
        assert_eq!(nearest(&[5]), Some(4));
        assert_eq!(nearest(&[255]), Some(6));
    }

    pub(crate) fn removals_take_away(store: &dyn Store) {
        numbered(store, 500);
        let mut batch = Batch::new();
        for number in (0..500_u16).filter(|number| number % 3 != 0) {
            batch.remove(ROWS, number.to_be_bytes());
        }
        store.commit(&batch).unwrap();
        let left: Vec<Vec<u8>> = (0..500_u16).step_by(3).map(|number| number.to_be_bytes().to_vec()).collect();
        assert_eq!(all_keys(store, ROWS), left);
        let mut batch = Batch::new();
        left.iter().for_each(|key| batch.remove(ROWS, key.as_slice()));
        store.commit(&batch).unwrap();
        assert!(all_keys(store, ROWS).is_empty());
        put(store, ROWS, b"again", b"1");
        assert_eq!(all_keys(store, ROWS), [b"again"]);
    }

    pub(crate) fn snapshots_never_change(store: &dyn Store) {
        let mut snapshots = vec![(store.snapshot().unwrap(), Vec::new())];
        for step in 0..30_u8 {
            let changes: [Change<'_>; 3] = [
                (ROWS, &[step], Some(&[step])),
                (ROWS, b"\xffsame", Some(&[step])),
                (ROWS, &[step.wrapping_sub(3)], None),
            ];
            store.commit(&batch(&changes)).unwrap();
            snapshots.push((store.snapshot().unwrap(), all_keys(store, ROWS)));
            // The oldest and one from the middle: what the others see must outlive both.
            if step % 7 == 6 {
                snapshots.remove(0);
                snapshots.remove(snapshots.len() / 2);
            }
            for (snapshot, expected) in &snapshots {
                let seen = keys(&**snapshot, ROWS, Bound::Unbounded, Bound::Unbounded, Order::Ascending);
                assert_eq!(&seen, expected);
                // The greatest of the plain keys tells which step the snapshot saw.
                let steps = seen.iter().filter(|key| key.len() == 1).map(|key| key[0]).max();
                assert_eq!(found(&**snapshot, ROWS, b"\xffsame").map(|value| value[0]), steps);
            }
        }
    }

    pub(crate) fn snapshot_opens_tables_as_of_its_moment(store: &dyn Store) {
        let before = store.snapshot().unwrap();
        put(store, ROWS, b"a", b"1");
        assert_eq!(found(&*before, ROWS, b"a"), None);
        let after = store.snapshot().unwrap();
        put(store, ROWS, b"a", b"2");
        assert_eq!(found(&*before, ROWS, b"a"), None);
        assert_eq!(found(&*after, ROWS, b"a").unwrap(), b"1");
    }

    pub(crate) fn keeps_big_and_empty_values(store: &dyn Store) {
        let big: Vec<u8> = (0..100 * 1_024_u32).map(|place| (place % 251) as u8).collect();
        store.commit(&batch(&[(ROWS, b"big", Some(&big)), (ROWS, b"empty", Some(b""))])).unwrap();
        assert_eq!(get(store, ROWS, b"big").unwrap(), big);
        assert_eq!(get(store, ROWS, b"empty").unwrap(), b"");
        put(store, ROWS, b"big", b"");
        put(store, ROWS, b"empty", &big);
        assert_eq!(get(store, ROWS, b"big").unwrap(), b"");
        assert_eq!(get(store, ROWS, b"empty").unwrap(), big);
    }

    pub(crate) fn keeps_many_tables_apart(store: &dyn Store) {
        const TABLES: [Table; 12] = [
            Table("a"),
            Table("b"),
            Table("c"),
            Table("d"),
            Table("e"),
            Table("f"),
            Table("aa"),
            Table("ab"),
            Table("a.b"),
            Table("a b"),
            Table("é"),
            Table("z"),
        ];
        let mut batch = Batch::new();
        // Twice around, so that each table is returned to.
        for round in 0..2_u8 {
            for (number, table) in TABLES.iter().enumerate() {
                batch.put(*table, [round], [number as u8, round]);
            }
        }
        assert_eq!(batch.len(), 24);
        store.commit(&batch).unwrap();
        let snapshot = store.snapshot().unwrap();
        for (number, table) in TABLES.iter().enumerate() {
            for round in 0..2 {
                assert_eq!(found(&*snapshot, *table, &[round]).unwrap(), [number as u8, round]);
            }
            assert_eq!(all_keys(store, *table).len(), 2);
        }
    }

    pub(crate) fn unmet_expectation_writes_nothing(store: &dyn Store) {
        fn attempt(store: &dyn Store, last: Option<(&[u8], &[u8])>, key: &[u8]) -> bool {
            let mut batch = Batch::new();
            let last = last.map(|(key, end)| (key.to_vec(), end.to_vec()));
            batch.expect(Expected { table: ROWS, last });
            batch.put(OTHER, key, *b"1");
            batch.put(ROWS, key, *b"value:end");
            match store.commit(&batch) {
                Ok(()) => true,
                Err(StoreError::Conflict { table }) => {
                    assert_eq!(table, "rows");
                    assert_eq!(get(store, OTHER, key), None);
                    assert_eq!(get(store, ROWS, key), None);
                    false
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert!(!attempt(store, Some((b"a", b"")), b"a"));
        assert!(attempt(store, None, b"a"));
        assert!(!attempt(store, None, b"b"));
        assert!(!attempt(store, Some((b"a", b"other")), b"b"));
        assert!(!attempt(store, Some((b"a", b"long value:end")), b"b"));
        assert!(!attempt(store, Some((b"", b"value:end")), b"b"));
        assert!(attempt(store, Some((b"a", b":end")), b"b"));
        assert!(!attempt(store, Some((b"a", b":end")), b"c"));
        assert!(attempt(store, Some((b"b", b"value:end")), b"c"));
        assert!(attempt(store, Some((b"c", b"")), b"d"));
        // The last pair that is there, not the last that was.
        store.commit(&batch(&[(ROWS, b"d", None), (ROWS, b"c", None)])).unwrap();
        assert!(attempt(store, Some((b"b", b":end")), b"e"));
    }

    pub(crate) fn readers_and_writers_together_see_whole_batches(store: &dyn Store) {
        let writers = 2_u8;
        let rounds = 60_u8;
        std::thread::scope(|scope| {
            for writer in 0..writers {
                scope.spawn(move || {
                    for round in 1..=rounds {
                        let changes: [Change<'_>; 2] =
                            [(ROWS, &[writer], Some(&[round])), (OTHER, &[writer], Some(&[round]))];
                        store.commit(&batch(&changes)).unwrap();
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(move || {
                    let mut last = [0_u8; 2];
                    while last != [rounds; 2] {
                        let snapshot = store.snapshot().unwrap();
                        for writer in 0..writers {
                            let here = found(&*snapshot, ROWS, &[writer]).map_or(0, |value| value[0]);
                            let there = found(&*snapshot, OTHER, &[writer]).map_or(0, |value| value[0]);
                            assert_eq!(here, there);
                            assert!(here >= last[usize::from(writer)]);
                            last[usize::from(writer)] = here;
                        }
                    }
                });
            }
        });
    }

    pub(crate) fn snapshots_are_read_by_many_threads(store: &dyn Store) {
        numbered(store, 100);
        let snapshot = store.snapshot().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..100_u16 {
                        assert!(found(&*snapshot, ROWS, &number.to_be_bytes()).is_some());
                        assert!(found(&*snapshot, OTHER, &number.to_be_bytes()).is_none());
                    }
                });
            }
        });
    }
}

/// Stamps the suite on an engine: each test gets a store of its own from the closure, and what keeps it alive.
macro_rules! conformance {
    ($engine:ident, $open:expr) => {
        conformance!($engine, $open,
            commits_all_changes_of_a_batch, later_changes_of_a_batch_win, empty_store_reads_as_empty,
            keys_are_ordered_as_bytes, scans_keep_to_their_bounds, long_scans_see_each_pair_once,
            scan_stops_where_the_visit_breaks, visit_may_commit, at_or_before_finds_the_nearest_key,
            removals_take_away, snapshots_never_change, snapshot_opens_tables_as_of_its_moment,
            keeps_big_and_empty_values, keeps_many_tables_apart, unmet_expectation_writes_nothing,
            readers_and_writers_together_see_whole_batches, snapshots_are_read_by_many_threads);
    };
    ($engine:ident, $open:expr, $($test:ident),+) => {
        mod $engine {
            use super::*;
            $(
                #[test]
                fn $test() {
                    let (store, _kept) = $open();
                    super::suite::$test(&store);
                }
            )+
        }
    };
}

fn options(commit_mode: CommitMode) -> RedbOptions {
    RedbOptions { cache_bytes: 1 << 20, commit_mode, ..RedbOptions::default() }
}

fn nothing(_: &RedbStore) -> Result<(), StoreError> {
    Ok(())
}

fn in_file(commit_mode: CommitMode) -> (RedbStore, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = RedbStore::create(directory.path().join("store.redb"), &options(commit_mode), nothing).unwrap();
    (store, directory)
}

fn host_database() -> Arc<redb::Database> {
    let backend = redb::backends::InMemoryBackend::new();
    Arc::new(redb::Database::builder().create_with_backend(backend).unwrap())
}

conformance!(memory, || (MemoryStore::new(), ()));
conformance!(file_one_phase, || in_file(CommitMode::OnePhase));
conformance!(file_quick_repair, || in_file(CommitMode::QuickRepair));
conformance!(within, || {
    let database = host_database();
    let neighbour = RedbStore::within(Arc::clone(&database), "neighbour.", CommitMode::Auto).unwrap();
    put(&neighbour, ROWS, b"not yours", b"1");
    (RedbStore::within(database, "ours.", CommitMode::Auto).unwrap(), neighbour)
});
#[cfg(feature = "faults")]
conformance!(simulated_disk, || {
    let disk = pacioli::store::faults::SimDisk::new();
    (RedbStore::on_backend(disk, &options(CommitMode::Auto)).unwrap(), ())
});
#[cfg(feature = "faults")]
conformance!(fault_store, || (pacioli::store::faults::FaultStore::new(MemoryStore::new()), ()));

mod files {
    use super::*;

    fn created() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.redb");
        let store = RedbStore::create(&path, &options(CommitMode::Auto), |store| store.commit(&first())).unwrap();
        store.close().unwrap();
        (directory, path)
    }

    fn first() -> Batch {
        batch(&[(ROWS, b"first", Some(b"1"))])
    }

    fn open(path: &Path) -> Result<RedbStore, StoreError> {
        RedbStore::open(path, &options(CommitMode::Auto))
    }

    fn create(path: &Path) -> Result<RedbStore, StoreError> {
        RedbStore::create(path, &options(CommitMode::Auto), |store| store.commit(&first()))
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn refused_unchanged(path: &Path, bytes: &[u8]) {
        std::fs::write(path, bytes).unwrap();
        let error = open(path).unwrap_err();
        assert!(matches!(error, StoreError::Unusable { .. } | StoreError::Io(_)), "{error:?}");
        assert!(std::fs::read(path).unwrap() == bytes, "a refused file was changed");
    }

    #[test]
    fn created_file_opens_again_with_its_first_batch() {
        let (directory, path) = created();
        assert_eq!(names(directory.path()), ["store.redb"]);
        let store = open(&path).unwrap();
        assert_eq!(get(&store, ROWS, b"first").unwrap(), b"1");
        assert_eq!(store.size_bytes().unwrap(), Some(std::fs::metadata(&path).unwrap().len()));
        assert_eq!(store.commit_mode(), CommitMode::OnePhase);
        put(&store, ROWS, b"second", b"2");
        drop(store);
        assert_eq!(all_keys(&open(&path).unwrap(), ROWS), [&b"first"[..], b"second"]);
    }

    #[test]
    fn store_created_with_nothing_opens_again() {
        let (store, directory) = in_file(CommitMode::Auto);
        store.close().unwrap();
        assert!(all_keys(&open(&directory.path().join("store.redb")).unwrap(), ROWS).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn created_file_belongs_to_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, path) = created();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn creation_overwrites_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        std::fs::write(&path, b"precious").unwrap();
        let error = create(&path).unwrap_err();
        assert!(matches!(&error, StoreError::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        assert_eq!(names(directory.path()), ["taken"]);
    }

    #[test]
    fn creation_gives_way_to_a_file_that_appears_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        let error = RedbStore::create(&path, &options(CommitMode::Auto), |_| {
            std::fs::write(&path, b"precious")?;
            Ok::<(), StoreError>(())
        })
        .unwrap_err();
        assert!(matches!(&error, StoreError::Io(error) if error.kind() == std::io::ErrorKind::AlreadyExists));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        assert_eq!(names(directory.path()), ["taken"]);
    }

    #[cfg(unix)]
    #[test]
    fn creation_refuses_a_symbolic_link() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("link");
        std::os::unix::fs::symlink(directory.path().join("elsewhere"), &path).unwrap();
        assert!(matches!(create(&path).unwrap_err(), StoreError::Unusable { .. }));
        assert_eq!(names(directory.path()), ["link"]);
    }

    #[test]
    fn failed_creation_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.redb");
        let error = RedbStore::create(&path, &options(CommitMode::Auto), |_| Err(StoreError::Stopped)).unwrap_err();
        assert!(matches!(error, StoreError::Stopped));
        assert!(names(directory.path()).is_empty());
        let panicked = std::panic::catch_unwind(|| {
            RedbStore::create(&path, &options(CommitMode::Auto), |_| -> Result<(), StoreError> {
                panic!("of the caller")
            })
        });
        assert!(panicked.is_err());
        assert!(names(directory.path()).is_empty());
        create(&path).unwrap();
    }

    #[test]
    fn creation_removes_stale_temporaries_of_its_own_only() {
        let directory = tempfile::tempdir().unwrap();
        let kept = [".other.redb.1-0.unfinished", ".store.redb.1-0.unfinished.txt", ".store.redb.x-0.unfinished"];
        for name in kept.iter().chain(&[".store.redb.1-0.unfinished", ".store.redb.4294967295-7.unfinished"]) {
            std::fs::write(directory.path().join(name), b"left over").unwrap();
        }
        create(&directory.path().join("store.redb")).unwrap();
        let mut expected: Vec<&str> = kept.to_vec();
        expected.push("store.redb");
        expected.sort_unstable();
        assert_eq!(names(directory.path()), expected);
    }

    #[test]
    fn creations_of_the_same_file_at_once_leave_one() {
        for _ in 0..10 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("store.redb");
            let made = std::thread::scope(|scope| {
                let creators: Vec<_> = (0..4).map(|_| scope.spawn(|| create(&path).is_ok())).collect();
                creators.into_iter().map(|creator| creator.join().unwrap()).filter(|made| *made).count()
            });
            assert!(made <= 1, "{made} created the same file");
            assert_eq!(names(directory.path()), ["store.redb"]);
            assert_eq!(get(&open(&path).unwrap(), ROWS, b"first").unwrap(), b"1");
        }
    }

    #[test]
    fn open_refuses_what_is_missing_or_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let missing = open(&directory.path().join("missing")).unwrap_err();
        assert!(matches!(&missing, StoreError::Io(error) if error.kind() == std::io::ErrorKind::NotFound));
        assert!(names(directory.path()).is_empty());
        assert!(matches!(open(directory.path()).unwrap_err(), StoreError::Unusable { .. }));
    }

    #[test]
    fn open_refuses_foreign_bytes_and_leaves_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("foreign");
        refused_unchanged(&path, b"");
        refused_unchanged(&path, b"x");
        refused_unchanged(&path, b"redb");
        for length in [1_000, 4_096, 65_536, 1 << 20] {
            refused_unchanged(&path, &vec![0; length]);
            refused_unchanged(&path, &vec![0xff; length]);
            refused_unchanged(&path, &b"SQLite format 3\0".repeat(length / 16));
            let mut magic = b"redb\x1a\x0a\xa9\x0d\x0a".to_vec();
            magic.resize(length, 0);
            refused_unchanged(&path, &magic);
            magic.iter_mut().skip(9).for_each(|byte| *byte = 0xff);
            refused_unchanged(&path, &magic);
        }
    }

    #[test]
    fn open_refuses_another_programs_redb_database_and_leaves_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("foreign.redb");
        let database = redb::Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(redb::TableDefinition::<u64, u64>::new("theirs")).unwrap().insert(1, 1).unwrap();
        transaction.commit().unwrap();
        database.close().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        refused_unchanged(&path, &bytes);
    }

    #[test]
    fn open_refuses_a_file_truncated_anywhere() {
        let (_directory, path) = created();
        let bytes = std::fs::read(&path).unwrap();
        for length in (0..bytes.len()).step_by(4_096).chain([1, 9, 63, 64, 320, 4_095, 4_097, bytes.len() - 1]) {
            refused_unchanged(&path, &bytes[..length]);
        }
        std::fs::write(&path, &bytes).unwrap();
        open(&path).unwrap();
    }

    #[test]
    fn file_with_flipped_bits_never_panics() {
        let (_directory, path) = created();
        let bytes = std::fs::read(&path).unwrap();
        // The header page densely, the rest sparsely.
        for place in (0..640).step_by(3).chain((640..bytes.len().min(200_000)).step_by(499)) {
            let mut altered = bytes.clone();
            altered[place] ^= 1 << (place % 8);
            std::fs::write(&path, &altered).unwrap();
            let opened = open(&path);
            assert!(!matches!(opened, Err(StoreError::AlreadyOpen)), "an earlier open has kept the file");
            if let Ok(store) = opened {
                let snapshot = store.snapshot();
                if let Ok(snapshot) = &snapshot {
                    let _ = snapshot.get(ROWS, b"first");
                    let _ = snapshot.at_or_before(ROWS, b"\xff");
                    let mut visit = |_: &[u8], _: &[u8]| ControlFlow::Continue(());
                    let _ = snapshot.scan(ROWS, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut visit);
                }
                let _ = store.commit(&first());
                drop(snapshot);
                let _ = store.close();
            }
        }
    }

    #[test]
    fn file_left_by_a_dead_process_is_repaired() {
        for mode in [CommitMode::OnePhase, CommitMode::QuickRepair] {
            let (store, directory) = in_file(mode);
            put(&store, ROWS, b"a", b"1");
            // What lies in the file while it is open is what a killed process leaves.
            let copy = directory.path().join("copy.redb");
            std::fs::copy(directory.path().join("store.redb"), &copy).unwrap();
            assert_eq!(get(&open(&copy).unwrap(), ROWS, b"a").unwrap(), b"1");
        }
    }

    #[test]
    fn another_programs_database_is_refused_after_a_crash_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("foreign.redb");
        let database = redb::Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        let theirs = redb::TableDefinition::<u64, u64>::new("theirs");
        transaction.open_table(theirs).unwrap().insert(1, 1).unwrap();
        transaction.commit().unwrap();
        let copy = directory.path().join("copy.redb");
        std::fs::copy(&path, &copy).unwrap();
        assert!(matches!(open(&copy).unwrap_err(), StoreError::Unusable { .. }));
    }

    #[test]
    fn open_file_cannot_be_opened_again() {
        let (_directory, path) = created();
        let store = open(&path).unwrap();
        assert!(matches!(open(&path).unwrap_err(), StoreError::AlreadyOpen));
        put(&store, ROWS, b"second", b"2");
        assert!(matches!(open(&path).unwrap_err(), StoreError::AlreadyOpen));
        store.close().unwrap();
        assert_eq!(get(&open(&path).unwrap(), ROWS, b"second").unwrap(), b"2");
    }

    #[test]
    fn shut_down_store_is_closed_and_says_so() {
        let (_directory, path) = created();
        let store = open(&path).unwrap();
        store.shutdown().unwrap();
        assert!(matches!(store.commit(&first()).unwrap_err(), StoreError::Stopped));
        assert!(matches!(store.begin().err().unwrap(), StoreError::Stopped));
        assert!(matches!(store.snapshot().err().unwrap(), StoreError::Stopped));
        assert!(matches!(store.database().unwrap_err(), StoreError::Stopped));
        store.shutdown().unwrap();
        open(&path).unwrap();
    }

    #[test]
    fn shutdown_reports_a_database_in_use() {
        let (_directory, path) = created();
        let store = open(&path).unwrap();
        let held = store.database().unwrap();
        assert!(matches!(store.shutdown().unwrap_err(), StoreError::AlreadyOpen));
        drop(held);
        let store = open(&path).unwrap();
        let transaction = store.begin().unwrap();
        assert!(matches!(store.shutdown().unwrap_err(), StoreError::AlreadyOpen));
        assert!(matches!(store.commit_in(transaction, &first()).unwrap_err(), StoreError::Stopped));
        open(&path).unwrap();
    }

    #[test]
    fn snapshot_outlives_its_store_without_panic() {
        let (_directory, path) = created();
        let store = open(&path).unwrap();
        let snapshot = store.snapshot().unwrap();
        store.close().unwrap();
        // Read from what is loaded or refused, and the file is free either way.
        match snapshot.get(ROWS, b"first") {
            Ok(value) => assert_eq!(value.unwrap()[..], *b"1"),
            Err(error) => assert!(matches!(error, StoreError::Stopped), "{error:?}"),
        }
        open(&path).unwrap();
    }

    #[test]
    fn auto_mode_follows_the_files_length() {
        let (_directory, path) = created();
        let opened = |mode| RedbStore::open(&path, &options(mode)).unwrap().commit_mode();
        assert_eq!(opened(CommitMode::Auto), CommitMode::OnePhase);
        assert_eq!(opened(CommitMode::QuickRepair), CommitMode::QuickRepair);
        assert_eq!(opened(CommitMode::OnePhase), CommitMode::OnePhase);
    }
}

mod host {
    use super::*;
    use redb::{ReadableDatabase, TableDefinition};

    const THEIRS: TableDefinition<'_, u64, u64> = TableDefinition::new("theirs");

    fn theirs(database: &redb::Database) -> Option<u64> {
        let transaction = database.begin_read().unwrap();
        let table = transaction.open_table(THEIRS).ok()?;
        table.get(1).unwrap().map(|value| value.value())
    }

    #[test]
    fn host_tables_and_batch_are_committed_as_one() {
        let database = host_database();
        let store = RedbStore::within(Arc::clone(&database), DEFAULT_PREFIX, CommitMode::QuickRepair).unwrap();
        let transaction = store.begin().unwrap();
        transaction.open_table(THEIRS).unwrap().insert(1, 10).unwrap();
        store.commit_in(transaction, &batch(&[(ROWS, b"a", Some(b"1"))])).unwrap();
        assert_eq!(theirs(&database), Some(10));
        assert_eq!(get(&store, ROWS, b"a").unwrap(), b"1");
        assert_eq!(store.size_bytes().unwrap(), None);
    }

    #[test]
    fn conflict_takes_the_hosts_writes_back_and_the_store_goes_on() {
        let database = host_database();
        let store = RedbStore::within(Arc::clone(&database), DEFAULT_PREFIX, CommitMode::Auto).unwrap();
        put(&store, ROWS, b"a", b"1");
        let transaction = store.begin().unwrap();
        transaction.open_table(THEIRS).unwrap().insert(1, 10).unwrap();
        let mut conditional = batch(&[(ROWS, b"b", Some(b"2"))]);
        conditional.expect(Expected { table: ROWS, last: None });
        let error = store.commit_in(transaction, &conditional).unwrap_err();
        assert!(matches!(error, StoreError::Conflict { table: "rows" }));
        assert_eq!(theirs(&database), None);
        assert_eq!(all_keys(&store, ROWS), [b"a"]);
        put(&store, ROWS, b"b", b"2");
    }

    #[test]
    fn dropped_transaction_changes_nothing() {
        let database = host_database();
        let store = RedbStore::within(Arc::clone(&database), DEFAULT_PREFIX, CommitMode::Auto).unwrap();
        let transaction = store.begin().unwrap();
        transaction.open_table(THEIRS).unwrap().insert(1, 10).unwrap();
        drop(transaction);
        put(&store, ROWS, b"a", b"1");
        assert_eq!(theirs(&database), None);
    }

    #[test]
    fn prefixes_keep_stores_apart() {
        let database = host_database();
        let one = RedbStore::within(Arc::clone(&database), "one.", CommitMode::Auto).unwrap();
        let two = RedbStore::within(Arc::clone(&database), "two.", CommitMode::Auto).unwrap();
        put(&one, ROWS, b"a", b"1");
        put(&two, ROWS, b"a", b"2");
        assert_eq!(get(&one, ROWS, b"a").unwrap(), b"1");
        assert_eq!(get(&two, ROWS, b"a").unwrap(), b"2");
        one.close().unwrap();
        put(&two, ROWS, b"b", b"2");
        assert!(RedbStore::within(database, "", CommitMode::Auto).is_err());
    }

    #[test]
    fn nameless_table_is_refused_and_stops_the_store() {
        let store = RedbStore::within(host_database(), DEFAULT_PREFIX, CommitMode::Auto).unwrap();
        put(&store, ROWS, b"a", b"1");
        assert!(matches!(
            store.commit(&batch(&[(ROWS, b"b", Some(b"2")), (Table(""), b"a", Some(b"1"))])),
            Err(StoreError::Engine { .. })
        ));
        assert!(matches!(store.commit(&batch(&[(ROWS, b"b", None)])), Err(StoreError::Stopped)));
        assert_eq!(all_keys(&store, ROWS), [b"a"]);
    }
}
