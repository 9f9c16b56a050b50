//! `backup` and `compact`: a proved copy of a ledger's file, and the file without what it does not need.

use std::fmt;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use pacioli::{Backup as Copied, BackupError, BackupOptions, BackupProgress, Compaction, Ledger};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Source;
use crate::output::Progress;

/// Copies a ledger's file and verifies the copy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The copy is whole, durable and proved when it appears, or it does not appear. It has no free pages and nothing that was
erased. The program that has a ledger open makes its backups itself (Ledger::backup); this is for a ledger that is closed.

Examples:
  pacioli backup shop.redb shop-monday.redb
  pacioli backup shop.redb /mnt/elsewhere/shop.redb --json")]
pub(crate) struct Backup {
    #[command(flatten)]
    source: Source,
    /// The file to create.
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    #[command(flatten)]
    proof: Proof,
}

/// How much of the new file is proved.
#[derive(Debug, clap::Args)]
struct Proof {
    /// Compare the new file's head and counts alone, without replaying its journal.
    #[arg(long)]
    unverified: bool,
}

impl Proof {
    fn options(&self) -> BackupOptions {
        if self.unverified { BackupOptions::default().unverified() } else { BackupOptions::default() }
    }
}

/// What was backed up.
#[derive(Debug, Serialize)]
pub(crate) struct BackedUp {
    path: PathBuf,
    #[serde(flatten)]
    backup: Copied,
}

impl Backup {
    pub(crate) fn run(&self) -> Result<BackedUp, Failure> {
        let ledger = self.source.ledger()?;
        let mut line = Progress::counting("copying");
        let backup = ledger.backup_with(&self.copy, &self.proof.options(), &mut |progress| say(&mut line, progress));
        let backup = backup.map_err(|error| of_file(&self.copy, error))?;
        Ok(BackedUp { path: self.copy.clone(), backup })
    }
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Copied { sequence, head, rows, bytes, verified } = self.backup;
        writeln!(f, "{:<10}{}", "Backup", self.path.display())?;
        writeln!(f, "{:<10}{sequence}", "Entries")?;
        writeln!(f, "{:<10}{head}", "Head")?;
        writeln!(f, "{:<10}{rows}", "Rows")?;
        writeln!(f, "{:<10}{}", "Bytes", bytes.unwrap_or_default())?;
        writeln!(f, "{:<10}{}", "Verified", if verified { "yes" } else { "head and counts" })
    }
}

/// Builds a ledger's file anew without what it does not need, and verifies it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The ledger must be closed. The new file takes the old one's place when it is whole, durable and proved; beside the file
there must be room for it until then. Freed pages are gone from it, and with them texts that were erased.

Examples:
  pacioli compact shop.redb
  pacioli compact shop.redb --json")]
pub(crate) struct Compact {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    proof: Proof,
}

/// What was compacted.
#[derive(Debug, Serialize)]
pub(crate) struct Compacted {
    path: PathBuf,
    #[serde(flatten)]
    compaction: Compaction,
}

impl Compact {
    pub(crate) fn run(&self) -> Result<Compacted, Failure> {
        let path = self.source.path().to_owned();
        let mut line = Progress::counting("copying");
        let options = self.proof.options();
        let compacted = Ledger::builder().compact_with(&path, &options, &mut |progress| say(&mut line, progress));
        let compaction = compacted.map_err(|error| of_file(&path, error))?;
        Ok(Compacted { path, compaction })
    }
}

impl fmt::Display for Compacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Compaction { bytes_before, bytes_after, sequence, head, verified } = self.compaction;
        writeln!(f, "{:<10}{}", "Compacted", self.path.display())?;
        writeln!(f, "{:<10}{bytes_before}", "Before")?;
        writeln!(f, "{:<10}{bytes_after}", "After")?;
        writeln!(f, "{:<10}{sequence}", "Entries")?;
        writeln!(f, "{:<10}{head}", "Head")?;
        writeln!(f, "{:<10}{}", "Verified", if verified { "yes" } else { "head and counts" })
    }
}

/// What went wrong with this file.
fn of_file(path: &Path, error: BackupError) -> Failure {
    match error.into() {
        Failure::Ledger(error) => Failure::Open { path: path.to_owned(), error },
        other => other,
    }
}

fn say(line: &mut Progress, progress: BackupProgress) -> ControlFlow<()> {
    match progress {
        BackupProgress::Copying { rows, .. } => line.say("copying rows", rows, None),
        BackupProgress::Verifying(progress) => line.say("verifying", progress.entries, Some(progress.of)),
        _ => {}
    }
    ControlFlow::Continue(())
}
