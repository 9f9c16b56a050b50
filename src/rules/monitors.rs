//! The law of balance monitors: which entry makes a watched figure cross its threshold.

use std::sync::Arc;

use super::desk::{Desk, Place, Record, Refusal};
use super::movements::in_currency;
use super::rejection::Rejection;
use super::texts;
use crate::model::{
    AccountId, AccountStatus, Balance, Crossing, Entry, Few, Figure, Limits, LimitsEvent, Monitor, MonitorId,
    NewMonitor, Posting, RetireMonitor, Side,
};

pub(super) fn define(desk: &Desk, given: &NewMonitor) -> Result<LimitsEvent, Refusal> {
    let account = given.account;
    let record = desk.account(account)?;
    if record.status == AccountStatus::Closed {
        return Err(Rejection::AccountClosed { account }.into());
    }
    let threshold = in_currency(given.threshold, record.currency)?.minor();
    let live = desk.monitors(account)?.len();
    texts::at_most("monitors", live.saturating_add(1), Limits::MONITORS)?;
    let monitor = desk.counters.monitor.checked_add(1).map(MonitorId).ok_or(Rejection::IdentifiersExhausted)?;
    Ok(LimitsEvent::MonitorDefined { given: given.clone(), monitor, threshold })
}

pub(super) fn retire(desk: &Desk, given: &RetireMonitor) -> Result<LimitsEvent, Refusal> {
    let monitor = given.monitor;
    let record = desk.monitor(monitor)?;
    if record.retired_at.is_some() {
        return Err(Rejection::MonitorRetired { monitor }.into());
    }
    // Ending the last monitor of an account changes the account: both records must lie here.
    desk.monitors(record.account)?;
    desk.account(record.account)?;
    Ok(LimitsEvent::MonitorRetired { given: given.clone(), account: record.account })
}

pub(super) fn defined(desk: &mut Desk, given: &NewMonitor, id: MonitorId, threshold: i128, entry: &Entry) {
    desk.counters.monitor = desk.counters.monitor.max(id.0);
    let record = Monitor {
        id,
        account: given.account,
        threshold,
        figure: given.figure,
        direction: given.direction,
        defined_at: entry.recorded_at,
        changed_in: entry.sequence,
        retired_at: None,
    };
    desk.change(Place::Monitor(id), Record::Monitor(Arc::new(record)));
    among(desk, given.account, entry, |live| live.push(id));
}

pub(super) fn retired(desk: &mut Desk, monitor: MonitorId, account: AccountId, entry: &Entry) {
    if let Some(Record::Monitor(before)) = desk.record(&Place::Monitor(monitor)) {
        let (retired_at, changed_in) = (Some(entry.recorded_at), entry.sequence);
        let record = Monitor { retired_at, changed_in, ..(**before).clone() };
        desk.change(Place::Monitor(monitor), Record::Monitor(Arc::new(record)));
    }
    among(desk, account, entry, |live| live.retain(|kept| *kept != monitor));
}

/// Changes the monitors of an account, and whether the account is watched.
fn among(desk: &mut Desk, account: AccountId, entry: &Entry, change: impl FnOnce(&mut Vec<MonitorId>)) {
    let mut live = match desk.record(&Place::Monitors(account)) {
        Some(Record::Monitors(live)) => (**live).clone(),
        _ => Vec::new(),
    };
    change(&mut live);
    live.sort_unstable();
    live.dedup();
    let monitored = !live.is_empty();
    desk.change(Place::Monitors(account), Record::Monitors(Arc::new(live)));
    desk.mark_account(account, entry, |extras| extras.monitored = monitored);
}

/// The thresholds that an entry of these lines makes watched figures cross, by monitor.
pub(super) fn crossings(desk: &Desk, postings: &[Posting]) -> Result<Few<Crossing>, Refusal> {
    if desk.counters.monitor == 0 {
        return Ok(Few::NONE);
    }
    let mut crossed = Vec::new();
    for (place, last) in postings.iter().enumerate() {
        let account = last.account;
        let row = desk.row(account)?;
        let goes_on = || postings.iter().skip(place.saturating_add(1)).any(|later| later.account == account);
        if !row.terms.extras.monitored || goes_on() {
            continue;
        }
        for monitor in desk.monitors(account)?.iter() {
            let Monitor { threshold, figure, direction, .. } = **desk.monitor(*monitor)?;
            let before = read(figure, &row.tally.balance, last.normal);
            let after = read(figure, &last.after, last.normal);
            if direction.crosses(threshold, before, after) {
                crossed.push(Crossing { monitor: *monitor, account, before, after });
            }
        }
    }
    crossed.sort_unstable_by_key(|crossing| crossing.monitor);
    Ok(crossed.into())
}

const fn read(figure: Figure, balance: &Balance, normal: Side) -> i128 {
    match figure {
        Figure::Current => balance.posted(normal),
        Figure::Available => balance.available(normal),
    }
}
