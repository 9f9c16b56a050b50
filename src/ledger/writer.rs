//! Committing: one batch after another, by whoever waits for it.
//!
//! Deciding takes the core's lock for a moment; committing takes the gate's token for as long as the disk needs. The
//! first thread that waits for an uncommitted batch takes the token and commits it on the spot, with everything that
//! others have decided meanwhile (group commit); while it does, further commands are decided into the next batch. Where
//! nobody waits, the ledger's one thread, the committer, takes the token. A lone caller pays for no hand-over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Instant;

use super::books::Books;
use super::core::{Core, Given, Handed};
use super::error::Error;
use super::standings::{Standings, standings_after};
use super::sync::{AtomicBool, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, thread};
use super::terms::KnownTerms;
use super::unlisted::OpenHolds;
use crate::layout::journal::Tail;
use crate::layout::{LayoutError, runs::RunsReader};
use crate::model::{Sequence, Timestamp};
use crate::store::{RedbStore, Store, StoreError};

/// Who may commit, and how far commits have come.
#[derive(Default)]
pub(super) struct Gate {
    /// Whether somebody holds the token.
    committing: bool,
    /// The last durable commit.
    pub durable: u64,
    /// The last commit that somebody wants without waiting for it.
    wanted: u64,
    /// Why commits have stopped, and the commit that failed; 0 if what failed was no commit.
    failure: Option<(u64, Arc<StoreError>)>,
    closed: bool,
    wakers: Vec<(u64, Waker)>,
}

/// The durable end of the journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub sequence: Sequence,
    pub at: Timestamp,
}

/// Everything that a ledger's handles share.
pub(crate) struct Shared {
    pub store: Arc<dyn Store>,
    pub redb: Option<Arc<RedbStore>>,
    pub(super) core: Mutex<Core>,
    pub(super) gate: Mutex<Gate>,
    /// Who waits for a commit of an even number, and of an odd one: only two are ever waited for, one on its way and the
    /// next, so that each wakes its own.
    settled: [Condvar; 2],
    /// Who waits for anything else of the gate.
    changed: Condvar,
    tail: Mutex<Tail>,
    pub end: Mutex<End>,
    pub standings: Standings,
    pub open_holds: OpenHolds,
    pub books: Books,
    pub(super) terms: KnownTerms,
    pub index: RunsReader,
    pub id: [u8; 16],
    pub clock: Arc<dyn super::clock::Clock>,
    pub pages_max: usize,
    pub batch_bytes_max: usize,
    /// Whether a committer is started when somebody wants a commit without waiting for it.
    has_committer: bool,
    /// Set as soon as nothing more is accepted.
    stopped: AtomicBool,
    /// The thread that is inside a transaction.
    inside: Mutex<Option<thread::ThreadId>>,
    /// Held by subscriptions while they read, and by whoever closes the store.
    following: RwLock<()>,
    /// How the ledger was opened, for opening others like it.
    pub memory_bytes: usize,
    pub(super) given: Given,
    pub(super) committer: Mutex<Option<thread::JoinHandle<()>>>,
}

/// What every handle shows when it is printed: where it stands, and nothing of what the ledger holds.
impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (last, stopped) = (self.end.lock().sequence, self.stopped.load(Ordering::Acquire));
        f.debug_struct("Shared").field("last", &last).field("stopped", &stopped).finish_non_exhaustive()
    }
}

/// What a ledger is built from.
pub(super) struct Parts {
    pub store: Arc<dyn Store>,
    pub redb: Option<Arc<RedbStore>>,
    pub core: Core,
    pub tail: Tail,
    pub standings: Standings,
    pub given: Given,
    pub clock: Arc<dyn super::clock::Clock>,
    pub memory_bytes: usize,
    pub pages_max: usize,
    pub batch_bytes_max: usize,
    pub has_committer: bool,
}

