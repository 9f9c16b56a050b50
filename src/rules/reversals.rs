//! The law of reversals: the exact inverse of an earlier movement, whole or in part. History is never rewritten.

use std::borrow::Cow;

use super::command::Reverse;
use super::desk::{Desk, Refusal, Reversed};
use super::draft::{Draft, Identity, Moment};
use super::lines::{Floors, Line, postings, reachable};
use super::movements::{positive, usable};
use super::periods::timely;
use super::rejection::Rejection;
use super::share::Share;
use super::{parties, texts};
use crate::model::{
    Entry, EntryKind, Operation, Posted, Posting, Reverses, Role, Sequence, ServiceId, Side, Stage, TransactionSource,
};
use crate::money::Amount;

/// A reversal's key is one of the original's client's keys; a whole reversal without a key has one of its own.
pub(super) fn identify<'a>(desk: &Desk, given: &'a Reverse) -> Result<Identity<'a>, Refusal> {
    let original = desk.entry(given.original)?;
    let key = match (&given.key, given.part) {
        (Some(key), _) => Cow::Borrowed(&**key),
        (None, None) => Cow::Owned(own_key(given.original)),
        (None, Some(_)) => return Err(Rejection::IdempotencyKeyRequired.into()),
    };
    Ok(Identity { client: original.client, key: Some(key) })
}

fn own_key(original: Sequence) -> String {
    format!("RVS{original}")
}

/// The inverse of every line of the original, or of the same share of each.
pub(super) fn reverse(desk: &Desk, given: &Reverse, moment: Moment) -> Result<Draft, Refusal> {
    let original = desk.entry(given.original)?;
    let entry = original.sequence;
    if let Some(service) = given.service {
        usable_for(desk, service, original)?;
    }
    let posted = original.posted().ok_or(Rejection::NotReversible { entry })?;
    if posted.reverses.is_some() {
        return Err(Rejection::CannotReverseReversal { entry }.into());
    }
    if let Some(event) = original.payout() {
        // The payout would not know.
        return Err(Rejection::EntryOfPayout { entry, payout: event.payout() }.into());
    }
    settled(desk, original)?;
    let so_far = desk.reversed(entry)?;
    if let Some(Reversed { by, whole: true, .. }) = so_far {
        return Err(Rejection::AlreadyReversed { by }.into());
    }
    for posting in reversible(original) {
        reachable(desk, posting.account)?;
    }
    let share = share(desk, given, original, so_far)?;
    texts::details(given.details.as_deref())?;
    parties::named(desk, original.client, given.details.as_deref())?;
    timely(desk, reversible(original).map(|posting| posting.account), given.effective_at, moment)?;
    let lines = inverse(desk, original, posted, share)?;
    let postings = postings(desk, &lines, Floors::unless(given.forced), moment)?;
    let posted = Posted {
        service: match given.service {
            Some(service) => Some((service, desk.service(service)?.version)),
            None => None,
        },
        effective_at: given.effective_at,
        forced: given.forced,
        reverses: Some(Reverses {
            original: entry,
            part: given.part.is_some().then_some(share.taken()),
            total: share.after,
            whole: share.after == share.principal,
        }),
        ..Posted::of(Operation::Reverse, EntryKind::Reversal, TransactionSource::Internal)
    };
    Ok(Draft::moved(posted, postings, moment))
}

/// The lines that a reversal takes back: those that moved money, but for what was retained as security, which is
/// released for itself.
fn reversible(original: &Entry) -> impl Iterator<Item = &Posting> + Clone {
    original.postings.iter().filter(|posting| posting.stage.is_settled() && posting.role != Role::Reserve)
}

/// Something must have moved, and nothing of it may still be clearing.
fn settled(desk: &Desk, original: &Entry) -> Result<(), Refusal> {
    if reversible(original).next().is_none() {
        return Err(Rejection::NotReversible { entry: original.sequence }.into());
    }
    if !original.postings.iter().any(|posting| posting.stage == Stage::Clearing) {
        return Ok(());
    }
    match desk.hold_of(original.sequence)? {
        Some(hold) if hold.is_open() => Err(Rejection::HoldOpen { hold: hold.id }.into()),
        _ => Ok(()),
    }
}

/// The service of a reversal is one of the original's client's.
fn usable_for(desk: &Desk, service: ServiceId, original: &Entry) -> Result<(), Refusal> {
    let record = usable(desk, service, Operation::Reverse)?;
    if original.client.is_some_and(|client| client != record.terms.client) {
        let account = original.postings.first().map(|posting| posting.account).unwrap_or_default();
        return Err(Rejection::ServiceClientMismatch { service, account }.into());
    }
    Ok(())
}

