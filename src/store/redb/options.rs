//! How a redb store is opened, and how its commits are made durable.

use super::super::StoreError;
use ::redb::{Durability, WriteTransaction};

/// The length up to which [`CommitMode::Auto`] takes one phase, in bytes, exclusive: 256 MiB.
pub const AUTO_ONE_PHASE_BYTES_MAX: u64 = 256 << 20;

const CACHE_BYTES_DEFAULT: usize = 64 << 20;

/// How a redb store is opened.
///
/// ```
/// use pacioli::store::{CommitMode, RedbOptions, RedbStore, StoreError};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("books.redb");
/// let options = RedbOptions { cache_bytes: 8 << 20, commit_mode: CommitMode::QuickRepair, ..RedbOptions::default() };
/// let store = RedbStore::create(&path, &options, |_| Ok::<(), StoreError>(()))?;
/// assert_eq!(store.commit_mode(), CommitMode::QuickRepair);
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedbOptions {
    /// Memory that redb may use as its cache, in bytes; 64 MiB by default.
    pub cache_bytes: usize,
    /// How commits are made durable, for the life of the handle.
    pub commit_mode: CommitMode,
    /// Whether opening reads the whole file and checks every page of it, not only after a crash; not by default.
    ///
    /// Without it a page that was altered, lost or written to the wrong place while the file was closed is noticed when
    /// it is read: if its values do not match their checksums, or redb cannot make sense of it. With it the file is
    /// refused. It costs what reading the file costs.
    pub check_on_open: bool,
}

impl Default for RedbOptions {
    fn default() -> Self {
        Self { cache_bytes: CACHE_BYTES_DEFAULT, commit_mode: CommitMode::Auto, check_on_open: false }
    }
}

/// What a commit costs against what opening after a crash costs. All modes are durable at `Ok`.
///
/// ```
/// use pacioli::Ledger;
/// use pacioli::store::CommitMode;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.redb");
/// // `Auto` decides by the length of the file when it is opened: a new one is short.
/// let ledger = Ledger::open(&path)?;
/// assert_eq!(ledger.info()?.commit_mode, Some(CommitMode::OnePhase));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CommitMode {
    /// One phase while the file is shorter than [`AUTO_ONE_PHASE_BYTES_MAX`] when it is opened, quick repair beyond.
    #[default]
    Auto,
    /// One sync for each commit; opening after a crash reads the whole file.
    OnePhase,
    /// Two syncs for each commit; opening after a crash takes constant time.
    QuickRepair,
}

impl CommitMode {
    /// The mode to use on a file of this length.
    pub(super) fn at_length(self, bytes: u64) -> Self {
        match self {
            Self::Auto if bytes < AUTO_ONE_PHASE_BYTES_MAX => Self::OnePhase,
            Self::Auto => Self::QuickRepair,
            Self::OnePhase | Self::QuickRepair => self,
        }
    }

    pub(super) fn apply(self, transaction: &mut WriteTransaction) -> Result<(), StoreError> {
        let quick = match self {
            Self::Auto | Self::OnePhase => false,
            Self::QuickRepair => true,
        };
        transaction.set_quick_repair(quick);
        transaction.set_two_phase_commit(quick);
        // The host may have asked for less in its own transaction; a commit of ours is durable or it is none.
        transaction
            .set_durability(Durability::Immediate)
            .map_err(|error| StoreError::Engine { reason: error.to_string() })
    }
}
