//! Every moment at which the power could have been cut during a run that was recorded.
//!
//! One run shows all of them: whoever waits for the disk cannot tell a cut from a disk that went on.

use super::changes::{Change, Keep, Pending};
use std::collections::VecDeque;
use std::sync::Arc;

/// What a disk wrote down.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    before: Pending,
    steps: VecDeque<(u64, Step)>,
}

#[derive(Clone, Debug)]
enum Step {
    Changed(Arc<Change>),
    Synced,
}

impl Recorded {
    pub(super) fn after(before: Pending) -> Self {
        Self { before, steps: VecDeque::new() }
    }

    pub(super) fn changed(&mut self, operations: u64, change: &Arc<Change>) {
        self.steps.push_back((operations, Step::Changed(Arc::clone(change))));
    }

    pub(super) fn synced(&mut self, operations: u64) {
        self.steps.push_back((operations, Step::Synced));
    }
}

/// Goes from one moment to the next: after each change of the disk and after each sync. Reads change nothing.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::store::faults::{Keep, SimDisk};
///
/// let disk = SimDisk::new();
/// let ledger = Ledger::builder().on_backend(disk.clone())?;
/// disk.record();
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// // Wherever the power is cut, the book is there whole or not at all.
/// let mut cuts = disk.cuts();
/// while cuts.next() {
///     let ledger = Ledger::builder().on_backend(SimDisk::from_image(cuts.image(Keep::Nothing)))?;
///     assert!(ledger.verify_all()?.is_sound() && ledger.view()?.books()?.len() <= 1);
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cuts {
    pending: Pending,
    steps: VecDeque<(u64, Step)>,
    operations: u64,
}

impl Cuts {
    pub(super) fn of(Recorded { before, steps }: Recorded) -> Self {
        Self { pending: before, steps, operations: 0 }
    }

    /// Goes on to the next moment; `false` when there is none.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> bool {
        let Some((operations, step)) = self.steps.pop_front() else { return false };
        self.operations = operations;
        match step {
            Step::Changed(change) => self.pending.unsynced.push(change),
            Step::Synced => self.pending.sync(),
        }
        true
    }

    /// How many operations of the disk had begun by then, the one that has just ended included.
    pub fn operations(&self) -> u64 {
        self.operations
    }

    /// Whether nothing is uncertain: every way to keep leaves the same bytes.
    pub fn is_certain(&self) -> bool {
        self.pending.unsynced.is_empty()
    }

    /// How many moments are left.
    pub fn left(&self) -> usize {
        self.steps.len()
    }

    /// The bytes that a power cut at this moment could leave.
    pub fn image(&self, keep: Keep) -> Vec<u8> {
        self.pending.image(keep)
    }
}
