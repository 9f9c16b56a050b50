//! A store in one file of redb, or in tables of the host's own redb database.
//!
//! This engine uses a small part of redb: open a table, get, insert, remove, range, commit. Files in reading order:
//! this one (opening, closing), `options`, `files` (how a file is created), `write` and `snapshot` (its two directions),
//! `reader` (a file that is only read), `tables`, `errors`.

mod errors;
mod files;
mod options;
mod reader;
mod snapshot;
mod tables;
mod write;

pub use options::{AUTO_ONE_PHASE_BYTES_MAX, CommitMode, RedbOptions};
pub use reader::RedbReader;

use super::{Batch, Snapshot, Store, StoreError};
use ::redb::{
    Builder, Database, DatabaseError, MultimapTableHandle, ReadTransaction, ReadableDatabase, StorageBackend,
    TableDefinition, TableHandle, WriteTransaction,
};
use errors::{Stop, guarded};
use files::{Unfinished, identity, refuse_taken, remove_second_name, swept, unusable, usable_length};
use parking_lot::RwLock;
use snapshot::RedbSnapshot;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::Bytes;
use write::write;

/// What the names of our redb tables begin with in a file of our own.
pub const DEFAULT_PREFIX: &str = "pacioli.";

/// A store over redb, in a file, in the host's database, or over any backend.
///
/// One redb table for each [`Table`](crate::store::Table), under a name prefix. Invariants, proved by `tests/engines.rs` and
/// `tests/store_faults.rs`: after a commit has failed nothing more is written, and a crash leaves every acknowledged
/// batch and at most the one that was being committed. redb's panics on altered files arrive as errors, unless the
/// program is built with `panic = "abort"`.
///
/// ```
/// use pacioli::store::{Batch, RedbOptions, RedbStore, Store, StoreError, Table};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("books.redb");
/// let store = RedbStore::create(&path, &RedbOptions::default(), |_| Ok::<(), StoreError>(()))?;
/// let mut batch = Batch::new();
/// batch.put(Table("greetings"), *b"hello", *b"world");
/// store.commit(&batch)?;
/// store.close()?;
///
/// let store = RedbStore::open(&path, &RedbOptions::default())?;
/// let found = store.snapshot()?.get(Table("greetings"), b"hello")?;
/// assert_eq!(found.as_deref(), Some(&b"world"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RedbStore {
    /// `None` once shut down.
    database: RwLock<Option<Arc<Database>>>,
    prefix: Arc<str>,
    mode: CommitMode,
    stop: Stop,
    /// Whether the database is ours to close.
    owned: bool,
    /// The file, when it is one of ours.
    path: Option<PathBuf>,
}

/// What a new file is filled with, and how it is looked at before it counts.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::store::{Batch, Contents, RedbOptions, RedbStore, Store, StoreError, Table};
///
/// /// A file that counts only if its greeting reads back.
/// struct Greeting;
///
/// impl Contents for Greeting {
///     type Error = StoreError;
///
///     fn fill(&mut self, store: &RedbStore) -> Result<(), StoreError> {
///         let mut batch = Batch::new();
///         batch.put(Table("greetings"), "hello", "world");
///         store.commit(&batch)
///     }
///
///     fn prove(&mut self, store: Arc<RedbStore>) -> Result<(), StoreError> {
///         let found = store.snapshot()?.get(Table("greetings"), b"hello")?;
///         found.map(|_| ()).ok_or(StoreError::Stopped)
///     }
/// }
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("books.redb");
/// let bytes = RedbStore::build(&path, &RedbOptions::default(), &mut Greeting)?;
/// assert_eq!(bytes, std::fs::metadata(&path)?.len());
/// # Ok::<(), StoreError>(())
/// ```
pub trait Contents {
    /// Why the file is not to be.
    type Error: From<StoreError>;

    /// Writes everything into the store, which is empty.
    ///
    /// # Errors
    /// When the file is not to be.
    fn fill(&mut self, store: &RedbStore) -> Result<(), Self::Error>;

    /// Looks at the store after it was closed and opened again. No snapshot of it may be kept.
    ///
    /// # Errors
    /// When the file is not to be.
    fn prove(&mut self, store: Arc<RedbStore>) -> Result<(), Self::Error>;
}

