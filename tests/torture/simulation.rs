//! Whole lives of a ledger, each from a seed: several callers, a clock that jumps, a disk that fails and power that goes.
//!
//! One thread, no committer, and nothing left to chance: the same seed gives the same life, operation by operation of
//! the disk. Callers give commands of every kind in every way, send them twice and in another order, ask again when they
//! do not know what became of them, wait, poll, forget. Every answer is the naive ledger's. Whenever the ledger is opened
//! again, nothing that was acknowledged is lost, and what was under way is there whole or not at all; what a caller
//! was told of an entry stays true for ever.
//!
//! `PACIOLI_TORTURE_LIFE=7` lives the one life of that seed; a failing one prints its seed.

mod callers;
mod trouble;

use std::collections::BTreeMap;
use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use pacioli::prelude::*;
use pacioli::store::CommitMode;
use pacioli::store::faults::SimDisk;
use pacioli::{Command, Posting, Stage};

use self::callers::{Asked, Bell, Caller, Decided, Slip, Told, Waiting, Way};
use self::trouble::Trouble;
use super::model::drive::{Engine, Pair, plain};
use super::model::naive::{Answer, Ask, Judged, Naive};
use super::random::Random;
use super::tier::{Run, Watch, cases, hide_panics_of_redb};
use super::workload::verified;

/// Lives in which a bug was found once: they are lived in every run.
const FOUND_ONCE: [u64; 1] = [
    // A key whose first change gave no personal texts, given again with some.
    13_535_490_275_702_048_272,
];

/// How many commands are given in a life.
const COMMANDS: u64 = 500;

