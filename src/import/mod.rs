//! Imports: books that were kept elsewhere, taken in through the law like everything else.
//!
//! [`Import`] reads a form line by line into items, tries all of them out in a simulation, and only then carries them out,
//! as the operator's postings. This layer gives commands that every program may give. Files in reading order: `error`
//! (what is told), `item` (what the forms have in common), `lines`, `amount`, `csv`, `json`, `journal` (what plain-text
//! journals have in common), `hledger`, `beancount`, `give` (whom commands are given to), `places` (books and accounts),
//! `carry` (items to commands).

mod amount;
mod beancount;
mod carry;
mod csv;
mod error;
mod give;
mod hledger;
mod item;
mod journal;
#[cfg(feature = "json")]
mod json;
mod lines;
mod places;

pub use error::{ImportError, ImportProgress, ImportReport, RejectedLine};

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Seek};

use self::carry::Carrier;
use self::item::Items;
use crate::ledger::{Ledger, Zone};
use crate::money::Currency;

/// The forms that can be imported.
///
/// ```
/// use std::io::Cursor;
/// use pacioli::{Import, ImportForm, Ledger};
///
/// let ledger = Ledger::in_memory()?;
/// let csv = "account,currency,balance,date\nAssets:Bank,KES,1000.00,2026-01-01\n";
/// let report = Import::into(&ledger).run(ImportForm::Csv, Cursor::new(csv))?;
/// assert_eq!((report.transactions, report.rejections), (1, 0));
/// # Ok::<(), pacioli::ImportError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImportForm {
    /// CSV (RFC 4180) with a heading; see [`Import`] for the columns.
    Csv,
    /// JSON lines; see [`Import`] for the documents.
    #[cfg(feature = "json")]
    JsonLines,
    /// An hledger journal.
    Hledger,
    /// A beancount file.
    Beancount,
}

/// Takes in books that were kept elsewhere.
///
/// ```
/// use std::io::Cursor;
/// use pacioli::{Import, ImportForm, Ledger};
///
/// let ledger = Ledger::in_memory()?;
/// let journal = "\
/// 2026-01-01 opening
///     assets:bank     1000.00 KES
///     equity:opening
///
/// 2026-01-02 changed money
///     assets:bank     -650.00 KES
///     assets:cash        5.00 USD @@ 650.00 KES
///     assets:bank        0.00 KES = 350.00 KES
/// ";
/// let import = || Import::into(&ledger).under("old");
/// let tried = import().dry_run(ImportForm::Hledger, Cursor::new(journal))?;
/// assert!(tried.rejected.is_empty() && ledger.view()?.books()?.is_empty());
///
/// let report = import().run(ImportForm::Hledger, Cursor::new(journal))?;
/// assert_eq!((report.transactions, report.assertions, report.rejections), (2, 1, 0));
/// let again = import().run(ImportForm::Hledger, Cursor::new(journal))?;
/// assert_eq!((again.recorded, again.replayed), (0, report.recorded + report.replayed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What becomes of what
///
/// - **Accounts.** An account of eight digits or more is the ledger's own account of that number. Any other is a name: it
///   is opened when it is first met, for each currency that it has, in a book of that currency (`old.kes`), for a client of
///   the import's own, without a floor. Names below `Liabilities`, `Equity`, `Income` or `Revenue`, and `Expenses` are of
///   that class, all others assets.
/// - **Transactions** are postings by the operator ([`Post`](crate::Post)) of kind `ADJUSTMENT`, effective at the beginning
///   of their day. What is above zero is a debit.
/// - **Several currencies.** A transaction has one entry in each currency's book. Where the lines of a currency do not sum
///   to nothing, because money was changed, the book's FX position takes the rest.
/// - **Currencies** are those of ISO 4217 with their decimals, others with 8, unless [`Import::currency`] says otherwise.
/// - **Keys.** Each transaction has a key: its own, or one made of its day, text and lines, and of how many like it came
///   before. A second run finds everything there and changes nothing; after lines were added it takes in these.
/// - **Balance assertions** are checked where they stand, in the order of days for plain-text journals, against what the
///   import has made of the account so far.
///
/// # Nothing half done
///
/// A run tries everything out first. If a single line is rejected, nothing is carried out, and each rejected line is named.
/// Then transactions are carried out in the order in which they were tried, some thousands in one commit each, never part
/// of one. If the run is broken off, what was committed stands, and another run goes on after it.
///
/// # Columns of CSV
///
/// By the names in the heading, in any order, others ignored:
///
/// - `date,debit,credit,amount,currency` with `key` and `narrative` if you like: a transaction on each line, from one account
///   to another.
/// - `key,date,account,amount,currency` with `narrative`: a line of a transaction on each line; neighbours with the same key
///   belong together.
/// - `account,currency,balance` with `date`: opening balances, against `Equity:Opening-Balances`.
///
/// # Documents of JSON lines
///
/// `{"key":"t1","date":"2026-01-02","narrative":"…","lines":[{"account":"Assets:Bank","amount":"-5.00","currency":"KES"},…]}`,
/// `{"opening":{"account":…,"amount":…,"currency":…},"date":…}` and `{"balance":{…},"date":…}`, the last an assertion.
///
/// # What is read of plain-text journals
///
/// Transactions with any number of lines and currencies, one amount left out, prices (`@`, `@@`) and costs (`{}`); `open`
/// and `account`; balance assertions (`balance`, `=`, `=*`). Directives that change no balance are passed over. What would
/// change one and is not known (`pad`, `include`, automated or virtual postings, `==`) is rejected.
pub struct Import<'a> {
    ledger: &'a Ledger,
    under: String,
    zone: Zone,
    currencies: BTreeMap<String, Currency>,
    progress: Option<Box<dyn FnMut(ImportProgress) + 'a>>,
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").field("under", &self.under).field("zone", &self.zone).finish_non_exhaustive()
    }
}

