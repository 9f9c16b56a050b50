//! What moves money, and what statements call it.

use serde::{Deserialize, Serialize};

use super::words::words;

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

words! {
    /// Its name in small letters, as serde has it.
    Operation, "operation":
    Credit => "credit",
    Debit => "debit",
    Transfer => "transfer",
    Post => "post",
    Reverse => "reverse",
    Hold => "hold",
    Capture => "capture",
    Release => "release",
    Exchange => "exchange",
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

words! {
    /// As statements write it: `SALE`.
    EntryKind, "entry kind":
    Sale => "SALE",
    Payout => "PAYOUT",
    Exchange => "EXCHANGE",
    Charge => "CHARGE",
    Adjustment => "ADJUSTMENT",
    Deposit => "DEPOSIT",
    Credit => "CREDIT",
    Debit => "DEBIT",
    Transfer => "TRANSFER",
    Reversal => "REVERSAL",
    Refund => "REFUND",
    Opening => "OPENING",
    Hold => "HOLD",
    Release => "RELEASE",
    Capture => "CAPTURE",
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
    use std::fmt;

    use super::super::{Role, Side, Stage};
    use super::*;

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