impl RedbStore {
    /// Creates a store in a new file, which appears at `path` whole and durable or not at all.
    ///
    /// The file is built under a temporary name in the same directory, readable and writable by its owner only;
    /// `first` writes what it must hold from its first moment. A creation that died leaves at most a file named
    /// `.<name>.<process>-<count>.unfinished`, which the next creation at the same path removes.
    /// Where the file system has no hard links, a file that appears at `path` in the last moment is overwritten.
    ///
    /// # Errors
    /// [`StoreError::Io`] with `AlreadyExists` when there is something at `path`; [`StoreError::Unusable`] when that is
    /// a symbolic link; what `first` returns; and when the storage fails. Then nothing is left at `path`, except that an
    /// error in the very last steps (syncing the directory, opening the finished file) may leave the whole file there.
    pub fn create<E: From<StoreError>>(
        path: impl AsRef<Path>,
        options: &RedbOptions,
        first: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<Self, E> {
        let path = std::path::absolute(path).map_err(StoreError::from)?;
        refuse_taken(&path)?;
        let unfinished = Unfinished::start(&path)?;
        let store = Self::create_in_place(unfinished.path(), options)?;
        first(&store)?;
        store.close()?;
        unfinished.finish()?;
        Ok(Self::open(&path, options)?)
    }

    /// Builds a store in a new file, as [`RedbStore::create`] does, and leaves it closed; gives the file's length in
    /// bytes. The file has no more room than its rows need.
    ///
    /// Before it has its name it is opened again, every page of it is checked, and the contents are proved.
    ///
    /// # Errors
    /// As [`RedbStore::create`], and what `contents` says. Then nothing is left at `path`, except that an error while the
    /// directory is synced may leave the whole file there.
    pub fn build<C: Contents>(
        path: impl AsRef<Path>,
        options: &RedbOptions,
        contents: &mut C,
    ) -> Result<u64, C::Error> {
        let path = std::path::absolute(path).map_err(StoreError::from)?;
        refuse_taken(&path)?;
        let unfinished = Unfinished::start(&path)?;
        let bytes = Self::grow(unfinished.path(), options, contents)?;
        unfinished.finish()?;
        Ok(bytes)
    }

    /// Builds a store as [`RedbStore::build`] does and puts its file in the place of this one's, with the same owner and
    /// permissions; gives the lengths of both, in bytes. This store, which must be one in a file, is closed.
    ///
    /// At every moment the whole file of one of the two has the name. Where the name is a symbolic link, the file that it
    /// leads to is replaced; other hard links keep the file of before. Nobody else can open the file meanwhile.
    ///
    /// # Errors
    /// As [`RedbStore::build`]; [`StoreError::HostsTables`] when the host has put tables of its own into this store's file
    /// ([`RedbStore::begin`]), which only the host can copy; [`StoreError::Unusable`] when this store is not in a file of its
    /// own; when its owner or permissions cannot be given to the new one. This store's file is as it was then, except that an error while the directory is synced may
    /// leave the new one in its place.
    pub fn replace<C: Contents>(self, options: &RedbOptions, contents: &mut C) -> Result<(u64, u64), C::Error> {
        let path = self.path.as_deref().ok_or_else(|| unusable("the store is not in a file of its own"))?;
        if let Some(table) = self.hosts_table()? {
            return Err(StoreError::HostsTables { table }.into());
        }
        // Renaming would take the place of a link, not of the file.
        let path = std::fs::canonicalize(path).map_err(StoreError::from)?;
        let before = usable_length(&path)?;
        let unfinished = Unfinished::start(&path)?;
        let after = Self::grow(unfinished.path(), options, contents)?;
        unfinished.replace()?;
        // What this writes is in a file that has no name any more.
        drop(self.close());
        Ok((before, after))
    }

    /// Fills the empty file at `path`, compacts it, closes it, and has it looked at.
    fn grow<C: Contents>(path: &Path, options: &RedbOptions, contents: &mut C) -> Result<u64, C::Error> {
        let store = Self::create_in_place(path, options)?;
        contents.fill(&store)?;
        store.compact()?;
        let options = RedbOptions { check_on_open: true, ..options.clone() };
        let store = Arc::new(Self::open(path, &options).map_err(swept_store)?);
        contents.prove(Arc::clone(&store))?;
        store.shutdown()?;
        Ok(usable_length(path)?)
    }

    /// Lets go of the room that no row needs, and closes.
    fn compact(self) -> Result<(), StoreError> {
        let database = self.database.write().take().and_then(Arc::into_inner).ok_or(StoreError::AlreadyOpen)?;
        guarded(|| {
            let mut database = database;
            database.compact().map_err(errors::compaction)?;
            database.close().map_err(errors::database)
        })
    }

    /// A store in the empty file at `path`.
    fn create_in_place(path: &Path, options: &RedbOptions) -> Result<Self, StoreError> {
        let database = guarded(|| builder(options).create(path).map_err(errors::opening))?;
        let store = Self::owning(database, options, 0);
        let transaction = store.begin()?;
        // The mark by which `open` knows a file of ours that holds no tables yet.
        guarded(|| {
            transaction.open_table(TableDefinition::<Bytes, Bytes>::new(DEFAULT_PREFIX)).map_err(errors::table)?;
            transaction.commit().map_err(errors::commit)
        })?;
        Ok(store)
    }

    /// Opens the store in the file at `path`, repairing what a crash has left.
    ///
    /// A file that is not a store of ours is not changed, with one exception: a redb database of another program that
    /// needs repair after a crash is repaired, as that program would, before it can be told from ours.
    ///
    /// # Errors
    /// [`StoreError::Io`] with `NotFound` when there is no file; [`StoreError::AlreadyOpen`] when it is open elsewhere, in
    /// this process or another; [`StoreError::Unusable`] when it is empty, truncated, damaged or not a store of ours.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Self, StoreError> {
        Self::open_locked(path.as_ref(), options, || ())
    }

