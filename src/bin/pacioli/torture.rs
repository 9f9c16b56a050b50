//! `torture`: whether this machine keeps what a ledger on it has acknowledged, when the writer is killed.
//!
//! The writer is this program again, under a name of its own that the help does not show. After each batch that is
//! durable it says on its stdout how many transfers that makes. Transfers follow from seed and turn, so that whoever
//! reads the journal knows which one must stand in which place.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use pacioli::{Atomicity, Entry, Ledger, Listing, Sequence, Side, Transfer, View};
use serde::Serialize;

use crate::failure::Failure;
use crate::figures;
use crate::killed::{self, CommitMode, failed};
use crate::output::{Facts, Progress};
use crate::workload::{Chance, Known, Maker, Plan, Workload, World};

const AFTER_HELP: &str = "\
A new ledger is made in the directory. Again and again another process of this program commits transfers in it, in batches
of chance size, and is killed (SIGKILL) at a moment of chance, now and then while it is still opening the file. Then the
ledger is opened; every transfer that was acknowledged must be in the journal, once, in its order, with its accounts and
its amount, and nothing else but transfers that were under way; a few are given again under their keys and must be known;
and the whole file is verified. At the end the file is removed, unless --keep is given or something was wrong with it.

A kill leaves the system's memory as it is. What a loss of power does to a disk that does not keep what it was told to
keep is not seen by this: for that, run it without end, pull the plug, and run `pacioli verify` on the file.

The exit code is 1 when something was lost, is there twice, or is not sound.

Examples:
  pacioli torture /var/lib/shop
  pacioli torture . --kills 500 --commit-mode quick-repair --seed 7 --json";

/// Kills writers of a new ledger, and checks that nothing that they had acknowledged is lost.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Torture {
    /// Where the ledger is made: a directory on the disk that is to be tried.
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// How many writers are killed.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    kills: u64,
    /// The longest that a writer writes, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    longest_ms: u64,
    /// How commits are made.
    #[arg(long, value_enum, value_name = "MODE", default_value = "auto")]
    commit_mode: CommitMode,
    /// The ledger's memory budget, in MiB.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(8..=1 << 24))]
    memory_mib: u64,
    /// What chance begins with; the moments of kills are the system's, and differ.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Keep the file at the end.
    #[arg(long)]
    keep: bool,
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tortured {
    path: PathBuf,
    commit_mode: String,
    seed: u64,
    kills: u64,
    /// Of these, so many before the writer had acknowledged anything.
    killed_early: u64,
    /// Transfers that writers had acknowledged.
    acknowledged: u64,
    /// Transfers that were found: those, and what was being committed.
    found: u64,
    /// Transfers that were acknowledged and not found.
    lost: u64,
    /// Transfers that were given again under their keys, and known.
    known_again: u64,
    /// Entries of the ledger at the end.
    entries: u64,
    sound: bool,
    /// The first thing that was wrong.
    finding: Option<String>,
    seconds: f64,
}

/// The accounts that transfers are between.
const ACCOUNTS: u64 = 1_000;
/// The most transfers of a batch.
const BATCH_MAX: u64 = 200;
/// How many transfers are given again after each kill.
const AGAIN: u64 = 50;
/// The most transfers that a writer makes.
const WRITTEN_MAX: u64 = 1 << 20;
/// What writers' chance is apart from makers', whose lanes are below.
const LANE: u64 = 1 << 32;

/// The file, removed at the end unless it is kept.
struct Scratch {
    path: PathBuf,
    kept: bool,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept {
            drop(std::fs::remove_file(&self.path));
        }
    }
}

impl Torture {
    pub(crate) fn run(&self) -> Result<Tortured, Failure> {
        if self.commit_mode == CommitMode::None {
            return Err(Failure::Usage("somebody is killed here: the mode none is for growth".to_owned()));
        }
        let path = self.directory.join(format!("pacioli-torture-{}.redb", std::process::id()));
        let mut scratch = Scratch { path, kept: true };
        if scratch.path.symlink_metadata().is_ok() {
            return Err(Failure::Usage(format!("there is something at {} already", scratch.path.display())));
        }
        let ledger = self.open(&scratch.path, false)?;
        scratch.kept = self.keep;
        let plan = Plan { workload: Workload::Uniform, accounts: ACCOUNTS, clients: 10, transfers: WRITTEN_MAX };
        let world = World::fill(&ledger, &plan)?;
        ledger.close()?;
        let mut tortured = Tortured { path: scratch.path.clone(), seed: self.seed, sound: true, ..Tortured::default() };
        tortured.commit_mode = name(self.commit_mode);
        let started = Instant::now();
        let mut progress = Progress::new("kills", self.kills);
        for turn in 0..self.kills {
            self.turn(turn, &world, &mut tortured)?;
            progress.at(tortured.kills);
            if !tortured.is_right() {
                scratch.kept = true;
                break;
            }
        }
        tortured.seconds = figures::seconds(started.elapsed());
        Ok(tortured)
    }

    fn open(&self, path: &Path, existing: bool) -> Result<Ledger, Failure> {
        killed::open(path, self.memory_mib, self.commit_mode, existing)
    }

