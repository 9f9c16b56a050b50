//! Merges durable runs into one of the next level, some pairs at a time.

use std::sync::Arc;

use crate::layout::runs::chunk::{Chunk, RUNS, chunk_key};
use crate::layout::runs::error::RunsError;
use crate::layout::runs::pair::Pair;
use crate::layout::runs::run::Run;
use crate::layout::runs::view::Lazy;
use crate::layout::runs::writer::RunWriter;
use crate::store::{Batch, Snapshot};

/// A merge under way. After a crash it goes on from its last finished chunk.
#[derive(Debug)]
pub(super) struct Merge {
    /// What is merged.
    pub(super) inputs: Vec<Arc<Run>>,
    /// What is written.
    pub(super) writer: RunWriter,
    cursors: Vec<Cursor>,
}

impl Merge {
    /// Starts a merge.
    pub(super) fn new(inputs: Vec<Arc<Run>>, writer: RunWriter) -> Self {
        let cursors = inputs.iter().map(|run| Cursor::new(Arc::clone(run))).collect();
        Self { inputs, writer, cursors }
    }

    /// Goes on with a merge whose writer stopped after some chunks.
    pub(super) fn resume(inputs: Vec<Arc<Run>>, writer: RunWriter, snapshot: &dyn Snapshot) -> Result<Self, RunsError> {
        let mut merge = Self::new(inputs, writer);
        if merge.writer.progress().chunks > 0 {
            let next = merge.writer.progress().next;
            for cursor in &mut merge.cursors {
                cursor.seek(next, snapshot)?;
            }
        }
        Ok(merge)
    }

    /// Merges at most `budget` pairs, which it takes from `budget`; true at the end of the inputs.
    pub(super) fn advance(
        &mut self,
        budget: &mut u64,
        snapshot: &mut Lazy<'_>,
        writes: &mut Batch,
    ) -> Result<bool, RunsError> {
        let snapshot = snapshot.get()?;
        while *budget > 0 {
            let least = self.cursors.iter_mut().filter(|cursor| cursor.head.is_some()).min_by_key(|cursor| cursor.head);
            let Some((cursor, pair)) = least.and_then(|cursor| cursor.head.map(|pair| (cursor, pair))) else {
                return Ok(true);
            };
            self.writer.push(pair, writes)?;
            cursor.step(snapshot)?;
            *budget -= 1;
        }
        self.writer.pause(writes);
        Ok(false)
    }

    /// Ends the merge: its inputs and its run.
    pub(super) fn finish(self, writes: &mut Batch) -> Result<(Vec<Arc<Run>>, Run), RunsError> {
        let run = self.writer.finish(writes).ok_or(RunsError::corrupt(RUNS, "runs to be merged were empty"))?;
        Ok((self.inputs, run))
    }
}

/// A place in one input.
#[derive(Debug)]
struct Cursor {
    run: Arc<Run>,
    /// The next pair to be merged, in the chunk or at the start of the next.
    head: Option<Pair>,
    chunk: Option<Chunk>,
    index: usize,
}

impl Cursor {
    fn new(run: Arc<Run>) -> Self {
        Self { head: Some(run.first), run, chunk: None, index: 0 }
    }

    /// Moves to the first pair that is not less than `pair`.
    fn seek(&mut self, pair: Pair, snapshot: &dyn Snapshot) -> Result<(), RunsError> {
        if pair <= self.run.first {
            return Ok(());
        }
        let chunk = self.run.chunk_at_or_before(pair, snapshot)?.ok_or(lost())?;
        if chunk.next().is_some_and(|next| next <= pair) {
            return Err(lost());
        }
        self.index = chunk.lower_bound(pair);
        self.head = if self.index < chunk.count() { Some(chunk.pair(self.index)) } else { chunk.next() };
        self.chunk = Some(chunk).filter(|chunk| self.index < chunk.count());
        Ok(())
    }

    /// Moves past the head.
    fn step(&mut self, snapshot: &dyn Snapshot) -> Result<(), RunsError> {
        let chunk = match &self.chunk {
            Some(chunk) => chunk,
            None => {
                let Some(head) = self.head else { return Ok(()) };
                let key = chunk_key(self.run.id, head);
                let value = snapshot.get(RUNS, &key)?.ok_or(lost())?;
                self.index = 0;
                self.chunk.insert(Chunk::decode(self.run.id, &key, value)?.ok_or(lost())?)
            }
        };
        self.index += 1;
        if self.index < chunk.count() {
            self.head = Some(chunk.pair(self.index));
        } else {
            self.head = chunk.next();
            self.chunk = None;
        }
        Ok(())
    }
}

fn lost() -> RunsError {
    RunsError::corrupt(RUNS, "a chunk is missing")
}
