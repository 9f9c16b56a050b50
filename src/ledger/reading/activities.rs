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
    pub fn client_activities(&self, client: ClientId) -> ClientActivities<'_> {
        ClientActivities { view: self, client, asked: Asked::default() }
    }
}
