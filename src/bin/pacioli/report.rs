//! `report`: the reports of a ledger, a book, a client, an account or a payout, put together.

use std::fmt::{self, Display};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use pacioli::report::{ClientAccounts, Document, Fees, Income, Outstanding, PayoutReport, Payouts, Period};
use pacioli::{
    AccountId, Axis, Book, ClientId, Ledger, PayoutId, Sequence, Statement, StatementQuery, Timestamp, TrialBalance,
    View,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{AccountName, Days, Source};
use crate::output::{self, Progress};

/// Puts the reports of a ledger together, as a text, a spreadsheet or a page.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For the ledger, or one book of it: the trial balance, income and position, fees and tax, what is outstanding with its age,
and the payouts of each book. For a client: its accounts, with what they hold, and the statement of each. For an account:
its statement. For a payout: its items.

With --to, everything is as it was known at the end of that day, and ages are counted to it; without, as it is after the
last entry, and ages are counted to that. With --effective, entries count by when they happened, whenever they were
recorded. The page made by --html is one file that loads nothing; statements have curves there. Nothing is written to the
ledger. A file made by --output is readable by its owner alone.

Examples:
  pacioli report shop.redb
  pacioli report shop.redb --book shop.kes --from 2026-11-01 --to 2026-11-30 --zone Africa/Nairobi
  pacioli report shop.redb --client 12 --from 2026-11-01 --html -o client.html
  pacioli report shop.redb --account 10000007 --csv -o statement.csv
  pacioli report shop.redb --payout 3 --json")]
pub(crate) struct ReportOf {
    #[command(flatten)]
    source: Source,
    /// This book only.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["account", "payout"])]
    book: Option<String>,
    /// The accounts and statements of this client.
    #[arg(long, value_name = "ID", conflicts_with_all = ["account", "payout"])]
    client: Option<ClientId>,
    /// The statement of this account, by its number of eight digits or its identifier.
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "payout")]
    account: Option<AccountName>,
    /// This payout, with its items.
    #[arg(long, value_name = "ID")]
    payout: Option<PayoutId>,
    #[command(flatten)]
    days: Days,
    /// Count entries by when they happened instead of when they were recorded.
    #[arg(long)]
    effective: bool,
    /// How many lines of each statement at most.
    #[arg(long, value_name = "N", default_value_t = StatementQuery::LINES as u64,
          value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Write one static HTML page.
    #[arg(long, conflicts_with = "csv")]
    html: bool,
    /// Write CSV, every table one after another under the headings of its section.
    #[arg(long)]
    csv: bool,
    /// Write to this file instead of stdout; one that is there is replaced once all is written.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The reports asked for, of one moment.
#[derive(Debug, Serialize)]
struct Reports {
    #[serde(skip)]
    title: String,
    /// The last entry that they know of.
    at: Sequence,
    recorded_at: Timestamp,
    period: Period,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    books: Vec<OfBook>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<ClientAccounts>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statements: Vec<Statement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<PayoutReport>,
}

/// The reports of one book.
#[derive(Debug, Serialize)]
struct OfBook {
    trial_balance: TrialBalance,
    income: Income,
    fees: Fees,
    outstanding: Outstanding,
    payouts: Payouts,
}

impl ReportOf {
    pub(crate) fn run(&self, json: bool) -> Result<(), Failure> {
        if json && (self.html || self.csv) {
            return Err(Failure::Usage("--json, --html and --csv exclude one another".to_owned()));
        }
        self.spares_the_ledger()?;
        let ledger = self.source.ledger()?;
        let reports = self.gathered(&ledger)?;
        if json {
            return self.out(&Json(&reports));
        }
        let document = reports.document();
        match (self.html, self.csv) {
            (true, _) => self.out(&document.html()),
            (_, true) => self.out(&document.csv()),
            (false, false) => self.out(&document),
        }
    }

    fn period(&self) -> Result<Period, Failure> {
        let period = match (&self.days.from, &self.days.to) {
            (Some(from), Some(to)) => Period::days(from, to, &self.days.zone)?,
            (Some(from), None) => Period::since(from, &self.days.zone)?,
            (None, Some(to)) => Period::through(to, &self.days.zone)?,
            (None, None) => Period::all().in_zone(&self.days.zone),
        };
        Ok(if self.effective { period.by_effective_time() } else { period })
    }

    fn gathered(&self, ledger: &Ledger) -> Result<Reports, Failure> {
        let period = self.period()?;
        let end = period.to.filter(|_| !self.effective).map(|to| to.plus_ns(-1));
        let view = match end {
            Some(end) => ledger.view_as_of(end)?,
            None => ledger.view()?,
        };
        let name = self.source.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut reports = Reports {
            title: format!("Report of {name}"),
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            period,
            books: Vec::new(),
            client: None,
            statements: Vec::new(),
            payout: None,
        };
        let book = match &self.book {
            Some(name) => Some(view.book_named(name)?.ok_or_else(|| Failure::NoBook(name.clone()))?),
            None => None,
        };
        match (self.client, self.account, self.payout) {
            (Some(client), ..) => self.client(&view, client, book.as_ref(), &mut reports)?,
            (None, Some(AccountName(account)), _) => reports.statements.push(self.statement(&view, account)?),
            (None, None, Some(payout)) => reports.payout = Some(PayoutReport::of(&view, payout, &self.days.zone)?),
            (None, None, None) => {
                let books = book.map_or_else(|| view.books(), |book| Ok(vec![book]))?;
                reports.books = of_books(&view, &books, &reports.period, end)?;
            }
        }
        Ok(reports)
    }

