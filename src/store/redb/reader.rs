//! A store's file opened for reading alone: not a byte of it changes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use ::redb::{DatabaseError, ReadOnlyDatabase, ReadableDatabase};

use super::super::{Batch, Snapshot, Store, StoreError};
use super::errors::{self, Stop, guarded};
use super::files::usable_length;
use super::snapshot::RedbSnapshot;
use super::{DEFAULT_PREFIX, RedbOptions, builder, require_ours, unusable_if_damaged};

/// A store over redb in a file that is only read; several may read one file at the same time, while nobody writes it.
///
/// A ledger over it ([`LedgerBuilder::over`](crate::LedgerBuilder::over)) answers views and verifies; every command to it
/// fails with [`StoreError::ReadOnly`] as its cause, and nothing is written.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::store::{RedbOptions, RedbReader};
/// use pacioli::{Ledger, NewBook, money::Currency};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// let ledger = Ledger::open(&path)?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// ledger.close()?;
///
/// let reader = RedbReader::open(&path, &RedbOptions::default())?.expect("it was closed");
/// let ledger = Ledger::builder().over(Arc::new(reader))?;
/// assert_eq!(ledger.view()?.books()?.len(), 1);
/// assert!(ledger.open_book(NewBook::live("shop.usd", Currency::USD)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RedbReader {
    database: ReadOnlyDatabase,
    prefix: Arc<str>,
    stop: Stop,
}

impl RedbReader {
    /// Opens the store in the file at `path`; `None` when a crash has left it so that it must be repaired first, which
    /// [`RedbStore::open`](super::RedbStore::open) does.
    ///
    /// # Errors
    /// As [`RedbStore::open`](super::RedbStore::open). [`StoreError::AlreadyOpen`] when somebody may be writing it.
    pub fn open(path: impl AsRef<Path>, options: &RedbOptions) -> Result<Option<Self>, StoreError> {
        let path = std::path::absolute(path)?;
        usable_length(&path)?;
        let opened = guarded(|| match builder(options).open_read_only(&path) {
            Ok(database) => {
                require_ours(&database.begin_read().map_err(errors::transaction)?)?;
                Ok(Some(database))
            }
            Err(DatabaseError::RepairAborted) => Ok(None),
            Err(error) => Err(errors::opening(error)),
        });
        let opened = opened.map_err(unusable_if_damaged)?;
        Ok(opened.map(|database| Self { database, prefix: DEFAULT_PREFIX.into(), stop: Stop::default() }))
    }
}

impl Store for RedbReader {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let read = || self.database.begin_read().map_err(errors::transaction);
        let transaction = self.stop.at_damage(read)?;
        Ok(Box::new(RedbSnapshot::new(transaction, Arc::clone(&self.prefix), self.stop.clone())))
    }

    fn commit(&self, _: &Batch) -> Result<(), StoreError> {
        Err(StoreError::ReadOnly)
    }
}

impl fmt::Debug for RedbReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbReader").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