impl Shared {
    pub(super) fn new(parts: Parts) -> Self {
        let end = End { sequence: parts.tail.last, at: parts.tail.last_at };
        let index = parts.core.runs.reader();
        let open_holds = OpenHolds::new(parts.core.unlisted.open());
        Self {
            store: parts.store,
            redb: parts.redb,
            core: Mutex::new(parts.core),
            gate: Mutex::default(),
            settled: [Condvar::new(), Condvar::new()],
            changed: Condvar::new(),
            tail: Mutex::new(parts.tail),
            end: Mutex::new(end),
            standings: parts.standings,
            open_holds,
            books: Books::opened_at(end.sequence),
            // Eight bytes for each account: a million accounts with the usual budget.
            terms: KnownTerms::opened_at(end.sequence, parts.memory_bytes / 32),
            index,
            id: parts.given.ledger,
            clock: parts.clock,
            pages_max: parts.pages_max,
            batch_bytes_max: parts.batch_bytes_max,
            has_committer: parts.has_committer,
            stopped: AtomicBool::new(false),
            inside: Mutex::new(None),
            following: RwLock::default(),
            memory_bytes: parts.memory_bytes,
            given: parts.given,
            committer: Mutex::new(None),
        }
    }

    /// Locks the core for deciding, once there is room in the open batch.
    pub(super) fn core(&self) -> Result<MutexGuard<'_, Core>, Error> {
        self.outside()?;
        loop {
            let core = self.core.lock();
            // Asked while it is locked: nothing is decided once the ledger has begun to close.
            self.accepting()?;
            if core.open.entries.weight() < self.batch_bytes_max {
                return Ok(core);
            }
            let full = core.open.number;
            drop(core);
            self.settle(full)?;
        }
    }

    /// Refuses what would wait for this very thread.
    fn outside(&self) -> Result<(), Error> {
        let inside = *self.inside.lock() == Some(thread::current().id());
        if inside { Err(Error::InsideTransaction) } else { Ok(()) }
    }

    /// Has commands that this thread gives refused until what is returned is dropped; the core is locked meanwhile.
    pub(super) fn enter(&self) -> Inside<'_> {
        *self.inside.lock() = Some(thread::current().id());
        Inside(self)
    }

    /// Stops the ledger because the store could not be read while deciding: what is open is never committed.
    pub(super) fn stop(&self, core: &mut Core, error: LayoutError) -> Error {
        core.broken = true;
        let reason = StoreError::Engine { reason: error.to_string() };
        self.finish(&mut self.gate.lock(), Err(Failure { number: 0, error: reason }), false);
        error.into()
    }

    /// Whether the ledger still accepts commands.
    pub(super) fn accepting(&self) -> Result<(), Error> {
        if !self.stopped.load(Ordering::Acquire) {
            return Ok(());
        }
        let gate = self.gate.lock();
        Err(match &gate.failure {
            Some((_, failure)) => Error::Stopped(Arc::clone(failure)),
            None => Error::Closed,
        })
    }

    /// Returns once `commit` is durable, committing what is open if nobody else does.
    pub(super) fn settle(&self, commit: u64) -> Result<(), Error> {
        let mut gate = self.gate.lock();
        loop {
            if let Some(settled) = gate.settled(commit) {
                return settled;
            }
            if gate.committing {
                self.waiting(commit).wait(&mut gate);
            } else {
                gate.committing = true;
                drop(gate);
                self.commit_open();
                gate = self.gate.lock();
            }
        }
    }

    /// Where those wait who wait for a commit.
    const fn waiting(&self, commit: u64) -> &Condvar {
        let [even, odd] = &self.settled;
        if commit.is_multiple_of(2) { even } else { odd }
    }

    fn wake_all(&self) {
        self.settled.iter().chain([&self.changed]).for_each(|waiting| {
            waiting.notify_all();
        });
    }

    /// Whether `commit` is settled; if not, sees to it that it will be and that `waker` is woken then.
    pub(super) fn poll(self: &Arc<Self>, commit: u64, waker: &Waker) -> Option<Result<(), Error>> {
        let mut gate = self.gate.lock();
        if let Some(settled) = gate.settled(commit) {
            return Some(settled);
        }
        gate.remember(commit, waker);
        drop(gate);
        self.want(commit);
        None
    }

    /// Waits until the journal is durable beyond `known`, or the ledger has closed or stopped; `false` when the instant
    /// came first.
    pub(super) fn await_end(&self, known: Sequence, until: Option<Instant>) -> Result<bool, Error> {
        self.outside()?;
        let mut gate = self.gate.lock();
        // The end is moved before the gate is locked to say so: whoever looks under this lock misses nothing.
        while !self.ends_beyond(&gate, known) {
            match until {
                None => self.changed.wait(&mut gate),
                Some(instant) => {
                    if self.changed.wait_until(&mut gate, instant).timed_out() {
                        return Ok(self.ends_beyond(&gate, known));
                    }
                }
            }
        }
        Ok(true)
    }

    /// Whether the wait of [`Shared::await_end`] would be over; if not, sees to it that `waker` is woken when it may be.
    pub(super) fn poll_end(&self, known: Sequence, waker: &Waker) -> bool {
        let mut gate = self.gate.lock();
        if self.ends_beyond(&gate, known) {
            return true;
        }
        let next = gate.durable.saturating_add(1);
        gate.remember(next, waker);
        false
    }

    fn ends_beyond(&self, gate: &Gate, known: Sequence) -> bool {
        gate.closed || gate.failure.is_some() || self.end.lock().sequence > known
    }

    /// Keeps the store open until what is returned is dropped, unless the ledger has closed.
    pub(super) fn following(&self) -> Result<RwLockReadGuard<'_, ()>, Error> {
        let following = self.following.read();
        if self.gate.lock().closed { Err(Error::Closed) } else { Ok(following) }
    }

    /// Lets go of the file, once nobody follows the journal in it.
    pub(super) fn let_go(&self) -> Result<(), StoreError> {
        let _nobody = self.following.write();
        self.redb.as_ref().map_or(Ok(()), |redb| redb.shutdown())
    }

    /// Asks the committer to see to it that `commit` becomes durable.
    pub(super) fn want(self: &Arc<Self>, commit: u64) {
        self.start_committer();
        let mut gate = self.gate.lock();
        if gate.wanted < commit {
            gate.wanted = commit;
            if !gate.committing {
                self.changed.notify_all();
            }
        }
    }

    fn start_committer(self: &Arc<Self>) {
        let mut committer = self.committer.lock();
        if committer.is_some() || !self.has_committer {
            return;
        }
        let shared = Arc::downgrade(self);
        let thread = thread::Builder::new().name("pacioli committer".to_owned());
        // Without a thread, whoever waits for a ticket commits.
        *committer = thread
            .spawn(move || {
                while let Some(shared) = shared.upgrade() {
                    if !shared.commit_wanted() {
                        break;
                    }
                }
            })
            .ok();
    }

    /// Commits what is wanted, or waits a while for something to be; `false` when the ledger has closed.
    fn commit_wanted(&self) -> bool {
        let mut gate = self.gate.lock();
        if gate.closed || gate.failure.is_some() {
            return false;
        }
        if gate.wanted > gate.durable && !gate.committing {
            gate.committing = true;
            drop(gate);
            self.commit_open();
        } else {
            // The wait is bounded so that a ledger whose last handle is gone is let go of.
            self.changed.wait_for(&mut gate, std::time::Duration::from_millis(100));
        }
        true
    }

    /// Commits the open batch and gives the token back, which the caller holds.
    fn commit_open(&self) {
        let mut token = Token::new(self, Err(Failure::cut_short(0)));
        let handed = {
            let mut core = self.core.lock();
            if core.broken || core.open.entries.is_empty() {
                token.done = Ok(core.open.number.saturating_sub(1));
                return;
            }
            self.hand_over(&mut core, false)
        };
        if let Ok(handed) = &handed {
            token.done = Err(Failure::cut_short(handed.number));
        }
        token.done = handed.and_then(|handed| self.write(handed, None));
    }

    pub(super) fn hand_over(&self, core: &mut Core, closing: bool) -> Result<Handed, Failure> {
        let pages_max = self.pages_max;
        // Nothing has been written yet, so no commit's outcome is unknown.
        core.hand_over(&*self.store, pages_max, closing)
            .map_err(|error| Failure { number: 0, error: into_store(error) })
    }

    /// Writes a batch that has been handed over, in the host's transaction if there is one, and publishes it.
    pub(super) fn write(&self, handed: Handed, host: Option<::redb::WriteTransaction>) -> Result<u64, Failure> {
        let Handed { number, entries, mut batch, books, accounts, holds, swept } = handed;
        let entries = entries.entries();
        let span = tracing::debug_span!("commit", number, entries = entries.len());
        let _entered = span.enter();
        let mut tail = self.tail.lock();
        let standings = standings_after(entries);
        tail.append(entries, &mut batch);
        let committed = match (host, &self.redb) {
            (Some(host), Some(redb)) => redb.commit_in(host, &batch),
            _ => self.store.commit(&batch),
        };
        committed.map_err(|error| Failure { number, error })?;
        self.standings.put(&standings, swept);
        self.open_holds.change(&holds);
        if books {
            self.books.changed(tail.last);
        }
        self.terms.changed(&accounts, tail.last);
        *self.end.lock() = End { sequence: tail.last, at: tail.last_at };
        Ok(number)
    }

    /// Says what came of a commit, and gives the token back if this is who holds it.
    fn finish(&self, gate: &mut Gate, done: Result<u64, Failure>, gives_back: bool) {
        gate.committing &= !gives_back;
        match done {
            Ok(number) => gate.durable = gate.durable.max(number),
            Err(failure) => {
                tracing::error!(commit = failure.number, "a commit failed; the ledger has stopped");
                self.stopped.store(true, Ordering::Release);
                gate.fail(failure);
            }
        }
        let (durable, failed) = (gate.durable, gate.failure.is_some());
        let (ready, waiting) =
            std::mem::take(&mut gate.wakers).into_iter().partition(|(commit, _)| failed || *commit <= durable);
        gate.wakers = waiting;
        for (_, waker) in ready {
            waker.wake();
        }
        if failed {
            return self.wake_all();
        }
        // One of those who wait for the next commit makes it; the others sleep until it is made.
        self.waiting(durable.saturating_add(1)).notify_one();
        self.waiting(durable).notify_all();
        self.changed.notify_all();
    }

    /// Runs `body` with the core to itself: no other command is decided, everything decided before is durable, and the
    /// token is held.
    pub(super) fn exclusively<T>(
        &self,
        body: impl FnOnce(&mut Core) -> Result<(T, Option<u64>), Exclusive>,
    ) -> Result<T, Error> {
        self.outside()?;
        self.accepting()?;
        let mut gate = self.gate.lock();
        while gate.committing {
            self.changed.wait(&mut gate);
        }
        if gate.closed || gate.failure.is_some() {
            drop(gate);
            self.accepting()?;
            return Err(Error::Closed);
        }
        gate.committing = true;
        drop(gate);
        // From here on the token is given back whatever happens, panics included.
        let mut token = Token::new(self, Ok(0));
        let mut core = self.core.lock();
        if core.broken || self.stopped.load(Ordering::Acquire) {
            drop(core);
            drop(token);
            return Err(self.accepting().err().unwrap_or(Error::Closed));
        }
        if !core.open.entries.is_empty() {
            let written = self.hand_over(&mut core, false).and_then(|handed| self.write(handed, None));
            match written {
                // Said at once: whatever becomes of the body, who waits for this commit is told the truth.
                Ok(number) => self.finish(&mut self.gate.lock(), Ok(number), false),
                Err(failure) => return Err(token.fail(failure)),
            }
        }
        let result = {
            let _inside = self.enter();
            body(&mut core)
        };
        drop(core);
        match result {
            Ok((value, number)) => {
                if let Some(number) = number {
                    token.done = Ok(number);
                }
                Ok(value)
            }
            Err(Exclusive::Given(error)) => Err(error),
            Err(Exclusive::Commit(failure)) => Err(token.fail(failure)),
        }
    }

    /// Commits what is open and everything changed, and accepts nothing more.
    pub(super) fn close(&self) -> Result<(), Error> {
        if self.stopped.load(Ordering::Acquire) {
            return Ok(());
        }
        let closed = self.exclusively(|core| {
            let handed = self.hand_over(core, true).map_err(Exclusive::Commit)?;
            let nothing = handed.entries.is_empty() && handed.batch.is_empty();
            let number = if nothing { None } else { Some(self.write(handed, None).map_err(Exclusive::Commit)?) };
            // While the core is locked: what would be decided after this would never be committed, or after the end.
            self.stopped.store(true, Ordering::Release);
            Ok(((), number))
        });
        self.stopped.store(true, Ordering::Release);
        let mut gate = self.gate.lock();
        gate.closed = true;
        let wakers = std::mem::take(&mut gate.wakers);
        drop(gate);
        for (_, waker) in wakers {
            waker.wake();
        }
        self.wake_all();
        closed
    }
}

