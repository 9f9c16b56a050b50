//! Everything that can be searched at one moment, shared with readers on other threads.

use std::sync::Arc;

use parking_lot::RwLock;

use crate::layout::runs::error::RunsError;
use crate::layout::runs::filter::Probe;
use crate::layout::runs::memtable::Memtable;
use crate::layout::runs::pair::Digest;
use crate::layout::runs::run::Run;
use crate::store::{Snapshot, StoreError};

/// How the index takes a snapshot, when it finds that it needs one.
pub(crate) type Snapshots<'a> = &'a dyn Fn() -> Result<Box<dyn Snapshot>, StoreError>;

/// A snapshot that is taken when it is first asked for.
pub(super) struct Lazy<'a> {
    snapshots: Snapshots<'a>,
    taken: Option<Box<dyn Snapshot>>,
}

impl<'a> Lazy<'a> {
    /// No snapshot yet.
    pub(super) fn new(snapshots: Snapshots<'a>) -> Self {
        Self { snapshots, taken: None }
    }

    /// The snapshot.
    pub(super) fn get(&mut self) -> Result<&dyn Snapshot, StoreError> {
        let taken = match self.taken.take() {
            Some(taken) => taken,
            None => (self.snapshots)()?,
        };
        Ok(&**self.taken.insert(taken))
    }
}

/// Memtables and durable runs that together hold every pair.
///
/// Invariant, kept by `index`: while a view is alive, no chunk of its runs is removed from the store.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The live memtable last.
    pub(super) tables: Vec<Arc<Memtable>>,
    /// In no order.
    pub(super) runs: Vec<Arc<Run>>,
}

impl View {
    /// Reads a little of what [`View::find`] will read; the number means nothing.
    pub(super) fn touch(&self, digest: Digest) -> u64 {
        let digest = digest.number();
        let tables = self.tables.iter().map(|table| table.touch(digest));
        let runs = self.runs.iter().map(|run| run.filter.touch(digest));
        tables.chain(runs).fold(0, |touched, read| touched ^ read)
    }

    /// Replaces `out` by the sequences up to `up_to` that name `digest`, ascending.
    pub(super) fn find(
        &self,
        digest: Digest,
        up_to: u64,
        snapshots: Snapshots<'_>,
        out: &mut Vec<u64>,
    ) -> Result<(), RunsError> {
        out.clear();
        let digest = digest.number();
        for table in &self.tables {
            table.find(digest, up_to, out);
        }
        let probe = Probe::new(digest);
        let mut snapshot = Lazy::new(snapshots);
        for run in &self.runs {
            if run.filter.may_hold(&probe) {
                run.find(digest, up_to, snapshot.get()?, out)?;
            }
        }
        if out.len() > 1 {
            out.sort_unstable();
            // A pair that was flushed, and inserted again when the ledger was opened, is found twice.
            out.dedup();
        }
        Ok(())
    }
}

/// The place where the current view stands.
#[derive(Debug, Default)]
pub(super) struct Shared(RwLock<Arc<View>>);

impl Shared {
    /// Exchanges the view.
    pub(super) fn replace(&self, view: Arc<View>) {
        let old = std::mem::replace(&mut *self.0.write(), view);
        // Out of the lock: it may free a memtable.
        drop(old);
    }

    fn current(&self) -> Arc<View> {
        Arc::clone(&self.0.read())
    }
}

/// Looks digests up while the writer goes on. Cheap to clone; may be used from any thread.
#[derive(Clone, Debug)]
pub(crate) struct RunsReader(pub(super) Arc<Shared>);

impl RunsReader {
    /// Replaces `out` by the sequences up to `up_to`, inclusive, that name `digest`, ascending.
    ///
    /// `up_to` is a sequence that the reader has learned, by some synchronised way, to be durable; or any below.
    /// `snapshots` takes a new snapshot: it is called at most once, and only if a filter says that a run may hold the digest.
    /// A snapshot from before this call may lack the runs that are looked at.
    ///
    /// # Errors
    /// When storage cannot be read, or is corrupt.
    pub(crate) fn find(
        &self,
        digest: Digest,
        up_to: u64,
        snapshots: Snapshots<'_>,
        out: &mut Vec<u64>,
    ) -> Result<(), RunsError> {
        self.0.current().find(digest, up_to, snapshots, out)
    }
}
