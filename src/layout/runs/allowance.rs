//! How much maintenance is owed: in proportion to what was inserted, and never in slices too small to be worth a write.

/// Pairs of work owed for ten inserted, for each flush, merge or removal that is under way.
///
/// A level's merge must handle as many pairs as arrive until the next merge of that level is due; the surplus makes
/// it end in time.
const WORK_FOR_TEN: u64 = 13;

/// Work owed by one duty, in tenths of a pair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowance(u64);

impl Allowance {
    /// Owes for `inserted` pairs if there is anything to do; otherwise owes nothing. True when a slice is due.
    pub(super) fn earn(&mut self, inserted: usize, busy: bool, slice: u64) -> bool {
        self.0 = if busy { self.0.saturating_add(work(inserted)) } else { 0 };
        busy && self.0 / 10 >= slice
    }

    /// The pairs to be handled in this call: what is owed, but after a wait no more than twice what was just earned.
    pub(super) fn budget(self, inserted: usize, slice: u64) -> u64 {
        (self.0 / 10).min(slice.max(work(inserted) / 5))
    }

    /// Pays for `pairs`.
    pub(super) fn pay(&mut self, pairs: u64) {
        self.0 = self.0.saturating_sub(pairs.saturating_mul(10));
    }
}

fn work(inserted: usize) -> u64 {
    (inserted as u64).saturating_mul(WORK_FOR_TEN)
}
