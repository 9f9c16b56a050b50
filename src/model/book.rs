//! A book: accounts of one currency and one mode that balance among themselves.

use serde::{Deserialize, Serialize};

use super::{BookId, Sequence, Timestamp};
use crate::money::{Amount, Currency, Money, MoneyError};

/// Whether a book keeps real money.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// let play = ledger.open_book(NewBook::test("shop.kes.test", Currency::KES))?;
/// assert_eq!(play.mode, Mode::Test); // no entry touches accounts of both modes
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real money.
    Live,
    /// Play money. An entry never touches accounts of both modes.
    Test,
}

/// A book to be opened. Named by convention `namespace.currency.environment`: `centrapay.nzd.main`.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// // Four decimals are kept, two are shown where that is enough; three accounts for each client.
/// let fine = Currency::KES.with_scale(4)?;
/// let book = ledger.open_book(NewBook::live("shop.kes.main", fine).shown_with(2).quota(3).keyed("book"))?;
/// assert_eq!((book.show(book.money("12.5")?), book.show(book.money("0.0125")?)), ("12.50".into(), "0.0125".into()));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBook {
    /// Its name, unique in the ledger.
    pub name: String,
    /// The currency of all its accounts.
    pub currency: Currency,
    /// Real or play money.
    pub mode: Mode,
    /// How many accounts a client may have in it that are not closed; 0 for no limit.
    pub accounts_max: u32,
    /// How many fraction digits its figures are shown with; never fewer than a figure needs.
    pub text_scale: u8,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewBook {
    /// A book of real money.
    pub fn live(name: impl Into<String>, currency: Currency) -> Self {
        Self::of(name.into(), currency, Mode::Live)
    }

    /// A book of play money.
    pub fn test(name: impl Into<String>, currency: Currency) -> Self {
        Self::of(name.into(), currency, Mode::Test)
    }

    fn of(name: String, currency: Currency, mode: Mode) -> Self {
        Self { name, currency, mode, accounts_max: 0, text_scale: currency.scale(), key: None }
    }

    /// Limits the accounts that each client may have in the book; 0 for no limit.
    #[must_use]
    pub fn quota(mut self, accounts_max: u32) -> Self {
        self.accounts_max = accounts_max;
        self
    }

    /// Shows figures with at least this many fraction digits.
    #[must_use]
    pub fn shown_with(mut self, text_scale: u8) -> Self {
        self.text_scale = text_scale;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// An open book.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// assert_eq!((book.name.as_str(), book.currency, book.mode), ("shop.kes", Currency::KES, Mode::Live));
/// assert_eq!(book.money("12.50")?.minor(), 12_50);
/// assert_eq!(book.closed_through, None); // no period of it is closed
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Its identifier.
    pub id: BookId,
    /// Its name, unique in the ledger.
    pub name: String,
    /// The currency of all its accounts.
    pub currency: Currency,
    /// Real or play money.
    pub mode: Mode,
    /// How many accounts a client may have in it that are not closed; 0 for no limit.
    pub accounts_max: u32,
    /// How many fraction digits its figures are shown with.
    pub text_scale: u8,
    /// The first of its system accounts; [`Book::system`] names each.
    pub system_first: super::AccountId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The entry that opened it.
    pub opened_in: Sequence,
    /// Nothing more can be effective in it at or before this instant; `None` while no period of it is closed.
    pub closed_through: Option<Timestamp>,
}

impl Book {
    /// The system account that keeps this side of the book.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let income = book.system(SystemAccount::FeeIncome);
    /// assert_eq!(ledger.view()?.account(income)?.class, AccountClass::Income);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn system(&self, account: super::SystemAccount) -> super::AccountId {
        super::AccountId(self.system_first.0.saturating_add(account.place()))
    }

    /// Reads an amount of this book's currency: `"100.00"`.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(book.money("12.50")?.to_string(), "KES 12.50");
    /// assert_eq!(book.money("12.505"), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 })); // never rounded
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not a plain decimal number, has more fraction digits than the currency, or is out of range.
    pub fn money(&self, text: &str) -> Result<Money, MoneyError> {
        self.currency.money(text)
    }

    /// Reads an amount of this book's currency, as fees, floors and limits take it: `"100.00"`.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(book.amount("10.50")?, book.money("10.50")?.amount()?);
    /// assert_eq!(book.amount("-10.50"), Err(MoneyError::Negative));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Book::money`], and [`MoneyError::Negative`] below zero.
    pub fn amount(&self, text: &str) -> Result<Amount, MoneyError> {
        self.money(text)?.amount()
    }

    /// Writes a sum of this book as people see it, with the book's fraction digits.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.jpy", Currency::JPY).shown_with(0))?;
    /// assert_eq!(book.show(book.money("1200")?), "1200");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn show(&self, money: Money) -> String {
        money.text_at_scale(self.text_scale)
    }
}
