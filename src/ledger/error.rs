//! What can go wrong, in three kinds: invalid (never right), rejected (the books say no), failed (storage could not).

use std::sync::Arc;

use crate::layout::LayoutError;
use crate::model::Sequence;
use crate::money::MoneyError;
use crate::rules::Rejection;
use crate::store::StoreError;

/// Why a call did not do what was asked.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let answer = match ledger.debit(Debit::new(wallet, moves, book.money("900")?, "pay-1")) {
///     Ok(receipt) => format!("paid: {receipt}"),
///     // The books say no, with the figures: nothing was written.
///     Err(Error::Rejected(Rejection::InsufficientFunds { available, required, .. })) => {
///         format!("{} more needed", book.currency.minor(required - available)?)
///     }
///     Err(Error::Rejected(other)) => format!("no ({}): {other}", other.code()),
///     // Whether it is in the file shows when the ledger is opened again: then give the same command once more.
///     Err(Error::OutcomeUnknown(_) | Error::Stopped(_)) => "open the ledger again".to_owned(),
///     Err(other) => return Err(other),
/// };
/// assert_eq!(answer, "KES 800.00 more needed");
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A sum, rate or currency could never be right. Fix the program.
    #[error("invalid money: {0}")]
    Money(#[from] MoneyError),
    /// A text that should name a day, an instant or a time zone does not.
    #[error("invalid time: {0}")]
    Time(#[from] crate::model::InvalidTime),
    /// A day or time zone is not one.
    #[error("invalid {what}{}", form(what))]
    Calendar {
        /// What was given.
        what: &'static str,
    },
    /// The text is not a cursor, or the cursor is of another list.
    #[error("the cursor does not belong to this list")]
    InvalidCursor,
    /// A time or sequence is beyond what the ledger has.
    #[error("the ledger ends at entry {last}, entry {asked} was asked for")]
    BeyondEnd {
        /// The last entry.
        last: Sequence,
        /// The entry asked for.
        asked: Sequence,
    },
    /// The books say no: nothing was written, and the key is free.
    #[error("rejected: {0}")]
    Rejected(#[from] Rejection),
    /// The ledger cannot be read, or cannot be opened.
    #[error("failed: {0}")]
    Failed(#[from] LayoutError),
    /// The commit failed, and whether it is in the file cannot be told before the ledger is opened again.
    ///
    /// Open it again and give the same command under the same key: it is carried out once, or answered with the first
    /// receipt.
    #[error("the outcome is unknown until the ledger is opened again: {0}")]
    OutcomeUnknown(#[source] Arc<StoreError>),
    /// An earlier commit failed, so this ledger accepts nothing more; this command was not carried out. Open it again.
    #[error("the ledger has stopped after a failed commit, and nothing was written: {0}")]
    Stopped(#[source] Arc<StoreError>),
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
    /// A command was given on the ledger itself inside one of its transactions, on the same thread: give it to the
    /// transaction. Or inside one of its invariants, which can give none.
    #[error("the thread is inside a transaction or an invariant of this ledger")]
    InsideTransaction,
    /// The host's tables were asked for, but the ledger is not kept in redb.
    #[error("the ledger is not kept in redb, so there are no tables beside it")]
    NoHostTables,
    /// The host's own tables failed.
    #[error("the host's tables failed: {0}")]
    Host(String),
}

/// How what is invalid would have been written.
fn form(what: &str) -> &'static str {
    match what {
        "day" => ": days are written 2026-11-01",
        "month" => ": months are written 2026-11",
        "offset from UTC" => ": offsets are written +03:00",
        "time zone" => ": zones are named as in the IANA database, UTC or Africa/Nairobi",
        _ => "",
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Failed(LayoutError::Store(error))
    }
}

macro_rules! from_redb {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Self::Host(error.to_string())
            }
        }
    )*};
}

// So that `?` works on the host's own tables inside a transaction.
from_redb!(::redb::Error, ::redb::TableError, ::redb::StorageError, ::redb::TransactionError, ::redb::CommitError);

impl Error {
    /// The reason, if the books said no.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let error = ledger.view()?.balance(AccountId(7)).unwrap_err();
    /// assert_eq!(error.rejection(), Some(&Rejection::AccountNotFound { account: AccountId(7) }));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// The stable number of the reason, if the books said no: what a program answers its own callers with.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// assert_eq!(ledger.view()?.balance(AccountId(7)).unwrap_err().code(), Some(150));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Rejected(rejection) => Some(rejection.code()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_day_or_zone_is_told_how_it_is_written() {
        let told = |what| Error::Calendar { what }.to_string();
        assert_eq!(told("day"), "invalid day: days are written 2026-11-01");
        assert!(told("time zone").ends_with("UTC or Africa/Nairobi"));
        assert_eq!(told("range of days"), "invalid range of days");
    }

    #[test]
    fn failed_input_says_why() {
        let missing = StoreError::from(std::io::Error::from(std::io::ErrorKind::NotFound));
        assert_eq!(Error::from(missing).to_string(), "failed: input or output failed: entity not found");
    }
}
