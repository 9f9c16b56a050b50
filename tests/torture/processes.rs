//! Real processes and real files: killed, out of room, without permission, several at once.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::time::Duration;

use pacioli::LayoutError;
use pacioli::prelude::*;
use pacioli::store::StoreError;

use super::random::Random;
use super::tier::{ENDED_BY_REDB, Run, SEED, cases, seed};
use super::workload::verified;

/// Names the test that this process is to do by itself.
const CHILD: &str = "PACIOLI_TORTURE_CHILD";

/// The file that this process is to work on until it is killed.
const WORK: &str = "PACIOLI_TORTURE_WORK";

/// How many cases this process is to leave out.
const FROM: &str = "PACIOLI_TORTURE_FROM";

/// Sets the keys of one worker apart from those of the others.
const ROUND: &str = "PACIOLI_TORTURE_ROUND";

/// Runs the test in a process of its own, with so much address space in KiB; `false` in that process, which is to do it.
pub fn in_child(test: &str, address_space_kib: Option<u64>) -> bool {
    if std::env::var(CHILD).as_deref() == Ok(test) {
        return false;
    }
    let (status, told) = child_of(test, address_space_kib, seed(), 0);
    assert!(status.success() && told.contains("1 passed"), "{status}: {told}");
    true
}

/// The same, but that redb may end the process: the next one goes on after the case at which it did. Gives how often.
pub fn in_children(test: &str, address_space_kib: Option<u64>) -> Option<Vec<String>> {
    if std::env::var(CHILD).as_deref() == Ok(test) {
        return None;
    }
    let (seed, mut ended, mut from) = (seed(), Vec::new(), 0);
    loop {
        let (status, told) = child_of(test, address_space_kib, seed, from);
        if status.success() && told.contains("1 passed") {
            return Some(ended);
        }
        let why = told.lines().find(|line| line.starts_with(ENDED_BY_REDB));
        let case = told.lines().rev().find_map(|line| line.strip_prefix(CASE)?.parse::<u64>().ok());
        let (Some(why), Some(case)) = (why, case) else { panic!("{status}: {told}") };
        println!("torture {test} case {case}: {why}");
        ended.push(why.to_owned());
        from = case + 1;
    }
}

/// What a child says before each of its cases, for the next one to go on if it is its last.
pub const CASE: &str = "torture case ";

/// How many cases a child is to leave out, since those before it have done them.
pub fn done_before() -> u64 {
    std::env::var(FROM).map_or(0, |from| from.parse().expect("a child is told a number"))
}

/// What a process of its own has to say of a test.
fn child_of(test: &str, address_space_kib: Option<u64>, seed: u64, from: u64) -> (ExitStatus, String) {
    let limit = address_space_kib.map_or(String::new(), |kib| format!("ulimit -v {kib}; "));
    let mut child = this_program(&limit, test);
    let output = child.env(CHILD, test).env(SEED, seed.to_string()).env(FROM, from.to_string()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let shown = told.lines().filter(|line| line.starts_with("torture ") && !line.starts_with(CASE));
    shown.for_each(|line| println!("{line}"));
    (output.status, format!("{told}{}", String::from_utf8_lossy(&output.stderr)))
}

/// This program, to run one test after the shell has set its limits.
fn this_program(limits: &str, test: &str) -> Process {
    let mut child = Process::new("sh");
    child.args(["-c", &format!("{limits}exec \"$0\" \"$@\"")]).arg(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("torture::{test}"), "--nocapture"]);
    child
}

