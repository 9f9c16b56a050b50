//! A ledger for tests: in memory, with a clock that is set, over a store that fails when told to.

use std::ops::Deref;
use std::sync::Arc;

use crate::ledger::{Error, Ledger, LedgerBuilder, ManualClock};
use crate::model::Timestamp;
use crate::store::faults::FaultStore;
use crate::store::{MemoryStore, Store};

/// A ledger in memory, with a clock that stands still until it is set, over a store that fails when told to.
///
/// It is a [`Ledger`] otherwise. Two tests share nothing.
///
/// ```
/// use pacioli::testing::TestLedger;
/// use pacioli::testing::faults::FailedCommit;
/// use pacioli::{Error, NewBook, money::Currency};
///
/// let ledger = TestLedger::new()?;
/// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// assert_eq!(book.opened_at, TestLedger::START);
///
/// ledger.pass("2026-01-02T00:00:00Z".parse()?);
/// assert_eq!(ledger.open_book(NewBook::live("shop.usd", Currency::USD))?.opened_at.to_string(), "2026-01-02T00:00:00Z");
///
/// // A disk that fails in the midst of a commit: only opening again can tell whether it is there.
/// ledger.store().fail_next_commit(FailedCommit::Applied);
/// let unsure = NewBook::live("shop.ugx", Currency::UGX).keyed("open-ugx");
/// assert!(matches!(ledger.open_book(unsure.clone()), Err(Error::OutcomeUnknown(_))));
/// let ledger = ledger.reopened()?;
/// ledger.open_book(unsure)?;
/// assert_eq!(ledger.view()?.books()?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TestLedger {
    ledger: Ledger,
    clock: Arc<ManualClock>,
    store: Arc<FaultStore<MemoryStore>>,
}

impl TestLedger {
    /// When its clock begins: 2026-01-01T00:00:00Z.
    pub const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

    /// An empty ledger.
    ///
    /// # Errors
    /// None that can be expected; as [`LedgerBuilder::over`].
    pub fn new() -> Result<Self, Error> {
        Self::built(Ledger::builder())
    }

    /// An empty ledger with the settings of `builder`, but for its clock.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::testing::TestLedger;
    ///
    /// let never = Ledger::builder().invariant("nothing is opened", |_| Err("closed today".to_owned()));
    /// let ledger = TestLedger::built(never)?;
    /// assert!(ledger.open_book(NewBook::live("shop.kes", Currency::KES)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`LedgerBuilder::over`].
    pub fn built(builder: LedgerBuilder) -> Result<Self, Error> {
        let clock = Arc::new(ManualClock::at(Self::START));
        Self::over(builder, clock, Arc::new(FaultStore::new(MemoryStore::new())))
    }

    fn over(
        builder: LedgerBuilder,
        clock: Arc<ManualClock>,
        store: Arc<FaultStore<MemoryStore>>,
    ) -> Result<Self, Error> {
        let ledger = builder.clock(Arc::clone(&clock)).over(Arc::clone(&store) as Arc<dyn Store>)?;
        Ok(Self { ledger, clock, store })
    }

    /// Closes it, as far as that can be done, heals its store, and opens it again with the default settings: what was
    /// durable is there. The clock goes on where it stood.
    ///
    /// # Errors
    /// As [`LedgerBuilder::over`].
    pub fn reopened(self) -> Result<Self, Error> {
        let Self { ledger, clock, store } = self;
        // One that has stopped after a failed commit says so again.
        drop(ledger.close());
        store.heal();
        Self::over(Ledger::builder(), clock, store)
    }

    /// The clock.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Sets the clock.
    pub fn pass(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// The store, to tell it when to fail.
    pub fn store(&self) -> &FaultStore<MemoryStore> {
        &self.store
    }
}

impl Deref for TestLedger {
    type Target = Ledger;

    fn deref(&self) -> &Ledger {
        &self.ledger
    }
}
