//! What a ledger is, before anybody asks what is in it: its identity, format and end.

use serde::Serialize;

use super::Ledger;
use super::error::Error;
use crate::layout::LayoutError;
use crate::layout::header::Header;
use crate::layout::journal::Tail;
use crate::model::{Hash, Sequence, Timestamp, hex};
use crate::store::CommitMode;

/// What a ledger is: made by [`Ledger::info`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerInfo {
    /// The identity that it was created with: 16 bytes, in hexadecimal digits.
    pub identity: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The version of this library that created it.
    pub created_by: String,
    /// The format of its file, major and minor. Every version of this library writes one major format alone.
    pub format: (u32, u32),
    /// In which mode this handle commits; `None` when it is not kept in redb.
    pub commit_mode: Option<CommitMode>,
    /// The last entry that is durable; zero before the first.
    pub sequence: Sequence,
    /// When that was recorded; [`Timestamp::MIN`] before the first.
    pub recorded_at: Timestamp,
    /// The digest of all history up to that entry; zeros before the first. [`Ledger::verify`] recomputes it.
    pub head: Hash,
}

impl Ledger {
    /// What the ledger is: identity, format, and where its journal ends. All of one moment; costs two reads.
    ///
    /// # Errors
    /// When the ledger is closed, or its store cannot be read.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, Sequence, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let info = ledger.info()?;
    /// assert_eq!(info.sequence, Sequence(1));
    /// assert_eq!(info.head, ledger.verify_all()?.head);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn info(&self) -> Result<LedgerInfo, Error> {
        let snapshot = self.shared.store.snapshot()?;
        let origin = Header::origin(&*snapshot)?;
        let origin = origin.ok_or(LayoutError::Format { what: "the store does not hold a ledger".to_owned() })?;
        let tail = Tail::read(&*snapshot)?;
        Ok(LedgerInfo {
            identity: hex(&self.shared.id),
            created_at: origin.created_at,
            created_by: origin.created_by,
            format: origin.format,
            commit_mode: self.shared.redb.as_ref().map(|redb| redb.commit_mode()),
            sequence: tail.last,
            recorded_at: tail.last_at,
            head: Hash(tail.digest),
        })
    }
}
