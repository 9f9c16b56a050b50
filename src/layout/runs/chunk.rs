//! A chunk: the sorted pairs of one stored value, of equal width so that they can be searched as they lie.
//!
//! After the version: flags (bit 0: the last chunk of its run), the bytes of digest that all pairs share (u8), the
//! bytes of a sequence (u8), the number of pairs (u16), the smallest sequence (u64), the pair that follows the chunk (24 bytes),
//! then for each pair the rest of its digest and its sequence less the smallest. All numbers are big-endian.

use std::sync::Arc;

use crate::layout::runs::error::RunsError;
use crate::layout::runs::pair::{PAIR_BYTES, Pair};
use crate::layout::runs::seal::{self, CHECKSUM_BYTES, take};
use crate::store::Table;

/// The chunks of all runs.
pub(super) const RUNS: Table = Table("runs");

/// Bytes before the pairs, the version included. At least 16, which `number_ending_at` relies on.
const HEADER_BYTES: usize = 1 + 1 + 1 + 1 + 2 + 8 + PAIR_BYTES;
const LAST: u8 = 1;

/// The key of the chunk of `run` that starts with `first`.
pub(super) fn chunk_key(run: u32, first: Pair) -> Vec<u8> {
    let mut key = Vec::with_capacity(4 + PAIR_BYTES);
    key.extend_from_slice(&run.to_be_bytes());
    first.write(&mut key);
    key
}

/// A chunk that has been read and checked.
#[derive(Debug)]
pub(super) struct Chunk {
    first: Pair,
    next: Option<Pair>,
    prefix_bytes: usize,
    sequence_bytes: usize,
    count: usize,
    base: u64,
    value: Arc<[u8]>,
}

impl Chunk {
    /// Checks a stored chunk; `None` when the key belongs to another run.
    pub(super) fn decode(run: u32, key: &[u8], value: Arc<[u8]>) -> Result<Option<Self>, RunsError> {
        let mut rest = key;
        if u32::from_be_bytes(take(RUNS, &mut rest)?) != run {
            return Ok(None);
        }
        let first = take_pair(&mut rest)?;
        let mut body = seal::open(RUNS, key, &value)?;
        let [flags, prefix_bytes, sequence_bytes] = take(RUNS, &mut body)?;
        let count = usize::from(u16::from_be_bytes(take(RUNS, &mut body)?));
        let base = u64::from_be_bytes(take(RUNS, &mut body)?);
        let next = take_pair(&mut body)?;
        let (prefix_bytes, sequence_bytes) = (usize::from(prefix_bytes), usize::from(sequence_bytes));
        if !rest.is_empty() || flags & !LAST != 0 || prefix_bytes > 16 || sequence_bytes > 8 || count == 0 {
            return Err(RunsError::corrupt(RUNS, "a chunk's header makes no sense"));
        }
        if body.len() != count * (16 - prefix_bytes + sequence_bytes) {
            return Err(RunsError::corrupt(RUNS, "a chunk's length is wrong"));
        }
        let next = (flags & LAST == 0).then_some(next);
        let chunk = Self { first, next, prefix_bytes, sequence_bytes, count, base, value };
        if chunk.pair(0) != first || next.is_some_and(|next| next <= chunk.pair(count - 1)) {
            return Err(RunsError::corrupt(RUNS, "a chunk's pairs do not fit its bounds"));
        }
        Ok(Some(chunk))
    }

    /// The first pair.
    pub(super) fn first(&self) -> Pair {
        self.first
    }

    /// The first pair of the following chunk, if there is one.
    pub(super) fn next(&self) -> Option<Pair> {
        self.next
    }

