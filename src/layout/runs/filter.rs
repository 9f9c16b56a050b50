//! A blocked Bloom filter: one cache line tells that a run does not hold a digest, or that it may.
//!
//! The block is chosen by the digest's upper half and grows with it, so a sorted run fills its filter from front to
//! back, and finished rows can be stored while the run is still being written.

use std::ops::{Bound, ControlFlow};

use crate::layout::runs::error::RunsError;
use crate::layout::runs::pair::Pair;
use crate::layout::runs::seal;
use crate::store::{Batch, Order, Snapshot, Table};

/// The filters of all runs, in rows.
pub(super) const FILTERS: Table = Table("filters");

const BLOCK_BYTES: usize = 64;
/// Blocks in a stored row, so that a row fills a leaf page of the storage engine.
const ROW_BLOCKS: u32 = 62;

#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Block([u64; 8]);

/// What to look for in every filter: computed once for a lookup.
#[derive(Debug)]
pub(super) struct Probe {
    high: u64,
    bits: [u64; 8],
}

impl Probe {
    /// The probe for a digest: one bit in each word of a block.
    pub(super) fn new(digest: u128) -> Self {
        let (high, low) = Pair::halves(digest);
        let mut bits = [0; 8];
        for (word, bit) in bits.iter_mut().enumerate() {
            *bit = 1 << ((low >> (word * 6)) & 63);
        }
        Self { high, bits }
    }
}

/// A filter, whole or filled up to some digest.
#[derive(Debug)]
pub(super) struct Filter {
    /// Those reached so far: memory is touched as the run is written.
    blocks: Vec<Block>,
    total: u32,
}

impl Filter {
    /// An empty filter that will have `total` blocks, at least one.
    pub(super) fn new(total: u32) -> Self {
        Self { blocks: Vec::new(), total }
    }

    /// Sets aside the address space of the whole filter, so that growing never copies. Not for totals that were read.
    pub(super) fn reserved(mut self) -> Self {
        self.blocks.reserve_exact(self.total as usize);
        self
    }

    /// How many blocks the whole filter has.
    pub(super) fn total(&self) -> u32 {
        self.total
    }

    /// How many rows hold the blocks reached so far.
    pub(super) fn rows_reached(&self) -> u32 {
        (self.blocks.len() as u32).div_ceil(ROW_BLOCKS)
    }

    /// How many rows the whole filter has.
    pub(super) fn rows(&self) -> u32 {
        self.total.div_ceil(ROW_BLOCKS)
    }

    /// Adds a digest that is not less than those before it.
    pub(super) fn add(&mut self, digest: u128) {
        let probe = Probe::new(digest);
        let place = self.place(probe.high);
        if place >= self.blocks.len() {
            self.blocks.resize(place + 1, Block::default());
        }
        if let Some(block) = self.blocks.get_mut(place) {
            for (word, bit) in block.0.iter_mut().zip(probe.bits) {
                *word |= bit;
            }
        }
    }

    /// Gives the filter its last blocks.
    pub(super) fn finish(&mut self) {
        self.blocks.resize(self.total as usize, Block::default());
    }

    /// Whether the digest may have been added; if it was, always true.
    #[inline]
    pub(super) fn may_hold(&self, probe: &Probe) -> bool {
        // A block that was not reached holds nothing.
        let Some(block) = self.blocks.get(self.place(probe.high)) else {
            return false;
        };
        let mut missing = 0;
        for (word, bit) in block.0.iter().zip(&probe.bits) {
            missing |= !word & bit;
        }
        missing == 0
    }

    /// Reads a word of the block that tells of a digest.
    pub(super) fn touch(&self, digest: u128) -> u64 {
        let (high, _) = Pair::halves(digest);
        self.blocks.get(self.place(high)).map_or(0, |Block([word, ..])| *word)
    }

    /// Frees the memory.
    pub(super) fn forget(&mut self) {
        self.blocks = Vec::new();
    }

    #[inline]
    fn place(&self, high: u64) -> usize {
        ((u128::from(high) * u128::from(self.total)) >> 64) as usize
    }

    /// Writes the rows from `row` that have been reached.
    pub(super) fn write_rows(&self, run: u32, from: u32, writes: &mut Batch) {
        for row in from..self.rows_reached() {
            let key = row_key(run, row);
            let start = (row * ROW_BLOCKS) as usize;
            let blocks = self.blocks.iter().chain(std::iter::repeat(&Block([0; 8])));
            let mut value = seal::begin(ROW_BLOCKS as usize * BLOCK_BYTES + 8);
            for block in blocks.skip(start).take(self.row_blocks(row)) {
                block.0.iter().for_each(|word| value.extend_from_slice(&word.to_le_bytes()));
            }
            let value = seal::end(FILTERS, &key, value);
            writes.put(FILTERS, key, value);
        }
    }

    fn row_blocks(&self, row: u32) -> usize {
        self.total.saturating_sub(row.saturating_mul(ROW_BLOCKS)).min(ROW_BLOCKS) as usize
    }

