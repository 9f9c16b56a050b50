//! How a ledger lies in a store: what is written where, in which bytes, and how it is found again.
//!
//! This layer knows both the records of the law and the tables of the store; it judges nothing. Files in reading
//! order: `keys` (the tables), `sealed`, `wire`, `entries`, `rows`, `records` (the bytes), `header` (what the file is),
//! `journal` (the truth), `digest` (names of any length), `runs` (the index of keys and references), `indices` (the
//! rows by which records are found), `sweep` (writing changed rows back), `load` (finding records).

pub(crate) mod digest;
pub(crate) mod entries;
#[cfg(test)]
mod golden;
pub(crate) mod header;
pub(crate) mod indices;
pub(crate) mod journal;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod runs;
pub(crate) mod sealed;
pub(crate) mod sweep;
pub(crate) mod wire;

use wire::Malformed;

use crate::store::{StoreError, Table};

/// Why a ledger could not be read from, or written to, its store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored bytes are not what was written there.
    #[error("table {table}, key {key}: {what}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The key, in hexadecimal digits.
        key: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The file is not a ledger, or what is in it does not fit together.
    #[error("{what}")]
    Format {
        /// What was found.
        what: String,
    },
    /// The ledger was written in a format that this version of the library does not know: newer, most likely. The file
    /// is left as it is. Open it with the version that wrote it, or a later one.
    #[error("the ledger has format {major}.{minor} with features {features:#x}, this version writes {known}")]
    Version {
        /// The major version of the format: another one cannot be read at all.
        major: u32,
        /// The minor version: a greater one has something beside the journal that this version would leave out.
        minor: u32,
        /// The features, one bit each, without which the file cannot be read rightly.
        features: u64,
        /// The format that this version writes, such as `1.0`.
        known: &'static str,
    },
}

pub(crate) fn corrupt(table: Table, key: &[u8], malformed: Malformed) -> LayoutError {
    let key = crate::model::hex(key);
    LayoutError::Corrupt { table: table.0, key, what: malformed.0 }
}

impl From<runs::RunsError> for LayoutError {
    fn from(error: runs::RunsError) -> Self {
        match error {
            runs::RunsError::Store(error) => Self::Store(error),
            runs::RunsError::Corrupt { table, what } => Self::Corrupt { table, key: String::new(), what },
        }
    }
}