/// Why an exclusive body ended without a value.
pub(super) enum Exclusive {
    /// It said so.
    Given(Error),
    /// Its commit failed.
    Commit(Failure),
}

/// A commit that failed.
pub(super) struct Failure {
    pub number: u64,
    pub error: StoreError,
}

fn into_store(error: LayoutError) -> StoreError {
    match error {
        LayoutError::Store(error) => error,
        LayoutError::Corrupt { .. } | LayoutError::Format { .. } | LayoutError::Version { .. } => {
            StoreError::Damaged { reason: error.to_string() }
        }
    }
}

impl Failure {
    /// What is said if a commit never comes to its end.
    fn cut_short(number: u64) -> Self {
        Self { number, error: StoreError::Engine { reason: "the commit was cut short".to_owned() } }
    }
}

/// The right to commit; given back when it is dropped, with what came of it.
struct Token<'a> {
    shared: &'a Shared,
    done: Result<u64, Failure>,
    held: bool,
}

impl<'a> Token<'a> {
    fn new(shared: &'a Shared, done: Result<u64, Failure>) -> Self {
        Self { shared, done, held: true }
    }

    /// Gives the token back with a failure, and says what the failure means for its own commit.
    fn fail(&mut self, failure: Failure) -> Error {
        let number = failure.number;
        self.done = Err(failure);
        self.give_back();
        let gate = self.shared.gate.lock();
        // A failure before anything was written belongs to no commit: the next is the first that it stops.
        let settled = gate.settled(number.max(gate.durable.saturating_add(1)));
        settled.and_then(Result::err).unwrap_or(Error::Closed)
    }

