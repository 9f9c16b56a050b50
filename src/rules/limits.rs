//! The law of defining, changing and ending limits, and of quotas. What limits refuse is in `velocity`.

use std::borrow::Cow;
use std::sync::Arc;

use super::desk::{Desk, Place, Record, Refusal};
use super::draft::{Draft, Identity};
use super::rejection::Rejection;
use super::{monitors, texts};
use crate::model::{
    AccountId, AccountStatus, BookId, Client, ClientId, Entry, Event, Limit, LimitChange, LimitId, Limits, LimitsEvent,
    LimitsRequest, NewLimit, Per, RetireLimit, Service, SetQuota, Subject,
};

/// A limit's or monitor's keys are those of the client whose movements it counts or watches.
pub(super) fn identify<'a>(desk: &Desk, request: &'a LimitsRequest) -> Result<Identity<'a>, Refusal> {
    let of_account = |account: AccountId| -> Result<Option<ClientId>, Refusal> { Ok(desk.row(account)?.terms.client) };
    let (client, key) = match request {
        LimitsRequest::Define(given) => (owner(desk, given.subject)?, &given.key),
        LimitsRequest::Change(given) => (owner(desk, desk.limit(given.limit)?.subject)?, &given.key),
        LimitsRequest::Retire(given) => (owner(desk, desk.limit(given.limit)?.subject)?, &given.key),
        LimitsRequest::DefineMonitor(given) => (of_account(given.account)?, &given.key),
        LimitsRequest::RetireMonitor(given) => (of_account(desk.monitor(given.monitor)?.account)?, &given.key),
        LimitsRequest::SetQuota(given) => (Some(given.client), &given.key),
    };
    Ok(Identity { client, key: key.as_deref().map(Cow::Borrowed) })
}

fn owner(desk: &Desk, subject: Subject) -> Result<Option<ClientId>, Refusal> {
    Ok(match subject {
        Subject::Account(account) => desk.row(account)?.terms.client,
        Subject::Client(client) => Some(client),
        Subject::Service(service) => Some(desk.service(service)?.terms.client),
    })
}

pub(super) fn decide(desk: &Desk, request: &LimitsRequest) -> Result<Draft, Refusal> {
    let event = match request {
        LimitsRequest::Define(given) => define(desk, given)?,
        LimitsRequest::Change(given) => change(desk, given)?,
        LimitsRequest::Retire(given) => retire(desk, given)?,
        LimitsRequest::DefineMonitor(given) => monitors::define(desk, given)?,
        LimitsRequest::RetireMonitor(given) => monitors::retire(desk, given)?,
        LimitsRequest::SetQuota(given) => set_quota(desk, given)?,
    };
    Ok(Draft::recorded(Event::Limits(Box::new(event))))
}

/// Whether a request asks for exactly what an entry records.
pub(super) fn repeats(request: &LimitsRequest, event: &LimitsEvent) -> bool {
    match (request, event) {
        (LimitsRequest::Define(given), LimitsEvent::Defined { given: kept, .. }) => given == kept,
        (LimitsRequest::Change(given), LimitsEvent::Changed { given: kept }) => given == kept,
        (LimitsRequest::Retire(given), LimitsEvent::Retired { given: kept, .. }) => given == kept,
        (LimitsRequest::DefineMonitor(given), LimitsEvent::MonitorDefined { given: kept, .. }) => given == kept,
        (LimitsRequest::RetireMonitor(given), LimitsEvent::MonitorRetired { given: kept, .. }) => given == kept,
        (LimitsRequest::SetQuota(given), LimitsEvent::QuotaSet { given: kept }) => given == kept,
        _ => false,
    }
}

