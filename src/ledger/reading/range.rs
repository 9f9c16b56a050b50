//! A range of instants, half-open inside whatever way it was given.

use std::ops::{Bound, RangeBounds};

use crate::model::Timestamp;

/// From an instant, included, to another, excluded; `None` for no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TimeRange {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

impl TimeRange {
    /// Time is counted in nanoseconds, so every range has a half-open form; beyond the last instant there is nothing.
    pub(super) fn of(range: &impl RangeBounds<Timestamp>) -> Self {
        let after = |at: Timestamp| at.0.checked_add(1).map(Timestamp);
        let from = match range.start_bound() {
            Bound::Included(at) => Some(*at),
            Bound::Excluded(at) => Some(at.plus_ns(1)),
            Bound::Unbounded => None,
        };
        let to = match range.end_bound() {
            Bound::Included(at) => after(*at),
            Bound::Excluded(at) => Some(*at),
            Bound::Unbounded => None,
        };
        Self { from, to }
    }

    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_give_a_range_means_what_it_says() {
        let at = Timestamp;
        let holds = |range: TimeRange| (0..6).filter(|ns| range.holds(at(*ns))).collect::<Vec<_>>();
        assert_eq!(holds(TimeRange::of(&(at(1)..at(3)))), [1, 2]);
        assert_eq!(holds(TimeRange::of(&(at(1)..=at(3)))), [1, 2, 3]);
        assert_eq!(holds(TimeRange::of(&(at(4)..))), [4, 5]);
        assert_eq!(holds(TimeRange::of(&(..at(2)))), [0, 1]);
        assert_eq!(holds(TimeRange::of(&..)), [0, 1, 2, 3, 4, 5]);
        assert!(holds(TimeRange::of(&(at(3)..at(1)))).is_empty());
        assert!(TimeRange::of(&(at(1)..=Timestamp::MAX)).holds(Timestamp::MAX));
    }
}
