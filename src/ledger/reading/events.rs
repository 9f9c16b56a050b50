//! Events: what has changed, in the journal's order, after any place in it.
//!
//! Events are derived from entries as they are read. A page costs the entries that it reads, wherever it begins.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::listing::clamp;
use crate::layout::{LayoutError, journal, load};
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, ChangeKind, ClientId, EventCursor, EventId, LedgerEvent, Sequence};
use crate::rules::{Name, Place, Record, events};
use crate::store::Snapshot;

/// How many events a page has if nothing else is said.
const LIMIT: usize = 100;

/// Asks for events; made by [`View::events`].
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
/// // What moved money on one account, for a consumer that keeps its place itself.
/// let page = view.events().account(wallet).kinds(&[ChangeKind::MoneyMoved]).after(EventId::START).page()?;
/// assert_eq!(page.items.len(), 1);
/// let next = view.events().account(wallet).after(page.through).page()?;
/// assert!(next.items.is_empty() && !next.more);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `page` is called"]
pub struct EventQuery<'a> {
    view: &'a View,
    after: After,
    limit: usize,
    client: Option<ClientId>,
    account: Option<AccountId>,
    kinds: Vec<ChangeKind>,
}

#[derive(Clone, Debug)]
enum After {
    Event(EventId),
    Cursor(String),
}

/// Some events, and how far the stream has been read for them.
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
/// let (mut after, mut told) = (EventId::START, 0);
/// loop {
///     let page = view.events().client(client).after(after).limit(2).page()?;
///     (after, told) = (page.through, told + page.items.len());
///     if !page.more {
///         break;
///     }
/// }
/// assert_eq!((told, after.sequence), (4, view.sequence()));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// The events, oldest first.
    pub items: Vec<LedgerEvent>,
    /// How far the stream was read, events left out included: the next page begins after it, and it can be
    /// acknowledged.
    pub through: EventId,
    /// Whether the view shows entries after that.
    pub more: bool,
}

impl IntoIterator for EventPage {
    type Item = LedgerEvent;
    type IntoIter = std::vec::IntoIter<LedgerEvent>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl EventQuery<'_> {
    /// The most entries that are read for one page. A page of a filter that few events pass may have fewer events than
    /// asked for, or none, and more to come.
    pub const ENTRIES_MOST: usize = 10_000;

    /// Begins after an event, or after all events of an entry.
    pub fn after(mut self, event: impl Into<EventId>) -> Self {
        self.after = After::Event(event.into());
        self
    }

    /// Begins where a consumer's cursor stands in this view; at the beginning if it was never set.
    pub fn after_cursor(mut self, name: impl Into<String>) -> Self {
        self.after = After::Cursor(name.into());
        self
    }

    /// At most so many events, from 1 to [`Listing::MOST`](crate::Listing::MOST); 100 if nothing is said.
    pub fn limit(mut self, events: usize) -> Self {
        self.limit = clamp(events);
        self
    }

    /// Only events that concern a client: of commands under its keys, and those that name it or an account of its.
    pub fn client(mut self, client: ClientId) -> Self {
        self.client = Some(client);
        self
    }

    /// Only events that name an account. Those of a hold name the hold; what it reserves on its accounts is told beside
    /// them, as [`StateChange::ReservationChanged`](crate::StateChange::ReservationChanged).
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Only events of these kinds; of every kind if there are none.
    pub fn kinds(mut self, kinds: &[ChangeKind]) -> Self {
        self.kinds = kinds.to_vec();
        self
    }

