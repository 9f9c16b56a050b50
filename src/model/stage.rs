//! The stages of an amount: settled, reserved, or on the way from one to the other.

use serde::{Deserialize, Serialize};

use super::Side;
use super::words::words;

/// What a posting does to its account's totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The amount is settled: it goes to the posted total of the posting's side.
    #[default]
    Posted,
    /// The amount is reserved: it goes to the pending total of the posting's side.
    Held,
    /// What was reserved on the posting's side is settled: from its pending to its posted total.
    Captured,
    /// What was reserved on the posting's side is given up: it leaves its pending total.
    Released,
    /// The amount is settled but does not count as available yet: it goes to the posted total of the posting's side, and
    /// as much is reserved on the other.
    Clearing,
}

impl Stage {
    /// Whether the posted balance changes.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Posted | Self::Captured | Self::Clearing)
    }

    /// What the pending totals change by: on which side, and whether they grow.
    pub const fn reserves(self, side: Side) -> Option<(Side, bool)> {
        match self {
            Self::Posted => None,
            Self::Held => Some((side, true)),
            Self::Captured | Self::Released => Some((side, false)),
            Self::Clearing => Some((side.opposite(), true)),
        }
    }
}

words! {
    /// Its name in small letters, as serde has it.
    Stage, "stage":
    Posted => "posted",
    Held => "held",
    Captured => "captured",
    Released => "released",
    Clearing => "clearing",
}
