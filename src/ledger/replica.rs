//! Replicas: a ledger built again from a journal's entries, as they are. No command is judged.
//!
//! This is the one way by which entries that were decided elsewhere come into a store: all of them, from the first on,
//! into a store that holds a header and nothing else.

use std::sync::Arc;

use super::core::{Core, Given, key_digest};
use super::decided::Decided;
use crate::layout::LayoutError;
use crate::layout::journal::{Digest, Tail};
use crate::layout::runs::{Runs, RunsOptions};
use crate::layout::sweep::{Sweep, SweepOptions};
use crate::model::{Entry, Personal, Sequence};
use crate::rules::{Desk, restored};
use crate::store::Store;

/// About how many bytes of entries are written to the store at once.
const BATCH_BYTES: usize = 8 << 20;

/// A ledger that is being built again from a journal.
pub(super) struct Replica<'a> {
    store: &'a dyn Store,
    core: Core,
    tail: Tail,
    /// Commits that are complete and not in the store yet.
    sealed: Vec<Decided>,
    sealed_bytes: usize,
}

impl<'a> Replica<'a> {
    /// Begins in a store that has no entries yet.
    pub(super) fn begin(store: &'a dyn Store, given: Given) -> Result<Self, LayoutError> {
        let snapshot = store.snapshot()?;
        let tail = Tail::read(&*snapshot)?;
        if tail.last != Sequence::ZERO {
            return Err(LayoutError::Format { what: "the store holds a ledger already".to_owned() });
        }
        let runs = Runs::open(&*snapshot, RunsOptions::default())?;
        let sweep = Sweep::read(&*snapshot, SweepOptions::default())?;
        let mut core = Core::new(Desk::default(), runs, sweep, given);
        // Everything stays on the desk: following entries asks for what earlier ones left there.
        core.records_max = usize::MAX;
        Ok(Self { store, core, tail, sealed: Vec::new(), sealed_bytes: 0 })
    }

    /// Follows the next entry, with the personal texts that it commits to if they are still there.
    pub(super) fn take_in(&mut self, entry: &Arc<Entry>, texts: Option<Arc<Personal>>) -> Result<(), LayoutError> {
        if entry.sequence != self.core.last.next() {
            return Err(LayoutError::Format { what: format!("the journal has a gap before entry {}", entry.sequence) });
        }
        let secret = &self.core.given.secret;
        let key = entry.key.as_deref().map(|key| key_digest(secret, entry.client, key));
        let restored = texts.map(|texts| restored(&self.core.desk, &entry.event, entry.sequence, texts, secret));
        self.core.take_in(entry, restored.unwrap_or_default(), key);
        Ok(())
    }

    /// Ends a commit, which gets a digest of its own.
    pub(super) fn seal(&mut self) -> Result<(), LayoutError> {
        let commit = std::mem::take(&mut self.core.open.entries);
        self.sealed_bytes = self.sealed_bytes.saturating_add(commit.weight());
        self.sealed.push(commit);
        if self.sealed_bytes < BATCH_BYTES { Ok(()) } else { self.write(false) }
    }

    /// Writes everything; gives the last entry and the digest of the last commit.
    pub(super) fn finish(mut self) -> Result<(Sequence, Digest), LayoutError> {
        self.seal()?;
        self.write(false)?;
        self.write(true)?;
        Ok((self.core.last, self.tail.digest))
    }

    /// Writes the commits that are complete, in one go; at the end, with all rows that are changed.
    fn write(&mut self, closing: bool) -> Result<(), LayoutError> {
        let mut batch = self.core.hand_over(self.store, usize::MAX, closing)?.batch;
        self.tail.append(&[], &mut batch);
        for commit in self.sealed.drain(..) {
            self.tail.extend(commit.entries(), &mut batch);
        }
        self.sealed_bytes = 0;
        Ok(self.store.commit(&batch)?)
    }
}
