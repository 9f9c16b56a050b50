//! The seam to storage: an ordered map of bytes in named tables, committed in atomic, durable batches.
//!
//! This layer holds no word of money and reads no clock. Files in reading order:
//! `batch` (what is written), `memory` and `redb` (the engines), `faults` (stores and backends that fail or stop).

mod batch;
#[cfg(feature = "faults")]
pub mod faults;
mod memory;
mod redb;

pub(crate) use batch::BatchMark;
pub use batch::{Batch, Expected, Table};
pub use memory::MemoryStore;
pub use redb::{AUTO_ONE_PHASE_BYTES_MAX, CommitMode, Contents, DEFAULT_PREFIX, RedbOptions, RedbReader, RedbStore};

use std::fmt::Debug;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

/// An ordered map of bytes in named tables, with consistent snapshots and atomic, durable commits.
///
/// Invariants that every engine keeps and `tests/engines.rs` proves on each: a batch is applied whole or not at
/// all; `commit` returns `Ok` only once the batch would survive a power cut (as far as the engine keeps anything);
/// a snapshot never changes; keys are ordered as byte strings.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::Ledger;
/// use pacioli::store::{Batch, MemoryStore, Snapshot, Store, StoreError};
///
/// /// Passes everything on, and counts the commits.
/// #[derive(Debug, Default)]
/// struct Counted(MemoryStore, std::sync::atomic::AtomicU32);
///
/// impl Store for Counted {
///     fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
///         self.0.snapshot()
///     }
///
///     fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.commit(batch)
///     }
/// }
/// let store = Arc::new(Counted::default());
/// let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>)?;
/// ledger.close()?;
/// assert!(store.1.load(std::sync::atomic::Ordering::Relaxed) > 0);
/// # Ok::<(), pacioli::Error>(())
/// ```
pub trait Store: Debug + Send + Sync + 'static {
    /// A consistent picture of all tables as of the last commit.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Applies the batch atomically and returns once it is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the batch's expectation does not hold: nothing was written and the store goes on.
    /// Any other error leaves the outcome unknown: the batch was applied whole or not at all, and the store must be reopened to tell.
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;
}

/// A consistent, immutable picture of the tables.
///
/// ```
/// use std::ops::{Bound, ControlFlow};
/// use pacioli::store::{Batch, MemoryStore, Order, Store, Table};
///
/// let (store, names) = (MemoryStore::new(), Table("names"));
/// let mut batch = Batch::new();
/// batch.put(names, "a", "Amina");
/// batch.put(names, "b", "Baraka");
/// store.commit(&batch)?;
///
/// let snapshot = store.snapshot()?;
/// assert_eq!(snapshot.get(names, b"b")?.as_deref(), Some(&b"Baraka"[..]));
/// let (key, value) = snapshot.at_or_before(names, b"ax")?.expect("a is before ax");
/// assert_eq!((&*key, &*value), (&b"a"[..], &b"Amina"[..]));
///
/// let mut seen = Vec::new();
/// snapshot.scan(names, Bound::Unbounded, Bound::Unbounded, Order::Descending, &mut |key, _| {
///     seen.push(key.to_vec());
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(seen, [b"b", b"a"]);
/// # Ok::<(), pacioli::store::StoreError>(())
/// ```
pub trait Snapshot: Send + Sync {
    /// The value under `key`, if there is one.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError>;

    /// Shows each pair between the bounds to `visit`, in `order`, until it breaks or the pairs end.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError>;

    /// The pair with the greatest key of the table that is not greater than `key`.
    ///
    /// # Errors
    /// When the storage cannot be read.
    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError>;
}

/// What a scan calls with each key and value; it breaks to see no more.
pub type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'v;

/// A key and its value.
pub type Pair = (Box<[u8]>, Arc<[u8]>);

/// Which way a scan goes.
///
/// ```
/// use std::ops::{Bound, ControlFlow};
/// use pacioli::store::{Batch, MemoryStore, Order, Store, Table};
///
/// let (store, names) = (MemoryStore::new(), Table("names"));
/// let mut batch = Batch::new();
/// ["a", "b", "c"].map(|key| batch.put(names, key, "")).len();
/// store.commit(&batch)?;
/// // The first from the greatest key.
/// let mut last = Vec::new();
/// store.snapshot()?.scan(names, Bound::Unbounded, Bound::Unbounded, Order::Descending, &mut |key, _| {
///     last = key.to_vec();
///     ControlFlow::Break(())
/// })?;
/// assert_eq!(last, b"c");
/// # Ok::<(), pacioli::store::StoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key.
    Ascending,
    /// From the greatest key.
    Descending,
}

/// Why storage could not do what was asked.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::store::{RedbOptions, RedbStore, StoreError};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// let ledger = Ledger::open(&path)?;
/// // One process at a time, and one handle in it.
/// let second = RedbStore::open(&path, &RedbOptions::default());
/// assert!(matches!(second, Err(StoreError::AlreadyOpen)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another writer has moved the expected place: nothing was written.
    #[error("another writer has written to table {table}")]
    Conflict {
        /// The table whose end was not where it was expected.
        table: &'static str,
    },
    /// The file is open elsewhere, in this process or another.
    #[error("the file is open elsewhere")]
    AlreadyOpen,
    /// The file is not one of ours, or is damaged beyond opening.
    #[error("the file cannot be opened as a store: {reason}")]
    Unusable {
        /// What was found.
        reason: String,
    },
    /// The file has tables of the host's own, which would be lost: nothing was done.
    #[error("the file has tables of the host's own, such as {table}")]
    HostsTables {
        /// The name of one of them.
        table: String,
    },
    /// What was stored does not read back: the file was altered or the device has lost something.
    #[error("the storage is damaged: {reason}")]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// Input or output failed.
    #[error("input or output failed: {}", .0.kind())]
    Io(#[from] std::io::Error),
    /// An earlier failure has stopped this store; reopen it.
    #[error("the store has stopped after an earlier failure")]
    Stopped,
    /// The store was opened for reading alone: nothing was written.
    #[error("the store was opened for reading alone")]
    ReadOnly,
    /// The engine reported something else.
    #[error("the storage engine failed: {reason}")]
    Engine {
        /// What the engine said.
        reason: String,
    },
}

/// Whether no key can lie between the bounds; ordered maps panic on some of these.
fn holds_nothing(from: Bound<&[u8]>, to: Bound<&[u8]>) -> bool {
    match (from, to) {
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from >= to,
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
    }
}
