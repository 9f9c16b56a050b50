//! What is to be exported: a view, of all books or one, with days in a zone.

use std::fmt;

use crate::ledger::{View, Zone};
use crate::model::BookId;

/// Writes what a view shows in a form that other programs accept.
///
/// ```
/// use pacioli::{Credit, Export, Ledger, NewAccount, NewBook, NewClient, NewService, AccountType, Contact, money::Currency};
///
/// let ledger = Ledger::in_memory()?;
/// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
/// let client = ledger.register_client(NewClient::individual("KE", owner))?;
/// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING).named("Till"))?;
/// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
/// ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
///
/// let mut journal = Vec::new();
/// Export::of(&ledger.view()?).hledger(&mut journal)?;
/// let journal = String::from_utf8_lossy(&journal);
/// assert!(journal.contains("Liabilities:shop.kes:10000007 Till  -100.00 KES"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is shown, and how
///
/// - **Which figure.** Ledgers for accountants know one balance: what is posted. So a line shows where it changes that:
///   posted, captured and clearing ones. What is reserved, or given up, is told in a comment at its place in the journal,
///   and in a line of CSV and JSON with its stage; it changes no balance there either.
/// - **Signs.** Plain-text journals show debits above zero and credits below it.
/// - **Days.** A movement counts on the day on which it was effective, in the zone asked for; when it was recorded is told
///   beside it. The order is that of the journal, so days may go back.
/// - **Figures** have all decimals of their currency.
/// - **Names.** An account is shown by its number, which is never used again, below its class, book and path, with its name
///   as it is at the view where the tool permits one.
/// - **Exchanges** are one transaction that balances in each currency, by way of the books' positions.
/// - Plain-text journals end with the balance of each account asserted, so that the tool itself proves the figures.
pub struct Export<'a> {
    pub(super) view: &'a View,
    pub(super) zone: Zone,
    pub(super) book: Option<BookId>,
    pub(super) progress: Option<Box<dyn FnMut(u64) + 'a>>,
}

impl fmt::Debug for Export<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").field("zone", &self.zone).field("book", &self.book).finish_non_exhaustive()
    }
}

impl<'a> Export<'a> {
    /// Everything that the view shows, with days in UTC.
    pub fn of(view: &'a View) -> Self {
        Self { view, zone: Zone::utc(), book: None, progress: None }
    }

    /// Counts days in this zone.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Shows the lines of one book alone; they balance by themselves.
    #[must_use]
    pub fn of_book(mut self, book: BookId) -> Self {
        self.book = Some(book);
        self
    }

    /// Tells every now and then up to which entry of the journal it has come.
    #[must_use]
    pub fn progress(mut self, told: impl FnMut(u64) + 'a) -> Self {
        self.progress = Some(Box::new(told));
        self
    }
}