    fn give_back(&mut self) {
        if std::mem::take(&mut self.held) {
            let done = std::mem::replace(&mut self.done, Ok(0));
            self.shared.finish(&mut self.shared.gate.lock(), done, true);
        }
    }
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A thread that is given no commands to carry out.
pub(super) struct Inside<'a>(&'a Shared);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *self.0.inside.lock() = None;
    }
}

impl Gate {
    /// Has `waker` woken when `commit` is durable, or never will be.
    fn remember(&mut self, commit: u64, waker: &Waker) {
        if !self.wakers.iter().any(|(wanted, known)| *wanted == commit && known.will_wake(waker)) {
            self.wakers.push((commit, waker.clone()));
        }
    }

    /// Keeps the first failure, but for one that leaves a commit uncertain: there is at most one of those.
    fn fail(&mut self, Failure { number, error }: Failure) {
        if !matches!(self.failure, Some((known, _)) if known > 0 || number == 0) {
            self.failure = Some((number, Arc::new(error)));
        }
    }

    /// Whether waiting for `commit` is over, and how it ended.
    fn settled(&self, commit: u64) -> Option<Result<(), Error>> {
        if commit <= self.durable {
            return Some(Ok(()));
        }
        // Somebody could not read while another commit was on its way: what becomes of that one is not known yet.
        if self.committing && matches!(self.failure, Some((0, _))) {
            return None;
        }
        match &self.failure {
            Some((failed, error)) if commit == *failed && !matches!(**error, StoreError::Conflict { .. }) => {
                Some(Err(Error::OutcomeUnknown(Arc::clone(error))))
            }
            Some((_, error)) => Some(Err(Error::Stopped(Arc::clone(error)))),
            None if self.closed => Some(Err(Error::Closed)),
            None => None,
        }
    }
}
