//! What each error that is no rejection means, and what to do about it.

use super::error::Error;
use crate::rules::Explanation;

/// Name, meaning, remedy, and whether the same call may succeed later.
const EXPLANATIONS: &[(&str, &str, &str, bool)] = &[
    (
        "Error::Money",
        "A sum, rate or currency could never be right; the message says why.",
        "Correct the program that makes it.",
        false,
    ),
    (
        "Error::Time",
        "A text that should name an instant does not.",
        "Write instants as 2026-11-22T08:30:00Z, between 1677 and 2262.",
        false,
    ),
    (
        "Error::Calendar",
        "A day or a time zone is not one.",
        "Write days as 2026-11-22, and zones as UTC, Africa/Nairobi or +03:00.",
        false,
    ),
    (
        "Error::InvalidCursor",
        "The text is no cursor, or the cursor is of another list.",
        "Use a cursor with the list that gave it, filters and all; or begin at the list's start.",
        false,
    ),
    (
        "Error::BeyondEnd",
        "The ledger has no such entry yet.",
        "Ask for the last entry at the most; the message names it.",
        true,
    ),
    (
        "Error::Rejected",
        "The books say no: nothing was written, and the key is free. The rejection has a code of its own.",
        "Look its code up here.",
        false,
    ),
    (
        "Error::Failed",
        "The ledger cannot be read or opened; the cause follows in the message.",
        "Look at the cause; nothing was written.",
        false,
    ),
    (
        "Error::OutcomeUnknown",
        "A commit failed, and only opening the ledger again can tell whether it is in the file.",
        "Open the ledger again and give the same command under the same key: it is carried out once.",
        true,
    ),
    (
        "Error::Stopped",
        "An earlier commit failed, so nothing more is accepted; this command was not carried out.",
        "Open the ledger again; look for what made the commit fail, such as a full disk.",
        true,
    ),
    ("Error::Closed", "The ledger was closed.", "Open it again.", true),
    (
        "Error::InsideTransaction",
        "A command was given on the ledger itself from inside one of its transactions or invariants.",
        "Give it to the transaction; an invariant gives no commands.",
        false,
    ),
    (
        "Error::NoHostTables",
        "The host's tables were asked for, and the ledger is not kept in redb.",
        "Keep the ledger in a file or in the host's redb database.",
        false,
    ),
    (
        "Error::Host",
        "The host's own tables failed inside a transaction, all of which was taken back.",
        "Look at the message, which is redb's.",
        false,
    ),
    (
        "LayoutError::Corrupt",
        "Stored bytes are not what was written there; the message names table and key.",
        "Write no more to the file and keep it. Verify it, look at the disk, and restore a backup.",
        false,
    ),
    (
        "LayoutError::Format",
        "The file is no ledger, or what it says of itself does not fit together.",
        "Check the path; keep the file as it is, and restore a backup.",
        false,
    ),
    (
        "LayoutError::Version",
        "The ledger was written in a format that this version of the library does not know, most likely a newer one.",
        "Open it with the version that wrote it, or a later one.",
        false,
    ),
    (
        "StoreError::Conflict",
        "Another writer has written to the store.",
        "Let one process and one handle write to a ledger.",
        false,
    ),
    (
        "StoreError::AlreadyOpen",
        "The file is open elsewhere, in this process or another.",
        "Close it there, or share that handle; a ledger that is open can be copied with a backup made by its own process.",
        true,
    ),
    (
        "StoreError::Unusable",
        "The file is not one of ours, or is damaged beyond opening.",
        "Check the path; keep the file as it is, and restore a backup.",
        false,
    ),
    (
        "StoreError::HostsTables",
        "The file has tables of the host's own, which compacting would lose: nothing was done.",
        "Compact the database as redb says, or keep the ledger in a file of its own.",
        false,
    ),
    (
        "StoreError::Damaged",
        "What was stored does not read back: the file was altered, or the device has lost something.",
        "Write no more to the file and keep it. Look at the disk, and restore a backup.",
        false,
    ),
    (
        "StoreError::Io",
        "Input or output failed; the operating system's reason follows in the message.",
        "See to that reason: a missing file, missing permission, a full disk.",
        true,
    ),
    ("StoreError::Stopped", "The store has stopped after an earlier failure.", "Open the ledger again.", true),
    (
        "StoreError::ReadOnly",
        "The store was opened for reading alone, and something was to be written: nothing was.",
        "Open the ledger for writing.",
        false,
    ),
    (
        "StoreError::Engine",
        "The storage engine reported something else; its words follow in the message.",
        "Open the ledger again and verify it.",
        true,
    ),
];

impl Error {
    /// What each error that is no [`Rejection`](crate::Rejection) means and what to do about it. Names are those of the
    /// enum and its variant.
    ///
    /// ```
    /// use pacioli::Error;
    ///
    /// let open = Error::explanations().find(|explained| explained.name == "StoreError::AlreadyOpen").unwrap();
    /// assert!(open.code.is_none() && open.transient);
    /// ```
    pub fn explanations() -> impl Iterator<Item = Explanation> {
        EXPLANATIONS.iter().map(|&(name, meaning, remedy, transient)| Explanation {
            code: None,
            name,
            meaning,
            figures: &[],
            remedy,
            transient,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variants that an enum has in its source file; those that only wrap another layer's errors are left out.
    fn variants(file: &str, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let (_, body) = text.split_once(&format!("pub enum {name} {{")).unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        let lines = body.lines().filter_map(|line| line.strip_prefix("    "));
        let named = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        let names = named.map(|line| line.split(|c: char| !c.is_alphanumeric()).next().unwrap());
        names.map(|variant| format!("{name}::{variant}")).filter(|name| name != "LayoutError::Store").collect()
    }

    #[test]
    fn every_error_is_explained_and_no_other() {
        let mut known = variants("src/ledger/error.rs", "Error");
        known.extend(variants("src/layout/mod.rs", "LayoutError"));
        known.extend(variants("src/store/mod.rs", "StoreError"));
        let explained: Vec<&str> = Error::explanations().map(|explained| explained.name).collect();
        assert_eq!(explained, known);
    }
}
