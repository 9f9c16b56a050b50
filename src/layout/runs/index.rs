//! The owner's handle: inserts, lookups, and the maintenance that each commit carries a little of.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::layout::runs::allowance::Allowance;
use crate::layout::runs::error::RunsError;
use crate::layout::runs::filter::Filter;
use crate::layout::runs::flush::{Flush, Flushed, Sealed};
use crate::layout::runs::manifest::{self, LEVELS_MAX, Manifest, Record, State};
use crate::layout::runs::memtable::Memtable;
use crate::layout::runs::merge::Merge;
use crate::layout::runs::options::RunsOptions;
use crate::layout::runs::pair::{Digest, Pair};
use crate::layout::runs::removal::Retired;
use crate::layout::runs::run::Run;
use crate::layout::runs::view::{Lazy, RunsReader, Shared, Snapshots, View};
use crate::layout::runs::writer::{Progress, RunWriter};
use crate::store::{Batch, Snapshot, StoreError};

/// The index, as the one writer holds it.
///
/// Called in this order: [`open`](Self::open); [`insert`](Self::insert) of every pair of the journal above
/// [`flushed_through`](Self::flushed_through), in ascending order of sequence. Then for each commit: `insert` its pairs, of
/// which [`remove_last`](Self::remove_last) may take some back; [`maintain`](Self::maintain) with the commit's number and batch,
/// before the pairs of any later commit are inserted; and once the batch is durable, [`durable`](Self::durable).
/// Later commits may be prepared before that. A batch that was not committed, or may not have been, ends the
/// use of the index: open it again.
#[derive(Debug)]
pub(crate) struct Runs {
    options: RunsOptions,
    shared: Arc<Shared>,
    /// The view that is shared: what durable storage and memory hold between them.
    view: Arc<View>,
    live: Arc<Memtable>,
    live_count: usize,
    sealed: VecDeque<Sealed>,
    flush: Option<Flush>,
    flush_owed: Allowance,
    levels: Vec<Level>,
    pending: VecDeque<Pending>,
    next_run: u32,
    flushed_through: u64,
    /// As `flushed_through`, once all batches so far are durable.
    staged_through: u64,
    /// Memory and batch no longer agree: a maintenance failed half way.
    stopped: bool,
}

/// The durable runs of one size.
#[derive(Debug, Default)]
struct Level {
    /// Complete, durable, and not being merged; the oldest first.
    runs: VecDeque<Arc<Run>>,
    merge: Option<Merge>,
    merge_owed: Allowance,
    retired: VecDeque<Retired>,
    removal_owed: Allowance,
}

/// What becomes visible when a commit is durable.
#[derive(Debug)]
struct Pending {
    commit: u64,
    made: Made,
}

#[derive(Debug)]
enum Made {
    Flushed { table: Arc<Memtable>, run: Option<Arc<Run>>, through: u64 },
    Merged { inputs: Vec<Arc<Run>>, run: Arc<Run> },
}

impl Made {
    fn run(&self) -> Option<&Arc<Run>> {
        match self {
            Made::Flushed { run, .. } => run.as_ref(),
            Made::Merged { run, .. } => Some(run),
        }
    }
}

impl Runs {
    /// Reads the manifest and the filters, and takes up what a crash interrupted.
    ///
    /// # Errors
    /// When the storage cannot be read, or the manifest or a filter is corrupt. Chunks are checked as they are read.
    pub(crate) fn open(snapshot: &dyn Snapshot, options: RunsOptions) -> Result<Self, RunsError> {
        let options = options.bounded();
        let manifest = Manifest::read(snapshot)?;
        let live = Arc::new(Memtable::new(options.memtable_keys));
        let mut runs = Self {
            options,
            shared: Arc::default(),
            view: Arc::new(View { tables: vec![Arc::clone(&live)], runs: Vec::new() }),
            live,
            live_count: 0,
            sealed: VecDeque::new(),
            flush: None,
            flush_owed: Allowance::default(),
            levels: (0..LEVELS_MAX).map(|_| Level::default()).collect(),
            pending: VecDeque::new(),
            next_run: manifest.next_run,
            flushed_through: manifest.flushed_through,
            staged_through: manifest.flushed_through,
            stopped: false,
        };
        runs.restore(&manifest, snapshot)?;
        runs.shared.replace(Arc::clone(&runs.view));
        Ok(runs)
    }

