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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3))?;
    /// let limit = ledger.change_limit(LimitChange::of(limit.id).count(Some(10)).sum(Some(book.amount("500")?)))?;
    /// assert_eq!((limit.count_max, limit.sum_max), (Some(10), Some(book.amount("500")?)));
    /// # Ok::<(), Error>(())
    /// ```
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
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(0))?;
    /// assert!(ledger.debit(Debit::new(wallet, moves, book.money("1")?, "pay-1")).is_err());
    /// ledger.retire_limit(RetireLimit::of(limit.id))?;
    /// assert!(ledger.debit(Debit::new(wallet, moves, book.money("1")?, "pay-1")).is_ok());
    /// # Ok::<(), Error>(())
    /// ```
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
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3).sum(book.amount("80")?))?;
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    /// let usage = ledger.usage(limit.id)?;
    /// assert_eq!((usage.count_left, usage.sum_left), (Some(2), Some(book.money("50")?)));
    /// # Ok::<(), Error>(())
    /// ```
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
    /// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?;
    /// ledger.retire_monitor(RetireMonitor::of(monitor.id))?;
    /// let debit = ledger.debit(Debit::new(wallet, moves, book.money("90")?, "pay-1"))?;
    /// assert!(debit.crossings().is_empty());
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// ledger.set_quota(SetQuota::new(client, book.id, 1))?;
    /// let second = NewAccount::new(client, book.id, AccountType::WORKING);
    /// assert!(ledger.open_account(second.clone()).is_err()); // it has the wallet already
    /// ledger.set_quota(SetQuota::lifted(client, book.id))?;
    /// assert!(ledger.open_account(second).is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn set_quota(&self, given: SetQuota) -> Result<Client, Error> {
        let client = given.client;
        self.execute(given)?;
        self.view()?.client(client)
    }
}
