//! Backups: the rows of every table as one snapshot shows them, copied into a new file or into another store, and proved
//! there before anybody is told that they are a backup.
//!
//! Rows are copied as they are, so the copy has the same entries, digests, numbers, texts and identity. Pages are not: what
//! the engine has freed, and with it what was erased, stays behind.

use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::Ledger;
use super::builder::LedgerBuilder;
use super::error::Error;
use super::verify::{self, Finding, Progress};
use crate::layout::header::Header;
use crate::layout::journal::{Digest, Tail};
use crate::layout::keys::{HEADER, JOURNAL, tables};
use crate::layout::{LayoutError, corrupt, sealed};
use crate::model::{Hash, Sequence};
use crate::store::{Batch, Contents, Order, RedbOptions, RedbStore, Snapshot, Store, StoreError, Table};

/// What a backup came to.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let directory = tempfile::tempdir()?;
/// # let copy = directory.path().join("shop-monday.redb");
/// let backup = ledger.backup(&copy)?;
/// assert_eq!((backup.sequence, backup.verified), (Sequence(1), true));
/// assert_eq!(backup.bytes, Some(std::fs::metadata(&copy)?.len()));
/// assert_eq!(Ledger::open(&copy)?.info()?.head, backup.head);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The last entry that is in it.
    pub sequence: Sequence,
    /// The digest of the last commit that is in it, zeros if there is none: the head that verifying it tells.
    pub head: Hash,
    /// How many rows were copied, of all tables.
    pub rows: u64,
    /// The file's length in bytes; `None` where it was copied into a store of the caller's.
    pub bytes: Option<u64>,
    /// Whether the copy was verified as a whole, beyond its head and the count of its rows.
    pub verified: bool,
}

/// How a backup is made. The defaults are right for most.
///
/// ```
/// use std::ops::ControlFlow;
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// # let directory = tempfile::tempdir()?;
/// # let copy = directory.path().join("hourly.redb");
/// // Hourly without the long proof, which the nightly one has.
/// let options = BackupOptions::default().unverified();
/// let backup = ledger.backup_with(&copy, &options, &mut |_| ControlFlow::Continue(()))?;
/// assert!(!backup.verified);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BackupOptions {
    verified: bool,
}

impl Default for BackupOptions {
    fn default() -> Self {
        Self { verified: true }
    }
}

impl BackupOptions {
    /// Leaves out the verification of the copy ([`Ledger::verify`]), which takes most of the time and memory in proportion
    /// to accounts and records.
    ///
    /// What stays: every value's checksum is checked while it is copied; then the file is opened, every page of it is
    /// checked, and its identity, head, last entry and the count of each table's rows must be the original's. What is
    /// wrong in the original by the books, and not by a checksum, is not noticed.
    #[must_use]
    pub const fn unverified(mut self) -> Self {
        self.verified = false;
        self
    }
}

/// How far a backup or a compaction has come.
///
/// ```
/// use std::ops::ControlFlow;
/// use pacioli::prelude::*;
/// use pacioli::BackupProgress;
///
/// let ledger = Ledger::in_memory()?;
/// # let directory = tempfile::tempdir()?;
/// # let copy = directory.path().join("copy.redb");
/// ledger.backup_with(&copy, &BackupOptions::default(), &mut |progress| {
///     match progress {
///         BackupProgress::Copying { rows, .. } => eprintln!("{rows} rows copied"),
///         BackupProgress::Verifying(so_far) => eprintln!("{} of {} entries proved", so_far.entries, so_far.of),
///         _ => {}
///     }
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum BackupProgress {
    /// So many rows have been copied, with so many bytes of keys and values. How many there are is not known before.
    Copying {
        /// Rows copied.
        rows: u64,
        /// Bytes of their keys and values.
        bytes: u64,
    },
    /// The copy is being verified.
    Verifying(Progress),
}

