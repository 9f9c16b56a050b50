//! Gives the same commands to a ledger and to the naive one, in every way there is to give them, and compares.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "faults")]
use pacioli::store::CommitMode;
use pacioli::store::MemoryStore;
#[cfg(feature = "faults")]
use pacioli::store::faults::{Keep, SimDisk};
use pacioli::{
    Account, AccountFilter, AccountId, Atomicity, Balance, Client, Command, Commitment, Committed, Entry, Error, Event,
    Ledger, Listing, ManualClock, PartyEvent, PayoutEvent, Receipt, Rejection, Sequence, Stage, Timestamp, Transaction,
    View,
};

use super::commands::World;
use super::forks::forked;
use super::limits::Counted;
use super::naive::{Answer, Ask, Judged, Naive};
use super::random::Random;
use super::records::generated_code;
use super::tally::Tally;
use super::{holds, payouts, shown};

/// How many commands are shown when the two disagree.
const SHOWN: usize = 20;

/// In worlds of more commands than this, some accounts have long histories from the start.
const LONG: usize = 1_000;

/// Where the ledger is kept.
#[derive(Debug)]
pub enum Engine {
    Memory,
    /// In memory, where it can be opened again.
    // For the histories that shrink, of which the other tests know nothing.
    #[allow(dead_code)]
    Store(MemoryStore),
    File(PathBuf),
    /// A disk whose power is cut now and then.
    #[cfg(feature = "faults")]
    Disk(SimDisk),
    /// Such a disk, under a ledger that leaves nothing to chance: its seed, and how it commits.
    // For the simulation, of which the other tests know nothing.
    #[cfg(feature = "faults")]
    #[allow(dead_code)]
    Reproducible(SimDisk, u64, CommitMode),
}

impl Engine {
    pub fn open(&self, clock: &Arc<ManualClock>, nonces: &Nonces) -> Ledger {
        self.try_open(clock, nonces).expect("the ledger opens")
    }

    pub fn try_open(&self, clock: &Arc<ManualClock>, nonces: &Nonces) -> Result<Ledger, Error> {
        let (clock, nonces) = (Arc::clone(clock), nonces.clone());
        let builder = Ledger::builder().clock(clock).codes(generated_code).nonces(move || nonces.now()).memory(8 << 20);
        match self {
            Self::Memory => builder.in_memory(),
            Self::Store(store) => builder.over(Arc::new(store.clone())),
            Self::File(path) => builder.open(path),
            #[cfg(feature = "faults")]
            Self::Disk(disk) => builder.tight().on_backend(disk.clone()),
            #[cfg(feature = "faults")]
            Self::Reproducible(disk, seed, mode) => {
                builder.tight().reproducible(*seed).commit_mode(*mode).on_backend(disk.clone())
            }
        }
    }

    #[cfg(feature = "faults")]
    fn is_reproducible(&self) -> bool {
        matches!(self, Self::Reproducible(..))
    }

    #[cfg(not(feature = "faults"))]
    fn is_reproducible(&self) -> bool {
        false
    }

    fn lasts(&self) -> bool {
        !matches!(self, Self::Memory)
    }

    fn name(&self) -> String {
        match self {
            Self::Memory | Self::Store(_) => "in memory".to_owned(),
            Self::File(path) => format!("in {}", path.display()),
            #[cfg(feature = "faults")]
            Self::Disk(_) => "on a disk whose power is cut".to_owned(),
            #[cfg(feature = "faults")]
            Self::Reproducible(..) => "on a simulated disk".to_owned(),
        }
    }
}

/// Where ledgers take their nonces from: like the time, one for all that happens until it is moved on.
#[derive(Clone, Debug, Default)]
pub struct Nonces(Arc<AtomicU64>);

impl Nonces {
    pub fn now(&self) -> [u8; 16] {
        let number = self.0.load(Ordering::SeqCst);
        (u128::from(number) << 64 | u128::from(!number)).to_be_bytes()
    }

