//! A ledger in a temporary file, with a clock that stands still, and the few calls that every test begins with.

use std::fmt::Debug;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Order, Pair, Snapshot, Store, StoreError, Table};
use pacioli::{Account, ActivityLine, Balance, Book, Client, ManualClock, Service};

/// When every test begins.
pub(crate) const START: &str = "2026-11-22T08:30:00Z";

pub(crate) struct World {
    pub ledger: Ledger,
    pub clock: Arc<ManualClock>,
    directory: tempfile::TempDir,
    keys: AtomicU32,
}

/// One client with a book and a free service for everything.
pub(crate) struct Shop {
    pub book: Book,
    pub client: Client,
    pub service: Service,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn kes(text: &str) -> Money {
    Currency::KES.money(text).unwrap()
}

pub(crate) fn gbp(text: &str) -> Money {
    Currency::GBP.money(text).unwrap()
}

/// KES with the four decimals of Lipad's samples.
pub(crate) fn kes4() -> Currency {
    Currency::KES.with_scale(4).unwrap()
}

/// Minor units.
pub(crate) fn minor(units: i128) -> Amount {
    Amount::minor(units).unwrap()
}

pub(crate) fn contact() -> Contact {
    Contact::new("Jane Njeri", "jane@emali.example", "0722000001")
}

/// A business of this name, which needs nothing more to be registered.
pub(crate) fn business(name: &str) -> NewClient {
    NewClient::business(name, "Kenya", "P051234567X", contact())
}

/// Why the books said no.
pub(crate) fn no<T: Debug>(answer: Result<T, Error>) -> Rejection {
    match answer {
        Err(Error::Rejected(rejection)) => rejection,
        other => panic!("a rejection was expected, not {other:?}"),
    }
}

/// Balances before and after a line, as text: `3281.00 -> 3279.00`.
pub(crate) fn change(activity: &Activity) -> String {
    format!("{} -> {}", activity.previous_balance.text(), activity.current_balance.text())
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(at(START)));
        let ledger = Ledger::builder().clock(Arc::clone(&clock)).open(directory.path().join("books.redb")).unwrap();
        Self { ledger, clock, directory, keys: AtomicU32::new(0) }
    }

    /// Closes the file and opens it again: what is read then was durable.
    pub(crate) fn reopened(self) -> Self {
        let Self { ledger, clock, directory, keys } = self;
        ledger.close().unwrap();
        let path = directory.path().join("books.redb");
        let ledger = Ledger::builder().clock(Arc::clone(&clock)).existing().open(path).unwrap();
        Self { ledger, clock, directory, keys }
    }

    pub(crate) fn minutes_later(&self, minutes: i64) {
        self.clock.advance_ns(minutes * 60_000_000_000);
    }

    /// A key that no command has had.
    pub(crate) fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn book(&self, currency: Currency) -> Book {
        let name = format!("shop.{}.main", currency.code().to_lowercase());
        self.ledger.open_book(NewBook::live(name, currency)).unwrap()
    }

    pub(crate) fn client(&self, name: &str) -> Client {
        self.ledger.register_client(business(name)).unwrap()
    }

    /// A book, a client and a free service.
    pub(crate) fn shop(&self, currency: Currency) -> Shop {
        let book = self.book(currency);
        let client = self.client("Mama Njeri Shop");
        let service = self.service(&client, &book);
        Shop { book, client, service }
    }

    /// A free service for every operation.
    pub(crate) fn service(&self, client: &Client, book: &Book) -> Service {
        self.ledger.define_service(NewService::new(client.id, book.id, "CUSTOM_SERVICE")).unwrap()
    }

    pub(crate) fn account(&self, client: &Client, book: &Book) -> Account {
        self.ledger.open_account(NewAccount::new(client.id, book.id, AccountType::FLOAT_ACCOUNT)).unwrap()
    }

    /// A floorless float of the shop's with this much in it, in major units.
    pub(crate) fn funded(&self, shop: &Shop, sum: &str) -> Account {
        let account = self.account(&shop.client, &shop.book);
        self.credit(shop, account.id, sum);
        account
    }

    pub(crate) fn credit(&self, shop: &Shop, account: AccountId, sum: &str) -> Receipt {
        let money = shop.book.money(sum).unwrap();
        self.ledger.credit(Credit::new(account, shop.service.id, money, self.key())).unwrap()
    }

    /// What the account has, in minor units.
    pub(crate) fn current(&self, account: AccountId) -> i128 {
        self.ledger.view().unwrap().balance(account).unwrap().current.minor()
    }

    /// What the account has, as its book shows it.
    pub(crate) fn shows(&self, account: AccountId) -> String {
        let balance = self.ledger.view().unwrap().balance(account).unwrap();
        balance.current.text_at_scale(balance.text_scale)
    }

    /// The account's lines, the first one first.
    pub(crate) fn lines(&self, account: AccountId) -> Vec<ActivityLine> {
        self.ledger.view().unwrap().activities(account).oldest_first().page().unwrap().items
    }

    /// The last entry, and the totals of every account.
    pub(crate) fn state(&self) -> (Sequence, Vec<Balance>) {
        let view = self.ledger.view().unwrap();
        let totals = (1..).map_while(|id| view.balance(AccountId(id)).ok()).map(|balance| balance.totals);
        (view.sequence(), totals.collect())
    }

    /// Gives a command that must be refused, and sees that nothing was written.
    pub(crate) fn refused(&self, command: impl Into<Command>) -> Rejection {
        let before = self.state();
        let rejection = no(self.ledger.execute(command));
        assert_eq!(self.state(), before, "after {rejection}");
        rejection
    }
}

/// How often a store has been looked into.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks(Arc<AtomicU32>);

impl Looks {
    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A store in memory that counts how often it is looked into, a pair shown by a scan counting too.
pub(crate) fn counted_store() -> (Arc<dyn Store>, Looks) {
    let looks = Looks::default();
    (Arc::new(Counted { store: MemoryStore::new(), looks: looks.clone() }), looks)
}

#[derive(Debug)]
struct Counted {
    store: MemoryStore,
    looks: Looks,
}

struct CountedSnapshot {
    snapshot: Box<dyn Snapshot>,
    looks: Looks,
}

impl Store for Counted {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let (snapshot, looks) = (self.store.snapshot()?, self.looks.clone());
        Ok(Box::new(CountedSnapshot { snapshot, looks }))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.store.commit(batch)
    }
}

impl CountedSnapshot {
    fn look(&self) {
        self.looks.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Snapshot for CountedSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.look();
        self.snapshot.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut pacioli::store::Visit<'_>,
    ) -> Result<(), StoreError> {
        self.snapshot.scan(table, from, to, order, &mut |key, value| {
            self.look();
            visit(key, value)
        })
    }

    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.look();
        self.snapshot.at_or_before(table, key)
    }
}
