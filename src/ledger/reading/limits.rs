//! Limits over time, how much of them is used, and balance monitors, as they stood at the view's sequence.

use serde::Serialize;

use super::reader::Reader;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, Limit, LimitId, Monitor, MonitorId, Per, Subject, Timestamp};
use crate::money::{Amount, Money};
use crate::rules::{Place, Record, Rejection, Used};

/// Of what the usage is asked: a limit, or a limit that holds for each account, and the account.
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
    /// # Errors
    /// [`Rejection::LimitNotFound`] when there is none.
    pub fn limit(&self, limit: LimitId) -> Result<Limit, Error> {
        self.reader().limit(limit)
    }

    /// The limits of an account, client or service that have not ended, in the order of definition; not those of the
    /// account's client, or of the client's accounts.
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
    /// # Errors
    /// [`Rejection::LimitNotFound`] when there is none; [`Rejection::InvalidLimit`] when an account is missing, or named
    /// though the limit holds for all together.
    pub fn usage(&self, of: impl Into<UsageOf>) -> Result<LimitUsage, Error> {
        self.usage_at(of, self.recorded_at())
    }

    /// How much of a limit will be used at an instant, if nothing more is recorded until then; an instant before the
    /// view's last entry counts as that entry's.
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
    /// # Errors
    /// [`Rejection::MonitorNotFound`] when there is none.
    pub fn monitor(&self, monitor: MonitorId) -> Result<Monitor, Error> {
        self.reader().monitor(monitor)
    }

    /// The monitors of an account that have not ended, in the order of definition.
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