/// Starts a process that does this test, which must be a worker, on this file.
pub fn start(test: &str, path: &Path, round: u64, limits: &str) -> Child {
    let mut child = this_program(limits, test);
    child.env(CHILD, test).env(WORK, path).env(ROUND, round.to_string());
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills a worker at some moment, of its work or of all its life; what it has said.
pub fn said_until_killed(mut child: Child, at_work: bool, random: &mut Random) -> String {
    let mut pipe = BufReader::new(child.stdout.take().unwrap());
    let mut heard = String::new();
    while at_work && !heard.ends_with("ready\n") && pipe.read_line(&mut heard).unwrap() > 0 {}
    let listening = std::thread::spawn(move || {
        let mut rest = String::new();
        pipe.read_to_string(&mut rest).unwrap();
        rest
    });
    std::thread::sleep(Duration::from_micros(random.below(60_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    heard + &listening.join().unwrap()
}

/// The file and the round of the worker of this test, if this process was started to be it.
pub fn worker_process(test: &str) -> Option<(PathBuf, String)> {
    let asked = std::env::var(CHILD).as_deref() == Ok(test);
    let path = std::env::var_os(WORK).filter(|_| asked)?;
    Some((PathBuf::from(path), std::env::var(ROUND).ok()?))
}

const WORKER: &str = "processes::worker";
const THREADS: u64 = 3;
const ACCOUNTS: u64 = 4;

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// What a worker begins with: given again, it is found done.
pub fn beginning() -> Vec<Command> {
    let (book, client) = (BookId(1), ClientId(1));
    let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
    let mut commands: Vec<Command> = vec![
        NewBook::live("shop.kes", Currency::KES).keyed("book").into(),
        NewClient::business("Mama Njeri Shop", "KE", "P051", contact).keyed("client").into(),
        NewService::new(client, book, "FREE").narrative_required(false).keyed("service").into(),
    ];
    for number in 0..ACCOUNTS {
        let account = NewAccount::new(client, book, AccountType::WORKING).keyed(format!("account {number}"));
        commands.push(account.into());
    }
    commands
}

/// The credit of this key: the key says where and how much.
pub fn credit(key: &str) -> Credit {
    let sum = key.bytes().fold(0_u64, |sum, byte| sum * 31 % 1_009 + u64::from(byte));
    let credit = Credit::new(AccountId(7 + sum % ACCOUNTS), ServiceId(1), kes(1 + i128::from(sum)), key);
    // Long narratives fill a small disk sooner.
    credit.narrated(key.repeat(500 / key.len().max(1)))
}

pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody may listen any more.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Not a test by itself: what the processes do that are killed, or run out of room.
#[test]
fn worker() {
    let Some((path, round)) = worker_process(WORKER) else { return };
    // The harness has begun a line of its own.
    say("");
    let ledger = match Ledger::builder().memory(8 << 20).open(path) {
        Ok(ledger) => ledger,
        Err(error) => return say(&format!("refused {error:?}")),
    };
    say("opened");
    let listener = ledger.clone();
    std::thread::spawn(move || {
        // Told to come to an end.
        let _ = std::io::stdin().read(&mut [0]);
        let _ = listener.close();
    });
    if let Err(error) = ledger.submit_batch(beginning(), Atomicity::Each) {
        return say(&format!("stopped {error:?}"));
    }
    say("ready");
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (ledger, round) = (&ledger, &round);
            scope.spawn(move || {
                for number in 0.. {
                    let key = format!("{round}/{thread}/{number}");
                    say(&format!("try {key}"));
                    match ledger.execute(credit(&key)) {
                        Ok(receipt) => say(&format!("ack {key} {}", receipt.sequence())),
                        Err(error) => return say(&format!("stopped {error:?}")),
                    }
                }
            });
        }
    });
}

/// What a worker has said.
#[derive(Debug, Default)]
struct Log {
    opened: bool,
    ready: bool,
    tried: Vec<String>,
    acknowledged: BTreeMap<String, u64>,
    others: Vec<String>,
}

impl Log {
    fn of(told: &str) -> Self {
        let mut log = Self::default();
        // A line may have been cut off.
        let (whole, _) = told.rsplit_once('\n').unwrap_or_default();
        for line in whole.lines() {
            match *line.split(' ').collect::<Vec<_>>() {
                ["opened"] => log.opened = true,
                ["ready"] => log.ready = true,
                ["try", key] => log.tried.push(key.to_owned()),
                ["ack", key, sequence] => {
                    log.acknowledged.insert(key.to_owned(), sequence.parse().unwrap());
                }
                ["refused" | "stopped", ..] => log.others.push(line.to_owned()),
                _ => {}
            }
        }
        log
    }

    /// Waits until the worker has ended, and hears it out.
    fn heard(mut child: Child, mut heard: String, mut pipe: impl Read) -> Self {
        pipe.read_to_string(&mut heard).unwrap();
        child.wait().unwrap();
        Self::of(&heard)
    }

    /// Looks for what was acknowledged, and gives again what was not: all that was tried is there once then.
    fn check(&self, ledger: &Ledger, story: &str) -> u64 {
        let view = ledger.view().unwrap();
        for (key, sequence) in &self.acknowledged {
            let entry = view.entry_keyed(Some(ClientId(1)), key).unwrap();
            let entry = entry.unwrap_or_else(|| panic!("{story}: {key} was acknowledged and is lost"));
            assert_eq!(entry.sequence, Sequence(*sequence), "{story}: {key}");
            let given = credit(key);
            assert_eq!(entry.postings.iter().filter(|posting| posting.account == given.account).count(), 1);
        }
        let in_flight = self.tried.iter().filter(|key| !self.acknowledged.contains_key(*key));
        let mut there = 0;
        for key in in_flight {
            let known = view.entry_keyed(Some(ClientId(1)), key).unwrap();
            let receipt = ledger.execute(credit(key)).unwrap();
            assert_eq!(receipt.is_replayed(), known.is_some(), "{story}: {key}");
            there += u64::from(known.is_some());
        }
        there
    }
}

pub fn sound(ledger: &Ledger, story: &str) {
    let verification = verified(ledger).unwrap();
    assert_eq!(verification.finding, None, "{story}");
    assert!(ledger.view().unwrap().trial_balance(BookId(1)).map_or(true, |trial| trial.is_balanced()), "{story}");
}

#[test]
fn killed_processes_lose_nothing_acknowledged() {
    let run = Run::begin("kill_9");
    let mut random = run.random();
    let (mut acknowledged, mut in_flight, mut unborn) = (0, 0, 0);
    let wanted = cases(150, 20_000);
    let mut round = 0;
    while round < wanted {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.redb");
        let mut tried = 0;
        // Few enough for one file, so that creating is cut off too.
        for _ in 0..25.min(wanted - round) {
            round += 1;
            let story = format!("round {round}, seed {}", run.seed);
            // Some die while they open, the others at work.
            let at_work = random.below(4) > 0;
            let heard = said_until_killed(start(WORKER, &path, round, ""), at_work, &mut random);
            let log = Log::of(&heard);
            assert!(log.others.is_empty(), "{story}: {:?}", log.others);
            unborn += u64::from(!log.opened);
            acknowledged += log.acknowledged.len();
            tried += log.tried.len();
            // Nobody holds a lock any more.
            let ledger = Ledger::open(&path).unwrap_or_else(|error| panic!("{story}: {error}"));
            in_flight += log.check(&ledger, &story);
            if tried > 0 {
                let begun = beginning().len();
                assert_eq!(ledger.view().unwrap().sequence().0, (begun + tried) as u64, "{story}");
            }
            if random.below(8) == 0 {
                sound(&ledger, &story);
            }
            ledger.close().unwrap();
            run.case();
        }
        sound(&Ledger::open(&path).unwrap(), "at the end");
        let left: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["books.redb"], "something unfinished stays");
    }
    run.end(&format!("acknowledged={acknowledged} found_unacknowledged={in_flight} before_opening={unborn}"));
}

