//! Removes the chunks and filter of a run that nobody needs, some at a time.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::layout::runs::chunk::{RUNS, chunk_key};
use crate::layout::runs::error::RunsError;
use crate::layout::runs::filter::{FILTERS, row_key};
use crate::layout::runs::pair::Pair;
use crate::layout::runs::run::Run;
use crate::layout::runs::view::Lazy;
use crate::store::{Batch, Order};

/// Pairs that the removal of one chunk or row counts for.
const CHUNK_KEYS: u64 = 64;

/// A run that was merged into another, or whose flush was cut short.
#[derive(Debug)]
pub(super) struct Retired {
    run: Arc<Run>,
    /// The last chunk removed: a snapshot may not know it yet.
    after: Option<Vec<u8>>,
    chunks_gone: bool,
    rows_left: u32,
}

impl Retired {
    /// Nothing removed yet.
    pub(super) fn new(run: Arc<Run>) -> Self {
        Self { after: None, chunks_gone: false, rows_left: run.filter.rows(), run }
    }

    /// The run.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// Whether no view and no pending change names the run; if so, none ever will again. Frees its filter.
    pub(super) fn is_free(&mut self) -> bool {
        match Arc::get_mut(&mut self.run) {
            Some(run) => {
                run.filter.forget();
                true
            }
            None => false,
        }
    }

    /// Removes what `budget` pays for, and takes it from `budget`; true when nothing is left.
    pub(super) fn advance(
        &mut self,
        budget: &mut u64,
        snapshot: &mut Lazy<'_>,
        writes: &mut Batch,
    ) -> Result<bool, RunsError> {
        let mut steps = budget.div_ceil(CHUNK_KEYS);
        if !self.chunks_gone {
            let start = chunk_key(self.run.id, Pair::default());
            let end = chunk_key(self.run.id, Pair { digest: u128::MAX, sequence: u64::MAX });
            let from = self.after.as_deref().map_or(Bound::Included(&*start), Bound::Excluded);
            let mut keys = Vec::new();
            let visit = &mut |key: &[u8], _: &[u8]| {
                if keys.len() as u64 == steps {
                    return ControlFlow::Break(());
                }
                keys.push(key.to_vec());
                ControlFlow::Continue(())
            };
            snapshot.get()?.scan(RUNS, from, Bound::Included(&end), Order::Ascending, visit)?;
            self.chunks_gone = (keys.len() as u64) < steps;
            steps -= keys.len() as u64;
            self.after = keys.last().cloned().or(self.after.take());
            for key in keys {
                writes.remove(RUNS, key);
            }
        }
        while self.chunks_gone && self.rows_left > 0 && steps > 0 {
            self.rows_left -= 1;
            steps -= 1;
            writes.remove(FILTERS, row_key(self.run.id, self.rows_left));
        }
        *budget = steps * CHUNK_KEYS;
        Ok(self.chunks_gone && self.rows_left == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::runs::filter::Filter;
    use crate::layout::runs::writer::RunWriter;
    use crate::store::{MemoryStore, Snapshot, Store};

    /// A run of 600 pairs and 200 blocks in a store, and how many chunks it has there; its filter has 4 rows.
    fn stored() -> (Run, MemoryStore, u64) {
        let (mut writer, mut writes) = (RunWriter::new(1, 0, 200, 256), Batch::new());
        (1..=600).for_each(|n: u128| writer.push(Pair { digest: n << 100, sequence: 1 }, &mut writes).unwrap());
        let run = writer.finish(&mut writes).unwrap();
        let store = MemoryStore::new();
        store.commit(&writes).unwrap();
        let chunks = run.chunks;
        (run, store, chunks)
    }

    fn left(store: &MemoryStore) -> u64 {
        let (snapshot, mut left) = (store.snapshot().unwrap(), 0);
        for table in [RUNS, FILTERS] {
            let count = &mut |_: &[u8], _: &[u8]| {
                left += 1;
                ControlFlow::Continue(())
            };
            snapshot.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, count).unwrap();
        }
        left
    }

    #[test]
    fn run_is_removed_piece_by_piece_for_what_each_costs() {
        for pieces in [1, 3, 5, 1_000] {
            let (run, store, chunks) = stored();
            assert_eq!((left(&store), run.filter.rows()), (chunks + 4, 4));
            let mut retired = Retired::new(Arc::new(run));
            // What was removed and is not durable yet is still seen, and not removed again.
            let before = store.snapshot().unwrap();
            let late = || -> Result<Box<dyn Snapshot>, crate::store::StoreError> { store.snapshot() };
            drop(before);
            let mut removed = 0;
            loop {
                let (mut budget, mut writes) = (pieces * CHUNK_KEYS, Batch::new());
                let ended = retired.advance(&mut budget, &mut Lazy::new(&late), &mut writes).unwrap();
                let now = writes.changes().count() as u64;
                assert!(writes.changes().all(|(_, _, value)| value.is_none()));
                assert_eq!(budget, (pieces - now) * CHUNK_KEYS, "{now} of {pieces} pieces");
                removed += now;
                assert_eq!(ended, removed == chunks + 4);
                store.commit(&writes).unwrap();
                if ended {
                    break;
                }
                // All that may be done is done, but that the end of the chunks is seen by one piece to spare.
                assert!(now == pieces || removed == chunks);
            }
            assert_eq!(left(&store), 0);
        }
    }

    #[test]
    fn run_that_somebody_searches_is_not_free() {
        let (run, ..) = stored();
        let run = Arc::new(run);
        let mut retired = Retired::new(Arc::clone(&run));
        assert!(!retired.is_free() && run.filter.rows_reached() == 4);
        drop(run);
        assert!(retired.is_free() && retired.run().filter.rows_reached() == 0);
        assert_eq!((retired.rows_left, Filter::new(200).rows()), (4, 4));
    }
}