/// How long a life may take to give them: every step does something, but not all give a command.
const STEPS_MAX: usize = 20 * COMMANDS as usize;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Why the body of a transaction ends without a commit.
#[derive(Debug)]
enum Ended {
    GivenUp,
    Failed(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What became of a life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Lived {
    /// Of everything that was done and answered, of the disk's operations and of the journal.
    digest: u64,
    commands: u64,
    entries: u64,
    restarts: u64,
    cuts: u64,
    failures: u64,
    unknown: u64,
    repeated: u64,
}

struct Life {
    seed: u64,
    pair: Pair,
    random: Random,
    callers: Vec<Caller>,
    disk: SimDisk,
    mode: CommitMode,
    /// What is planned for the disk, and the ledger as it was when all of it was known to be durable.
    trouble: Option<(Trouble, Naive)>,
    /// A call has failed: nothing is accepted until the ledger is opened again.
    stopped: bool,
    /// The last entry that somebody was told of.
    acknowledged: u64,
    /// The first entry of which somebody was told that it was not written, since the ledger was opened.
    denied: Option<u64>,
    /// The entry of each key that was acknowledged.
    told: BTreeMap<(Option<ClientId>, Box<str>), Sequence>,
    trace: DefaultHasher,
    lived: Lived,
}

impl Life {
    fn begin(seed: u64) -> Self {
        let mut random = Random::seeded(!seed);
        let disk = SimDisk::new();
        let mode = random.one(&[CommitMode::OnePhase, CommitMode::QuickRepair]).expect("there are two");
        let pair = Pair::new(seed, Engine::Reproducible(disk.clone(), seed, mode));
        let callers = (0..4 + random.below(9)).map(|_| Caller::default()).collect();
        Self {
            seed,
            pair,
            random,
            callers,
            disk,
            mode,
            trouble: None,
            stopped: false,
            acknowledged: 0,
            denied: None,
            told: BTreeMap::new(),
            trace: DefaultHasher::new(),
            lived: Lived::default(),
        }
    }

    fn live(mut self) -> Lived {
        for step in 0..STEPS_MAX {
            if self.lived.commands >= COMMANDS {
                break;
            }
            self.step();
            (step, self.disk.operations(), self.pair.model.entries.len()).hash(&mut self.trace);
        }
        self.end_trouble();
        self.look_closely();
        self.open_again();
        self.look_closely();
        self.compare_journals(0);
        let head = self.prove();
        (head, self.disk.operations()).hash(&mut self.trace);
        let (digest, entries) = (self.trace.finish(), self.pair.model.entries.len() as u64);
        Lived { digest, entries, ..self.lived }
    }

    /// One thing happens, to whoever it is.
    fn step(&mut self) {
        if self.stopped && self.random.percent(25) {
            return self.open_again();
        }
        let caller = self.random.index(self.callers.len());
        match self.random.weighted(&[300, 420, 130, 30, 15, 70, 12, 12, 6, 5, 30]) {
            0 => self.send(caller),
            1 => self.arrive(caller),
            2 => self.hear(caller),
            3 => {
                let Self { callers, random, lived, .. } = self;
                callers[caller].repeat(random);
                lived.repeated += 1;
            }
            4 => drop(self.callers[caller].arriving(&mut self.random)),
            5 => self.move_clock(),
            6 => self.settle_due(),
            7 => self.plan_trouble(),
            8 => self.open_again(),
            9 => self.look_closely(),
            _ => self.read(),
        }
    }

    fn note(&mut self, line: String) {
        self.pair.note(line);
    }

    fn fail(&self, difference: &str) -> ! {
        self.pair.disagree(&format!("in the life PACIOLI_TORTURE_LIFE={}: {difference}", self.seed))
    }

    fn ledger(&self) -> Ledger {
        self.pair.ledger()
    }

    /// Time stands still, goes on, jumps, or runs backwards.
    fn move_clock(&mut self) {
        let step = match self.random.below(12) {
            0 | 1 => 0,
            2 => -1,
            3 => -(self.random.below(90) as i64) * SECOND,
            4 => -DAY,
            5 => 3_600 * SECOND,
            6 => DAY,
            7 if self.random.percent(20) => (self.random.below(800) as i64 - 400) * DAY,
            _ => self.random.below(5_000_000) as i64,
        };
        self.pair.set_clock(Timestamp(self.pair.now.0 + step));
    }
}

/// What callers do.
impl Life {
    fn send(&mut self, caller: usize) {
        if let Some(asked) = self.callers[caller].unsure.pop() {
            // It does not know what became of it, so it asks again under the same keys.
            self.callers[caller].send(asked);
            return;
        }
        if self.callers[caller].sent.len() >= 4 {
            return;
        }
        let (way, count) = Way::any(&mut self.random);
        let asks = (0..count).map(|_| self.pair.world.ask(&self.pair.model, self.pair.now)).collect();
        self.callers[caller].send(Asked { asks, way });
    }

    fn arrive(&mut self, caller: usize) {
        let Some(asked) = self.callers[caller].arriving(&mut self.random) else { return };
        match asked.way {
            Way::Execute => {
                let got = self.ledger().execute(asked.asks[0].command.clone());
                self.at_once(caller, asked, one(got));
            }
            Way::Batch(atomicity) => {
                let got = self.ledger().submit_batch(commands(&asked), atomicity);
                self.at_once(caller, asked, got);
            }
            Way::Submit => {
                let slip = self.ledger().submit(asked.asks[0].command.clone()).map(Slip::One);
                self.later(caller, asked, slip);
            }
            Way::Enqueue(atomicity) => {
                let slip = self.ledger().enqueue(commands(&asked), atomicity).map(Slip::Batch);
                self.later(caller, asked, slip);
            }
            Way::Transaction | Way::GiveUp | Way::Simulate => self.transaction(caller, asked),
        }
    }

    /// What the naive ledger says of these commands now.
    fn judge(&mut self, asked: &Asked) -> Vec<Judged<Answer>> {
        match asked.way {
            Way::Batch(Atomicity::All) | Way::Enqueue(Atomicity::All) => self.pair.all_or_none(&asked.asks),
            _ => asked.asks.iter().map(|ask| self.pair.model.give(ask, self.pair.now)).collect(),
        }
    }

    /// Commands that are answered when they are durable.
    fn at_once(&mut self, caller: usize, asked: Asked, got: Told) {
        match got {
            Ok(results) => {
                let expected = self.judge(&asked);
                self.answered(caller, asked, &expected, results);
                self.all_is_durable();
            }
            Err(error) => {
                if matches!(error, Error::OutcomeUnknown(_)) {
                    self.judge(&asked);
                }
                self.failed(caller, asked, &error);
            }
        }
    }

    /// Commands that are decided, and answered when somebody waits.
    fn later(&mut self, caller: usize, asked: Asked, slip: Result<Slip, Error>) {
        match slip {
            Ok(slip) => {
                if self.stopped {
                    self.fail("something was accepted after a failure");
                }
                let expected = self.judge(&asked);
                let decided = Decided { asked, expected };
                self.callers[caller].waiting.push(Waiting { decided, slip, bell: None });
            }
            Err(error) => self.failed(caller, asked, &error),
        }
    }

    /// Commands that see each other, and are kept or taken back together.
    fn transaction(&mut self, caller: usize, asked: Asked) {
        let (ledger, before) = (self.ledger(), self.pair.model.clone());
        let (pair, mut entered) = (&mut self.pair, false);
        let (mut expected, mut results) = (Vec::new(), Vec::new());
        let body = |transaction: &mut pacioli::Transaction<'_>| {
            entered = true;
            for ask in &asked.asks {
                results.push(match transaction.execute(ask.command.clone()) {
                    Ok(receipt) => Ok(receipt),
                    Err(Error::Rejected(rejection)) => Err(rejection),
                    Err(error) => return Err(Ended::Failed(error)),
                });
                expected.push(pair.model.give(ask, pair.now));
            }
            if asked.way == Way::GiveUp { Err(Ended::GivenUp) } else { Ok(()) }
        };
        let ended = match asked.way {
            Way::Simulate => ledger.simulate(body),
            _ => ledger.transaction(body),
        };
        let unknown = matches!(ended, Err(Ended::Failed(Error::OutcomeUnknown(_))));
        let kept = match &ended {
            Ok(()) => asked.way == Way::Transaction,
            Err(_) => entered && unknown,
        };
        if let (true, Some((_, durable))) = (entered, &mut self.trouble) {
            // Nobody is let in before all that was decided earlier is durable.
            *durable = before.clone();
        }
        if !kept {
            self.pair.model = before;
        }
        match ended {
            Ok(()) | Err(Ended::GivenUp) => {
                self.answered(caller, asked, &expected, results);
                self.all_is_durable();
            }
            Err(Ended::Failed(error)) => self.failed(caller, asked, &error),
        }
    }

    fn answered(
        &mut self,
        caller: usize,
        asked: Asked,
        expected: &[Judged<Answer>],
        results: Vec<Result<Receipt, Rejection>>,
    ) {
        if results.len() != asked.asks.len() {
            self.fail("there is not one result for each command");
        }
        for ((ask, expected), got) in asked.asks.iter().zip(expected).zip(&results) {
            self.compare(asked.way, ask, expected, got);
            if let (Ok(receipt), true) = (got, asked.way.lasts()) {
                self.acknowledge(receipt);
            }
        }
        // The answer is lost on its way back: the caller knows no more than before.
        if asked.way.lasts() && self.random.percent(4) {
            self.callers[caller].unsure.push(asked);
        }
    }

    fn compare(&mut self, way: Way, ask: &Ask, expected: &Judged<Answer>, got: &Result<Receipt, Rejection>) {
        self.lived.commands += 1;
        let code = got.as_ref().map_or_else(Rejection::code, |_| 0);
        let place = got
            .as_ref()
            .map_or((0, 0, false), |receipt| (receipt.sequence().0, receipt.recorded_at().0, receipt.is_replayed()));
        (code, place).hash(&mut self.trace);
        self.pair.compare(&format!("{way:?}"), ask, expected, got);
    }

    /// A receipt is a promise: whoever asks for the same again hears of the same entry.
    fn acknowledge(&mut self, receipt: &Receipt) {
        self.acknowledged = self.acknowledged.max(receipt.sequence().0);
        let entry = receipt.entry();
        if let Some(key) = &entry.key {
            let first = *self.told.entry((entry.client, key.clone())).or_insert(entry.sequence);
            if first != entry.sequence {
                self.fail(&format!(
                    "key {key:?} of {:?} was entry {first}, and now is {}",
                    entry.client, entry.sequence
                ));
            }
        }
    }

    /// A call has failed: that must have been planned, and from here on nothing is accepted.
    fn failed(&mut self, caller: usize, asked: Asked, error: &Error) {
        self.note(format!("{:?} of {} commands failed: {error}", asked.way, asked.asks.len()));
        if self.trouble.is_none() {
            self.fail(&format!("nothing is wrong with the disk, and yet: {error}"));
        }
        let kind = match error {
            Error::OutcomeUnknown(_) => 1_u8,
            Error::Stopped(_) => 2,
            Error::Failed(_) => 3,
            error => self.fail(&format!("a failing disk is no reason to say: {error}")),
        };
        kind.hash(&mut self.trace);
        self.lived.unknown += u64::from(kind == 1);
        self.stopped = true;
        if asked.way.lasts() && self.random.percent(80) {
            self.callers[caller].unsure.push(asked);
        }
    }

    /// Somebody waits for a slip, looks whether it is done, or throws it away.
    fn hear(&mut self, caller: usize) {
        let Some(mut waiting) = self.callers[caller].one_who_waits(&mut self.random) else { return };
        match self.random.below(10) {
            0 => {}
            1..=4 => match self.poll(&mut waiting) {
                Poll::Ready(got) => self.heard(caller, waiting.decided, got),
                Poll::Pending => self.callers[caller].waiting.push(waiting),
            },
            _ => self.heard(caller, waiting.decided, wait(waiting.slip)),
        }
    }

    fn poll(&mut self, waiting: &mut Waiting) -> Poll<Told> {
        let before = waiting.bell.take();
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut context = Context::from_waker(&waker);
        let got = match &mut waiting.slip {
            Slip::One(ticket) => Pin::new(ticket).poll(&mut context).map(one),
            Slip::Batch(ticket) => Pin::new(ticket).poll(&mut context),
        };
        match (&got, before) {
            (Poll::Ready(_), Some(before)) if !before.rang() => self.fail("it is done, and nobody was woken"),
            (Poll::Pending, _) => waiting.bell = Some(bell),
            _ => {}
        }
        got
    }

    /// What was decided earlier is answered now.
    fn heard(&mut self, caller: usize, decided: Decided, got: Told) {
        match got {
            Ok(results) => {
                let Decided { asked, expected } = decided;
                self.answered(caller, asked, &expected, results);
                self.see_what_is_durable();
            }
            Err(error) => {
                if let (Error::Stopped(_), Some(first)) = (&error, decided.first_new()) {
                    // It was told that nothing of it was written.
                    self.denied = Some(self.denied.map_or(first, |denied| denied.min(first)));
                }
                self.failed(caller, decided.asked, &error);
            }
        }
    }
}

/// What is durable, and what is left after a failure.
impl Life {
    /// Whoever is answered at once has waited for everything that was decided before.
    fn all_is_durable(&mut self) {
        let (durable, decided) = (self.ledger().view().expect("it is open").sequence(), self.pair.last());
        if durable != decided {
            self.fail(&format!("it ends at {durable}, decided is {decided}, and somebody was answered"));
        }
        self.see_what_is_durable();
    }