/// A file system of so much room, in memory; taken down in the end. Nothing where that is not permitted.
pub struct Room(tempfile::TempDir);

impl Room {
    pub fn of(size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let room = Self(directory);
        room.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).then_some(room)
    }

    fn mount(&self, arguments: &[&str]) -> bool {
        let mut mount = Process::new("mount");
        mount.args(arguments).arg(self.0.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success())
    }

    pub fn again(&self, options: &str) {
        assert!(self.mount(&["-o", &format!("remount,{options}")]), "{options}");
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("books.redb")
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = Process::new("umount").arg("-l").arg(self.0.path()).stderr(Stdio::null()).status();
    }
}

fn is_storage(error: &Error) -> bool {
    matches!(error, Error::OutcomeUnknown(_) | Error::Stopped(_) | Error::Failed(LayoutError::Store(_)))
}

#[test]
fn full_disk_stops_the_ledger_and_loses_nothing() {
    let run = Run::begin("full_disk");
    let mut random = run.random();
    let mut skipped = 0;
    for round in 0..cases(12, 200) {
        let Some(room) = Room::of(&format!("{}k", 1_100 + random.below(3_000))) else {
            skipped += 1;
            continue;
        };
        let mut log = Log::default();
        let ledger = match Ledger::builder().memory(8 << 20).open(room.path()) {
            Ok(ledger) => ledger,
            Err(error) => panic!("round {round}: {error:?}"),
        };
        let mut failure = ledger.submit_batch(beginning(), Atomicity::Each).err();
        for number in 0.. {
            if failure.is_some() {
                break;
            }
            let key = format!("{round}/{number}");
            log.tried.push(key.clone());
            match ledger.execute(credit(&key)) {
                Ok(receipt) => drop(log.acknowledged.insert(key, receipt.sequence().0)),
                Err(error) => failure = Some(error),
            }
        }
        let failure = failure.unwrap();
        assert!(is_storage(&failure), "round {round}: {failure:?}");
        let again = ledger.execute(credit("again"));
        assert!(matches!(again, Err(Error::Stopped(_))), "round {round}: {again:?}");
        drop(ledger);
        room.again("size=64m");
        let ledger = Ledger::open(room.path()).unwrap_or_else(|error| panic!("round {round}: {error}"));
        ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
        log.check(&ledger, &format!("round {round}"));
        sound(&ledger, &format!("round {round}"));
        ledger.close().unwrap();
        // Nothing can be written: neither this file nor a new one is opened, and nothing is left.
        room.again("ro");
        for path in [room.path(), room.path().with_file_name("new.redb")] {
            let error = Ledger::open(&path).unwrap_err();
            assert!(matches!(&error, Error::Failed(LayoutError::Store(StoreError::Io(_)))), "{error:?}");
        }
        room.again("rw");
        sound(&Ledger::open(room.path()).unwrap(), "writable again");
        run.case();
    }
    if skipped > 0 {
        println!("torture full_disk: {skipped} file systems could not be mounted");
        run.cases(skipped);
    }
    run.end("");
}

