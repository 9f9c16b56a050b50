//! `import`: books that were kept elsewhere.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use clap::ValueEnum;
use pacioli::money::Currency;
use pacioli::{Import, ImportForm, ImportReport, Ledger, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Progress;

/// Takes in books that were kept elsewhere; the ledger is created if it is not there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything is tried out first. If a line is rejected nothing is done, and each rejected line is named with its reason.
A second run changes nothing: transactions are known by their keys, or by their content.

Forms (told by the file's name if not given): csv, jsonl, hledger (.journal, .hledger, .j), beancount (.beancount, .bean)

Columns of CSV, by the names in its heading:
  date,debit,credit,amount,currency[,key,narrative]   a transaction on each line
  key,date,account,amount,currency[,narrative]        a line of a transaction on each line
  account,currency,balance[,date]                     opening balances

Accounts of eight digits or more are the ledger's own; others are opened by their names.

Examples:
  pacioli import shop.redb old.journal --dry-run
  pacioli import shop.redb old.journal --under old --zone Africa/Nairobi
  pacioli import shop.redb points.csv --currency POINTS:0")]
pub(crate) struct ImportOf {
    /// The ledger's file.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// What is to be imported.
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// The form.
    #[arg(long, value_enum, value_name = "FORM")]
    format: Option<Form>,
    /// Try everything out, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// The name in front of books, accounts and keys.
    #[arg(long, value_name = "NAME", default_value = "import")]
    under: String,
    /// The time zone of days, such as Africa/Nairobi.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// Keep a currency with so many decimals.
    #[arg(long = "currency", value_name = "CODE:DECIMALS", value_parser = currency)]
    currencies: Vec<Currency>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Csv,
    Jsonl,
    Hledger,
    Beancount,
}

/// A currency with its decimals: `POINTS:0`.
fn currency(text: &str) -> Result<Currency, String> {
    let (code, scale) = text.split_once(':').ok_or("a currency is CODE:DECIMALS")?;
    let scale = scale.parse().map_err(|_| "decimals are a whole number".to_owned())?;
    Currency::new(code, scale).map_err(|error| error.to_string())
}

/// What became of an import.
#[derive(Debug, Serialize)]
pub(crate) struct Imported {
    dry_run: bool,
    #[serde(flatten)]
    report: ImportReport,
}

impl ImportOf {
    pub(crate) fn run(&self) -> Result<Imported, Failure> {
        let form = self.form()?;
        let doing = |doing: &str| format!("{doing} {}", self.input.display());
        let failed = |error| Failure::Io { doing: doing("reading"), error };
        let input = BufReader::new(File::open(&self.input).map_err(failed)?);
        // Nothing is known of how many transactions there are before they have been read.
        let ledger = if self.dry_run && !self.path.exists() {
            Ledger::in_memory()?
        } else {
            let opened = Ledger::open(&self.path);
            opened.map_err(|error| Failure::Open { path: self.path.clone(), error })?
        };
        let zone = Zone::named(&self.zone)?;
        let mut progress = Progress::counting("importing");
        let mut tried = 0;
        let mut import = Import::into(&ledger).under(self.under.as_str()).in_zone(zone).progress(|so_far| {
            if so_far.trying {
                tried = so_far.items;
                progress.say("trying out", so_far.items, None);
            } else {
                progress.say("importing", so_far.items, Some(tried));
            }
        });
        for currency in &self.currencies {
            import = import.currency(*currency);
        }
        let report = if self.dry_run { import.dry_run(form, input) } else { import.run(form, input) }?;
        drop(progress);
        ledger.close()?;
        Ok(Imported { dry_run: self.dry_run, report })
    }

    fn form(&self) -> Result<ImportForm, Failure> {
        let named = self.input.extension().and_then(|extension| extension.to_str());
        let form = self.format.or(match named {
            Some("csv") => Some(Form::Csv),
            Some("jsonl" | "ndjson") => Some(Form::Jsonl),
            Some("journal" | "hledger" | "j") => Some(Form::Hledger),
            Some("beancount" | "bean") => Some(Form::Beancount),
            _ => None,
        });
        match form {
            Some(Form::Csv) => Ok(ImportForm::Csv),
            Some(Form::Jsonl) => Ok(ImportForm::JsonLines),
            Some(Form::Hledger) => Ok(ImportForm::Hledger),
            Some(Form::Beancount) => Ok(ImportForm::Beancount),
            None => Err(Failure::Usage("the file's name does not tell its form: use --format".to_owned())),
        }
    }
}

impl Imported {
    /// The complaint, if a line was rejected.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        match self.report.rejections {
            0 => Ok(()),
            count => Err(Failure::Found(format!("{count} rejected, nothing was imported"))),
        }
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &self.report;
        for rejected in &report.rejected {
            writeln!(f, "line {}: {}", rejected.line, rejected.reason)?;
        }
        let would = if self.dry_run { " (tried out)" } else { "" };
        writeln!(f, "Transactions  {}{would}", report.transactions)?;
        writeln!(f, "Assertions    {}", report.assertions)?;
        writeln!(f, "Recorded      {}", report.recorded)?;
        writeln!(f, "Known before  {}", report.replayed)?;
        writeln!(f, "Rejected      {}", report.rejections)
    }
}
