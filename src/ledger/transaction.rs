//! Several commands, and the host's own tables, in one commit.

use super::core::{Core, Source};
use super::error::Error;
use super::receipt::Receipt;
use super::writer::{Exclusive, Shared};
use crate::model::{
    Account, Balance, Client, Committed, Counterparty, CounterpartyId, Owner, Service, ServiceId, Texts,
};
use crate::model::{AccountId, Book, BookId, ClientId, Timestamp};
use crate::rules::{Command, Need, Place, Rejection, page_of};
use crate::store::StoreError;

/// A ledger to itself: commands given here see each other, and all are committed together, or none.
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
/// // Rent first, and half of what is left is saved: nobody comes between.
/// ledger.transaction(|transaction| -> Result<(), Error> {
///     transaction.execute(Debit::new(wallet, moves, book.money("40")?, "rent-7"))?;
///     let left = transaction.balance(wallet)?.available(Side::Credit);
///     let half = book.currency.minor(left / 2)?;
///     transaction.execute(Transfer::new(wallet, savings, moves, half, "save-7").narrated("Half of it"))?;
///     Ok(())
/// })?;
/// assert_eq!(ledger.view()?.balance(savings)?.current, book.money("30")?);
/// # Ok::<(), Error>(())
/// ```
pub struct Transaction<'a> {
    core: &'a mut Core,
    source: Source<'a>,
    host: Option<&'a ::redb::WriteTransaction>,
    now: Timestamp,
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").field("now", &self.now).finish_non_exhaustive()
    }
}

impl Transaction<'_> {
    /// Carries out one command, as the ledger's own methods would. It is durable when the transaction is.
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
    /// let outcome = ledger.transaction(|transaction| {
    ///     // A refusal leaves nothing behind, so one may go on; an error that is returned takes everything back.
    ///     let refused = transaction.execute(Debit::new(wallet, moves, book.money("900")?, "pay-1"));
    ///     assert!(refused.is_err());
    ///     transaction.execute(Debit::new(wallet, moves, book.money("90")?, "pay-2"))?;
    ///     Err::<(), Error>(Error::Closed)
    /// });
    /// assert!(outcome.is_err());
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("100")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when the books say no: the transaction may go on. [`Error::Failed`] when the store cannot be
    /// read.
    pub fn execute(&mut self, command: impl Into<Command>) -> Result<Receipt, Error> {
        Ok(self.core.carry_out(&mut self.source, command.into(), self.now)??)
    }

    /// The host's own tables: redb's write transaction, which is committed with the ledger's entries.
    ///
    /// Leave the tables whose names begin with the ledger's prefix alone.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use redb::ReadableTable;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// const NOTES: redb::TableDefinition<&str, &str> = redb::TableDefinition::new("notes");
    ///
    /// // A ledger's own file takes the host's tables too.
    /// let ledger = Ledger::open(&path)?;
    /// let read = ledger.transaction(|transaction| -> Result<_, Box<dyn std::error::Error>> {
    ///     let mut notes = transaction.tables()?.open_table(NOTES)?;
    ///     notes.insert("till", "counted at noon")?;
    ///     Ok(notes.get("till")?.map(|note| note.value().to_owned()))
    /// })?;
    /// assert_eq!(read.as_deref(), Some("counted at noon"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoHostTables`] when the ledger is not kept in redb.
    pub fn tables(&self) -> Result<&::redb::WriteTransaction, Error> {
        self.host.ok_or(Error::NoHostTables)
    }

    /// An account's totals as the transaction sees them, with its terms.
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
    /// let seen = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     transaction.execute(Credit::new(wallet, moves, book.money("25")?, "sale-1"))?;
    ///     transaction.balance(wallet)
    /// })?;
    /// assert_eq!(seen.posted(Side::Credit), 25_00); // minor units
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such account.
    pub fn balance(&mut self, account: AccountId) -> Result<Balance, Error> {
        self.known(|core| core.desk.row(account).map(|row| row.tally.balance), &Need::Page(page_of(account)))
    }

    /// An account as the transaction sees it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// // The account is opened and looked at before anything is durable.
    /// let number = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     let opened = transaction.execute(NewAccount::new(client, book.id, AccountType::WORKING))?;
    ///     Ok(transaction.account(opened.account().unwrap_or_default())?.number())
    /// })?;
    /// assert_eq!(ledger.view()?.account_numbered(number)?.client, Some(client));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such account.
    pub fn account(&mut self, account: AccountId) -> Result<Account, Error> {
        let place = Place::Account(account);
        self.known(|core| core.desk.account(account).map(|record| (**record).clone()), &Need::Record(place))
    }

    /// A book as the transaction sees it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let external = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     let opened = transaction.execute(NewBook::live("shop.kes", Currency::KES))?;
    ///     let book = transaction.book(opened.opened_book().unwrap_or_default())?;
    ///     Ok(book.system(SystemAccount::External))
    /// })?;
    /// assert_eq!(external, AccountId(1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such book.
    pub fn book(&mut self, book: BookId) -> Result<Book, Error> {
        self.known(|core| core.desk.book(book).map(|record| (**record).clone()), &Need::Record(Place::Book(book)))
    }

    /// A client as the transaction sees it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let inactive = ClientChange { active: Some(false), ..ClientChange::default() };
    /// let seen = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     transaction.execute((client, inactive))?;
    ///     transaction.client(client)
    /// })?;
    /// assert_eq!((seen.active, seen.email.as_str()), (false, "njeri@shop.co.ke"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such client.
    pub fn client(&mut self, client: ClientId) -> Result<Client, Error> {
        let place = Place::Client(client);
        let mut record =
            self.known(|core| core.desk.client(client).map(|record| (**record).clone()), &Need::Record(place))?;
        let texts = self.texts(Owner::Client(client), record.personal)?;
        record.fill(&texts);
        Ok(record)
    }

    /// A counterparty as the transaction sees it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001").named("Jane Wanjiku");
    /// let seen = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     let recorded = transaction.execute(Command::from(jane))?;
    ///     transaction.counterparty(recorded.counterparty().unwrap_or_default())
    /// })?;
    /// assert_eq!(seen.name.as_deref(), Some("Jane Wanjiku"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such counterparty.
    pub fn counterparty(&mut self, counterparty: CounterpartyId) -> Result<Counterparty, Error> {
        let need = Need::Record(Place::Counterparty(counterparty));
        let record = |core: &Core| core.desk.counterparty(counterparty).map(|record| (**record).clone());
        let mut record = self.known(record, &need)?;
        let texts = self.texts(Owner::Counterparty(counterparty), record.personal)?;
        record.fill(&texts);
        Ok(record)
    }

    /// Personal texts; none if they are erased.
    fn texts(&mut self, owner: Owner, committed: Committed) -> Result<Texts, Error> {
        let sequence = committed.committed_in;
        let texts = |core: &Core| {
            let known = core.desk.personal(owner, sequence)?;
            Ok(known.map(|personal| personal.texts.clone()).unwrap_or_default())
        };
        self.known(texts, &Need::Record(Place::Personal(owner, sequence)))
    }

    /// A service as the transaction sees it.
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
    /// let seen = ledger.simulate(|transaction| -> Result<_, Error> {
    ///     transaction.execute((moves, ServiceChange { active: Some(false), ..ServiceChange::default() }))?;
    ///     transaction.service(moves)
    /// })?;
    /// assert_eq!((seen.terms.active, seen.version), (false, 2));
    /// assert!(ledger.view()?.service(moves)?.terms.active); // it was a simulation
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when there is no such service.
    pub fn service(&mut self, service: ServiceId) -> Result<Service, Error> {
        let place = Place::Service(service);
        self.known(|core| core.desk.service(service).map(|record| (**record).clone()), &Need::Record(place))
    }

    fn known<T>(&mut self, ask: impl Fn(&Core) -> Result<T, crate::rules::Refusal>, need: &Need) -> Result<T, Error> {
        use crate::rules::Refusal;
        match ask(self.core) {
            Ok(answer) => return Ok(answer),
            Err(Refusal::Rejected(rejection)) => return Err(rejection.into()),
            Err(Refusal::Missing(_)) => {
                let laid = self.core.lay(&mut self.source, need);
                self.core.broken |= laid.is_err();
                laid?;
            }
        }
        match ask(self.core) {
            Ok(answer) => Ok(answer),
            Err(Refusal::Rejected(rejection)) => Err(rejection.into()),
            Err(Refusal::Missing(_)) => Err(Rejection::EntryNotFound { entry: self.core.last }.into()),
        }
    }
}