    /// Reads the page.
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
    /// let page = view.events().after_cursor("webhooks").limit(100).page()?;
    /// assert_eq!(page.items.len(), 5);
    /// ledger.acknowledge("webhooks", page.through)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn page(&self) -> Result<EventPage, Error> {
        let (snapshot, last) = (self.view.shared().store.snapshot()?, self.view.sequence());
        let after = match &self.after {
            After::Event(event) => *event,
            After::Cursor(name) => self.view.cursor(name)?.map_or(EventId::START, |cursor| cursor.at),
        };
        let mut owners = Owners { snapshot: &*snapshot, at: last, known: BTreeMap::new() };
        let mut items = Vec::new();
        let read = follow(&*snapshot, after, last, Self::ENTRIES_MOST, &mut |event| {
            if self.wants(&event, &mut owners)? {
                items.push(event);
            }
            Ok(if items.len() < self.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(EventPage { items, through: read.through, more: read.more })
    }

    fn wants(&self, event: &LedgerEvent, owners: &mut Owners<'_>) -> Result<bool, LayoutError> {
        let change = &event.change;
        if !self.kinds.is_empty() && !self.kinds.contains(&change.kind()) {
            return Ok(false);
        }
        let accounts = if self.account.is_some() || self.client.is_some() { change.accounts() } else { Vec::new() };
        if self.account.is_some_and(|account| !accounts.contains(&account)) {
            return Ok(false);
        }
        if self.client.is_none() || event.client == self.client || change.client() == self.client {
            return Ok(true);
        }
        for account in accounts {
            if owners.of(account)? == self.client {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Who owns which account, which never changes; each is looked up once.
struct Owners<'a> {
    snapshot: &'a dyn Snapshot,
    at: Sequence,
    known: BTreeMap<AccountId, Option<ClientId>>,
}

impl Owners<'_> {
    fn of(&mut self, account: AccountId) -> Result<Option<ClientId>, LayoutError> {
        if let Some(known) = self.known.get(&account) {
            return Ok(*known);
        }
        let owner = match load::record(self.snapshot, &Place::Account(account), self.at)? {
            Some(Record::Account(record)) => record.client,
            _ => None,
        };
        self.known.insert(account, owner);
        Ok(owner)
    }
}

/// How far a reading has come.
pub(in crate::ledger) struct Read {
    /// The last event shown, or the end of the last entry read.
    pub through: EventId,
    /// Whether there are entries, or events of the same entry, after that.
    pub more: bool,
}

/// Shows the events after `after` of the entries up to `last`, until `show` breaks or fails, or `entries_max` entries
/// have been read.
pub(in crate::ledger) fn follow(
    snapshot: &dyn Snapshot,
    after: EventId,
    last: Sequence,
    entries_max: usize,
    show: &mut dyn FnMut(LedgerEvent) -> Result<ControlFlow<()>, LayoutError>,
) -> Result<Read, LayoutError> {
    let from = if after.place == EventId::ALL { after.sequence.next() } else { after.sequence.max(Sequence(1)) };
    let mut read = Read { through: after, more: from <= last };
    if !read.more {
        return Ok(read);
    }
    let mut entries = 0;
    journal::entries(snapshot, from, &mut |entry| {
        if entries == entries_max {
            return Ok(ControlFlow::Break(()));
        }
        entries += 1;
        let events = events(&entry);
        let count = u16::try_from(events.len()).unwrap_or(EventId::ALL);
        for event in events.into_iter().filter(|event| event.id > after) {
            let id = event.id;
            if show(event)?.is_break() {
                read = Read { through: id, more: entry.sequence < last || id.place < count };
                return Ok(ControlFlow::Break(()));
            }
        }
        let through = EventId { sequence: entry.sequence, place: count };
        read = Read { through: through.max(after), more: entry.sequence < last };
        Ok(if read.more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    if entries == 0 {
        let missing = format!("the journal ends before entry {from}, which was acknowledged");
        return Err(LayoutError::Format { what: missing });
    }
    Ok(read)
}

/// Events.
impl View {
    /// Asks for events, from the first on if nothing else is said.
    ///
    /// Every change of state up to the view's sequence is an event exactly once, in one order that never changes.
    /// Cursors are the exception: setting one is an entry, but no event, or consumers would wake each other for ever.
    ///
    /// ```
    /// use pacioli::{ChangeKind, Ledger, NewBook, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    ///
    /// let page = ledger.view()?.events().after_cursor("webhooks").limit(50).page()?;
    /// for event in &page.items {
    ///     println!("{}: {:?}", event.id, event.change); // tell the world
    /// }
    /// assert_eq!(page.items[0].change.kind(), ChangeKind::BookOpened);
    /// ledger.acknowledge("webhooks", page.through)?;
    /// assert!(ledger.view()?.events().after_cursor("webhooks").page()?.items.is_empty());
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn events(&self) -> EventQuery<'_> {
        EventQuery {
            view: self,
            after: After::Event(EventId::START),
            limit: LIMIT,
            client: None,
            account: None,
            kinds: Vec::new(),
        }
    }

    /// Where a consumer's cursor stood; `None` if it had not been set.
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
    /// assert_eq!(ledger.view()?.cursor("webhooks")?, None);
    /// ledger.acknowledge("webhooks", Sequence(3))?;
    /// let cursor = ledger.view()?.cursor("webhooks")?.ok_or("it has been set")?;
    /// assert_eq!((cursor.at.sequence, cursor.moves), (Sequence(3), 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn cursor(&self, name: &str) -> Result<Option<EventCursor>, Error> {
        let mut reader = self.reader();
        let Some(Record::Name(id)) = reader.record(&Place::Name(Name::Cursor(name.to_owned())))? else {
            return Ok(None);
        };
        match reader.record(&Place::Cursor(Sequence(id)))? {
            Some(Record::Cursor(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::wire::samples::{Sample, dice};
    use crate::model::{Entry, Event};
    use crate::rules::changes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_an_entry_says_is_told_in_json_that_reads_back(mut dice in dice()) {
            let entry = Entry::sample(&mut dice);
            let told = events(&entry);
            prop_assert_eq!(told.is_empty(), matches!(entry.event, Event::Cursor(_)));
            prop_assert_eq!(told.iter().map(|event| event.change.clone()).collect::<Vec<_>>(), changes(&entry));
            for (place, event) in (1..).zip(told) {
                prop_assert_eq!(event.id, EventId { sequence: entry.sequence, place });
                let json = serde_json::to_value(&event).unwrap();
                prop_assert_eq!(&json["change"]["type"], &serde_json::to_value(event.change.kind()).unwrap());
                let text = json.to_string();
                prop_assert_eq!(serde_json::from_str::<LedgerEvent>(&text).unwrap(), event);
            }
        }
    }
}
