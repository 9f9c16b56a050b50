//! A share of an entry's principal, and the same share of its other lines.

use crate::money::{Amount, proportion};

/// Which share of a principal is meant: what lies between two marks.
#[derive(Clone, Copy)]
pub(super) struct Share {
    pub principal: Amount,
    pub before: Amount,
    pub after: Amount,
}

impl Share {
    /// How much of the principal it is.
    pub(super) fn taken(&self) -> Amount {
        self.after.minus(self.before).unwrap_or_default()
    }

    /// Whether nothing of the principal is left after it.
    pub(super) fn is_rest(&self) -> bool {
        self.after == self.principal
    }

    /// What is left of the principal after it.
    pub(super) fn rest(&self) -> Self {
        Self { principal: self.principal, before: self.after, after: self.principal }
    }

    /// The same share of another line: what is due after, less what was due before, so that nothing is lost or made
    /// over any number of parts.
    pub(super) fn of(&self, amount: Amount) -> Amount {
        // Most holds are settled whole: nothing was due before, and all is after.
        let due = |part: Amount| match part {
            Amount::ZERO => Amount::ZERO,
            whole if whole == self.principal => amount,
            part => proportion(amount, part, self.principal).unwrap_or(amount),
        };
        due(self.after).minus(due(self.before)).unwrap_or_default()
    }
}
