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
