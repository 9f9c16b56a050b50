//! What moves money, and what statements call it.

use serde::{Deserialize, Serialize};

use super::words::words;

/// The operations that move money.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1").kind(EntryKind::Sale))?;
/// let line = sale.activity().ok_or("a credit leaves a line")?;
/// assert_eq!((line.operation.to_string(), line.kind.to_string()), ("credit".to_owned(), "SALE".to_owned()));
/// assert_eq!("credit".parse(), Ok(Operation::Credit));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!(EntryKind::Refund.to_string(), "REFUND");
/// assert_eq!(("REFUND".parse(), "refund".parse()), (Ok(EntryKind::Refund), Ok(EntryKind::Refund)));
/// let unknown = "BACK".parse::<EntryKind>().unwrap_err();
/// assert!(unknown.words().contains(&"REVERSAL"));
/// ```
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
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::TransactionSource;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// let saved = ledger.transfer(Transfer::new(wallet, savings, moves, book.money("5")?, "save-1").narrated("Saved"))?;
/// let paid = ledger.debit(Debit::new(wallet, moves, book.money("5")?, "pay-1"))?;
/// let sources = [saved, paid].map(|receipt| receipt.activity().map(|line| line.source));
/// assert_eq!(sources, [Some(TransactionSource::Internal), Some(TransactionSource::External)]);
/// # Ok::<(), Error>(())
/// ```
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