fn define(desk: &Desk, given: &NewLimit) -> Result<LimitsEvent, Refusal> {
    let book = book_of(desk, given)?;
    if !given.window.is_possible() {
        return Err(invalid("a window slides over a second to 400 days, or is within 18 hours of UTC").into());
    }
    if given.counts.is_nothing() {
        return Err(invalid("a limit must count an operation").into());
    }
    figures(given.count_max.is_some(), given.sum_max.is_some(), book)?;
    let live = desk.limits(given.subject)?.len();
    texts::at_most("limits", live.saturating_add(1), Limits::LIMITS)?;
    let limit = desk.counters.limit.checked_add(1).map(LimitId).ok_or(Rejection::IdentifiersExhausted)?;
    Ok(LimitsEvent::Defined { given: given.clone(), limit, book })
}

/// The book whose movements a limit counts, and whether its subject can be limited.
fn book_of(desk: &Desk, given: &NewLimit) -> Result<Option<BookId>, Refusal> {
    let own = match given.subject {
        Subject::Account(account) => {
            let record = desk.account(account)?;
            if record.status == AccountStatus::Closed {
                return Err(Rejection::AccountClosed { account }.into());
            }
            if record.client.is_none() {
                return Err(Rejection::SystemAccountFixed { account }.into());
            }
            record.book
        }
        Subject::Client(client) => {
            desk.client(client)?;
            return given.book.map(|book| Ok(desk.book(book)?.id)).transpose();
        }
        Subject::Service(service) => desk.service(service)?.terms.book,
    };
    match given.book {
        Some(book) if book != own => Err(Rejection::BookMismatch { expected: own, given: book }.into()),
        _ => Ok(Some(own)),
    }
}

fn figures(count: bool, sum: bool, book: Option<BookId>) -> Result<(), Rejection> {
    if !count && !sum {
        return Err(invalid("a limit needs a count, a sum or both"));
    }
    if sum && book.is_none() {
        return Err(invalid("a limit of a client with a sum must name the book"));
    }
    Ok(())
}

fn change(desk: &Desk, given: &LimitChange) -> Result<LimitsEvent, Refusal> {
    let limit = live(desk, given.limit)?;
    let (count, sum) = (given.count_max.unwrap_or(limit.count_max), given.sum_max.unwrap_or(limit.sum_max));
    figures(count.is_some(), sum.is_some(), limit.book)?;
    Ok(LimitsEvent::Changed { given: given.clone() })
}

fn retire(desk: &Desk, given: &RetireLimit) -> Result<LimitsEvent, Refusal> {
    let subject = live(desk, given.limit)?.subject;
    // Ending the last limit of a subject changes the subject: both records must lie here.
    desk.limits(subject)?;
    match subject {
        Subject::Account(account) => drop(desk.account(account)?),
        Subject::Client(client) => drop(desk.client(client)?),
        Subject::Service(service) => drop(desk.service(service)?),
    }
    Ok(LimitsEvent::Retired { given: given.clone(), subject })
}

fn live(desk: &Desk, limit: LimitId) -> Result<&Limit, Refusal> {
    let record = desk.limit(limit)?;
    if record.retired_at.is_some() { Err(Rejection::LimitRetired { limit }.into()) } else { Ok(record) }
}

fn set_quota(desk: &Desk, given: &SetQuota) -> Result<LimitsEvent, Refusal> {
    let client = desk.client(given.client)?;
    desk.book(given.book)?;
    let others = client.quotas.keys().filter(|book| **book != given.book).count();
    if given.accounts_max.is_some() {
        texts::at_most("quotas", others.saturating_add(1), Limits::QUOTAS)?;
    }
    Ok(LimitsEvent::QuotaSet { given: given.clone() })
}

const fn invalid(reason: &'static str) -> Rejection {
    Rejection::InvalidLimit { reason }
}

