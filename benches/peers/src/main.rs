//! The same transfers on pacioli, SQLite, fjall and doubleentry, in turns on the same disk, durable at each answer.
//! See README.md for what each of them does and does not do.

mod books;
mod desk;
mod lsm;
mod ours;
mod proven;
mod report;
mod sqlite;
mod workload;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;

use crate::books::{Contestant, Grouped, Locked, Problem, Totals};
use crate::report::{Outcome, Report};
use crate::workload::{HOT_ACCOUNTS, Plan, Transfer, Workload};

/// Gives the same transfers to pacioli and to other engines in turns, and prints the median rate of each.
#[derive(Debug, Parser)]
#[command(name = "peers", version)]
struct Arguments {
    /// How transfers choose who pays.
    #[arg(long, value_enum, default_value = "uniform")]
    workload: Workload,
    /// How many accounts they are between.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=10_000_000))]
    accounts: u32,
    /// How many transfers one round has.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    transfers: u64,
    /// How many transfers are given, and made durable, at once.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// How many threads give them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    threads: u32,
    /// How many rounds are counted.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// How many rounds are run before, and not counted.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=100))]
    warm_up: u32,
    /// The longest that a contestant takes for a round, in seconds; what it has done by then counts.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// How long it is quiet after each turn, in milliseconds, so that what one leaves to its own threads does not
    /// burden the next.
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u64).range(..=600_000))]
    pause: u64,
    /// Memory for each contestant's cache, in MiB.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(8..=1 << 20))]
    memory_mib: u64,
    /// What chance begins with.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Who takes part, pacioli first; otherwise all to whom the number of threads and the batch mean something.
    #[arg(long, value_enum, value_name = "NAMES", value_delimiter = ',')]
    contestants: Vec<Name>,
    /// The folder in which a folder is made for the files, and removed at the end; on the disk that is to be measured.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    dir: PathBuf,
    /// Print one JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

/// Who can take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
enum Name {
    /// pacioli: threads share commits by themselves.
    Pacioli,
    /// pacioli, each thread with two batches on their way.
    PacioliPipelined,
    /// SQLite, rules in SQL, one connection behind a lock.
    Sqlite,
    /// SQLite, accounts in the program's memory, one connection behind a lock.
    SqliteDesk,
    /// The same, with a thread that commits what all callers have given.
    SqliteGrouped,
    /// fjall, accounts in the program's memory, behind a lock.
    Fjall,
    /// The same, with a thread that commits what all callers have given.
    FjallGrouped,
    /// doubleentry over SQLite, behind a lock.
    Doubleentry,
    /// The same, with a thread that records what all callers have given.
    DoubleentryGrouped,
}

impl Name {
    /// With a ledger in the folder, and funded accounts in it.
    fn contestant(self, folder: &Path, plan: &Plan, memory_mib: u64) -> Result<Box<dyn Contestant>, Problem> {
        let sqlite = |resident| sqlite::Sqlite::new(folder, plan, memory_mib, resident);
        Ok(match self {
            Self::Pacioli => Box::new(ours::Ours::new(folder, plan, memory_mib, 1)?),
            Self::PacioliPipelined => Box::new(ours::Ours::new(folder, plan, memory_mib, 2)?),
            Self::Sqlite => Box::new(Locked::new(sqlite(false)?)),
            Self::SqliteDesk => Box::new(Locked::new(sqlite(true)?)),
            Self::SqliteGrouped => Box::new(Grouped::new(sqlite(true)?)),
            Self::Fjall => Box::new(Locked::new(lsm::Lsm::new(folder, plan, memory_mib)?)),
            Self::FjallGrouped => Box::new(Grouped::new(lsm::Lsm::new(folder, plan, memory_mib)?)),
            Self::Doubleentry => Box::new(Locked::new(proven::Proven::new(folder, plan)?)),
            Self::DoubleentryGrouped => Box::new(Grouped::new(proven::Proven::new(folder, plan)?)),
        })
    }

