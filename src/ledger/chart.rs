//! The chart's commands: sets of accounts, and lists of allowed flows.

use super::Ledger;
use super::error::Error;
use super::receipt::Receipt;
use crate::model::{AccountSet, AccountSetChange, Flows, NewAccountSet, SetId};

/// Sets of accounts, and lists of allowed flows.
impl Ledger {
    /// Defines a set of accounts, without members at first.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::{AccountSetChange, NewAccountSet, SystemAccount};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let set = ledger.define_set(NewAccountSet::new(book.id, "income"))?.id;
    /// let members = [book.system(SystemAccount::FeeIncome), book.system(SystemAccount::Tax)];
    /// let set = ledger.change_set(set, AccountSetChange::add(members))?;
    /// assert_eq!(set.accounts, 2);
    /// assert_eq!(ledger.view()?.set_balance(set.id)?.totals.accounts, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_set(&self, given: NewAccountSet) -> Result<AccountSet, Error> {
        let receipt = self.execute(given)?;
        self.view()?.set(receipt.set().unwrap_or_default())
    }

    /// Lets members leave a set, and others come in.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_set(&self, set: SetId, given: AccountSetChange) -> Result<AccountSet, Error> {
        self.execute((set, given))?;
        self.view()?.set(set)
    }

    /// Says which account types may pay which in a book, in place of what was said before; an empty list allows
    /// everything.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_flows(&self, given: Flows) -> Result<Receipt, Error> {
        self.execute(given)
    }
}
