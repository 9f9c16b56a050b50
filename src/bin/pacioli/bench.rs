//! `bench`: how many transfers a second a ledger takes, and how long each batch is on its way.
//!
//! Everything is on: keys, floors, running balances, activity, digests. Filling the ledger is not timed; making the
//! commands is.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use pacioli::{Atomicity, BatchTicket, Capture, Command, HoldId, Ledger, Limits, Receipt};

use crate::failure::Failure;
use crate::figures::{self, Figures, Latencies};
use crate::floor;
use crate::output::Progress;
use crate::workload::{HOT_ACCOUNTS, Maker, Plan, Workload, World};

const AFTER_HELP: &str = "\
Times are from giving a batch (with --batch 1, a command) until it is durable and its receipts are here.
The memory is the peak of the whole process. Without --file the ledger is made in the current directory,
and removed at the end.

Examples:
  pacioli bench --workload uniform --accounts 10000 --transfers 1000000 --batch 1000 --floor
  pacioli bench --workload hot --transfers 20000 --batch 1 --threads 8 --json
  pacioli bench --workload fees --engine memory --transfers 1000000 --batch 8000";

/// Which store a ledger is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// A file, durable at every receipt.
    Redb,
    /// Memory alone.
    Memory,
}

/// Measures how many transfers a second a ledger takes.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Bench {
    /// What sort of transfers.
    #[arg(long, value_enum, default_value = "uniform")]
    workload: Workload,
    /// How many accounts they are between.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(2..=1 << 32))]
    accounts: u64,
    /// How many transfers are timed.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    transfers: u64,
    /// How many transfers are made before, untimed: how fast is a ledger that has a past?
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1 << 40))]
    already: u64,
    /// How many transfers are given at once; 1 gives each by itself.
    #[arg(long, value_name = "N", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=Limits::BATCH as u64))]
    batch: u64,
    /// How many threads give transfers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: u64,
    /// How many batches each thread has on their way at once; two for a single thread, else one [batch above 1 only].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    in_flight: Option<u64>,
    /// How many clients own the accounts, in turn; at most 1,000 unless told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 32))]
    clients: Option<u64>,
    /// Make the ledger here, and keep it; there must be no file yet.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// The ledger's memory budget, in MiB.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(8..=1 << 24))]
    memory_mib: u64,
    /// Where the ledger is kept.
    #[arg(long, value_enum, default_value = "redb")]
    engine: Engine,
    /// What chance begins with: the same seed gives the same transfers.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Measure also how fast a bare file can be appended to on the same filesystem.
    #[arg(long)]
    floor: bool,
}

/// The lane of transfers that are made before the timed ones; those of threads are below.
const LANE_BEFORE: u64 = 0xffff;
/// The batch in which they are made.
const BATCH_BEFORE: u64 = 8_000;

impl Bench {
    /// Fills a ledger, times the transfers, and tells the figures.
    pub(crate) fn run(&self) -> Result<Figures, Failure> {
        self.check()?;
        let place = Place::of(self.file.as_deref());
        let floor = if self.floor { Some(self.floor(&place.beside("floor"))?) } else { None };
        let started = Instant::now();
        let ledger = self.open(&place)?;
        let clients = self.clients.unwrap_or(1_000.min(self.accounts)).min(self.accounts);
        let plan = Plan {
            workload: self.workload,
            accounts: self.accounts,
            clients,
            transfers: self.transfers.saturating_add(self.already),
        };
        let world = World::fill(&ledger, &plan)?;
        let before = Run { batch: BATCH_BEFORE, in_flight: 2, threads: 1, first_lane: LANE_BEFORE, what: "before" };
        self.give(&ledger, &world, &before, self.already)?;
        let setup = started.elapsed();

        let (bytes_before, device_before) = (place.length()?, figures::device_bytes());
        let timed = Run {
            batch: self.batch,
            in_flight: self.in_flight(),
            threads: self.threads,
            first_lane: 0,
            what: "transfers",
        };
        let started = Instant::now();
        let mut latencies = self.give(&ledger, &world, &timed, self.transfers)?;
        let time = started.elapsed();
        let (file_bytes, device_bytes) = (place.length()?, figures::device_bytes());
        let peak_rss_mib = figures::peak_rss_mib();
        ledger.close()?;

        latencies.sort();
        Ok(Figures {
            workload: self.workload,
            engine: if self.engine == Engine::Redb { "redb" } else { "memory" },
            accounts: self.accounts,
            clients,
            transfers: self.transfers,
            already: self.already,
            batch: self.batch,
            threads: self.threads,
            in_flight: timed.in_flight,
            seed: self.seed,
            setup_seconds: figures::seconds(setup),
            seconds: figures::seconds(time),
            transfers_per_second: figures::rate(self.transfers, time),
            p50_us: latencies.percentile(50),
            p99_us: latencies.percentile(99),
            max_us: latencies.percentile(100),
            bytes_per_transfer: figures::share(file_bytes.saturating_sub(bytes_before), self.transfers),
            device_bytes_per_transfer: figures::share(device_bytes.saturating_sub(device_before), self.transfers),
            file_bytes,
            peak_rss_mib,
            floor_transfers_per_second: floor,
        })
    }

