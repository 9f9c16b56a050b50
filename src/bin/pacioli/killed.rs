//! How long a ledger takes to open after the process that wrote in it was killed.
//!
//! The writer is this program again, under a name of its own that the help does not show. It says on its stdout what is
//! durable. Should it have written far more than anybody waits for, it waits to be killed, or for its stdin to end.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use pacioli::{Ledger, Sequence};
use serde::Serialize;

use crate::failure::Failure;
use crate::figures;
use crate::lanes::Run;
use crate::workload::{Known, Workload, World};

/// How commits are made, and what a kill costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CommitMode {
    /// What the library chooses by the file's length.
    Auto,
    /// One sync for each commit; opening after a kill reads the whole file.
    OnePhase,
    /// Two syncs for each commit; opening after a kill takes constant time.
    QuickRepair,
    /// Nobody is killed.
    None,
}

impl From<CommitMode> for pacioli::store::CommitMode {
    fn from(mode: CommitMode) -> Self {
        match mode {
            CommitMode::Auto | CommitMode::None => Self::Auto,
            CommitMode::OnePhase => Self::OnePhase,
            CommitMode::QuickRepair => Self::QuickRepair,
        }
    }
}

/// The first lane of those who are killed; there are 2^16 lanes.
pub(crate) const FIRST_LANE: u64 = 0xf000;
/// How many are killed at the most.
pub(crate) const KILLED_MAX: usize = 16;
/// How many batches are made durable together.
const PORTION_BATCHES: u64 = 4;
/// After how many portions the writer is killed, in the midst of the next.
const PORTIONS: u64 = 5;
/// How many portions a writer makes, each in a lane of its own, should nobody kill it.
const PORTIONS_MAX: u64 = 64;

/// The first lane of the writer that is killed after `before` others.
pub(crate) const fn first_lane(before: u64) -> u64 {
    FIRST_LANE + before * PORTIONS_MAX
}

/// How many transfers a writer makes at the most.
pub(crate) const fn transfers_max(batch: u64) -> u64 {
    batch * PORTION_BATCHES * PORTIONS_MAX
}

/// Opens a ledger's file; one that must be there if it is `existing`.
pub(crate) fn open(path: &Path, memory_mib: u64, mode: CommitMode, existing: bool) -> Result<Ledger, Failure> {
    let bytes = usize::try_from(memory_mib << 20).unwrap_or(usize::MAX);
    let builder = Ledger::builder().memory(bytes).commit_mode(mode.into());
    let builder = if existing { builder.existing() } else { builder };
    builder.open(path).map_err(|error| Failure::Open { path: path.to_owned(), error })
}

/// A ledger was opened after its writer had been killed.
#[derive(Debug, Serialize)]
pub(crate) struct Killed {
    commit_mode: CommitMode,
    file_bytes: u64,
    /// The last entry that the writer called durable.
    durable: Sequence,
    /// The last entry that is there: that one, or one that was being committed.
    found: Sequence,
    open_seconds: f64,
    /// The memory of the process that opened it, once it was open, and at its peak so far.
    rss_mib: u64,
    peak_rss_mib: u64,
}

impl fmt::Display for Killed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = self.commit_mode.to_possible_value();
        writeln!(
            f,
            "opening after a kill in the mode {}: {} s, peak memory {} MiB; durable to {}, found to {}",
            mode.as_ref().map_or("", clap::builder::PossibleValue::get_name),
            self.open_seconds,
            self.peak_rss_mib,
            self.durable,
            self.found
        )
    }
}

/// Has another process write in the ledger, kills it, and opens the ledger.
pub(crate) fn measure(
    mode: CommitMode,
    path: &Path,
    memory_mib: u64,
    known: &Known,
    run: &Run,
) -> Result<Killed, Failure> {
    let durable = write_and_kill(victim(mode, path, memory_mib, known, run)?)?;
    let file_bytes = std::fs::metadata(path).map_err(failed("looking at the file"))?.len();
    let started = Instant::now();
    let ledger = open(path, memory_mib, mode, true)?;
    let time = started.elapsed();
    let (rss_mib, peak_rss_mib) = (figures::rss_mib(), figures::peak_rss_mib());
    let found = ledger.view()?.sequence();
    ledger.close()?;
    if found < durable {
        return Err(Failure::Found(format!("entry {durable} was durable, and the last one is {found}")));
    }
    Ok(Killed {
        commit_mode: mode,
        file_bytes,
        durable,
        found,
        open_seconds: figures::seconds(time),
        rss_mib,
        peak_rss_mib,
    })
}

