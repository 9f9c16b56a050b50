//! Limits over time, how much of them is used, and balance monitors, as they stood at the view's sequence.

use serde::Serialize;

use super::reader::Reader;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, Limit, LimitId, Monitor, MonitorId, Per, Subject, Timestamp};
use crate::money::{Amount, Money};
use crate::rules::{Place, Record, Rejection, Used};

/// Of what the usage is asked: a limit, or a limit that holds for each account, and the account.
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
/// let day = NewLimit::new(client, Window::DAY).count(3);
/// let together = ledger.define_limit(day.clone())?.id;
/// let each = ledger.define_limit(day.per_account())?.id;
/// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
/// assert_eq!(ledger.usage(together)?.count_left, Some(2));
/// assert_eq!(ledger.usage((each, wallet))?.count_left, Some(2)); // a limit for each account: of which?
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UsageOf {
    limit: LimitId,
    account: Option<AccountId>,
}

impl From<LimitId> for UsageOf {
    fn from(limit: LimitId) -> Self {
        Self { limit, account: None }
    }
}

impl From<(LimitId, AccountId)> for UsageOf {
    fn from((limit, account): (LimitId, AccountId)) -> Self {
        Self { limit, account: Some(account) }
    }
}

/// How much of a limit is used at an instant.
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
/// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).sum(book.amount("80")?))?.id;
/// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
/// let usage = ledger.usage(limit)?;
/// assert_eq!((usage.count, usage.sum), (1, Some(book.money("30")?)));
/// assert_eq!(usage.sum_left, Some(book.money("50")?));
/// assert_eq!(usage.until.since(usage.from).as_secs(), 86_400); // a day of UTC
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LimitUsage {
    /// The limit.
    pub limit: LimitId,
    /// The account, of a limit that holds for each by itself.
    pub account: Option<AccountId>,
    /// Since when it counts.
    pub from: Timestamp,
    /// When the first of what it counts no longer does: the window's end, or of a sliding one as it slides on.
    pub until: Timestamp,
    /// How many movements it counts.
    pub count: u64,
    /// How many more it allows; `None` for any number.
    pub count_left: Option<u64>,
    /// The sum of their principals; `None` for a client's movements in all books. Not more than [`Amount::MAX`].
    pub sum: Option<Money>,
    /// How much more it allows; `None` for any sum.
    pub sum_left: Option<Money>,
}

