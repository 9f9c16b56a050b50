//! Writes one run, chunk by chunk, from pairs in order.

use crate::layout::runs::chunk::{ChunkBuilder, RUNS};
use crate::layout::runs::error::RunsError;
use crate::layout::runs::filter::Filter;
use crate::layout::runs::pair::Pair;
use crate::layout::runs::run::Run;
use crate::store::Batch;

/// A run that is being written. What it holds beyond its finished chunks is in memory only.
#[derive(Debug)]
pub(super) struct RunWriter {
    /// The run's number.
    pub(super) id: u32,
    /// The run's tier.
    pub(super) level: u8,
    filter: Filter,
    open: ChunkBuilder,
    last: Option<Pair>,
    done: Progress,
}

/// What has been written of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Pairs in finished chunks.
    pub(super) count: u64,
    /// Finished chunks.
    pub(super) chunks: u64,
    /// The run's first pair, once a chunk is finished.
    pub(super) first: Pair,
    /// The first pair that is not in a finished chunk, once a chunk is finished.
    pub(super) next: Pair,
    /// Rows of the filter, the last of which may be written again.
    pub(super) rows: u32,
}

impl RunWriter {
    /// Starts a run.
    pub(super) fn new(id: u32, level: u8, filter_blocks: u32, chunk_bytes: usize) -> Self {
        Self::resume(id, level, Filter::new(filter_blocks).reserved(), chunk_bytes, Progress::default())
    }

    /// Goes on with a run of which `done` has been written; the next pair must be `done.next`.
    pub(super) fn resume(id: u32, level: u8, filter: Filter, chunk_bytes: usize, done: Progress) -> Self {
        Self { id, level, filter, open: ChunkBuilder::new(chunk_bytes), last: None, done }
    }

    /// What has been written.
    pub(super) fn progress(&self) -> Progress {
        self.done
    }

    /// How many blocks the filter will have.
    pub(super) fn filter_blocks(&self) -> u32 {
        self.filter.total()
    }

    /// Adds a pair that is not less than the last; one that equals it is left out.
    pub(super) fn push(&mut self, pair: Pair, writes: &mut Batch) -> Result<(), RunsError> {
        if self.last.is_none_or(|last| last < pair) {
            if self.last.is_none() && self.done.chunks > 0 && self.done.next != pair {
                return Err(RunsError::corrupt(RUNS, "a merge does not go on where it stopped"));
            }
            if !self.open.push(pair) {
                self.close(Some(pair), writes);
                self.open.push(pair);
            }
            self.filter.add(pair.digest);
            self.last = Some(pair);
        } else if self.last != Some(pair) {
            return Err(RunsError::corrupt(RUNS, "pairs are out of order"));
        }
        Ok(())
    }

    fn close(&mut self, next: Option<Pair>, writes: &mut Batch) {
        let (first, count) = (self.open.first(), self.open.count());
        if let Some((key, value)) = self.open.finish(self.id, next) {
            if self.done.chunks == 0 {
                self.done.first = first.unwrap_or_default();
            }
            self.done.count += count as u64;
            self.done.chunks += 1;
            self.done.next = next.unwrap_or_default();
            writes.put(RUNS, key, value);
        }
    }

    /// Ends a slice: writes what the filter has gained.
    pub(super) fn pause(&mut self, writes: &mut Batch) {
        // The last row may have been written half full.
        self.filter.write_rows(self.id, self.done.rows.saturating_sub(1), writes);
        self.done.rows = self.filter.rows_reached();
    }

    /// Ends the run; `None` when no pair was added.
    pub(super) fn finish(mut self, writes: &mut Batch) -> Option<Run> {
        self.close(None, writes);
        if self.done.chunks == 0 {
            return None;
        }
        self.filter.finish();
        self.pause(writes);
        let Progress { count, chunks, first, .. } = self.done;
        Some(Run { id: self.id, level: self.level, count, chunks, first, filter: self.filter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn pair(digest: u128) -> Pair {
        Pair { digest, sequence: 1 }
    }

    #[test]
    fn run_goes_on_where_it_stopped_and_in_order() {
        let done = Progress { count: 5, chunks: 1, first: pair(1), next: pair(9), rows: 1 };
        let resumed = || RunWriter::resume(1, 1, Filter::new(1), 128, done);
        let mut writes = Batch::new();
        for other in [pair(8), pair(10)] {
            let what = "a merge does not go on where it stopped";
            let pushed = resumed().push(other, &mut writes);
            assert!(matches!(pushed, Err(RunsError::Corrupt { what: said, .. }) if said == what), "{pushed:?}");
        }
        let mut writer = resumed();
        for pushed in [pair(9), pair(9), pair(11)] {
            writer.push(pushed, &mut writes).unwrap();
        }
        let pushed = writer.push(pair(10), &mut writes);
        assert!(matches!(pushed, Err(RunsError::Corrupt { what: "pairs are out of order", .. })));
        // A pair that comes twice is kept once.
        assert_eq!(writer.finish(&mut writes).map(|run| (run.count, run.chunks, run.first)), Some((7, 2, pair(1))));
        // A run that is new begins anywhere.
        assert!(RunWriter::new(1, 0, 1, 128).push(pair(3), &mut writes).is_ok());
        assert!(RunWriter::new(1, 0, 1, 128).finish(&mut writes).is_none());
    }
}
