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
    /// assert_eq!(view.sequence_at(view.recorded_at())?, view.sequence());
    /// assert_eq!(view.sequence_at("2001-01-01T00:00:00Z".parse()?)?, Sequence::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let found = ledger.view()?.book(book.id)?;
    /// assert_eq!((found.name.as_str(), found.currency), ("shop.kes", Currency::KES));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BookNotFound`] when there is none.
    pub fn book(&self, book: BookId) -> Result<Book, Error> {
        self.reader().book(book).map(|record| (*record).clone())
    }

    /// The book with a name.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let view = ledger.view()?;
    /// assert_eq!(view.book_named("shop.kes")?.map(|found| found.id), Some(book.id));
    /// assert_eq!(view.book_named("shop.usd")?, None);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// ledger.open_book(NewBook::test("shop.kes.test", Currency::KES))?;
    /// let names: Vec<_> = ledger.view()?.books()?.into_iter().map(|book| book.name).collect();
    /// assert_eq!(names, ["shop.kes", "shop.kes.test"]);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let found = ledger.view()?.client(client)?;
    /// assert_eq!((found.name.as_str(), found.active), ("Njeri Mwangi", true));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is none.
    pub fn client(&self, client: ClientId) -> Result<Client, Error> {
        self.reader().client(client)
    }

    /// The client with a code.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// let njeri = ledger.register_client(NewClient::individual("KE", owner).coded("NJERI_1"))?;
    /// assert_eq!(ledger.view()?.client_coded("NJERI_1")?, Some(njeri));
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let page = ledger.view()?.clients(Listing::first(50))?;
    /// assert_eq!(page.items.iter().map(|found| found.id).collect::<Vec<_>>(), [client]);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let account = ledger.view()?.account(wallet)?;
    /// assert_eq!((account.client, account.book, account.currency), (Some(client), book.id, Currency::KES));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account(&self, account: AccountId) -> Result<Account, Error> {
        self.reader().account(account).map(|record| (*record).clone())
    }

    /// The account that people call by this number.
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
    /// let number: AccountNumber = "10000007".parse()?;
    /// assert_eq!(ledger.view()?.account_numbered(number)?.id, wallet);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account_numbered(&self, number: AccountNumber) -> Result<Account, Error> {
        self.account(number.account().unwrap_or_default())
    }

    /// The account with the caller's own identifier.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let till = NewAccount::new(client, book.id, AccountType::WORKING).identified("till-7");
    /// let till = ledger.open_account(till)?;
    /// assert_eq!(ledger.view()?.account_identified("till-7")?, Some(till));
    /// assert_eq!(ledger.view()?.account_identified("till-8")?, None);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// ledger.change_account(wallet, AccountChange::status(AccountStatus::Inactive, "documents missing"))?;
    /// ledger.change_account(wallet, AccountChange::status(AccountStatus::Active, "documents came"))?;
    /// let history = ledger.view()?.account_history(wallet)?;
    /// let reasons: Vec<_> = history.iter().map(|version| version.status_description.as_deref()).collect();
    /// assert_eq!(reasons, [None, Some("documents missing"), Some("documents came")]);
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let service = ledger.view()?.service(moves)?;
    /// assert_eq!((service.version, service.terms.service_code.as_str()), (1, "MOVES"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ServiceNotFound`] when there is none.
    pub fn service(&self, service: ServiceId) -> Result<Service, Error> {
        self.reader().service(service)
    }

    /// A version of a service: what an entry that names it ran under.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("10")?, "sale-1"))?;
    /// ledger.change_service(moves, ServiceChange { active: Some(false), ..ServiceChange::default() })?;
    /// // The terms that the sale ran under.
    /// let (service, version) = sale.activity().and_then(|line| line.service).ok_or("a sale has a service")?;
    /// assert_eq!(ledger.view()?.service_version(service, version)?.map(|service| service.terms.active), Some(true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let sales = ledger.define_service(NewService::new(client, book.id, "SALES").coded("SALES_KE"))?;
    /// assert_eq!(ledger.view()?.service_coded("SALES_KE")?, Some(sales));
    /// # Ok::<(), Error>(())
    /// ```
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
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let codes = ledger.view()?.services(client)?.into_iter().map(|service| service.terms.service_code);
    /// assert_eq!(codes.collect::<Vec<_>>(), ["MOVES"]);
    /// # Ok::<(), Error>(())
    /// ```
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