    /// Refuses what the ranges of single arguments cannot.
    fn check(&self) -> Result<(), Failure> {
        let refuse = |what: &str| Err(Failure::Usage(what.to_owned()));
        if self.workload == Workload::Hot && self.accounts <= HOT_ACCOUNTS {
            return refuse("the workload hot needs more than 10 accounts");
        }
        if self.engine == Engine::Memory && self.file.is_some() {
            return refuse("--file and --engine memory exclude each other");
        }
        if self.file.as_deref().is_some_and(|file| file.symlink_metadata().is_ok()) {
            return refuse("there is a file at --file already, and bench makes a ledger of its own");
        }
        Ok(())
    }

    fn in_flight(&self) -> u64 {
        match self.in_flight {
            _ if self.batch == 1 => 1,
            Some(in_flight) => in_flight,
            None => {
                if self.threads == 1 {
                    2
                } else {
                    1
                }
            }
        }
    }

    fn open(&self, place: &Place) -> Result<Ledger, Failure> {
        let bytes = usize::try_from(self.memory_mib << 20).unwrap_or(usize::MAX);
        let builder = Ledger::builder().memory(bytes);
        let opened = match self.engine {
            Engine::Redb => builder.open(&place.path),
            Engine::Memory => builder.in_memory(),
        };
        opened.map_err(|error| Failure::Open { path: place.path.clone(), error })
    }

    fn floor(&self, path: &Path) -> Result<u64, Failure> {
        let batch = usize::try_from(self.batch).unwrap_or(1);
        let (written, time) = floor::measure(path, self.transfers, batch)
            .map_err(|error| Failure::Io { doing: format!("measuring the floor in {}", path.display()), error })?;
        Ok(figures::rate(written, time))
    }

    /// Gives so many transfers, divided among the threads.
    fn give(&self, ledger: &Ledger, world: &World, run: &Run, transfers: u64) -> Result<Latencies, Failure> {
        let shared = Shared::default();
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..run.threads)
                .map(|thread| {
                    let maker = Maker::new(world, self.workload, self.seed, run.first_lane + thread);
                    let share = transfers / run.threads + u64::from(thread < transfers % run.threads);
                    let progress = (thread == 0).then(|| Progress::new(run.what, transfers));
                    let lane = Lane { ledger, maker, run, shared: &shared, progress };
                    scope.spawn(move || lane.give(share))
                })
                .collect();
            let mut all = Latencies::default();
            for lane in lanes {
                match lane.join() {
                    Ok(latencies) => all.join(latencies?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })
    }
}

/// How transfers are given.
#[derive(Debug)]
struct Run {
    batch: u64,
    in_flight: u64,
    threads: u64,
    first_lane: u64,
    what: &'static str,
}

/// What the threads of a run have in common.
#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    failed: AtomicBool,
}

/// One thread's part of a run.
struct Lane<'a> {
    ledger: &'a Ledger,
    maker: Maker<'a>,
    run: &'a Run,
    shared: &'a Shared,
    progress: Option<Progress>,
}