    /// Keeps what must be there whatever happens to the disk.
    fn see_what_is_durable(&mut self) {
        let Some((_, durable)) = &mut self.trouble else { return };
        let seen = self.pair.ledger().view().expect("it is open").sequence();
        if seen == self.pair.last() && durable.entries.len() < self.pair.model.entries.len() {
            *durable = self.pair.model.clone();
        }
    }

    fn plan_trouble(&mut self) {
        if self.stopped || self.trouble.is_some() {
            return;
        }
        self.come_to_rest();
        let trouble = Trouble::any(&mut self.random);
        let soon = self.random.one(&[1, 30, 300]).expect("there are three");
        let after = self.random.below(soon);
        self.note(format!("{trouble:?} in {after} operations"));
        trouble.plan(&self.disk, after);
        self.trouble = Some((trouble, self.pair.model.clone()));
    }

    /// Has everything committed that was decided.
    fn come_to_rest(&mut self) {
        self.ledger().simulate(|_| Ok::<_, Error>(())).expect("nothing is wrong");
        self.all_is_durable();
    }

    /// The process ends, and whoever waits has been told or not.
    fn let_go(&mut self) {
        for caller in 0..self.callers.len() {
            for waiting in std::mem::take(&mut self.callers[caller].waiting) {
                if self.random.percent(50) {
                    self.heard(caller, waiting.decided, wait(waiting.slip));
                } else if self.random.percent(80) {
                    self.callers[caller].unsure.push(waiting.decided.asked);
                }
            }
        }
    }

