//! The ledger: the handle that hosts hold, the writer behind it, and the views that readers take.
//!
//! This layer is the only one that reads a clock, starts a thread or takes a lock. Files in reading order: `builder`
//! (opening), `core` (deciding), `sync` (locks and threads), `writer` (committing), `ticket`, `transaction`, `receipt`,
//! `standings`, `unlisted`, `view`, `books`, `terms`, `reading` (what views show), `limits` (what the ledger can be asked about
//! limits, monitors and quotas), `chart` (its commands), `subscription`, `cursors`, `invariants`, `replica` (a ledger
//! built again), `fork`, `dump`, `load`, `backup`, `compact`, `sealing`, `exchange`, `periods`, `info`, `error`,
//! `explanations`, `clock`.

mod backup;
mod books;
mod builder;
mod chart;
mod clock;
mod compact;
mod core;
mod cursors;
mod decided;
#[cfg(feature = "json")]
mod dump;
mod error;
mod exchange;
mod explanations;
mod fork;
mod handle;
mod holds;
mod info;
mod invariants;
mod invoices;
mod limits;
#[cfg(feature = "json")]
mod load;
mod parties;
mod payouts;
mod periods;
mod reading;
mod receipt;
mod replica;
#[cfg(all(test, any(loom, shuttle)))]
mod schedules;
mod sealing;
mod standings;
mod subscription;
mod sync;
mod terms;
mod ticket;
mod transaction;
mod unlisted;
mod verify;
mod view;
mod writer;

use std::sync::Arc;

pub use backup::{Backup, BackupError, BackupOptions, BackupProgress};
pub use builder::LedgerBuilder;
pub use clock::{Clock, ManualClock, SystemClock};
pub use compact::Compaction;
#[cfg(feature = "json")]
pub use dump::DumpError;
pub use error::Error;
pub use info::LedgerInfo;
pub use invariants::Proposed;
#[cfg(feature = "json")]
pub use load::LoadError;
pub use reading::{
    AccountBalance, AccountFilter, AccountView, Activities, ActivityLine, Axis, BalanceAt, ClientActivities,
    ClosedPeriod, Cursor, EventPage, EventQuery, HoldView, InvoiceFilter, InvoiceView, LedgerCounts, LimitUsage,
    LineStatus, ListOrder, Listing, Page, PayoutFilter, PayoutView, Position, Revaluation, RevaluedPosition, Rollup,
    RollupNode, SetBalance, Statement, StatementQuery, Totals, TrialBalance, TrialGroup, UsageOf, Zone,
};
pub use receipt::{Activity, ExchangedMoney, Receipt};
pub use subscription::Subscription;
pub use ticket::{BatchTicket, Ticket};
pub use transaction::Transaction;
pub use verify::{Finding, Progress, Verification};
pub use view::View;

use self::core::{Core, Source};
use self::handle::{Handle, end};
use self::writer::Shared;
use crate::layout::LayoutError;
use crate::model::{
    Account, AccountChange, AccountId, AccountTypeRule, Book, Client, ClientChange, ClientId, Limits, NewAccount,
    NewBook, NewClient, NewService, Sequence, Service, ServiceChange, ServiceId, Timestamp,
};
use crate::rules::{Command, Credit, Debit, Post, Rejection, Reverse, Transfer};

/// Whether the commands of a batch stand each for itself.
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
/// let pay = |amount, key| Ok::<Command, Error>(Debit::new(wallet, moves, book.money(amount)?, key).into());
/// let batch = vec![pay("30", "pay-1")?, pay("900", "pay-2")?];
/// let accepted = |atomicity| {
///     let results = ledger.submit_batch(batch.clone(), atomicity)?;
///     Ok::<_, Error>(results.iter().filter(|result| result.is_ok()).count())
/// };
/// assert_eq!(accepted(Atomicity::All)?, 0);
/// assert_eq!(accepted(Atomicity::Each)?, 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atomicity {
    /// Each command is carried out or refused by itself.
    Each,
    /// All commands are carried out, or none: the first refusal refuses them all.
    All,
}

