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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AccountId, Balance, EntryKind, Few, Mode, NewBook, Operation, PeriodClosed, Posted, Postings, Role,
        SealedTrialBalance, Stage, TransactionSource,
    };
    use crate::money::{Amount, Currency};

    const DAY_NS: i64 = 86_400_000_000_000;

    fn entry(sequence: u64, recorded_at: i64, event: Event, postings: Postings) -> Entry {
        let (sequence, recorded_at) = (Sequence(sequence), Timestamp(recorded_at));
        Entry { sequence, recorded_at, actor: None, client: None, key: None, event, postings }
    }

    fn opened(sequence: u64, mode: Mode) -> Entry {
        let name = format!("book-{sequence}");
        let given = match mode {
            Mode::Live => NewBook::live(name, Currency::KES),
            Mode::Test => NewBook::test(name, Currency::KES),
        };
        let (book, system_first) = (BookId(sequence), AccountId(6 * sequence - 5));
        let event = Event::BookOpened { given: Box::new(given), book, system_first };
        entry(sequence, i64::try_from(sequence).unwrap(), event, Postings::default())
    }

    fn closed(recorded_at: i64, through: i64, after: Option<i64>) -> Entry {
        let (through, after) = (Timestamp(through), after.map(Timestamp));
        let sealed = SealedTrialBalance::default();
        let event = Event::PeriodClosed(Box::new(PeriodClosed { book: BookId(1), through, after, sealed }));
        entry(3, recorded_at, event, Postings::default())
    }

    /// Ten units from the third to the sixth account of a book, or of two books.
    fn moved(sequence: u64, recorded_at: i64, effective_at: Option<i64>, books: &[u64]) -> Entry {
        let amount = Amount::minor(10).unwrap();
        let line = |book: u64, side: Side| {
            let (place, normal) = if side == Side::Debit { (2, Side::Credit) } else { (5, Side::Credit) };
            let zero = Balance::default();
            Posting {
                account: AccountId(6 * book - 5 + place),
                book: BookId(book),
                side,
                normal,
                role: Role::Principal,
                stage: Stage::Posted,
                amount,
                after: zero.with(Stage::Posted, side, amount).unwrap(),
                number: 1,
                previous: Sequence::ZERO,
                skips: Few::NONE,
            }
        };
        let postings = books.iter().flat_map(|book| [line(*book, Side::Debit), line(*book, Side::Credit)]).collect();
        let posted = Posted {
            effective_at: effective_at.map(Timestamp),
            forced: true,
            ..Posted::of(Operation::Post, EntryKind::Adjustment, TransactionSource::Internal)
        };
        entry(sequence, recorded_at, Event::Posted(posted), postings)
    }

    /// What is wrong with the last of these entries, after two books were opened, one live and one for tests.
    fn told(entries: &[Entry]) -> Option<&'static str> {
        let mut replay = Replay::default();
        for opened in [opened(1, Mode::Live), opened(2, Mode::Test)] {
            replay.follow(&opened).unwrap();
        }
        let (last, before) = entries.split_last().unwrap();
        for entry in before {
            replay.follow(entry).unwrap();
        }
        replay.follow(last).err().map(|discrepancy| discrepancy.what)
    }

    #[test]
    fn movements_happen_in_time_and_in_one_mode() {
        assert_eq!(told(&[moved(3, 100, None, &[1])]), None);
        assert_eq!(told(&[moved(3, 100, Some(100 + DAY_NS), &[2])]), None);
        let late = "it is effective too long after it was recorded";
        assert_eq!(told(&[moved(3, 100, Some(101 + DAY_NS), &[1])]), Some(late));
        assert_eq!(told(&[moved(3, 100, None, &[1, 2])]), Some("it moves live and test money"));
    }

    #[test]
    fn entries_follow_one_another_in_place_and_time() {
        assert_eq!(told(&[moved(4, 100, None, &[1])]), Some("the sequence has a gap"));
        assert_eq!(told(&[moved(2, 100, None, &[1])]), Some("the sequence has a gap"));
        // The second book was opened at 2.
        assert_eq!(told(&[moved(3, 3, None, &[1])]), None);
        assert_eq!(told(&[moved(3, 2, None, &[1])]), Some("it is not recorded later than the entry before"));
    }

    #[test]
    fn debits_equal_credits_though_every_total_is_right() {
        let mut unequal = moved(3, 100, None, &[1]);
        let lines: Vec<Posting> = unequal.postings.iter().cloned().collect();
        let eleven = Amount::minor(11).unwrap();
        let after = |line: &Posting| Balance::default().with(Stage::Posted, line.side, eleven).unwrap();
        unequal.postings = lines
            .into_iter()
            .map(|line| match line.side {
                Side::Debit => line,
                Side::Credit => Posting { amount: eleven, after: after(&line), ..line },
            })
            .collect();
        assert_eq!(told(&[unequal]), Some("debits do not equal credits"));
    }

    #[test]
    fn nothing_happens_in_a_closed_period() {
        let after_closing = |effective_at, book| told(&[closed(100, 50, None), moved(4, 200, effective_at, &[book])]);
        assert_eq!(after_closing(Some(51), 1), None);
        assert_eq!(after_closing(None, 1), None);
        assert_eq!(after_closing(Some(50), 2), None);
        assert_eq!(after_closing(Some(50), 1), Some("it is effective in a closed period"));
    }

    #[test]
    fn periods_follow_one_another_and_are_over() {
        assert_eq!(told(&[closed(100, 100, None)]), None);
        assert_eq!(told(&[closed(100, 101, None)]), Some("the period was closed before it was over"));
        assert_eq!(told(&[closed(100, 50, Some(40))]), Some("the period does not follow the one before"));
        let again = |through, after| {
            told(&[closed(100, 50, None), Entry { sequence: Sequence(4), ..closed(200, through, after) }])
        };
        assert_eq!(again(51, Some(50)), None);
        assert_eq!(again(50, Some(50)), Some("the period does not follow the one before"));
        assert_eq!(again(51, None), Some("the period does not follow the one before"));
        let mut unequal = closed(100, 50, None);
        if let Event::PeriodClosed(closed) = &mut unequal.event {
            closed.sealed.debits = Amount::minor(1).unwrap();
        }
        assert_eq!(told(&[unequal]), Some("the sealed debits do not equal the sealed credits"));
    }

    #[test]
    fn every_figure_of_a_line_is_judged_and_the_line_named() {
        let found = |forge: &dyn Fn(&mut Entry)| {
            let mut forged = moved(3, 100, None, &[1]);
            forge(&mut forged);
            let mut replay = Replay::default();
            for opened in [opened(1, Mode::Live), opened(2, Mode::Test)] {
                replay.follow(&opened).unwrap();
            }
            replay.follow(&forged).err().map(|found| (found.entry.0, found.leg, found.what))
        };
        let changed = |line: usize, change: &dyn Fn(&mut Posting)| {
            found(&|entry| {
                let mut postings = entry.postings.to_vec();
                change(&mut postings[line]);
                entry.postings = postings.into_iter().collect();
            })
        };
        assert_eq!(found(&|_| ()), None);
        let unequal = Some((3, 0, "debits do not equal credits"));
        assert_eq!(changed(0, &|line| line.amount = Amount::minor(11).unwrap()), unequal);
        assert_eq!(changed(1, &|line| line.side = Side::Debit), unequal);
        assert_eq!(changed(1, &|line| line.book = BookId(2)), unequal);
        let nowhere = "the account does not exist";
        assert_eq!(changed(0, &|line| line.account = AccountId(13)), Some((3, 1, nowhere)));
        assert_eq!(changed(1, &|line| line.account = AccountId(13)), Some((3, 2, nowhere)));
        let other = "the book or normal side is not the account's";
        assert_eq!(changed(0, &|line| line.account = AccountId(7)), Some((3, 1, other)));
        assert_eq!(changed(1, &|line| line.normal = Side::Debit), Some((3, 2, other)));
        let totals = "the totals after are not the totals before and the amount";
        assert_eq!(changed(0, &|line| line.after = Balance::default()), Some((3, 1, totals)));
        assert_eq!(changed(1, &|line| line.after = Balance::default()), Some((3, 2, totals)));
        let number = "the activity number is not the next";
        assert_eq!(changed(1, &|line| line.number = 2), Some((3, 2, number)));
        let link = "the link to the posting before leads elsewhere";
        assert_eq!(changed(1, &|line| line.previous = Sequence(1)), Some((3, 2, link)));
        let skips = changed(1, &|line| line.skips = std::iter::once(Sequence(1)).collect());
        assert_eq!(skips, Some((3, 2, "the skips lead elsewhere")));
        let zero = found(&|entry| {
            let nothing = |line: &Posting| Posting { amount: Amount::ZERO, ..line.clone() };
            entry.postings = entry.postings.iter().map(nothing).collect();
        });
        assert_eq!(zero, Some((3, 1, "the amount is zero")));
    }

    #[test]
    fn movements_and_nothing_else_have_lines() {
        let lines = Some("a movement without lines, or lines without a movement");
        let moved = moved(3, 100, None, &[1]);
        assert_eq!(told(&[Entry { postings: Postings::default(), ..moved.clone() }]), lines);
        assert_eq!(told(&[Entry { event: opened(3, Mode::Live).event, ..moved }]), lines);
    }
}
