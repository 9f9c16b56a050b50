//! What redb reports, in our words; and the wall that keeps its panics from the caller.
//!
//! redb may panic on a file that was altered behind its back. A build with `panic = "abort"` has no such wall.

use super::super::StoreError;
use ::redb::{CommitError, CompactionError, DatabaseError, StorageError, TableError, TransactionError};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs calls into redb; a panic of redb becomes [`StoreError::Damaged`].
///
/// Nothing of the caller's may run inside, or its panics would be taken for redb's.
pub(super) fn guarded<T>(calls: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    // Unwind safe: what redb leaves half done it latches itself, and a failed commit stops our store for good.
    catch_unwind(AssertUnwindSafe(calls))
        .unwrap_or_else(|_| Err(StoreError::Damaged { reason: "the storage engine panicked".to_owned() }))
}

/// Whether a store has stopped: nothing more is written then.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    pub(super) fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Runs calls into redb that only read, guarded. Damage stops the store: what redb has half read and what it trusts
    /// of an altered file must not be written back.
    pub(super) fn at_damage<T>(&self, reads: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let read = guarded(reads);
        if let Err(StoreError::Damaged { reason }) = &read {
            tracing::error!(%reason, "the store is damaged and has stopped");
            self.now();
        }
        read
    }
}

/// What went wrong while opening: damage there means that the file is unusable.
pub(super) fn opening(error: DatabaseError) -> StoreError {
    match database(error) {
        StoreError::Damaged { reason } => StoreError::Unusable { reason },
        // So redb calls a file that is not one of its own, or ends too early.
        StoreError::Io(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            StoreError::Unusable { reason: error.to_string() }
        }
        other => other,
    }
}

/// What went wrong with the whole database.
pub(super) fn database(error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => StoreError::AlreadyOpen,
        DatabaseError::RepairAborted | DatabaseError::UpgradeRequired(_) => {
            StoreError::Unusable { reason: error.to_string() }
        }
        DatabaseError::Storage(error) => storage(error),
        other => StoreError::Engine { reason: other.to_string() },
    }
}

/// What went wrong while a file was compacted.
pub(super) fn compaction(error: CompactionError) -> StoreError {
    match error {
        CompactionError::Storage(error) => storage(error),
        other => StoreError::Engine { reason: other.to_string() },
    }
}

/// What went wrong below the tables.
pub(super) fn storage(error: StorageError) -> StoreError {
    match error {
        StorageError::Io(error) => StoreError::Io(error),
        StorageError::Corrupted(reason) => StoreError::Damaged { reason },
        StorageError::PreviousIo | StorageError::DatabaseClosed => StoreError::Stopped,
        other => StoreError::Engine { reason: other.to_string() },
    }
}

/// What went wrong with one table.
pub(super) fn table(error: TableError) -> StoreError {
    match error {
        TableError::Storage(error) => storage(error),
        other => StoreError::Engine { reason: other.to_string() },
    }
}

/// What went wrong when a transaction began.
pub(super) fn transaction(error: TransactionError) -> StoreError {
    match error {
        TransactionError::Storage(error) => storage(error),
        other => StoreError::Engine { reason: other.to_string() },
    }
}

/// What went wrong when a transaction was committed.
pub(super) fn commit(error: CommitError) -> StoreError {
    match error {
        CommitError::Storage(error) => storage(error),
        other => StoreError::Engine { reason: other.to_string() },
    }
}