    pub fn move_on(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A ledger and its model, side by side.
#[derive(Debug)]
pub struct Pair {
    seed: u64,
    pub engine: Engine,
    pub clock: Arc<ManualClock>,
    pub nonces: Nonces,
    pub now: Timestamp,
    pub ledger: Option<Ledger>,
    pub model: Naive,
    pub world: World,
    /// How often to look at everything, of a hundred steps.
    look: u64,
    given: usize,
    shown: VecDeque<String>,
    /// What became of commands, by what they were.
    pub tally: Tally,
}

/// Why a transaction is given up.
#[derive(Debug)]
struct GivenUp;

impl From<Error> for GivenUp {
    fn from(error: Error) -> Self {
        panic!("a transaction failed: {error}")
    }
}

impl Pair {
    pub fn new(seed: u64, engine: Engine) -> Self {
        let now = Timestamp(1_790_000_000_000_000_000);
        let clock = Arc::new(ManualClock::at(now));
        let nonces = Nonces::default();
        let ledger = engine.open(&clock, &nonces);
        let world = World::new(Random::seeded(seed));
        let look = if matches!(engine, Engine::Memory) { 2 } else { 1 };
        let model = Naive { identity: ledger.identity(), nonce: nonces.now(), ..Naive::default() };
        let (ledger, shown, tally) = (Some(ledger), VecDeque::new(), Tally::default());
        let mut pair = Self { seed, engine, clock, nonces, now, ledger, model, world, look, given: 0, shown, tally };
        let asks = pair.world.beginning();
        if pair.engine.is_reproducible() {
            pair.give_batch(asks, Atomicity::Each);
        } else {
            asks.iter().for_each(|ask| pair.execute(ask));
        }
        pair
    }

    /// Gives about so many random commands.
    pub fn run(mut self, commands: usize) -> Tally {
        if commands > LONG {
            self.long_history();
        }
        while self.given < commands {
            self.step();
        }
        self.look_at_everything();
        self.fork();
        self.look_at_everything();
        self.reopen(true);
        self.tally
    }

    /// Goes on with a fork of the ledger where nothing but memory keeps it, as if it were the same.
    fn fork(&mut self) {
        self.note("fork".to_owned());
        let fork = forked(&self.ledger(), &mut self.world.random);
        if matches!(self.engine, Engine::Memory) {
            // What was signed for one ledger does not count in the other.
            self.model.identity = fork.identity();
            self.ledger = Some(fork);
        }
    }

    /// So many movements of one account that the links between its postings leap twice.
    fn long_history(&mut self) {
        for _ in 0..18 {
            let asks = (0..30).map(|_| self.world.plain_credit()).collect();
            self.give_batch(asks, Atomicity::Each);
        }
    }

    fn step(&mut self) {
        self.move_clock();
        match self.world.random.weighted(&[50, 10, 10, 8, 5, 3, 4, 1, 6]) {
            0 => {
                let ask = self.ask();
                self.execute(&ask);
            }
            1 => self.submit(),
            2 => self.batch(Atomicity::Each),
            3 => self.batch(Atomicity::All),
            4 => self.transaction(Ending::Commit),
            5 => self.transaction(Ending::GiveUp),
            6 => self.transaction(Ending::Simulate),
            8 => self.settle_due(),
            _ => self.transaction(Ending::Panic),
        }
        if self.world.random.percent(self.look) {
            self.look_at_everything();
        }
        if self.engine.lasts() && self.world.random.percent(2) {
            let close = self.world.random.percent(50);
            self.reopen(close);
        }
        #[cfg(feature = "faults")]
        if self.world.random.percent(3) {
            self.cut_power();
        }
        if self.world.random.below(1_000) < 3 {
            self.fork();
        }
    }

    /// Time stands still, goes on, or runs backwards.
    fn move_clock(&mut self) {
        match self.world.random.below(10) {
            0..=3 => {}
            4 => self.now.0 -= self.world.random.below(1_000) as i64,
            5 => self.now.0 += 3_600_000_000_000,
            _ => self.now.0 += self.world.random.below(1_000_000) as i64,
        }
        self.set_clock(self.now);
    }

    /// The time and the nonce of what comes next.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.now = now;
        self.clock.set(now);
        self.nonces.move_on();
        self.model.nonce = self.nonces.now();
    }

    fn ask(&mut self) -> Ask {
        self.world.ask(&self.model, self.now)
    }

    fn asks(&mut self, fewer_than: u64) -> Vec<Ask> {
        (0..self.world.random.below(fewer_than)).map(|_| self.ask()).collect()
    }

    pub fn ledger(&self) -> Ledger {
        self.ledger.clone().expect("the ledger is open")
    }
}

/// The ways to give commands.
impl Pair {
    pub fn execute(&mut self, ask: &Ask) {
        let expected = self.model.give(ask, self.now);
        let got = self.ledger().execute(ask.command.clone());
        self.compare("execute", ask, &expected, &judged(got));
    }