    /// Opens the store, does something once the file is locked, and looks whether the name still leads to it.
    fn open_locked(path: &Path, options: &RedbOptions, locked: impl FnOnce()) -> Result<Self, StoreError> {
        let path = std::path::absolute(path)?;
        let (bytes, file) = (usable_length(&path)?, identity(&path)?);
        remove_second_name(&path);
        guarded(|| refuse_foreign(&path, options)).map_err(unusable_if_damaged)?;
        let database =
            guarded(|| builder(options).open(&path).map_err(errors::opening)).map_err(unusable_if_damaged)?;
        let mut store = Self::owning(database, options, bytes);
        locked();
        if identity(&path)? != file {
            // It was replaced while we opened it: what we have locked has no name any more.
            return Err(StoreError::AlreadyOpen);
        }
        store.path = Some(path);
        guarded(|| require_ours(&store.read()?)).map_err(unusable_if_damaged)?;
        Ok(store)
    }

    /// A store in the host's own database, in tables whose names begin with `prefix`.
    ///
    /// No prefix may begin with another that is in use in the same database. [`CommitMode::Auto`] takes one phase
    /// here. What the host commits by itself is committed in whatever mode it chooses, and it must not delete
    /// or write our tables.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use pacioli::store::{Batch, CommitMode, DEFAULT_PREFIX, RedbStore, Store, Table};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("app.redb");
    /// const ORDERS: redb::TableDefinition<u64, u64> = redb::TableDefinition::new("orders");
    ///
    /// let database = Arc::new(redb::Database::create(&path)?);
    /// let store = RedbStore::within(database, DEFAULT_PREFIX, CommitMode::Auto)?;
    /// let mut batch = Batch::new();
    /// batch.put(Table("names"), "a", "Amina");
    /// // The host's own row and the batch, as one.
    /// let transaction = store.begin()?;
    /// transaction.open_table(ORDERS)?.insert(77, 1)?;
    /// store.commit_in(transaction, &batch)?;
    /// assert!(store.snapshot()?.get(Table("names"), b"a")?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Engine`] when the prefix is empty.
    pub fn within(database: Arc<Database>, prefix: &str, mode: CommitMode) -> Result<Self, StoreError> {
        if prefix.is_empty() {
            return Err(StoreError::Engine { reason: "the table prefix is empty".to_owned() });
        }
        Ok(Self {
            database: RwLock::new(Some(database)),
            prefix: prefix.into(),
            mode: mode.at_length(0),
            stop: Stop::default(),
            owned: false,
            path: None,
        })
    }

