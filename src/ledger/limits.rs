//! Limits over time, balance monitors and quotas, on the ledger itself.

use super::error::Error;
use super::{Ledger, LimitUsage, UsageOf};
use crate::model::{Client, Limit, LimitChange, Monitor, NewLimit, NewMonitor, RetireLimit, RetireMonitor, SetQuota};

/// Limits over time, balance monitors and quotas.
impl Ledger {
    /// Limits how often or how much money moves for an account, a client or a service in a window.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", njeri))?;
    /// # let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::FLOAT_ACCOUNT))?;
    /// # let service = ledger.define_service(NewService::new(client.id, book.id, "PAYOUTS"))?;
    /// # ledger.credit(Credit::new(wallet.id, service.id, book.money("5000.00")?, "till-1"))?;
    /// // A thousand shillings a day from each wallet of this client, by the calendar of Nairobi.
    /// let sum = book.money("1000.00")?.amount()?;
    /// let daily = Window::DAY.at_offset(180);
    /// let limit = ledger.define_limit(NewLimit::new(client.id, daily).within(book.id).per_account().sum(sum))?;
    ///
    /// ledger.debit(Debit::new(wallet.id, service.id, book.money("900.00")?, "out-1"))?;
    /// let refused = ledger.debit(Debit::new(wallet.id, service.id, book.money("100.01")?, "out-2"));
    /// assert!(matches!(refused, Err(Error::Rejected(Rejection::VelocitySumExceeded { .. }))));
    /// assert_eq!(ledger.usage((limit.id, wallet.id))?.sum_left, Some(book.money("100.00")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_limit(&self, given: NewLimit) -> Result<Limit, Error> {
        let receipt = self.execute(given)?;
        self.view()?.limit(receipt.limit().unwrap_or_default())
    }

    /// Gives a limit new figures. What was counted before goes on counting.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_limit(&self, given: LimitChange) -> Result<Limit, Error> {
        let limit = given.limit;
        self.execute(given)?;
        self.view()?.limit(limit)
    }

    /// Ends a limit.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn retire_limit(&self, given: RetireLimit) -> Result<Limit, Error> {
        let limit = given.limit;
        self.execute(given)?;
        self.view()?.limit(limit)
    }

    /// How much of a limit is used now, by the ledger's clock.
    ///
    /// # Errors
    /// As [`View::usage`](super::View::usage).
    pub fn usage(&self, of: impl Into<UsageOf>) -> Result<LimitUsage, Error> {
        self.view()?.usage_at(of, self.shared.clock.now())
    }

    /// Watches an account's balance: each entry that makes it cross the threshold says so
    /// ([`Receipt::crossings`](super::Receipt::crossings)).
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::{Direction, NewMonitor};
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", njeri))?;
    /// # let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::FLOAT_ACCOUNT))?;
    /// # let service = ledger.define_service(NewService::new(client.id, book.id, "PAYOUTS"))?;
    /// # ledger.credit(Credit::new(wallet.id, service.id, book.money("5000.00")?, "till-1"))?;
    /// let low = NewMonitor::new(wallet.id, book.money("500.00")?).direction(Direction::Falling);
    /// let monitor = ledger.define_monitor(low)?;
    ///
    /// let receipt = ledger.debit(Debit::new(wallet.id, service.id, book.money("4600.00")?, "out-1"))?;
    /// assert_eq!(receipt.crossings()[0].monitor, monitor.id);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_monitor(&self, given: NewMonitor) -> Result<Monitor, Error> {
        let receipt = self.execute(given)?;
        self.view()?.monitor(receipt.monitor().unwrap_or_default())
    }

    /// Ends a balance monitor.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn retire_monitor(&self, given: RetireMonitor) -> Result<Monitor, Error> {
        let monitor = given.monitor;
        self.execute(given)?;
        self.view()?.monitor(monitor)
    }

    /// Sets how many accounts a client may have in one book.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn set_quota(&self, given: SetQuota) -> Result<Client, Error> {
        let client = given.client;
        self.execute(given)?;
        self.view()?.client(client)
    }
}
