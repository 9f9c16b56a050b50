//! Opening a ledger: in a file, in memory, or inside the host's own redb database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::Ledger;
use super::clock::{Clock, SystemClock};
use super::core::{Core, Given, PartyValidator, RECENT_BYTES, key_digest, named_by};
use super::error::Error;
use super::invariants::{Invariants, Proposed};
use super::standings::{Standing, Standings};
use super::unlisted::{UNLISTED_ENTRIES, Unlisted};
use super::writer::{Parts, Shared};
use crate::layout::header::Header;
use crate::layout::journal::{self, Tail};
use crate::layout::runs::{Runs, RunsOptions};
use crate::layout::sweep::{Sweep, SweepOptions};
use crate::layout::{LayoutError, load};
use crate::model::{AccountId, Entry, Event, Owner, Party, SYSTEM_ACCOUNTS, Sequence, Timestamp};
use crate::rules::{
    CodeSource, Desk, NonceSource, PAGE_ROWS, Place, Record, Row, Terms, catch_up, generated_code, page_of,
};
use crate::store::{Batch, CommitMode, DEFAULT_PREFIX, MemoryStore, RedbOptions, RedbStore, Snapshot, Store};

/// How a ledger is opened. Every setting has a default that is right for most.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::prelude::*;
/// use pacioli::store::CommitMode;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
/// let ledger = Ledger::builder()
///     .clock(Arc::clone(&clock))
///     .memory(64 << 20)
///     .commit_mode(CommitMode::QuickRepair)
///     .check_on_open()
///     .open(&path)?;
/// assert_eq!(ledger.now().to_string(), "2026-11-20T12:00:00Z");
/// assert_eq!(ledger.info()?.commit_mode, Some(CommitMode::QuickRepair));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LedgerBuilder {
    clock: Arc<dyn Clock>,
    codes: Arc<dyn CodeSource>,
    nonces: Arc<dyn NonceSource>,
    invariants: Invariants,
    parties: Option<PartyValidator>,
    /// Whose personal texts a fork lacks, because they have been erased since.
    pub(super) erased: Arc<BTreeMap<Owner, Timestamp>>,
    memory_bytes: usize,
    commit_mode: CommitMode,
    check_on_open: bool,
    create: bool,
    prefix: String,
    /// How many bytes of entries may wait for a commit; a copy writes a quarter of it at a time.
    pub(super) batch_bytes_max: usize,
    runs: RunsOptions,
    sweep: SweepOptions,
    #[cfg(feature = "faults")]
    seed: Option<u64>,
}

impl std::fmt::Debug for LedgerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LedgerBuilder")
            .field("clock", &self.clock)
            .field("memory_bytes", &self.memory_bytes)
            .field("commit_mode", &self.commit_mode)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Default for LedgerBuilder {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            codes: Arc::new(generated_code),
            nonces: Arc::new(random),
            invariants: Invariants::default(),
            parties: None,
            erased: Arc::default(),
            memory_bytes: 256 << 20,
            commit_mode: CommitMode::Auto,
            check_on_open: false,
            create: true,
            prefix: DEFAULT_PREFIX.to_owned(),
            batch_bytes_max: 16 << 20,
            runs: RunsOptions::default(),
            sweep: SweepOptions::default(),
            #[cfg(feature = "faults")]
            seed: None,
        }
    }
}