    fn end_trouble(&mut self) {
        if self.stopped || self.trouble.is_some() {
            self.open_again();
        }
    }

    /// Ends the process, and opens the ledger from what the disk has kept.
    fn open_again(&mut self) {
        self.let_go();
        self.lived.restarts += 1;
        let close = self.random.percent(50);
        let planned = self.trouble.take();
        let ledger = self.pair.ledger.take().expect("the ledger is open");
        let closed = if close {
            ledger.close()
        } else {
            drop(ledger);
            Ok(())
        };
        if let (Err(error), None) = (&closed, &planned) {
            self.fail(&format!("closing failed: {error}"));
        }
        let (trouble, durable) =
            planned.map_or_else(|| (None, self.pair.model.clone()), |(trouble, durable)| (Some(trouble), durable));
        match trouble {
            Some(Trouble::Power) => self.lived.cuts += 1,
            Some(Trouble::Failure(..)) => self.lived.failures += 1,
            None => {}
        }
        let (disk, keep) = trouble::disk_after(trouble, &self.disk, &mut self.random);
        self.note(format!("opened again after {trouble:?}, closed {close}, kept {keep:?}"));
        self.open_on(disk);
        self.found(durable);
    }

    /// Opens the ledger on a disk that may fail even then.
    fn open_on(&mut self, mut disk: SimDisk) {
        if self.random.percent(20) {
            self.mode = if self.mode == CommitMode::OnePhase { CommitMode::QuickRepair } else { CommitMode::OnePhase };
        }
        for attempt in 0.. {
            let trouble = (attempt < 3 && self.random.percent(25)).then(|| Trouble::any(&mut self.random));
            let at = disk.operations() + self.random.below(100);
            if let Some(trouble) = trouble {
                trouble.plan_at(&disk, at);
            }
            self.pair.engine = Engine::Reproducible(disk.clone(), self.seed, self.mode);
            let opened = self.pair.engine.try_open(&self.pair.clock, &self.pair.nonces);
            disk.operations().hash(&mut self.trace);
            let befallen = trouble.filter(|trouble| trouble.has_befallen(&disk, at));
            match opened {
                Ok(ledger) if befallen.is_none() => {
                    disk.heal();
                    (self.disk, self.pair.ledger) = (disk, Some(ledger));
                    return;
                }
                Err(error) if befallen.is_none() => self.fail(&format!("it cannot be opened again: {error}")),
                Ok(ledger) => drop(ledger),
                Err(Error::Failed(_)) => {}
                Err(error) => self.fail(&format!("a failing disk is no reason to say: {error}")),
            }
            let keep;
            (disk, keep) = trouble::disk_after(befallen, &disk, &mut self.random);
            self.note(format!("{befallen:?} while opening, kept {keep:?}"));
        }
    }

