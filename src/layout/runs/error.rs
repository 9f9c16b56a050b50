//! What can go wrong: storage fails, or holds what was never written.

use crate::store::{StoreError, Table};

/// Why the index could not answer or go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunsError {
    /// The storage could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored value is damaged, misplaced or missing.
    #[error("table {table} is corrupt: {what}")]
    Corrupt {
        /// The table in which it was found.
        table: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl RunsError {
    /// The error for damage found in `table`.
    pub(super) fn corrupt(table: Table, what: &'static str) -> Self {
        Self::Corrupt { table: table.0, what }
    }
}