/// Why there is no backup, or why a ledger was not compacted.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::BackupError;
/// use pacioli::store::StoreError;
///
/// let ledger = Ledger::in_memory()?;
/// # let directory = tempfile::tempdir()?;
/// # let copy = directory.path().join("copy.redb");
/// ledger.backup(&copy)?;
/// match ledger.backup(&copy) {
///     Err(BackupError::Unsound(finding)) => println!("the original is damaged: {finding}"),
///     Err(error) => assert!(error.to_string().contains("exists")), // nothing is written over
///     Ok(_) => unreachable!(),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The ledger cannot be read, or the copy not written.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// The copy is not sound; as its rows were copied as they are, the original most likely is not either: verify it.
    #[error("the copy is not sound: {0}")]
    Unsound(Finding),
    /// `progress` broke off.
    #[error("the backup was broken off")]
    BrokenOff,
    /// The store that was to take the copy holds something under the names of our tables.
    #[error("the store to copy into is not empty: there are rows in table {table}")]
    Taken {
        /// The first such table.
        table: &'static str,
    },
    /// The ledger is a fork whose original has erased texts that the fork's journal commits to: back up the original.
    #[error("the fork lacks texts that its journal has not erased: back up the original")]
    OfFork,
}

impl From<LayoutError> for BackupError {
    fn from(error: LayoutError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// Backups.
impl Ledger {
    /// Copies the ledger as it is durable now into a new file at `path`, and verifies the copy. See
    /// [`Ledger::backup_with`].
    ///
    /// # Errors
    /// As [`Ledger::backup_with`].
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, money::Currency};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let (books, copy) = (directory.path().join("shop.redb"), directory.path().join("shop-monday.redb"));
    /// let ledger = Ledger::open(&books)?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let backup = ledger.backup(&copy)?;
    /// // Kept elsewhere, the head shows later that neither file was changed.
    /// println!("through entry {}, head {}", backup.sequence, backup.head);
    ///
    /// ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// let restored = Ledger::open(&copy)?;
    /// assert_eq!(restored.view()?.sequence(), backup.sequence);
    /// assert_eq!(restored.view()?.books()?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<Backup, BackupError> {
        self.backup_with(path, &BackupOptions::default(), &mut |_| ControlFlow::Continue(()))
    }

    /// Copies the ledger into a new file at `path`, wherever the ledger lies: in a file, in memory, over a backend, or in
    /// the host's database. Only the ledger's own tables are copied, not what the host keeps beside them.
    ///
    /// The copy is the ledger as it was durable when this began; commands go on meanwhile, and a file that is written to
    /// grows by what it rewrites until this returns. The new file appears at `path` whole, durable and proved, or not at
    /// all; only its owner may read it. It takes no more room than its rows need, and has nothing of what was erased
    /// before. It is a ledger of its own in a file: open it, or put it in the original's place, to restore it;
    /// [`Ledger::copy_into`] brings it back into a host's database. It has the original's identity, so what was signed for
    /// the one counts in the other: let one of the two rest.
    ///
    /// Memory: a few MiB for copying, and the ledger's budget once more, with room for its accounts and records, for
    /// verifying. `progress` is told of every few MiB and every few thousand entries, and may break off.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use pacioli::prelude::*;
    /// use pacioli::BackupError;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let directory = tempfile::tempdir()?;
    /// # let copy = directory.path().join("shop-monday.redb");
    /// // Given up half way, nothing is left; what is at the path already is never written over.
    /// let options = BackupOptions::default();
    /// let given_up = ledger.backup_with(&copy, &options, &mut |_| ControlFlow::Break(()));
    /// assert!(matches!(given_up, Err(BackupError::BrokenOff)) && !copy.exists());
    /// let backup = ledger.backup_with(&copy, &options, &mut |_| ControlFlow::Continue(()))?;
    /// assert!(backup.verified && ledger.backup(&copy).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Io`] with `AlreadyExists` when there is something at `path`; [`BackupError::Unsound`] when the copy,
    /// and so most likely the original, is damaged; [`BackupError::BrokenOff`]; when the ledger cannot be read, or the
    /// file not be written, for want of room for example. Then there is nothing at `path`, except that an error while the
    /// directory is synced may leave the whole file there. A process that dies leaves at most an unfinished file beside
    /// it, `.<name>.<process>-<count>.unfinished`, which the next backup to this path removes.
    pub fn backup_with(
        &self,
        path: impl AsRef<Path>,
        options: &BackupOptions,
        progress: &mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    ) -> Result<Backup, BackupError> {
        let span = tracing::info_span!("backup");
        let _entered = span.enter();
        let mut copying = self.copying(options, progress)?;
        let redb = RedbOptions { cache_bytes: self.shared.memory_bytes / 8, ..RedbOptions::default() };
        let bytes = RedbStore::build(path, &redb, &mut copying)?;
        Ok(copying.done(Some(bytes)))
    }

