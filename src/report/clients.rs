//! What a client has: its accounts, by book.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ledger::{AccountFilter, AccountView, Error, Listing, View};
use crate::model::{AccountClass, BookId, ClientId, Mode, Sequence, Timestamp};
use crate::money::{Currency, Money};

/// A client's accounts at one moment, by book, with what they hold.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::ClientAccounts;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let accounts = ClientAccounts::of(&ledger.view()?, client)?;
/// assert_eq!((accounts.name.as_str(), accounts.books.len()), ("Njeri Mwangi", 1));
/// println!("{accounts}");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClientAccounts {
    /// The client.
    pub client: ClientId,
    /// Its code.
    pub code: String,
    /// Its name; empty once an individual's is erased.
    pub name: String,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The books in which it has accounts, in the order of opening.
    pub books: Vec<BookAccounts>,
}

/// A client's accounts in one book.
///
/// Invariants: `accounts` add up to `classes`; `held` is what the classes hold on the credit side, less what they hold on
/// the debit side.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::ClientAccounts;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let shop = ClientAccounts::of(&ledger.view()?, client)?.books.remove(0);
/// assert_eq!((shop.name.as_str(), shop.accounts.len()), ("shop.kes", 1));
/// assert_eq!((shop.held, shop.classes[0].class), (book.money("100")?, AccountClass::Liability));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BookAccounts {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// Whether it keeps real money.
    pub mode: Mode,
    /// The accounts, closed ones too, in the order of opening.
    pub accounts: Vec<AccountView>,
    /// What they hold together, by class.
    pub classes: Vec<ClassTotal>,
    /// What the book owes the client, all accounts together: below zero where the client owes.
    pub held: Money,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// What accounts of one class hold together, positive on the side on which accounts of the class are; an account whose own
/// normal side is the other counts against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClassTotal {
    /// The class.
    pub class: AccountClass,
    /// How many accounts there are.
    pub accounts: u64,
    /// All that is posted.
    pub current: Money,
    /// That, less the holds that would lower it.
    pub available: Money,
}

impl ClientAccounts {
    /// The accounts of `client`, in all books.
    ///
    /// Reads each of them once, and keeps them.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::ClientAccounts;
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?;
    /// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
    /// ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
    ///
    /// let accounts = ClientAccounts::of(&ledger.view()?, client.id)?;
    /// assert_eq!(accounts.books[0].held, book.money("100.00")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientNotFound`](crate::Rejection::ClientNotFound) when there is no such client; [`Error::Money`] when a sum is
    /// beyond [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, client: ClientId) -> Result<Self, Error> {
        let record = view.client(client)?;
        let mut books: BTreeMap<BookId, Vec<AccountView>> = BTreeMap::new();
        let mut listing = Listing::first(Listing::MOST);
        loop {
            let page = view.accounts(AccountFilter::OfClient(client), listing)?;
            for account in page.items {
                books.entry(account.book).or_default().push(account);
            }
            let Some(next) = page.next else { break };
            listing = Listing::first(Listing::MOST).after(next);
        }
        let books = books.into_iter().map(|(book, accounts)| BookAccounts::of(view, book, accounts));
        Ok(Self {
            client,
            code: record.code,
            name: record.name,
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            books: books.collect::<Result<_, _>>()?,
        })
    }
}

impl BookAccounts {
    fn of(view: &View, book: BookId, accounts: Vec<AccountView>) -> Result<Self, Error> {
        let book = view.book(book)?;
        let (currency, mut held) = (book.currency, 0);
        let mut classes: BTreeMap<AccountClass, (u64, i128, i128)> = BTreeMap::new();
        for account in &accounts {
            let normal = account.class.normal_side();
            let sign = if account.normal_side == normal { 1 } else { -1 };
            let (current, available) = (account.balance.current.minor(), account.balance.available.minor());
            let (count, currents, availables) = classes.entry(account.class).or_default();
            *count += 1;
            // Cannot overflow: each is below 2^97, and there are fewer accounts than 2^30.
            *currents += sign * current;
            *availables += sign * available;
            held += if account.normal_side == crate::model::Side::Credit { current } else { -current };
        }
        let classes = classes.into_iter().map(|(class, (accounts, current, available))| {
            let (current, available) = (currency.minor(current)?, currency.minor(available)?);
            Ok(ClassTotal { class, accounts, current, available })
        });
        Ok(Self {
            book: book.id,
            currency,
            mode: book.mode,
            classes: classes.collect::<Result<_, Error>>()?,
            held: currency.minor(held)?,
            accounts,
            text_scale: book.text_scale,
            name: book.name,
        })
    }
}
