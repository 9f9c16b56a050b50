//! How the naive ledger limits movements over time, watches balances, sets quotas and judges conditions: every figure is
//! a sum over the list of entries, and days, weeks and months are the calendar's.

use jiff::civil::Date;
use jiff::tz::Offset;
use pacioli::money::Amount;
use pacioli::{
    Account, AccountId, AccountStatus, Balance, BookId, Client, ClientId, Condition, Counts, Crossing, Direction,
    Effect, Entry, Event, Figure, HoldKind, Limit, LimitChange, LimitId, LimitsEvent, LimitsRequest, Monitor,
    MonitorId, NewLimit, NewMonitor, Operation, Per, Posting, Rejection, Role, Service, SetQuota, Side, Subject,
    Timestamp, Window,
};

use super::naive::{Judged, Naive, Next, in_currency};
use super::texts;

/// A movement, as limits see it.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    pub operation: Operation,
    pub account: AccountId,
    pub book: BookId,
    pub minor: i128,
}

/// What a limit has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub count: u64,
    pub sum: i128,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Asking.
impl Naive {
    pub fn limits_client(&self, request: &LimitsRequest) -> Judged<Option<ClientId>> {
        let of = |subject| {
            Ok(match subject {
                Subject::Account(account) => self.account(account)?.client,
                Subject::Client(client) => Some(client),
                Subject::Service(service) => Some(self.service(service)?.terms.client),
            })
        };
        match request {
            LimitsRequest::Define(given) => of(given.subject),
            LimitsRequest::Change(given) => of(self.limit(given.limit)?.subject),
            LimitsRequest::Retire(given) => of(self.limit(given.limit)?.subject),
            LimitsRequest::DefineMonitor(given) => Ok(self.account(given.account)?.client),
            LimitsRequest::RetireMonitor(given) => Ok(self.account(self.monitor(given.monitor)?.account)?.client),
            LimitsRequest::SetQuota(given) => Ok(Some(given.client)),
            _ => unreachable!("a request that the model does not know"),
        }
    }

    pub fn set_limits(&mut self, request: &LimitsRequest, next: Next) -> Judged<Event> {
        let event = match request {
            LimitsRequest::Define(given) => self.define_limit(given, next)?,
            LimitsRequest::Change(given) => self.change_limit(given, next)?,
            LimitsRequest::Retire(given) => {
                let subject = self.live_limit(given.limit)?.subject;
                let limit = self.limits.iter_mut().find(|limit| limit.id == given.limit).unwrap();
                limit.retired_at = Some(next.at);
                (limit.changed_at, limit.changed_in) = (next.at, next.sequence);
                self.mark(subject, next);
                LimitsEvent::Retired { given: given.clone(), subject }
            }
            LimitsRequest::DefineMonitor(given) => self.define_monitor(given, next)?,
            LimitsRequest::RetireMonitor(given) => {
                let account = self.monitor(given.monitor)?.account;
                let monitor = self.monitors.iter_mut().find(|monitor| monitor.id == given.monitor).unwrap();
                if monitor.retired_at.is_some() {
                    return Err(Rejection::MonitorRetired { monitor: given.monitor });
                }
                (monitor.retired_at, monitor.changed_in) = (Some(next.at), next.sequence);
                self.mark(Subject::Account(account), next);
                LimitsEvent::MonitorRetired { given: given.clone(), account }
            }
            LimitsRequest::SetQuota(given) => self.set_quota(given, next)?,
            _ => unreachable!("a request that the model does not know"),
        };
        Ok(Event::Limits(Box::new(event)))
    }

    fn limit(&self, limit: LimitId) -> Judged<&Limit> {
        self.limits.iter().find(|record| record.id == limit).ok_or(Rejection::LimitNotFound { limit })
    }

    fn live_limit(&self, limit: LimitId) -> Judged<&Limit> {
        let record = self.limit(limit)?;
        if record.retired_at.is_some() { Err(Rejection::LimitRetired { limit }) } else { Ok(record) }
    }

    fn monitor(&self, monitor: MonitorId) -> Judged<&Monitor> {
        self.monitors.iter().find(|record| record.id == monitor).ok_or(Rejection::MonitorNotFound { monitor })
    }

