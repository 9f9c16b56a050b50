//! Finding clients and entries by the facts that the caller keeps with them; and what finding accounts by them needs.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use crate::layout::digest::Fact;
use crate::layout::load;
use crate::layout::runs::Digest;
use crate::ledger::core::{INDEXED, indexed_facts};
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{Account, AccountId, Client, ClientId, Entry};
use crate::rules::{Place, Record, Rejection};

/// What cursors of the list of a digest belong to.
pub(super) fn subject(digest: Digest) -> u64 {
    u64::from_be_bytes(digest.0.first_chunk().copied().unwrap_or_default())
}

/// Look-up by metadata.
impl View {
    /// The clients with a fact among their metadata, in the order of registration.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// ledger.change_client(client, ClientChange::default().with("tier", "gold"))?;
    /// let found = ledger.view()?.clients_with("tier", "gold", Listing::default())?;
    /// assert_eq!(found.items[0].id, client);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn clients_with(&self, key: &str, value: &str, listing: Listing) -> Result<Page<Client>, Error> {
        let mut reader = self.reader();
        let digest = Fact::Client(key, value).digest(&self.shared().given.secret);
        let after = listing.place(CursorKind::ClientsWith, subject(digest))?.map(|(client, _)| client);
        let mut clients: Vec<Client> = Vec::new();
        reader.having(digest, after, listing.order, &mut |reader, id| {
            if let Some(Record::Client(client)) = reader.record(&Place::Client(ClientId(id)))?
                && client.metadata.get(key).is_some_and(|kept| kept == value)
            {
                clients.push((*client).clone());
            }
            Ok(goes_on(clients.len() > listing.limit))
        })?;
        Ok(Page::cut(clients, listing.limit, |client: &Client| {
            Cursor::new(CursorKind::ClientsWith, subject(digest), (client.id.0, 0))
        }))
    }

    /// The entries with a fact among their metadata, in the journal's order. Only facts whose key begins with `#` are
    /// indexed, so that all others cost nothing; the `#` is part of the key.
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
    /// let facts = Metadata::from([("#order".to_owned(), "77".to_owned()), ("till".to_owned(), "2".to_owned())]);
    /// ledger.credit(Credit::new(wallet, moves, book.money("10")?, "sale-1").with(facts))?;
    /// let view = ledger.view()?;
    /// assert_eq!(view.entries_with("#order", "77", Listing::default())?.items.len(), 1);
    /// // Without the `#` it is kept, and not looked up.
    /// assert!(view.entries_with("till", "2", Listing::default()).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FactNotIndexed`](Rejection::FactNotIndexed) when the key begins otherwise; [`Error::InvalidCursor`] when the
    /// cursor is of another list.
    pub fn entries_with(&self, key: &str, value: &str, listing: Listing) -> Result<Page<Entry>, Error> {
        if !key.starts_with(INDEXED) {
            return Err(Rejection::FactNotIndexed.into());
        }
        let fact = Fact::Entry(key, value);
        let (mut reader, digest) = (self.reader(), fact.digest(&self.shared().given.secret));
        let after = listing.place(CursorKind::EntriesWith, subject(digest))?.map(|(entry, _)| entry);
        let mut found = reader.find(digest)?;
        listing.order.follow(&mut found, after.map(crate::model::Sequence));
        let mut entries = Vec::new();
        for sequence in found {
            if entries.len() > listing.limit {
                break;
            }
            let entry = reader.entry(sequence)?;
            if indexed_facts(&entry).any(|kept| kept == fact) {
                entries.push((*entry).clone());
            }
        }
        Ok(Page::cut(entries, listing.limit, |entry: &Entry| {
            Cursor::new(CursorKind::EntriesWith, subject(digest), (entry.sequence.0, 0))
        }))
    }
}

pub(super) const fn goes_on(full: bool) -> ControlFlow<()> {
    if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// How many identifiers are read together.
const PORTION: usize = 256;

/// What an identifier is shown to.
type Visit<'v, 'r> = dyn FnMut(&mut Reader<'r>, u64) -> Result<ControlFlow<()>, Error> + 'v;

impl<'r> Reader<'r> {
    /// Shows the identifiers that have ever had a fact, after `after`, in order, until `visit` breaks.
    pub(super) fn having(
        &mut self,
        fact: Digest,
        mut after: Option<u64>,
        order: ListOrder,
        visit: &mut Visit<'_, 'r>,
    ) -> Result<(), Error> {
        loop {
            // By portions, because records are read between them.
            let ids = load::having(self.snapshot()?, fact, after, order.way(), PORTION)?;
            for id in &ids {
                if visit(self, *id)?.is_break() {
                    return Ok(());
                }
            }
            if ids.len() < PORTION {
                return Ok(());
            }
            after = ids.last().copied();
        }
    }

    /// An account, if it was open at the view's sequence.
    pub(super) fn existing(&mut self, account: AccountId) -> Result<Option<Arc<Account>>, Error> {
        match self.record(&Place::Account(account))? {
            Some(Record::Account(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }
}
