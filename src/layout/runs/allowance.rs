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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_are_owed_for_ten_and_no_more_than_that_is_done_at_a_time() {
        let mut owed = Allowance::default();
        // Nothing is to be done: nothing is owed, however much is inserted.
        assert!(!owed.earn(1_000, false, 1));
        assert_eq!(owed.budget(1_000, 1), 0);
        // A slice is due once it is owed whole.
        assert!(!owed.earn(9, true, 13));
        assert!(owed.earn(1, true, 13));
        assert_eq!(owed.budget(1, 13), 13);
        owed.pay(13);
        assert!(!owed.earn(9, true, 13) && owed.earn(1, true, 13));
        // After a long wait: twice what was just earned, or one slice if that is more.
        assert!(owed.earn(990, true, 13));
        assert_eq!((owed.budget(100, 13), owed.budget(1, 13)), (260, 13));
        owed.pay(1_200);
        assert_eq!(owed.budget(1_000, 13), 100);
        owed.pay(101);
        assert_eq!(owed.budget(1_000, 13), 0);
    }
}