    /// How many pairs there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The pair at `index`, which is less than the count.
    pub(super) fn pair(&self, index: usize) -> Pair {
        let end = HEADER_BYTES + (index + 1) * (16 - self.prefix_bytes + self.sequence_bytes);
        let sequence = low_bytes(number_ending_at(&self.value, end), self.sequence_bytes) as u64;
        let suffix_bytes = 16 - self.prefix_bytes;
        let suffix = low_bytes(number_ending_at(&self.value, end - self.sequence_bytes), suffix_bytes);
        let digest = (self.first.digest - low_bytes(self.first.digest, suffix_bytes)) | suffix;
        Pair { digest, sequence: self.base.wrapping_add(sequence) }
    }

    /// The index of the first pair that is not less than `pair`; the count if there is none.
    pub(super) fn lower_bound(&self, pair: Pair) -> usize {
        let (mut from, mut to) = (0, self.count);
        while from < to {
            let middle = from.midpoint(to);
            if self.pair(middle) < pair { from = middle + 1 } else { to = middle }
        }
        from
    }
}

fn take_pair(rest: &mut &[u8]) -> Result<Pair, RunsError> {
    let digest = u128::from_be_bytes(take(RUNS, rest)?);
    let sequence = u64::from_be_bytes(take(RUNS, rest)?);
    Ok(Pair { digest, sequence })
}

/// The big-endian number in the sixteen bytes before `end`. Reading whole numbers and masking them is several times
/// faster than copying the few bytes that are meant.
fn number_ending_at(bytes: &[u8], end: usize) -> u128 {
    let number = bytes.get(..end).and_then(|bytes| bytes.last_chunk::<16>());
    number.map_or(0, |number| u128::from_be_bytes(*number))
}

fn low_bytes(number: u128, bytes: usize) -> u128 {
    match bytes {
        0 => 0,
        1..16 => number & ((1 << (bytes * 8)) - 1),
        _ => number,
    }
}

/// The pairs of a chunk that is being filled.
#[derive(Debug)]
pub(super) struct ChunkBuilder {
    pairs: Vec<Pair>,
    sequence_min: u64,
    sequence_max: u64,
    bytes_max: usize,
}

impl ChunkBuilder {
    /// An empty chunk that will hold at most `bytes_max` bytes, which is at least 128.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { pairs: Vec::new(), sequence_min: u64::MAX, sequence_max: 0, bytes_max }
    }

    /// The first pair, if there is one.
    pub(super) fn first(&self) -> Option<Pair> {
        self.pairs.first().copied()
    }

    /// How many pairs there are.
    pub(super) fn count(&self) -> usize {
        self.pairs.len()
    }

    /// Adds `pair`, which is greater than the last; false when there is no room.
    pub(super) fn push(&mut self, pair: Pair) -> bool {
        let first = self.first().unwrap_or(pair);
        let (min, max) = (self.sequence_min.min(pair.sequence), self.sequence_max.max(pair.sequence));
        let count = self.pairs.len() + 1;
        let width = 16 - shared_bytes(first.digest, pair.digest) + sequence_bytes(max - min);
        if HEADER_BYTES + count * width + CHECKSUM_BYTES > self.bytes_max || count > usize::from(u16::MAX) {
            return false;
        }
        (self.sequence_min, self.sequence_max) = (min, max);
        self.pairs.push(pair);
        true
    }

    /// The key and value of the chunk, which is followed by `next` and left empty; `None` when it was empty.
    pub(super) fn finish(&mut self, run: u32, next: Option<Pair>) -> Option<(Vec<u8>, Vec<u8>)> {
        let (first, last) = (self.first()?, *self.pairs.last()?);
        let prefix_bytes = shared_bytes(first.digest, last.digest);
        let sequence_bytes = sequence_bytes(self.sequence_max - self.sequence_min);
        let mut value = seal::begin(self.bytes_max);
        value.extend_from_slice(&[u8::from(next.is_none()) * LAST, prefix_bytes as u8, sequence_bytes as u8]);
        value.extend_from_slice(&(self.pairs.len() as u16).to_be_bytes());
        value.extend_from_slice(&self.sequence_min.to_be_bytes());
        next.unwrap_or_default().write(&mut value);
        for pair in self.pairs.drain(..) {
            value.extend_from_slice(pair.digest.to_be_bytes().split_at(prefix_bytes).1);
            let sequence = (pair.sequence - self.sequence_min).to_be_bytes();
            value.extend_from_slice(sequence.split_at(8 - sequence_bytes).1);
        }
        (self.sequence_min, self.sequence_max) = (u64::MAX, 0);
        let key = chunk_key(run, first);
        let value = seal::end(RUNS, &key, value);
        Some((key, value))
    }
}

