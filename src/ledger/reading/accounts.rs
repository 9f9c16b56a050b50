//! Listing accounts: all, a client's, a book's, or those that the host names.

use std::ops::ControlFlow;

use super::balance::AccountView;
use super::facts::{goes_on, subject};
use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use super::records::ids;
use super::rollup::{stands_within, well_formed};
use crate::layout::digest::Fact;
use crate::layout::keys::{BOOK_ACCOUNTS, CLIENT_ACCOUNTS};
use crate::layout::load;
use crate::layout::runs::Digest;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{Account, AccountId, AccountPath, BookId, ClientId, SetId};
use crate::rules::Place;
use crate::store::{Order, Table};

/// Which accounts are wanted. A host that lets callers see their own only names them here.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// for till in ["Town", "Beach"] {
///     ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING).named(till).tagged("till"))?;
/// }
/// let view = ledger.view()?;
/// let count = |filter| Ok::<_, Error>(view.accounts(filter, Listing::default())?.items.len());
/// assert_eq!(count(AccountFilter::All)?, 8); // the book's own six among them
/// assert_eq!(count(AccountFilter::OfClient(client))?, 2);
/// assert_eq!(count(AccountFilter::Tagged("till".to_owned()))?, 2);
/// assert_eq!(count(AccountFilter::Among(vec![AccountId(7), AccountId(99)]))?, 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountFilter {
    /// Every account, of the books' own too.
    All,
    /// The accounts of a client, in all books.
    OfClient(ClientId),
    /// The accounts of a book, its own too.
    OfBook(BookId),
    /// The accounts of a client in a book.
    OfClientInBook(ClientId, BookId),
    /// These accounts, as far as they exist; each once.
    Among(Vec<AccountId>),
    /// The accounts of a book at a path of its chart, and at all paths below it. Each page looks through the index of
    /// the whole path, and at the accounts of the page alone.
    AtPath(BookId, AccountPath),
    /// The accounts of a set, and of the sets that it has; each once.
    InSet(SetId),
    /// The accounts with this word among their tags.
    Tagged(String),
    /// The accounts with this key and value among their metadata.
    With(String, String),
}

impl AccountFilter {
    /// The list that cursors of this filter belong to.
    fn scope(&self, secret: &[u8; 32]) -> (CursorKind, u64) {
        match self {
            Self::All => (CursorKind::Accounts, 0),
            Self::OfClient(client) | Self::OfClientInBook(client, _) => (CursorKind::AccountsOfClient, client.0),
            Self::OfBook(book) => (CursorKind::AccountsOfBook, book.0),
            Self::Among(_) => (CursorKind::AccountsAmong, 0),
            // The book counts as part of the path's name.
            Self::AtPath(book, path) => {
                let book = book.0.to_string();
                (CursorKind::AccountsAtPath, subject(Fact::Account(&book, path.as_str()).digest(secret)))
            }
            Self::InSet(set) => (CursorKind::AccountsInSet, set.0),
            Self::Tagged(word) => (CursorKind::AccountsTagged, subject(Fact::Tag(word).digest(secret))),
            Self::With(key, value) => (CursorKind::AccountsWith, subject(Fact::Account(key, value).digest(secret))),
        }
    }
}

/// Lists of accounts.
impl View {
    /// Accounts with what they hold, in the order of opening, which is that of their identifiers.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let page = ledger.view()?.accounts(AccountFilter::OfClient(client), Listing::first(20))?;
    /// for account in &page {
    ///     println!("{}  {}  {}", account.number(), account.name, account.balance.available);
    /// }
    /// assert_eq!(page.items[0].balance.current, book.money("100")?);
    /// assert!(page.next.is_none());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list;
    /// [`ClientNotFound`](crate::Rejection::ClientNotFound), [`BookNotFound`](crate::Rejection::BookNotFound) or
    /// [`SetNotFound`](crate::Rejection::SetNotFound) when the filter names one that does not exist;
    /// [`MalformedPath`](crate::Rejection::MalformedPath) when it names what is not a path.
    pub fn accounts(&self, filter: AccountFilter, listing: Listing) -> Result<Page<AccountView>, Error> {
        let mut reader = self.reader();
        let (kind, subject) = filter.scope(&self.shared().given.secret);
        let after = listing.place(kind, subject)?.map(|(account, _)| account);
        let ids = reader.chosen(&filter, after, listing.order, listing.limit.saturating_add(1))?;
        let page = Page::cut(ids, listing.limit, |account| Cursor::new(kind, subject, (account.0, 0)));
        let mut standings = reader.standings(&page.items)?.into_iter();
        page.try_map(|account| {
            let record = reader.account(account)?;
            reader.shown(&record, standings.next().unwrap_or_default())
        })
    }

    /// The accounts with a fact among their metadata, in the order of opening.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("relief.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@relief.example", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner).with("region", "coast"))?.id;
    /// let wallet = NewAccount::new(client, book.id, AccountType::WORKING).with("campaign", "flood-2026");
    /// let wallet = ledger.open_account(wallet)?.id;
    ///
    /// let view = ledger.view()?;
    /// assert_eq!(view.accounts_with("campaign", "flood-2026", Listing::default())?.items[0].id, wallet);
    /// assert_eq!(view.clients_with("region", "coast", Listing::default())?.items[0].id, client);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn accounts_with(&self, key: &str, value: &str, listing: Listing) -> Result<Page<AccountView>, Error> {
        self.accounts(AccountFilter::With(key.to_owned(), value.to_owned()), listing)
    }
}