    /// A handle for readers on other threads.
    pub(crate) fn reader(&self) -> RunsReader {
        RunsReader(Arc::clone(&self.shared))
    }

    /// The greatest sequence such that every pair up to it is in durable runs.
    pub(crate) fn flushed_through(&self) -> u64 {
        self.flushed_through
    }

    /// Adds a pair, once. Sequences start at 1 and never descend, but for what is taken back; one may come with several
    /// digests.
    pub(crate) fn insert(&mut self, digest: Digest, sequence: u64) {
        if self.live_count >= self.options.memtable_keys {
            self.seal();
        }
        self.live.insert(Pair { digest: digest.number(), sequence });
        self.live_count += 1;
    }

    /// Takes back an insertion made since the last maintenance; false if there was none.
    ///
    /// Insertions are taken back from the last on, before anything else is inserted or looked up.
    pub(crate) fn remove_last(&mut self, digest: Digest, sequence: u64) -> bool {
        let pair = Pair { digest: digest.number(), sequence };
        if self.live.remove(pair) {
            self.live_count -= 1;
            return true;
        }
        // One large batch may have filled tables since.
        for sealed in self.sealed.iter_mut().rev() {
            if sealed.table.remove(pair) {
                sealed.count -= 1;
                return true;
            }
        }
        false
    }

    /// Reads a little of what finding `digest` will read, for the sake of having read it; the number means nothing.
    pub(crate) fn touch(&self, digest: Digest) -> u64 {
        self.view.touch(digest)
    }

    /// Replaces `out` by all sequences that were inserted with `digest`, ascending.
    ///
    /// `snapshots` is called at most once, and only if a filter says that a run may hold the digest; what it gives must
    /// hold at least the commits reported to [`durable`](Self::durable).
    ///
    /// # Errors
    /// When storage cannot be read, or is corrupt.
    pub(crate) fn find(&self, digest: Digest, snapshots: Snapshots<'_>, out: &mut Vec<u64>) -> Result<(), RunsError> {
        self.view.find(digest, u64::MAX, snapshots, out)
    }

    /// Adds to `batch` a slice of what is owed for the `inserted` pairs that this commit brought; usually nothing, if they are few.
    ///
    /// `commit` is the number under which the batch will be reported durable, greater than any before.
    ///
    /// # Errors
    /// When storage cannot be read, or is corrupt. Then nothing was added to `batch`, and there is no further
    /// maintenance until the index is opened again.
    pub(crate) fn maintain(
        &mut self,
        commit: u64,
        inserted: usize,
        snapshots: Snapshots<'_>,
        batch: &mut Batch,
    ) -> Result<(), RunsError> {
        if self.stopped {
            return Err(StoreError::Stopped.into());
        }
        let slice = self.options.slice_keys();
        let mut task = Task { commit, inserted, slice, snapshot: Lazy::new(snapshots), writes: Batch::new() };
        match self.work(&mut task) {
            Ok(false) => Ok(()),
            Ok(true) => {
                self.manifest().write(&mut task.writes);
                batch.append(&task.writes);
                Ok(())
            }
            Err(error) => {
                self.stopped = true;
                Err(error)
            }
        }
    }

    /// Says that the batches of all commits up to `commit` are durable, and that snapshots taken from now on show them.
    pub(crate) fn durable(&mut self, commit: u64) {
        if self.pending.front().is_none_or(|pending| pending.commit > commit) {
            return;
        }
        let mut view = View::clone(&self.view);
        let mut retired = Vec::new();
        let later = self.pending.partition_point(|pending| pending.commit <= commit);
        for Pending { made, .. } in self.pending.drain(..later) {
            if let Some(run) = made.run() {
                view.runs.push(Arc::clone(run));
                if let Some(level) = self.levels.get_mut(usize::from(run.level)) {
                    level.runs.push_back(Arc::clone(run));
                }
            }
            match made {
                Made::Flushed { table, through, .. } => {
                    view.tables.retain(|other| !Arc::ptr_eq(other, &table));
                    self.flushed_through = through;
                }
                Made::Merged { inputs, .. } => {
                    view.runs.retain(|run| !inputs.iter().any(|input| Arc::ptr_eq(input, run)));
                    retired.extend(inputs);
                }
            }
        }
        self.show(view);
        for run in retired {
            if let Some(level) = self.levels.get_mut(usize::from(run.level)) {
                level.retired.push_back(Retired::new(run));
            }
        }
    }