/// Opening.
impl Ledger {
    /// Opens the ledger in this file, creating it if it is not there. See [`LedgerBuilder::open`].
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// let ledger = Ledger::open(&path)?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert!(Ledger::open(&path).is_err()); // open already
    /// ledger.close()?;
    /// assert_eq!(Ledger::open(&path)?.view()?.books()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be created or opened, is open elsewhere, is not a ledger, or is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path)
    }

    /// Opens a ledger that is kept in memory alone and ends with its last handle.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let (one, other) = (Ledger::in_memory()?, Ledger::in_memory()?);
    /// one.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!((one.view()?.books()?.len(), other.view()?.books()?.len()), (1, 0));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// None that can be expected.
    pub fn in_memory() -> Result<Self, Error> {
        Self::builder().in_memory()
    }

    /// Opens the ledger inside the host's own redb database. See [`LedgerBuilder::within`].
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::prelude::*;
    /// use redb::ReadableDatabase;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.redb");
    /// const ORDERS: redb::TableDefinition<u64, u64> = redb::TableDefinition::new("orders");
    ///
    /// let database = Arc::new(redb::Database::create(&path)?);
    /// let ledger = Ledger::within(Arc::clone(&database))?;
    /// // The ledger's entry and the host's row are written together, or neither is.
    /// ledger.transaction(|transaction| -> Result<_, Box<dyn std::error::Error>> {
    ///     let opened = transaction.execute(NewBook::live("shop.kes", Currency::KES))?;
    ///     transaction.tables()?.open_table(ORDERS)?.insert(77, opened.sequence().0)?;
    ///     Ok(())
    /// })?;
    /// assert_eq!(database.begin_read()?.open_table(ORDERS)?.get(77)?.map(|entry| entry.value()), Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn within(database: Arc<::redb::Database>) -> Result<Self, Error> {
        Self::builder().within(database)
    }

    /// Opens a ledger with settings.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// // A file that must be there.
    /// assert!(Ledger::builder().existing().open(&path).is_err());
    /// let ledger = Ledger::builder().memory(32 << 20).open(&path)?;
    /// assert_eq!(ledger.view()?.sequence(), Sequence::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder() -> LedgerBuilder {
        LedgerBuilder::default()
    }
}

/// A row on the desk; its share of the page is less than a byte.
const ROW_BYTES: usize = size_of::<Row>();

/// A record on the desk: most are an account's.
const RECORD_BYTES: usize = 512;

/// About what an open hold takes in memory until it is listed.
const UNLISTED_BYTES: usize = 128;

impl LedgerBuilder {
    /// Uses this clock instead of the system's.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Clock;
    ///
    /// #[derive(Debug)]
    /// struct TestBench;
    ///
    /// impl Clock for TestBench {
    ///     fn now(&self) -> Timestamp {
    ///         "2026-11-20T12:00:00Z".parse().expect("an instant")
    ///     }
    /// }
    ///
    /// let ledger = Ledger::builder().clock(TestBench).in_memory()?;
    /// let opened = ledger.execute(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(opened.recorded_at().to_string(), "2026-11-20T12:00:00Z");
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes codes for clients and services that come without one in this way.
    ///
    /// A code is `[A-Z0-9_]{3,32}`; the same arguments must give the same code, further attempts further codes.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let numbered = |_name: &str, id: u64, attempt: u32| match attempt {
    ///     0 => format!("C{id:05}"),
    ///     again => format!("C{id:05}_{again}"),
    /// };
    /// let ledger = Ledger::builder().codes(numbered).in_memory()?;
    /// let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// assert_eq!(ledger.register_client(NewClient::individual("KE", owner))?.code, "C00001");
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn codes(mut self, codes: impl CodeSource + 'static) -> Self {
        self.codes = Arc::new(codes);
        self
    }

    /// Takes nonces from here instead of from the operating system: 16 bytes that nobody can foresee, each time others.
    /// The salts of personal texts come from here as well.
    ///
    /// Whoever can foresee them can have a payout approved before it is made up, and guess texts that were erased:
    /// give a source of your own to tests alone.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU8, Ordering};
    /// use pacioli::prelude::*;
    ///
    /// // In tests alone: whoever foresees a nonce can sign a payout before there is one.
    /// let count = AtomicU8::new(0);
    /// let ledger = Ledger::builder().nonces(move || [count.fetch_add(1, Ordering::Relaxed); 16]).in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # use ed25519_dalek::{Signer, SigningKey};
    /// # let key = SigningKey::from_bytes(&[7; 32]);
    /// # let public_key = PublicKey(key.verifying_key().to_bytes());
    /// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
    /// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
    /// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
    /// #     .item(NewPayoutItem::new(amina, book.money("60")?));
    /// # let preview = ledger.initiate_payout(payout)?;
    /// assert_eq!(preview.nonce.0, [1; 16]); // the first was the salt of the client's texts
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn nonces(mut self, nonces: impl NonceSource + 'static) -> Self {
        self.nonces = Arc::new(nonces);
        self
    }

