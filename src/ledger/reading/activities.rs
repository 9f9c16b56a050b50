//! Asking for activities: of one account, or of all accounts of a client in one order.

use std::ops::RangeBounds;

use super::activity::ActivityLine;
use super::lines::{Lines, Wanted};
use super::listing::{Cursor, CursorKind, ListOrder, Page, clamp};
use super::range::TimeRange;
use super::reader::Reader;
use super::trail::{Spot, Trail};
use crate::layout::keys::CLIENT_ACCOUNTS;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, ClientId, EntryKind, Timestamp};

/// How many lines a page has if nothing else is said.
const LIMIT: usize = 100;

#[derive(Clone, Debug)]
struct Asked {
    wanted: Wanted,
    order: ListOrder,
    after: Option<Cursor>,
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { wanted: Wanted::default(), order: ListOrder::NewestFirst, after: None, limit: LIMIT }
    }
}

macro_rules! asking {
    ($kind:ident) => {
        impl $kind<'_> {
            /// Begins with the first activity instead of the last.
            pub fn oldest_first(mut self) -> Self {
                self.asked.order = ListOrder::OldestFirst;
                self
            }

            /// Begins with the last activity, as it does if nothing is said.
            pub fn newest_first(mut self) -> Self {
                self.asked.order = ListOrder::NewestFirst;
                self
            }

            /// Only lines of these kinds ([`Activity::kind`](crate::Activity::kind)); of every kind if there are none.
            ///
            /// Lines of other kinds are read and left out, so a rare kind on a long account costs what they cost.
            pub fn kinds(mut self, kinds: &[EntryKind]) -> Self {
                self.asked.wanted.kinds = kinds.to_vec();
                self
            }

            /// Only lines recorded within a range: `from..to` without its end, `from..=to` with it. Lines outside are
            /// not read.
            pub fn recorded(mut self, range: impl RangeBounds<Timestamp>) -> Self {
                self.asked.wanted.recorded = TimeRange::of(&range);
                self
            }

            /// Only lines that count from within a range: `from..to` without its end, `from..=to` with it.
            ///
            /// Lines outside are read and left out: when a line counts says nothing about where it stands.
            pub fn effective(mut self, range: impl RangeBounds<Timestamp>) -> Self {
                self.asked.wanted.effective = TimeRange::of(&range);
                self
            }

            /// Goes on after the page that gave this cursor, or begins at the beginning with `None`.
            pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
                self.asked.after = cursor.into();
                self
            }

            /// At most so many lines on a page, from 1 to [`Listing::MOST`](crate::Listing::MOST); 100 if nothing is
            /// said.
            pub fn limit(mut self, lines: usize) -> Self {
                self.asked.limit = clamp(lines);
                self
            }
        }
    };
}

/// Asks for an account's activities; made by [`View::activities`], answered by [`Activities::page`].
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
/// # for n in 1..=5 {
/// #     ledger.debit(Debit::new(wallet, moves, book.money("10")?, format!("pay-{n}")))?;
/// # }
/// let view = ledger.view()?;
/// let mut shown = Vec::new();
/// let mut next = None;
/// loop {
///     let page = view.activities(wallet).oldest_first().limit(2).after(next).page()?;
///     shown.extend(page.items.iter().map(|line| line.current_balance.text()));
///     next = page.next;
///     if next.is_none() {
///         break;
///     }
/// }
/// assert_eq!(shown, ["100.00", "90.00", "80.00", "70.00", "60.00", "50.00"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Activities<'a> {
    view: &'a View,
    account: AccountId,
    asked: Asked,
}

asking!(Activities);

impl Activities<'_> {
    /// The lines asked for, and where they go on.
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
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "rent-1").kind(EntryKind::Payout))?;
    /// let view = ledger.view()?;
    /// let page = view.activities(wallet).kinds(&[EntryKind::Payout]).page()?;
    /// assert_eq!((page.items.len(), page.items[0].value), (1, book.money("-30")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account; [`Error::InvalidCursor`]
    /// when the cursor is of another list.
    pub fn page(&self) -> Result<Page<ActivityLine>, Error> {
        let mut reader = self.view.reader();
        reader.account(self.account)?;
        let (trail, _) = reader.trail(self.account)?;
        page(&mut reader, &self.asked, (CursorKind::Activities, self.account.0), &[trail])
    }
}