    /// Has a writer killed, and looks at what it has left.
    fn turn(&self, turn: u64, world: &World, tortured: &mut Tortured) -> Result<(), Failure> {
        let ledger = self.open(&tortured.path, true)?;
        let before = ledger.view()?.sequence();
        ledger.close()?;
        let mut chance = Chance::new(self.seed, LANE + turn);
        let acknowledged = self.write_and_kill(&tortured.path, turn, &world.known(), &mut chance)?;
        tortured.kills += 1;
        tortured.killed_early += u64::from(acknowledged == 0);
        tortured.acknowledged += acknowledged;
        let ledger = self.open(&tortured.path, true)?;
        let view = ledger.view()?;
        let (found, finding) = followed(&view, before, &mut self.maker(world, turn))?;
        tortured.found += found;
        tortured.lost += acknowledged.saturating_sub(found);
        tortured.finding = finding;
        if tortured.lost == 0 && tortured.finding.is_none() {
            tortured.known_again += self.again(&ledger, found, &mut self.maker(world, turn), tortured)?;
        }
        let verification = ledger.verify_all()?;
        tortured.entries = verification.entries;
        tortured.sound = verification.is_sound();
        tortured.finding = tortured.finding.take().or_else(|| verification.finding.map(|finding| finding.to_string()));
        ledger.close()?;
        Ok(())
    }

    fn maker<'w>(&self, world: &'w World, turn: u64) -> Maker<'w> {
        Maker::new(world, Workload::Uniform, self.seed, turn)
    }

    /// Gives the last transfers that were found again, and as many more: the first must be known, the others not.
    fn again(
        &self,
        ledger: &Ledger,
        found: u64,
        maker: &mut Maker<'_>,
        tortured: &mut Tortured,
    ) -> Result<u64, Failure> {
        let from = found.saturating_sub(AGAIN);
        let transfers = (0..found + AGAIN).map(|_| maker.transfer()).skip(usize::try_from(from).unwrap_or_default());
        let commands: Vec<pacioli::Command> = transfers.map(Into::into).collect();
        let mut known = 0;
        for (place, outcome) in (from..).zip(ledger.submit_batch(commands, Atomicity::Each)?) {
            if outcome?.is_replayed() != (place < found) {
                let finding = format!("transfer {place} of {found} given again was not what it had been");
                tortured.finding.get_or_insert(finding);
            }
            known += u64::from(place < found);
        }
        Ok(known)
    }

    fn writer(&self, path: &Path, turn: u64, known: &Known) -> Result<Child, Failure> {
        let numbers = [("--turn", turn), ("--memory-mib", self.memory_mib), ("--seed", self.seed)];
        let words = [("--commit-mode", self.commit_mode.to_possible_value())];
        killed::start("torture-writer", path, known, &numbers, &words)
    }

    fn write_and_kill(&self, path: &Path, turn: u64, known: &Known, chance: &mut Chance) -> Result<u64, Failure> {
        let mut writer = self.writer(path, turn, known)?;
        let said = writer.stdout.take().map(|said| BufReader::new(said).lines());
        let early = chance.next().is_multiple_of(8);
        let pause = Duration::from_millis(chance.next() % self.longest_ms);
        let (first, heard) = std::sync::mpsc::channel();
        let listening = std::thread::spawn(move || {
            let mut acknowledged = 0;
            // What stood in the pipe when the writer died is read too; a line that it did not finish is none.
            for count in said.into_iter().flatten().map_while(Result::ok).filter_map(|line| line.parse().ok()) {
                acknowledged = count;
                // Whoever killed at once has stopped listening.
                first.send(()).unwrap_or_default();
            }
            acknowledged
        });
        if early {
            std::thread::sleep(pause / 8);
        } else if heard.recv().is_ok() {
            std::thread::sleep(pause);
        }
        let killing = writer.kill().map_err(failed("killing a process"));
        let ended = writer.wait_with_output().map_err(failed("waiting for the killed process"))?;
        killing?;
        let acknowledged = listening.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match ended.status.code() {
            // Whoever is killed has no exit code.
            None => Ok(acknowledged),
            Some(_) => {
                let told = String::from_utf8_lossy(&ended.stderr);
                Err(Failure::Found(format!("the process that was to be killed ended by itself: {}", told.trim())))
            }
        }
    }
}