    /// Those to whom so many threads, and batches of this size, mean something.
    fn of(threads: u32, batch: u32) -> Vec<Self> {
        let grouped = [Self::SqliteGrouped, Self::FjallGrouped, Self::DoubleentryGrouped];
        let alone = [Self::SqliteDesk, Self::Doubleentry];
        let all = <Self as clap::ValueEnum>::value_variants().iter().copied();
        all.filter(|name| match name {
            Self::PacioliPipelined => batch > 1,
            name if grouped.contains(name) => threads > 1,
            name if alone.contains(name) => threads == 1,
            _ => true,
        })
        .collect()
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) => {
            report.print(arguments.json);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// A folder of this run, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(beside: &Path) -> Result<Self, Problem> {
        let path = beside.join(format!("pacioli-peers-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing more can be done about it here.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Somebody with a ledger of its own, and how it has done.
struct Entrant {
    name: Name,
    folder: PathBuf,
    contestant: Box<dyn Contestant>,
    setup: Duration,
    bytes_before: u64,
    device_bytes: u64,
    carried: u64,
    rates: Vec<f64>,
}

fn run(arguments: &Arguments) -> Result<Report, Problem> {
    if arguments.workload == Workload::Hot && arguments.accounts <= HOT_ACCOUNTS {
        return Err("the workload hot needs more than 10 accounts".into());
    }
    let rounds = arguments.warm_up + arguments.rounds;
    let plan = Plan {
        workload: arguments.workload,
        accounts: arguments.accounts,
        seed: arguments.seed,
        transfers: arguments.transfers * u64::from(rounds),
    };
    let names = match &arguments.contestants[..] {
        [] => Name::of(arguments.threads, arguments.batch),
        asked => asked.to_vec(),
    };
    let folder = Folder::new(&arguments.dir)?;
    let mut entrants = Vec::new();
    for name in names {
        entrants.push(enter(name, &folder.0, &plan, arguments.memory_mib)?);
    }
    let pause = Duration::from_millis(arguments.pause);
    std::thread::sleep(pause);
    for round in 0..rounds {
        for entrant in &mut entrants {
            let before = device_bytes();
            let rate = turn(entrant, arguments, &plan, round)?;
            std::thread::sleep(pause);
            entrant.device_bytes += device_bytes().saturating_sub(before);
            if round >= arguments.warm_up {
                entrant.rates.push(rate);
            }
        }
    }
    let mut outcomes = Vec::new();
    for entrant in entrants {
        outcomes.push(leave(entrant)?);
    }
    Ok(Report::new(arguments, outcomes))
}

fn enter(name: Name, folder: &Path, plan: &Plan, memory_mib: u64) -> Result<Entrant, Problem> {
    let folder = folder.join(format!("{name:?}"));
    std::fs::create_dir(&folder)?;
    let began = Instant::now();
    let contestant = name.contestant(&folder, plan, memory_mib)?;
    let (setup, bytes_before) = (began.elapsed(), bytes(&folder)?);
    Ok(Entrant { name, folder, contestant, setup, bytes_before, device_bytes: 0, carried: 0, rates: Vec::new() })
}

/// One contestant's transfers of one round; how many a second.
fn turn(entrant: &mut Entrant, arguments: &Arguments, plan: &Plan, round: u32) -> Result<f64, Problem> {
    let threads = u64::from(arguments.threads);
    let share = |thread: u64| arguments.transfers / threads + u64::from(thread < arguments.transfers % threads);
    let lanes: Vec<Vec<Vec<Transfer>>> = (0..arguments.threads)
        .map(|thread| plan.batches(round, thread, share(thread.into()), arguments.batch as usize))
        .collect();
    let began = Instant::now();
    let until = began + Duration::from_secs(arguments.seconds);
    let contestant = &*entrant.contestant;
    let carried = std::thread::scope(|scope| {
        let lanes: Vec<_> = lanes.into_iter().map(|lane| scope.spawn(move || contestant.lane(lane, until))).collect();
        let mut carried = 0;
        for lane in lanes {
            carried += lane.join().map_err(|_| "a thread has panicked")??;
        }
        Ok::<_, Problem>(carried)
    })?;
    entrant.carried += carried;
    Ok(carried as f64 / began.elapsed().as_secs_f64())
}

/// Checks the books of a contestant, and closes them.
fn leave(entrant: Entrant) -> Result<Outcome, Problem> {
    let totals = entrant.contestant.totals()?;
    let carried = entrant.carried;
    if totals != (Totals { transfers: carried, sum: 0, sound: true }) {
        return Err(
            format!("{:?} was given {carried} transfers, and its books come to {totals:?}", entrant.name).into()
        );
    }
    drop(entrant.contestant);
    let bytes = bytes(&entrant.folder)?.saturating_sub(entrant.bytes_before);
    let each = |bytes: u64| bytes as f64 / carried.max(1) as f64;
    Ok(Outcome::new(entrant.name, entrant.rates, carried, entrant.setup, each(bytes), each(entrant.device_bytes)))
}

/// What this process has had written to devices; 0 where the system does not tell.
fn device_bytes() -> u64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    line.and_then(|bytes| bytes.parse().ok()).unwrap_or_default()
}

/// How much of the disk all files below a folder take together; what is only reserved at their ends is not counted.
fn bytes(folder: &Path) -> Result<u64, Problem> {
    let mut all = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        all += match entry.metadata() {
            Ok(found) if found.is_dir() => bytes(&entry.path())?,
            Ok(found) => found.blocks() * 512,
            // What a thread of the engine's own has just removed.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Answer;

    const ALL: &[Name] = &[
        Name::Pacioli,
        Name::Sqlite,
        Name::SqliteDesk,
        Name::SqliteGrouped,
        Name::Fjall,
        Name::FjallGrouped,
        Name::Doubleentry,
        Name::DoubleentryGrouped,
    ];

    /// Everybody keeps the rules that are compared: a key is carried out once, a floor is kept, nothing is lost.
    #[test]
    fn all_keep_the_same_rules() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan { workload: Workload::Uniform, accounts: 20, seed: 1, transfers: 1_000 };
        for name in ALL {
            let folder = folder.path().join(format!("{name:?}"));
            std::fs::create_dir(&folder).unwrap();
            let contestant = name.contestant(&folder, &plan, 16).unwrap();
            let of = |source, destination, amount, key: &str| Transfer { source, destination, amount, key: key.into() };
            let funds = plan.funds(0);
            let give = |batch| contestant.give(batch).unwrap();
            let first = of(0, 1, funds - 5, "first");
            assert_eq!(give(vec![first.clone()]), [Answer::Carried], "{name:?}");
            assert_eq!(give(vec![first.clone()]), [Answer::Repeated], "{name:?}");
            assert_eq!(give(vec![of(0, 1, 6, "too much")]), [Answer::Refused], "{name:?}");
            // In a batch as well, where what was refused has left its key free.
            let batch = vec![first, of(0, 2, 6, "too much"), of(0, 2, 5, "too much"), of(2, 0, 7, "back")];
            let answers = [Answer::Repeated, Answer::Refused, Answer::Carried, Answer::Carried];
            assert_eq!(give(batch), answers, "{name:?}");
            let totals = contestant.totals().unwrap();
            assert_eq!(totals, Totals { transfers: 3, sum: 0, sound: true }, "{name:?}");
        }
    }

    #[test]
    fn a_run_ends_with_sound_books_and_without_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        for more in [&["--batch", "1"][..], &["--batch", "7", "--workload", "hot"], &["--threads", "3", "--batch", "2"]]
        {
            let base =
                ["peers", "--accounts", "20", "--transfers", "40", "--rounds", "2", "--pause", "0", "--dir", &path];
            let arguments = Arguments::parse_from([&base[..], more].concat());
            let report = run(&arguments).unwrap();
            let expected = Name::of(arguments.threads, arguments.batch).len();
            assert_eq!(report.contestants.len(), expected);
            assert!(report.contestants.iter().all(|outcome| outcome.transfers == 120 && outcome.rates.len() == 2));
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