    fn client(&self, view: &View, client: ClientId, book: Option<&Book>, reports: &mut Reports) -> Result<(), Failure> {
        let mut accounts = ClientAccounts::of(view, client)?;
        accounts.books.retain(|of| book.is_none_or(|book| of.book == book.id));
        for account in accounts.books.iter().flat_map(|book| &book.accounts) {
            reports.statements.push(self.statement(view, account.id)?);
        }
        reports.client = Some(accounts);
        Ok(())
    }

    fn statement(&self, view: &View, account: AccountId) -> Result<Statement, Failure> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let query = view.statement(account).limit(limit);
        let query = if self.effective { query.by_effective_time() } else { query };
        let (from, to) = self.days.of_account(view, account)?;
        Ok(query.days(&from, &to, &self.days.zone)?)
    }

    /// The file asked for is not the one that is read, by whatever name.
    fn spares_the_ledger(&self) -> Result<(), Failure> {
        let Some(path) = &self.output else { return Ok(()) };
        match (fs::canonicalize(path), fs::canonicalize(self.source.path())) {
            (Ok(file), Ok(ledger)) if file == ledger => {
                Err(Failure::Usage(format!("{} is the ledger itself", path.display())))
            }
            // One that is not there yet is no ledger.
            _ => Ok(()),
        }
    }

    fn out(&self, text: &dyn Display) -> Result<(), Failure> {
        let Some(path) = &self.output else { return output::write(text) };
        let written = match fs::metadata(path) {
            // A pipe or a device takes what is written, and stays what it is.
            Ok(there) if !there.is_file() => {
                OpenOptions::new().write(true).open(path).and_then(|file| written(file, text))
            }
            _ => replaced(path, text),
        };
        written.map_err(|error| Failure::Io { doing: format!("writing {}", path.display()), error })
    }
}

/// Writes a file beside the one asked for, and puts it in its place when all is written.
fn replaced(path: &Path, text: &dyn Display) -> std::io::Result<()> {
    // A link stays a link to the file that it leads to.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut part = path.clone().into_os_string();
    part.push(format!(".{}.part", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // As the ledger's own file: readable by its owner alone.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&part)?;
    let whole = written(file, text).and_then(|()| fs::rename(&part, &path));
    whole.inspect_err(|_| drop(fs::remove_file(&part)))
}

fn written(file: File, text: &dyn Display) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    write!(out, "{text}")?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.flush()
}

fn of_books(view: &View, books: &[Book], period: &Period, end: Option<Timestamp>) -> Result<Vec<OfBook>, Failure> {
    let mut progress = Progress::counting("reporting");
    let as_of = end.unwrap_or(view.recorded_at());
    let mut reports = Vec::with_capacity(books.len());
    for (book, number) in books.iter().zip(1..) {
        progress.say("reporting on books", number, Some(books.len() as u64));
        reports.push(OfBook {
            trial_balance: trial_balance(view, book, period)?,
            income: Income::of(view, book.id, period)?,
            fees: Fees::of(view, book.id, period)?,
            outstanding: Outstanding::of(view, book.id, as_of, &period.zone)?,
            payouts: Payouts::of(view, book.id, period)?,
        });
    }
    Ok(reports)
}

/// The trial balance at the period's end; the view itself ends with a period by the time of recording.
fn trial_balance(view: &View, book: &Book, period: &Period) -> Result<TrialBalance, Failure> {
    let effective = period.to.filter(|_| period.axis == Axis::Effective).map(|to| to.plus_ns(-1));
    Ok(view.trial_balance_as_of(book.id, pacioli::BalanceAt { recorded: None, effective })?)
}

impl Reports {
    fn document(&self) -> Document {
        let zone = &self.period.zone;
        let at = match self.at {
            Sequence::ZERO => "Before the first entry".to_owned(),
            at => format!("After entry {at}, recorded {}, {zone}", zone.time_of(self.recorded_at)),
        };
        let mut document = Document::new(self.title.as_str()).note(at).note(format!("Period: {}", self.period));
        for book in &self.books {
            let OfBook { trial_balance, income, fees, outstanding, payouts } = book;
            document = document.with(trial_balance).with(income).with(fees).with(outstanding).with(payouts);
        }
        self.client.iter().for_each(|client| document.add(client));
        self.statements.iter().for_each(|statement| document.add(statement));
        self.payout.iter().for_each(|payout| document.add(payout));
        document
    }
}

/// A value as a JSON document.
struct Json<'a>(&'a Reports);

impl Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self.0).map_err(|_| fmt::Error)?;
        writeln!(f, "{text}")
    }
}
