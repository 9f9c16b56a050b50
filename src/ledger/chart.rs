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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let spare = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// let swap = AccountSetChange { remove: vec![wallet.into()], ..AccountSetChange::add([spare]) };
    /// assert_eq!(ledger.change_set(tills, swap)?.accounts, 1);
    /// assert!(ledger.view()?.set_balance(tills)?.totals.credit_balance.is_zero());
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// // From outside into collections alone, and a working account is none.
    /// let outside = SystemAccount::External.account_type();
    /// ledger.define_flows(Flows::of(book.id).allow(outside, AccountType::AVAILABLE_COLLECTIONS))?;
    /// let refused = ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1"));
    /// assert!(matches!(refused, Err(Error::Rejected(Rejection::FlowNotAllowed { .. }))));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_flows(&self, given: Flows) -> Result<Receipt, Error> {
        self.execute(given)
    }
}