    /// Makes `view` the one that is searched.
    fn show(&mut self, view: View) {
        self.view = Arc::new(view);
        self.shared.replace(Arc::clone(&self.view));
    }

    /// Puts the live table, which is not empty, aside.
    fn seal(&mut self) {
        let table = std::mem::replace(&mut self.live, Arc::new(Memtable::new(self.options.memtable_keys)));
        self.sealed.push_back(Sealed { table, count: self.live_count as u64 });
        self.live_count = 0;
        let mut view = View::clone(&self.view);
        view.tables.push(Arc::clone(&self.live));
        self.show(view);
    }

    /// Does what is due; false if nothing was.
    fn work(&mut self, task: &mut Task<'_>) -> Result<bool, RunsError> {
        let busy = self.flush.is_some() || !self.sealed.is_empty();
        let mut worked = false;
        if self.flush_owed.earn(task.inserted, busy, task.slice) {
            worked |= self.flush_slice(task)?;
        }
        for level in 0..LEVELS_MAX {
            worked |= self.merge_slice(level, task)?;
            worked |= self.removal_slice(level, task)?;
        }
        Ok(worked)
    }

    fn flush_slice(&mut self, task: &mut Task<'_>) -> Result<bool, RunsError> {
        let allowed = self.flush_owed.budget(task.inserted, task.slice);
        let mut budget = allowed;
        while budget > 0 {
            if self.flush.is_none() {
                let Some(sealed) = self.sealed.pop_front() else {
                    break;
                };
                let writer = self.writer(0, sealed.count)?;
                self.flush = Some(Flush::new(sealed, writer));
            }
            let Some(mut flush) = self.flush.take() else {
                break;
            };
            if !flush.advance(&mut budget, &mut task.writes)? {
                self.flush = Some(flush);
                break;
            }
            let Flushed { table, through, run } = flush.finish(&mut task.writes);
            self.staged_through = self.staged_through.max(through);
            let made = Made::Flushed { table, run: run.map(Arc::new), through: self.staged_through };
            self.pending.push_back(Pending { commit: task.commit, made });
        }
        self.flush_owed.pay(allowed - budget);
        Ok(true)
    }

    fn merge_slice(&mut self, level: u8, task: &mut Task<'_>) -> Result<bool, RunsError> {
        let fanout = self.options.fanout;
        let Some(at) = self.levels.get_mut(usize::from(level)) else {
            return Ok(false);
        };
        let coming = self.pending.iter().filter_map(|pending| pending.made.run()).filter(|run| run.level == level);
        let busy = at.merge.is_some() || at.runs.len() + coming.count() >= fanout;
        if level + 1 == LEVELS_MAX || !at.merge_owed.earn(task.inserted, busy, task.slice) {
            return Ok(false);
        }
        let allowed = at.merge_owed.budget(task.inserted, task.slice);
        let (mut budget, mut merge) = (allowed, at.merge.take());
        let mut worked = false;
        while budget > 0 {
            let mut current = match merge.take() {
                Some(merge) => merge,
                None => match self.start_merge(level)? {
                    Some(merge) => merge,
                    None => break,
                },
            };
            // Even if no pair is left: then its end is written.
            worked = true;
            if !current.advance(&mut budget, &mut task.snapshot, &mut task.writes)? {
                merge = Some(current);
                break;
            }
            let (inputs, run) = current.finish(&mut task.writes)?;
            let made = Made::Merged { inputs, run: Arc::new(run) };
            self.pending.push_back(Pending { commit: task.commit, made });
        }
        let Some(at) = self.levels.get_mut(usize::from(level)) else {
            return Ok(false);
        };
        at.merge = merge;
        at.merge_owed.pay(allowed - budget);
        Ok(worked)
    }