/// Runs `body` in a transaction; commits if it ends well and `keep` is set.
pub(super) fn run<T, E: From<Error>>(
    shared: &Shared,
    keep: bool,
    body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let now = shared.clock.now();
    let outcome = shared.exclusively(|core| {
        let host = match &shared.redb {
            // The engine takes no further commit after this, so neither does the ledger.
            Some(redb) => Some(redb.begin().map_err(|error| Exclusive::Given(shared.stop(core, error.into())))?),
            None => None,
        };
        let result = core.all_or_nothing(
            |core| {
                let source = Source::new(&*shared.store);
                body(&mut Transaction { core, source, host: host.as_ref(), now })
            },
            |_| keep,
        );
        if core.broken {
            // What was asked may be half decided, whatever the body made of the failure.
            drop(host);
            let error = shared.stop(core, StoreError::Stopped.into());
            return match result {
                Ok(_) => Err(Exclusive::Given(error)),
                given_up => Ok((given_up, None)),
            };
        }
        match result {
            Ok(value) if keep => {
                let handed = shared.hand_over(core, false).map_err(Exclusive::Commit)?;
                let number = shared.write(handed, host).map_err(Exclusive::Commit)?;
                Ok((Ok(value), Some(number)))
            }
            given_up => {
                // The host's changes go with ours.
                if let (Some(host), Some(redb)) = (host, &shared.redb) {
                    redb.abort(host).map_err(|error| Exclusive::Given(shared.stop(core, error.into())))?;
                }
                Ok((given_up, None))
            }
        }
    });
    match outcome {
        Ok(result) => result,
        Err(error) => Err(error.into()),
    }
}