    /// What is there again: all that was decided, or all but what was under way.
    fn found(&mut self, durable: Naive) {
        let found = self.ledger().view().expect("it is open").sequence().0;
        found.hash(&mut self.trace);
        if found != self.pair.last().0 {
            self.pair.model = durable;
            self.pair.model.nonce = self.pair.nonces.now();
        }
        if found != self.pair.last().0 {
            self.fail(&format!("found entry {found}, and only entry {} was durable", self.pair.last()));
        }
        if found < self.acknowledged {
            self.fail(&format!("found entry {found}, and entry {} was acknowledged", self.acknowledged));
        }
        if self.denied.take().is_some_and(|denied| found >= denied) {
            self.fail("an entry is there of which somebody was told that it was not written");
        }
        self.stopped = false;
        self.compare_journals(found.saturating_sub(40));
    }
}

/// Looking.
impl Life {
    fn is_well(&self) -> bool {
        !self.stopped && self.trouble.is_none()
    }

    /// What is due is settled, in the order of time.
    fn settle_due(&mut self) {
        if self.is_well() {
            self.come_to_rest();
            self.pair.settle_due();
            self.all_is_durable();
        }
    }

    /// Everything that the ledger shows is what the naive ledger says, and is proved by the journal.
    fn look_closely(&mut self) {
        if self.is_well() {
            self.come_to_rest();
            self.pair.look_at_everything();
            self.prove();
        }
    }

    fn prove(&self) -> String {
        let ledger = self.ledger();
        let proved = verified(&ledger).expect("the ledger can be read");
        if let Some(finding) = proved.finding {
            self.fail(&format!("{finding:?}"));
        }
        let view = ledger.view().expect("it is open");
        for book in &self.pair.model.books {
            match view.trial_balance(book.id) {
                Ok(balance) if balance.is_balanced() => {}
                // The sums of accounts near the greatest amount are beyond it.
                Err(Error::Money(_)) => {}
                other => self.fail(&format!("{other:?}")),
            }
        }
        format!("{:?}", proved.head)
    }

