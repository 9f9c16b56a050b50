//! `growth`: whether a ledger gets slower, larger or hungrier as it grows, and how long it takes to open in the end.
//!
//! The transfers are those of `bench`. After every so many, what they took is told, and balances and pages are read.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pacioli::{Ledger, Limits};
use serde::Serialize;

use crate::failure::Failure;
use crate::figures;
use crate::killed::{self, CommitMode, Killed};
use crate::lanes::{self, Run};
use crate::output::{Align, Progress, Table};
use crate::place::Place;
use crate::workload::{HOT_ACCOUNTS, Plan, Read, Workload, World};

const AFTER_HELP: &str = "\
A row for each step: all transfers so far; the transfers a second of this step; file bytes for each transfer so far,
and bytes written to the device for each of this step; memory now, and at its peak so far; how long batches took in
this step, from being given until durable; and how long balances, and pages of the last 50 lines, of random accounts
took after it, each from a view of its own, while nothing was written.

At the end the ledger is closed and opened again. Then, for each mode named with --kill, another process of this
program opens the file, commits in that mode, and is killed (SIGKILL) in the midst of it: the file is left as it was
at that moment, in the system's memory as on the disk, and opening it is timed. All that was durable by what the
killed process said must be there. (Power cuts, where the system's memory is lost, are the crash tests' business; what
must be repaired when opening is the same.) In the mode one-phase, opening reads the whole file.

Without --file the ledger is made in the current directory, and removed at the end.

Examples:
  pacioli growth --transfers 50000000 --every 5000000 --accounts 1000000
  pacioli growth --transfers 10000000 --every 1000000 --kill auto,one-phase --json";

/// Grows a ledger, and shows how its speed, size and memory change with it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Growth {
    /// What sort of transfers.
    #[arg(long, value_enum, default_value = "uniform")]
    workload: Workload,
    /// How many accounts they are between.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(2..=1 << 32))]
    accounts: u64,
    /// How many transfers are made.
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    transfers: u64,
    /// How many transfers a step has.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    every: u64,
    /// How many transfers are given at once; 1 gives each by itself.
    #[arg(long, value_name = "N", default_value_t = 8_000,
          value_parser = clap::value_parser!(u64).range(1..=Limits::BATCH as u64))]
    batch: u64,
    /// How many threads give transfers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: u64,
    /// How many clients own the accounts, in turn; at most 1,000 unless told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    clients: Option<u64>,
    /// How many balances, and pages, are read after each step.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    reads: u64,
    /// The modes in which a process is killed while it commits; `--kill none` for none.
    #[arg(long, value_enum, value_name = "MODES", value_delimiter = ',', default_value = "auto")]
    kill: Vec<CommitMode>,
    /// Make the ledger here, and keep it; there must be no file yet.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The ledger's memory budget, in MiB.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(8..=1 << 24))]
    memory_mib: u64,
    /// What chance begins with: the same seed gives the same transfers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// How a ledger has grown.
#[derive(Debug, Serialize)]
pub(crate) struct Grown {
    workload: Workload,
    accounts: u64,
    clients: u64,
    transfers: u64,
    batch: u64,
    threads: u64,
    in_flight: u64,
    memory_mib: u64,
    seed: u64,
    setup_seconds: f64,
    steps: Vec<Step>,
    /// The rate of the last step by that of the first.
    last_rate_by_first: f64,
    close_seconds: f64,
    /// After the clean close.
    open_seconds: f64,
    killed: Vec<Killed>,
}

/// What was measured in one step, and after it.
#[derive(Debug, Serialize)]
struct Step {
    /// All transfers so far.
    transfers: u64,
    seconds: f64,
    transfers_per_second: u64,
    file_bytes: u64,
    /// Of all transfers so far.
    bytes_per_transfer: f64,
    /// Of this step's; 0 where the system does not tell.
    device_bytes_per_transfer: f64,
    rss_mib: u64,
    peak_rss_mib: u64,
    p50_us: f64,
    p99_us: f64,
    max_us: f64,
    balance_p50_us: f64,
    balance_p99_us: f64,
    page_p50_us: f64,
    page_p99_us: f64,
}

impl Growth {
    /// Grows a ledger, opens it again in every way asked for, and tells the figures.
    pub(crate) fn run(&self) -> Result<Grown, Failure> {
        self.check()?;
        let place = Place::of(self.file.as_deref());
        let clients = self.clients.unwrap_or(1_000.min(self.accounts)).min(self.accounts);
        let started = Instant::now();
        let ledger = killed::open(&place.path, self.memory_mib, CommitMode::Auto, false)?;
        let world = World::fill(&ledger, &self.plan(clients))?;
        let setup = started.elapsed();
        let steps = self.steps(&ledger, &world, &place)?;
        let (close, _) = timed(|| Ok(ledger.close()?))?;
        let (open, ledger) = timed(|| killed::open(&place.path, self.memory_mib, CommitMode::Auto, true))?;
        ledger.close()?;
        let modes = self.kill.iter().filter(|mode| **mode != CommitMode::None);
        let killed = modes.enumerate().map(|(at, mode)| self.kill(*mode, at as u64, &world, &place));
        Ok(Grown {
            workload: self.workload,
            accounts: self.accounts,
            clients,
            transfers: self.transfers,
            batch: self.batch,
            threads: self.threads,
            in_flight: self.in_flight(),
            memory_mib: self.memory_mib,
            seed: self.seed,
            setup_seconds: figures::seconds(setup),
            last_rate_by_first: last_by_first(&steps),
            steps,
            close_seconds: figures::seconds(close),
            open_seconds: figures::seconds(open),
            killed: killed.collect::<Result<_, _>>()?,
        })
    }