    /// A merge of the oldest runs of a level, if there are enough.
    fn start_merge(&mut self, level: u8) -> Result<Option<Merge>, RunsError> {
        let fanout = self.options.fanout;
        let Some(at) = self.levels.get_mut(usize::from(level)).filter(|at| at.runs.len() >= fanout) else {
            return Ok(None);
        };
        let inputs: Vec<_> = at.runs.drain(..fanout).collect();
        let writer = self.writer(level + 1, inputs.iter().map(|run| run.count).sum())?;
        Ok(Some(Merge::new(inputs, writer)))
    }

    fn removal_slice(&mut self, level: u8, task: &mut Task<'_>) -> Result<bool, RunsError> {
        let Some(at) = self.levels.get_mut(usize::from(level)) else {
            return Ok(false);
        };
        if !at.removal_owed.earn(task.inserted, !at.retired.is_empty(), task.slice) {
            return Ok(false);
        }
        let allowed = at.removal_owed.budget(task.inserted, task.slice);
        let (mut budget, mut worked) = (allowed, false);
        for _ in 0..at.retired.len() {
            let Some(mut retired) = at.retired.pop_front() else {
                break;
            };
            if budget > 0 && retired.is_free() {
                worked = true;
                if retired.advance(&mut budget, &mut task.snapshot, &mut task.writes)? {
                    continue;
                }
                at.retired.push_front(retired);
                break;
            }
            // A reader still searches it: others first.
            at.retired.push_back(retired);
        }
        at.removal_owed.pay(allowed.saturating_sub(budget));
        Ok(worked)
    }

    fn writer(&mut self, level: u8, keys: u64) -> Result<RunWriter, RunsError> {
        let id = self.next_run;
        self.next_run = id.checked_add(1).ok_or(manifest::corrupt("the numbers for runs are used up"))?;
        Ok(RunWriter::new(id, level, self.options.filter_blocks(keys), self.options.chunk_bytes))
    }

    /// What storage will hold once all batches so far are durable.
    fn manifest(&self) -> Manifest {
        let mut manifest =
            Manifest { flushed_through: self.staged_through, next_run: self.next_run, ..Manifest::default() };
        let records = &mut manifest.records;
        for level in &self.levels {
            records.extend(level.runs.iter().map(|run| (run.id, whole(run, State::Complete))));
            records
                .extend(level.retired.iter().map(|retired| (retired.run().id, whole(retired.run(), State::Retired))));
            if let Some(merge) = &level.merge {
                let inputs = merge.inputs.iter().map(|run| run.id).collect();
                records.insert(merge.writer.id, part(&merge.writer, State::Merging { inputs }));
                records.extend(merge.inputs.iter().map(|run| (run.id, whole(run, State::Complete))));
            }
        }
        if let Some(flush) = &self.flush {
            records.insert(flush.writer.id, part(&flush.writer, State::Flushing));
        }
        for pending in &self.pending {
            records.extend(pending.made.run().map(|run| (run.id, whole(run, State::Complete))));
            if let Made::Merged { inputs, .. } = &pending.made {
                records.extend(inputs.iter().map(|run| (run.id, whole(run, State::Retired))));
            }
        }
        manifest
    }

    /// Takes up the runs that the manifest names.
    fn restore(&mut self, manifest: &Manifest, snapshot: &dyn Snapshot) -> Result<(), RunsError> {
        let mut view = View::clone(&self.view);
        for (id, record) in &manifest.records {
            let Some(level) = self.levels.get_mut(usize::from(record.level)) else {
                continue;
            };
            let rows = Filter::new(record.filter_blocks).rows();
            match &record.state {
                State::Complete => {
                    let run = Arc::new(restored(*id, record, Filter::read(snapshot, *id, record.filter_blocks, rows)?));
                    view.runs.push(Arc::clone(&run));
                    level.runs.push_back(run);
                }
                State::Flushing | State::Retired => {
                    let run = restored(*id, record, Filter::new(record.filter_blocks));
                    level.retired.push_back(Retired::new(Arc::new(run)));
                }
                // Needs its inputs, so it comes second.
                State::Merging { .. } => {}
            }
        }
        for (id, record) in &manifest.records {
            if let State::Merging { inputs } = &record.state {
                self.restore_merge(*id, record, inputs, snapshot)?;
            }
        }
        self.view = Arc::new(view);
        Ok(())
    }