impl Reader<'_> {
    /// At most `count` accounts of a filter that exist at the view's sequence and come after `after`.
    fn chosen(
        &mut self,
        filter: &AccountFilter,
        after: Option<u64>,
        order: ListOrder,
        count: usize,
    ) -> Result<Vec<AccountId>, Error> {
        match filter {
            AccountFilter::All => {
                let last = self.last_account()?;
                Ok(ids(last, after, order).take(count).map(AccountId).collect())
            }
            AccountFilter::OfClient(client) => {
                self.client(*client)?;
                self.indexed(CLIENT_ACCOUNTS, client.0, None, after, order, count)
            }
            AccountFilter::OfBook(book) => {
                self.book(*book)?;
                self.indexed(BOOK_ACCOUNTS, book.0, None, after, order, count)
            }
            AccountFilter::OfClientInBook(client, book) => {
                self.client(*client)?;
                self.book(*book)?;
                self.indexed(CLIENT_ACCOUNTS, client.0, Some(*book), after, order, count)
            }
            AccountFilter::Among(accounts) => {
                let last = self.last_account()?;
                let mut chosen: Vec<_> = accounts.iter().map(|account| account.0).collect();
                chosen.retain(|account| (1..=last).contains(account));
                chosen.sort_unstable();
                chosen.dedup();
                order.follow(&mut chosen, after);
                Ok(chosen.into_iter().take(count).map(AccountId).collect())
            }
            AccountFilter::AtPath(book, path) => {
                self.book(*book)?;
                let mut stand = self.ever_within(*book, path)?;
                order.follow(&mut stand, after.map(AccountId));
                let mut chosen = Vec::new();
                for account in stand {
                    if chosen.len() >= count {
                        break;
                    }
                    chosen.extend(self.existing(account)?.filter(|account| stands_within(account, Some(path))));
                }
                Ok(chosen.iter().map(|account| account.id).collect())
            }
            AccountFilter::InSet(set) => self.reached(*set, after.map(AccountId), order, count),
            AccountFilter::Tagged(word) => {
                let digest = Fact::Tag(word).digest(&self.shared.given.secret);
                self.with_fact(digest, after, order, count, &|account| account.tags.contains(word))
            }
            AccountFilter::With(key, value) => {
                let digest = Fact::Account(key, value).digest(&self.shared.given.secret);
                self.with_fact(digest, after, order, count, &|account| account.metadata.get(key) == Some(value))
            }
        }
    }

    /// At most `count` accounts after `after` that have ever had a fact, and that have it at the view's sequence.
    fn with_fact(
        &mut self,
        fact: Digest,
        after: Option<u64>,
        order: ListOrder,
        count: usize,
        has: &dyn Fn(&Account) -> bool,
    ) -> Result<Vec<AccountId>, Error> {
        let mut chosen = Vec::new();
        self.having(fact, after, order, &mut |reader, id| {
            let account = reader.existing(AccountId(id))?.filter(|account| has(account));
            chosen.extend(account.map(|account| account.id));
            Ok(goes_on(chosen.len() >= count))
        })?;
        Ok(chosen)
    }

    /// The accounts of a book that have ever stood at a path or below it, each once, by identifier.
    pub(super) fn ever_within(&mut self, book: BookId, path: &AccountPath) -> Result<Vec<AccountId>, Error> {
        well_formed(path)?;
        let mut stand = load::within(self.snapshot()?, book, path)?;
        stand.sort_unstable();
        stand.dedup();
        Ok(stand)
    }

    /// The last account opened up to the view's sequence.
    fn last_account(&mut self) -> Result<u64, Error> {
        let most = load::counters(self.snapshot()?)?.account;
        self.last_id(most, |id| Place::Account(AccountId(id)))
    }

    /// Accounts from an index of pairs; accounts were opened in the order of their identifiers, so that those opened
    /// after the view stand at the end.
    pub(super) fn indexed(
        &mut self,
        table: Table,
        first: u64,
        book: Option<BookId>,
        after: Option<u64>,
        order: ListOrder,
        count: usize,
    ) -> Result<Vec<AccountId>, Error> {
        let last = self.last_account()?;
        let (way, mut place) = match order {
            ListOrder::OldestFirst => (Order::Ascending, after),
            ListOrder::NewestFirst => {
                let end = last.saturating_add(1);
                (Order::Descending, Some(after.map_or(end, |after| after.min(end))))
            }
        };
        let mut chosen = Vec::new();
        loop {
            // By portions, because an account's book is read between them.
            let (mut found, wanted) = (Vec::new(), count.saturating_sub(chosen.len()));
            load::seconds(self.snapshot()?, table, first, place, way, &mut |account| {
                if account > last {
                    return ControlFlow::Break(());
                }
                found.push(AccountId(account));
                if found.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            let complete = found.len() < wanted;
            place = found.last().map_or(place, |account| Some(account.0));
            for account in found {
                let elsewhere = match book {
                    Some(book) => self.account(account)?.book != book,
                    None => false,
                };
                if !elsewhere {
                    chosen.push(account);
                }
            }
            if complete || chosen.len() >= count {
                return Ok(chosen);
            }
        }
    }
}