/// A ledger: one journal, in one file or in memory.
///
/// A handle is cheap to clone and can be used from any thread. When the last one is dropped the ledger closes; call
/// [`Ledger::close`] to learn whether that went well. Every command that has been answered with a receipt is durable,
/// closed or not.
///
/// Printed with `{:?}`, it shows where it stands and nothing of what it holds; so do views, tickets and subscriptions.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// let ledger = Ledger::open(&path)?;
/// let worker = ledger.clone();
/// std::thread::spawn(move || worker.open_book(NewBook::live("shop.kes", Currency::KES))).join().unwrap()?;
///
/// let book = ledger.view()?.book_named("shop.kes")?.ok_or("the worker opened it")?;
/// assert_eq!(book.currency, Currency::KES);
/// ledger.close()?; // or drop all handles
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
    // Dropped last, so that it sees the last handle go.
    handle: Arc<Handle>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ledger").field(&self.shared).finish()
    }
}

impl Ledger {
    fn new(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self { handle: Arc::new(Handle(Arc::clone(&shared))), shared }
    }

    /// The ledger as it is durable now. It stays as it is while the ledger goes on, and holds nothing up.
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
    /// let before = ledger.view()?;
    /// ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1"))?;
    /// assert_eq!(before.balance(wallet)?.current, book.money("100")?);
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("40")?);
    /// assert_eq!(ledger.view_at(before.sequence())?.balance(wallet)?, before.balance(wallet)?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// None that can be expected: of a ledger that was closed, what the view is asked for cannot be read.
    pub fn view(&self) -> Result<View, Error> {
        View::now(&self.handle)
    }

    /// The ledger as it was after entry `sequence`.
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
    /// ledger.debit(Debit::new(wallet, moves, book.money("16")?, "pay-1"))?;
    /// // A receipt says where to look back to.
    /// assert_eq!(ledger.view_at(sale.sequence())?.balance(wallet)?.current, book.money("96")?);
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("80")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BeyondEnd`] when there is no such entry yet.
    pub fn view_at(&self, sequence: Sequence) -> Result<View, Error> {
        View::at(&self.handle, sequence)
    }

    /// The ledger as it was known at an instant: after the last entry recorded at or before it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::prelude::*;
    ///
    /// # let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
    /// # let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// clock.set("2026-11-21T12:00:00Z".parse()?);
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    ///
    /// let midnight: Timestamp = "2026-11-21T00:00:00Z".parse()?;
    /// assert_eq!(ledger.view_as_of(midnight)?.balance(wallet)?.current, book.money("100")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn view_as_of(&self, recorded: Timestamp) -> Result<View, Error> {
        let sequence = self.view()?.sequence_at(recorded)?;
        self.view_at(sequence)
    }

    /// Reads the whole journal and proves the ledger by it: the chain of digests, every total, number and link, every
    /// derived record, and that every key and reference is found. The ledger may go on meanwhile; what is proved is the
    /// ledger as it was when this began.
    ///
    /// `progress` is told of every few thousand entries and may break off.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let proof = ledger.verify(&mut |progress| {
    ///     eprintln!("{} of {} entries", progress.entries, progress.of);
    ///     ControlFlow::Continue(()) // or break off
    /// })?;
    /// assert_eq!((proof.entries, proof.finding), (1, None));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When the store cannot be read. Damage is not an error but the [`Verification::finding`].
    pub fn verify(
        &self,
        progress: &mut dyn FnMut(Progress) -> std::ops::ControlFlow<()>,
    ) -> Result<Verification, Error> {
        verify::verify(&self.shared, progress)
    }

    /// As [`Ledger::verify`], to the end, for those who need not be told how far it has come.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let proof = ledger.verify_all()?;
    /// assert!(proof.is_sound(), "{:?}", proof.finding);
    /// println!("{} entries are right; keep the head elsewhere: {}", proof.entries, proof.head);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::verify`].
    pub fn verify_all(&self) -> Result<Verification, Error> {
        self.verify(&mut |_| std::ops::ControlFlow::Continue(()))
    }

    /// The present by the ledger's clock: what a sweep goes by, and what terms and expiries are counted from.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("hotel.kes", Currency::KES))?;
    /// # let ann = Contact::new("Ann", "ann@example.org", "+254700");
    /// # let guest = ledger.register_client(NewClient::individual("KE", ann))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(guest, book.id, AccountType::WORKING))?.id;
    /// # let stay = ledger.define_service(NewService::new(guest, book.id, "STAY"))?.id;
    /// # ledger.credit(Credit::new(wallet, stay, book.money("5000.00")?, "topup-1"))?;
    /// // For an hour.
    /// let room = Debit::new(wallet, stay, book.money("4000.00")?, "room-7");
    /// ledger.hold(PlaceHold::new(room).until(ledger.now().plus(Duration::from_secs(3_600))))?;
    /// // What is due by now, from a thread or a cron job, as often as you like.
    /// assert!(ledger.settle_due(ledger.now(), 100)?.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The identity that the ledger was created with: 16 random bytes that tell it from every other.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// let ledger = Ledger::open(&path)?;
    /// let identity = ledger.identity();
    /// ledger.close()?;
    /// assert_eq!(Ledger::open(&path)?.identity(), identity);
    /// assert_ne!(Ledger::in_memory()?.identity(), identity);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn identity(&self) -> [u8; 16] {
        self.shared.id
    }

    /// Writes back what is due, ends the committer and closes the file. Other handles then answer [`Error::Closed`].
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// let ledger = Ledger::open(&path)?;
    /// let other = ledger.clone();
    /// ledger.close()?;
    /// assert!(matches!(other.open_book(NewBook::live("shop.kes", Currency::KES)), Err(Error::Closed)));
    /// // The file is free again, for this process or another.
    /// Ledger::open(&path)?.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When writing failed. Everything that was answered with a receipt is durable all the same.
    pub fn close(self) -> Result<(), Error> {
        end(&self.shared)
    }
}

