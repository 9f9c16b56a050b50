//! Why something could not be exported.

use crate::ledger::Error;

/// Why an export ended early; what was written so far is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The ledger cannot be read, or has no such account, book or day.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// What was to take the export failed.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
    /// The form has no room for something.
    #[error("the message cannot hold {what}")]
    NotInMessage {
        /// What does not fit.
        what: &'static str,
    },
}