    /// Several at once, waited for in another order, and some not at all.
    fn submit(&mut self) {
        let ledger = self.ledger();
        let mut tickets = Vec::new();
        for ask in self.asks(10) {
            let expected = self.model.give(&ask, self.now);
            let ticket = ledger.submit(ask.command.clone()).expect("the ledger accepts");
            tickets.push((ask, expected, ticket));
        }
        while !tickets.is_empty() {
            let next = self.world.random.below(tickets.len() as u64) as usize;
            let (ask, expected, ticket) = tickets.swap_remove(next);
            if self.world.random.percent(10) {
                drop(ticket);
            } else {
                self.compare("submit", &ask, &expected, &judged(ticket.wait()));
            }
        }
    }

    fn batch(&mut self, atomicity: Atomicity) {
        // Of many commands one is refused, and with it all.
        let few = matches!(atomicity, Atomicity::All) && self.world.random.percent(80);
        let asks = self.asks(if few { 4 } else { 10 });
        self.give_batch(asks, atomicity);
    }

    pub fn give_batch(&mut self, asks: Vec<Ask>, atomicity: Atomicity) {
        let expected = match atomicity {
            Atomicity::Each => asks.iter().map(|ask| self.model.give(ask, self.now)).collect(),
            Atomicity::All => self.all_or_none(&asks),
        };
        let commands: Vec<Command> = asks.iter().map(|ask| ask.command.clone()).collect();
        let got = if self.world.random.percent(70) {
            self.ledger().submit_batch(commands, atomicity)
        } else {
            self.ledger().enqueue(commands, atomicity).and_then(pacioli::BatchTicket::wait)
        };
        let got = got.expect("the batch is carried out");
        assert_eq!(got.len(), asks.len(), "one result for each command; seed {}", self.seed);
        for ((ask, expected), got) in asks.iter().zip(&expected).zip(&got) {
            self.compare(&format!("batch {atomicity:?}"), ask, expected, got);
        }
    }

    pub fn all_or_none(&mut self, asks: &[Ask]) -> Vec<Judged<Answer>> {
        let mut model = self.model.clone();
        let mut answers = Vec::new();
        for (at, ask) in asks.iter().enumerate() {
            match model.give(ask, self.now) {
                Ok(answer) => answers.push(Ok(answer)),
                Err(rejection) => {
                    let mut refused = vec![Err(Rejection::BatchRefused { at }); asks.len()];
                    refused[at] = Err(rejection);
                    return refused;
                }
            }
        }
        self.model = model;
        answers
    }

    /// Settles what is due, in the order of time; what is refused stays due.
    pub fn settle_due(&mut self) {
        let at = match self.world.random.below(6) {
            0 => Timestamp(self.now.0 + 1 + self.world.random.below(3) as i64),
            1 => Timestamp(self.now.0 - self.world.random.below(3_600_000_000_000) as i64),
            _ => self.now,
        };
        let limit = self.world.random.one(&[0, 1, 1, 2, 5, 100]).unwrap();
        let last = self.model.entries.last().map_or(self.now, |last| last.recorded_at);
        let latest = last.max(self.now);
        let (mut expected, mut after) = (Vec::new(), None);
        while at <= latest
            && expected.len() < limit
            && let Some((place, command)) = holds::due(&self.model.entries, at, after)
        {
            after = Some(place);
            let ask = Ask::of(command);
            if let Ok(answer) = self.model.give(&ask, self.now) {
                expected.push((ask, Ok(answer)));
            }
        }
        let got = self.ledger().settle_due(at, limit);
        if at > latest {
            let no = got.as_ref().err().and_then(Error::rejection);
            if no != Some(&Rejection::FutureEffectiveTime { effective_at: at, latest }) {
                self.disagree(&format!("settling what is due at {at}, later than {latest}: {got:#?}"));
            }
            return;
        }
        let got = got.expect("what is due is settled");
        self.note(format!("what is due at {at}, at most {limit}: {}", expected.len()));
        if got.len() != expected.len() {
            self.disagree(&format!("expected {expected:#?}\n\ngot {got:#?}"));
        }
        for ((ask, expected), receipt) in expected.iter().zip(got) {
            self.compare("what is due", ask, expected, &Ok(receipt));
        }
    }

