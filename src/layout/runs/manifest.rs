//! The one row that names every run and how far it has come.
//!
//! After the version: the greatest sequence through which all pairs are in complete runs (u64), the next run's number
//! (u32), the number of records (u32), and for each: run (u32), level (u8), state (u8: 0 complete, 1 flushing,
//! 2 merging, 3 retired), filter blocks (u32), pairs (u64), chunks (u64), first pair (24), and for a merge: the next
//! pair (24), filter rows (u32), the number of inputs (u8) and the inputs (u32 each). Numbers are big-endian.

use std::collections::BTreeMap;

use crate::layout::runs::chunk::RUNS;
use crate::layout::runs::error::RunsError;
use crate::layout::runs::pair::Pair;
use crate::layout::runs::seal::{self, take};
use crate::layout::runs::writer::Progress;
use crate::store::{Batch, Order, Snapshot, Table};
use std::ops::{Bound, ControlFlow};

pub(super) const MANIFEST: Table = Table("manifest");
const KEY: &[u8] = b"runs";

/// Levels, each of which is some four times as large as the one before: more than the journal can have sequences.
pub(super) const LEVELS_MAX: u8 = 32;

/// All runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Every pair with a sequence up to this is in a complete run.
    pub(super) flushed_through: u64,
    /// Not used by any run so far.
    pub(super) next_run: u32,
    /// The runs by number.
    pub(super) records: BTreeMap<u32, Record>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its tier, less than [`LEVELS_MAX`].
    pub(super) level: u8,
    /// What is being done with it.
    pub(super) state: State,
    /// Blocks of its whole filter.
    pub(super) filter_blocks: u32,
    /// What is written of it; the whole, unless it is being written.
    pub(super) done: Progress,
}

/// What is being done with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It may be searched and merged.
    Complete,
    /// It is being written from memory.
    Flushing,
    /// It is being written from these runs.
    Merging {
        /// Numbers of complete runs.
        inputs: Vec<u32>,
    },
    /// It is being removed.
    Retired,
}

impl Manifest {
    /// Adds the row to `writes`.
    pub(super) fn write(&self, writes: &mut Batch) {
        let mut value = seal::begin(64 * (self.records.len() + 1));
        value.extend_from_slice(&self.flushed_through.to_be_bytes());
        value.extend_from_slice(&self.next_run.to_be_bytes());
        value.extend_from_slice(&(self.records.len() as u32).to_be_bytes());
        for (run, record) in &self.records {
            value.extend_from_slice(&run.to_be_bytes());
            record.write(&mut value);
        }
        writes.put(MANIFEST, KEY, seal::end(MANIFEST, KEY, value));
    }

    /// Reads the row; an empty manifest if the store holds nothing of ours.
    pub(super) fn read(snapshot: &dyn Snapshot) -> Result<Self, RunsError> {
        let Some(value) = snapshot.get(MANIFEST, KEY)? else {
            let mut empty = true;
            let visit = &mut |_: &[u8], _: &[u8]| {
                empty = false;
                ControlFlow::Break(())
            };
            snapshot.scan(RUNS, Bound::Unbounded, Bound::Unbounded, Order::Ascending, visit)?;
            return if empty { Ok(Self::default()) } else { Err(corrupt("the row is missing")) };
        };
        let mut rest = seal::open(MANIFEST, KEY, &value)?;
        let flushed_through = u64::from_be_bytes(take(MANIFEST, &mut rest)?);
        let next_run = u32::from_be_bytes(take(MANIFEST, &mut rest)?);
        let mut records = BTreeMap::new();
        for _ in 0..u32::from_be_bytes(take(MANIFEST, &mut rest)?) {
            let run = u32::from_be_bytes(take(MANIFEST, &mut rest)?);
            if run >= next_run || records.insert(run, Record::read(&mut rest)?).is_some() {
                return Err(corrupt("a run's number makes no sense"));
            }
        }
        if !rest.is_empty() {
            return Err(corrupt("the row is too long"));
        }
        Ok(Self { flushed_through, next_run, records })
    }
}

impl Record {
    fn write(&self, value: &mut Vec<u8>) {
        let state = match self.state {
            State::Complete => 0,
            State::Flushing => 1,
            State::Merging { .. } => 2,
            State::Retired => 3,
        };
        value.extend_from_slice(&[self.level, state]);
        value.extend_from_slice(&self.filter_blocks.to_be_bytes());
        value.extend_from_slice(&self.done.count.to_be_bytes());
        value.extend_from_slice(&self.done.chunks.to_be_bytes());
        self.done.first.write(value);
        if let State::Merging { inputs } = &self.state {
            self.done.next.write(value);
            value.extend_from_slice(&self.done.rows.to_be_bytes());
            // Bounded by the fanout, which is at most 64.
            value.push(inputs.len() as u8);
            inputs.iter().for_each(|input| value.extend_from_slice(&input.to_be_bytes()));
        }
    }

