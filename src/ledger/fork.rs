//! Forks: a ledger of its own in memory, with another's journal up to some entry.
//!
//! The journal's entries are followed as they are and everything else is derived from them again; no command is judged.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Ledger;
use super::builder::LedgerBuilder;
use super::core::{Core, key_digest};
use super::error::Error;
use super::view::View;
use super::writer::Shared;
use crate::layout::journal::{self, Item, Tail};
use crate::layout::keys::{JOURNAL, journal_key};
use crate::layout::runs::{Runs, RunsOptions};
use crate::layout::sweep::{Sweep, SweepOptions};
use crate::layout::{LayoutError, corrupt, entries, load};
use crate::model::{Entry, Owner, Sequence, Timestamp};
use crate::rules::{Beside, Desk, Place, Record, committed, erased, restored};
use crate::store::{MemoryStore, Snapshot, Store};

/// Forks.
impl Ledger {
    /// A ledger in memory with exactly the entries up to `sequence`, to try out what would happen: from there on the two
    /// go their own ways, and neither sees what is written to the other.
    ///
    /// Entries with their digests, identifiers, numbers and balances are the same; keys and cursors are too. The fork has
    /// an identity of its own, so nothing that was signed for one ledger counts in the other, and its head
    /// ([`Verification::head`](crate::Verification::head)) is the original's if the original's commit ended there. It has
    /// the original's clock, sources of codes and nonces, validator, invariants and memory budget.
    ///
    /// Personal texts come along as far as they have not been erased since: a fork brings nothing back.
    ///
    /// It costs time and memory in proportion to the entries: they are all read and their state is built again, some
    /// microseconds for each. The original goes on meanwhile; its file grows by what it rewrites until this returns.
    ///
    /// # Errors
    /// [`Error::BeyondEnd`] when there is no such entry yet; when the journal cannot be read.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let fork = ledger.view()?.fork()?;
    /// fork.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// assert_eq!((fork.view()?.books()?.len(), ledger.view()?.books()?.len()), (2, 1));
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn fork_at(&self, sequence: Sequence) -> Result<Self, Error> {
        let last = self.shared.end.lock().sequence;
        if sequence > last {
            return Err(Error::BeyondEnd { last, asked: sequence });
        }
        fork(&self.shared, sequence)
    }
}

/// Forks.
impl View {
    /// A ledger in memory with exactly the entries that the view shows. See [`Ledger::fork_at`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn fork(&self) -> Result<Ledger, Error> {
        fork(self.shared(), self.sequence())
    }
}

fn fork(shared: &Shared, through: Sequence) -> Result<Ledger, Error> {
    shared.accepting()?;
    let span = tracing::info_span!("fork");
    let _entered = span.enter();
    let snapshot = shared.store.snapshot()?;
    let mut builder = LedgerBuilder::like(shared);
    let store = Arc::new(MemoryStore::new());
    // The secret is what things are found by; only the identity tells the two apart.
    builder.begin(&*store, shared.given.secret)?;
    let mut copy = Replica::begin(&store, shared)?;
    journal::blocks(&*snapshot, Sequence::ZERO, &mut |block| {
        let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
        for item in block.items()? {
            match item.map_err(malformed)? {
                Item::Entry { sequence, .. } if sequence > through => return Ok(ControlFlow::Break(())),
                Item::Entry { sequence, recorded_at, body } => {
                    let entry = Arc::new(entries::decode_entry(body, sequence, recorded_at).map_err(malformed)?);
                    copy.take_in(&entry, &*snapshot)?;
                }
                // Commits end where they ended, so that the chain of digests is the same.
                Item::Seal(_) => copy.commit(false)?,
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    copy.commit(false)?;
    copy.commit(true)?;
    if copy.core.last != through {
        return Err(LayoutError::Format { what: format!("the journal ends at entry {}", copy.core.last) }.into());
    }
    builder.erased = Arc::new(copy.erased);
    builder.over(store)
}

/// A ledger that is being built again from a journal.
struct Replica {
    store: Arc<MemoryStore>,
    core: Core,
    tail: Tail,
    /// Whose texts are gone, and when that was recorded, if not by the entries followed so far.
    erased: BTreeMap<Owner, Timestamp>,
}

impl Replica {
    fn begin(store: &Arc<MemoryStore>, shared: &Shared) -> Result<Self, LayoutError> {
        let snapshot = store.snapshot()?;
        let runs = Runs::open(&*snapshot, RunsOptions::default())?;
        let sweep = Sweep::read(&*snapshot, SweepOptions::default())?;
        let tail = Tail::read(&*snapshot)?;
        let core = Core::new(Desk::default(), runs, sweep, shared.given.clone());
        let erased = (*shared.given.erased).clone();
        Ok(Self { store: Arc::clone(store), core, tail, erased })
    }

    fn take_in(&mut self, entry: &Arc<Entry>, original: &dyn Snapshot) -> Result<(), LayoutError> {
        if entry.sequence != self.core.last.next() {
            return Err(LayoutError::Format { what: format!("the journal has a gap before entry {}", entry.sequence) });
        }
        let key = entry.key.as_deref().map(|key| key_digest(&self.core.given.secret, entry.client, key));
        let beside = self.texts(entry, original)?;
        self.core.take_in(entry, beside, key);
        Ok(())
    }

    /// The personal texts that an entry commits to, as far as the original has them still.
    fn texts(&mut self, entry: &Entry, original: &dyn Snapshot) -> Result<Beside, LayoutError> {
        if let Some(owner) = erased(&entry.event) {
            self.erased.remove(&owner);
        }
        let Some((owner, _)) = committed(&entry.event) else { return Ok(Beside::new()) };
        let place = Place::Personal(owner, entry.sequence);
        if let Some(Record::Personal(texts)) = load::record(original, &place, entry.sequence)? {
            return Ok(restored(&self.core.desk, &entry.event, entry.sequence, texts, &self.core.given.secret));
        }
        if let Some(erased_at) = load::erased_at(original, owner)? {
            self.erased.insert(owner, erased_at);
        }
        Ok(Beside::new())
    }

    /// Writes what was taken in as one commit; at the end, with all rows that are changed.
    fn commit(&mut self, closing: bool) -> Result<(), LayoutError> {
        // Everything stays on the desk: following entries asks for what earlier ones left there.
        self.core.laid = 0;
        let (open, mut batch) = self.core.hand_over(&*self.store, usize::MAX, closing)?;
        self.tail.append(open.entries.entries(), &mut batch);
        Ok(self.store.commit(&batch)?)
    }
}