    /// Opens the store on a backend, or creates it when the backend is empty. Creating is not crash-safe here.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the backend holds something else or is damaged; [`StoreError::Io`] when it fails.
    pub fn on_backend(backend: impl StorageBackend, options: &RedbOptions) -> Result<Self, StoreError> {
        let bytes = backend.len()?;
        let database = guarded(|| builder(options).create_with_backend(backend).map_err(errors::opening))
            .map_err(unusable_if_damaged)?;
        Ok(Self::owning(database, options, bytes))
    }

    fn owning(database: Database, options: &RedbOptions, bytes: u64) -> Self {
        Self {
            database: RwLock::new(Some(Arc::new(database))),
            prefix: DEFAULT_PREFIX.into(),
            mode: options.commit_mode.at_length(bytes),
            stop: Stop::default(),
            owned: true,
            path: None,
        }
    }

    /// Begins a transaction in which the host writes its own tables, for [`RedbStore::commit_in`].
    ///
    /// Waits while another write transaction lives; a thread that holds one must not ask for another, nor commit by
    /// [`Store::commit`]. Dropped, it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] after a failure or [`RedbStore::shutdown`]; when the storage fails, which stops the store.
    pub fn begin(&self) -> Result<WriteTransaction, StoreError> {
        self.require_running()?;
        let database = self.database()?;
        let mut transaction = self.latching(|| guarded(|| database.begin_write().map_err(errors::transaction)))?;
        self.mode.apply(&mut transaction)?;
        Ok(transaction)
    }

    /// Writes the batch into a transaction of [`RedbStore::begin`] and commits both as one.
    ///
    /// # Errors
    /// As [`Store::commit`]: after [`StoreError::Conflict`] neither the batch nor what the host wrote is there.
    pub fn commit_in(&self, mut transaction: WriteTransaction, batch: &Batch) -> Result<(), StoreError> {
        self.require_running()?;
        self.latching(|| {
            guarded(|| {
                self.mode.apply(&mut transaction)?;
                if let Err(error) = write(&transaction, &self.prefix, batch) {
                    let aborted = transaction.abort().map_err(errors::storage);
                    // After a failure this fails too, and the first of the two says why.
                    return Err(match (&error, aborted) {
                        (StoreError::Conflict { .. }, Err(aborted)) => aborted,
                        _ => error,
                    });
                }
                transaction.commit().map_err(errors::commit)
            })
        })
    }

    /// Gives up a transaction of [`RedbStore::begin`]: nothing of it is there.
    ///
    /// # Errors
    /// When the storage fails, which stops the store.
    pub fn abort(&self, transaction: WriteTransaction) -> Result<(), StoreError> {
        self.latching(|| guarded(|| transaction.abort().map_err(errors::storage)))
    }

    /// The database, for the host to read its own tables. Held beyond [`RedbStore::shutdown`], it keeps the file open.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] after [`RedbStore::shutdown`].
    pub fn database(&self) -> Result<Arc<Database>, StoreError> {
        self.database.read().clone().ok_or(StoreError::Stopped)
    }

    /// The mode in which this handle commits: [`CommitMode::OnePhase`] or [`CommitMode::QuickRepair`].
    pub fn commit_mode(&self) -> CommitMode {
        self.mode
    }

    /// The length of the store's file in bytes; `None` in the host's database or over a backend.
    ///
    /// # Errors
    /// When the file system does not tell.
    pub fn size_bytes(&self) -> Result<Option<u64>, StoreError> {
        self.path.as_ref().map(|path| Ok(std::fs::metadata(path)?.len())).transpose()
    }

    /// Closes the store and reports what dropping it would hide.
    ///
    /// # Errors
    /// As [`RedbStore::shutdown`].
    pub fn close(self) -> Result<(), StoreError> {
        self.shutdown()
    }

