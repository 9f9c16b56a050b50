//! An exchange: what was given in one book, what was had for it in another, and at which rate.

use serde::{Deserialize, Serialize};

use crate::money::{Amount, ExchangeRate, Rounding};

/// Which side of an exchange the caller named; the other follows from the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangedSide {
    /// What is given, in the source's currency.
    Sold,
    /// What is had for it, in the destination's currency.
    Bought,
}

/// What an exchange gave for what. Both sums are minor units, each of its own book's currency, and above zero.
///
/// Invariant, kept by `rules`: the side that was not named is the other at the rate, or at its inverse, rounded as said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// What left the source, without the charge.
    pub sold: Amount,
    /// What reached the destination.
    pub bought: Amount,
    /// Which of the two the caller named.
    pub named: ExchangedSide,
    /// Units of the destination's currency for one unit of the source's.
    pub rate: ExchangeRate,
    /// How the other was rounded to minor units.
    pub rounding: Rounding,
}