    /// Commands that see each other, and are kept or taken back together.
    fn transaction(&mut self, ending: Ending) {
        let ledger = self.ledger();
        let before = self.model.clone();
        let body = |transaction: &mut Transaction<'_>| {
            for ask in self.asks(8) {
                // Nobody may look at the ledger itself meanwhile.
                let expected = self.model.give(&ask, self.now);
                let got = transaction.execute(ask.command.clone());
                self.compare(&format!("transaction to {ending:?}"), &ask, &expected, &judged(got));
            }
            // These were chosen before what came of the others was known; some more, knowing it.
            for _ in 0..self.world.random.below(4) {
                let ask = self.ask();
                let expected = self.model.give(&ask, self.now);
                let got = transaction.execute(ask.command.clone());
                self.compare(&format!("transaction to {ending:?}"), &ask, &expected, &judged(got));
            }
            match ending {
                Ending::Commit | Ending::Simulate => Ok(()),
                Ending::GiveUp => Err(GivenUp),
                // Without the message on the terminal that a panic leaves.
                Ending::Panic => std::panic::resume_unwind(Box::new(GivenUp)),
            }
        };
        match ending {
            Ending::Commit => ledger.transaction(body).expect("the transaction commits"),
            Ending::Simulate => ledger.simulate(body).expect("the simulation ends"),
            Ending::GiveUp => assert!(ledger.transaction(body).is_err()),
            Ending::Panic => {
                let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ledger.transaction(body)));
                match unwound {
                    Err(reason) if reason.is::<GivenUp>() => {}
                    Err(reason) => std::panic::resume_unwind(reason),
                    Ok(_) => unreachable!("the body panics"),
                }
            }
        }
        if !matches!(ending, Ending::Commit) {
            self.model = before;
        }
    }

    /// The same file again: nothing is forgotten, keys and codes included.
    pub fn reopen(&mut self, close: bool) {
        let Some(ledger) = self.ledger.take() else { return };
        self.note(format!("reopen, closed {close}"));
        if close {
            ledger.close().expect("the ledger closes");
        } else {
            drop(ledger);
        }
        if self.engine.lasts() {
            self.ledger = Some(self.engine.open(&self.clock, &self.nonces));
            self.look_at_everything();
        }
    }
}

/// Power cuts: what was acknowledged is there, what was under way is there or is not, and nothing is there by half.
#[cfg(feature = "faults")]
impl Pair {
    /// Cuts the power while a command is carried out, or soon after.
    fn cut_power(&mut self) {
        let Engine::Disk(disk) = &self.engine else { return };
        let disk = disk.clone();
        self.come_to_rest();
        let ask = self.ask();
        disk.crash_at(disk.operations() + self.world.random.below(50));
        let acknowledged = match self.ledger().execute(ask.command.clone()) {
            Err(error) if error.rejection().is_none() => false,
            got => {
                let expected = self.model.give(&ask, self.now);
                self.compare("execute before the power is cut", &ask, &expected, &judged(got));
                true
            }
        };
        let seed = self.world.random.next();
        let keep =
            [Keep::Nothing, Keep::All, Keep::Reversed, Keep::LastOnly, Keep::Random(seed), Keep::Torn(seed, 512)];
        let keep = self.world.random.one(&keep).expect("there are some");
        self.note(format!("the power is cut, acknowledged {acknowledged}, of what was not synced: {keep:?}"));
        drop(self.ledger.take());
        self.engine = Engine::Disk(SimDisk::from_image(disk.image(keep)));
        self.ledger = Some(self.engine.open(&self.clock, &self.nonces));
        if self.last() < self.ledger().view().expect("the ledger is open").sequence() {
            assert!(!acknowledged, "an entry that nobody asked for; seed {}", self.seed);
            let expected = self.model.give(&ask, self.now);
            assert!(expected.is_ok_and(|answer| !answer.replayed), "an entry that was refused; seed {}", self.seed);
        }
        self.look_at_everything();
    }

    pub fn last(&self) -> Sequence {
        self.model.entries.last().map_or(Sequence(0), |entry| entry.sequence)
    }

    /// Waits for what was given and not waited for.
    fn come_to_rest(&self) {
        while self.ledger().view().expect("the ledger is open").sequence() < self.last() {
            std::thread::yield_now();
        }
    }
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Commit,
    GiveUp,
    Simulate,
    Panic,
}

/// Comparing.
impl Pair {
    pub fn note(&mut self, line: String) {
        self.shown.push_back(line);
        if self.shown.len() > SHOWN {
            self.shown.pop_front();
        }
    }