/// Limits and monitors.
impl View {
    /// A limit, ended or not.
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
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3))?.id;
    /// assert_eq!(ledger.view()?.limit(limit)?.count_max, Some(3));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::LimitNotFound`] when there is none.
    pub fn limit(&self, limit: LimitId) -> Result<Limit, Error> {
        self.reader().limit(limit)
    }

    /// The limits of an account, client or service that have not ended, in the order of definition; not those of the
    /// account's client, or of the client's accounts.
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
    /// let daily = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3))?;
    /// ledger.define_limit(NewLimit::new(client, Window::MONTH).count(50))?;
    /// // The account's own; its client's is asked for by the client.
    /// let view = ledger.view()?;
    /// assert_eq!((view.limits(wallet)?, view.limits(client)?.len()), (vec![daily], 1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn limits(&self, subject: impl Into<Subject>) -> Result<Vec<Limit>, Error> {
        let mut reader = self.reader();
        match reader.record(&Place::Limits(subject.into()))? {
            Some(Record::Limits(live)) => live.iter().map(|limit| reader.limit(*limit)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    /// How much of a limit is used at the time of the view's last entry: `usage(limit)`, or `usage((limit, account))` of
    /// a limit that holds for each account.
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
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::DAY).count(3))?.id;
    /// let before = ledger.view()?;
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    /// // A view shows what was used when it was taken.
    /// assert_eq!((before.usage(limit)?.count, ledger.view()?.usage(limit)?.count), (0, 1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::LimitNotFound`] when there is none; [`Rejection::InvalidLimit`] when an account is missing, or named
    /// though the limit holds for all together.
    pub fn usage(&self, of: impl Into<UsageOf>) -> Result<LimitUsage, Error> {
        self.usage_at(of, self.recorded_at())
    }

    /// How much of a limit will be used at an instant, if nothing more is recorded until then; an instant before the
    /// view's last entry counts as that entry's.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let limit = ledger.define_limit(NewLimit::new(wallet, Window::last_hours(24)).count(3))?.id;
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    /// // When may the next one come?
    /// let later = ledger.now().plus(Duration::from_secs(3 * 86_400));
    /// assert_eq!(ledger.view()?.usage_at(limit, later)?.count_left, Some(3));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::usage`].
    pub fn usage_at(&self, of: impl Into<UsageOf>, instant: Timestamp) -> Result<LimitUsage, Error> {
        let (mut reader, of, at) = (self.reader(), of.into(), instant.max(self.recorded_at()));
        let limit = reader.limit(of.limit)?;
        let place = match (limit.per, of.account) {
            (Per::Account, Some(account)) => Place::Usage(limit.id, account),
            (Per::Subject, None) => Place::Usage(limit.id, AccountId(0)),
            (Per::Account, None) => {
                return Err(Rejection::InvalidLimit { reason: "the limit holds for each account: name one" }.into());
            }
            (Per::Subject, Some(_)) => {
                return Err(
                    Rejection::InvalidLimit { reason: "the limit holds for all together: name no account" }.into()
                );
            }
        };
        let used = match reader.record(&place)? {
            Some(Record::Usage(used)) => used,
            _ => Default::default(),
        };
        reader.usage(&limit, of.account, &used, at)
    }

    /// A balance monitor, ended or not.
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
    /// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?.id;
    /// assert_eq!(ledger.view()?.monitor(monitor)?.threshold, 50_00); // minor units
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::MonitorNotFound`] when there is none.
    pub fn monitor(&self, monitor: MonitorId) -> Result<Monitor, Error> {
        self.reader().monitor(monitor)
    }

    /// The monitors of an account that have not ended, in the order of definition.
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
    /// let monitor = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?))?;
    /// assert_eq!(ledger.view()?.monitors(wallet)?, [monitor]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn monitors(&self, account: AccountId) -> Result<Vec<Monitor>, Error> {
        let mut reader = self.reader();
        match reader.record(&Place::Monitors(account))? {
            Some(Record::Monitors(live)) => live.iter().map(|monitor| reader.monitor(*monitor)).collect(),
            _ => Ok(Vec::new()),
        }
    }
}

impl Reader<'_> {
    fn limit(&mut self, limit: LimitId) -> Result<Limit, Error> {
        match self.record(&Place::Limit(limit))? {
            Some(Record::Limit(record)) => Ok((*record).clone()),
            _ => Err(Rejection::LimitNotFound { limit }.into()),
        }
    }

    fn monitor(&mut self, monitor: MonitorId) -> Result<Monitor, Error> {
        match self.record(&Place::Monitor(monitor))? {
            Some(Record::Monitor(record)) => Ok((*record).clone()),
            _ => Err(Rejection::MonitorNotFound { monitor }.into()),
        }
    }

    fn usage(
        &mut self,
        limit: &Limit,
        account: Option<AccountId>,
        used: &Used,
        at: Timestamp,
    ) -> Result<LimitUsage, Error> {
        let currency = limit.book.map(|book| self.book(book)).transpose()?.map(|book| book.currency);
        let (count, sum) = used.at(limit.window, at);
        let (from, until) = used.span(limit.window, at);
        let sum_left = limit.sum_max.map(|max| max.minus(sum).unwrap_or(Amount::ZERO));
        Ok(LimitUsage {
            limit: limit.id,
            account,
            from,
            until,
            count,
            count_left: limit.count_max.map(|max| max.saturating_sub(count)),
            sum: currency.map(|currency| currency.amount(sum)),
            sum_left: currency.zip(sum_left).map(|(currency, left)| currency.amount(left)),
        })
    }
}
