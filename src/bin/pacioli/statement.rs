//! `statement`: an account's lines, with the balances before and after.

use std::fmt;

use pacioli::{Cursor, EntryKind, Statement, StatementQuery};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, AccountName, Days, Seen};

/// Shows an account's lines, with the balances before and after.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --from the statement begins on the day when the account was opened, without --to it ends on the day of the
ledger's last entry. The balances are those of all lines, even where lines of some kinds only are shown.

Examples:
  pacioli statement shop.redb 10000007
  pacioli statement shop.redb 10000007 --from 2026-11-01 --to 2026-11-30 --zone Africa/Nairobi
  pacioli statement shop.redb 7 --kind sale refund --zone +03:00 --json
  pacioli statement shop.redb 7 --as-of 2026-11-15T12:00:00Z")]
pub(crate) struct StatementOf {
    #[command(flatten)]
    seen: Seen,
    /// The account's number of eight digits, or its identifier.
    #[arg(value_name = "ACCOUNT")]
    account: AccountName,
    #[command(flatten)]
    days: Days,
    /// Lines of these kinds only: sale, payout, charge, deposit, transfer, ….
    #[arg(long, value_name = "KIND", num_args = 1.., value_parser = input::kind)]
    kind: Vec<EntryKind>,
    /// How many lines at most.
    #[arg(long, value_name = "N", default_value_t = StatementQuery::LINES as u64,
          value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Go on where an earlier statement stopped.
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
}

/// A statement, and how to see the rest of it.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Shown(Statement);

impl StatementOf {
    pub(crate) fn run(&self) -> Result<Shown, Failure> {
        let view = self.seen.view()?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let query = view.statement(self.account.0).kinds(&self.kind).limit(limit).after(self.after);
        let (from, to) = self.days.of_account(&view, self.account.0)?;
        Ok(Shown(query.days(&from, &to, &self.days.zone)?))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        if let Some(more) = &self.0.more {
            writeln!(f, "Go on with --after {more}")?;
        }
        Ok(())
    }
}
