//! The closed periods of a book, with what was sealed at the end of each.

use std::ops::Deref;

use serde::Serialize;

use super::reader::Reader;
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{BookId, Entry, Event, PeriodClosed, Sequence, Timestamp};
use crate::rules::{Place, Record};

/// A closed period of a book; a [`PeriodClosed`] otherwise.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let through = ledger.view()?.recorded_at();
/// let period = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?;
/// assert_eq!((period.through, period.after), (through, None)); // as of a `PeriodClosed`
/// assert_eq!(period.sealed.debits, book.amount("100")?);
/// assert_eq!(period.closed_in, ledger.view()?.sequence());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClosedPeriod {
    /// The period, and what was sealed.
    #[serde(flatten)]
    pub period: PeriodClosed,
    /// The entry that closed it.
    pub closed_in: Sequence,
    /// When that was recorded.
    pub closed_at: Timestamp,
}

impl Deref for ClosedPeriod {
    type Target = PeriodClosed;

    fn deref(&self) -> &PeriodClosed {
        &self.period
    }
}

impl ClosedPeriod {
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        let Event::PeriodClosed(period) = &entry.event else { return None };
        Some(Self { period: (**period).clone(), closed_in: entry.sequence, closed_at: entry.recorded_at })
    }
}

/// Closed periods.
impl View {
    /// The closed periods of a book, the earliest first.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let through = ledger.view()?.recorded_at();
    /// ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?;
    /// let ends: Vec<_> = ledger.view()?.periods(book.id)?.iter().map(|period| period.through).collect();
    /// assert_eq!(ends, [through]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book.
    pub fn periods(&self, book: BookId) -> Result<Vec<ClosedPeriod>, Error> {
        let mut reader = self.reader();
        let closings = reader.closings(book)?;
        closings.into_iter().filter_map(|(_, entry)| reader.period(entry).transpose()).collect()
    }

    /// What was sealed when a book was closed through this very instant; `None` if no period ends then.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let through = ledger.view()?.recorded_at();
    /// let closed = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?;
    /// // The figures of that end, whatever was posted since.
    /// ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1"))?;
    /// assert_eq!(ledger.view()?.sealed(book.id, through)?, Some(closed));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book.
    pub fn sealed(&self, book: BookId, through: Timestamp) -> Result<Option<ClosedPeriod>, Error> {
        let mut reader = self.reader();
        let closing = reader.closings(book)?.into_iter().find(|(end, _)| *end == through);
        closing.map_or(Ok(None), |(_, entry)| reader.period(entry))
    }
}

impl Reader<'_> {
    /// The ends of a book's closed periods, and the entries that closed them: each made a version of the book.
    fn closings(&mut self, book: BookId) -> Result<Vec<(Timestamp, Sequence)>, Error> {
        self.book(book)?;
        let at = self.at;
        let versions = load::versions(self.snapshot()?, &Place::Book(book), at)?;
        let mut closings: Vec<(Timestamp, Sequence)> = Vec::new();
        for (entry, record) in versions {
            if let Record::Book(version) = record
                && let Some(through) = version.closed_through
                && closings.last().is_none_or(|(last, _)| *last < through)
            {
                closings.push((through, entry));
            }
        }
        Ok(closings)
    }

    fn period(&mut self, closing: Sequence) -> Result<Option<ClosedPeriod>, Error> {
        Ok(ClosedPeriod::of(&*self.entry(closing)?))
    }
}
