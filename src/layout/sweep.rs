//! Writing changed rows back, a bounded slice with each commit.
//!
//! A round takes all pages that are changed at its start and writes them in turn; when it ends, every row holds at
//! least all that the journal said at its start, and the mark that is stored says so. Opening loads rows as they are
//! needed and follows the journal from the mark on. Rows may be newer than the mark: entries are absolute, so following
//! them again ends in the same state.

use super::keys::{ROWS, STATE, page_key};
use super::wire::{Malformed, Reader, Wire};
use super::{LayoutError, corrupt, rows, sealed};
use crate::model::Sequence;
use crate::rules::{Desk, PAGE_ROWS};
use crate::store::{Batch, Snapshot};

const KEY: &[u8] = b"swept";

/// How much is written when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SweepOptions {
    /// A round ends after this many entries at the latest, unless there are so many pages that it takes one entry in
    /// turn for each row.
    pub round_entries: u64,
    /// Fewer pages than this are not worth touching the table for.
    pub slice_pages: usize,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self { round_entries: 250_000, slice_pages: 32 }
    }
}

/// More pages than this are not written with one commit, whatever is owed.
const SLICE_PAGES_MAX: usize = 4_096;

/// How far the rows in storage are behind the journal, and the round that is catching up.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    options: SweepOptions,
    /// All rows in storage hold at least what the journal says up to here.
    swept: Sequence,
    /// The pages of this round, and how many are written.
    round: Vec<u64>,
    done: usize,
    /// The journal's end when the round began.
    mark: Sequence,
    /// Entries since the round began.
    entries: u64,
}

impl Sweep {
    /// The mark as it is stored.
    pub(crate) fn read(snapshot: &dyn Snapshot, options: SweepOptions) -> Result<Self, LayoutError> {
        let Some(value) = snapshot.get(STATE, KEY)? else { return Ok(Self { options, ..Self::default() }) };
        let read = || -> Result<Sequence, Malformed> {
            let mut reader = Reader::new(sealed::open(STATE, KEY, &value)?);
            let swept = Sequence::read(&mut reader)?;
            reader.finish()?;
            Ok(swept)
        };
        let swept = read().map_err(|malformed| corrupt(STATE, KEY, malformed))?;
        Ok(Self { options, swept, ..Self::default() })
    }

    pub(crate) fn swept(&self) -> Sequence {
        self.swept
    }

    /// Adds this commit's slice to `batch`. `entries` were decided since the last commit and `last` is the latest of
    /// them; `excess` pages more should be written because memory is short.
    pub(crate) fn slice(
        &mut self,
        desk: &mut Desk,
        entries: usize,
        last: Sequence,
        excess: usize,
        commit: u64,
        batch: &mut Batch,
    ) {
        self.entries = self.entries.saturating_add(entries as u64);
        if self.round.is_empty() {
            self.begin(desk, last);
        }
        let rows = PAGE_ROWS.saturating_mul(self.round.len() as u64);
        let length = self.options.round_entries.max(rows.min(self.options.round_entries.saturating_mul(8)));
        let due = (self.round.len() as u64).saturating_mul(self.entries) / length.max(1);
        let due = usize::try_from(due).unwrap_or(usize::MAX).min(self.round.len());
        let owed = due.saturating_sub(self.done).max(excess.min(self.round.len().saturating_sub(self.done)));
        if self.entries >= length || owed >= self.options.slice_pages || excess > 0 {
            self.write(desk, owed.min(SLICE_PAGES_MAX), commit, batch);
        }
    }

    /// Adds everything that is changed to `batch`: for closing.
    pub(crate) fn all(&mut self, desk: &mut Desk, last: Sequence, commit: u64, batch: &mut Batch) {
        self.write(desk, usize::MAX, commit, batch);
        self.begin(desk, last);
        self.write(desk, usize::MAX, commit, batch);
    }

    fn begin(&mut self, desk: &mut Desk, last: Sequence) {
        self.round = desk.take_dirty();
        self.done = 0;
        self.mark = last;
        self.entries = 0;
    }

    fn write(&mut self, desk: &mut Desk, pages: usize, commit: u64, batch: &mut Batch) {
        let end = self.done.saturating_add(pages).min(self.round.len());
        for number in self.round.get(self.done..end).unwrap_or_default() {
            if let Some(rows) = desk.page_rows(*number) {
                let key = page_key(*number);
                batch.put(ROWS, key, sealed::seal(ROWS, &key, &rows::encode_rows(rows)));
            }
            desk.written_back(*number, commit);
        }
        self.done = end;
        if self.done < self.round.len() {
            return;
        }
        // The round has ended, whether or not it moves the mark.
        self.round.clear();
        self.done = 0;
        if self.mark > self.swept {
            self.swept = self.mark;
            let mut body = Vec::new();
            self.swept.write(&mut body);
            batch.put(STATE, KEY, sealed::seal(STATE, KEY, &body));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_that_moves_no_mark_ends_all_the_same() {
        // A round begun by a commit without entries used to stay for ever: nothing was swept any more.
        let options = SweepOptions { round_entries: 1, slice_pages: 1 };
        let mut sweep = Sweep { options, swept: Sequence(5), round: vec![7], mark: Sequence(5), ..Sweep::default() };
        let mut desk = Desk::default();
        sweep.slice(&mut desk, 8, Sequence(13), 0, 1, &mut Batch::new());
        // The next commit begins a round of its own.
        assert!(sweep.round.is_empty());
        assert_eq!(sweep.done, 0);
    }
}
