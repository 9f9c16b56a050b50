//! A store around another one that fails when told to.

use super::super::{Batch, Order, Pair, Snapshot, Store, StoreError, Table, Visit};
use parking_lot::Mutex;
use std::io;
use std::ops::Bound;
use std::sync::Arc;

/// How long a failure lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// One operation fails, the next ones go through.
    Once,
    /// Everything fails from the operation on.
    Forever,
}

/// What became of the batch when a commit fails at the chosen operation: its caller cannot know.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::prelude::*;
/// use pacioli::store::MemoryStore;
/// use pacioli::store::faults::{FailedCommit, FaultStore};
///
/// // The caller is told the same; only the ledger that is opened again knows.
/// for (failed, books) in [(FailedCommit::Lost, 0), (FailedCommit::Applied, 1)] {
///     let store = Arc::new(FaultStore::new(MemoryStore::new()));
///     let ledger = Ledger::builder().over(store.clone())?;
///     store.fail_next_commit(failed);
///     let told = ledger.open_book(NewBook::live("shop.kes", Currency::KES));
///     assert!(matches!(told, Err(Error::OutcomeUnknown(_))));
///     drop(ledger);
///     assert_eq!(Ledger::builder().over(store)?.view()?.books()?.len(), books);
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailedCommit {
    /// Nothing was written.
    Lost,
    /// The batch was applied, and yet the commit reports a failure.
    Applied,
}

/// A store that passes everything on to another one, until an operation is told to fail.
///
/// Operations are numbered from 0 in the order in which they begin: snapshot, get, scan, at_or_before and commit, of
/// the store and of all its snapshots. Unlike [`RedbStore`](super::super::RedbStore) it does not stop after a failed
/// commit: what is built on it must.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::prelude::*;
/// use pacioli::store::faults::{FailedCommit, FaultStore};
/// use pacioli::store::{MemoryStore, Store};
///
/// let store = Arc::new(FaultStore::new(MemoryStore::new()));
/// let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>)?;
/// store.fail_next_commit(FailedCommit::Lost);
/// let book = NewBook::live("shop.kes", Currency::KES).keyed("book");
/// assert!(matches!(ledger.open_book(book.clone()), Err(Error::OutcomeUnknown(_))));
/// // Nothing more is accepted until the ledger is opened again, which reads the truth.
/// assert!(matches!(ledger.open_book(book.clone()), Err(Error::Stopped(_))));
/// # drop(ledger);
/// let ledger = Ledger::builder().over(store)?;
/// assert_eq!(ledger.open_book(book)?.id, BookId(1));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct FaultStore<S> {
    inner: S,
    plan: Arc<Mutex<Plan>>,
}

impl<S: Store> FaultStore<S> {
    /// Wraps a store; nothing fails yet.
    pub fn new(inner: S) -> Self {
        Self { inner, plan: Arc::default() }
    }

    /// Makes the operation with this number fail with [`StoreError::Io`]; replaces an earlier plan.
    pub fn fail_at(&self, operation: u64, repeat: Repeat, failed_commit: FailedCommit) {
        self.plan.lock().fault = Some((operation, repeat, failed_commit));
    }

    /// Makes the next commit fail with [`StoreError::Io`], whatever is read before it; those after it go through.
    pub fn fail_next_commit(&self, failed_commit: FailedCommit) {
        self.plan.lock().commit = Some(failed_commit);
    }

    /// Lets everything through again.
    pub fn heal(&self) {
        let mut plan = self.plan.lock();
        (plan.fault, plan.commit) = (None, None);
    }

    /// How many operations have begun: the number of the next one.
    pub fn operations(&self) -> u64 {
        self.plan.lock().operations
    }

    /// The store inside, where nothing fails.
    pub fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: Store> Store for FaultStore<S> {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Plan::pass(&self.plan)?;
        Ok(Box::new(FaultSnapshot { inner: self.inner.snapshot()?, plan: Arc::clone(&self.plan) }))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let step = self.plan.lock().commit_step();
        match step {
            Step::Pass => self.inner.commit(batch),
            Step::Fail => Err(failure()),
            Step::FailFirst(FailedCommit::Lost) => Err(failure()),
            Step::FailFirst(FailedCommit::Applied) => {
                self.inner.commit(batch)?;
                Err(failure())
            }
        }
    }
}

struct FaultSnapshot {
    inner: Box<dyn Snapshot>,
    plan: Arc<Mutex<Plan>>,
}

impl Snapshot for FaultSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError> {
        Plan::pass(&self.plan)?;
        self.inner.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        Plan::pass(&self.plan)?;
        self.inner.scan(table, from, to, order, visit)
    }

    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError> {
        Plan::pass(&self.plan)?;
        self.inner.at_or_before(table, key)
    }
}

#[derive(Debug, Default)]
struct Plan {
    operations: u64,
    fault: Option<(u64, Repeat, FailedCommit)>,
    /// What becomes of the next commit.
    commit: Option<FailedCommit>,
}

enum Step {
    Pass,
    /// The chosen operation itself.
    FailFirst(FailedCommit),
    /// One after it.
    Fail,
}

impl Plan {
    fn step(&mut self) -> Step {
        let number = self.operations;
        self.operations = number.saturating_add(1);
        match self.fault {
            Some((at, _, failed_commit)) if number == at => Step::FailFirst(failed_commit),
            Some((at, Repeat::Forever, _)) if number > at => Step::Fail,
            Some(_) | None => Step::Pass,
        }
    }

    fn commit_step(&mut self) -> Step {
        match (self.step(), self.commit) {
            (Step::Pass, Some(failed_commit)) => {
                self.commit = None;
                Step::FailFirst(failed_commit)
            }
            (step, _) => step,
        }
    }

    /// Counts an operation that writes nothing, and fails it when it is its turn.
    fn pass(plan: &Mutex<Self>) -> Result<(), StoreError> {
        match plan.lock().step() {
            Step::Pass => Ok(()),
            Step::FailFirst(_) | Step::Fail => Err(failure()),
        }
    }
}

fn failure() -> StoreError {
    StoreError::Io(io::Error::other("a planned failure"))
}