impl Lane<'_> {
    fn give(mut self, transfers: u64) -> Result<Latencies, Failure> {
        let given = if self.run.batch == 1 { self.singly(transfers) } else { self.in_batches(transfers) };
        if given.is_err() {
            self.shared.failed.store(true, Ordering::Relaxed);
        }
        given
    }

    /// Each transfer by itself.
    fn singly(&mut self, transfers: u64) -> Result<Latencies, Failure> {
        let mut latencies = Latencies::with_capacity(usize::try_from(transfers).unwrap_or_default());
        for _ in 0..transfers {
            let command = self.maker.command();
            let started = Instant::now();
            let receipt = self.ledger.execute(command)?;
            if let Some(hold) = receipt.hold() {
                self.ledger.capture(hold)?;
            }
            latencies.add(started.elapsed());
            if self.stopped(1) {
                break;
            }
        }
        Ok(latencies)
    }

    /// In batches, the next of which is decided while the one before is being committed.
    fn in_batches(&mut self, transfers: u64) -> Result<Latencies, Failure> {
        let batches = transfers.div_ceil(self.run.batch);
        let mut latencies = Latencies::with_capacity(usize::try_from(batches).unwrap_or_default());
        let mut on_their_way: VecDeque<Flight> = VecDeque::new();
        let mut left = transfers;
        while left > 0 || !on_their_way.is_empty() {
            while left > 0 && (on_their_way.len() as u64) < self.run.in_flight {
                let size = left.min(self.run.batch);
                let commands: Vec<Command> = (0..size).map(|_| self.maker.command()).collect();
                left -= size;
                on_their_way.push_back(Flight::begin(self.ledger, Instant::now(), commands)?);
            }
            let Some(flight) = on_their_way.pop_front() else { continue };
            let started = flight.started;
            let receipts = flight.landed()?;
            let holds: Vec<HoldId> = receipts.iter().filter_map(Receipt::hold).collect();
            if !holds.is_empty() {
                let captures = holds.into_iter().map(|hold| Capture::whole(hold).into()).collect();
                on_their_way.push_back(Flight::begin(self.ledger, started, captures)?);
                continue;
            }
            latencies.add(started.elapsed());
            if self.stopped(receipts.len() as u64) {
                break;
            }
        }
        Ok(latencies)
    }

    /// Counts what is done; whether another thread has failed, so that going on is of no use.
    fn stopped(&mut self, done: u64) -> bool {
        let done = self.shared.done.fetch_add(done, Ordering::Relaxed) + done;
        if let Some(progress) = &mut self.progress {
            progress.at(done);
        }
        self.shared.failed.load(Ordering::Relaxed)
    }
}

/// A batch on its way.
struct Flight {
    /// When it, or the holds that it captures, set out.
    started: Instant,
    ticket: BatchTicket,
}

impl Flight {
    fn begin(ledger: &Ledger, started: Instant, commands: Vec<Command>) -> Result<Self, Failure> {
        Ok(Self { started, ticket: ledger.enqueue(commands, Atomicity::Each)? })
    }

    /// Waits until the batch is durable; every command of it must have been carried out.
    fn landed(self) -> Result<Vec<Receipt>, Failure> {
        self.ticket.wait()?.into_iter().map(|outcome| outcome.map_err(Failure::from)).collect()
    }
}

/// Where a measured ledger is; one that nobody asked to keep is removed at the end.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    kept: bool,
}

impl Place {
    fn of(file: Option<&Path>) -> Self {
        match file {
            Some(path) => Self { path: path.to_owned(), kept: true },
            // Not the system's directory for temporary files, which may be memory.
            None => Self { path: format!("pacioli-bench-{}.redb", std::process::id()).into(), kept: false },
        }
    }

    /// The path of another file beside it.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }

    /// The file's length in bytes; 0 where there is none.
    fn length(&self) -> Result<u64, Failure> {
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Failure::Io { doing: format!("looking at {}", self.path.display()), error }),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            // A ledger in memory has no file.
            drop(std::fs::remove_file(&self.path));
        }
    }
}