    /// Asks `holds` about every entry, after the ledger's rules have said yes and before the entry is taken in. `Err`
    /// refuses the command with [`Rejection::InvariantBroken`](crate::Rejection::InvariantBroken), which carries the name
    /// and the reason; so does a panic, unless the program is built to abort on panics. Nothing is left behind then, and the key is free.
    ///
    /// Invariants are asked in the order in which they were added, in simulations too; not for commands that were
    /// carried out before, nor when a ledger is opened, verified or forked. They run while the ledger is locked: keep
    /// them short, and ask nothing of the ledger but its views. Commands given on the same thread answer
    /// [`Error::InsideTransaction`]; waiting for another thread's waits for ever.
    ///
    /// ```
    /// use pacioli::{Ledger, StateChange};
    ///
    /// let ledger = Ledger::builder().invariant("no forced postings", |proposed| {
    ///     let forced = |change: &StateChange| matches!(change, StateChange::MoneyMoved { forced: true, .. });
    ///     if proposed.changes().iter().any(forced) { Err("ask the treasurer".to_owned()) } else { Ok(()) }
    /// });
    /// # ledger.in_memory()?;
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    #[must_use]
    pub fn invariant(
        mut self,
        name: impl Into<String>,
        holds: impl Fn(&Proposed<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.invariants.add(name.into(), holds);
        self
    }

    /// Asks the host about every party: of a movement, and of a counterparty that is recorded. What it says against one is
    /// the reason of [`Rejection::PartyRefused`](crate::Rejection::PartyRefused).
    ///
    /// [`Party::value`] is the value in full where the caller gave it so, and what is shown otherwise. It is asked last of
    /// all, so only about commands that would be carried out, and not about repetitions. It must be quick, since other
    /// commands wait meanwhile, must not use the ledger, and a panic in it is a refusal.
    ///
    /// ```
    /// use pacioli::{Ledger, NewClient, NewCounterparty, Contact, Party, PartyKind};
    ///
    /// let with_prefix = |party: &Party| match party.kind {
    ///     PartyKind::Msisdn if !party.value().starts_with("+254") => Err("a Kenyan number is needed".to_owned()),
    ///     _ => Ok(()),
    /// };
    /// let ledger = Ledger::builder().validate_parties(with_prefix).in_memory()?;
    /// let client = ledger.register_client(NewClient::individual("KE", Contact::new("Jane", "jane@emali.example", "1")))?;
    /// let local = NewCounterparty::new(client.id, PartyKind::Msisdn, "0722000001");
    /// assert!(ledger.record_counterparty(local).is_err());
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    #[must_use]
    pub fn validate_parties(
        mut self,
        validator: impl Fn(&Party) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.parties = Some(Arc::new(validator));
        self
    }

    /// Keeps about this many bytes in memory, of accounts, records and pages; at least 8 MiB. 256 MiB by default.
    ///
    /// Beside it is what does not grow with the ledger, up to about 48 MiB: the newest keys, the batches on their way, and
    /// what a commit writes back; and about three bytes for each key that the ledger knows. Batches of many thousand
    /// commands need their own room. Verifying, dumping and loading need memory for all accounts and records.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// // A small machine: 16 MiB, and what is not there is read from the file.
    /// let ledger = Ledger::builder().memory(16 << 20).open(&path)?;
    /// assert!(ledger.verify_all()?.is_sound());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes.max(8 << 20);
        self
    }

