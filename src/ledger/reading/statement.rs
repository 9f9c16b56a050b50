//! Statements: an account's lines between two moments, with the balances before and after.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::activity::ActivityLine;
use super::as_of::BalanceAt;
use super::balance::AccountView;
use super::lines::{Lines, Wanted};
use super::listing::{Cursor, CursorKind, ListOrder, Page};
use super::range::TimeRange;
use super::reader::Reader;
use super::trail::{Spot, Trail};
use super::zone::Zone;
use crate::ledger::error::Error;
use crate::ledger::sealing::Later;
use crate::ledger::view::View;
use crate::model::{AccountId, Balance, EntryKind, Posting, Sequence, Side, Timestamp};
use crate::money::Money;

/// Which of a line's two times counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// When the ledger learned it.
    #[default]
    Recorded,
    /// When it happened.
    Effective,
}

/// An account's lines between two moments, with the balances before and after.
///
/// Invariant: `opening` plus the values of all lines of the range is `closing`; on a credit-normal account that is
/// `opening` plus `credits` less `debits`. The four figures are those of the whole range even where `lines` has only
/// some of it: lines of some kinds, or the part up to `more`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Statement {
    /// The account, with what it holds at the view's sequence.
    pub account: AccountView,
    /// The last entry that the statement knows of.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// Which time counts.
    pub axis: Axis,
    /// The first instant of the range; `None` for the account's beginning.
    pub from: Option<Timestamp>,
    /// The first instant after the range; `None` for the view's end.
    pub to: Option<Timestamp>,
    /// The first and the last day, both included, if days were asked for.
    pub days: Option<(String, String)>,
    /// The time zone of the days, and of the times in the statement's text.
    pub zone: Zone,
    /// The balance before the range.
    pub opening: Money,
    /// The lines, in the order of their numbers.
    pub lines: Vec<ActivityLine>,
    /// The balance after the range.
    pub closing: Money,
    /// The sum of all debits of the range.
    pub debits: Money,
    /// The sum of all credits of the range.
    pub credits: Money,
    /// Whether lines of some kinds only were asked for.
    pub filtered: bool,
    /// Where the lines go on, if there are more than were asked for.
    pub more: Option<Cursor>,
}

/// Asks for a statement; made by [`View::statement`], answered by [`days`](Self::days), [`between`](Self::between) or
/// [`all`](Self::all).
#[derive(Clone, Debug)]
#[must_use]
pub struct StatementQuery<'a> {
    view: &'a View,
    account: AccountId,
    kinds: Vec<EntryKind>,
    axis: Axis,
    after: Option<Cursor>,
    limit: usize,
}

/// Statements.
impl View {
    /// Asks for a statement of an account.
    ///
    /// ```
    /// # use pacioli::{Ledger, NewBook, SystemAccount, Zone, money::Currency};
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let wallet = book.system(SystemAccount::Suspense);
    /// let zone = Zone::named("Africa/Nairobi")?;
    /// let statement = ledger.view()?.statement(wallet).days("2026-11-01", "2026-11-30", &zone)?;
    /// assert_eq!(statement.opening, statement.closing);
    /// println!("{statement}");
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn statement(&self, account: AccountId) -> StatementQuery<'_> {
        let (kinds, axis) = (Vec::new(), Axis::Recorded);
        StatementQuery { view: self, account, kinds, axis, after: None, limit: StatementQuery::LINES }
    }

    /// What an account held as of an instant by the times at which its lines happened: the sum of all lines effective
    /// at or before it. By the times at which they were recorded, ask [`Ledger::view_as_of`](crate::Ledger::view_as_of).
    ///
    /// Reads the lines that were recorded since a day before the instant. As of both times together, ask
    /// [`View::balance_as_of`].
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn balance_effective(&self, account: AccountId, at: Timestamp) -> Result<Money, Error> {
        self.balance_as_of(account, BalanceAt::effective(at))
    }
}