    pub fn compare(&mut self, how: &str, ask: &Ask, expected: &Judged<Answer>, got: &Result<Receipt, Rejection>) {
        self.given += 1;
        self.tally.count(ask, expected);
        let outcome = match expected {
            Ok(answer) => format!("entry {}{}", answer.entry.sequence, if answer.replayed { " again" } else { "" }),
            Err(rejection) => format!("{rejection:?}"),
        };
        self.note(format!("{how}: {:?}\n    -> {outcome}", ask.command));
        let agree = match (expected, got) {
            (Ok(answer), Ok(receipt)) => agrees(answer, receipt),
            (Err(expected), Err(got)) => expected == got,
            _ => false,
        };
        if !agree {
            let expected = expected.as_ref().map(|answer| (answer.replayed, &answer.entry));
            let got = got.as_ref().map(|receipt| (receipt.is_replayed(), receipt.entry()));
            self.disagree(&format!("expected {expected:#?}\n\ngot {got:#?}"));
        }
        if let Ok(receipt) = got
            && self.world.random.percent(15)
        {
            self.activities(receipt);
        }
    }

    pub fn disagree(&self, difference: &str) -> ! {
        let shown: Vec<&str> = self.shown.iter().map(String::as_str).collect();
        panic!(
            "the ledger and the model disagree after {} commands {}; replay with PACIOLI_MODEL_SEED={}\n\n\
             the last commands:\n{}\n\n{difference}",
            self.given,
            self.engine.name(),
            self.seed,
            shown.join("\n")
        );
    }

    /// The lines of a receipt, by the definition of a balance before and after.
    fn activities(&self, receipt: &Receipt) {
        let lines = receipt.activities();
        if lines.len() != receipt.entry().postings.len() {
            self.disagree(&format!("{} lines for {:#?}", lines.len(), receipt.entry()));
        }
        for (line, posting) in lines.iter().zip(&receipt.entry().postings) {
            let moves = ![Stage::Held, Stage::Released].contains(&posting.stage);
            let sign = if posting.side == posting.normal { 1 } else { -1 };
            let value = if moves { sign * posting.amount.signed() } else { 0 };
            let credit = posting.normal == pacioli::Side::Credit;
            let after = posting.after.credits_posted.signed() - posting.after.debits_posted.signed();
            let after = if credit { after } else { -after };
            let going = if credit { posting.after.debits_pending } else { posting.after.credits_pending };
            let figures = (line.amount.minor(), line.value.minor());
            let balances = (line.previous_balance.minor(), line.current_balance.minor());
            let available = (line.available_balance.minor(), line.stage);
            let names = (line.account, line.number, line.side, line.role, line.recorded_at);
            let posted = (posting.account, posting.number, posting.side, posting.role, receipt.recorded_at());
            if figures != (posting.amount.signed(), value)
                || balances != (after - value, after)
                || available != (after - going.signed(), posting.stage)
                || names != posted
            {
                self.disagree(&format!("line {line:#?} of {posting:#?}"));
            }
        }
    }

    /// Every balance and every record.
    pub fn look_at_everything(&mut self) {
        let Some(ledger) = self.ledger.clone() else { return };
        let accounts: Vec<AccountId> = self.model.accounts.iter().map(|account| account.id).collect();
        for (account, got) in accounts.iter().zip(balances(&ledger, &accounts)) {
            let expected = self.model.balance(*account);
            if got != expected {
                self.disagree(&format!("account {account}: expected {expected:#?}\n\ngot {got:#?}"));
            }
        }
        let view = ledger.view().expect("the ledger is open");
        macro_rules! same {
            ($records:ident, $read:ident, $plain:expr) => {
                for expected in &self.model.$records {
                    let got = view.$read(expected.id).map($plain).expect("the record is there");
                    if got != *expected {
                        self.disagree(&format!("expected {expected:#?}\n\ngot {got:#?}"));
                    }
                }
            };
        }
        same!(limits, limit, |limit| limit);
        same!(monitors, monitor, |monitor| monitor);
        for (limit, account, expected) in self.model.usages(view.recorded_at()) {
            let got = match account {
                Some(account) => view.usage((limit, account)),
                None => view.usage(limit),
            };
            let got = got.expect("the limit is there");
            let sum = got.sum.map_or(0, |sum| sum.minor());
            let figures = Counted { count: got.count, sum, from: got.from, until: got.until };
            if figures != expected {
                self.disagree(&format!("usage of limit {limit} {account:?}: expected {expected:#?}\n\ngot {got:#?}"));
            }
        }
        let back = Sequence(self.world.random.below(view.sequence().0 + 1));
        let views = [view.clone(), ledger.view_at(back).expect("the entry is there")];
        for view in views {
            if let Err(difference) = shown::look(&view, &self.model, &mut self.world.random) {
                self.disagree(&format!("looking from {}: {difference}", view.sequence()));
            }
        }
        same!(sets, set, |set| set);
        self.look_at_charts(&view);
        same!(books, book, |book| book);
        // The salts are the ledger's own, so the model knows no commitment.
        same!(clients, client, |client| {
            let personal = Committed { commitment: Commitment::default(), ..client.personal };
            Client { personal, ..client }
        });
        same!(accounts, account, |account| account);
        same!(services, service, |service| service);
        let last = self.model.entries.last().map(|entry| (entry.sequence, entry.recorded_at));
        if last != Some((view.sequence(), view.recorded_at())) {
            self.disagree(&format!(
                "the view stands at {} of {}, expected {last:?}",
                view.sequence(),
                view.recorded_at()
            ));
        }
    }
}

