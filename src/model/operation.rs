//! What moves money, and what statements call it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The operations that move money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// Money into an account.
    Credit,
    /// Money out of an account.
    Debit,
    /// Money from one account to another.
    Transfer,
    /// Any balanced set of lines.
    Post,
    /// The inverse of an earlier entry.
    Reverse,
    /// A movement reserved.
    Hold,
    /// What was reserved, settled for good.
    Capture,
    /// What was reserved, given up.
    Release,
    /// Money of one book for money of another.
    Exchange,
}

/// Its name in small letters, as serde has it.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
            Self::Transfer => "transfer",
            Self::Post => "post",
            Self::Reverse => "reverse",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Exchange => "exchange",
        })
    }
}

/// What statements call a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum EntryKind {
    /// Goods or services sold.
    Sale,
    /// Money paid out.
    Payout,
    /// Money changed into another currency.
    Exchange,
    /// A charge.
    Charge,
    /// A correction.
    Adjustment,
    /// Money paid in.
    Deposit,
    /// Money in, for no reason named here.
    Credit,
    /// Money out, for no reason named here.
    Debit,
    /// Money from account to account.
    Transfer,
    /// The inverse of an earlier entry.
    Reversal,
    /// Money given back.
    Refund,
    /// An opening balance.
    Opening,
    /// Money reserved.
    Hold,
    /// Reserved money given up, or money cleared.
    Release,
    /// Reserved money settled, where what was reserved has no name of its own.
    Capture,
}

/// As statements write it: `SALE`.
impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sale => "SALE",
            Self::Payout => "PAYOUT",
            Self::Exchange => "EXCHANGE",
            Self::Charge => "CHARGE",
            Self::Adjustment => "ADJUSTMENT",
            Self::Deposit => "DEPOSIT",
            Self::Credit => "CREDIT",
            Self::Debit => "DEBIT",
            Self::Transfer => "TRANSFER",
            Self::Reversal => "REVERSAL",
            Self::Refund => "REFUND",
            Self::Opening => "OPENING",
            Self::Hold => "HOLD",
            Self::Release => "RELEASE",
            Self::Capture => "CAPTURE",
        })
    }
}

/// Whether money crossed the ledger's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransactionSource {
    /// It came from, or went to, the world outside.
    External,
    /// Both sides are accounts of the ledger.
    Internal,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Role, Side, Stage};

    fn told(words: &[impl fmt::Display + Serialize]) {
        for word in words {
            assert_eq!(serde_json::json!(word), word.to_string());
        }
    }

    #[test]
    fn words_are_shown_as_serde_has_them() {
        use Operation::{Capture, Credit, Debit, Exchange, Hold, Post, Release, Reverse, Transfer};
        told(&[Credit, Debit, Transfer, Post, Reverse, Hold, Capture, Release, Exchange]);
        told(&[Stage::Posted, Stage::Held, Stage::Captured, Stage::Released, Stage::Clearing]);
        told(&[Role::Principal, Role::Charge, Role::Fee, Role::Tax, Role::Reserve, Role::Position]);
        told(&[Side::Debit, Side::Credit]);
    }
}
