//! `export`: the books in forms that other programs accept.

use std::io::{BufWriter, Write};

use clap::ValueEnum;
use pacioli::{Export, ExportError, View, Zone};

use crate::failure::Failure;
use crate::input::{AccountName, Seen};
use crate::output::Progress;

/// Writes the books to stdout in a form that another program accepts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Forms:
  hledger      a journal for hledger, with the balances asserted at its end
  beancount    a file for beancount, with the balances asserted at its end
  csv          a row for each line of each movement
  csv-entries  a row for each movement
  jsonl        a JSON document on a line for each movement
  camt053      the statement of an account as ISO 20022 camt.053.001.08

Lines show where the posted balance changes; what is only held, or released, is a comment (or a row with its stage).

Examples:
  pacioli export --format hledger shop.redb > shop.journal && hledger -f shop.journal balance
  pacioli export --format beancount --zone Africa/Nairobi shop.redb > shop.beancount && bean-check shop.beancount
  pacioli export --format csv --book shop.kes --at 1200 shop.redb > lines.csv
  pacioli export --format camt053 --account 10000007 --from 2026-11-01 --to 2026-11-30 shop.redb > statement.xml")]
pub(crate) struct ExportOf {
    #[command(flatten)]
    seen: Seen,
    /// The form.
    #[arg(long, value_enum, value_name = "FORM")]
    format: Form,
    /// This book only.
    #[arg(long, value_name = "NAME")]
    book: Option<String>,
    /// The time zone of days, such as Africa/Nairobi.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// The account of a statement, by its number or identifier.
    #[arg(long, value_name = "ACCOUNT", required_if_eq("format", "camt053"))]
    account: Option<AccountName>,
    /// The first day of a statement.
    #[arg(long, value_name = "DAY", required_if_eq("format", "camt053"))]
    from: Option<String>,
    /// The last day of a statement.
    #[arg(long, value_name = "DAY", required_if_eq("format", "camt053"))]
    to: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Hledger,
    Beancount,
    Csv,
    CsvEntries,
    Jsonl,
    Camt053,
}

impl ExportOf {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let view = self.seen.view()?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        self.write(&view, &mut out)?;
        out.flush().map_err(|error| ExportError::Io(error).into())
    }

    fn write(&self, view: &View, out: &mut impl Write) -> Result<(), Failure> {
        let mut progress = Progress::new("exporting", view.sequence().0);
        let mut export = Export::of(view).in_zone(Zone::named(&self.zone)?).progress(|entry| progress.at(entry));
        if let Some(name) = &self.book {
            let named = view.book_named(name)?.ok_or_else(|| Failure::NoBook(name.clone()))?;
            export = export.of_book(named.id);
        }
        match (self.format, self.account) {
            (Form::Hledger, _) => export.hledger(out),
            (Form::Beancount, _) => export.beancount(out),
            (Form::Csv, _) => export.postings_csv(out),
            (Form::CsvEntries, _) => export.entries_csv(out),
            (Form::Jsonl, _) => export.json_lines(out),
            (Form::Camt053, account) => {
                let day = |day: &Option<String>| day.clone().unwrap_or_default();
                let account = account.map(|AccountName(account)| account).unwrap_or_default();
                export.camt053(account, &day(&self.from), &day(&self.to), out)
            }
        }?;
        Ok(())
    }
}
