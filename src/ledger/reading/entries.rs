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
    /// # Errors
    /// [`Rejection::EntryNotFound`] when the view shows none there.
    pub fn entry_digest(&self, sequence: Sequence) -> Result<Hash, Error> {
        self.entry(sequence).map(|entry| hash_of(&entry))
    }

    /// The entry that a command under this key became; `None` for the client asks among the operator's keys.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn entry_keyed(&self, client: Option<ClientId>, key: &str) -> Result<Option<Entry>, Error> {
        Ok(self.reader().keyed(client, key)?.map(|entry| (*entry).clone()))
    }

    /// The entries that carry a reference, in the journal's order.
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
