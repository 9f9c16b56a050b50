//! `holds`: what is reserved, clearing or retained, and when time settles it.

use std::fmt;

use pacioli::{Cursor, HoldView, Sequence, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{AccountName, Seen};
use crate::listed::Part;
use crate::output::{Align, Table, word};

/// Lists open holds, clearing credits and reserves, in the order in which time settles them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What time does not settle comes last. What payouts hold is shown by `payouts`.

Examples:
  pacioli holds shop.redb
  pacioli holds shop.redb --account 10000007
  pacioli holds shop.redb --as-of 2026-10-31 --json")]
pub(crate) struct Holds {
    #[command(flatten)]
    seen: Seen,
    /// The holds and clearing credits of this account only, the latest first.
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["limit", "after"])]
    account: Option<AccountName>,
    #[command(flatten)]
    part: Part,
}

/// What is open at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct HoldList {
    /// The last entry that they know of.
    at: Sequence,
    holds: Vec<HoldView>,
    /// Where the list goes on.
    next: Option<Cursor>,
}

impl Holds {
    pub(crate) fn run(&self) -> Result<HoldList, Failure> {
        let view = self.seen.view()?;
        let (holds, next) = match self.account {
            Some(AccountName(account)) => (view.holds(account)?, None),
            None => self.part.read(|listing| view.open_holds(listing))?,
        };
        Ok(HoldList { at: view.sequence(), holds, next })
    }
}

impl fmt::Display for HoldList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = Zone::default();
        let left = |head| (head, Align::Left);
        let mut table = Table::new([
            ("Hold", Align::Right),
            left("What"),
            left("Of"),
            left("Client"),
            left("Accounts"),
            ("Held", Align::Right),
            ("Left", Align::Right),
            left(""),
            left("Placed"),
            left("Due"),
        ]);
        for hold in &self.holds {
            let mut accounts = hold.lines.iter().map(|(account, ..)| account.number().to_string()).collect::<Vec<_>>();
            accounts.dedup();
            table.row([
                hold.id.to_string(),
                word(&hold.kind),
                hold.of.1.to_string(),
                hold.client.map(|client| client.to_string()).unwrap_or_default(),
                accounts.join(" "),
                hold.amount.text(),
                hold.left.text(),
                hold.amount.currency().to_string(),
                zone.time_of(hold.placed_at),
                hold.due_at.map(|due| zone.time_of(due)).unwrap_or_default(),
            ]);
        }
        write!(f, "{table}")?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more holds; go on with --after {next}")?;
        }
        Ok(())
    }
}
