//! The law of periods: what is closed stays as it was, and is sealed.

use super::desk::{Desk, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::rejection::Rejection;
use crate::model::{AccountId, Book, ClosePeriod, Event, PeriodClosed, Timestamp};

use std::borrow::Cow;

/// How far in the future a movement may be said to have happened: one day, in nanoseconds. Clocks of other systems differ.
///
/// So whatever was recorded more than that before an instant has happened by then.
pub(crate) const EFFECTIVE_SKEW_NS: i64 = 86_400_000_000_000;

/// A movement of these accounts happens neither in the future nor in a closed period of any of their books.
///
/// One without a time of its own happens when it is recorded, which is later than any period's end.
pub(super) fn timely(
    desk: &Desk,
    accounts: impl IntoIterator<Item = AccountId>,
    effective_at: Option<Timestamp>,
    moment: Moment,
) -> Result<(), Refusal> {
    let Some(effective_at) = effective_at else { return Ok(()) };
    let latest = moment.recorded_at.plus_ns(EFFECTIVE_SKEW_NS);
    if effective_at > latest {
        return Err(Rejection::FutureEffectiveTime { effective_at, latest }.into());
    }
    for account in accounts {
        open_at(desk.book(desk.row(account)?.terms.book)?, effective_at)?;
    }
    Ok(())
}

fn open_at(book: &Book, effective_at: Timestamp) -> Result<(), Rejection> {
    match book.closed_through {
        Some(through) if effective_at <= through => {
            Err(Rejection::PeriodClosed { book: book.id, through, effective_at })
        }
        _ => Ok(()),
    }
}

/// Closing a period is one of the operator's commands.
pub(super) fn identify<'a>(given: &'a ClosePeriod) -> Result<Identity<'a>, Refusal> {
    if given.key.is_empty() {
        return Err(Rejection::IdempotencyKeyRequired.into());
    }
    Ok(Identity { client: None, key: Some(Cow::Borrowed(&*given.key)) })
}

/// Closes a period: it is over, comes after the last, and what is sealed balances.
pub(super) fn close(desk: &Desk, given: &ClosePeriod, moment: Moment) -> Result<Draft, Refusal> {
    let (book, through, latest) = (desk.book(given.book)?, given.through, moment.recorded_at);
    if through > latest {
        return Err(Rejection::PeriodNotOver { through, latest }.into());
    }
    if let Some(closed_through) = book.closed_through.filter(|closed_through| through <= *closed_through) {
        return Err(Rejection::PeriodAlreadyClosed { book: book.id, closed_through, through }.into());
    }
    let sealed = desk.sealed(book.id, through)?;
    if sealed.debits != sealed.credits {
        let (debits, credits) = (sealed.debits.signed(), sealed.credits.signed());
        return Err(Rejection::Unbalanced { debits, credits }.into());
    }
    let closed = PeriodClosed { book: book.id, through, after: book.closed_through, sealed: (**sealed).clone() };
    Ok(Draft::recorded(Event::PeriodClosed(Box::new(closed))))
}

/// Whether a closing asks for exactly what an entry records.
pub(super) fn repeats(given: &ClosePeriod, closed: &PeriodClosed) -> bool {
    (given.book, given.through) == (closed.book, closed.through)
}