#[test]
fn creating_on_a_full_disk_leaves_nothing() {
    let run = Run::begin("full_disk_creating");
    for kib in (4..1_200).step_by(if cfg!(debug_assertions) { 300 } else { 52 }) {
        let Some(room) = Room::of(&format!("{kib}k")) else { break };
        match Ledger::open(room.path()) {
            Ok(ledger) => sound(&ledger, "created"),
            Err(error) => {
                assert!(is_storage(&error), "{kib} KiB: {error:?}");
                assert!(!room.path().exists(), "{kib} KiB");
                assert_eq!(std::fs::read_dir(room.0.path()).unwrap().count(), 0, "{kib} KiB");
            }
        }
        run.case();
    }
    run.cases(1);
    run.end("");
}

/// The largest file that a process may write has been reached: the signal is ignored, as servers do.
#[test]
fn limit_of_file_size_stops_the_ledger_and_loses_nothing() {
    let run = Run::begin("file_size_limit");
    let mut random = run.random();
    for round in 0..cases(10, 200) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.redb");
        // In blocks of 512 bytes, or of 1,024, as the shell has it.
        let blocks = 2_100 + random.below(4_000);
        let mut child = start(WORKER, &path, round, &format!("trap '' XFSZ; ulimit -f {blocks}; "));
        let pipe = child.stdout.take().unwrap();
        let log = Log::heard(child, String::new(), pipe);
        let story = format!("round {round}, {blocks} blocks: {:?}", log.others);
        assert!(!log.others.is_empty(), "{story}");
        assert!(
            log.others.iter().all(|line| line.contains("OutcomeUnknown(")
                || line.contains("Stopped(")
                || line.starts_with("refused Failed(")),
            "{story}"
        );
        if log.opened {
            let ledger = Ledger::open(&path).unwrap_or_else(|error| panic!("{story}: {error}"));
            ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
            log.check(&ledger, &story);
            sound(&ledger, &story);
        } else {
            assert!(!path.exists(), "{story}");
        }
        run.case();
    }
    run.end("");
}

/// Several processes want to create, or to open, the same file: one has it at a time, the others are told.
#[test]
fn one_process_at_a_time_has_the_file() {
    let run = Run::begin("processes_on_one_file");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    for round in 0..cases(12, 500) {
        if round % 4 == 0 {
            let _ = std::fs::remove_file(&path);
        }
        let mut children: Vec<_> = (0..4).map(|number| start(WORKER, &path, round * 10 + number, "")).collect();
        let mut pipes = Vec::new();
        for child in &mut children {
            let mut pipe = BufReader::new(child.stdout.take().unwrap());
            let mut heard = String::new();
            while !["opened\n", "refused"]
                .iter()
                .any(|word| heard.lines().last().unwrap_or("").starts_with(word.trim()))
                && pipe.read_line(&mut heard).unwrap() > 0
            {}
            pipes.push((heard, pipe));
        }
        let having = pipes.iter().filter(|(heard, _)| heard.contains("opened")).count();
        assert_eq!(having, 1, "round {round}: {:?}", pipes.iter().map(|(heard, _)| heard).collect::<Vec<_>>());
        // The one that has it is told to end.
        let mut logs = Vec::new();
        for (mut child, (heard, pipe)) in children.into_iter().zip(pipes) {
            drop(child.stdin.take());
            logs.push(Log::heard(child, heard, pipe));
        }
        let refused = logs.iter().flat_map(|log| &log.others).filter(|line| line.starts_with("refused"));
        let words = ["AlreadyOpen", "AlreadyExists"];
        for line in refused {
            assert!(words.iter().any(|word| line.contains(word)), "round {round}: {line}");
        }
        let ledger = Ledger::open(&path).unwrap();
        ledger.submit_batch(beginning(), Atomicity::Each).unwrap();
        for log in &logs {
            log.check(&ledger, &format!("round {round}"));
        }
        sound(&ledger, &format!("round {round}"));
        run.case();
    }
    run.end("");
}