    /// Refuses what the ranges of single arguments cannot.
    fn check(&self) -> Result<(), Failure> {
        let refuse = |what: &str| Err(Failure::Usage(what.to_owned()));
        if self.workload == Workload::Hot && self.accounts <= HOT_ACCOUNTS {
            return refuse("the workload hot needs more than 10 accounts");
        }
        if self.transfers.div_ceil(self.every).saturating_mul(self.threads) >= killed::FIRST_LANE {
            return refuse("so many steps and threads are too many: ask for a larger --every");
        }
        if self.kill.len() > killed::KILLED_MAX {
            return refuse("--kill names too many modes");
        }
        if self.file.as_deref().is_some_and(|file| file.symlink_metadata().is_ok()) {
            return refuse("there is a file at --file already, and growth makes a ledger of its own");
        }
        Ok(())
    }

    fn plan(&self, clients: u64) -> Plan {
        let beyond = killed::transfers_max(self.batch).saturating_mul(self.kill.len() as u64);
        let transfers = self.transfers.saturating_add(beyond);
        Plan { workload: self.workload, accounts: self.accounts, clients, transfers }
    }

    fn in_flight(&self) -> u64 {
        lanes::in_flight(None, self.batch, self.threads)
    }

    /// Gives transfers in the way of the step that begins at lane `first_lane`.
    fn way(&self, first_lane: u64, what: &'static str) -> Run {
        let (batch, threads) = (self.batch, self.threads);
        Run { workload: self.workload, seed: self.seed, batch, in_flight: self.in_flight(), threads, first_lane, what }
    }

    fn steps(&self, ledger: &Ledger, world: &World, place: &Place) -> Result<Vec<Step>, Failure> {
        let mut progress = Progress::new("transfers of all steps", self.transfers);
        let (begin, mut steps, mut done) = (place.length()?, Vec::new(), 0);
        while done < self.transfers {
            let share = self.every.min(self.transfers - done);
            let run = self.way(steps.len() as u64 * self.threads, "transfers of this step");
            let device_before = figures::device_bytes();
            let (time, mut latencies) = timed(|| run.give(ledger, world, share))?;
            let device_bytes = figures::device_bytes().saturating_sub(device_before);
            done += share;
            progress.at(done);
            latencies.sort();
            let file_bytes = place.length()?;
            let balance = Read::Balance.times(ledger, world, self.seed ^ done, self.reads)?;
            let page = Read::Page.times(ledger, world, self.seed ^ done, self.reads)?;
            steps.push(Step {
                transfers: done,
                seconds: figures::seconds(time),
                transfers_per_second: figures::rate(share, time),
                file_bytes,
                bytes_per_transfer: figures::share(file_bytes.saturating_sub(begin), done),
                device_bytes_per_transfer: figures::share(device_bytes, share),
                rss_mib: figures::rss_mib(),
                peak_rss_mib: figures::peak_rss_mib(),
                p50_us: latencies.percentile(50),
                p99_us: latencies.percentile(99),
                max_us: latencies.percentile(100),
                balance_p50_us: balance.percentile(50),
                balance_p99_us: balance.percentile(99),
                page_p50_us: page.percentile(50),
                page_p99_us: page.percentile(99),
            });
        }
        Ok(steps)
    }

    fn kill(&self, mode: CommitMode, at: u64, world: &World, place: &Place) -> Result<Killed, Failure> {
        let run = self.way(killed::first_lane(at), "");
        killed::measure(mode, &place.path, self.memory_mib, &world.known(), &run)
    }
}

/// How long something took, and what it gave.
fn timed<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<(Duration, T), Failure> {
    let started = Instant::now();
    let given = body()?;
    Ok((started.elapsed(), given))
}

fn last_by_first(steps: &[Step]) -> f64 {
    let rate = |step: Option<&Step>| step.map(|step| step.transfers_per_second).unwrap_or_default();
    figures::ratio(rate(steps.last()), rate(steps.first()))
}

impl fmt::Display for Grown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workload = format!("{:?}", self.workload).to_lowercase();
        writeln!(
            f,
            "{workload}, {} accounts, batches of {}, {} thread(s), {} on their way; times in us",
            self.accounts, self.batch, self.threads, self.in_flight
        )?;
        let heads = [
            "transfers",
            "a second",
            "file B each",
            "device B each",
            "MiB now",
            "peak",
            "batch p50",
            "p99",
            "max",
            "balance p50",
            "p99",
            "page p50",
            "p99",
        ];
        let mut table = Table::new(heads.map(|head| (head, Align::Right)));
        for step in &self.steps {
            table.row([
                step.transfers.to_string(),
                step.transfers_per_second.to_string(),
                step.bytes_per_transfer.to_string(),
                step.device_bytes_per_transfer.to_string(),
                step.rss_mib.to_string(),
                step.peak_rss_mib.to_string(),
                step.p50_us.to_string(),
                step.p99_us.to_string(),
                step.max_us.to_string(),
                step.balance_p50_us.to_string(),
                step.balance_p99_us.to_string(),
                step.page_p50_us.to_string(),
                step.page_p99_us.to_string(),
            ]);
        }
        write!(f, "{table}")?;
        writeln!(f, "the last step's rate by the first's: {}", self.last_rate_by_first)?;
        writeln!(f, "closing: {} s; opening again: {} s", self.close_seconds, self.open_seconds)?;
        self.killed.iter().try_for_each(|killed| write!(f, "{killed}"))
    }
}
