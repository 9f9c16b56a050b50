//! Counterparties, and the personal texts of counterparties and clients.
//!
//! A record is read as of the view's sequence; its texts are put in from beside the journal. Texts that are gone must have
//! been erased, perhaps only after the view: a look at the newest version tells when.

use std::ops::ControlFlow;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use super::records::found;
use crate::layout::keys::{CLIENT_COUNTERPARTIES, PERSONAL, personal_key};
use crate::layout::wire::Malformed;
use crate::layout::{LayoutError, corrupt, load};
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{Client, ClientId, Committed, Counterparty, CounterpartyId, Owner, PartyKind, Personal, Timestamp};
use crate::rules::{Place, Record, Rejection, reference_digest, value_digest};
use crate::store::Order;

/// Counterparties.
impl View {
    /// A counterparty, with its personal texts unless they have been erased since.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let jane = ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001"))?;
    /// let found = ledger.view()?.counterparty(jane.id)?;
    /// assert_eq!((found.value.as_deref(), found.party.display.as_str()), (Some("+254722000001"), "+2547******01"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::CounterpartyNotFound`] when there is none.
    pub fn counterparty(&self, counterparty: CounterpartyId) -> Result<Counterparty, Error> {
        self.reader().counterparty(counterparty)
    }

    /// The client's counterparty of this kind and value, given in full. One that is erased is not found.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let jane = ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001"))?;
    /// let caller = ledger.view()?.counterparty_of(client, PartyKind::Msisdn, "+254722000001")?;
    /// assert_eq!(caller.map(|found| found.id), Some(jane.id));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn counterparty_of(
        &self,
        client: ClientId,
        kind: PartyKind,
        value: &str,
    ) -> Result<Option<Counterparty>, Error> {
        let digest = value_digest(&self.shared().given.secret, client, kind, value);
        let mut reader = self.reader();
        let Some(id) = reader.payer(client, digest)? else { return Ok(None) };
        found(reader.counterparty(id))
    }

    /// The client's counterparty that the host calls so. One that is erased is not found.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001").referred_as("crm-4711");
    /// let jane = ledger.record_counterparty(jane)?;
    /// assert_eq!(ledger.view()?.counterparty_referring(client, "crm-4711")?, Some(jane));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn counterparty_referring(&self, client: ClientId, reference: &str) -> Result<Option<Counterparty>, Error> {
        let digest = reference_digest(&self.shared().given.secret, client, reference);
        let mut reader = self.reader();
        let Some(id) = reader.payer(client, digest)? else { return Ok(None) };
        let record = found(reader.counterparty(id))?;
        // Who is called so now may have been called otherwise at the view's sequence.
        Ok(record.filter(|record| record.reference.as_deref() == Some(reference)))
    }

    /// The counterparties of a client, in the order of recording, the erased ones too.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// for number in ["+254722000001", "+254722000002"] {
    ///     ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, number))?;
    /// }
    /// let page = ledger.view()?.counterparties(client, Listing::default())?;
    /// let shown: Vec<_> = page.items.iter().map(|found| found.party.display.as_str()).collect();
    /// assert_eq!(shown, ["+2547******01", "+2547******02"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is no such client; [`Error::InvalidCursor`] when the cursor is of another
    /// list.
    pub fn counterparties(&self, client: ClientId, listing: Listing) -> Result<Page<Counterparty>, Error> {
        let mut reader = self.reader();
        reader.client(client)?;
        let after = listing.place(CursorKind::Counterparties, client.0)?.map(|(counterparty, _)| counterparty);
        let (last, count) = (reader.at.0, listing.limit.saturating_add(1));
        // A counterparty's identifier is the sequence that it was first recorded at.
        let (order, after) = match listing.order {
            ListOrder::OldestFirst => (Order::Ascending, after),
            ListOrder::NewestFirst => (Order::Descending, Some(after.unwrap_or(u64::MAX).min(last.saturating_add(1)))),
        };
        let mut ids = Vec::new();
        load::seconds(reader.snapshot()?, CLIENT_COUNTERPARTIES, client.0, after, order, &mut |id| {
            if id > last {
                return ControlFlow::Break(());
            }
            ids.push(CounterpartyId(id));
            if ids.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let page = Page::cut(ids, listing.limit, |id| Cursor::new(CursorKind::Counterparties, client.0, (id.0, 0)));
        page.try_map(|id| reader.counterparty(id))
    }
}

impl Reader<'_> {
    fn counterparty(&mut self, counterparty: CounterpartyId) -> Result<Counterparty, Error> {
        let Some(Record::Counterparty(record)) = self.record(&Place::Counterparty(counterparty))? else {
            return Err(Rejection::CounterpartyNotFound { counterparty }.into());
        };
        let mut record = (*record).clone();
        match self.personal(Owner::Counterparty(counterparty), record.personal)? {
            Ok(personal) => record.fill(&personal.texts),
            Err(erased_at) => record.personal.erased_at = Some(erased_at),
        }
        Ok(record)
    }

    /// A client with its personal texts.
    pub(super) fn filled_client(&mut self, mut record: Client) -> Result<Client, Error> {
        match self.personal(Owner::Client(record.id), record.personal)? {
            Ok(personal) => record.fill(&personal.texts),
            Err(erased_at) => record.personal.erased_at = Some(erased_at),
        }
        Ok(record)
    }

    /// The personal texts of a record, or when they were erased.
    fn personal(
        &mut self,
        owner: Owner,
        committed: Committed,
    ) -> Result<Result<std::sync::Arc<Personal>, Timestamp>, Error> {
        if let Some(erased_at) = committed.erased_at {
            return Ok(Err(erased_at));
        }
        let sequence = committed.committed_in;
        if let Some(Record::Personal(personal)) = self.record(&Place::Personal(owner, sequence))? {
            return Ok(Ok(personal));
        }
        let elsewhere = self.shared.given.erased.get(&owner).copied();
        let newest = load::erased_at(self.snapshot()?, owner)?.or(elsewhere);
        let missing = || corrupt(PERSONAL, &personal_key(owner, sequence), Malformed("personal texts are missing"));
        newest.map(Err).ok_or_else(|| LayoutError::into(missing()))
    }

    fn payer(&mut self, client: ClientId, digest: [u8; 16]) -> Result<Option<CounterpartyId>, Error> {
        match self.record(&Place::Payer(client, digest))? {
            Some(Record::Name(id)) => Ok(Some(CounterpartyId(id))),
            _ => Ok(None),
        }
    }
}
