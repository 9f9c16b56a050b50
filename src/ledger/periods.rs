//! Closing periods of books.

use super::{ClosedPeriod, Error, Ledger};
use crate::model::ClosePeriod;
use crate::rules::Rejection;

impl Ledger {
    /// Closes a book's period for good, and seals what stood in the book at its end.
    ///
    /// From then on no movement, reversal, exchange or settlement can be effective in the book at or before the period's
    /// end. What is not given a time of its own is effective when it is recorded, so it is not concerned. Corrections are
    /// entries of the open period.
    ///
    /// Commands wait meanwhile: every account of the book is looked at, every row of the ledger, and the entries recorded
    /// since a day before the period's end. Close soon after a period is over.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::ClosePeriod;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let through = ledger.view()?.recorded_at();
    /// let period = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?;
    /// assert_eq!(period.sealed.debits, period.sealed.credits);
    /// assert_eq!(ledger.view()?.book(book.id)?.closed_through, Some(through));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn close_period(&self, given: ClosePeriod) -> Result<ClosedPeriod, Error> {
        let receipt = self.execute(given)?;
        let closed = ClosedPeriod::of(receipt.entry());
        // A closing's entry is nothing else.
        closed.ok_or(Rejection::EntryNotFound { entry: receipt.sequence() }.into())
    }
}
