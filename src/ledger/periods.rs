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

#[cfg(test)]
mod tests {

    use super::*;
    use crate::model::{NewBook, SealedTrialBalance};
    use crate::money::Currency;

    #[test]
    fn verify_finds_a_seal_that_the_journal_does_not_bear_out() {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap().id;
        let through = ledger.view().unwrap().recorded_at();
        // As if it had been made wrongly, and sealed with all the digests of the journal.
        let wrong = SealedTrialBalance { accounts: 6, ..SealedTrialBalance::default() };
        ledger.shared.core().unwrap().desk.lay_sealed(book, through, Some(wrong));
        let closed = ledger.close_period(ClosePeriod::new(book, through, "close-1")).unwrap();
        let verification = ledger.verify_all().unwrap();
        let finding = verification.finding.unwrap();
        assert_eq!(finding.entry, Some(closed.closed_in));
        assert_eq!(finding.what, "the sealed trial balance is not what the journal says");
    }

    #[test]
    fn a_period_whose_sums_pass_the_greatest_amount_is_refused() {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap().id;
        let through = ledger.view().unwrap().recorded_at();
        ledger.shared.core().unwrap().desk.lay_sealed(book, through, None);
        let refused = ledger.close_period(ClosePeriod::new(book, through, "close-1"));
        assert!(matches!(refused, Err(Error::Rejected(Rejection::AmountTooLarge))));
        ledger.close_period(ClosePeriod::new(book, through, "close-1")).unwrap();
    }
}
