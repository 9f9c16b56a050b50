//! Whether the books balance, and the ledger is what its journal says.

use crate::ledger::{Error, Finding, Ledger, TrialBalance, Verification};
use crate::money::Money;

/// Why books do not balance.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Imbalance {
    /// The sums of a book's accounts do not cancel out.
    #[error("book {book} does not balance: debits {debits}, credits {credits}, off by {difference}")]
    Book {
        /// The book's name.
        book: String,
        /// What stands on the debit side.
        debits: Money,
        /// What stands on the credit side.
        credits: Money,
        /// The debits less the credits.
        difference: Money,
    },
    /// The ledger is not what its journal says.
    #[error("the ledger is not sound: {0}")]
    Unsound(Finding),
    /// The ledger could not be read.
    #[error("the ledger could not be read: {0}")]
    Unread(#[from] Error),
}

/// Whether every book balances, and [`Ledger::verify`] finds nothing. Reads the whole journal.
///
/// # Errors
/// [`Imbalance`]: the first book that does not balance, or what verifying found.
pub fn balanced(ledger: &Ledger) -> Result<(), Imbalance> {
    let view = ledger.view()?;
    let books = view.books()?.iter().map(|book| view.trial_balance(book.id)).collect::<Result<Vec<_>, _>>()?;
    judged(&books, &ledger.verify_all()?)
}

/// What [`balanced`] says of trial balances and of what verifying came to.
///
/// # Errors
/// As [`balanced`].
pub fn judged(books: &[TrialBalance], verification: &Verification) -> Result<(), Imbalance> {
    if let Some(book) = books.iter().find(|book| !book.is_balanced()) {
        let (debits, credits, difference) = (book.debits, book.credits, book.difference);
        return Err(Imbalance::Book { book: book.name.clone(), debits, credits, difference });
    }
    verification.finding.clone().map_or(Ok(()), |finding| Err(Imbalance::Unsound(finding)))
}

/// Panics unless every book of a ledger balances and verifying finds nothing; the message names the book and by how much.
///
/// ```
/// use pacioli::testing::TestLedger;
/// use pacioli::{NewBook, assert_balanced, money::Currency};
///
/// let ledger = TestLedger::new()?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// assert_balanced!(ledger);
/// # Ok::<(), pacioli::Error>(())
/// ```
#[macro_export]
macro_rules! assert_balanced {
    ($ledger:expr $(,)?) => {
        if let ::std::result::Result::Err(imbalance) = $crate::testing::balanced(&$ledger) {
            ::std::panic!("{imbalance}");
        }
    };
}
