//! Flows: which account types may pay which.

use serde::{Deserialize, Serialize};

use super::{AccountType, BookId};

/// Which account types may pay which in a book: the type debited, and the type credited.
///
/// While a book has a list, credits, debits, transfers and postings whose principal lines are not on it are refused
/// ([`FlowNotAllowed`](crate::Rejection::FlowNotAllowed)); of a posting with many lines, each type debited is held
/// against each type credited. Charges and reversals are not judged. An empty list allows everything.
///
/// Among the types are those of the book's own accounts ([`SystemAccount`](crate::SystemAccount)), so that *money from
/// outside only into collections* can be said:
///
/// ```
/// use pacioli::{AccountType, BookId, Flows, SystemAccount};
///
/// let outside = SystemAccount::External.account_type();
/// let flows = Flows::of(BookId(1))
///     .allow(outside.clone(), AccountType::AVAILABLE_COLLECTIONS)
///     .allow(AccountType::AVAILABLE_COLLECTIONS, AccountType::FLOAT_ACCOUNT)
///     .allow(AccountType::FLOAT_ACCOUNT, outside);
/// assert_eq!(flows.allowed.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flows {
    /// The book.
    pub book: BookId,
    /// The pairs allowed: who pays, who is paid.
    pub allowed: Vec<(AccountType, AccountType)>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl Flows {
    /// An empty list, which allows everything.
    pub const fn of(book: BookId) -> Self {
        Self { book, allowed: Vec::new(), key: None }
    }

    /// Lets accounts of one type pay accounts of another, or of the same.
    #[must_use]
    pub fn allow(mut self, from: AccountType, to: AccountType) -> Self {
        self.allowed.push((from, to));
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Whether an account of one type may pay an account of another.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let flows = Flows::of(BookId(1)).allow(AccountType::WORKING, AccountType::FLOAT_ACCOUNT);
    /// assert!(flows.allows(&AccountType::WORKING, &AccountType::FLOAT_ACCOUNT));
    /// assert!(!flows.allows(&AccountType::FLOAT_ACCOUNT, &AccountType::WORKING)); // one way
    /// assert!(Flows::of(BookId(1)).allows(&AccountType::FLOAT_ACCOUNT, &AccountType::WORKING)); // no list
    /// ```
    pub fn allows(&self, from: &AccountType, to: &AccountType) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|(payer, payee)| (payer, payee) == (from, to))
    }
}