/// Folds what happened to limits, monitors and quotas into the desk.
pub(super) fn apply(desk: &mut Desk, event: &LimitsEvent, entry: &Entry) {
    match event {
        LimitsEvent::Defined { given, limit, book } => {
            desk.counters.limit = desk.counters.limit.max(limit.0);
            let record = self::limit(given, *limit, *book, entry);
            desk.change(Place::Limit(*limit), Record::Limit(Arc::new(record)));
            among(desk, given.subject, entry, |live| live.push(*limit));
        }
        LimitsEvent::Changed { given } => changed(desk, given.limit, entry, |limit| Limit {
            count_max: given.count_max.unwrap_or(limit.count_max),
            sum_max: given.sum_max.unwrap_or(limit.sum_max),
            ..limit
        }),
        LimitsEvent::Retired { given, subject } => {
            changed(desk, given.limit, entry, |limit| Limit { retired_at: Some(entry.recorded_at), ..limit });
            among(desk, *subject, entry, |live| live.retain(|limit| *limit != given.limit));
        }
        LimitsEvent::MonitorDefined { given, monitor, threshold } => {
            monitors::defined(desk, given, *monitor, *threshold, entry);
        }
        LimitsEvent::MonitorRetired { given, account } => monitors::retired(desk, given.monitor, *account, entry),
        LimitsEvent::QuotaSet { given } => quota_set(desk, given, entry),
    }
}

fn limit(given: &NewLimit, id: LimitId, book: Option<BookId>, entry: &Entry) -> Limit {
    // An account is limited by itself either way.
    let per = if matches!(given.subject, Subject::Account(_)) { Per::Subject } else { given.per };
    Limit {
        id,
        subject: given.subject,
        book,
        window: given.window,
        counts: given.counts,
        per,
        count_max: given.count_max,
        sum_max: given.sum_max,
        defined_at: entry.recorded_at,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        retired_at: None,
    }
}

fn changed(desk: &mut Desk, limit: LimitId, entry: &Entry, change: impl FnOnce(Limit) -> Limit) {
    if let Some(Record::Limit(before)) = desk.record(&Place::Limit(limit)) {
        let after = change((**before).clone());
        let record = Limit { changed_at: entry.recorded_at, changed_in: entry.sequence, ..after };
        desk.change(Place::Limit(limit), Record::Limit(Arc::new(record)));
    }
}

/// Changes the limits of a subject, and whether the subject is limited.
fn among(desk: &mut Desk, subject: Subject, entry: &Entry, change: impl FnOnce(&mut Vec<LimitId>)) {
    let mut live = match desk.record(&Place::Limits(subject)) {
        Some(Record::Limits(live)) => (**live).clone(),
        _ => Vec::new(),
    };
    change(&mut live);
    live.sort_unstable();
    live.dedup();
    let limited = !live.is_empty();
    desk.change(Place::Limits(subject), Record::Limits(Arc::new(live)));
    let (changed_at, changed_in) = (entry.recorded_at, entry.sequence);
    match subject {
        Subject::Account(account) => desk.mark_account(account, entry, |extras| extras.limited = limited),
        Subject::Client(client) => {
            if let Some(Record::Client(before)) = desk.record(&Place::Client(client))
                && before.limited != limited
            {
                let record = Client { limited, changed_at, changed_in, ..(**before).clone() };
                desk.change(Place::Client(client), Record::Client(Arc::new(record)));
            }
        }
        Subject::Service(service) => {
            if let Some(Record::Service(before)) = desk.record(&Place::Service(service))
                && before.limited != limited
            {
                let record = Service { limited, changed_at, changed_in, ..(**before).clone() };
                desk.change(Place::Service(service), Record::Service(Arc::new(record)));
            }
        }
    }
}

fn quota_set(desk: &mut Desk, given: &SetQuota, entry: &Entry) {
    if let Some(Record::Client(before)) = desk.record(&Place::Client(given.client)) {
        let mut record = (**before).clone();
        match given.accounts_max {
            Some(accounts_max) => record.quotas.insert(given.book, accounts_max),
            None => record.quotas.remove(&given.book),
        };
        (record.changed_at, record.changed_in) = (entry.recorded_at, entry.sequence);
        desk.change(Place::Client(given.client), Record::Client(Arc::new(record)));
    }
}