    /// Copies the ledger into an empty store, and verifies the copy: into the host's database with
    /// [`RedbStore::within`], to restore a backup there, or into any other.
    ///
    /// Rows are written in many commits, the header last. A copy of which only some rows were written is not opened as a
    /// ledger, and its tables must be emptied before another is begun.
    ///
    /// # Errors
    /// [`BackupError::Taken`] when the store holds something under the names of our tables; else as
    /// [`Ledger::backup_with`].
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::sync::Arc;
    /// use pacioli::store::{CommitMode, DEFAULT_PREFIX, RedbStore};
    /// use pacioli::{BackupOptions, Ledger, NewBook, money::Currency};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let (backup, host) = (directory.path().join("shop-monday.redb"), directory.path().join("host.redb"));
    /// # Ledger::open(&backup)?.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let backup = Ledger::open(backup)?;
    /// let database = Arc::new(redb::Database::create(host)?);
    /// let store = Arc::new(RedbStore::within(Arc::clone(&database), DEFAULT_PREFIX, CommitMode::Auto)?);
    /// backup.copy_into(store, &BackupOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    /// let restored = Ledger::within(database)?;
    /// assert_eq!(restored.view()?.sequence(), backup.view()?.sequence());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn copy_into(
        &self,
        store: Arc<dyn Store>,
        options: &BackupOptions,
        progress: &mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    ) -> Result<Backup, BackupError> {
        let span = tracing::info_span!("copy");
        let _entered = span.enter();
        let mut copying = self.copying(options, progress)?;
        require_empty(&*store.snapshot()?)?;
        copying.copy(&*store)?;
        copying.prove_in(store)?;
        Ok(copying.done(None))
    }

    fn copying<'a>(
        &self,
        options: &BackupOptions,
        progress: &'a mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    ) -> Result<Copying<'a>, BackupError> {
        self.shared.accepting()?;
        if !self.shared.given.erased.is_empty() {
            return Err(BackupError::OfFork);
        }
        Copying::begin(self.shared.store.snapshot()?, LedgerBuilder::like(&self.shared), options, progress)
    }
}

fn require_empty(snapshot: &dyn Snapshot) -> Result<(), BackupError> {
    for table in tables() {
        let mut taken = false;
        snapshot.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |_, _| {
            taken = true;
            ControlFlow::Break(())
        })?;
        if taken {
            return Err(BackupError::Taken { table: table.0 });
        }
    }
    Ok(())
}

/// A snapshot's rows on their way into another store.
pub(super) struct Copying<'a> {
    from: Box<dyn Snapshot>,
    header: Header,
    last: Sequence,
    head: Digest,
    /// The settings that the copy is verified with.
    settings: Option<LedgerBuilder>,
    verified: bool,
    progress: &'a mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    /// About how many bytes of rows are written in one commit.
    batch_bytes: usize,
    /// How many rows of each table have been copied.
    counts: Vec<(Table, u64)>,
    rows: u64,
    bytes: u64,
}

impl<'a> Copying<'a> {
    /// Reads what the copy must agree with.
    pub(super) fn begin(
        from: Box<dyn Snapshot>,
        settings: LedgerBuilder,
        options: &BackupOptions,
        progress: &'a mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    ) -> Result<Self, BackupError> {
        let missing = || LayoutError::Format { what: "the store does not hold a ledger".to_owned() };
        let header = Header::read(&*from)?.ok_or_else(missing)?;
        let tail = Tail::read(&*from)?;
        let batch_bytes = settings.batch_bytes_max / 4;
        let settings = options.verified.then_some(settings);
        let (last, head) = (tail.last, tail.digest);
        let (verified, counts) = (false, Vec::new());
        Ok(Self { from, header, last, head, settings, verified, progress, batch_bytes, counts, rows: 0, bytes: 0 })
    }

    /// Copies every row, in batches.
    fn copy(&mut self, to: &dyn Store) -> Result<(), BackupError> {
        let mut filling = Filling { to, batch: Batch::new(), bytes: 0, bytes_max: self.batch_bytes };
        for table in tables() {
            self.copy_table(table, &mut filling)?;
        }
        filling.write()?;
        self.tell()
    }