/// Comparing charts.
impl Pair {
    fn look_at_charts(&self, view: &View) {
        for set in self.model.sets.iter().map(|set| set.id) {
            let expected = self.model.accounts_of(set);
            let page = view.accounts(AccountFilter::InSet(set), Listing::first(1_000)).expect("the set is there");
            let got: Vec<_> = page.items.iter().map(|shown| shown.account.id).collect();
            let counted = view.set_balance(set).map_or(0, |balance| balance.totals.accounts);
            if got != expected || counted != expected.len() as u64 {
                self.disagree(&format!("set {set}: expected {expected:?}\n\ngot {got:?}, {counted} counted"));
            }
            let mut expected: Vec<_> = self.model.members.iter().filter(|(whose, _)| *whose == set).collect();
            expected.sort_unstable();
            let got = view.members(set, Listing::first(1_000)).expect("the set is there").items;
            if got.iter().ne(expected.iter().map(|(_, member)| member)) {
                self.disagree(&format!("set {set}: expected {expected:?}\n\ngot {got:?}"));
            }
        }
        for book in self.model.books.iter().map(|book| book.id) {
            for path in ["", "assets", "assets:bank", "tills"] {
                let expected = self.model.held_within(book, path);
                let got = match view.rollup(book, path) {
                    Ok(rollup) => rollup.root.total,
                    // The sums of accounts near the greatest amount are beyond it.
                    Err(Error::Money(_)) => continue,
                    Err(error) => panic!("{error}"),
                };
                let got = (got.accounts, got.debit_balance.minor(), got.credit_balance.minor());
                if got != expected {
                    self.disagree(&format!("book {book} at {path}: expected {expected:?}\n\ngot {got:?}"));
                }
            }
        }
    }
}

/// Where the accounts stand. The one place that knows how a balance is read.
fn balances(ledger: &Ledger, accounts: &[AccountId]) -> Vec<Balance> {
    let read = |transaction: &mut Transaction<'_>| {
        let mut balances = Vec::new();
        for account in accounts {
            let Account { id, .. } = transaction.account(*account)?;
            balances.push(transaction.balance(id)?);
        }
        Ok::<_, Error>(balances)
    };
    ledger.simulate(read).expect("every account can be read")
}

pub fn agrees(answer: &Answer, receipt: &Receipt) -> bool {
    *answer.entry == plain(receipt.entry().clone())
        && answer.replayed == receipt.is_replayed()
        && answer.entry.sequence == receipt.sequence()
        && answer.entry.recorded_at == receipt.recorded_at()
        && payouts::told(&answer.entry).map(PayoutEvent::payout) == receipt.payout()
}

/// An entry without its commitments, which the model does not know: the salts are the ledger's own.
pub fn plain(mut entry: Entry) -> Entry {
    match &mut entry.event {
        Event::ClientRegistered { commitment, .. } => *commitment = Commitment::default(),
        Event::ClientChanged { commitment: Some(commitment), .. } => *commitment = Commitment::default(),
        Event::Parties(event) => match &mut **event {
            PartyEvent::CounterpartyRecorded { commitment, .. }
            | PartyEvent::CounterpartyChanged { commitment: Some(commitment), .. } => {
                *commitment = Commitment::default()
            }
            _ => {}
        },
        _ => {}
    }
    entry
}

/// The books' answer; anything else that goes wrong ends the test.
pub fn judged(result: Result<Receipt, Error>) -> Result<Receipt, Rejection> {
    match result {
        Ok(receipt) => Ok(receipt),
        Err(Error::Rejected(rejection)) => Err(rejection),
        Err(error) => panic!("the ledger failed: {error}"),
    }
}