    /// A reader sees what was acknowledged and nothing that was not decided; what it has seen is never lost.
    fn read(&mut self) {
        let view = self.ledger().view().expect("it is open");
        let seen = view.sequence();
        if seen.0 < self.acknowledged || seen > self.pair.last() {
            self.fail(&format!("a reader sees entry {seen}; acknowledged is {}", self.acknowledged));
        }
        self.acknowledged = seen.0;
        let Some(account) = self.random.one(&self.pair.model.accounts) else { return };
        let sign = |posting: &Posting| if posting.side == account.normal_side { 1 } else { -1 };
        let moves = |posting: &Posting| !matches!(posting.stage, Stage::Held | Stage::Released);
        let postings = self.pair.model.postings(account.id).filter(|(entry, posting)| *entry <= seen && moves(posting));
        let expected: i128 = postings.map(|(_, posting)| sign(posting) * posting.amount.signed()).sum();
        match view.balance(account.id) {
            Ok(balance) if balance.current.minor() == expected => {}
            Err(Error::Rejected(Rejection::AccountNotFound { .. })) if account.opened_in > seen => {}
            Err(Error::Failed(_)) if !self.is_well() => self.lived.failures += 1,
            other => self.fail(&format!("account {} has {expected} as of {seen}, and {other:?}", account.id)),
        }
    }

    /// The journal after an entry, line for line.
    fn compare_journals(&self, after: u64) {
        let view = self.ledger().view().expect("it is open");
        let mut after = Sequence(after);
        let model = &self.pair.model.entries;
        loop {
            let page = view.entries(Some(after), 500).expect("the journal can be read");
            for entry in page.items {
                let expected = &model[entry.sequence.0 as usize - 1];
                if plain(entry.clone()) != **expected {
                    self.fail(&format!("expected {expected:#?}\n\ngot {entry:#?}"));
                }
                after = entry.sequence;
            }
            if after.0 == model.len() as u64 {
                return;
            }
        }
    }
}

fn one(got: Result<Receipt, Error>) -> Told {
    match got {
        Ok(receipt) => Ok(vec![Ok(receipt)]),
        Err(Error::Rejected(rejection)) => Ok(vec![Err(rejection)]),
        Err(error) => Err(error),
    }
}

fn wait(slip: Slip) -> Told {
    match slip {
        Slip::One(ticket) => one(ticket.wait()),
        Slip::Batch(ticket) => ticket.wait(),
    }
}

fn commands(asked: &Asked) -> Vec<Command> {
    asked.asks.iter().map(|ask| ask.command.clone()).collect()
}

/// The life of a seed, which ends the test if something is wrong with it.
fn life(seed: u64) -> Lived {
    Life::begin(seed).live()
}

/// Lives these lives, on as many threads as there are processors; says what they were together.
fn lives(run: &Run, watch: &Watch, seeds: &[u64]) -> Lived {
    let (next, threads) = (AtomicU64::new(0), std::thread::available_parallelism().map_or(1, usize::from));
    let sum = Mutex::new(Lived::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    watch.case(|| format!("the life PACIOLI_TORTURE_LIFE={seed}"));
                    let lived = life(*seed);
                    sum.lock().expect("nothing panics in here").add(&lived);
                    run.case();
                }
            });
        }
    });
    sum.into_inner().expect("nothing panics in there")
}

impl Lived {
    fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.entries += other.entries;
        self.restarts += other.restarts;
        self.cuts += other.cuts;
        self.failures += other.failures;
        self.unknown += other.unknown;
        self.repeated += other.repeated;
    }
}

#[test]
fn lives_by_chance_lose_nothing_and_answer_as_the_naive_ledger_does() {
    let run = Run::begin("simulation");
    hide_panics_of_redb();
    let watch = Watch::begin();
    let mut random = run.random();
    let seeds = match std::env::var("PACIOLI_TORTURE_LIFE") {
        Ok(seed) => vec![seed.parse().expect("PACIOLI_TORTURE_LIFE is a whole number")],
        Err(_) => (0..cases(600, 200_000)).map(|_| random.next()).collect(),
    };
    let Lived { commands, entries, restarts, cuts, failures, unknown, repeated, .. } = lives(&run, &watch, &seeds);
    run.end(&format!(
        "commands={commands} entries={entries} repeated={repeated} restarts={restarts} power_cuts={cuts} \
         failures={failures} unknown={unknown}"
    ));
}

#[test]
fn lives_in_which_something_was_found_once_go_well() {
    let run = Run::begin("simulation_found_once");
    hide_panics_of_redb();
    lives(&run, &Watch::begin(), &FOUND_ONCE);
    run.cases(1);
    run.end("");
}

#[test]
fn same_seed_is_the_same_life() {
    let run = Run::begin("simulation_twice");
    hide_panics_of_redb();
    let mut random = run.random();
    for _ in 0..cases(4, 1_000) {
        let seed = random.next();
        let (first, second) = (life(seed), life(seed));
        assert_eq!(first, second, "two lives of the seed {seed}");
        assert_ne!(first.digest, life(seed + 1).digest);
        run.case();
    }
    run.end("");
}
