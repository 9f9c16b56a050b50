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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::runs::writer::RunWriter;
    use crate::store::{Batch, MemoryStore, Store};

    #[test]
    fn absent_digest_is_told_from_a_chunk_that_is_missing() {
        let (mut writer, mut writes) = (RunWriter::new(4, 0, 8, 128), Batch::new());
        // Even digests, of which the middle one has many sequences: it fills chunks by itself.
        let pairs = (1..=20).map(|n| (2 * n, 1)).chain((1..=200).map(|n| (42, n))).chain((22..=40).map(|n| (2 * n, 1)));
        for (digest, sequence) in pairs {
            writer.push(Pair { digest: digest << 100, sequence }, &mut writes).unwrap();
        }
        let run = writer.finish(&mut writes).unwrap();
        let store = MemoryStore::new();
        store.commit(&writes).unwrap();
        let find = |digest: u128, up_to| {
            let mut out = Vec::new();
            run.find(digest << 100, up_to, &*store.snapshot().unwrap(), &mut out).map(|()| {
                out.sort_unstable();
                out
            })
        };
        for digest in 0..=83 {
            let expected = match digest {
                42 => (1..=200).collect(),
                2..=80 if digest % 2 == 0 => vec![1],
                _ => Vec::new(),
            };
            assert_eq!(find(digest, u64::MAX).unwrap(), expected, "{digest}");
        }
        assert_eq!(find(42, 7).unwrap(), (1..=7).collect::<Vec<_>>());
        // Without any one chunk, what stood in it is missed and never said to be absent.
        let keys: Vec<_> =
            writes.changes().filter(|(table, ..)| *table == RUNS).map(|(_, key, _)| key.to_vec()).collect();
        assert!(keys.len() as u64 == run.chunks && keys.len() > 5);
        for key in &keys {
            let value = store.snapshot().unwrap().get(RUNS, key).unwrap().unwrap();
            let without = |store: &MemoryStore| {
                let mut batch = Batch::new();
                batch.remove(RUNS, key.as_slice());
                store.commit(&batch).unwrap();
            };
            without(&store);
            let chunk = Chunk::decode(4, key, value.clone()).unwrap().unwrap();
            for at in 0..chunk.count() {
                let digest = chunk.pair(at).digest >> 100;
                assert!(matches!(find(digest, u64::MAX), Err(RunsError::Corrupt { .. })), "{digest}");
            }
            // What stands before all is told to be absent by the run's first pair alone.
            assert!(find(1, u64::MAX).unwrap().is_empty());
            let mut batch = Batch::new();
            batch.put(RUNS, key.as_slice(), &value[..]);
            store.commit(&batch).unwrap();
        }
    }
}