    /// Reads the first `rows` rows of a filter of `total` blocks.
    pub(super) fn read(snapshot: &dyn Snapshot, run: u32, total: u32, rows: u32) -> Result<Self, RunsError> {
        let mut filter = Self::new(total);
        let Some(last) = rows.checked_sub(1) else {
            return Ok(filter);
        };
        let (from, to) = (row_key(run, 0), row_key(run, last));
        let (mut row, mut damage) = (0, None);
        let visit = &mut |key: &[u8], value: &[u8]| match filter.read_row(run, row, key, value) {
            Ok(()) => {
                row += 1;
                ControlFlow::Continue(())
            }
            Err(error) => {
                damage = Some(error);
                ControlFlow::Break(())
            }
        };
        snapshot.scan(FILTERS, Bound::Included(&from), Bound::Included(&to), Order::Ascending, visit)?;
        match damage {
            Some(error) => Err(error),
            None if row != rows => Err(RunsError::corrupt(FILTERS, "a row is missing")),
            None => Ok(filter),
        }
    }

    fn read_row(&mut self, run: u32, row: u32, key: &[u8], value: &[u8]) -> Result<(), RunsError> {
        if key != row_key(run, row) {
            return Err(RunsError::corrupt(FILTERS, "a row is missing"));
        }
        let (blocks, rest) = seal::open(FILTERS, key, value)?.as_chunks::<8>();
        let (blocks, odd) = blocks.as_chunks::<8>();
        if blocks.len() != self.row_blocks(row) || !rest.is_empty() || !odd.is_empty() {
            return Err(RunsError::corrupt(FILTERS, "a row's length is wrong"));
        }
        self.blocks.extend(blocks.iter().map(|block| Block(block.map(u64::from_le_bytes))));
        Ok(())
    }
}

/// The key of one row.
pub(super) fn row_key(run: u32, row: u32) -> Vec<u8> {
    [run.to_be_bytes(), row.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_digests_are_held_and_few_others_are() {
        let digest = |n: u128| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let mut added: Vec<u128> = (1..=20_000).map(digest).collect();
        added.sort_unstable();
        let mut filter = Filter::new(20_000 * 12 / 512 + 1);
        added.iter().for_each(|digest| filter.add(*digest));
        filter.finish();
        assert!(added.iter().all(|digest| filter.may_hold(&Probe::new(*digest))));
        let wrong = (100_001..=200_000).filter(|n| filter.may_hold(&Probe::new(digest(*n)))).count();
        assert!(wrong < 1_500, "{wrong} of 100,000 absent digests passed");
    }

    use crate::store::{MemoryStore, Store};

    /// What is read of a filter's rows as they were written, each changed by `change`.
    fn read_back(filter: &Filter, change: impl Fn(&mut Vec<u8>)) -> Result<Filter, RunsError> {
        let (store, mut writes, mut batch) = (MemoryStore::new(), Batch::new(), Batch::new());
        filter.write_rows(3, 0, &mut writes);
        for (table, key, value) in writes.changes() {
            let mut content = value.unwrap().split_last_chunk::<4>().unwrap().0.to_vec();
            change(&mut content);
            batch.put(table, key, seal::end(table, key, content));
        }
        store.commit(&batch).unwrap();
        Filter::read(&*store.snapshot().unwrap(), 3, filter.total(), filter.rows())
    }

    #[test]
    fn filter_that_is_finished_is_stored_whole_and_reads_as_it_was() {
        for total in [1, 61, 62, 63, 124, 200] {
            let mut filter = Filter::new(total).reserved();
            filter.add(0);
            assert_eq!(filter.rows_reached(), 1);
            filter.finish();
            assert_eq!((filter.rows_reached(), filter.rows()), (total.div_ceil(62), total.div_ceil(62)));
            let read = read_back(&filter, |_| ()).unwrap();
            assert_eq!(read.blocks.len(), total as usize);
            assert!(read.blocks.iter().zip(&filter.blocks).all(|(one, other)| one.0 == other.0));
            assert!(read.may_hold(&Probe::new(0)) && !read.may_hold(&Probe::new(u128::MAX)));
        }
    }

    #[test]
    fn rows_of_another_length_are_refused() {
        let mut filter = Filter::new(5);
        filter.finish();
        let refused = |change: fn(&mut Vec<u8>)| {
            let read = read_back(&filter, change).map(drop);
            assert!(matches!(read, Err(RunsError::Corrupt { what: "a row's length is wrong", .. })), "{read:?}");
        };
        refused(|content| content.push(0));
        refused(|content| content.extend([0; 8]));
        refused(|content| content.extend([0; BLOCK_BYTES]));
        refused(|content| content.truncate(content.len() - BLOCK_BYTES));
        refused(|content| content.truncate(content.len() - 8));
        assert!(read_back(&filter, |_| ()).is_ok());
    }

    #[test]
    fn filter_that_is_forgotten_takes_no_memory() {
        let mut filter = Filter::new(1_000);
        filter.finish();
        filter.forget();
        assert_eq!((filter.blocks.capacity(), filter.total()), (0, 1_000));
    }
}
