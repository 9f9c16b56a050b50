//! What an import tells: how far it is, its report, and why it ended early.

use serde::Serialize;

use crate::ledger::Error;

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportProgress {
    /// Whether lines are only tried out so far.
    pub trying: bool,
    /// Items, such as transactions and assertions, that were seen.
    pub items: u64,
}

/// What became of an import, or would have.
///
/// ```
/// use std::io::Cursor;
/// use pacioli::{Import, ImportForm, Ledger};
///
/// let ledger = Ledger::in_memory()?;
/// let csv = "date,debit,credit,amount,currency\n2026-01-02,cash,sales,10.00,KES\n2026-01-03,cash,sales,ten,KES\n";
/// let report = Import::into(&ledger).run(ImportForm::Csv, Cursor::new(csv))?;
/// // A single bad line, and nothing is taken in.
/// assert_eq!((report.rejections, report.rejected[0].line), (1, 3));
/// assert!(ledger.view()?.books()?.is_empty());
/// # Ok::<(), pacioli::ImportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// Transactions that were read.
    pub transactions: u64,
    /// Balance assertions that were checked and hold.
    pub assertions: u64,
    /// Entries that were recorded: postings, books and accounts.
    pub recorded: u64,
    /// Commands that had been carried out before and changed nothing.
    pub replayed: u64,
    /// How many lines were rejected; if any, nothing was carried out.
    pub rejections: u64,
    /// The first of them, at most [`ImportReport::REJECTED`], in the order in which they were met.
    pub rejected: Vec<RejectedLine>,
}

impl ImportReport {
    /// The most rejected lines that are kept.
    pub const REJECTED: usize = 1_000;

    pub(super) fn reject(&mut self, line: u64, reason: String) {
        self.rejections = self.rejections.saturating_add(1);
        if self.rejected.len() < Self::REJECTED {
            self.rejected.push(RejectedLine { line, reason });
        }
    }
}

/// A line that cannot be taken in.
///
/// ```
/// use std::io::Cursor;
/// use pacioli::{Import, ImportForm, Ledger};
///
/// let ledger = Ledger::in_memory()?;
/// let csv = "date,debit,credit,amount,currency\n2026-01-03,cash,sales,ten,KES\n";
/// let report = Import::into(&ledger).dry_run(ImportForm::Csv, Cursor::new(csv))?;
/// for rejected in &report.rejected {
///     println!("line {}: {}", rejected.line, rejected.reason);
/// }
/// assert_eq!(report.rejected[0].line, 2);
/// # Ok::<(), pacioli::ImportError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RejectedLine {
    /// The line, counted from 1; of a transaction, its first.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// Why an import ended early.
///
/// ```
/// use std::io::Cursor;
/// use pacioli::{Import, ImportError, ImportForm, Ledger};
///
/// let ledger = Ledger::in_memory()?;
/// let no_heading = Cursor::new("2026-01-02,cash,sales,10.00,KES\n");
/// let refused = Import::into(&ledger).run(ImportForm::Csv, no_heading);
/// assert!(matches!(refused, Err(ImportError::Form { .. })));
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The input cannot be read.
    #[error("reading failed: {0}")]
    Io(#[from] std::io::Error),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// A line was rejected that was not when it was tried out: the ledger has changed meanwhile. What was committed before
    /// it stands; run the import again.
    #[error("line {line}: {reason}")]
    Changed {
        /// The line, counted from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The input is not of the form that was named.
    #[error("{what}")]
    Form {
        /// What is missing.
        what: String,
    },
}