impl<'a> Import<'a> {
    /// Imports into this ledger, under the name `import`, with days in UTC.
    pub fn into(ledger: &'a Ledger) -> Self {
        let (under, zone) = ("import".to_owned(), Zone::utc());
        Self { ledger, under, zone, currencies: BTreeMap::new(), progress: None }
    }

    /// Gives books, accounts and keys this name in front, which tells one import from another.
    #[must_use]
    pub fn under(mut self, name: impl Into<String>) -> Self {
        self.under = name.into();
        self
    }

    /// Lets days begin as they do in this zone.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Keeps a currency, named by its code, with these decimals.
    #[must_use]
    pub fn currency(mut self, currency: Currency) -> Self {
        self.currencies.insert(currency.code().to_owned(), currency);
        self
    }

    /// Tells every now and then how far it has come.
    ///
    /// ```
    /// use std::io::Cursor;
    /// use pacioli::{Import, ImportForm, Ledger};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let csv = "date,debit,credit,amount,currency\n2026-01-02,cash,sales,10.00,KES\n";
    /// let import = Import::into(&ledger).under("old").progress(|so_far| {
    ///     eprintln!("{} {}", if so_far.trying { "tried" } else { "taken in" }, so_far.items);
    /// });
    /// assert_eq!(import.run(ImportForm::Csv, Cursor::new(csv))?.transactions, 1);
    /// assert_eq!(ledger.view()?.books()?[0].name, "old.kes");
    /// # Ok::<(), pacioli::ImportError>(())
    /// ```
    #[must_use]
    pub fn progress(mut self, told: impl FnMut(ImportProgress) + 'a) -> Self {
        self.progress = Some(Box::new(told));
        self
    }

    /// Tries everything out and takes it all back: what is told is what would have happened.
    ///
    /// Needs memory for all entries that it would make, and has the ledger to itself meanwhile.
    ///
    /// # Errors
    /// When `input` or the ledger cannot be read. Rejected lines are no error: they stand in the report.
    pub fn dry_run(mut self, form: ImportForm, input: impl BufRead + Seek) -> Result<ImportReport, ImportError> {
        let mut items = self.items(form, input)?;
        self.try_out(&mut items)
    }

    /// Tries everything out, and carries it out if no line is rejected.
    ///
    /// # Errors
    /// When `input` or the ledger cannot be read; [`ImportError::Changed`] when a line is rejected that was not when it was
    /// tried out. What was committed before that stands.
    pub fn run(mut self, form: ImportForm, mut input: impl BufRead + Seek) -> Result<ImportReport, ImportError> {
        let tried = {
            let mut items = self.items(form, &mut input)?;
            self.try_out(&mut items)?
        };
        if tried.rejections > 0 {
            return Ok(ImportReport { recorded: 0, replayed: 0, ..tried });
        }
        input.rewind()?;
        let mut items = self.items(form, input)?;
        let mut carrier = Carrier::new(self.ledger, &self.under, &self.zone, &self.currencies);
        carrier.run(&mut *items, &mut self.progress)
    }

    fn try_out(&mut self, items: &mut Box<dyn Items + '_>) -> Result<ImportReport, ImportError> {
        let mut carrier = Carrier::new(self.ledger, &self.under, &self.zone, &self.currencies);
        carrier.dry_run(&mut **items, &mut self.progress)
    }

    fn items<'i>(&self, form: ImportForm, input: impl BufRead + 'i) -> Result<Box<dyn Items + 'i>, ImportError> {
        Ok(match form {
            ImportForm::Csv => Box::new(csv::Rows::new(input)?),
            #[cfg(feature = "json")]
            ImportForm::JsonLines => Box::new(json::Documents::new(input)),
            ImportForm::Hledger => Box::new(hledger::read(input)?),
            ImportForm::Beancount => Box::new(beancount::read(input)?),
        })
    }
}