impl StatementQuery<'_> {
    /// How many lines a statement has at most if nothing else is said.
    pub const LINES: usize = 10_000;

    /// Shows lines of these kinds only, of every kind if there are none; the balances stay those of all lines.
    pub fn kinds(mut self, kinds: &[EntryKind]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    /// Counts lines by when they happened instead of when they were recorded. They still stand in the order of their
    /// numbers, and carry the balances of that order.
    ///
    /// Reads the lines that were recorded since a day before the range: any of them may have happened in it, and none
    /// before can. By the time of recording, no line outside the range is read.
    pub fn by_effective_time(mut self) -> Self {
        self.axis = Axis::Effective;
        self
    }

    /// Goes on with the lines after those of the statement that gave this cursor.
    pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.after = cursor.into();
        self
    }

    /// Shows at most so many lines, at least one; 10,000 if nothing is said.
    pub fn limit(mut self, lines: usize) -> Self {
        self.limit = lines.max(1);
        self
    }

    /// The statement from the first day to the last, both included, as days are in a time zone.
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::days`]; else as [`StatementQuery::all`].
    pub fn days(&self, from: &str, to: &str, zone: &Zone) -> Result<Statement, Error> {
        let range = zone.days(from, to)?;
        self.made(TimeRange::of(&range), Some((from.to_owned(), to.to_owned())), zone.clone())
    }

    /// The statement of a month, such as `2026-11`, as days are in a time zone.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let wallet = book.system(SystemAccount::FeeIncome);
    /// let nairobi = Zone::named("Africa/Nairobi")?;
    /// let statement = ledger.view()?.statement(wallet).month("2026-11", &nairobi)?;
    /// assert_eq!(statement, ledger.view()?.statement(wallet).days("2026-11-01", "2026-11-30", &nairobi)?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Calendar`] as [`Zone::month`]; else as [`StatementQuery::all`].
    pub fn month(&self, month: &str, zone: &Zone) -> Result<Statement, Error> {
        let (first, last) = Zone::days_of_month(month)?;
        self.days(&first, &last, zone)
    }

    /// The statement from an instant, included, to another, excluded.
    ///
    /// # Errors
    /// [`Error::Calendar`] when `from` is after `to`; else as [`StatementQuery::all`].
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Result<Statement, Error> {
        if from > to {
            return Err(Error::Calendar { what: "range of instants" });
        }
        self.made(TimeRange::of(&(from..to)), None, Zone::utc())
    }

    /// The statement of everything.
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account; [`Error::InvalidCursor`]
    /// when the cursor is of another list.
    pub fn all(&self) -> Result<Statement, Error> {
        self.made(TimeRange::default(), None, Zone::utc())
    }

    fn made(&self, range: TimeRange, days: Option<(String, String)>, zone: Zone) -> Result<Statement, Error> {
        let mut reader = self.view.reader();
        let (trail, standing) = reader.trail(self.account)?;
        let record = reader.account(self.account)?;
        let account = reader.shown(&record, standing)?;
        let part = match self.axis {
            Axis::Recorded => self.recorded(&mut reader, &trail, range)?,
            Axis::Effective => self.effective(&mut reader, &trail, range)?,
        };
        let (currency, normal) = (record.currency, record.normal_side);
        let cursor = |spot: &Spot| Cursor::new(CursorKind::Activities, self.account.0, spot.position());
        let page = Page::cut(part.spots, self.limit, cursor).try_map(|spot| reader.line(&spot))?;
        let closing = match normal {
            Side::Debit => part.opening + part.debits - part.credits,
            Side::Credit => part.opening + part.credits - part.debits,
        };
        Ok(Statement {
            account,
            at: self.view.sequence(),
            recorded_at: self.view.recorded_at(),
            axis: self.axis,
            from: range.from,
            to: range.to,
            days,
            zone,
            opening: currency.minor(part.opening)?,
            lines: page.items,
            closing: currency.minor(closing)?,
            debits: currency.minor(part.debits)?,
            credits: currency.minor(part.credits)?,
            filtered: !self.kinds.is_empty(),
            more: page.next,
        })
    }

    fn cursor(&self) -> Result<Option<(u64, u64)>, Error> {
        self.after.map(|cursor| cursor.place(CursorKind::Activities, self.account.0)).transpose()
    }

    /// The lines stand together, so the figures are the differences of totals at both ends.
    fn recorded(&self, reader: &mut Reader<'_>, trail: &Trail, range: TimeRange) -> Result<Part, Error> {
        let wanted = Wanted { kinds: self.kinds.clone(), recorded: range, effective: TimeRange::default() };
        let (after, last) = wanted.entries(reader)?;
        let before = trail.up_to(reader, after)?;
        let end = trail.up_to(reader, last.max(after))?;
        let count = self.limit.saturating_add(1);
        let mut lines = Lines::new(reader, &[*trail], &wanted, ListOrder::OldestFirst, self.cursor()?, count)?;
        let spots = lines.take(reader, count)?;
        let totals = |spot: Option<&Spot>| {
            spot.map_or(Ok(Balance::default()), |spot| spot.posting().map(|posting| posting.after))
        };
        let (first, second) = (totals(before.as_ref())?, totals(end.as_ref())?);
        Ok(Part {
            // Before the first posting every balance is zero.
            opening: before
                .as_ref()
                .map_or(Ok(0), |spot| spot.posting().map(|posting| first.posted(posting.normal)))?,
            debits: second.debits_posted.signed() - first.debits_posted.signed(),
            credits: second.credits_posted.signed() - first.credits_posted.signed(),
            spots,
        })
    }

    /// The lines stand anywhere, so all are looked at from the last back, as far as any can be of the range or after.
    fn effective(&self, reader: &mut Reader<'_>, trail: &Trail, range: TimeRange) -> Result<Part, Error> {
        let wanted = Wanted { kinds: self.kinds.clone(), ..Wanted::default() };
        let (cursor, count) = (self.cursor()?.unwrap_or_default(), self.limit.saturating_add(1));
        let (mut opening, mut debits, mut credits) = (0, 0, 0);
        let mut spots = VecDeque::new();
        let mut next = trail.latest(reader)?;
        let began = range.from.map(|from| Later::new(from.plus_ns(-1)));
        while let Some(spot) = next {
            let (posting, at): (&Posting, _) = (spot.posting()?, spot.entry.effective_at());
            if began.as_ref().is_some_and(|began| !began.reaches(spot.entry.recorded_at)) {
                // This line and all before it happened before the range.
                opening += posting.after.posted(posting.normal);
                break;
            }
            // Cannot overflow: fewer than 2^31 lines of less than 2^96.
            if range.holds(at) {
                match posting.side {
                    // What is reserved or given up moves nothing.
                    _ if !posting.stage.is_settled() => {}
                    Side::Debit => debits += posting.amount.signed(),
                    Side::Credit => credits += posting.amount.signed(),
                }
            } else if range.from.is_some_and(|from| at < from) {
                opening += posting.value();
            }
            next = spot.previous(reader)?;
            if range.holds(at) && wanted.holds_kind(&spot) && spot.position() > cursor {
                spots.push_front(spot);
                spots.truncate(count);
            }
        }
        Ok(Part { opening, debits, credits, spots: spots.into() })
    }
}

/// A range of lines in figures, and the lines to be shown, with one more if there is one.
struct Part {
    opening: i128,
    debits: i128,
    credits: i128,
    spots: Vec<Spot>,
}
