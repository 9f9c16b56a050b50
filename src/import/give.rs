//! Whom commands are given to: a transaction of the ledger, with an account of what came of them.

use super::error::{ImportError, ImportReport};
use crate::ledger::{Error, Receipt, Transaction};
use crate::model::{Account, AccountId, Balance, Book, BookId};
use crate::rules::{Command, Rejection};

/// Whom commands are given to.
pub(super) trait Giver {
    /// Gives a command and counts it; a rejection is an answer like any other.
    fn give(&mut self, command: Command) -> Result<Result<Receipt, Rejection>, ImportError>;
    fn book(&mut self, book: BookId) -> Result<Book, ImportError>;
    fn account(&mut self, account: AccountId) -> Result<Result<Account, Rejection>, ImportError>;
    fn balance(&mut self, account: AccountId) -> Result<Balance, ImportError>;
}

/// A transaction of the ledger, and what is counted in it.
pub(super) struct Given<'t, 'l> {
    pub transaction: &'t mut Transaction<'l>,
    pub report: &'t mut ImportReport,
}

impl Giver for Given<'_, '_> {
    fn give(&mut self, command: Command) -> Result<Result<Receipt, Rejection>, ImportError> {
        match self.transaction.execute(command) {
            Ok(receipt) => {
                let counted = if receipt.is_replayed() { &mut self.report.replayed } else { &mut self.report.recorded };
                *counted = counted.saturating_add(1);
                Ok(Ok(receipt))
            }
            Err(Error::Rejected(rejection)) => {
                if matches!(rejection, Rejection::AccountTypeTaken { .. }) {
                    self.report.replayed = self.report.replayed.saturating_add(1);
                }
                Ok(Err(rejection))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn book(&mut self, book: BookId) -> Result<Book, ImportError> {
        Ok(self.transaction.book(book)?)
    }

    fn account(&mut self, account: AccountId) -> Result<Result<Account, Rejection>, ImportError> {
        match self.transaction.account(account) {
            Ok(account) => Ok(Ok(account)),
            Err(Error::Rejected(rejection)) => Ok(Err(rejection)),
            Err(error) => Err(error.into()),
        }
    }

    fn balance(&mut self, account: AccountId) -> Result<Balance, ImportError> {
        Ok(self.transaction.balance(account)?)
    }
}
