//! Compaction: a ledger's file built anew from its rows, and put in the place of the old one.
//!
//! The engine can compact a file in place. That keeps freed pages as they are wherever no other page is moved over them,
//! and with them texts that were erased; it moves pages in many commits, of which each must survive a power cut by itself;
//! and nothing can be looked at before it counts. A new file has none of that, at the price of room for both.

use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::backup::{BackupError, BackupOptions, BackupProgress, Copying};
use super::builder::LedgerBuilder;
use crate::model::{Hash, Sequence};
use crate::store::{RedbStore, Store};

/// What a compaction came to.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// let ledger = Ledger::open(&path)?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// let head = ledger.info()?.head;
/// ledger.close()?;
/// let compaction = Ledger::builder().compact(&path)?;
/// assert_eq!(compaction.bytes_after, std::fs::metadata(&path)?.len());
/// assert!(compaction.verified);
/// assert_eq!((compaction.sequence, compaction.head), (Sequence(1), head)); // the same ledger
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Compaction {
    /// The file's length before, in bytes.
    pub bytes_before: u64,
    /// Its length now, in bytes.
    pub bytes_after: u64,
    /// The last entry.
    pub sequence: Sequence,
    /// The digest of the last commit, as it was before.
    pub head: Hash,
    /// Whether the new file was verified as a whole before it took the old one's place.
    pub verified: bool,
}

/// Compacting.
impl LedgerBuilder {
    /// Builds the file at `path` anew with nothing but its rows, and verifies it. See [`LedgerBuilder::compact_with`].
    ///
    /// # Errors
    /// As [`LedgerBuilder::compact_with`].
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, money::Currency};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// let ledger = Ledger::open(&path)?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// ledger.close()?;
    /// let compaction = Ledger::builder().compact(&path)?;
    /// println!("{} bytes became {}", compaction.bytes_before, compaction.bytes_after);
    /// assert_eq!(Ledger::open(&path)?.view()?.sequence(), compaction.sequence);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compact(self, path: impl AsRef<Path>) -> Result<Compaction, BackupError> {
        self.compact_with(path, &BackupOptions::default(), &mut |_| ControlFlow::Continue(()))
    }

    /// Copies the rows of the ledger's file into a new one, as [`Ledger::backup_with`](crate::Ledger::backup_with) does,
    /// proves that one, and puts it in the place of the old one by renaming it.
    ///
    /// The ledger must be closed; nobody can open it meanwhile. Beside the file there must be room for another as long as
    /// its rows need. At every moment, whatever dies, the file of before or the new one has the name, whole and durable:
    /// with the same head, owner and permissions, and without freed pages, so that texts that were erased are gone
    /// from the file. (What the file system and the device do with the old file's blocks is theirs.) Other hard links
    /// to the file keep the old one. An unfinished file that a killed process leaves behind is removed by the next
    /// compaction of this file.
    ///
    /// A ledger in a host's database lies among the host's own tables: compact the database as redb says. So it is with
    /// a ledger's file into which the host has put tables of its own ([`Transaction::tables`](crate::Transaction::tables)):
    /// they cannot be carried over, so the file is refused.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use pacioli::prelude::*;
    /// use pacioli::BackupProgress;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.redb");
    /// # Ledger::open(&path)?.close()?;
    /// let (mut told, options) = (0, BackupOptions::default().unverified());
    /// let compaction = Ledger::builder().compact_with(&path, &options, &mut |progress| {
    ///     told += usize::from(matches!(progress, BackupProgress::Copying { .. }));
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert!(told > 0 && !compaction.verified);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`](crate::store::StoreError::AlreadyOpen) when the ledger is open, here or elsewhere;
    /// [`StoreError::HostsTables`](crate::store::StoreError::HostsTables); [`BackupError::Unsound`] when it is damaged;
    /// else as [`Ledger::backup_with`](crate::Ledger::backup_with). The file is as it was then, except that an error
    /// while the directory is synced may leave the new one in its place.
    pub fn compact_with(
        self,
        path: impl AsRef<Path>,
        options: &BackupOptions,
        progress: &mut dyn FnMut(BackupProgress) -> ControlFlow<()>,
    ) -> Result<Compaction, BackupError> {
        let span = tracing::info_span!("compact");
        let _entered = span.enter();
        let redb = self.redb_options();
        let store = RedbStore::open(path, &redb)?;
        let mut copying = Copying::begin(store.snapshot()?, self, options, progress)?;
        let (bytes_before, bytes_after) = store.replace(&redb, &mut copying)?;
        let copied = copying.done(None);
        let (sequence, head, verified) = (copied.sequence, copied.head, copied.verified);
        Ok(Compaction { bytes_before, bytes_after, sequence, head, verified })
    }
}