    /// Commits in this mode, which decides how fast a file opens again after a crash.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::store::CommitMode;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// // Opens at once after a crash, however long the file; each commit costs one sync more.
    /// let ledger = Ledger::builder().commit_mode(CommitMode::QuickRepair).open(&path)?;
    /// assert_eq!(ledger.info()?.commit_mode, Some(CommitMode::QuickRepair));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn commit_mode(mut self, mode: CommitMode) -> Self {
        self.commit_mode = mode;
        self
    }

    /// Reads the whole file while opening it and checks every page, so that a file that was altered, by whatever, is
    /// refused with [`StoreError::Unusable`](crate::store::StoreError::Unusable). For files and backends; a database of
    /// the host's own is the host's to check.
    ///
    /// Without this, what is read is checked when it is read. Values are never shown when they do not match their
    /// checksums; but a page that is missing or stale can make a record seem absent or out of date until
    /// [`Ledger::verify`] has found it, and redb may end the process over one while writing. Opening takes as long as
    /// reading the file.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// # Ledger::open(&path)?.close()?;
    /// // Somebody writes over the middle of the file.
    /// let mut bytes = std::fs::read(&path)?;
    /// let middle = bytes.len() / 2;
    /// bytes[middle..].fill(0xAB);
    /// std::fs::write(&path, bytes)?;
    /// assert!(Ledger::builder().check_on_open().open(&path).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn check_on_open(mut self) -> Self {
        self.check_on_open = true;
        self
    }

    /// Opens an existing file only; a missing one is an error.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// // A name that is misspelt must not make a new, empty ledger.
    /// let missing = Ledger::builder().existing().open(&path);
    /// assert!(missing.is_err() && !path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn existing(mut self) -> Self {
        self.create = false;
        self
    }

    /// Keeps the ledger's tables under this prefix in the host's database, so that several ledgers can share one.
    /// `pacioli.` by default.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.redb");
    /// let database = Arc::new(redb::Database::create(&path)?);
    /// let europe = Ledger::builder().prefix("europe.").within(Arc::clone(&database))?;
    /// let africa = Ledger::builder().prefix("africa.").within(database)?;
    /// africa.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!((africa.view()?.books()?.len(), europe.view()?.books()?.len()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sweeps, flushes and merges after every few entries instead of every many thousand, and keeps almost nothing in
    /// memory: for tests that want to see all of that happen.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::builder().tight().in_memory()?;
    /// for n in 0..50 {
    ///     ledger.open_book(NewBook::live(format!("shop-{n}"), Currency::KES))?;
    /// }
    /// assert!(ledger.verify_all()?.is_sound());
    /// # Ok::<(), Error>(())
    /// ```
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn tight(mut self) -> Self {
        self.memory_bytes = 2 * ROW_BYTES * PAGE_ROWS as usize;
        self.runs = RunsOptions { memtable_keys: 16, slice_chunks: 1, chunk_bytes: 256, ..RunsOptions::default() };
        self.sweep = SweepOptions { round_entries: 8, slice_pages: 1 };
        self.batch_bytes_max = 64 << 10;
        self
    }

    /// Leaves nothing to chance or to other threads: the identity and the secret of a ledger that is created follow from
    /// the seed, and no committer is started, so that what was submitted is committed by the next call that waits, or by
    /// closing. The same calls then do the same to the store each time. Nonces, codes and the clock have sources of
    /// their own.
    ///
    /// For tests alone: whoever knows the secret can foresee the digests of keys and of erased texts. A ticket that is
    /// only polled is never woken while nobody waits.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let built = || -> Result<_, Error> {
    ///     let clock = ManualClock::at(Timestamp(0));
    ///     let ledger = Ledger::builder().reproducible(7).clock(clock).in_memory()?;
    ///     ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    ///     Ok((ledger.identity(), ledger.info()?.head))
    /// };
    /// assert_eq!(built()?, built()?);
    /// # Ok::<(), Error>(())
    /// ```
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn reproducible(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The identity and the secret of a new ledger.
    fn chosen(&self) -> ([u8; 16], [u8; 32]) {
        #[cfg(feature = "faults")]
        if let Some(seed) = self.seed {
            let derived = blake3::derive_key("pacioli ledger of a test, from its seed", &seed.to_le_bytes());
            let mut id = [0; 16];
            id.copy_from_slice(derived.split_at(16).0);
            return (id, derived);
        }
        (random(), secret())
    }

    /// Whether the ledger may have a thread of its own.
    fn has_committer(&self) -> bool {
        #[cfg(feature = "faults")]
        return self.seed.is_none();
        #[cfg(not(feature = "faults"))]
        true
    }

    /// The settings of an open ledger that another can have too: clock, sources, invariants and memory.
    pub(super) fn like(shared: &Shared) -> Self {
        let Given { ledger: _, secret: _, codes, nonces, invariants, parties, erased } = shared.given.clone();
        let clock = Arc::clone(&shared.clock);
        let (memory_bytes, batch_bytes_max) = (shared.memory_bytes, shared.batch_bytes_max);
        Self { clock, codes, nonces, invariants, parties, erased, memory_bytes, batch_bytes_max, ..Self::default() }
    }

    /// Opens the ledger in this file, creating it if it is not there.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// let ledger = Ledger::builder().memory(32 << 20).open(&path)?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// ledger.close()?;
    /// let again = Ledger::builder().existing().check_on_open().open(&path)?;
    /// assert_eq!(again.view()?.sequence(), Sequence(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be created or opened, is open elsewhere, is not a ledger, or is damaged. Nothing of a
    /// file that is refused has been changed.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Ledger, Error> {
        let (path, options) = (path.as_ref(), self.redb_options());
        let missing = std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        let store = if missing && self.create {
            RedbStore::create(path, &options, |store| self.begin(store, self.chosen()).map_err(Error::from))?
        } else {
            RedbStore::open(path, &options)?
        };
        let store = Arc::new(store);
        self.start(Arc::clone(&store) as Arc<dyn Store>, Some(store), false)
    }

    /// Opens a ledger that is kept in memory alone and ends with its last handle.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// // An invariant to be tried out, without a file.
    /// let ledger = Ledger::builder()
    ///     .invariant("shillings alone", |proposed| {
    ///         let kes = proposed.changes().iter().all(|change| match change {
    ///             StateChange::BookOpened { currency, .. } => *currency == Currency::KES,
    ///             _ => true,
    ///         });
    ///         kes.then_some(()).ok_or_else(|| "only KES".to_owned())
    ///     })
    ///     .in_memory()?;
    /// assert!(ledger.open_book(NewBook::live("shop.usd", Currency::USD)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// None that can be expected; the signature is that of the other ways to open.
    pub fn in_memory(self) -> Result<Ledger, Error> {
        self.over(Arc::new(MemoryStore::new()))
    }

    /// Opens the ledger in any store, creating it if the store is empty.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::prelude::*;
    /// use pacioli::store::{MemoryStore, Store};
    ///
    /// // The store outlives the ledger: what is opened again is what was committed.
    /// let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    /// let ledger = Ledger::builder().over(Arc::clone(&store))?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// ledger.close()?;
    /// assert_eq!(Ledger::builder().over(store)?.view()?.books()?.len(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When the store cannot be read or written, or holds something else.
    pub fn over(self, store: Arc<dyn Store>) -> Result<Ledger, Error> {
        self.start(store, None, true)
    }

    /// Opens the ledger inside the host's own redb database, beside the host's tables.
    ///
    /// One handle only may be open on it at a time; a second one stops at its first commit. While the host holds a
    /// write transaction of its own, commands wait for it: on the same thread, for ever.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::prelude::*;
    /// use redb::ReadableDatabase;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.redb");
    /// let database = Arc::new(redb::Database::create(&path)?);
    /// let ledger = Ledger::builder().prefix("books.").within(Arc::clone(&database))?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// ledger.close()?;
    /// // The database is the host's: closing the ledger leaves it open.
    /// assert!(database.begin_read()?.list_tables()?.count() > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database cannot be read or written, or the prefix holds something else.
    pub fn within(self, database: Arc<::redb::Database>) -> Result<Ledger, Error> {
        let store = Arc::new(RedbStore::within(database, &self.prefix, self.commit_mode)?);
        self.start(Arc::clone(&store) as Arc<dyn Store>, Some(store), true)
    }

    /// Opens the ledger over a redb backend of the host's own, creating it if the backend is empty.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// // Encryption, a device, a remote block store: whatever implements redb's `StorageBackend`.
    /// let backend = redb::backends::InMemoryBackend::new();
    /// let ledger = Ledger::builder().on_backend(backend)?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(ledger.info()?.sequence, Sequence(1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When the backend fails, or holds something else.
    pub fn on_backend(self, backend: impl ::redb::StorageBackend) -> Result<Ledger, Error> {
        let store = Arc::new(RedbStore::on_backend(backend, &self.redb_options())?);
        self.start(Arc::clone(&store) as Arc<dyn Store>, Some(store), true)
    }

    pub(super) fn redb_options(&self) -> RedbOptions {
        RedbOptions {
            cache_bytes: self.memory_bytes / 8,
            commit_mode: self.commit_mode,
            check_on_open: self.check_on_open,
        }
    }

    /// Creates a ledger of this identity in a new file; `build` fills it before the file has its name.
    #[cfg(feature = "json")]
    pub(super) fn create_with<E: From<Error> + From<crate::store::StoreError>>(
        self,
        path: &Path,
        (id, created_at): ([u8; 16], Timestamp),
        build: impl FnOnce(&dyn Store, Given) -> Result<(), E>,
    ) -> Result<Ledger, E> {
        let header = Header { id, secret: secret(), created_at };
        let given = Given {
            ledger: header.id,
            secret: header.secret,
            codes: Arc::clone(&self.codes),
            nonces: Arc::clone(&self.nonces),
            parties: self.parties.clone(),
            erased: Arc::default(),
            invariants: self.invariants.clone(),
        };
        let store = RedbStore::create(path, &self.redb_options(), |store| {
            let mut batch = Batch::new();
            header.write(&mut batch);
            store.commit(&batch)?;
            build(store, given)
        })?;
        let store = Arc::new(store);
        Ok(self.start(Arc::clone(&store) as Arc<dyn Store>, Some(store), false)?)
    }

    /// Writes the header of a new ledger.
    pub(super) fn begin(&self, store: &dyn Store, (id, secret): ([u8; 16], [u8; 32])) -> Result<(), LayoutError> {
        let header = Header { id, secret, created_at: self.clock.now() };
        let mut batch = Batch::new();
        header.write(&mut batch);
        Ok(store.commit(&batch)?)
    }

    fn start(self, store: Arc<dyn Store>, redb: Option<Arc<RedbStore>>, create: bool) -> Result<Ledger, Error> {
        Ok(Ledger::new(self.shared(store, redb, create)?))
    }

    /// What a ledger's handles share. Nothing is written, unless a ledger is created; nor when it is dropped.
    pub(super) fn shared(
        self,
        store: Arc<dyn Store>,
        redb: Option<Arc<RedbStore>>,
        create: bool,
    ) -> Result<Shared, Error> {
        let span = tracing::info_span!("open");
        let _entered = span.enter();
        let mut snapshot = store.snapshot()?;
        let header = match Header::read(&*snapshot)? {
            Some(header) => header,
            None if create && Tail::read(&*snapshot)?.last == Sequence::ZERO => {
                self.begin(&*store, self.chosen())?;
                snapshot = store.snapshot()?;
                let what = "the ledger's header cannot be read back".to_owned();
                Header::read(&*snapshot)?.ok_or(LayoutError::Format { what })?
            }
            None => return Err(LayoutError::Format { what: "the store does not hold a ledger".to_owned() }.into()),
        };
        let tail = Tail::read(&*snapshot)?;
        // The rows have most of the memory; an eighth each for the engine's cache, the standings, and the index with
        // batches on their way and the other records.
        let standings = Standings::new(self.memory_bytes / 8);
        let mut opening = Opening::new(&*snapshot, header.secret, self.runs, self.sweep, standings)?;
        opening.follow(&tail)?;
        let Opening { desk, runs, sweep, standings, unlisted, .. } = opening;
        drop(snapshot);
        let has_committer = self.has_committer();
        let given = Given {
            ledger: header.id,
            secret: header.secret,
            codes: self.codes,
            nonces: self.nonces,
            parties: self.parties,
            erased: self.erased,
            invariants: self.invariants,
        };
        let mut core = Core::new(desk, runs, sweep, given.clone());
        (core.last, core.last_at) = (tail.last, tail.last_at);
        core.unlisted = unlisted;
        core.unlisted.wait_at_most((self.memory_bytes / 64 / UNLISTED_BYTES).max(16) as u64);
        core.records_max = self.memory_bytes / 16 / RECORD_BYTES;
        core.recent_bytes = RECENT_BYTES.min(self.memory_bytes / 64);
        Ok(Shared::new(Parts {
            store,
            redb,
            core,
            tail,
            standings,
            given,
            clock: self.clock,
            memory_bytes: self.memory_bytes,
            pages_max: self.memory_bytes / 8 * 5 / ROW_BYTES / PAGE_ROWS as usize,
            batch_bytes_max: self.batch_bytes_max,
            has_committer,
        }))
    }
}

