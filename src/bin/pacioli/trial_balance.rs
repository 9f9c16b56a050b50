//! `trial-balance`: all totals by side; debits equal credits.

use std::fmt;

use pacioli::{BookId, Sequence, TrialBalance};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Seen;

/// Shows all totals of each book by side: debits equal credits.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The exit code is 1 when a book does not balance.

Examples:
  pacioli trial-balance shop.redb
  pacioli trial-balance shop.redb --book shop.kes --json
  pacioli trial-balance shop.redb --as-of 2026-10-31")]
pub(crate) struct TrialBalances {
    #[command(flatten)]
    seen: Seen,
    /// This book only.
    #[arg(long, value_name = "NAME")]
    book: Option<String>,
}

/// The trial balances of books, at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct Books {
    /// The last entry that they know of.
    at: Sequence,
    balanced: bool,
    books: Vec<TrialBalance>,
}

impl TrialBalances {
    pub(crate) fn run(&self) -> Result<Books, Failure> {
        let view = self.seen.view()?;
        let wanted: Vec<BookId> = match &self.book {
            Some(name) => vec![view.book_named(name)?.ok_or_else(|| Failure::NoBook(name.clone()))?.id],
            None => view.books()?.into_iter().map(|book| book.id).collect(),
        };
        let books = wanted.into_iter().map(|book| view.trial_balance(book)).collect::<Result<Vec<_>, _>>()?;
        let balanced = books.iter().all(TrialBalance::is_balanced);
        Ok(Books { at: view.sequence(), balanced, books })
    }
}

impl Books {
    /// The complaint, if a book does not balance.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        match self.books.iter().find(|book| !book.is_balanced()) {
            Some(book) => Err(Failure::Found(format!("book {} does not balance: {}", book.name, book.difference))),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, book) in self.books.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{book}")?;
        }
        Ok(())
    }
}