    fn limits_of(&self, subject: Subject) -> impl Iterator<Item = &Limit> {
        self.limits.iter().filter(move |limit| limit.subject == subject && limit.retired_at.is_none())
    }

    fn monitors_of(&self, account: AccountId) -> impl Iterator<Item = &Monitor> {
        self.monitors.iter().filter(move |monitor| monitor.account == account && monitor.retired_at.is_none())
    }

    fn define_limit(&mut self, given: &NewLimit, next: Next) -> Judged<LimitsEvent> {
        let book = match given.subject {
            Subject::Account(account) => {
                let record = self.account(account)?;
                if record.status == AccountStatus::Closed {
                    return Err(Rejection::AccountClosed { account });
                }
                if record.client.is_none() {
                    return Err(Rejection::SystemAccountFixed { account });
                }
                Some(record.book)
            }
            Subject::Client(client) => {
                self.client(client)?;
                given.book.map(|book| self.book(book).map(|book| book.id)).transpose()?
            }
            Subject::Service(service) => Some(self.service(service)?.terms.book),
        };
        if let (Some(expected), Some(given)) = (book, given.book)
            && expected != given
        {
            return Err(Rejection::BookMismatch { expected, given });
        }
        let possible = match given.window {
            Window::Day { offset_minutes } | Window::Week { offset_minutes } | Window::Month { offset_minutes } => {
                (-1_080..=1_080).contains(&offset_minutes)
            }
            Window::Sliding { nanoseconds } => (1_000_000_000..=34_560_000_000_000_000).contains(&nanoseconds),
        };
        if !possible {
            return invalid("a window slides over a second to 400 days, or is within 18 hours of UTC");
        }
        if given.counts == (Counts { credits: false, debits: false, transfers: false }) {
            return invalid("a limit must count an operation");
        }
        figures(given.count_max, given.sum_max, book)?;
        texts::few("limits", self.limits_of(given.subject).count() + 1, 16)?;
        let id = LimitId(self.limits.len() as u64 + 1);
        self.limits.push(Limit {
            id,
            subject: given.subject,
            book,
            window: given.window,
            counts: given.counts,
            per: if matches!(given.subject, Subject::Account(_)) { Per::Subject } else { given.per },
            count_max: given.count_max,
            sum_max: given.sum_max,
            defined_at: next.at,
            changed_at: next.at,
            changed_in: next.sequence,
            retired_at: None,
        });
        self.mark(given.subject, next);
        Ok(LimitsEvent::Defined { given: given.clone(), limit: id, book })
    }

    fn change_limit(&mut self, given: &LimitChange, next: Next) -> Judged<LimitsEvent> {
        let mut record = self.live_limit(given.limit)?.clone();
        record.count_max = given.count_max.unwrap_or(record.count_max);
        record.sum_max = given.sum_max.unwrap_or(record.sum_max);
        figures(record.count_max, record.sum_max, record.book)?;
        (record.changed_at, record.changed_in) = (next.at, next.sequence);
        *self.limits.iter_mut().find(|limit| limit.id == given.limit).unwrap() = record;
        Ok(LimitsEvent::Changed { given: given.clone() })
    }

    fn define_monitor(&mut self, given: &NewMonitor, next: Next) -> Judged<LimitsEvent> {
        let record = self.account(given.account)?;
        if record.status == AccountStatus::Closed {
            return Err(Rejection::AccountClosed { account: record.id });
        }
        let threshold = in_currency(given.threshold, record.currency)?;
        texts::few("monitors", self.monitors_of(given.account).count() + 1, 16)?;
        let id = MonitorId(self.monitors.len() as u64 + 1);
        self.monitors.push(Monitor {
            id,
            account: given.account,
            threshold,
            figure: given.figure,
            direction: given.direction,
            defined_at: next.at,
            changed_in: next.sequence,
            retired_at: None,
        });
        self.mark(Subject::Account(given.account), next);
        Ok(LimitsEvent::MonitorDefined { given: given.clone(), monitor: id, threshold })
    }