    fn read(rest: &mut &[u8]) -> Result<Self, RunsError> {
        let [level, state] = take(MANIFEST, rest)?;
        let filter_blocks = u32::from_be_bytes(take(MANIFEST, rest)?);
        let count = u64::from_be_bytes(take(MANIFEST, rest)?);
        let chunks = u64::from_be_bytes(take(MANIFEST, rest)?);
        let mut done = Progress { count, chunks, first: take_pair(rest)?, ..Progress::default() };
        let state = match state {
            0 => State::Complete,
            1 => State::Flushing,
            2 => {
                done.next = take_pair(rest)?;
                done.rows = u32::from_be_bytes(take(MANIFEST, rest)?);
                let [count] = take(MANIFEST, rest)?;
                let inputs = (0..count).map(|_| Ok(u32::from_be_bytes(take(MANIFEST, rest)?)));
                State::Merging { inputs: inputs.collect::<Result<_, RunsError>>()? }
            }
            3 => State::Retired,
            _ => return Err(corrupt("a run's state is unknown")),
        };
        if level >= LEVELS_MAX || filter_blocks == 0 {
            return Err(corrupt("a run's record makes no sense"));
        }
        Ok(Self { level, state, filter_blocks, done })
    }
}

fn take_pair(rest: &mut &[u8]) -> Result<Pair, RunsError> {
    let digest = u128::from_be_bytes(take(MANIFEST, rest)?);
    Ok(Pair { digest, sequence: u64::from_be_bytes(take(MANIFEST, rest)?) })
}

/// The error for a manifest that is damaged or contradicts itself.
pub(super) fn corrupt(what: &'static str) -> RunsError {
    RunsError::corrupt(MANIFEST, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryStore, Store};

    fn record(level: u8, state: State) -> Record {
        let (first, next) = (Pair { digest: 5, sequence: 6 }, Pair { digest: 7, sequence: 8 });
        let merging = matches!(state, State::Merging { .. });
        let done = Progress { count: 3, chunks: 2, first, ..Progress::default() };
        let done = if merging { Progress { next, rows: 4, ..done } } else { done };
        Record { level, state, filter_blocks: 9, done }
    }

    fn read_back(manifest: &Manifest) -> Result<Manifest, &'static str> {
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        manifest.write(&mut batch);
        store.commit(&batch).unwrap();
        Manifest::read(&*store.snapshot().unwrap()).map_err(|error| match error {
            RunsError::Corrupt { what, .. } => what,
            RunsError::Store(error) => panic!("{error}"),
        })
    }

    #[test]
    fn manifest_is_read_as_it_was_written() {
        let states = [State::Complete, State::Flushing, State::Merging { inputs: vec![0, 2] }, State::Retired];
        let records: BTreeMap<u32, Record> = (0..).zip(states).map(|(run, state)| (run, record(31, state))).collect();
        let manifest = Manifest { flushed_through: 77, next_run: 4, records };
        assert_eq!(read_back(&manifest).as_ref(), Ok(&manifest));
        assert_eq!(read_back(&Manifest::default()), Ok(Manifest::default()));
        // A number that is yet to be given.
        let early = Manifest { next_run: 3, ..manifest };
        assert_eq!(read_back(&early), Err("a run's number makes no sense"));
    }

    #[test]
    fn record_that_makes_no_sense_is_refused() {
        let of = |record| read_back(&Manifest { flushed_through: 1, next_run: 1, records: [(0, record)].into() });
        let nonsense = Err("a run's record makes no sense");
        assert_eq!(of(record(LEVELS_MAX, State::Complete)), nonsense);
        assert_eq!(of(Record { filter_blocks: 0, ..record(1, State::Complete) }), nonsense);
        assert!(of(record(LEVELS_MAX - 1, State::Complete)).is_ok());
    }

    #[test]
    fn row_with_an_unknown_state_or_more_behind_it_is_refused() {
        let read = |change: fn(&mut Vec<u8>)| {
            let (store, mut batch, mut changed) = (MemoryStore::new(), Batch::new(), Batch::new());
            let records = [(0, record(1, State::Complete))].into();
            Manifest { flushed_through: 1, next_run: 1, records }.write(&mut batch);
            let (table, key, value) = batch.changes().next().unwrap();
            let mut content = value.unwrap().split_last_chunk::<4>().unwrap().0.to_vec();
            change(&mut content);
            changed.put(table, key, seal::end(table, key, content));
            store.commit(&changed).unwrap();
            Manifest::read(&*store.snapshot().unwrap()).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(read(|_| ()), Ok(()));
        // Behind version, two numbers, the count, the run's number and its level.
        let unknown = read(|content| content[1 + 8 + 4 + 4 + 4 + 1] = 9);
        assert_eq!(unknown, Err("table manifest is corrupt: a run's state is unknown".to_owned()));
        assert_eq!(read(|content| content.push(0)), Err("table manifest is corrupt: the row is too long".to_owned()));
    }
}