    fn copy_table(&mut self, table: Table, filling: &mut Filling<'_>) -> Result<(), BackupError> {
        let (mut count, mut failed) = (0u64, None);
        let Self { from, progress, rows, bytes, .. } = self;
        from.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |key, value| {
            count = count.saturating_add(1);
            *rows = rows.saturating_add(1);
            *bytes = bytes.saturating_add((key.len() as u64).saturating_add(value.len() as u64));
            let taken = filling.take(table, key, value).and_then(|written| match written {
                true => told(progress(BackupProgress::Copying { rows: *rows, bytes: *bytes })),
                false => Ok(()),
            });
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        self.counts.push((table, count));
        failed.map_or(Ok(()), Err)
    }

    fn tell(&mut self) -> Result<(), BackupError> {
        told((self.progress)(BackupProgress::Copying { rows: self.rows, bytes: self.bytes }))
    }

    /// Proves that the copy is what the snapshot is, and then that it is sound.
    fn prove_in(&mut self, copy: Arc<dyn Store>) -> Result<(), BackupError> {
        self.compare(&*copy.snapshot()?)?;
        let Some(settings) = self.settings.take() else { return Ok(()) };
        // Shared by nobody: a handle would write back what is due when it is dropped.
        let shared = settings.shared(copy, None, false)?;
        let mut broken_off = false;
        let verification = verify::verify(&shared, &mut |progress| {
            let told = (self.progress)(BackupProgress::Verifying(progress));
            broken_off |= told.is_break();
            told
        })?;
        match verification.finding {
            Some(finding) => Err(BackupError::Unsound(finding)),
            None if broken_off => Err(BackupError::BrokenOff),
            None => {
                self.verified = true;
                Ok(())
            }
        }
    }

    /// Whether header, end and counts are those of the snapshot.
    fn compare(&self, copy: &dyn Snapshot) -> Result<(), BackupError> {
        if Header::read(copy)?.as_ref() != Some(&self.header) {
            return Err(differs(HEADER, "the header is not the original's"));
        }
        let tail = Tail::read(copy)?;
        if (tail.last, tail.digest) != (self.last, self.head) {
            return Err(differs(JOURNAL, "the journal does not end as the original's"));
        }
        for (table, count) in &self.counts {
            let mut found = 0u64;
            copy.scan(*table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |_, _| {
                found = found.saturating_add(1);
                ControlFlow::Continue(())
            })?;
            if found != *count {
                return Err(differs(*table, &format!("{found} rows, the original has {count}")));
            }
        }
        Ok(())
    }

    /// What was copied.
    pub(super) fn done(&self, bytes: Option<u64>) -> Backup {
        Backup { sequence: self.last, head: Hash(self.head), rows: self.rows, bytes, verified: self.verified }
    }
}

impl Contents for Copying<'_> {
    type Error = BackupError;

    fn fill(&mut self, store: &RedbStore) -> Result<(), BackupError> {
        self.copy(store)
    }

    fn prove(&mut self, store: Arc<RedbStore>) -> Result<(), BackupError> {
        self.prove_in(store)
    }
}

fn told(told: ControlFlow<()>) -> Result<(), BackupError> {
    if told.is_break() { Err(BackupError::BrokenOff) } else { Ok(()) }
}

/// The copy does not read back as it was written.
fn differs(table: Table, what: &str) -> BackupError {
    BackupError::Unsound(Finding { table: table.0.to_owned(), key: String::new(), entry: None, what: what.to_owned() })
}

/// A batch that grows until it is written.
struct Filling<'a> {
    to: &'a dyn Store,
    batch: Batch,
    bytes: usize,
    bytes_max: usize,
}

impl Filling<'_> {
    /// Takes a row whose checksum is right; says whether the batch has been written.
    fn take(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<bool, BackupError> {
        sealed::open(table, key, value).map_err(|malformed| corrupt(table, key, malformed))?;
        self.batch.put(table, key, value);
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(value.len());
        if self.bytes < self.bytes_max {
            return Ok(false);
        }
        self.write()?;
        Ok(true)
    }

    fn write(&mut self) -> Result<(), BackupError> {
        if !self.batch.is_empty() {
            self.to.commit(&self.batch)?;
        }
        (self.batch, self.bytes) = (Batch::new(), 0);
        Ok(())
    }
}
