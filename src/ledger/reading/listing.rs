//! Pages and cursors: how long lists are read in parts.
//!
//! A cursor names a place in a list, not a number of items to leave out, so a list goes on where it stopped whatever
//! has been recorded meanwhile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ledger::error::Error;
use crate::store::Order;

/// Which end of a list comes first.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// // Lists are ordered by the identifiers, which are given out in the order of the journal.
/// let clients = |listing| Ok::<_, Error>(ledger.view()?.clients(listing)?.items);
/// let other = Contact::new("Amina", "amina@shop.co.ke", "+254700000002");
/// let other = ledger.register_client(NewClient::individual("KE", other))?.id;
/// assert_eq!(clients(Listing::first(1))?[0].id, client);
/// assert_eq!(clients(Listing::first(1).newest_first())?[0].id, other);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// What was recorded first.
    #[default]
    OldestFirst,
    /// What was recorded last.
    NewestFirst,
}

impl ListOrder {
    /// The order in which a store is scanned for it.
    pub(super) const fn way(self) -> Order {
        match self {
            Self::OldestFirst => Order::Ascending,
            Self::NewestFirst => Order::Descending,
        }
    }

    /// Puts what ascends in this order, and leaves only what comes after `after`.
    pub(super) fn follow<T: Ord + Copy>(self, items: &mut Vec<T>, after: Option<T>) {
        match self {
            Self::OldestFirst => items.retain(|item| after.is_none_or(|after| *item > after)),
            Self::NewestFirst => {
                items.reverse();
                items.retain(|item| after.is_none_or(|after| *item < after));
            }
        }
    }
}

/// Which part of a list is wanted: at most so many items, after a cursor, in an order.
///
/// Oldest first unless said otherwise; limits are brought into 1 to [`Listing::MOST`].
///
/// ```
/// use pacioli::{AccountFilter, Ledger, Listing, NewBook, money::Currency};
///
/// let ledger = Ledger::in_memory()?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// let (mut listing, mut accounts) = (Listing::first(4), Vec::new());
/// loop {
///     let page = ledger.view()?.accounts(AccountFilter::All, listing.clone())?;
///     accounts.extend(page.items);
///     let Some(next) = page.next else { break };
///     listing = listing.after(next);
/// }
/// assert_eq!(accounts.len(), 6);
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    pub(super) after: Option<Cursor>,
    pub(super) limit: usize,
    pub(super) order: ListOrder,
}

impl Default for Listing {
    /// The first 100 items.
    fn default() -> Self {
        Self::first(100)
    }
}

impl Listing {
    /// The most items of one page.
    pub const MOST: usize = 1_000;

    /// The first `limit` items, from 1 to [`Listing::MOST`].
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit: clamp(limit), order: ListOrder::OldestFirst }
    }

    /// Goes on after the page that gave this cursor.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// Begins with what was recorded last.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.order = ListOrder::NewestFirst;
        self
    }

    /// Begins with what was recorded first.
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        self.order = ListOrder::OldestFirst;
        self
    }

    /// Where the list goes on: the place that the cursor names, if there is one.
    pub(super) fn place(&self, kind: CursorKind, subject: u64) -> Result<Option<(u64, u64)>, Error> {
        self.after.as_ref().map(|cursor| cursor.place(kind, subject)).transpose()
    }
}

pub(super) fn clamp(limit: usize) -> usize {
    limit.clamp(1, Listing::MOST)
}

/// Part of a list, and where it goes on.
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
/// let page = ledger.view()?.accounts(AccountFilter::OfBook(book.id), Listing::first(5))?;
/// assert_eq!(page.items.len(), 5);
/// let rest = page.next.ok_or("there are seven")?;
/// let rest = ledger.view()?.accounts(AccountFilter::OfBook(book.id), Listing::first(5).after(rest))?;
/// assert_eq!((rest.items.len(), rest.next), (2, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the list's end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page of at most `limit` items out of at least one more, if there are more.
    pub(super) fn cut(mut items: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }

    pub(super) fn try_map<U>(self, change: impl FnMut(T) -> Result<U, Error>) -> Result<Page<U>, Error> {
        let items = self.items.into_iter().map(change).collect::<Result<_, _>>()?;
        Ok(Page { items, next: self.next })
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// The lists that cursors belong to, by the letter that their cursors begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CursorKind {
    Accounts,
    AccountsOfClient,
    AccountsOfBook,
    AccountsAmong,
    Activities,
    ClientActivities,
    Clients,
    Entries,
    Referring,
    Counterparties,
    Naming,
    OpenHolds,
    Payouts,
    PayoutsOfClient,
    InvoicesOfClient,
    InvoicesOfAccount,
    InvoicesReferring,
    AccountsAtPath,
    AccountsInSet,
    AccountsTagged,
    AccountsWith,
    ClientsWith,
    EntriesWith,
    Sets,
    Members,
}