    /// Closes the file; later calls give [`StoreError::Stopped`], as may reads of snapshots taken before.
    ///
    /// The host's own database is left open. Shutting down again does nothing.
    ///
    /// # Errors
    /// When the file cannot be closed cleanly: what was committed is there, and the next open repairs the rest.
    /// [`StoreError::AlreadyOpen`] when the database is still in use: it closes with its last user.
    pub fn shutdown(&self) -> Result<(), StoreError> {
        self.stop.now();
        let Some(database) = self.database.write().take() else {
            return Ok(());
        };
        if !self.owned {
            return Ok(());
        }
        guarded(|| match Arc::into_inner(database).map(Database::close) {
            Some(Ok(())) => Ok(()),
            None | Some(Err(DatabaseError::TransactionInProgress)) => Err(StoreError::AlreadyOpen),
            Some(Err(error)) => Err(errors::database(error)),
        })
    }

    /// A table whose name does not begin with our prefix.
    fn hosts_table(&self) -> Result<Option<String>, StoreError> {
        self.stop.at_damage(|| {
            let transaction = self.read()?;
            let tables = transaction.list_tables().map_err(errors::storage)?.map(|table| table.name().to_owned());
            let multimaps = transaction.list_multimap_tables().map_err(errors::storage)?;
            let mut names = tables.chain(multimaps.map(|table| table.name().to_owned()));
            Ok(names.find(|name| !name.starts_with(&*self.prefix)))
        })
    }

    fn read(&self) -> Result<ReadTransaction, StoreError> {
        self.database()?.begin_read().map_err(errors::transaction)
    }

    fn require_running(&self) -> Result<(), StoreError> {
        if self.stop.is_set() { Err(StoreError::Stopped) } else { Ok(()) }
    }

    /// Stops the store when `write` fails otherwise than by a conflict.
    fn latching<T>(&self, write: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let written = write();
        match &written {
            Ok(_) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => {
                self.stop.now();
                tracing::error!(%error, "the store has stopped");
            }
        }
        written
    }
}

impl Store for RedbStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let transaction = self.stop.at_damage(|| self.read())?;
        Ok(Box::new(RedbSnapshot::new(transaction, Arc::clone(&self.prefix), self.stop.clone())))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.commit_in(self.begin()?, batch)
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore")
            .field("prefix", &self.prefix)
            .field("mode", &self.mode)
            .field("stopped", &self.stop.is_set())
            .finish_non_exhaustive()
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        let database = self.database.get_mut().take();
        // redb writes on closing and may panic on an altered file.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(database)));
    }
}

fn builder(options: &RedbOptions) -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(options.cache_bytes).set_check_integrity_on_open(options.check_on_open);
    builder
}

/// Refuses a file that is not ours while only reading it; lets one pass that needs repair before it can be read.
fn refuse_foreign(path: &Path, options: &RedbOptions) -> Result<(), StoreError> {
    let database = match builder(options).open_read_only(path) {
        Ok(database) => database,
        Err(DatabaseError::RepairAborted) => return Ok(()),
        Err(error) => return Err(errors::opening(error)),
    };
    require_ours(&database.begin_read().map_err(errors::transaction)?)?;
    database.close().map_err(errors::database)
}

fn require_ours(transaction: &ReadTransaction) -> Result<(), StoreError> {
    let mut tables = transaction.list_tables().map_err(errors::storage)?;
    if tables.any(|table| table.name().starts_with(DEFAULT_PREFIX)) {
        Ok(())
    } else {
        Err(unusable("a redb database that is not a store"))
    }
}

/// An unfinished file that is gone when it is opened again.
fn swept_store(error: StoreError) -> StoreError {
    match error {
        StoreError::Io(error) => StoreError::Io(swept(error)),
        other => other,
    }
}

fn unusable_if_damaged(error: StoreError) -> StoreError {
    match error {
        StoreError::Damaged { reason } => StoreError::Unusable { reason },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compaction that ends between the opening of a file and its locking leaves whoever opened it with a file that
    /// has no name: what is written there is lost.
    #[cfg(unix)]
    #[test]
    fn file_that_was_replaced_while_it_was_opened_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("books.redb"), directory.path().join("other.redb"));
        let options = RedbOptions::default();
        for path in [&path, &other] {
            RedbStore::create(path, &options, |_| Ok::<(), StoreError>(())).unwrap().close().unwrap();
        }
        let opened = RedbStore::open_locked(&path, &options, || std::fs::rename(&other, &path).unwrap());
        assert!(matches!(opened, Err(StoreError::AlreadyOpen)), "{opened:?}");
        RedbStore::open(&path, &options).unwrap().close().unwrap();
    }
}
