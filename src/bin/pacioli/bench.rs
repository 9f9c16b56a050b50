//! `bench`: how many transfers a second a ledger takes, and how long each batch is on its way.
//!
//! Everything is on: keys, floors, running balances, activity, digests. Filling the ledger is not timed; making the
//! commands is.

use std::path::{Path, PathBuf};
use std::time::Instant;

use pacioli::{Ledger, Limits};

use crate::failure::Failure;
use crate::figures::{self, Figures};
use crate::floor;
use crate::lanes::{self, Run};
use crate::place::Place;
use crate::readers::Readers;
use crate::workload::{HOT_ACCOUNTS, Plan, Read, Workload, World};

const AFTER_HELP: &str = "\
Times are from giving a batch (with --batch 1, a command) until it is durable and its receipts are here.
The memory is the peak of the whole process. Without --file the ledger is made in the current directory,
and removed at the end. With --read, other threads read without a pause while transfers are being made; each
read takes a view of its own.

Examples:
  pacioli bench --workload uniform --accounts 10000 --transfers 1000000 --batch 1000 --floor
  pacioli bench --workload hot --transfers 20000 --batch 1 --threads 8 --json
  pacioli bench --workload fees --engine memory --transfers 1000000 --batch 8000
  pacioli bench --read balance --readers 1 --transfers 1000000 --batch 1000";

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
    /// Read this meanwhile, of accounts chosen at random.
    #[arg(long, value_enum, value_name = "WHAT")]
    read: Option<Read>,
    /// How many threads read.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "read",
          value_parser = clap::value_parser!(u64).range(1..=1024))]
    readers: u64,
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
        let (workload, seed) = (self.workload, self.seed);
        let before = Run {
            workload,
            seed,
            batch: BATCH_BEFORE,
            in_flight: 2,
            threads: 1,
            first_lane: LANE_BEFORE,
            what: "before",
        };
        before.give(&ledger, &world, self.already)?;
        let setup = started.elapsed();

        let (bytes_before, device_before) = (place.length()?, figures::device_bytes());
        let timed = Run {
            workload,
            seed,
            batch: self.batch,
            in_flight: lanes::in_flight(self.in_flight, self.batch, self.threads),
            threads: self.threads,
            first_lane: 0,
            what: "transfers",
        };
        let readers = self.read.map(|what| Readers { what, threads: self.readers, seed });
        let ((latencies, time), read) = Readers::beside(readers, &ledger, &world, || {
            let started = Instant::now();
            let latencies = timed.give(&ledger, &world, self.transfers)?;
            Ok((latencies, started.elapsed()))
        })?;
        let (file_bytes, device_bytes) = (place.length()?, figures::device_bytes());
        let peak_rss_mib = figures::peak_rss_mib();
        ledger.close()?;

        let mut latencies = latencies;
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
            read,
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
}