impl CursorKind {
    const ALL: [(Self, char); 25] = [
        (Self::Accounts, 'w'),
        (Self::AccountsOfClient, 'o'),
        (Self::AccountsOfBook, 'b'),
        (Self::AccountsAmong, 'm'),
        (Self::Activities, 'a'),
        (Self::ClientActivities, 'c'),
        (Self::Clients, 'k'),
        (Self::Entries, 'e'),
        (Self::Referring, 'r'),
        (Self::Payouts, 'p'),
        (Self::PayoutsOfClient, 'q'),
        (Self::OpenHolds, 'h'),
        (Self::InvoicesOfClient, 'i'),
        (Self::InvoicesOfAccount, 'j'),
        (Self::InvoicesReferring, 'y'),
        (Self::AccountsAtPath, 'P'),
        (Self::AccountsInSet, 'S'),
        (Self::AccountsTagged, 'T'),
        (Self::AccountsWith, 'F'),
        (Self::ClientsWith, 'G'),
        (Self::EntriesWith, 'H'),
        (Self::Sets, 'N'),
        (Self::Members, 'Q'),
        (Self::Counterparties, 'C'),
        (Self::Naming, 'n'),
    ];

    fn letter(self) -> char {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or('?', |(_, letter)| *letter)
    }
}

/// A place in a list, given by one page and taken by the next.
///
/// Opaque, but with a stable text form ([`Display`](fmt::Display), [`FromStr`], and text in serde), so that it can
/// travel. It belongs to one list: that of another account, client or kind answers [`Error::InvalidCursor`].
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
/// let view = ledger.view()?;
/// let page = view.accounts(AccountFilter::All, Listing::first(4))?;
/// // Out in an answer, and back in the next request.
/// let text = page.next.ok_or("there are more")?.to_string();
/// let next = view.accounts(AccountFilter::All, Listing::first(4).after(text.parse()?))?;
/// assert_eq!(next.items[0].id, AccountId(5));
/// // It is of this list alone.
/// assert!(matches!(view.clients(Listing::default().after(text.parse()?)), Err(Error::InvalidCursor)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    kind: CursorKind,
    subject: u64,
    place: (u64, u64),
}

impl Cursor {
    pub(super) const fn new(kind: CursorKind, subject: u64, place: (u64, u64)) -> Self {
        Self { kind, subject, place }
    }

    pub(super) fn place(&self, kind: CursorKind, subject: u64) -> Result<(u64, u64), Error> {
        if self.kind == kind && self.subject == subject { Ok(self.place) } else { Err(Error::InvalidCursor) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.place;
        write!(f, "{}{:x}-{first:x}-{second:x}", self.kind.letter(), self.subject)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let mut letters = text.chars();
            let letter = letters.next()?;
            let (kind, _) = *CursorKind::ALL.iter().find(|(_, known)| *known == letter)?;
            let mut numbers = letters.as_str().split('-').map(|number| u64::from_str_radix(number, 16).ok());
            let cursor = Self::new(kind, numbers.next()??, (numbers.next()??, numbers.next()??));
            // One text for each cursor: no signs, capitals or zeros in front.
            (numbers.next().is_none() && cursor.to_string() == text).then_some(cursor)
        };
        read().ok_or(Error::InvalidCursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_has_one_text() {
        for (kind, _) in CursorKind::ALL {
            let cursor = Cursor::new(kind, 300, (7, u64::MAX));
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
        for wrong in ["", "a", "a1-2", "a1-2-3-4", "z1-2-3", "a01-2-3", "a+1-2-3", "aA-2-3", "ä1-2-3", "a1-2-3 "] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_are_brought_into_range() {
        assert_eq!(Listing::first(0).limit, 1);
        assert_eq!(Listing::first(usize::MAX).limit, Listing::MOST);
    }
}
