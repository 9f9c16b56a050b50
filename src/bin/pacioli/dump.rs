//! `dump` and `load`: a ledger as JSON lines, and the ledger from them.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use pacioli::{Ledger, Sequence};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Source;
use crate::output::Progress;

/// Writes the whole ledger to stdout as JSON lines.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The dump holds every entry of the journal with its digests, and the personal texts that have not been erased: keep it as
you keep the ledger.

Examples:
  pacioli dump shop.redb > shop.dump
  pacioli dump shop.redb | pacioli load copy.redb && pacioli diff shop.redb copy.redb")]
pub(crate) struct Dump {
    #[command(flatten)]
    source: Source,
}

impl Dump {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let ledger = self.source.ledger()?;
        let mut progress = Progress::new("dumping", ledger.view()?.sequence().0);
        ledger.dump(std::io::stdout().lock(), &mut |so_far| progress.at(so_far.entries))?;
        Ok(())
    }
}

/// Builds a ledger from its dump.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every line is proved: its digest, its sums, its texts. When one is not as it was written there is no file, and the line is
told by its number. The ledger has the identity of the one that was dumped.

Examples:
  pacioli load copy.redb < shop.dump
  pacioli load copy.redb shop.dump --json")]
pub(crate) struct Load {
    /// The file to create.
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// The dump; stdin if none is named.
    #[arg(value_name = "DUMP")]
    dump: Option<PathBuf>,
}

/// What was loaded.
#[derive(Debug, Serialize)]
pub(crate) struct Loaded {
    path: PathBuf,
    entries: Sequence,
}

impl Load {
    pub(crate) fn run(&self) -> Result<Loaded, Failure> {
        let dump: Box<dyn BufRead> = match &self.dump {
            None => Box::new(std::io::stdin().lock()),
            Some(path) => {
                let opened = std::fs::File::open(path);
                let doing = || format!("reading {}", path.display());
                Box::new(BufReader::new(opened.map_err(|error| Failure::Io { doing: doing(), error })?))
            }
        };
        let mut progress: Option<Progress> = None;
        let ledger = Ledger::builder().load(&self.path, dump, &mut |so_far| {
            progress.get_or_insert_with(|| Progress::new("loading", so_far.of)).at(so_far.entries);
        })?;
        let entries = ledger.view()?.sequence();
        ledger.close()?;
        Ok(Loaded { path: self.path.clone(), entries })
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} entries, verified", self.path.display(), self.entries)
    }
}