    fn set_quota(&mut self, given: &SetQuota, next: Next) -> Judged<LimitsEvent> {
        self.client(given.client)?;
        self.book(given.book)?;
        for record in self.clients.iter_mut().filter(|record| record.id == given.client) {
            match given.accounts_max {
                Some(most) => drop(record.quotas.insert(given.book, most)),
                None => drop(record.quotas.remove(&given.book)),
            }
            (record.changed_at, record.changed_in) = (next.at, next.sequence);
        }
        Ok(LimitsEvent::QuotaSet { given: given.clone() })
    }

    /// A record says whether limits apply to it, and whether it is watched.
    fn mark(&mut self, subject: Subject, next: Next) {
        let limited = self.limits_of(subject).next().is_some();
        let (changed_at, changed_in) = (next.at, next.sequence);
        match subject {
            Subject::Account(account) => {
                let monitored = self.monitors_of(account).next().is_some();
                let record = self.accounts.iter_mut().find(|record| record.id == account).unwrap();
                if (record.extras.limited, record.extras.monitored) != (limited, monitored) {
                    (record.extras.limited, record.extras.monitored) = (limited, monitored);
                    *record = Account { changed_at, changed_in, ..record.clone() };
                }
            }
            Subject::Client(client) => {
                let record = self.clients.iter_mut().find(|record| record.id == client).unwrap();
                if record.limited != limited {
                    *record = Client { limited, changed_at, changed_in, ..record.clone() };
                }
            }
            Subject::Service(service) => {
                let record = self.services.iter_mut().find(|record| record.id == service).unwrap();
                if record.limited != limited {
                    *record = Service { limited, changed_at, changed_in, ..record.clone() };
                }
            }
        }
    }
}

fn invalid<T>(reason: &'static str) -> Judged<T> {
    Err(Rejection::InvalidLimit { reason })
}

fn figures(count: Option<u64>, sum: Option<Amount>, book: Option<BookId>) -> Judged<()> {
    if count.is_none() && sum.is_none() {
        return invalid("a limit needs a count, a sum or both");
    }
    if sum.is_some() && book.is_none() {
        return invalid("a limit of a client with a sum must name the book");
    }
    Ok(())
}

/// Counting.
impl Naive {
    /// The limits of the account, then of the client, then of the service; each as it was defined.
    pub fn within_limits(&self, service: &Service, moved: Moved, next: Next) -> Judged<()> {
        let subjects =
            [Subject::Account(moved.account), Subject::Client(service.terms.client), Subject::Service(service.id)];
        for limit in subjects.into_iter().flat_map(|subject| self.limits_of(subject)) {
            if !counts(limit, moved) {
                continue;
            }
            let account = (limit.per == Per::Account).then_some(moved.account);
            let Counted { count, sum: used, from, until } = self.counted(limit, account, next.at);
            if let Some(max) = limit.count_max
                && count >= max
            {
                return Err(Rejection::VelocityCountExceeded { limit: limit.id, from, until, counted: count, max });
            }
            if let Some(max) = limit.sum_max.map(Amount::signed)
                && used + moved.minor > max
            {
                return Err(Rejection::VelocitySumExceeded {
                    limit: limit.id,
                    from,
                    until,
                    used,
                    given: moved.minor,
                    max,
                });
            }
        }
        Ok(())
    }

    /// What counts at an instant: every entry since the definition that falls into the window.
    pub fn counted(&self, limit: &Limit, account: Option<AccountId>, now: Timestamp) -> Counted {
        let mut moves: Vec<(Timestamp, i128)> = Vec::new();
        for entry in self.lifetime(limit) {
            if let Some((service, moved)) = self.moved(entry)
                && of_subject(limit.subject, service, moved.account)
                && counts(limit, moved)
                && account.is_none_or(|account| account == moved.account)
                && is_in_window(limit.window, entry.recorded_at, now)
            {
                moves.push((entry.recorded_at, moved.minor));
            }
        }
        let sum: i128 = moves.iter().map(|(_, minor)| minor).sum();
        let first = moves.first().map_or(now, |(at, _)| *at);
        Counted {
            count: moves.len() as u64,
            // Of several currencies there is no sum; of one it is no more than the greatest amount.
            sum: if limit.book.is_some() { sum.min(Amount::MAX.signed()) } else { 0 },
            from: begins(limit.window, now),
            until: leaves(limit.window, first),
        }
    }

