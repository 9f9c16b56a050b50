//! The whole index against a naive map, on a store that can be late, crash and be damaged.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::layout::runs::{Digest, Runs, RunsError, RunsOptions};
use crate::store::{Batch, Order, Pair, Snapshot, Store, StoreError, Table};

type Rows = BTreeMap<(Table, Vec<u8>), Arc<[u8]>>;

#[derive(Clone, Debug, Default)]
struct Rowed(Arc<Rows>);

impl Snapshot for Rowed {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError> {
        Ok(self.0.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut crate::store::Visit<'_>,
    ) -> Result<(), StoreError> {
        assert_eq!(order, Order::Ascending);
        let from = match from {
            Bound::Unbounded => Bound::Included((table, Vec::new())),
            bound => bound.map(|key| (table, key.to_vec())),
        };
        for ((other, key), value) in self.0.range((from, Bound::Unbounded)) {
            let within = match to {
                Bound::Unbounded => true,
                Bound::Included(to) => &**key <= to,
                Bound::Excluded(to) => &**key < to,
            };
            if *other != table || !within || visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError> {
        let found = self.0.range((table, Vec::new())..=(table, key.to_vec())).next_back();
        Ok(found.map(|((_, key), value)| (key.clone().into(), value.clone())))
    }
}

#[derive(Debug, Default)]
struct MapStore(RwLock<Rowed>);

impl Store for MapStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(self.0.read().clone()))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut rowed = self.0.write();
        let rows = Arc::make_mut(&mut rowed.0);
        for (table, key, value) in batch.changes() {
            match value {
                Some(value) => rows.insert((table, key.to_vec()), Arc::from(value)),
                None => rows.remove(&(table, key.to_vec())),
            };
        }
        Ok(())
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// The digest of a small number.
fn digest(name: u64) -> Digest {
    let (high, low) = (Random(name).next(), Random(!name).next());
    Digest((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

const TINY: RunsOptions =
    RunsOptions { memtable_keys: 16, fanout: 4, filter_bits: 12, chunk_bytes: 128, slice_chunks: 1 };

/// An index with its store, its journal, and commits that become durable late.
struct Bench {
    options: RunsOptions,
    store: Arc<MapStore>,
    runs: Runs,
    waiting: VecDeque<(u64, Batch, u64)>,
    /// How many commits are prepared before the first of them is durable.
    late: usize,
    commits: u64,
    journal: Vec<(u64, u64)>,
    /// The last sequence in the journal, and that in the durable journal.
    head: u64,
    durable: u64,
    names: u64,
    random: Random,
}

impl Bench {
    fn new(options: RunsOptions, late: usize, names: u64, seed: u64) -> Self {
        eprintln!("seed {seed}");
        let store = Arc::new(MapStore::default());
        let runs = Runs::open(&*store.snapshot().unwrap(), options).unwrap();
        let (waiting, journal) = (VecDeque::new(), Vec::new());
        let random = Random(seed);
        Self { options, store, runs, waiting, late, commits: 0, journal, head: 0, durable: 0, names, random }
    }

    /// What a new process finds when this one stops now.
    fn crashed(&self) -> Self {
        let store = Arc::new(MapStore(RwLock::new(self.store.0.read().clone())));
        let mut runs = Runs::open(&*store.snapshot().unwrap(), self.options).unwrap();
        let journal: Vec<_> = self.journal.iter().copied().filter(|(_, sequence)| *sequence <= self.durable).collect();
        assert!(runs.flushed_through() <= self.durable);
        // Nothing that is durable is forgotten, or the journal would be gone through again.
        assert_eq!(runs.flushed_through(), self.runs.flushed_through());
        assert_eq!(runs.described(), self.runs.described());
        let through = runs.flushed_through();
        journal.iter().filter(|(_, s)| *s > through).for_each(|(name, s)| runs.insert(digest(*name), *s));
        let random = Random(self.commits);
        let head = self.durable;
        Self { store, runs, waiting: VecDeque::new(), journal, head, random, ..*self }
    }

    fn name(&mut self) -> u64 {
        // Some names are much more common than others.
        let end = if self.random.below(4) == 0 { self.names.div_ceil(50) } else { self.names };
        self.random.below(end)
    }

    /// Entries with up to two names each; some with none.
    fn insert(&mut self, entries: u64) -> usize {
        let mut inserted = 0;
        for _ in 0..entries {
            self.head += 1;
            for _ in 0..self.random.below(3) {
                let name = self.name();
                if self.journal.last() == Some(&(name, self.head)) {
                    continue;
                }
                self.runs.insert(digest(name), self.head);
                self.journal.push((name, self.head));
                inserted += 1;
            }
        }
        inserted
    }

    fn take_back(&mut self, to: u64) {
        while let Some((name, sequence)) = self.journal.pop_if(|(_, sequence)| *sequence > to) {
            assert!(self.runs.remove_last(digest(name), sequence));
        }
        self.head = to;
        assert!(self.runs.counts_are_right());
    }

    /// One commit; returns how many changes it brought.
    fn commit(&mut self, entries: u64) -> usize {
        if self.random.below(4) == 0 {
            let (head, extra) = (self.head, self.random.below(40));
            self.insert(extra);
            self.take_back(head);
        }
        let inserted = self.insert(entries);
        let mut batch = Batch::new();
        self.commits += 1;
        let store = &self.store;
        self.runs.maintain(self.commits, inserted, &|| store.snapshot(), &mut batch).unwrap();
        let changes = batch.len();
        self.waiting.push_back((self.commits, batch, self.head));
        while self.waiting.len() > self.late {
            self.land();
        }
        changes
    }

    fn land(&mut self) {
        let (commit, batch, head) = self.waiting.pop_front().unwrap();
        self.store.commit(&batch).unwrap();
        self.durable = head;
        self.runs.durable(commit);
        assert!(self.runs.awaited().is_none_or(|awaited| awaited > commit));
    }

    fn found(&self, name: u64) -> Result<Vec<u64>, RunsError> {
        let mut out = vec![99];
        self.runs.find(digest(name), &|| self.store.snapshot(), &mut out)?;
        Ok(out)
    }

    fn expected(&self) -> BTreeMap<u64, Vec<u64>> {
        let mut expected: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (name, sequence) in &self.journal {
            expected.entry(*name).or_default().push(*sequence);
        }
        expected
    }

    fn check_all(&self) {
        let expected = self.expected();
        let reader = self.runs.reader();
        let mut out = Vec::new();
        for name in 0..self.names + 20 {
            let wanted = expected.get(&name).cloned().unwrap_or_default();
            assert_eq!(self.found(name).unwrap(), wanted, "name {name}");
            reader.find(digest(name), self.durable, &|| self.store.snapshot(), &mut out).unwrap();
            let wanted: Vec<_> = wanted.into_iter().filter(|sequence| *sequence <= self.durable).collect();
            assert_eq!(out, wanted, "name {name} as read");
        }
    }

    /// Lets maintenance come to rest, and proves that nothing is left in the store but complete runs.
    fn check_rest(&mut self) {
        while !self.waiting.is_empty() {
            self.land();
        }
        for _ in 0..400 {
            let mut batch = Batch::new();
            self.commits += 1;
            let store = &self.store;
            self.runs.maintain(self.commits, 1_000, &|| store.snapshot(), &mut batch).unwrap();
            self.store.commit(&batch).unwrap();
            self.runs.durable(self.commits);
        }
        let rows = self.store.0.read().0.clone();
        let stored = |table| rows.keys().filter(|(other, _)| *other == Table(table)).count() as u64;
        let (chunks, filters) = self.runs.stored();
        assert_eq!((stored("runs"), stored("filters"), stored("manifest")), (chunks, filters, 1));
        // What was flushed is all but what the last tables hold, and each pair of it is counted once.
        let through = self.runs.flushed_through();
        let flushed = self.journal.iter().filter(|(_, sequence)| *sequence <= through).count() as u64;
        let counted: u64 = self.runs.described().iter().map(|(_, _, pairs, ..)| pairs).sum();
        let held = self.options.memtable_keys as u64;
        assert!((flushed..=flushed + held).contains(&counted), "{counted} of {flushed} pairs");
        assert!(self.journal.len() as u64 <= flushed + 2 * held, "{flushed} of {} pairs", self.journal.len());
    }
}

#[test]
fn pairs_are_found_as_in_a_map_however_late_commits_are() {
    for late in [0, 1, 3, 9] {
        let mut bench = Bench::new(TINY, late, 3_000, 1 + late as u64);
        for round in 0..2_000 {
            let entries = if bench.random.below(50) == 0 { 200 } else { bench.random.below(6) };
            bench.commit(entries);
            if round % 97 == 0 {
                bench.check_all();
            }
        }
        bench.check_all();
        assert!(bench.runs.levels_in_use() >= 4, "too few levels to prove anything");
        bench.check_rest();
        bench.check_all();
    }
}

#[test]
fn one_name_given_thousands_of_times_is_found_whole() {
    let mut bench = Bench::new(TINY, 1, 2, 7);
    for _ in 0..1_500 {
        bench.commit(3);
    }
    bench.check_all();
    bench.check_rest();
    bench.check_all();
    bench.crashed().check_all();
}

#[test]
fn nothing_is_lost_when_a_crash_follows_any_commit() {
    for late in [0, 2] {
        let mut bench = Bench::new(TINY, late, 400, 11 + late as u64);
        for round in 0..250 {
            let entries = bench.random.below(12);
            bench.commit(entries);
            let mut reopened = bench.crashed();
            reopened.check_all();
            if round % 7 == 0 {
                for _ in 0..60 {
                    let entries = reopened.random.below(12);
                    reopened.commit(entries);
                }
                reopened.check_all();
                reopened = reopened.crashed();
                reopened.check_all();
                reopened.check_rest();
                reopened.check_all();
            }
            // Crash upon crash: the work that each leaves unfinished is taken up by the next.
            if round % 5 == 0 {
                bench = reopened;
            }
        }
    }
}

#[test]
fn merge_goes_on_after_a_crash() {
    let options = RunsOptions { memtable_keys: 64, ..TINY };
    let mut bench = Bench::new(options, 0, 100_000, 5);
    let mut resumed = 0;
    for _ in 0..3_000 {
        bench.commit(1);
        if bench.runs.merges_begun() > 0 && bench.random.below(20) == 0 {
            let chunks = bench.runs.merges_begun();
            bench = bench.crashed();
            assert_eq!(bench.runs.merges_begun(), chunks);
            resumed += 1;
        }
    }
    assert!(resumed > 5, "{resumed}");
    bench.check_rest();
    let expected = bench.expected();
    assert!(expected.iter().all(|(name, sequences)| bench.found(*name).unwrap() == *sequences));
}

#[test]
fn single_inserts_seldom_write_and_never_much() {
    let options = RunsOptions { memtable_keys: 4_096, chunk_bytes: 512, ..RunsOptions::default() };
    let mut bench = Bench::new(options, 2, u64::MAX, 3);
    let (mut writing, mut most, mut all) = (0, 0, 0);
    for _ in 0..60_000 {
        let changes = bench.commit(1);
        writing += u64::from(changes > 0);
        most = most.max(changes);
        all += changes;
    }
    assert!(writing < 2_500, "{writing} commits of 60,000 wrote");
    assert!(most < 250, "one commit wrote {most}");
    assert!(all < 60_000, "{all} changes");
}

#[test]
fn large_batches_bring_changes_in_proportion() {
    let options = RunsOptions { memtable_keys: 4_096, chunk_bytes: 512, ..RunsOptions::default() };
    let mut bench = Bench::new(options, 2, u64::MAX, 4);
    for _ in 0..200 {
        let changes = bench.commit(4_000);
        assert!(changes < 8_000, "{changes} changes for 4,000 entries");
    }
    assert!(bench.runs.count_of_runs() < 40, "{} runs", bench.runs.count_of_runs());
}

#[test]
fn damage_to_any_byte_is_reported_or_harmless() {
    let mut bench = Bench::new(TINY, 0, 80, 21);
    for _ in 0..60 {
        bench.commit(4);
    }
    // At rest, every stored value is one that is read when all names are looked up.
    bench.check_rest();
    let rows = bench.store.0.read().0.clone();
    let (mut reported, mut tried) = (0, 0);
    for (place, value) in rows.iter() {
        for at in 0..value.len() {
            let mut damaged = value.to_vec();
            damaged[at] ^= 1 << (at % 8);
            let mut rows = rows.clone();
            Arc::make_mut(&mut rows).insert(place.clone(), damaged.into());
            reported += u64::from(survives(&bench, Rowed(rows)));
            tried += 1;
        }
        for length in [0, 1, 4, value.len() / 2] {
            let mut rows = rows.clone();
            Arc::make_mut(&mut rows).insert(place.clone(), value[..length].into());
            survives(&bench, Rowed(rows));
        }
    }
    assert_eq!(reported, tried);
}

#[test]
fn value_that_is_missing_or_misplaced_is_reported_or_harmless() {
    let mut bench = Bench::new(TINY, 0, 60, 22);
    for _ in 0..90 {
        bench.commit(4);
    }
    let rows = bench.store.0.read().0.clone();
    for (place, value) in rows.iter() {
        let mut without = rows.clone();
        Arc::make_mut(&mut without).remove(place);
        survives(&bench, Rowed(without));
        for (other, _) in rows.iter().filter(|(other, _)| *other != place).step_by(11) {
            let mut misplaced = rows.clone();
            Arc::make_mut(&mut misplaced).insert(other.clone(), value.clone());
            survives(&bench, Rowed(misplaced));
        }
    }
}

/// Opens a damaged store, looks everything up and goes on: each step must be right or report the damage. Whether it did.
fn survives(bench: &Bench, damaged: Rowed) -> bool {
    let mut runs = match Runs::open(&damaged, TINY) {
        Ok(runs) => runs,
        Err(RunsError::Corrupt { .. }) => return true,
        Err(error) => panic!("{error}"),
    };
    let through = runs.flushed_through();
    bench.journal.iter().filter(|(_, s)| *s > through).for_each(|(name, s)| runs.insert(digest(*name), *s));
    let mut reported = false;
    let mut out = Vec::new();
    for (name, sequences) in bench.expected() {
        match runs.find(digest(name), &|| Ok(Box::new(damaged.clone())), &mut out) {
            Ok(()) => assert_eq!(out, sequences, "name {name} is wrong and nobody said so"),
            Err(RunsError::Corrupt { .. }) => reported = true,
            Err(error) => panic!("{error}"),
        }
    }
    let store = MapStore(RwLock::new(damaged));
    for commit in 1..40 {
        let mut batch = Batch::new();
        match runs.maintain(commit, 20, &|| store.snapshot(), &mut batch) {
            Ok(()) => store.commit(&batch).unwrap(),
            Err(RunsError::Corrupt { .. }) => {
                assert!(batch.is_empty());
                assert!(runs.maintain(commit + 1, 20, &|| store.snapshot(), &mut batch).is_err());
                return true;
            }
            Err(error) => panic!("{error}"),
        }
        runs.durable(commit);
    }
    reported
}

#[test]
fn readers_miss_nothing_while_the_writer_goes_on() {
    let mut bench = Bench::new(TINY, 2, u64::MAX, 31);
    let (durable, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..2)
        .map(|thread| {
            let (reader, store) = (bench.runs.reader(), Arc::clone(&bench.store));
            let (durable, stop) = (Arc::clone(&durable), Arc::clone(&stop));
            std::thread::spawn(move || {
                let (mut random, mut out, mut found) = (Random(thread), Vec::new(), 0_u64);
                while !stop.load(Ordering::Relaxed) {
                    let head = durable.load(Ordering::Acquire);
                    let sequence = 1 + random.below(head + 5);
                    reader.find(digest(sequence), head, &|| store.snapshot(), &mut out).unwrap();
                    let wanted = if sequence <= head { vec![sequence, sequence + sequence % 2] } else { vec![] };
                    let mut wanted: Vec<_> = wanted.into_iter().filter(|sequence| *sequence <= head).collect();
                    wanted.dedup();
                    assert_eq!(out, wanted);
                    found += 1;
                }
                found
            })
        })
        .collect();
    for _ in 0..1_200 {
        let from = bench.head;
        // What is taken back is never seen.
        for extra in 1..5 {
            bench.runs.insert(digest(from + extra + 1), from + extra);
        }
        for extra in (1..5).rev() {
            assert!(bench.runs.remove_last(digest(from + extra + 1), from + extra));
        }
        let mut inserted = 0;
        for sequence in from + 1..=from + 6 {
            bench.runs.insert(digest(sequence), sequence);
            inserted += 1;
            // Even entries name the entry before them as well.
            if sequence % 2 == 0 {
                bench.runs.insert(digest(sequence - 1), sequence);
                inserted += 1;
            }
        }
        bench.head += 6;
        bench.commits += 1;
        let (mut batch, store) = (Batch::new(), &bench.store);
        bench.runs.maintain(bench.commits, inserted, &|| store.snapshot(), &mut batch).unwrap();
        bench.waiting.push_back((bench.commits, batch, bench.head));
        while bench.waiting.len() > bench.late {
            bench.land();
            durable.store(bench.durable, Ordering::Release);
        }
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 100);
    }
}

#[test]
fn absent_digest_takes_no_snapshot() {
    let mut bench = Bench::new(RunsOptions { memtable_keys: 256, ..TINY }, 0, u64::MAX, 41);
    for _ in 0..2_000 {
        bench.commit(2);
    }
    let (taken, mut out) = (AtomicU64::new(0), Vec::new());
    for name in 0..1_000 {
        let snapshots = &|| {
            taken.fetch_add(1, Ordering::Relaxed);
            bench.store.snapshot()
        };
        bench.runs.find(digest(name << 40), snapshots, &mut out).unwrap();
    }
    assert!(taken.into_inner() < 30);
}

#[test]
fn commits_may_be_reported_durable_several_at_a_time() {
    let mut bench = Bench::new(TINY, usize::MAX, 500, 51);
    for _ in 0..400 {
        for _ in 0..1 + bench.random.below(9) {
            bench.commit(4);
        }
        // The last of those that are durable speaks for all before it.
        let landed = bench.random.below(bench.waiting.len() as u64 + 1) as usize;
        let mut last = None;
        for (commit, batch, head) in bench.waiting.drain(..landed) {
            bench.store.commit(&batch).unwrap();
            (bench.durable, last) = (head, Some(commit));
        }
        if let Some(last) = last {
            bench.runs.durable(last);
            assert!(bench.runs.awaited().is_none_or(|awaited| awaited > last));
        }
    }
    bench.check_all();
    bench.crashed().check_all();
    bench.check_rest();
    bench.check_all();
}

/// A reader looks at the runs that there are, and may come to read them long after: their chunks stay until it has.
#[test]
fn runs_that_a_reader_looks_at_stay_until_it_has_read_them() {
    let mut bench = Bench::new(TINY, 0, 300, 61);
    for _ in 0..300 {
        bench.commit(4);
    }
    for name in 0..300 {
        let (reader, head) = (bench.runs.reader(), bench.durable);
        let expected = bench.expected().remove(&name).unwrap_or_default();
        let mut out = Vec::new();
        // Many merges and removals come between the look and the reading.
        let shared = parking_lot::Mutex::new(&mut bench);
        let late = || {
            let mut bench = shared.lock();
            for _ in 0..40 {
                bench.commit(4);
            }
            bench.store.snapshot()
        };
        reader.find(digest(name), head, &late, &mut out).unwrap();
        assert_eq!(out, expected, "name {name}");
    }
    bench.check_rest();
    bench.check_all();
}

#[test]
fn work_is_done_as_fast_as_it_comes() {
    let options = RunsOptions { memtable_keys: 256, chunk_bytes: 256, ..TINY };
    for (entries, late) in [(1, 0), (7, 2), (40, 1)] {
        let mut bench = Bench::new(options, late, u64::MAX, 71);
        for _ in 0..30_000 / entries {
            bench.commit(entries);
            // The live table, one that is flushed, and one that is shown until its commit is durable.
            assert!(bench.runs.tables() <= 3, "{} tables, {entries} at a time", bench.runs.tables());
            assert!(bench.runs.described().len() < 40);
        }
    }
}

#[test]
fn merge_that_contradicts_itself_is_refused() {
    use crate::layout::runs::manifest::{Manifest, State};

    let mut bench = Bench::new(RunsOptions { memtable_keys: 64, ..TINY }, 0, 100_000, 5);
    while bench.runs.merges_begun() == 0 {
        bench.commit(1);
    }
    let opened = |change: &dyn Fn(&mut Vec<u32>, &mut u8)| {
        let mut manifest = Manifest::read(&*bench.store.snapshot().unwrap()).unwrap();
        for record in manifest.records.values_mut() {
            if let State::Merging { inputs } = &mut record.state {
                change(inputs, &mut record.level);
            }
        }
        let (mut rows, mut batch) = (bench.store.0.read().clone(), Batch::new());
        manifest.write(&mut batch);
        let (table, key, value) = batch.changes().next().unwrap();
        Arc::make_mut(&mut rows.0).insert((table, key.to_vec()), value.unwrap().into());
        Runs::open(&rows, bench.options).map(drop)
    };
    opened(&|_, _| ()).unwrap();
    let refused = |change: &dyn Fn(&mut Vec<u32>, &mut u8)| {
        let said = opened(change).unwrap_err().to_string();
        assert_eq!(said, "table manifest is corrupt: a merge makes no sense");
    };
    refused(&|inputs, _| inputs.clear());
    refused(&|inputs, _| inputs.push(u32::MAX));
    refused(&|_, level| *level = 0);
}
