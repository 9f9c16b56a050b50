//! Turns a full memtable into a run, some pairs at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::layout::runs::error::RunsError;
use crate::layout::runs::memtable::Memtable;
use crate::layout::runs::pair::Pair;
use crate::layout::runs::run::Run;
use crate::layout::runs::writer::RunWriter;
use crate::store::Batch;

/// Pairs taken from the spill at a time.
const SPILL_PAIRS: usize = 256;

/// A memtable that takes no more pairs.
#[derive(Debug)]
pub(super) struct Sealed {
    /// The table.
    pub(super) table: Arc<Memtable>,
    /// How many pairs it holds.
    pub(super) count: u64,
}

/// A flush that has ended.
#[derive(Debug)]
pub(super) struct Flushed {
    /// The table that was flushed.
    pub(super) table: Arc<Memtable>,
    /// Every pair with a sequence up to this was in this table or an earlier one.
    pub(super) through: u64,
    /// What was written, unless the table was empty.
    pub(super) run: Option<Run>,
}

/// A flush under way. A crash discards it: the pairs are inserted again from the journal.
#[derive(Debug)]
pub(super) struct Flush {
    /// What is flushed.
    pub(super) sealed: Sealed,
    /// What is written.
    pub(super) writer: RunWriter,
    slot: usize,
    slots: VecDeque<Pair>,
    spill: VecDeque<Pair>,
    spill_last: Option<Pair>,
    sequence_max: u64,
    buffer: Vec<Pair>,
}

impl Flush {
    /// Starts a flush.
    pub(super) fn new(sealed: Sealed, writer: RunWriter) -> Self {
        let (slots, spill, buffer) = (VecDeque::new(), VecDeque::new(), Vec::new());
        Self { sealed, writer, slot: 0, slots, spill, spill_last: None, sequence_max: 0, buffer }
    }

    /// Writes at most `budget` pairs, which it takes from `budget`; true at the end of the table.
    pub(super) fn advance(&mut self, budget: &mut u64, writes: &mut Batch) -> Result<bool, RunsError> {
        while *budget > 0 {
            let Some(pair) = self.next() else {
                return Ok(true);
            };
            self.writer.push(pair, writes)?;
            self.sequence_max = self.sequence_max.max(pair.sequence);
            *budget -= 1;
        }
        self.writer.pause(writes);
        Ok(false)
    }

    /// Ends the flush.
    ///
    /// The last sequence may have more digests in the next table, so it does not count as flushed. Nor do those after
    /// it, though they had no digest while the table was live: they may have been taken back and given to other entries.
    pub(super) fn finish(self, writes: &mut Batch) -> Flushed {
        let (table, through) = (self.sealed.table, self.sequence_max.saturating_sub(1));
        Flushed { table, through, run: self.writer.finish(writes) }
    }

    fn next(&mut self) -> Option<Pair> {
        if self.slots.is_empty() {
            self.sealed.table.cluster(&mut self.slot, &mut self.buffer);
            self.slots.extend(self.buffer.drain(..));
        }
        if self.spill.is_empty() {
            self.sealed.table.spill_after(self.spill_last, SPILL_PAIRS, &mut self.buffer);
            self.spill.extend(self.buffer.drain(..));
            self.spill_last = self.spill.back().copied().or(self.spill_last);
        }
        match (self.slots.front(), self.spill.front()) {
            (Some(slot), Some(spill)) if spill < slot => self.spill.pop_front(),
            (None, _) => self.spill.pop_front(),
            (Some(_), _) => self.slots.pop_front(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::runs::chunk::{Chunk, RUNS};

    #[test]
    fn table_is_written_in_order_and_as_much_of_it_as_is_paid_for() {
        let table = Arc::new(Memtable::new(64));
        // Ten digests, the last first; each with six sequences, of which five lie beside the slots.
        let pairs = (1..=60).map(|n: u64| Pair { digest: u128::from(11 - n % 10) << 100, sequence: n });
        pairs.clone().for_each(|pair| table.insert(pair));
        let sealed = Sealed { table: Arc::clone(&table), count: 60 };
        let mut flush = Flush::new(sealed, RunWriter::new(5, 0, 1, 128));
        let (mut writes, mut slices) = (Batch::new(), 0);
        loop {
            let mut budget = 7;
            if flush.advance(&mut budget, &mut writes).unwrap() {
                assert_eq!(budget, 7 - 60 % 7);
                break;
            }
            assert_eq!(budget, 0);
            slices += 1;
        }
        assert_eq!(slices, 60 / 7);
        let Flushed { table: flushed, through, run } = flush.finish(&mut writes);
        // The last sequence may have more digests in the next table.
        assert!(Arc::ptr_eq(&flushed, &table) && through == 59);
        assert_eq!(run.map(|run| run.count), Some(60));
        let chunks = writes.changes().filter(|(table, ..)| *table == RUNS);
        let chunks = chunks.map(|(_, key, value)| Chunk::decode(5, key, value.unwrap().into()).unwrap().unwrap());
        let written: Vec<_> =
            chunks.flat_map(|chunk| (0..chunk.count()).map(move |at| chunk.pair(at)).collect::<Vec<_>>()).collect();
        let mut expected: Vec<_> = pairs.collect();
        expected.sort_unstable();
        assert_eq!(written, expected);
    }
}