    fn restore_merge(
        &mut self,
        id: u32,
        record: &Record,
        inputs: &[u32],
        snapshot: &dyn Snapshot,
    ) -> Result<(), RunsError> {
        let wrong = || manifest::corrupt("a merge makes no sense");
        let from = usize::from(record.level).checked_sub(1).ok_or(wrong())?;
        let level = self.levels.get_mut(from).filter(|level| level.merge.is_none()).ok_or(wrong())?;
        let (taken, left): (VecDeque<_>, VecDeque<_>) = level.runs.drain(..).partition(|run| inputs.contains(&run.id));
        level.runs = left;
        if taken.len() != inputs.len() || taken.is_empty() {
            return Err(wrong());
        }
        let filter = Filter::read(snapshot, id, record.filter_blocks, record.done.rows)?;
        let writer = RunWriter::resume(id, record.level, filter, self.options.chunk_bytes, record.done);
        level.merge = Some(Merge::resume(taken.into(), writer, snapshot)?);
        Ok(())
    }
}

/// One call of `maintain`.
struct Task<'a> {
    commit: u64,
    inserted: usize,
    slice: u64,
    snapshot: Lazy<'a>,
    writes: Batch,
}

fn whole(run: &Run, state: State) -> Record {
    let done = Progress { count: run.count, chunks: run.chunks, first: run.first, ..Progress::default() };
    Record { level: run.level, state, filter_blocks: run.filter.total(), done }
}

fn part(writer: &RunWriter, state: State) -> Record {
    Record { level: writer.level, state, filter_blocks: writer.filter_blocks(), done: writer.progress() }
}

fn restored(id: u32, record: &Record, filter: Filter) -> Run {
    let Progress { count, chunks, first, .. } = record.done;
    Run { id, level: record.level, count, chunks, first, filter }
}

#[cfg(test)]
impl Runs {
    /// How many chunks and filter rows the complete runs have.
    pub(super) fn stored(&self) -> (u64, u64) {
        assert!(self.pending.is_empty() && self.flush.is_none());
        assert!(self.levels.iter().all(|level| level.merge.is_none() && level.retired.is_empty()));
        let runs = &self.view.runs;
        (runs.iter().map(|run| run.chunks).sum(), runs.iter().map(|run| u64::from(run.filter.rows())).sum())
    }

    /// How many levels have runs.
    pub(super) fn levels_in_use(&self) -> usize {
        self.levels.iter().filter(|level| !level.runs.is_empty() || level.merge.is_some()).count()
    }

    /// How many chunks the merges under way have finished.
    pub(super) fn merges_begun(&self) -> u64 {
        self.levels.iter().filter_map(|level| level.merge.as_ref()).map(|merge| merge.writer.progress().chunks).sum()
    }

    /// How many runs a lookup asks.
    pub(super) fn count_of_runs(&self) -> usize {
        self.view.runs.len()
    }

    /// Whether every table that is filled or to be flushed has as many pairs as is known of it.
    pub(super) fn counts_are_right(&self) -> bool {
        let pairs = |table: &Memtable| {
            let (mut from, mut pairs, mut before) = (0, Vec::new(), None);
            while before.replace(pairs.len()) != Some(pairs.len()) {
                table.cluster(&mut from, &mut pairs);
            }
            table.spill_after(None, usize::MAX, &mut pairs);
            pairs.len() as u64
        };
        pairs(&self.live) == self.live_count as u64
            && self.sealed.iter().all(|sealed| pairs(&sealed.table) == sealed.count)
    }

    /// The first commit that must be durable before what it brought is shown.
    pub(super) fn awaited(&self) -> Option<u64> {
        self.pending.front().map(|pending| pending.commit)
    }

    /// How many memtables are alive.
    pub(super) fn tables(&self) -> usize {
        self.view.tables.len()
    }

    /// What is known of the runs that are searched: number, level, pairs, chunks, first pair, blocks of the filter.
    pub(super) fn described(&self) -> Vec<(u32, u8, u64, u64, Pair, u32)> {
        let of = |run: &Arc<Run>| (run.id, run.level, run.count, run.chunks, run.first, run.filter.total());
        let mut described: Vec<_> = self.view.runs.iter().map(of).collect();
        described.sort_unstable();
        described
    }
}