/// The derived state, as it is brought up to the journal's end.
struct Opening<'a> {
    snapshot: &'a dyn Snapshot,
    secret: [u8; 32],
    desk: Desk,
    runs: Runs,
    sweep: Sweep,
    standings: Standings,
    /// Some that are still to be put there.
    behind: Vec<(AccountId, Standing)>,
    unlisted: Unlisted,
}

/// How many standings are put in together.
const STANDINGS_TOGETHER: usize = 1_024;

impl<'a> Opening<'a> {
    fn new(
        snapshot: &'a dyn Snapshot,
        secret: [u8; 32],
        runs: RunsOptions,
        sweep: SweepOptions,
        standings: Standings,
    ) -> Result<Self, LayoutError> {
        let mut desk = Desk::default();
        desk.counters = load::counters(snapshot)?;
        let runs = Runs::open(snapshot, runs)?;
        let (sweep, unlisted) = (Sweep::read(snapshot, sweep)?, Unlisted::at(Sequence::ZERO));
        Ok(Self { snapshot, secret, desk, runs, sweep, standings, behind: Vec::new(), unlisted })
    }

    /// Follows the journal from where the derived state may be behind.
    fn follow(&mut self, tail: &Tail) -> Result<(), LayoutError> {
        let (swept, indexed) = (self.sweep.swept(), Sequence(self.runs.flushed_through()));
        let from = swept.min(indexed).next();
        let listed = swept.max(Sequence(tail.last.0.saturating_sub(UNLISTED_ENTRIES)));
        self.unlisted = Unlisted::at(tail.last);
        if from > tail.last {
            return Ok(());
        }
        let mut last = from.0.saturating_sub(1);
        journal::entries(self.snapshot, from, &mut |entry| {
            last = last.saturating_add(1);
            if entry.sequence.0 != last {
                return Err(LayoutError::Format { what: format!("the journal has a gap before entry {last}") });
            }
            if entry.sequence > swept {
                self.rows(&entry)?;
            }
            if entry.sequence > listed {
                self.unlisted.find(&entry);
            }
            if entry.sequence > indexed {
                self.index(&entry);
            }
            Ok(std::ops::ControlFlow::Continue(()))
        })?;
        if last != tail.last.0 {
            return Err(LayoutError::Format { what: format!("the journal ends at entry {last}") });
        }
        self.put_standings();
        Ok(())
    }

