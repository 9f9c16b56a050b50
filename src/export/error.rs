//! Why something could not be exported.

use crate::ledger::Error;

/// Why an export ended early; what was written so far is of no use.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{Export, ExportError};
///
/// # let ledger = Ledger::in_memory()?;
/// let points = ledger.open_book(NewBook::live("points", Currency::new("POINTS", 0)?))?;
/// let wallet = points.system(SystemAccount::Suspense);
/// let refused = Export::of(&ledger.view()?).camt053(wallet, "2026-11-01", "2026-11-30", Vec::new());
/// assert!(matches!(refused, Err(ExportError::NotInMessage { .. }))); // a currency has three letters there
/// # Ok::<(), Error>(())
/// ```
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