    /// The entries after the one that defined a limit, up to the one that ended it.
    fn lifetime(&self, limit: &Limit) -> impl Iterator<Item = &Entry> {
        let what = |entry: &Entry| match &entry.event {
            Event::Limits(event) => match &**event {
                LimitsEvent::Defined { limit: of, .. } => (*of == limit.id, false),
                LimitsEvent::Retired { given, .. } => (false, given.limit == limit.id),
                _ => (false, false),
            },
            _ => (false, false),
        };
        let first = self.entries.iter().position(|entry| what(entry).0).unwrap();
        let later = self.entries.iter().skip(first + 1).map(|entry| &**entry);
        later.take_while(move |entry| !what(entry).1)
    }

    fn moved(&self, entry: &Entry) -> Option<(&Service, Moved)> {
        let Event::Posted(posted) = &entry.event else { return None };
        // What is reserved counts when it is reserved, and not again.
        let operation = posted.effects.iter().find_map(|effect| match effect {
            Effect::HoldPlaced { kind: HoldKind::Hold, of: (operation, _), .. } => Some(*operation),
            // A payout is one debit of all that its beneficiaries get.
            Effect::Payout { .. } if posted.operation == Operation::Hold => Some(Operation::Debit),
            _ => None,
        });
        let operation = operation.unwrap_or(posted.operation);
        let side = match operation {
            Operation::Credit => Side::Credit,
            Operation::Debit | Operation::Transfer | Operation::Exchange => Side::Debit,
            _ => return None,
        };
        let service = self.service(posted.service?.0).ok()?;
        let posting = entry.postings.iter().find(|line| line.role == Role::Principal && line.side == side)?;
        let Posting { account, book, amount, .. } = *posting;
        Some((service, Moved { operation, account, book, minor: amount.signed() }))
    }

    /// The thresholds that lines make figures cross, by monitor.
    pub fn crossed(&self, postings: &[Posting]) -> Vec<Crossing> {
        let mut crossed = Vec::new();
        for monitor in self.monitors.iter().filter(|monitor| monitor.retired_at.is_none()) {
            let account = self.account(monitor.account).unwrap();
            let Some(last) = postings.iter().rfind(|posting| posting.account == account.id) else { continue };
            let figure = |balance: Balance| match monitor.figure {
                Figure::Current => current(balance, account.normal_side),
                Figure::Available => available(balance, account.normal_side),
            };
            let (before, after) = (figure(self.balance(account.id)), figure(last.after));
            let (was, is) = (before >= monitor.threshold, after >= monitor.threshold);
            let told = match monitor.direction {
                Direction::Rising => !was && is,
                Direction::Falling => was && !is,
                Direction::Both => was != is,
            };
            if told {
                crossed.push(Crossing { monitor: monitor.id, account: account.id, before, after });
            }
        }
        crossed
    }

    /// What a command expects.
    pub fn conditions(&self, conditions: &[Condition]) -> Judged<()> {
        texts::few("conditions", conditions.len(), 16)?;
        for condition in conditions {
            match *condition {
                Condition::ActivityNumber { account, number: expected } => {
                    let found = self.postings(self.account(account)?.id).count() as u64;
                    if found != expected {
                        return Err(Rejection::ExpectedNumber { account, expected, found });
                    }
                }
                Condition::Available { account, at_least } => {
                    let record = self.account(account)?;
                    let expected = in_currency(at_least, record.currency)?;
                    let found = available(self.balance(account), record.normal_side);
                    if found < expected {
                        return Err(Rejection::ExpectedAvailable { account, expected, found });
                    }
                }
                _ => unreachable!("a condition that the model does not know"),
            }
        }
        Ok(())
    }

