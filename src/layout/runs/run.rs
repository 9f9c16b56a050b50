//! A complete, durable, immutable run of sorted pairs, and how a digest is found in it.

use crate::layout::runs::chunk::{Chunk, RUNS, chunk_key};
use crate::layout::runs::error::RunsError;
use crate::layout::runs::filter::Filter;
use crate::layout::runs::pair::Pair;
use crate::store::Snapshot;

/// What is kept in memory of a run.
#[derive(Debug)]
pub(super) struct Run {
    /// Its number, never used again.
    pub(super) id: u32,
    /// Its tier: flushed memtables are at 0.
    pub(super) level: u8,
    /// How many pairs it holds.
    pub(super) count: u64,
    /// In how many chunks.
    pub(super) chunks: u64,
    /// Its first pair.
    pub(super) first: Pair,
    /// Tells most digests that it does not hold.
    pub(super) filter: Filter,
}

impl Run {
    /// Appends the sequences up to `up_to` that are stored for `digest`, in no order.
    pub(super) fn find(
        &self,
        digest: u128,
        up_to: u64,
        snapshot: &dyn Snapshot,
        out: &mut Vec<u64>,
    ) -> Result<(), RunsError> {
        let lost = || RunsError::corrupt(RUNS, "a chunk is missing");
        let mut follower: Option<Pair> = None;
        let mut from = Some(Pair { digest, sequence: u64::MAX });
        while let Some(at_most) = from {
            let Some(chunk) = self.chunk_at_or_before(at_most, snapshot)? else {
                // Nothing stands before the first chunk, and a run never starts after a pair that it holds.
                let starts_here = follower.map_or(self.first > at_most, |follower| follower == self.first);
                return if starts_here { Ok(()) } else { Err(lost()) };
            };
            // The chunk that was found must reach to the one that was there before, or past the digest.
            let reaches = match (follower, chunk.next()) {
                (Some(follower), next) => next == Some(follower),
                (None, next) => next.is_none_or(|next| next > at_most),
            };
            if !reaches {
                return Err(lost());
            }
            let start = chunk.lower_bound(Pair { digest, sequence: 0 });
            let pairs = (start..chunk.count()).map(|index| chunk.pair(index));
            out.extend(
                pairs.take_while(|pair| pair.digest == digest).map(|pair| pair.sequence).filter(|s| *s <= up_to),
            );
            // A digest with many sequences may begin in an earlier chunk.
            follower = Some(chunk.first());
            from = if chunk.first().digest == digest { chunk.first().before() } else { None };
        }
        Ok(())
    }

    /// The last chunk whose first pair is not greater than `pair`.
    pub(super) fn chunk_at_or_before(&self, pair: Pair, snapshot: &dyn Snapshot) -> Result<Option<Chunk>, RunsError> {
        match snapshot.at_or_before(RUNS, &chunk_key(self.id, pair))? {
            Some((key, value)) => Chunk::decode(self.id, &key, value),
            None => Ok(None),
        }
    }
}
