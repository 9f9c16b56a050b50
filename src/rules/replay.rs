//! Replaying: folding the journal into an empty desk, and proving every figure on the way by sums of its own.

use std::collections::BTreeMap;

use super::apply::apply;
use super::desk::{Desk, Place, Record, Row};
use super::periods::EFFECTIVE_SKEW_NS;
use super::{monitors, velocity};
use crate::model::{BookId, Entry, Event, Posting, Sequence, Side, Timestamp};

/// What an entry says that the entries before it do not bear out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Discrepancy {
    pub entry: Sequence,
    /// The line, counted from 1; 0 when it is the entry itself.
    pub leg: usize,
    pub what: &'static str,
}

/// A ledger rebuilt from its journal alone.
///
/// `decide` wrote each total into its entry and `apply` copies it; this adds the amounts up again, so the two are
/// independent proofs of each other.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub desk: Desk,
    last: Sequence,
    last_at: Option<Timestamp>,
}

impl Replay {
    /// Follows the next entry; returns the places whose records it changed.
    pub(crate) fn follow(&mut self, entry: &Entry) -> Result<Vec<Place>, Discrepancy> {
        let wrong = |leg, what| Discrepancy { entry: entry.sequence, leg, what };
        if entry.sequence != self.last.next() {
            return Err(wrong(0, "the sequence has a gap"));
        }
        if self.last_at.is_some_and(|last| entry.recorded_at <= last) {
            return Err(wrong(0, "it is not recorded later than the entry before"));
        }
        if entry.posted().is_none() != entry.postings.is_empty() {
            return Err(wrong(0, "a movement without lines, or lines without a movement"));
        }
        balanced(&entry.postings).map_err(|what| wrong(0, what))?;
        self.timely(entry).map_err(|what| wrong(0, what))?;
        let mut running: BTreeMap<u64, Row> = BTreeMap::new();
        for (at, posting) in entry.postings.iter().enumerate() {
            let known = running.get(&posting.account.0).or_else(|| self.desk.resident_row(posting.account));
            let Some(row) = known else {
                return Err(wrong(at + 1, "the account does not exist"));
            };
            let mut row = row.clone();
            line(&row, posting).map_err(|what| wrong(at + 1, what))?;
            row.tally.take(posting, entry.sequence, entry.recorded_at);
            running.insert(posting.account.0, row);
        }
        if let Some(posted) = entry.posted() {
            if !velocity::is_within_limits(&self.desk, entry, posted) {
                return Err(wrong(0, "it passes a limit over time"));
            }
            if monitors::crossings(&self.desk, &entry.postings).ok().as_ref() != Some(&posted.crossed) {
                return Err(wrong(0, "the thresholds crossed are not those of its totals"));
            }
        }
        apply(&mut self.desk, entry);
        self.last = entry.sequence;
        self.last_at = Some(entry.recorded_at);
        // Nothing here is ever written back.
        drop(self.desk.take_dirty());
        Ok(self.desk.take_touched())
    }
}

impl Replay {
    /// It happens neither too far in the future nor in a closed period, and in books of one mode; a period is closed
    /// when it is over, after the one before.
    fn timely(&self, entry: &Entry) -> Result<(), &'static str> {
        let effective_at = entry.effective_at();
        if effective_at > entry.recorded_at.plus_ns(EFFECTIVE_SKEW_NS) {
            return Err("it is effective too long after it was recorded");
        }
        let book = |book| match self.desk.record(&Place::Book(book)) {
            Some(Record::Book(record)) => Some(&**record),
            _ => None,
        };
        let mut mode = None;
        for of in entry.postings.iter().filter_map(|posting| book(posting.book)) {
            if of.closed_through.is_some_and(|through| effective_at <= through) {
                return Err("it is effective in a closed period");
            }
            if *mode.get_or_insert(of.mode) != of.mode {
                return Err("it moves live and test money");
            }
        }
        let Event::PeriodClosed(closed) = &entry.event else { return Ok(()) };
        let before = book(closed.book).ok_or("the book does not exist")?.closed_through;
        if closed.after != before || before.is_some_and(|before| closed.through <= before) {
            return Err("the period does not follow the one before");
        }
        if closed.through > entry.recorded_at {
            return Err("the period was closed before it was over");
        }
        if closed.sealed.debits != closed.sealed.credits {
            return Err("the sealed debits do not equal the sealed credits");
        }
        Ok(())
    }
}

/// In each book, what is settled balances, and what is reserved or given up balances for itself.
fn balanced(postings: &[Posting]) -> Result<(), &'static str> {
    let mut sums: BTreeMap<BookId, (i128, i128)> = BTreeMap::new();
    for posting in postings {
        let (settled, reserved) = sums.entry(posting.book).or_default();
        let on = |side: Side| match side {
            Side::Debit => posting.amount.signed(),
            Side::Credit => -posting.amount.signed(),
        };
        if posting.stage.is_settled() {
            *settled = settled.checked_add(on(posting.side)).ok_or("the sums overflow")?;
        }
        if let Some((side, grows)) = posting.stage.reserves(posting.side) {
            let change = if grows { on(side) } else { -on(side) };
            *reserved = reserved.checked_add(change).ok_or("the sums overflow")?;
        }
    }
    if sums.values().all(|sums| *sums == (0, 0)) { Ok(()) } else { Err("debits do not equal credits") }
}

fn line(row: &Row, posting: &Posting) -> Result<(), &'static str> {
    let tally = &row.tally;
    if posting.amount.is_zero() {
        return Err("the amount is zero");
    }
    if (posting.book, posting.normal) != (row.terms.book, row.terms.normal) {
        return Err("the book or normal side is not the account's");
    }
    if tally.balance.with(posting.stage, posting.side, posting.amount) != Some(posting.after) {
        return Err("the totals after are not the totals before and the amount");
    }
    if posting.number != tally.number.saturating_add(1) {
        return Err("the activity number is not the next");
    }
    if posting.previous != tally.last {
        return Err("the link to the posting before leads elsewhere");
    }
    if posting.skips != tally.skips(posting.number) {
        return Err("the skips lead elsewhere");
    }
    Ok(())
}
