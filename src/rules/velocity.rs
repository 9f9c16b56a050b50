//! The law of limits over time: which limits count a movement, and whether it stays within them.
//!
//! Asked after the service's own limits and the charge, before what the accounts have. Where nothing is limited this
//! looks up nothing: accounts, clients and services say themselves whether limits apply to them.

use std::sync::Arc;

use super::desk::{Desk, Place, Record, Refusal, Used};
use super::rejection::Rejection;
use crate::model::{
    AccountId, BookId, Counts, Entry, Limit, Operation, Per, Posted, Posting, Role, Service, Side, Subject, Timestamp,
};
use crate::money::Amount;

/// A movement as limits see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    pub operation: Operation,
    /// The account that it is of: credited by a credit, debited by a debit, transfer or exchange.
    pub account: AccountId,
    pub book: BookId,
    /// The principal.
    pub amount: Amount,
}

/// Refuses a movement that passes a limit: of its account, its client, its service, in this order, and of each the limit
/// that was defined first.
pub(super) fn within_limits(desk: &Desk, service: &Service, moved: Moved, at: Timestamp) -> Result<(), Refusal> {
    if desk.counters.limit == 0 {
        return Ok(());
    }
    for (limit, place) in counting(desk, service, moved)? {
        let used = desk.used(&place)?;
        passes(&limit, used.map_or(&Used::default(), |used| used), moved.amount, at)?;
    }
    Ok(())
}

/// Counts a movement that was carried out.
pub(super) fn count(desk: &mut Desk, entry: &Entry, posted: &Posted) {
    for (limit, place) in counted(desk, entry, posted) {
        let before = match desk.record(&place) {
            Some(Record::Usage(used)) => Arc::clone(used),
            _ => Arc::default(),
        };
        if before.changed_in < entry.sequence
            && let Some(moved) = moved(posted, &entry.postings)
        {
            // Sums of several currencies mean nothing.
            let sum = if limit.book.is_some() { moved.amount } else { Amount::ZERO };
            let used = before.with(limit.window, entry.recorded_at, sum, entry.sequence);
            desk.change(place, Record::Usage(Arc::new(used)));
        }
    }
}

/// Whether a movement that was recorded stayed within the limits of its time.
pub(super) fn is_within_limits(desk: &Desk, entry: &Entry, posted: &Posted) -> bool {
    let Some(moved) = moved(posted, &entry.postings) else {
        return true;
    };
    counted(desk, entry, posted).iter().all(|(limit, place)| {
        let used = match desk.record(place) {
            Some(Record::Usage(used)) => Arc::clone(used),
            _ => Arc::default(),
        };
        passes(limit, &used, moved.amount, entry.recorded_at).is_ok()
    })
}

/// The limits that count an entry, each with the place of its usage.
fn counted(desk: &Desk, entry: &Entry, posted: &Posted) -> Vec<(Arc<Limit>, Place)> {
    if desk.counters.limit == 0 {
        return Vec::new();
    }
    let (Some((service, _)), Some(moved)) = (posted.service, moved(posted, &entry.postings)) else {
        return Vec::new();
    };
    // What was asked when the entry was decided lies on the desk.
    desk.service(service).and_then(|service| counting(desk, service, moved)).unwrap_or_default()
}

/// The movement that an entry records, if limits count such ones.
fn moved(posted: &Posted, postings: &[Posting]) -> Option<Moved> {
    // What is reserved is counted when it is placed, however it is settled; a payout is one debit of its total.
    let operation = match posted.reserved() {
        Some(((operation, _), ..)) => operation,
        None if posted.operation == Operation::Hold => Operation::Debit,
        None => posted.operation,
    };
    let side = match operation {
        Operation::Credit => Side::Credit,
        Operation::Debit | Operation::Transfer | Operation::Exchange => Side::Debit,
        _ => return None,
    };
    let principal = postings.iter().find(|posting| posting.role == Role::Principal && posting.side == side)?;
    Some(Moved { operation, account: principal.account, book: principal.book, amount: principal.amount })
}

/// The limits that count a movement, each with the place of its usage.
fn counting(desk: &Desk, service: &Service, moved: Moved) -> Result<Vec<(Arc<Limit>, Place)>, Refusal> {
    let client = service.terms.client;
    let subjects = [
        (desk.row(moved.account)?.terms.extras.limited, Subject::Account(moved.account)),
        (desk.client(client)?.limited, Subject::Client(client)),
        (service.limited, Subject::Service(service.id)),
    ];
    let mut counting = Vec::new();
    for (_, subject) in subjects.into_iter().filter(|(limited, _)| *limited) {
        for id in desk.limits(subject)?.iter() {
            let limit = desk.limit(*id)?;
            if counts(limit.counts, moved.operation) && limit.book.is_none_or(|book| book == moved.book) {
                let account = if limit.per == Per::Account { moved.account } else { AccountId(0) };
                counting.push((Arc::clone(limit), Place::Usage(*id, account)));
            }
        }
    }
    Ok(counting)
}

const fn counts(counts: Counts, operation: Operation) -> bool {
    match operation {
        Operation::Credit => counts.credits,
        Operation::Debit => counts.debits,
        // What is exchanged leaves the account as a transfer does.
        Operation::Transfer | Operation::Exchange => counts.transfers,
        _ => false,
    }
}

fn passes(limit: &Limit, used: &Used, given: Amount, at: Timestamp) -> Result<(), Rejection> {
    let (counted, sum) = used.at(limit.window, at);
    let (from, until) = used.span(limit.window, at);
    if let Some(max) = limit.count_max.filter(|max| counted >= *max) {
        return Err(Rejection::VelocityCountExceeded { limit: limit.id, from, until, counted, max });
    }
    let (used, given) = (sum.signed(), given.signed());
    // Cannot overflow: both are below 2^96.
    if let Some(max) = limit.sum_max.map(Amount::signed).filter(|max| used + given > *max) {
        return Err(Rejection::VelocitySumExceeded { limit: limit.id, from, until, used, given, max });
    }
    Ok(())
}