    fn put_standings(&mut self) {
        // The store has none of them yet.
        self.standings.put(&self.behind, Sequence::ZERO);
        self.behind.clear();
    }

    fn rows(&mut self, entry: &Entry) -> Result<(), LayoutError> {
        for posting in &entry.postings {
            self.page(posting.account)?;
            self.behind.push((posting.account, Standing::after(entry, posting)));
        }
        if self.behind.len() >= STANDINGS_TOGETHER {
            self.put_standings();
        }
        match &entry.event {
            Event::BookOpened { system_first, .. } => {
                for system in SYSTEM_ACCOUNTS {
                    self.page(AccountId(system_first.0.saturating_add(system.place())))?;
                }
            }
            Event::AccountOpened { account, .. } | Event::AccountChanged { account, .. } => self.page(*account)?,
            Event::Limits(event) => {
                if let Some(account) = event.account() {
                    self.page(account)?;
                }
            }
            _ => {}
        }
        let snapshot = self.snapshot;
        let mut failed = None;
        catch_up(&mut self.desk, entry, &mut |account| match load::record(
            snapshot,
            &Place::Account(account),
            Sequence(u64::MAX),
        ) {
            Ok(Some(Record::Account(record))) => Some(Terms::of(&record)),
            Ok(_) => None,
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        failed.map_or(Ok(()), Err)
    }

    /// Lays an account's page on the desk, if the store has it; a new page is begun by its first account.
    fn page(&mut self, account: AccountId) -> Result<(), LayoutError> {
        let number = page_of(account);
        if !self.desk.has_page(number)
            && let Some(rows) = load::page(self.snapshot, number)?
        {
            self.desk.lay_page(number, rows);
        }
        Ok(())
    }

    fn index(&mut self, entry: &Entry) {
        if let Some(key) = &entry.key {
            self.runs.insert(key_digest(&self.secret, entry.client, key), entry.sequence.0);
        }
        named_by(entry, &self.secret, |digest| self.runs.insert(digest, entry.sequence.0));
    }
}

/// Random bits from the operating system, by way of the standard library's own hasher, which is seeded from it.
fn secret() -> [u8; 32] {
    use std::hash::{BuildHasher, Hasher};
    let mut hasher = blake3::Hasher::new_derive_key("pacioli ledger secret v1");
    for _ in 0..8 {
        let seeded = std::collections::hash_map::RandomState::new();
        for word in 0..4u64 {
            let mut state = seeded.build_hasher();
            state.write_u64(word);
            hasher.update(&state.finish().to_le_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}

pub(super) fn random() -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(secret().split_at(16).0);
    id
}
