//! `demo`: a ledger of a small town, for trying out everything that the inspector shows.
//!
//! A marketplace, a school, an employer and people with wallets do business for a month, in shillings, dollars and
//! Ugandan shillings. Everything follows from the arguments: the same ones give the same journal, digest by digest.
//! Files in reading order: `stage` (clock, chance and the carrying out), `town` (who and what there is), `deed` and `agenda` (what
//! happens when), `people`, `market`, `school`, `payroll`, `office` (what each does).

mod agenda;
mod deed;
mod market;
mod office;
mod payroll;
mod people;
mod school;
mod stage;
mod town;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use pacioli::{Sequence, TrialBalance};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Align, Facts, Table};
use agenda::Agenda;
use stage::Stage;
use town::Town;

/// Makes a ledger to try the other commands on: a month in the life of a small town.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
In it are a marketplace with sellers and their reserves, a school that collects fees by invoice, an employer with a signed
payroll, and people with wallets in three currencies; deposits, transfers with fees and tax, holds in every state, card
payments that clear or come back, exchanges, refunds, limits, monitors, journal entries, and a closed period. Some commands
are refused, as in life.

The days begin on 2026-10-01. The same --seed, --days and --clients give the same journal, to the last digest, whenever
and wherever it is made; the identity follows from them too. Its devices' keys follow from the seed: use them for nothing.

Examples:
  pacioli demo books.redb
  pacioli demo large.redb --clients 200 --days 90
  pacioli info books.redb && pacioli trial-balance books.redb")]
pub(crate) struct Demo {
    /// The file to create.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// What chance begins with.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many days of business there are before the last, on which something of everything is left open.
    #[arg(long, value_name = "N", default_value_t = 31, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// How many people have wallets.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(4..=10_000))]
    clients: u32,
}

/// The ledger that was made.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    path: PathBuf,
    seed: u64,
    days: u32,
    /// The last entry.
    at: Sequence,
    head: String,
    clients: u64,
    accounts: u64,
    /// How many commands were refused, by the name of the reason.
    refused: BTreeMap<&'static str, u64>,
    #[serde(skip)]
    books: Vec<TrialBalance>,
}

impl Demo {
    pub(crate) fn run(&self) -> Result<Made, Failure> {
        let mut stage = Stage::create(&self.path, self.seed, self.days, self.clients)?;
        match self.live(&mut stage) {
            Ok(()) => self.made(stage),
            Err(failure) => {
                // It is ours and half done.
                drop(stage.close());
                drop(std::fs::remove_file(&self.path));
                Err(failure)
            }
        }
    }

    fn live(&self, stage: &mut Stage) -> Result<(), Failure> {
        let town = Town::build(stage, self.clients)?;
        let agenda = Agenda::new(stage, &town, self.days);
        agenda.live_through(stage, &town)
    }

    fn made(&self, stage: Stage) -> Result<Made, Failure> {
        let view = stage.ledger.view()?;
        let (counts, info) = (view.counts()?, stage.ledger.info()?);
        let books = view.books()?.iter().map(|book| view.trial_balance(book.id)).collect::<Result<_, _>>()?;
        let refused = stage.close()?;
        Ok(Made {
            path: self.path.clone(),
            seed: self.seed,
            days: self.days,
            at: info.sequence,
            head: info.head.to_string(),
            clients: counts.clients,
            accounts: counts.accounts,
            refused,
            books,
        })
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.refused.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>();
        let facts = Facts::new()
            .with("File", self.path.display().to_string())
            .with("Seed", self.seed.to_string())
            .with("Entries", self.at.to_string())
            .with("Clients", self.clients.to_string())
            .with("Accounts", self.accounts.to_string())
            .with("Refused", refused.join(", "))
            .with("Head", &self.head);
        writeln!(f, "{facts}")?;
        let right = |head| (head, Align::Right);
        let mut table = Table::new([
            ("Book", Align::Left),
            right("Accounts"),
            right("Debits"),
            right("Credits"),
            ("", Align::Left),
        ]);
        for book in &self.books {
            let accounts: u64 = book.groups.iter().map(|group| group.accounts).sum();
            table.row([
                book.name.clone(),
                accounts.to_string(),
                book.debits.text(),
                book.credits.text(),
                book.debits.currency().to_string(),
            ]);
        }
        write!(f, "{table}")
    }
}