/// Giving commands.
impl Ledger {
    /// Carries out one command; when it returns, the command is durable.
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
    /// // What every command can be given by, and what carries conditions and the label of whoever asks.
    /// let top_up: Command = Credit::new(wallet, moves, book.money("100")?, "top-up-1").into();
    /// let receipt = ledger.execute(top_up.clone())?;
    /// // After a time-out, a crash or a second delivery: the same again is answered with the first receipt.
    /// assert_eq!(ledger.execute(top_up)?.sequence(), receipt.sequence());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when the books say no: nothing was written and the key is free. [`Error::OutcomeUnknown`]
    /// when the commit failed: open the ledger again and give the command again. [`Error::Stopped`] after that.
    pub fn execute(&self, command: impl Into<Command>) -> Result<Receipt, Error> {
        let (outcome, commit) = self.decide(command.into())?;
        Ticket::new(Arc::clone(&self.shared), commit, outcome).wait()
    }

    /// Decides one command and returns at once; the ticket tells when it is durable.
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
    /// // Both are on their way before the first is waited for, and share a commit.
    /// let tickets = ["top-up-1", "top-up-2"]
    ///     .map(|key| Ok(Credit::new(wallet, moves, book.money("100")?, key)))
    ///     .map(|credit: Result<_, Error>| ledger.submit(credit?));
    /// for ticket in tickets {
    ///     ticket?.wait()?;
    /// }
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("200")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`], but for rejections and failed commits, which the ticket tells.
    pub fn submit(&self, command: impl Into<Command>) -> Result<Ticket, Error> {
        let (outcome, commit) = self.decide(command.into())?;
        self.shared.want(commit);
        Ok(Ticket::new(Arc::clone(&self.shared), commit, outcome))
    }

    /// Carries out a batch of at most 65,536 commands in one commit: a result for each, in order.
    ///
    /// With [`Atomicity::All`], one refusal refuses all: it stands in its place, and [`Rejection::BatchRefused`] in all
    /// others.
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
    /// let pay = |amount: &str, key: &str| -> Result<Command, Error> {
    ///     Ok(Debit::new(wallet, moves, book.money(amount)?, key).into())
    /// };
    /// // All or none: the second finds 40.00, so the first is not carried out either.
    /// let results = ledger.submit_batch(vec![pay("60", "pay-1")?, pay("60", "pay-2")?], Atomicity::All)?;
    /// assert!(matches!(results[0], Err(Rejection::BatchRefused { .. })));
    /// assert!(matches!(results[1], Err(Rejection::InsufficientFunds { .. })));
    /// // Each for itself.
    /// let results = ledger.submit_batch(vec![pay("60", "pay-1")?, pay("60", "pay-2")?], Atomicity::Each)?;
    /// assert!(results[0].is_ok() && results[1].is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`], but for rejections, which stand among the results.
    pub fn submit_batch(
        &self,
        commands: Vec<Command>,
        atomicity: Atomicity,
    ) -> Result<Vec<Result<Receipt, Rejection>>, Error> {
        let (outcome, commit) = self.decide_batch(commands, atomicity)?;
        BatchTicket::new(Arc::clone(&self.shared), commit, outcome).wait()
    }

    /// Decides a batch and returns at once, so that the next batch is decided while this one is committed.
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
    /// let day = |day: &str| -> Result<Vec<Command>, Error> {
    ///     let sale = |n: u32| Ok(Credit::new(wallet, moves, book.money("2")?, format!("{day}-{n}")).into());
    ///     (0..100).map(sale).collect()
    /// };
    /// // Tuesday is decided while Monday is written.
    /// let tickets = [ledger.enqueue(day("mon")?, Atomicity::Each)?, ledger.enqueue(day("tue")?, Atomicity::Each)?];
    /// for ticket in tickets {
    ///     assert!(ticket.wait()?.iter().all(Result::is_ok));
    /// }
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("400")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::submit_batch`], but for failed commits, which the ticket tells.
    pub fn enqueue(&self, commands: Vec<Command>, atomicity: Atomicity) -> Result<BatchTicket, Error> {
        let (outcome, commit) = self.decide_batch(commands, atomicity)?;
        self.shared.want(commit);
        Ok(BatchTicket::new(Arc::clone(&self.shared), commit, outcome))
    }

    /// Runs `body` with the ledger to itself: its commands, and what it does to the host's own redb tables
    /// ([`Transaction::tables`]), are committed together when it ends well, and none of it when it ends with an error or
    /// panics.
    ///
    /// Other threads wait meanwhile. Inside, give commands to the transaction: the ledger itself answers
    /// [`Error::InsideTransaction`] on the same thread.
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
    /// let left = ledger.transaction(|transaction| -> Result<_, Error> {
    ///     transaction.execute(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    ///     // What was just given is seen, and nothing of it is durable yet.
    ///     transaction.execute(Debit::new(wallet, moves, book.money("70")?, "pay-2"))?;
    ///     transaction.balance(wallet)
    /// })?;
    /// assert_eq!(left.posted(Side::Credit), 0);
    /// assert!(ledger.view()?.balance(wallet)?.current.is_zero());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `body` says, or as [`Ledger::execute`] when committing.
    pub fn transaction<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        transaction::run(&self.shared, true, body)
    }

    /// Runs `body` as [`Ledger::transaction`] would, and takes everything back: what it returns is what would have
    /// happened.
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
    /// let payout = Debit::new(wallet, moves, book.money("30")?, "pay-1");
    /// let cost = ledger.simulate(|transaction| -> Result<_, Error> { Ok(transaction.execute(payout)?.charged()) })?;
    /// assert_eq!(cost, Some(book.money("0")?));
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("100")?); // as if nothing had been
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `body` says.
    pub fn simulate<T, E: From<Error>>(&self, body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        transaction::run(&self.shared, false, body)
    }

    /// Opens a book, with its system accounts.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES).keyed("book"))?;
    /// // The same when the program starts again.
    /// assert_eq!(ledger.open_book(NewBook::live("shop.kes", Currency::KES).keyed("book"))?, book);
    /// assert!(ledger.view()?.balance(book.system(SystemAccount::FeeIncome))?.current.is_zero());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn open_book(&self, given: NewBook) -> Result<Book, Error> {
        let receipt = self.execute(given)?;
        self.view()?.book(receipt.opened_book().unwrap_or_default())
    }

    /// Defines an account type of the host's own.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// // One escrow for each client and book, that pays nobody outside.
    /// let escrow = AccountTypeRule {
    ///     single: true,
    ///     can_disburse: false,
    ///     ..AccountTypeRule::new("ESCROW", AccountClass::Liability)
    /// };
    /// ledger.define_account_type(escrow)?;
    ///
    /// let escrow = NewAccount::new(client, book.id, AccountType::new("ESCROW"));
    /// assert_eq!(ledger.open_account(escrow.clone())?.normal_side, Side::Credit);
    /// assert!(ledger.open_account(escrow).is_err()); // a second one
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_account_type(&self, given: AccountTypeRule) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Registers a client.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// let njeri = ledger.register_client(NewClient::individual("KE", owner.clone()).keyed("njeri"))?;
    /// let shop = NewClient::business("Mama Njeri Shop", "KE", "P059876543B", owner).keyed("shop");
    /// assert_ne!(ledger.register_client(shop)?.id, njeri.id);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn register_client(&self, given: NewClient) -> Result<Client, Error> {
        let receipt = self.execute(given)?;
        self.view()?.client(receipt.client().unwrap_or_default())
    }

    /// Changes a client.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let moved = ClientChange { phone: Some("+254700999999".to_owned()), ..ClientChange::default() };
    /// let client = ledger.change_client(client, moved.with("tier", "gold"))?;
    /// assert_eq!((client.phone.as_str(), client.metadata["tier"].as_str()), ("+254700999999", "gold"));
    /// assert_eq!(client.email, "njeri@shop.co.ke"); // what is not named stays
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_client(&self, client: ClientId, given: ClientChange) -> Result<Client, Error> {
        self.execute((client, given))?;
        self.view()?.client(client)
    }

    /// Opens an account.
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
    /// // Found again by your own identifier, and overdrawn by 50.00 at most.
    /// let till = NewAccount::new(client, book.id, AccountType::WORKING)
    ///     .named("Till")
    ///     .identified("till-7")
    ///     .overdraft(Some(book.amount("50")?))
    ///     .keyed("till-7");
    /// let till = ledger.open_account(till)?;
    /// assert_eq!(ledger.view()?.account_identified("till-7")?.map(|found| found.id), Some(till.id));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn open_account(&self, given: NewAccount) -> Result<Account, Error> {
        let receipt = self.execute(given)?;
        self.view()?.account(receipt.account().unwrap_or_default())
    }

    /// Changes an account: its names, its limits, its status.
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
    /// let closed = AccountChange::status(AccountStatus::Closed, "moved away");
    /// assert_eq!(ledger.change_account(wallet, closed)?.status, AccountStatus::Closed);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_account(&self, account: AccountId, given: AccountChange) -> Result<Account, Error> {
        self.execute((account, given))?;
        self.view()?.account(account)
    }

    /// Defines a service.
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
    /// let sales = NewService::new(client, book.id, "SALES")
    ///     .named("Sales in the shop")
    ///     .fee(Fee::percentage("1.5%".parse()?))
    ///     .taxed("16%".parse::<Rate>()?)
    ///     .borne_by(FeeBearer::Payee)
    ///     .limits(book.amount("1")?, book.amount("70000")?)
    ///     .keyed("sales");
    /// let sales = ledger.define_service(sales)?;
    /// let sale = ledger.credit(Credit::new(wallet, sales.id, book.money("200")?, "sale-1"))?;
    /// assert_eq!(sale.charged(), Some(book.money("3.48")?)); // 3.00, and 0.48 tax
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_service(&self, given: NewService) -> Result<Service, Error> {
        let receipt = self.execute(given)?;
        self.view()?.service(receipt.service().unwrap_or_default())
    }

    /// Changes a service: its next version.
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
    /// let tariff = Some(Tariff::Flat(Fee::fixed(book.amount("2")?)));
    /// let dearer = ServiceChange { tariff, ..ServiceChange::default() };
    /// let service = ledger.change_service(moves, dearer)?;
    /// assert_eq!(service.version, 2);
    ///
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("100")?, "sale-1"))?;
    /// assert_eq!(sale.charged(), Some(book.money("2")?));
    /// // What ran under the first version can still be explained by it.
    /// assert_eq!(ledger.view()?.service_version(moves, 1)?.map(|first| first.terms.tariff), Some(Tariff::Free));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_service(&self, service: ServiceId, given: ServiceChange) -> Result<Service, Error> {
        self.execute((service, given))?;
        self.view()?.service(service)
    }

    /// Puts money into an account.
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
    /// let customer = Party::msisdn("+254722000111");
    /// let sale = Credit::new(wallet, moves, book.money("96")?, "SJK4H7XYZ1")
    ///     .kind(EntryKind::Sale)
    ///     .narrated("Two bags of flour")
    ///     .paid_by(customer)
    ///     .referring("order", "77");
    /// let line = ledger.credit(sale)?.activity().ok_or("a credit leaves a line")?;
    /// assert_eq!((line.number, line.current_balance), (1, book.money("96")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn credit(&self, given: Credit) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Takes money out of an account.
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
    /// ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1").narrated("Rent"))?;
    /// let more = ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-2")).unwrap_err();
    /// assert_eq!(more.to_string(), "rejected: account 7 has 4000 available, 6000 needed above a floor of 0");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn debit(&self, given: Debit) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Moves money from one account to another.
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
    /// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let ten = Transfer::new(wallet, savings, moves, book.money("10")?, "save-1").narrated("For the roof");
    /// let receipt = ledger.transfer(ten)?;
    /// let balance = |line: Option<Activity>| line.map(|line| line.current_balance.text());
    /// assert_eq!(balance(receipt.activity()).as_deref(), Some("90.00"));
    /// assert_eq!(balance(receipt.counter_activity()).as_deref(), Some("10.00"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn transfer(&self, given: Transfer) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Posts any balanced set of lines in one book.
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
    /// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// let outside = book.system(SystemAccount::External);
    /// let opening = Post::new("opening")
    ///     .debit(outside, book.money("100")?)
    ///     .credit(wallet, book.money("70")?)
    ///     .credit(savings, book.money("30")?)
    ///     .kind(EntryKind::Opening);
    /// ledger.post(opening)?;
    /// assert!(ledger.view()?.trial_balance(book.id)?.is_balanced());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn post(&self, given: Post) -> Result<Receipt, Error> {
        self.execute(given)
    }

    /// Reverses an earlier entry, named by its receipt, its sequence or any of its postings, whole or in part.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("50")?, "sale-1"))?;
    /// ledger.reverse(Reverse::part(&sale, book.money("20")?, "refund-1").narrated("One bag was torn"))?;
    /// // The rest.
    /// ledger.reverse(&sale)?;
    /// assert!(ledger.view()?.balance(wallet)?.current.is_zero());
    /// assert_eq!(ledger.view()?.reversals(sale.sequence())?.len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn reverse(&self, given: impl Into<Reverse>) -> Result<Receipt, Error> {
        self.execute(given.into())
    }

    fn decide(&self, command: Command) -> Result<(Result<Receipt, Rejection>, u64), Error> {
        let now = self.shared.clock.now();
        self.deciding(|core, source| core.carry_out(source, command, now))
    }

    #[allow(clippy::type_complexity)]
    fn decide_batch(
        &self,
        commands: Vec<Command>,
        atomicity: Atomicity,
    ) -> Result<(Vec<Result<Receipt, Rejection>>, u64), Error> {
        let (given, limit) = (commands.len(), Limits::BATCH);
        if given > limit {
            return Err(Rejection::BatchTooLarge { given, limit }.into());
        }
        let now = self.shared.clock.now();
        self.deciding(|core, source| match atomicity {
            Atomicity::Each => core.carry_out_each(source, commands, now),
            Atomicity::All => all(core, source, commands, now),
        })
    }

    /// Decides with the core locked; says which commit must be durable before the outcome is told.
    fn deciding<T>(
        &self,
        decide: impl FnOnce(&mut Core, &mut Source<'_>) -> Result<T, LayoutError>,
    ) -> Result<(T, u64), Error> {
        let mut source = Source::new(&*self.shared.store);
        let mut core = self.shared.core()?;
        // The host's invariants run in here, and must not give commands in turn.
        let _inside = (!core.given.invariants.are_none()).then(|| self.shared.enter());
        match decide(&mut core, &mut source) {
            Ok(outcome) => Ok((outcome, core.needed())),
            Err(error) => Err(self.shared.stop(&mut core, error)),
        }
    }
}

/// Carries out all commands or none.
fn all(
    core: &mut Core,
    source: &mut Source<'_>,
    commands: Vec<Command>,
    now: crate::model::Timestamp,
) -> Result<Vec<Result<Receipt, Rejection>>, LayoutError> {
    let count = commands.len();
    let outcome = core.all_or_nothing(
        |core| {
            let mut receipts = Vec::with_capacity(count);
            for (at, command) in commands.into_iter().enumerate() {
                match core.carry_out(source, command, now)? {
                    Ok(receipt) => receipts.push(Ok(receipt)),
                    Err(rejection) => return Ok(Err((at, rejection))),
                }
            }
            Ok::<_, LayoutError>(Ok(receipts))
        },
        Result::is_ok,
    )?;
    Ok(outcome.unwrap_or_else(|(at, rejection)| {
        (0..count)
            .map(|place| Err(if place == at { rejection.clone() } else { Rejection::BatchRefused { at } }))
            .collect()
    }))
}