fn name(mode: CommitMode) -> String {
    mode.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// How many of a maker's transfers follow in the journal, and what is there that is none of them.
fn followed(view: &View, before: Sequence, maker: &mut Maker<'_>) -> Result<(u64, Option<String>), Failure> {
    let (mut found, mut after) = (0, before);
    loop {
        let page = view.entries(Some(after), Listing::MOST)?;
        for entry in &page.items {
            if !is_entry_of(entry, &maker.transfer()) {
                let finding = format!("entry {} is not the transfer that was given in its place", entry.sequence);
                return Ok((found, Some(finding)));
            }
            found += 1;
            after = entry.sequence;
        }
        if page.next.is_none() {
            return Ok((found, None));
        }
    }
}

fn is_entry_of(entry: &Entry, transfer: &Transfer) -> bool {
    let line = |side, account| {
        let mut lines = entry.postings.iter().filter(|line| line.side == side && line.account == account);
        lines.next().is_some_and(|line| line.amount.signed() == transfer.money.minor()) && lines.next().is_none()
    };
    entry.key.as_deref() == Some(&*transfer.key)
        && entry.postings.len() == 2
        && line(Side::Debit, transfer.source)
        && line(Side::Credit, transfer.destination)
}

impl Tortured {
    fn is_right(&self) -> bool {
        self.lost == 0 && self.sound && self.finding.is_none()
    }

    /// The complaint, if something is wrong.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        if self.is_right() {
            return Ok(());
        }
        let finding = self.finding.as_deref().unwrap_or("acknowledged transfers are lost");
        Err(Failure::Found(format!("{}: {finding} (the file was kept)", self.path.display())))
    }
}

impl fmt::Display for Tortured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = Facts::new()
            .with("Verdict", if self.is_right() { "nothing lost" } else { "NOT RIGHT" })
            .with("Kills", format!("{}, of which {} before anything was acknowledged", self.kills, self.killed_early))
            .with("Acknowledged", self.acknowledged.to_string())
            .with("Found", self.found.to_string())
            .with("Lost", self.lost.to_string())
            .with("Known again", self.known_again.to_string())
            .with("Entries", self.entries.to_string())
            .with("Verified", if self.sound { "sound" } else { "DAMAGED" })
            .with("Finding", self.finding.as_deref().unwrap_or_default())
            .with("Commits", &self.commit_mode)
            .with("Seconds", self.seconds.to_string())
            .with("Seed", self.seed.to_string());
        facts.fmt(f)
    }
}

/// Writes in a ledger until it is killed: for `torture`, and nobody else.
#[derive(Debug, clap::Args)]
pub(crate) struct Writer {
    path: PathBuf,
    #[command(flatten)]
    known: Known,
    #[arg(long)]
    turn: u64,
    #[arg(long)]
    memory_mib: u64,
    #[arg(long)]
    seed: u64,
    #[arg(long, value_enum)]
    commit_mode: CommitMode,
}

impl Writer {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let ledger = killed::open(&self.path, self.memory_mib, self.commit_mode, true)?;
        let world = World::filled(&self.known);
        let mut maker = Maker::new(&world, Workload::Uniform, self.seed, self.turn);
        let mut chance = Chance::new(self.seed, LANE * 2 + self.turn);
        let mut done = 0;
        while done < WRITTEN_MAX {
            let batch = 1 + chance.next() % BATCH_MAX;
            let commands = (0..batch).map(|_| maker.transfer().into()).collect();
            for outcome in ledger.submit_batch(commands, Atomicity::Each)? {
                outcome?;
            }
            done += batch;
            let mut out = std::io::stdout().lock();
            // Whoever listened has gone.
            if writeln!(out, "{done}").and_then(|()| out.flush()).is_err() {
                return Ok(());
            }
        }
        // Far more than anybody waits for: it waits to be killed, or for its stdin to end.
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).map_err(failed("waiting to be killed"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> (Ledger, World) {
        let ledger = Ledger::in_memory().unwrap();
        let plan = Plan { workload: Workload::Uniform, accounts: 20, clients: 2, transfers: 100 };
        let world = World::fill(&ledger, &plan).unwrap();
        (ledger, world)
    }

    fn maker(world: &World) -> Maker<'_> {
        Maker::new(world, Workload::Uniform, 1, 0)
    }

    #[test]
    fn transfers_are_counted_as_far_as_they_follow() {
        let (ledger, world) = filled();
        let before = ledger.view().unwrap().sequence();
        let mut given = maker(&world);
        for _ in 0..1_500 {
            ledger.execute(given.transfer()).unwrap();
        }
        let view = ledger.view().unwrap();
        assert_eq!(followed(&view, before, &mut maker(&world)).unwrap(), (1_500, None));
        let earlier = ledger.view_at(Sequence(before.0 + 7)).unwrap();
        assert_eq!(followed(&earlier, before, &mut maker(&world)).unwrap(), (7, None));
    }

    #[test]
    fn what_was_not_given_in_its_place_is_found() {
        let (ledger, world) = filled();
        let before = ledger.view().unwrap().sequence();
        let mut given = maker(&world);
        ledger.execute(given.transfer()).unwrap();
        // One is left out.
        given.transfer();
        ledger.execute(given.transfer()).unwrap();
        let (found, finding) = followed(&ledger.view().unwrap(), before, &mut maker(&world)).unwrap();
        assert_eq!((found, finding.is_some()), (1, true));
    }

    #[test]
    fn what_is_lost_is_not_right() {
        let right = Tortured { acknowledged: 5, found: 6, sound: true, ..Tortured::default() };
        assert!(right.verdict().is_ok() && right.to_string().contains("nothing lost"));
        assert!(Tortured { lost: 1, ..right }.verdict().is_err());
    }
}
