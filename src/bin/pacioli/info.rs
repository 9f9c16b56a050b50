//! `info`: what the file is, and how much is in it.

use std::fmt;
use std::path::PathBuf;

use pacioli::store::{AUTO_ONE_PHASE_BYTES_MAX, CommitMode};
use pacioli::{Book, BookId, LedgerCounts, LedgerInfo, PayoutFilter, PayoutState, Sequence, Timestamp, View, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Seen;
use crate::listed;
use crate::output::{Align, Facts, Progress, Table, word};

/// Shows what a ledger is: identity, format, end of its journal, how much is in it, and its books.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The head is the digest of all history. Kept elsewhere, it shows later that nothing before it was changed; `verify`
recomputes it.

Examples:
  pacioli info shop.redb
  pacioli info shop.redb --as-of 2026-10-31 --json")]
pub(crate) struct Info {
    #[command(flatten)]
    seen: Seen,
}

/// What a ledger is.
#[derive(Debug, Serialize)]
pub(crate) struct Told {
    path: PathBuf,
    file_bytes: u64,
    #[serde(flatten)]
    ledger: LedgerInfo,
    /// The entry after which what follows was counted.
    at: Sequence,
    counts: LedgerCounts,
    open: Open,
    books: Vec<BookOf>,
}

/// What is not settled yet.
#[derive(Debug, Default, Serialize)]
struct Open {
    /// Holds, clearing credits and reserves.
    holds: u64,
    /// Payouts that wait for signatures or for their provider.
    payouts: u64,
}

#[derive(Debug, Serialize)]
struct BookOf {
    id: BookId,
    name: String,
    currency: String,
    mode: String,
    opened_at: Timestamp,
    /// The end of its last closed period.
    closed_through: Option<Timestamp>,
    /// The entry that closed it.
    closed_in: Option<Sequence>,
}

impl Info {
    pub(crate) fn run(&self) -> Result<Told, Failure> {
        let source = self.seen.source();
        let ledger = source.ledger()?;
        let view = self.seen.moment().view(&ledger)?;
        let file_bytes = std::fs::metadata(source.path());
        let file_bytes = file_bytes
            .map_err(|error| Failure::Io { doing: format!("looking at {}", source.path().display()), error })?;
        let books = view.books()?.iter().map(|book| BookOf::new(&view, book)).collect::<Result<_, _>>()?;
        let file_bytes = file_bytes.len();
        let mut info = ledger.info()?;
        // The ledger was opened for reading alone: told is what a writer gets who asks for nothing.
        let automatic =
            if file_bytes < AUTO_ONE_PHASE_BYTES_MAX { CommitMode::OnePhase } else { CommitMode::QuickRepair };
        info.commit_mode.get_or_insert(automatic);
        Ok(Told {
            path: source.path().to_owned(),
            file_bytes,
            ledger: info,
            at: view.sequence(),
            counts: view.counts()?,
            open: Open::count(&view)?,
            books,
        })
    }
}

impl BookOf {
    fn new(view: &View, book: &Book) -> Result<Self, Failure> {
        let closed = view.periods(book.id)?.pop();
        Ok(Self {
            id: book.id,
            name: book.name.clone(),
            currency: book.currency.to_string(),
            mode: word(&book.mode),
            opened_at: book.opened_at,
            closed_through: closed.as_ref().map(|period| period.through),
            closed_in: closed.map(|period| period.closed_in),
        })
    }
}

impl Open {
    fn count(view: &View) -> Result<Self, Failure> {
        let mut open = Self::default();
        let mut progress = Progress::counting("counting what is open");
        listed::whole(
            |listing| view.open_holds(listing),
            |_| {
                open.holds += 1;
                progress.at(open.holds);
            },
        )?;
        let waits = [PayoutState::PreviewAndApprove, PayoutState::Approved, PayoutState::Processing];
        listed::whole(
            |listing| view.payouts(PayoutFilter::All, listing),
            |payout| open.payouts += u64::from(waits.contains(&payout.state)),
        )?;
        Ok(open)
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ledger, counts, open, zone) = (&self.ledger, &self.counts, &self.open, Zone::default());
        let (major, minor) = ledger.format;
        let some = |count: u64| if count == 0 { String::new() } else { count.to_string() };
        let facts = Facts::new()
            .with("File", self.path.display().to_string())
            .with("Bytes", self.file_bytes.to_string())
            .with("Identity", &ledger.identity)
            .with("Created", format!("{} by version {}", zone.time_of(ledger.created_at), ledger.created_by))
            .with("Format", format!("{major}.{minor}"))
            .with("Commits", ledger.commit_mode.map(|mode| word(&mode)).unwrap_or_default())
            .with("Last entry", format!("{} at {}", ledger.sequence, zone.time_of(ledger.recorded_at)))
            .with("Head", ledger.head.to_string())
            .with(
                "Looked at",
                if self.at == ledger.sequence { String::new() } else { format!("after entry {}", self.at) },
            )
            .with("Entries", counts.entries.to_string())
            .with("Clients", counts.clients.to_string())
            .with("Accounts", counts.accounts.to_string())
            .with("Services", counts.services.to_string())
            .with("Devices", some(counts.devices))
            .with("Limits", some(counts.limits))
            .with("Monitors", some(counts.monitors))
            .with("Sets", some(counts.sets))
            .with("Holds", format!("{} open", open.holds))
            .with("Payouts", format!("{}, {} open", counts.payouts, open.payouts));
        writeln!(f, "{facts}")?;
        let left = |head| (head, Align::Left);
        let mut table = Table::new([
            ("Book", Align::Right),
            left("Name"),
            left("Currency"),
            left("Mode"),
            left("Opened"),
            left("Closed through"),
            ("In entry", Align::Right),
        ]);
        for book in &self.books {
            table.row([
                book.id.to_string(),
                book.name.clone(),
                book.currency.clone(),
                book.mode.clone(),
                zone.time_of(book.opened_at),
                book.closed_through.map(|through| zone.time_of(through)).unwrap_or_default(),
                book.closed_in.map(|entry| entry.to_string()).unwrap_or_default(),
            ]);
        }
        write!(f, "{table}")
    }
}
