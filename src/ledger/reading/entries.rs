//! Entries: by sequence, by key, by reference, in order; and their reversals.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page, clamp};
use super::reader::Reader;
use crate::layout::runs::Digest;
use crate::layout::{journal, load};
use crate::ledger::core::{counterparties, counterparty_digest, key_digest, reference_digest, references};
use crate::ledger::error::Error;
use crate::ledger::receipt::{hash_of, leg_prefix};
use crate::ledger::view::View;
use crate::model::{ClientId, CounterpartyId, Entry, Hash, Operation, Reference, Sequence};
use crate::rules::{Place, Rejection};

/// Entries.
impl View {
    /// The entry at a place of the journal.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1").narrated("Flour"))?;
    /// let entry = ledger.view()?.entry(sale.sequence())?;
    /// assert_eq!((entry.key.as_deref(), entry.narrative()), (Some("sale-1"), Some("Flour")));
    /// assert_eq!(entry.postings.len(), 2); // the world outside, and the wallet
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::EntryNotFound`] when the view shows none there.
    pub fn entry(&self, sequence: Sequence) -> Result<Entry, Error> {
        if sequence == Sequence::ZERO || sequence > self.sequence() {
            return Err(Rejection::EntryNotFound { entry: sequence }.into());
        }
        self.reader().entry(sequence).map(|entry| (*entry).clone())
    }

    /// The digest of an entry: 32 bytes that stand for all that it records, in the bytes of the journal. Those of its
    /// lines ([`Activity::hash`](crate::Activity::hash)) are made of it.
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
    /// let digest = view.entry_digest(Sequence(5))?;
    /// // Given to a third party, it shows later that the entry is still what it was.
    /// assert_eq!(digest.to_string().len(), 64);
    /// assert_eq!(ledger.view()?.entry_digest(Sequence(5))?, digest);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::EntryNotFound`] when the view shows none there.
    pub fn entry_digest(&self, sequence: Sequence) -> Result<Hash, Error> {
        self.entry(sequence).map(|entry| hash_of(&entry))
    }

    /// The entry that a command under this key became; `None` for the client asks among the operator's keys.
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
    /// let entry = view.entry_keyed(Some(client), "top-up-1")?.ok_or("it was carried out")?;
    /// assert_eq!(entry.sequence, Sequence(5));
    /// // Never given, or refused.
    /// assert_eq!(view.entry_keyed(Some(client), "top-up-2")?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn entry_keyed(&self, client: Option<ClientId>, key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.reader().keyed(client, key)?.map(|entry| (*entry).clone()))
    }

    /// The entries that carry a reference, in the journal's order.
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
    /// // An identifier is shared by all that belongs together.
    /// ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1").referring("order", "77"))?;
    /// ledger.debit(Debit::new(wallet, moves, book.money("6")?, "bag-1").referring("order", "77"))?;
    /// let found = ledger.view()?.entries_referring("order", "77", Listing::default())?;
    /// assert_eq!(found.items.len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn entries_referring(&self, kind: &str, id: &str, listing: Listing) -> Result<Page<Entry>, Error> {
        let reference = Reference::new(kind, id);
        let digest = reference_digest(&self.shared().given.secret, &reference);
        let subject = u64::from_be_bytes(digest.0.first_chunk().copied().unwrap_or_default());
        // Two references may share a digest: only the reference itself counts.
        let carries = |entry: &Entry| references(entry).contains(&reference);
        self.entries_led_to(digest, (CursorKind::Referring, subject), &listing, carries)
    }

    /// The entries whose movements name a counterparty, in the journal's order; after it is erased too.
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
    /// let jane = ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001"))?;
    /// ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1").paid_by(jane.party.clone()))?;
    /// let paid = ledger.view()?.entries_naming(jane.id, Listing::default())?;
    /// assert_eq!(paid.items[0].key.as_deref(), Some("sale-1"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn entries_naming(&self, counterparty: CounterpartyId, listing: Listing) -> Result<Page<Entry>, Error> {
        let digest = counterparty_digest(&self.shared().given.secret, counterparty);
        let names = |entry: &Entry| counterparties(entry).any(|named| named == counterparty);
        self.entries_led_to(digest, (CursorKind::Naming, counterparty.0), &listing, names)
    }

    /// The entries that a digest leads to, as far as they are `wanted`.
    fn entries_led_to(
        &self,
        digest: Digest,
        (kind, subject): (CursorKind, u64),
        listing: &Listing,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Page<Entry>, Error> {
        let mut reader = self.reader();
        let after = listing.place(kind, subject)?.map(|(entry, _)| entry);
        let mut found = reader.find(digest)?;
        match listing.order {
            ListOrder::OldestFirst => found.retain(|entry| after.is_none_or(|after| entry.0 > after)),
            ListOrder::NewestFirst => {
                found.reverse();
                found.retain(|entry| after.is_none_or(|after| entry.0 < after));
            }
        }
        let mut entries = Vec::new();
        for sequence in found {
            if entries.len() > listing.limit {
                break;
            }
            let entry = reader.entry(sequence)?;
            if wanted(&entry) {
                entries.push((*entry).clone());
            }
        }
        Ok(Page::cut(entries, listing.limit, |entry: &Entry| Cursor::new(kind, subject, (entry.sequence.0, 0))))
    }

    /// The entry and the place among its postings, from 0, that a line's own reference names
    /// ([`Activity::leg_reference`](crate::Activity::leg_reference)): `IFT1…`, `RVS2…`.
    ///
    /// A reference is the operation's three letters, the line's number and the key. Where a key that begins with digits
    /// lets it be read in several ways, the shortest number that names a line is meant.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "SJK4H7"))?;
    /// // The reference that a statement shows beside the line.
    /// let reference = sale.activity().and_then(|line| line.leg_reference()).ok_or("a keyed line has one")?;
    /// let (entry, place) = ledger.view()?.entry_by_leg_reference(Some(client), &reference)?.ok_or("found")?;
    /// assert_eq!((entry.sequence, entry.postings[place].account), (sale.sequence(), wallet));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn entry_by_leg_reference(
        &self,
        client: Option<ClientId>,
        reference: &str,
    ) -> Result<Option<(Entry, usize)>, Error> {
        let mut reader = self.reader();
        let operations = [
            Operation::Credit,
            Operation::Debit,
            Operation::Transfer,
            Operation::Post,
            Operation::Reverse,
            Operation::Hold,
            Operation::Capture,
            Operation::Release,
            Operation::Exchange,
        ];
        let named = operations.into_iter().find_map(|operation| {
            let rest = reference.strip_prefix(leg_prefix(operation))?;
            Some((operation, rest))
        });
        let Some((operation, rest)) = named else { return Ok(None) };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        for (leg, key) in (1..=digits.min(5)).filter_map(|digits| rest.split_at_checked(digits)) {
            let Some(place) = leg.parse::<usize>().ok().and_then(|leg| leg.checked_sub(1)) else { continue };
            if leg.starts_with('0') {
                continue;
            }
            if let Some(entry) = reader.keyed(client, key)?
                && entry.posted().is_some_and(|posted| posted.operation == operation)
                && place < entry.postings.len()
            {
                return Ok(Some(((*entry).clone(), place)));
            }
        }
        Ok(None)
    }

    /// The journal itself: at most `limit` entries (1 to [`Listing::MOST`]) after `after`, in order. Goes on after the
    /// last one's sequence; [`Page::next`] says whether there are more.
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
    /// let (view, mut after, mut read) = (ledger.view()?, None, 0);
    /// loop {
    ///     let page = view.entries(after, 2)?;
    ///     read += page.items.len();
    ///     after = page.items.last().map(|entry| entry.sequence);
    ///     if page.next.is_none() {
    ///         break;
    ///     }
    /// }
    /// assert_eq!((read, after), (5, Some(view.sequence())));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn entries(&self, after: Option<Sequence>, limit: usize) -> Result<Page<Entry>, Error> {
        let (mut reader, limit) = (self.reader(), clamp(limit));
        let (from, last) = (after.unwrap_or(Sequence::ZERO).next(), self.sequence());
        let mut entries = Vec::new();
        if from <= last {
            journal::entries(reader.snapshot()?, from, &mut |entry| {
                if entry.sequence > last || entries.len() > limit {
                    return Ok(ControlFlow::Break(()));
                }
                entries.push(entry);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(Page::cut(entries, limit, |entry: &Entry| Cursor::new(CursorKind::Entries, 0, (entry.sequence.0, 0))))
    }

    /// The reversals of an entry, in order. What a reversal reverses stands in the reversal itself, so the two are
    /// linked both ways.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1"))?;
    /// let refund = ledger.reverse(Reverse::part(&sale, book.money("6")?, "refund-1"))?;
    /// assert_eq!(ledger.view()?.reversals(sale.sequence())?, [refund.sequence()]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn reversals(&self, original: Sequence) -> Result<Vec<Sequence>, Error> {
        let mut reader = self.reader();
        let versions = load::versions(reader.snapshot()?, &Place::Reversed(original), self.sequence())?;
        Ok(versions.into_iter().map(|(reversal, _)| reversal).collect())
    }
}

impl Reader<'_> {
    /// The entries, in order, whose key or reference has a digest; and perhaps others.
    pub(super) fn find(&mut self, digest: Digest) -> Result<Vec<Sequence>, Error> {
        let (shared, mut found) = (self.shared, Vec::new());
        let found_in = shared.index.find(digest, self.at.0, &|| shared.store.snapshot(), &mut found);
        found_in.map_err(crate::layout::LayoutError::from)?;
        Ok(found.into_iter().map(Sequence).collect())
    }

    fn keyed(&mut self, client: Option<ClientId>, key: &str) -> Result<Option<Arc<Entry>>, Error> {
        for sequence in self.find(key_digest(&self.shared.given.secret, client, key))? {
            let entry = self.entry(sequence)?;
            // Two keys may share a digest: only the key itself counts.
            if entry.client == client && entry.key.as_deref() == Some(key) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}