    /// How often each limit is used, by account where it holds for each.
    pub fn usages(&self, now: Timestamp) -> Vec<(LimitId, Option<AccountId>, Counted)> {
        let mut usages = Vec::new();
        for limit in &self.limits {
            let accounts = self.accounts.iter().filter(|account| account.client.is_some());
            let of: Vec<Option<AccountId>> = match limit.per {
                Per::Subject => vec![None],
                Per::Account => accounts.map(|account| Some(account.id)).collect(),
            };
            usages.extend(of.into_iter().map(|account| (limit.id, account, self.counted(limit, account, now))));
        }
        usages
    }
}

/// What is posted, positive on the account's normal side.
pub fn current(balance: Balance, normal: Side) -> i128 {
    let debits_less_credits = balance.debits_posted.signed() - balance.credits_posted.signed();
    if normal == Side::Debit { debits_less_credits } else { -debits_less_credits }
}

/// The same, less what is reserved to go.
pub fn available(balance: Balance, normal: Side) -> i128 {
    let going = if normal == Side::Debit { balance.credits_pending } else { balance.debits_pending };
    current(balance, normal) - going.signed()
}

fn of_subject(subject: Subject, service: &Service, account: AccountId) -> bool {
    match subject {
        Subject::Account(limited) => limited == account,
        Subject::Client(client) => client == service.terms.client,
        Subject::Service(limited) => limited == service.id,
    }
}

fn counts(limit: &Limit, moved: Moved) -> bool {
    let operation = match moved.operation {
        Operation::Credit => limit.counts.credits,
        Operation::Debit => limit.counts.debits,
        Operation::Transfer | Operation::Exchange => limit.counts.transfers,
        _ => false,
    };
    operation && limit.book.is_none_or(|book| book == moved.book)
}

/// The first day of the day, week or month that an instant falls into, and of the next.
fn days(window: Window, at: Timestamp) -> (Date, Date, Offset) {
    let offset = |minutes: i16| Offset::from_seconds(i32::from(minutes) * 60).unwrap();
    let date = |offset: Offset| offset.to_datetime(jiff::Timestamp::from_nanosecond(at.0.into()).unwrap()).date();
    let (first, days, offset) = match window {
        Window::Day { offset_minutes } => (date(offset(offset_minutes)), 1, offset(offset_minutes)),
        Window::Week { offset_minutes } => {
            let date = date(offset(offset_minutes));
            let since_monday = i32::from(date.weekday().to_monday_zero_offset());
            (date.checked_sub(jiff::Span::new().days(since_monday)).unwrap(), 7, offset(offset_minutes))
        }
        Window::Month { offset_minutes } => {
            let date = date(offset(offset_minutes));
            (date.first_of_month(), i32::from(date.days_in_month()), offset(offset_minutes))
        }
        Window::Sliding { .. } => unreachable!("it has no calendar"),
    };
    (first, first.checked_add(jiff::Span::new().days(days)).unwrap(), offset)
}

fn midnight(date: Date, offset: Offset) -> Timestamp {
    let instant = offset.to_timestamp(date.at(0, 0, 0, 0)).unwrap();
    Timestamp(i64::try_from(instant.as_nanosecond()).unwrap())
}

/// How long a step of a sliding window is, and when the one that an instant falls into ends.
fn step(nanoseconds: i64, at: i64) -> (i64, i64) {
    let length = (nanoseconds + 59) / 60;
    (length, (at.div_euclid(length) + 1) * length)
}

fn is_in_window(window: Window, moved: Timestamp, now: Timestamp) -> bool {
    match window {
        Window::Sliding { nanoseconds } => step(nanoseconds, moved.0).1 > now.0 - nanoseconds,
        _ => days(window, moved).0 == days(window, now).0,
    }
}

fn begins(window: Window, now: Timestamp) -> Timestamp {
    match window {
        Window::Sliding { nanoseconds } => {
            let (length, end) = step(nanoseconds, now.0 - nanoseconds);
            Timestamp(end - length)
        }
        _ => {
            let (first, _, offset) = days(window, now);
            midnight(first, offset)
        }
    }
}

fn leaves(window: Window, moved: Timestamp) -> Timestamp {
    match window {
        Window::Sliding { nanoseconds } => Timestamp(step(nanoseconds, moved.0).1 + nanoseconds),
        _ => {
            let (_, next, offset) = days(window, moved);
            midnight(next, offset)
        }
    }
}
