//! `chart`: what the accounts of a book hold, rolled up by path.

use std::fmt;

use pacioli::Rollup;
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Seen;

/// Shows what the accounts of a book hold, rolled up by path.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pacioli chart shop.redb --book shop.kes
  pacioli chart shop.redb --book shop.kes --path assets:bank --json")]
pub(crate) struct Chart {
    #[command(flatten)]
    seen: Seen,
    /// The book.
    #[arg(long, value_name = "NAME")]
    book: String,
    /// This path and all below it only.
    #[arg(long, value_name = "PATH", default_value = "")]
    path: String,
}

/// A book's chart, or part of it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Charted(Rollup);

impl Chart {
    pub(crate) fn run(&self) -> Result<Charted, Failure> {
        let view = self.seen.view()?;
        let book = view.book_named(&self.book)?.ok_or_else(|| Failure::NoBook(self.book.clone()))?;
        Ok(Charted(view.rollup(book.id, &self.path)?))
    }
}

impl fmt::Display for Charted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