fn share(desk: &Desk, given: &Reverse, original: &Entry, so_far: Option<Reversed>) -> Result<Share, Refusal> {
    let principal_lines = || reversible(original).filter(|posting| posting.role == Role::Principal);
    let debits = principal_lines().filter(|posting| posting.side == Side::Debit);
    let principal = debits.clone().try_fold(Amount::ZERO, |sum, posting| sum.plus(posting.amount));
    // Legs are few but may be large: beyond the greatest amount, only a whole reversal can be counted.
    let principal = principal.unwrap_or(Amount::MAX);
    let before = so_far.map_or(Amount::ZERO, |so_far| so_far.total);
    let Some(part) = given.part else {
        return Ok(Share { principal, before, after: principal });
    };
    if principal_lines().count() > 2 {
        return Err(Rejection::PartialReversalOfPost { entry: original.sequence }.into());
    }
    let book = original.postings.first().map(|posting| posting.book).unwrap_or_default();
    let part = positive(part, desk.book(book)?.currency)?;
    let remainder = principal.minus(before).unwrap_or_default();
    match before.plus(part) {
        Some(after) if after <= principal => Ok(Share { principal, before, after }),
        _ => Err(Rejection::ReversalExceedsRemainder { given: part.signed(), remainder: remainder.signed() }.into()),
    }
}

/// The original's lines with their sides exchanged, in the original's order but for debits standing first in each pair.
fn inverse(desk: &Desk, original: &Entry, posted: &Posted, share: Share) -> Result<Vec<Line>, Refusal> {
    let refunds = match posted.service {
        // The version that it ran under decides, whatever the service says today.
        Some((service, version)) => desk.service_version(service, version)?.terms.refund_fee_on_reversal,
        None => true,
    };
    let mut lines = Vec::with_capacity(original.postings.len());
    // What the charge gives back is the sum of what its parts give back, so that the entry balances to the unit.
    let mut given_back = Amount::ZERO;
    let mut bearer = None;
    for posting in reversible(original) {
        match posting.role {
            Role::Principal | Role::Position if share.before.is_zero() && share.after == share.principal => {
                lines.push(inverted(posting, posting.amount));
            }
            Role::Principal | Role::Position => lines.push(inverted(posting, share.of(posting.amount))),
            // It gives back what its parts do: nothing, if they give nothing back.
            Role::Charge => bearer = Some(posting),
            Role::Fee | Role::Tax if refunds => {
                let amount = share.of(posting.amount);
                given_back = given_back.plus(amount).unwrap_or(given_back);
                lines.push(inverted(posting, amount));
            }
            Role::Fee | Role::Tax | Role::Reserve => {}
        }
    }
    if let Some(posting) = bearer {
        lines.push(inverted(posting, given_back));
    }
    lines.retain(|line| !line.amount.is_zero());
    let rank = |role| match role {
        Role::Principal => 0,
        Role::Position => 1,
        Role::Charge | Role::Fee | Role::Tax | Role::Reserve => 2,
    };
    lines.sort_by_key(|line| (rank(line.role), line.side));
    Ok(lines)
}

fn inverted(posting: &Posting, amount: Amount) -> Line {
    Line { account: posting.account, side: posting.side.opposite(), role: posting.role, stage: Stage::Posted, amount }
}

/// Whether a reversal asks for exactly what an entry records.
pub(super) fn repeats(desk: &Desk, given: &Reverse, posted: &Posted, postings: &[Posting]) -> Result<bool, Refusal> {
    let (Some(reverses), Some(_)) = (posted.reverses, postings.first()) else {
        return Ok(false);
    };
    // What was given back while it cleared is a capture's doing.
    if (posted.operation, reverses.original) != (Operation::Reverse, given.original) {
        return Ok(false);
    }
    // Of an exchange, the principal is what was given: in the original the source's line stands first.
    let Some(first) = desk.entry(given.original)?.postings.first() else { return Ok(false) };
    let currency = desk.book(first.book)?.currency;
    // A part that could never be is not the same as no part.
    let part = given.part.map(|part| positive(part, currency)).transpose();
    Ok(part == Ok(reverses.part)
        && posted.service.map(|(service, _)| service) == given.service
        && posted.forced == given.forced
        && posted.effective_at == given.effective_at
        && posted.details == given.details)
}
