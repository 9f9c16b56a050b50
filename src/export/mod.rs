//! Exports: the books in forms that other programs accept.
//!
//! [`Export`] reads a [`View`] in the order of the journal, a thousand entries at a time, and writes as it goes: memory
//! does not grow with the journal. This layer uses what every program may use and decides nothing. Files in reading order:
//! `error`, `job` (what is to be exported), `walk` (entries one after another), `names` (accounts under the names that a tool permits), `hledger`,
//! `beancount`, `cells` (rows of CSV), `csv`, `json`, `camt053`.

mod beancount;
mod camt053;
mod cells;
mod csv;
mod error;
mod hledger;
mod job;
#[cfg(feature = "json")]
mod json;
mod names;
mod walk;

pub(crate) use cells::Row;
pub use error::ExportError;
pub use job::Export;
pub(crate) use walk::Accounts;

use std::io::Write;

use crate::model::AccountId;

/// The forms.
impl Export<'_> {
    /// An hledger journal, for hledger 1.25 or later. Returns how many transactions it has.
    ///
    /// Quirks: commodities whose code is not letters alone are quoted; in account names `:` and `;` are replaced, in tags a
    /// comma is written `%2C`; a transaction with something that has yet to clear is marked `!`, all others `*`.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let mut journal = Vec::new();
    /// assert_eq!(Export::of(&ledger.view()?).hledger(&mut journal)?, 1);
    /// let journal = String::from_utf8(journal)?;
    /// assert!(journal.contains("Liabilities:shop.kes:10000007") && journal.contains("-100.00 KES"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the ledger cannot be read, or `out` not written.
    pub fn hledger(self, out: impl Write) -> Result<u64, ExportError> {
        hledger::write(self, out)
    }

    /// A beancount file, for beancount 2.3 or later. Returns how many transactions it has.
    ///
    /// Quirks: account names keep their letters `A-Z`, `a-z` and digits, everything else becomes a dash, and a commodity
    /// that ends with a sign, or is one of beancount's own words, has `'0` after it; accounts are opened at the end of the
    /// file, by then it is known on which day each is used first; beancount counts with 28 digits.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let mut file = Vec::new();
    /// assert_eq!(Export::of(&ledger.view()?).beancount(&mut file)?, 1);
    /// assert!(String::from_utf8(file)?.contains("-100.00 KES"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the ledger cannot be read, or `out` not written.
    pub fn beancount(self, out: impl Write) -> Result<u64, ExportError> {
        beancount::write(self, out)
    }

    /// CSV (RFC 4180) with a row for each line of each movement. Returns how many rows it has, without the heading.
    ///
    /// Callers' texts that a spreadsheet would take for a formula have an apostrophe before them.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let mut csv = Vec::new();
    /// assert_eq!(Export::of(&ledger.view()?).postings_csv(&mut csv)?, 2); // a row for each line
    /// assert_eq!(String::from_utf8(csv)?.lines().count(), 3); // and the heading
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the ledger cannot be read, or `out` not written.
    pub fn postings_csv(self, out: impl Write) -> Result<u64, ExportError> {
        csv::postings(self, out)
    }

    /// CSV (RFC 4180) with a row for each movement: what it is, and the sum of its settled debits in each book. Returns how
    /// many rows it has, without the heading.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let mut csv = Vec::new();
    /// assert_eq!(Export::of(&ledger.view()?).entries_csv(&mut csv)?, 1);
    /// assert!(String::from_utf8(csv)?.contains("top-up-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the ledger cannot be read, or `out` not written.
    pub fn entries_csv(self, out: impl Write) -> Result<u64, ExportError> {
        csv::entries(self, out)
    }

    /// JSON lines: a document on a line of its own for each movement, with all its lines. Returns how many there are.
    ///
    /// Fields: `entry`, `recorded_at`, `effective_at`, `operation`, `kind`, `client`, `key`, `actor`, `narrative`,
    /// `metadata`, `references`, `reverses`, `forced`, and `lines` with `posting`, `account`, `number`, `name`, `book`,
    /// `side`, `role`, `stage`, `amount` and `balance` (the posted balance after it).
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let mut lines = Vec::new();
    /// assert_eq!(Export::of(&ledger.view()?).json_lines(&mut lines)?, 1);
    /// assert!(String::from_utf8(lines)?.contains(r#""key":"top-up-1""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the ledger cannot be read, or `out` not written.
    #[cfg(feature = "json")]
    pub fn json_lines(self, out: impl Write) -> Result<u64, ExportError> {
        json::write(self, out)
    }

    /// An account statement as ISO 20022 camt.053.001.08, from a day to another, both included. Returns how many entries
    /// it has.
    ///
    /// Lines that reserve or give up are left out: the message has what is booked. Money counts as credited where the line
    /// stands on the credit side. Days of the period are those on which lines were recorded.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Export;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let view = ledger.view()?;
    /// let today = Zone::utc().day_of(view.recorded_at());
    /// let mut message = Vec::new();
    /// assert_eq!(Export::of(&view).camt053(wallet, &today, &today, &mut message)?, 1);
    /// assert!(String::from_utf8(message)?.contains(r#"Ccy="KES">100.00<"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such account or day, when the ledger cannot be read or `out` not written; and
    /// [`ExportError::NotInMessage`] when the currency has no code of three letters, or a sum more digits than the message
    /// allows.
    pub fn camt053(self, account: AccountId, from: &str, to: &str, out: impl Write) -> Result<u64, ExportError> {
        camt053::write(self, account, (from, to), out)
    }
}