fn shared_bytes(a: u128, b: u128) -> usize {
    ((a ^ b).leading_zeros() / 8) as usize
}

fn sequence_bytes(greatest: u64) -> usize {
    8 - (greatest.leading_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(pairs: &[Pair]) {
        let mut builder = ChunkBuilder::new(4_000);
        assert!(pairs.iter().all(|pair| builder.push(*pair)));
        let next = Pair { digest: u128::MAX, sequence: u64::MAX };
        let (key, value) = builder.finish(7, Some(next)).unwrap();
        assert!(value.len() <= 4_000);
        assert!(Chunk::decode(8, &key, value.clone().into()).unwrap().is_none());
        let chunk = Chunk::decode(7, &key, value.into()).unwrap().unwrap();
        assert_eq!(chunk.next(), Some(next));
        assert_eq!((0..chunk.count()).map(|index| chunk.pair(index)).collect::<Vec<_>>(), pairs);
        for (index, pair) in pairs.iter().enumerate() {
            assert_eq!(chunk.lower_bound(*pair), index);
        }
    }

    #[test]
    fn pairs_of_every_width_come_back() {
        let pair = |digest, sequence| Pair { digest, sequence };
        round_trip(&[pair(0, 0)]);
        round_trip(&[pair(u128::MAX, u64::MAX - 1)]);
        round_trip(&[pair(0, u64::MAX), pair(u128::MAX, 0)]);
        for byte in 0..16 {
            round_trip(&[pair(1, 5), pair(1 + (1 << (byte * 8)), 5 + (1 << (byte * 4)))]);
        }
        round_trip(&(0..900).map(|sequence| pair(77 << 90, sequence)).collect::<Vec<_>>());
    }

    const fn pair(digest: u128, sequence: u64) -> Pair {
        Pair { digest, sequence }
    }

    #[test]
    fn chunk_takes_what_fits_and_not_a_byte_more() {
        // Widths of a pair: of its digest, of its sequence, of both.
        let kinds: [fn(u64) -> Pair; 3] =
            [|n| pair(u128::from(n), 7), |n| pair(7, n), |n| pair(u128::from(n) << 64, 300 * n)];
        for (kind, bytes_max) in kinds.iter().flat_map(|kind| (128..400).map(move |bytes_max| (kind, bytes_max))) {
            let mut builder = ChunkBuilder::new(bytes_max);
            let taken = (0..).take_while(|n| builder.push(kind(*n))).count();
            assert_eq!(taken, builder.count());
            let (key, value) = builder.finish(1, None).unwrap();
            assert!(value.len() <= bytes_max, "{} bytes of {bytes_max}", value.len());
            // Given a byte less it would have taken less, or the last had room to spare.
            let mut exact = ChunkBuilder::new(value.len());
            assert_eq!((0..taken as u64).filter(|n| exact.push(kind(*n))).count(), taken);
            assert!(!exact.push(kind(taken as u64)), "{taken} pairs in {bytes_max} bytes, and one more");
            let mut short = ChunkBuilder::new(value.len() - 1);
            assert_eq!((0..taken as u64).filter(|n| short.push(kind(*n))).count(), taken - 1);
            // What is there is the header, each pair in the same width, and the checksum.
            let chunk = Chunk::decode(1, &key, value.clone().into()).unwrap().unwrap();
            let pairs = value.len() - HEADER_BYTES - CHECKSUM_BYTES;
            assert_eq!(pairs, taken * (16 - chunk.prefix_bytes + chunk.sequence_bytes));
            assert_eq!(chunk.next(), None);
        }
    }

    #[test]
    fn chunk_has_as_many_pairs_as_its_count_can_say() {
        let mut builder = ChunkBuilder::new(1 << 20);
        assert_eq!((0..70_000).take_while(|n| builder.push(pair(7, *n))).count(), 65_535);
        let (key, value) = builder.finish(1, None).unwrap();
        let chunk = Chunk::decode(1, &key, value.into()).unwrap().unwrap();
        assert_eq!((chunk.count(), chunk.pair(65_534)), (65_535, pair(7, 65_534)));
    }

    /// A chunk with the right seal, of this header and these bytes, at the pair 5 and 9.
    fn decoded(header: (u8, u8, u8, u16), base: u64, next: Pair, pairs: &[u8]) -> Option<&'static str> {
        let (flags, prefix_bytes, sequence_bytes, count) = header;
        let key = chunk_key(1, pair(5, 9));
        let mut value = seal::begin(64);
        value.extend_from_slice(&[flags, prefix_bytes, sequence_bytes]);
        value.extend_from_slice(&count.to_be_bytes());
        value.extend_from_slice(&base.to_be_bytes());
        next.write(&mut value);
        value.extend_from_slice(pairs);
        match Chunk::decode(1, &key, seal::end(RUNS, &key, value).into()) {
            Ok(chunk) => chunk.map(|_| "read"),
            Err(RunsError::Corrupt { what, .. }) => Some(what),
            Err(RunsError::Store(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn chunk_whose_parts_do_not_fit_together_is_refused() {
        let nonsense = Some("a chunk's header makes no sense");
        let unfit = Some("a chunk's pairs do not fit its bounds");
        let none = Pair::default();
        // One pair: its digest's last byte, and nothing of its sequence, which is the smallest.
        assert_eq!(decoded((LAST, 15, 0, 1), 9, none, &[5]), Some("read"));
        assert_eq!(decoded((0, 15, 0, 1), 9, pair(5, 10), &[5]), Some("read"));
        assert_eq!(decoded((LAST | 2, 15, 0, 1), 9, none, &[5]), nonsense);
        assert_eq!(decoded((LAST, 17, 0, 1), 9, none, &[]), nonsense);
        assert_eq!(decoded((LAST, 17, 2, 1), 9, none, &[5]), nonsense);
        assert_eq!(decoded((LAST, 15, 9, 1), 0, none, &[5, 0, 0, 0, 0, 0, 0, 0, 0, 9]), nonsense);
        assert_eq!(decoded((LAST, 15, 0, 0), 9, none, &[]), nonsense);
        assert_eq!(decoded((LAST, 15, 0, 1), 9, none, &[5, 5]), Some("a chunk's length is wrong"));
        assert_eq!(decoded((LAST, 15, 0, 2), 9, none, &[5]), Some("a chunk's length is wrong"));
        assert_eq!(decoded((LAST, 15, 0, 1), 9, none, &[6]), unfit);
        assert_eq!(decoded((LAST, 15, 0, 1), 8, none, &[5]), unfit);
        assert_eq!(decoded((0, 15, 0, 1), 9, pair(5, 9), &[5]), unfit);
        // A byte too many in the key, whose seal is right all the same.
        let (mut builder, mut key) = (ChunkBuilder::new(128), chunk_key(1, pair(5, 9)));
        assert!(builder.push(pair(5, 9)));
        let (_, value) = builder.finish(1, None).unwrap();
        key.push(0);
        let value = seal::end(RUNS, &key, value[..value.len() - CHECKSUM_BYTES].to_vec());
        assert!(
            matches!(Chunk::decode(1, &key, value.into()), Err(RunsError::Corrupt { what, .. }) if Some(what) == nonsense)
        );
    }
}
