//! What one account holds: four running totals, and the figures read from them.
//!
//! The totals are stored; a signed balance never is, so the two cannot disagree.

use serde::{Deserialize, Serialize};

use super::Side;
use crate::money::Amount;

/// Running totals of one account, in minor units of its currency.
///
/// Invariants, kept by `rules::decide` and proved by `verify`: each total is the exact sum of its column over the
/// account's postings; posted plus pending on one side never exceeds [`Amount::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Settled debits.
    pub debits_posted: Amount,
    /// Settled credits.
    pub credits_posted: Amount,
    /// Debits reserved by open holds.
    pub debits_pending: Amount,
    /// Credits reserved by open holds.
    pub credits_pending: Amount,
}

impl Balance {
    /// The posted balance in minor units, positive on the account's normal side.
    pub const fn posted(&self, normal: Side) -> i128 {
        let debits_less_credits = self.debits_posted.signed() - self.credits_posted.signed();
        match normal {
            Side::Debit => debits_less_credits,
            Side::Credit => -debits_less_credits,
        }
    }

    /// What may be spent now, in minor units, before the floor: posted, less the holds that would lower it.
    ///
    /// Our choice, for caution: a hold that would raise the balance counts only once captured.
    pub const fn available(&self, normal: Side) -> i128 {
        let outgoing = match normal {
            Side::Debit => self.credits_pending,
            Side::Credit => self.debits_pending,
        };
        // Cannot overflow: each total is below 2^96.
        self.posted(normal) - outgoing.signed()
    }

    /// These totals and one more posted amount, or `None` when a total would pass [`Amount::MAX`].
    pub const fn with_posted(mut self, side: Side, amount: Amount) -> Option<Self> {
        match side {
            Side::Debit => match self.debits_posted.plus(amount) {
                Some(total) => self.debits_posted = total,
                None => return None,
            },
            Side::Credit => match self.credits_posted.plus(amount) {
                Some(total) => self.credits_posted = total,
                None => return None,
            },
        }
        Some(self)
    }

    /// These totals without one posted amount: what stood before it. `None` when it is more than the total.
    pub const fn without_posted(mut self, side: Side, amount: Amount) -> Option<Self> {
        match side {
            Side::Debit => match self.debits_posted.minus(amount) {
                Some(total) => self.debits_posted = total,
                None => return None,
            },
            Side::Credit => match self.credits_posted.minus(amount) {
                Some(total) => self.credits_posted = total,
                None => return None,
            },
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_lowers_available_and_leaves_posted() {
        let cash = Balance {
            debits_posted: Amount::minor(100).unwrap(),
            credits_pending: Amount::minor(30).unwrap(),
            ..Balance::default()
        };
        assert_eq!(cash.posted(Side::Debit), 100);
        assert_eq!(cash.available(Side::Debit), 70);
    }

    #[test]
    fn a_total_never_passes_the_greatest_amount() {
        let full = Balance { credits_posted: Amount::MAX, ..Balance::default() };
        assert_eq!(full.with_posted(Side::Credit, Amount::minor(1).unwrap()), None);
        assert_eq!(full.posted(Side::Debit), -Amount::MAX.signed());
    }
}
