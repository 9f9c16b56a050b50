//! Books, clients, accounts and services, as they stood at the view's sequence.
//!
//! Names are kept without versions, but nothing ever loses its name: who has one now has had it since it began.

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{
    Account, AccountId, AccountNumber, Book, BookId, Client, ClientId, Sequence, Service, ServiceId, Timestamp,
};
use crate::rules::{Name, Place, Record, Rejection};

/// Books, clients, accounts and services.
impl View {
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(self)
    }

    /// The last entry recorded at or before an instant, as far as the view shows; zero before the first.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn sequence_at(&self, recorded: Timestamp) -> Result<Sequence, Error> {
        if self.recorded_at() <= recorded {
            return Ok(self.sequence());
        }
        // Earlier than an entry, so not the last instant of all.
        self.reader().last_before(recorded.plus_ns(1))
    }

    /// A book.
    ///
    /// # Errors
    /// [`Rejection::BookNotFound`] when there is none.
    pub fn book(&self, book: BookId) -> Result<Book, Error> {
        self.reader().book(book).map(|record| (*record).clone())
    }

    /// The book with a name.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn book_named(&self, name: &str) -> Result<Option<Book>, Error> {
        let mut reader = self.reader();
        let Some(book) = reader.holder(Name::Book(name.to_owned()))?.map(BookId) else { return Ok(None) };
        found(reader.book(book).map(|record| (*record).clone()))
    }

    /// All books, in the order of opening.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn books(&self) -> Result<Vec<Book>, Error> {
        let mut reader = self.reader();
        let most = load::counters(reader.snapshot()?)?.book;
        let last = reader.last_id(most, |id| Place::Book(BookId(id)))?;
        (1..=last).map(|id| reader.book(BookId(id)).map(|record| (*record).clone())).collect()
    }

    /// A client.
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is none.
    pub fn client(&self, client: ClientId) -> Result<Client, Error> {
        self.reader().client(client)
    }

    /// The client with a code.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn client_coded(&self, code: &str) -> Result<Option<Client>, Error> {
        let mut reader = self.reader();
        let Some(client) = reader.holder(Name::ClientCode(code.to_owned()))? else { return Ok(None) };
        found(reader.client(ClientId(client)))
    }

    /// The clients, in the order of registration.
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn clients(&self, listing: Listing) -> Result<Page<Client>, Error> {
        let mut reader = self.reader();
        let after = listing.place(CursorKind::Clients, 0)?.map(|(client, _)| client);
        let most = load::counters(reader.snapshot()?)?.client;
        let last = reader.last_id(most, |id| Place::Client(ClientId(id)))?;
        let ids = ids(last, after, listing.order).take(listing.limit.saturating_add(1));
        let clients = ids.map(|id| reader.client(ClientId(id))).collect::<Result<_, _>>()?;
        Ok(Page::cut(clients, listing.limit, |client: &Client| Cursor::new(CursorKind::Clients, 0, (client.id.0, 0))))
    }

    /// An account, without its balances.
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account(&self, account: AccountId) -> Result<Account, Error> {
        self.reader().account(account).map(|record| (*record).clone())
    }

    /// The account that people call by this number.
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account_numbered(&self, number: AccountNumber) -> Result<Account, Error> {
        self.account(number.account().unwrap_or_default())
    }

    /// The account with the caller's own identifier.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn account_identified(&self, external_id: &str) -> Result<Option<Account>, Error> {
        let mut reader = self.reader();
        let Some(account) = reader.holder(Name::ExternalId(external_id.to_owned()))? else { return Ok(None) };
        found(reader.account(AccountId(account)).map(|record| (*record).clone()))
    }

    /// Every version of an account, oldest first: each change of status with its reason and time, each change of terms.
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account_history(&self, account: AccountId) -> Result<Vec<Account>, Error> {
        let mut reader = self.reader();
        let versions = load::versions(reader.snapshot()?, &Place::Account(account), self.sequence())?;
        let records = versions.into_iter().filter_map(|(_, record)| match record {
            Record::Account(record) => Some((*record).clone()),
            _ => None,
        });
        let history: Vec<_> = records.collect();
        if history.is_empty() { Err(Rejection::AccountNotFound { account }.into()) } else { Ok(history) }
    }

    /// A service, in the version of the time.
    ///
    /// # Errors
    /// [`Rejection::ServiceNotFound`] when there is none.
    pub fn service(&self, service: ServiceId) -> Result<Service, Error> {
        self.reader().service(service)
    }

    /// A version of a service: what an entry that names it ran under.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn service_version(&self, service: ServiceId, version: u32) -> Result<Option<Service>, Error> {
        let mut reader = self.reader();
        let place = Place::ServiceVersion(service, version);
        match load::record(reader.snapshot()?, &place, self.sequence())? {
            Some(Record::Service(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }

    /// The service with a code.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn service_coded(&self, code: &str) -> Result<Option<Service>, Error> {
        let mut reader = self.reader();
        let Some(service) = reader.holder(Name::ServiceCode(code.to_owned()))? else { return Ok(None) };
        found(reader.service(ServiceId(service)))
    }

    /// A client's services, in the order of definition.
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is no such client.
    pub fn services(&self, client: ClientId) -> Result<Vec<Service>, Error> {
        let mut reader = self.reader();
        reader.client(client)?;
        let mut ids = load::services(reader.snapshot()?, client)?;
        ids.sort_unstable();
        let services = ids.into_iter().map(|id| found(reader.service(id))).filter_map(Result::transpose);
        services.collect()
    }
}

impl Reader<'_> {
    pub(super) fn client(&mut self, client: ClientId) -> Result<Client, Error> {
        match self.record(&Place::Client(client))? {
            Some(Record::Client(record)) => self.filled_client((*record).clone()),
            _ => Err(Rejection::ClientNotFound { client }.into()),
        }
    }

    fn service(&mut self, service: ServiceId) -> Result<Service, Error> {
        match self.record(&Place::Service(service))? {
            Some(Record::Service(record)) => Ok((*record).clone()),
            _ => Err(Rejection::ServiceNotFound { service }.into()),
        }
    }

    /// Who has a name, perhaps only since after the view's sequence.
    pub(super) fn holder(&mut self, name: Name) -> Result<Option<u64>, Error> {
        match self.record(&Place::Name(name))? {
            Some(Record::Name(holder)) => Ok(Some(holder)),
            _ => Ok(None),
        }
    }
}

/// Identifiers from 1 to `last` that come after `after`, in an order.
pub(super) fn ids(last: u64, after: Option<u64>, order: ListOrder) -> Box<dyn Iterator<Item = u64>> {
    match order {
        ListOrder::OldestFirst => Box::new(after.unwrap_or(0).saturating_add(1)..=last),
        ListOrder::NewestFirst => Box::new((1..=last.min(after.map_or(last, |after| after.saturating_sub(1)))).rev()),
    }
}

/// What was looked up by another name, or nothing if it did not exist yet.
pub(super) fn found<T>(record: Result<T, Error>) -> Result<Option<T>, Error> {
    match record {
        Ok(record) => Ok(Some(record)),
        Err(Error::Rejected(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