/// Asks for the activities of all accounts of a client, in the one order of the journal: entry, then place in the
/// entry. Made by [`View::client_activities`], answered by [`ClientActivities::page`].
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
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// ledger.transfer(Transfer::new(wallet, savings, moves, book.money("40")?, "save-1").narrated("For the roof"))?;
/// let view = ledger.view()?;
/// let lines = view.client_activities(client).oldest_first().page()?.items;
/// let values: Vec<_> = lines.iter().map(|line| (line.account, line.value.text())).collect();
/// assert_eq!(values.len(), 3);
/// assert_eq!(values[1..], [(wallet, "-40.00".to_owned()), (savings, "40.00".to_owned())]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientActivities<'a> {
    view: &'a View,
    client: ClientId,
    asked: Asked,
}

asking!(ClientActivities);

impl ClientActivities<'_> {
    /// The lines asked for, and where they go on.
    ///
    /// Every account of the client is looked at once for each page.
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
    /// // What happened since yesterday on all accounts of the client.
    /// let yesterday = ledger.now().plus_ns(-86_400_000_000_000);
    /// let page = ledger.view()?.client_activities(client).recorded(yesterday..).limit(50).page()?;
    /// assert_eq!((page.items.len(), page.next), (1, None));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ClientNotFound`](crate::Rejection::ClientNotFound) when there is no such client; [`Error::InvalidCursor`] when
    /// the cursor is of another list.
    pub fn page(&self) -> Result<Page<ActivityLine>, Error> {
        let mut reader = self.view.reader();
        reader.client(self.client)?;
        let order = ListOrder::OldestFirst;
        let accounts = reader.indexed(CLIENT_ACCOUNTS, self.client.0, None, None, order, usize::MAX)?;
        let latest = reader.latest(&accounts)?;
        let trails: Vec<_> = accounts
            .iter()
            .zip(latest)
            .map(|(account, latest)| Ok(Trail::of(&mut reader, *account, latest)?.0))
            .collect::<Result<_, Error>>()?;
        page(&mut reader, &self.asked, (CursorKind::ClientActivities, self.client.0), &trails)
    }
}

fn page(
    reader: &mut Reader<'_>,
    asked: &Asked,
    (kind, subject): (CursorKind, u64),
    trails: &[Trail],
) -> Result<Page<ActivityLine>, Error> {
    let cursor = asked.after.map(|cursor| cursor.place(kind, subject)).transpose()?;
    let count = asked.limit.saturating_add(1);
    let spots = Lines::new(reader, trails, &asked.wanted, asked.order, cursor, count)?.take(reader, count)?;
    let page = Page::cut(spots, asked.limit, |spot: &Spot| Cursor::new(kind, subject, spot.position()));
    page.try_map(|spot| reader.line(&spot))
}

/// Lists of activities.
impl View {
    /// Asks for an account's activities, newest first if nothing else is said.
    ///
    /// ```
    /// # use pacioli::{Ledger, NewBook, SystemAccount, money::Currency};
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let wallet = book.system(SystemAccount::Suspense);
    /// use pacioli::{EntryKind, Timestamp};
    ///
    /// let (from, to): (Timestamp, Timestamp) = ("2026-11-01T00:00:00Z".parse()?, "2026-12-01T00:00:00Z".parse()?);
    /// let view = ledger.view()?;
    /// let page = view.activities(wallet).kinds(&[EntryKind::Sale]).recorded(from..to).limit(50).page()?;
    /// assert!(page.items.is_empty() && page.next.is_none());
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn activities(&self, account: AccountId) -> Activities<'_> {
        Activities { view: self, account, asked: Asked::default() }
    }

    /// Asks for the activities of all accounts of a client, newest first if nothing else is said.
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
    /// let view = ledger.view()?;
    /// let latest = view.client_activities(client).limit(1).page()?.items.remove(0);
    /// assert_eq!((latest.account, latest.number), (wallet, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn client_activities(&self, client: ClientId) -> ClientActivities<'_> {
        ClientActivities { view: self, client, asked: Asked::default() }
    }
}
