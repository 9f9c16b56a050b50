//! `verify`: the whole ledger proved by its journal.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use pacioli::Verification;
use serde::Serialize;

use crate::failure::Failure;
use crate::figures;
use crate::input::Source;
use crate::output::Progress;

/// Reads the whole journal and proves the ledger by it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The head is the digest of all history: kept elsewhere, it shows later that nothing before it was changed.
The exit code is 1 when something is wrong.

Examples:
  pacioli verify shop.redb
  pacioli verify shop.redb --json")]
pub(crate) struct Verify {
    #[command(flatten)]
    source: Source,
}

/// What a verification came to.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    sound: bool,
    #[serde(flatten)]
    verification: Verification,
    seconds: f64,
}

impl Verify {
    pub(crate) fn run(&self) -> Result<Verdict, Failure> {
        let ledger = self.source.ledger()?;
        let started = Instant::now();
        let mut line: Option<Progress> = None;
        let verification = ledger.verify(&mut |progress| {
            line.get_or_insert_with(|| Progress::new("verifying", progress.of)).at(progress.entries);
            ControlFlow::Continue(())
        })?;
        let seconds = figures::seconds(started.elapsed());
        Ok(Verdict { sound: verification.is_sound(), verification, seconds })
    }

    /// The complaint, if something is wrong.
    pub(crate) fn verdict(&self, verdict: &Verdict) -> Result<(), Failure> {
        match &verdict.verification.finding {
            Some(finding) => Err(Failure::Found(format!("{}: {finding}", self.source.path().display()))),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verification = &self.verification;
        writeln!(f, "{:<10}{}", "Verdict", if self.sound { "sound" } else { "DAMAGED" })?;
        writeln!(f, "{:<10}{}", "Entries", verification.entries)?;
        writeln!(f, "{:<10}{}", "Accounts", verification.accounts)?;
        writeln!(f, "{:<10}{}", "Head", verification.head)?;
        if let Some(finding) = &verification.finding {
            writeln!(f, "{:<10}{finding}", "Finding")?;
        }
        Ok(())
    }
}