/// Starts this program again, as a writer that will be killed: under a name that the help does not show.
pub(crate) fn start(
    name: &str,
    path: &Path,
    known: &Known,
    numbers: &[(&str, u64)],
    words: &[(&str, Option<clap::builder::PossibleValue>)],
) -> Result<Child, Failure> {
    let program = std::env::current_exe().map_err(failed("looking for this program"))?;
    let mut command = Command::new(program);
    command.arg(name).arg(path);
    let world = [
        ("--accounts", known.accounts),
        ("--first-account", known.first_account),
        ("--first-service", known.first_service),
        ("--services", known.services),
    ];
    for (option, number) in world.iter().chain(numbers) {
        command.arg(option).arg(number.to_string());
    }
    for (option, word) in words {
        command.arg(option).args(word.as_ref().map(clap::builder::PossibleValue::get_name));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(failed("starting a process to be killed"))
}

fn victim(mode: CommitMode, path: &Path, memory_mib: u64, known: &Known, run: &Run) -> Result<Child, Failure> {
    let numbers = [
        ("--batch", run.batch),
        ("--in-flight", run.in_flight),
        ("--first-lane", run.first_lane),
        ("--memory-mib", memory_mib),
        ("--seed", run.seed),
    ];
    let words = [("--commit-mode", mode.to_possible_value()), ("--workload", run.workload.to_possible_value())];
    start("write-until-killed", path, known, &numbers, &words)
}

/// Waits until the writer has called so many portions durable, and kills it; the last entry of these.
fn write_and_kill(mut victim: Child) -> Result<Sequence, Failure> {
    // Kept until the end: a writer to whom nobody listens stops.
    let mut said = victim.stdout.take().map(|said| BufReader::new(said).lines());
    let (mut durable, mut heard, mut portion) = (None, Instant::now(), Duration::ZERO);
    for line in said.iter_mut().flatten().take(usize::try_from(PORTIONS).unwrap_or_default()) {
        durable = line.map_err(failed("listening to the process to be killed"))?.parse().ok();
        portion = heard.elapsed();
        heard = Instant::now();
    }
    // By now the writer is at the beginning of a portion.
    std::thread::sleep(portion / 2);
    victim.kill().map_err(failed("killing a process"))?;
    let ended = victim.wait_with_output().map_err(failed("waiting for the killed process"))?;
    match durable {
        // Whoever is killed has no exit code.
        Some(durable) if ended.status.code().is_none() => Ok(durable),
        _ => {
            let said = String::from_utf8_lossy(&ended.stderr);
            Err(Failure::Found(format!("the process that was to be killed ended by itself: {}", said.trim())))
        }
    }
}

pub(crate) fn failed(doing: &str) -> impl FnOnce(std::io::Error) -> Failure {
    let doing = doing.to_owned();
    move |error| Failure::Io { doing, error }
}

/// Writes in a ledger until it is killed: for `growth`, and nobody else.
#[derive(Debug, clap::Args)]
pub(crate) struct WriteUntilKilled {
    path: PathBuf,
    #[command(flatten)]
    known: Known,
    #[arg(long)]
    batch: u64,
    #[arg(long)]
    in_flight: u64,
    #[arg(long)]
    first_lane: u64,
    #[arg(long)]
    memory_mib: u64,
    #[arg(long)]
    seed: u64,
    #[arg(long, value_enum)]
    commit_mode: CommitMode,
    #[arg(long, value_enum)]
    workload: Workload,
}

impl WriteUntilKilled {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let ledger = open(&self.path, self.memory_mib, self.commit_mode, true)?;
        let world = World::filled(&self.known);
        for portion in 0..PORTIONS_MAX {
            let run = Run {
                workload: self.workload,
                seed: self.seed,
                batch: self.batch,
                in_flight: self.in_flight,
                threads: 1,
                first_lane: self.first_lane + portion,
                what: "transfers until killed",
            };
            run.give(&ledger, &world, self.batch * PORTION_BATCHES)?;
            let mut out = std::io::stdout().lock();
            let said = writeln!(out, "{}", ledger.view()?.sequence()).and_then(|()| out.flush());
            // Whoever listened has gone, or has heard enough.
            if said.is_err() {
                return Ok(());
            }
        }
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).map_err(failed("waiting to be killed"))?;
        Ok(())
    }
}
