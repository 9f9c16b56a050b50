//! The journal: entries packed into blocks, chained commit by commit. It is the only truth; all else is derived.
//!
//! A block is one stored value under the sequence of its first entry:
//!
//! ```text
//! block  = time of its first entry (i64 LE, nanoseconds) ‖ item*
//! item   = varint(length × 2)     ‖ varint(nanoseconds since the entry before in this block) ‖ entry's body
//!        | varint(32 × 2 + 1)     ‖ digest (32 bytes)                     after the last entry of each commit
//! ```
//!
//! The digest of a commit covers the digest before, so that changing, dropping or reordering anything changes every
//! digest after it:
//!
//! ```text
//! digest = BLAKE3 derive_key("pacioli journal chain v1",
//!              digest before ‖ first sequence (u64 LE) ‖ entries (u64 LE) ‖
//!              for each entry: time (i64 LE) ‖ length of body (u32 LE) ‖ body)
//! ```
//!
//! Only the last block is ever written again, longer, until it is full. Until then it lies in a table of its own, so
//! that a small commit touches one page and not the path to it through a large tree.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use super::entries::decode_entry;
use super::keys::{JOURNAL, OPEN_BLOCK, journal_key, sequence_of};
use super::sealed;
use super::wire::{Malformed, Reader, put_varint};
use super::{LayoutError, corrupt};
use crate::model::{Entry, Sequence, Timestamp};
use crate::store::{Batch, Expected, Order, Snapshot, Table};

/// How long a block may grow: with its key, checksum and the engine's own header it then fills one page of 4 KiB.
const BLOCK_BYTES: usize = 4_068;

/// What an entry needs beside its body: two lengths, and room for the digest that may follow it.
const ITEM_BYTES: usize = 6 + 34;

/// A commit's digest.
pub(crate) type Digest = [u8; 32];

/// The context that chains are derived in.
const CHAIN: &str = "pacioli journal chain v1";

/// The entries of one commit, encoded in the form that its digest covers.
#[derive(Clone, Debug, Default)]
struct Encoded {
    /// For each entry: time (i64 LE) ‖ length of body (u32 LE) ‖ body.
    bytes: Vec<u8>,
    /// Where each entry begins.
    starts: Vec<usize>,
}

impl Encoded {
    const PREFIX: usize = 12;
    /// How much memory is kept for the next commit's entries.
    const KEPT_BYTES: usize = 1 << 20;

    fn push(&mut self, entry: &Entry) {
        let start = self.bytes.len();
        self.starts.push(start);
        self.bytes.extend_from_slice(&entry.recorded_at.0.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        super::entries::encode_entry(entry, &mut self.bytes);
        let length = u32::try_from(self.bytes.len() - start - Self::PREFIX).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(start + 8..start + Self::PREFIX) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn len(&self) -> usize {
        self.starts.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(Self::KEPT_BYTES);
        self.starts.clear();
    }

    /// The time and body of the entry at `place`, from 0.
    fn get(&self, place: usize) -> Option<(Timestamp, &[u8])> {
        let start = *self.starts.get(place)?;
        let end = self.starts.get(place + 1).copied().unwrap_or(self.bytes.len());
        let at = self.bytes.get(start..start + 8)?.try_into().ok()?;
        Some((Timestamp(i64::from_le_bytes(at)), self.bytes.get(start + Self::PREFIX..end)?))
    }

    fn digest(&self, before: &Digest, first: Sequence) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key(CHAIN);
        hasher.update(before).update(&first.0.to_le_bytes()).update(&(self.len() as u64).to_le_bytes());
        hasher.update(&self.bytes);
        *hasher.finalize().as_bytes()
    }
}

/// The journal's open end: what the next commit is appended to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail {
    /// The next entry's sequence, less one.
    pub last: Sequence,
    /// When the last entry was recorded; the earliest instant before the first.
    pub last_at: Timestamp,
    /// The digest of the last commit; zeros before the first.
    pub digest: Digest,
    /// The first sequence of the last block, and its stored body so far; empty when the next entry begins a block.
    first: Sequence,
    block: Vec<u8>,
    /// The time of the block's last entry.
    block_at: Timestamp,
    /// The key and checksum of the last stored block: the fence against a second writer.
    stored: Option<(Vec<u8>, Vec<u8>)>,
    /// Memory for the entries of one commit.
    encoded: Encoded,
}

impl Tail {
    /// Adds a commit's entries to `batch`, fenced on the journal's present end, and moves on.
    pub(crate) fn append(&mut self, entries: &[Arc<Entry>], batch: &mut Batch) {
        batch.expect(Expected { table: OPEN_BLOCK, last: self.stored.clone() });
        self.extend(entries, batch);
    }

    /// Adds one more commit's entries to a batch that has those before it already.
    pub(crate) fn extend(&mut self, entries: &[Arc<Entry>], batch: &mut Batch) {
        if entries.is_empty() {
            return;
        }
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.clear();
        entries.iter().for_each(|entry| encoded.push(entry));
        self.append_encoded(&encoded, batch);
        self.encoded = encoded;
    }

    fn append_encoded(&mut self, encoded: &Encoded, batch: &mut Batch) {
        self.digest = encoded.digest(&self.digest, self.last.next());
        for place in 0..encoded.len() {
            let Some((at, body)) = encoded.get(place) else { break };
            let sequence = self.last.next();
            if self.block.len() + body.len() + ITEM_BYTES > BLOCK_BYTES && !self.block.is_empty() {
                self.store_full(batch);
            }
            if self.block.is_empty() {
                self.first = sequence;
                sealed::begin(&mut self.block);
                self.block.extend_from_slice(&at.0.to_le_bytes());
                self.block_at = at;
            }
            put_varint(&mut self.block, (body.len() as u64) << 1);
            // Times ascend within a block; see `Core::moment`.
            put_varint(&mut self.block, at.0.wrapping_sub(self.block_at.0) as u64);
            self.block.extend_from_slice(body);
            self.block_at = at;
            self.last_at = at;
            self.last = sequence;
        }
        put_varint(&mut self.block, (self.digest.len() as u64) << 1 | 1);
        self.block.extend_from_slice(&self.digest);
        self.store_open(batch);
    }

    /// Puts the block, which is full, into the journal's table for good.
    fn store_full(&mut self, batch: &mut Batch) {
        let key = journal_key(self.first);
        let mut value = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        sealed::finish(JOURNAL, &key, &mut value);
        batch.put(JOURNAL, key, value);
    }

    /// Puts the block, which may grow, into its own table.
    fn store_open(&mut self, batch: &mut Batch) {
        let key = journal_key(self.first);
        if let Some((before, _)) = self.stored.take().filter(|(before, _)| *before != key) {
            batch.remove(OPEN_BLOCK, before);
        }
        let mut value = self.block.clone();
        sealed::finish(OPEN_BLOCK, &key, &mut value);
        let checksum = value.get(value.len().saturating_sub(4)..).unwrap_or_default().to_vec();
        self.stored = Some((key.to_vec(), checksum));
        batch.put(OPEN_BLOCK, key, value);
    }

    /// The open end as it is stored.
    pub(crate) fn read(snapshot: &dyn Snapshot) -> Result<Self, LayoutError> {
        let mut tail = Self { last_at: Timestamp::MIN, ..Self::default() };
        let Some((key, value)) = snapshot.at_or_before(OPEN_BLOCK, &journal_key(Sequence(u64::MAX)))? else {
            return match snapshot.at_or_before(JOURNAL, &journal_key(Sequence(u64::MAX)))? {
                Some((key, _)) => Err(corrupt(JOURNAL, &key, Malformed("the block after it is missing"))),
                None => Ok(tail),
            };
        };
        let block = Block::read(OPEN_BLOCK, &key, &value)?;
        let mut ended = false;
        for item in block.items()? {
            match item.map_err(|malformed| corrupt(OPEN_BLOCK, &key, malformed))? {
                Item::Entry { sequence, recorded_at, .. } => {
                    (tail.last, tail.last_at, tail.block_at, ended) = (sequence, recorded_at, recorded_at, false);
                }
                Item::Seal(digest) => (tail.digest, ended) = (digest, true),
            }
        }
        if !ended {
            return Err(corrupt(OPEN_BLOCK, &key, Malformed("the last block does not end a commit")));
        }
        let checksum = value.get(value.len().saturating_sub(4)..).unwrap_or_default().to_vec();
        tail.stored = Some((key.to_vec(), checksum));
        tail.first = block.first;
        tail.block = value.get(..value.len().saturating_sub(4)).unwrap_or_default().to_vec();
        Ok(tail)
    }
}

/// One thing in a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'a> {
    Entry { sequence: Sequence, recorded_at: Timestamp, body: &'a [u8] },
    Seal(Digest),
}

/// A block whose checksum has been found right.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub first: Sequence,
    value: Arc<[u8]>,
    /// Whether it is the journal's last, which may grow.
    open: bool,
}

impl Block {
    fn read(table: Table, key: &[u8], value: &Arc<[u8]>) -> Result<Self, LayoutError> {
        let first = sequence_of(key).ok_or_else(|| corrupt(table, key, Malformed("not a journal key")))?;
        sealed::open(table, key, value).map_err(|malformed| corrupt(table, key, malformed))?;
        Ok(Self { first, value: Arc::clone(value), open: table == OPEN_BLOCK })
    }

    /// Whether it is the journal's last, which may grow.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// What is in it, in order.
    pub(crate) fn items(&self) -> Result<Items<'_>, LayoutError> {
        // Version byte in front, checksum behind.
        let body = self.value.get(1..self.value.len().saturating_sub(4)).unwrap_or_default();
        let malformed = |malformed| corrupt(JOURNAL, &journal_key(self.first), malformed);
        let mut reader = Reader::new(body);
        let at = reader.bytes(8).map_err(malformed)?.try_into().unwrap_or_default();
        Ok(Items { reader, next: self.first, at: Timestamp(i64::from_le_bytes(at)) })
    }
}

/// The items of a block.
#[derive(Debug)]
pub(crate) struct Items<'a> {
    reader: Reader<'a>,
    next: Sequence,
    at: Timestamp,
}

impl<'a> Items<'a> {
    #[inline(always)]
    fn item(&mut self) -> Result<Item<'a>, Malformed> {
        let header = self.reader.varint()?;
        let length = usize::try_from(header >> 1).map_err(|_| Malformed("an item's length"))?;
        if header & 1 == 1 {
            let digest = self.reader.bytes(length)?.try_into().map_err(|_| Malformed("a digest's length"))?;
            return Ok(Item::Seal(digest));
        }
        let since = i64::try_from(self.reader.varint()?).map_err(|_| Malformed("an entry's time"))?;
        self.at = Timestamp(self.at.0.checked_add(since).ok_or(Malformed("an entry's time"))?);
        let sequence = self.next;
        self.next = sequence.next();
        Ok(Item::Entry { sequence, recorded_at: self.at, body: self.reader.bytes(length)? })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let item = self.item();
        if item.is_err() {
            self.reader = Reader::new(&[]);
        }
        Some(item)
    }
}

/// The block that holds an entry, if the journal reaches that far.
pub(crate) fn block_of(snapshot: &dyn Snapshot, sequence: Sequence) -> Result<Option<Block>, LayoutError> {
    match block_in(snapshot, OPEN_BLOCK, sequence)? {
        Some(block) => Ok(Some(block)),
        None => full_block_of(snapshot, sequence),
    }
}

/// The full block that holds an entry that comes before the open block.
pub(crate) fn full_block_of(snapshot: &dyn Snapshot, sequence: Sequence) -> Result<Option<Block>, LayoutError> {
    block_in(snapshot, JOURNAL, sequence)
}

fn block_in(snapshot: &dyn Snapshot, table: Table, sequence: Sequence) -> Result<Option<Block>, LayoutError> {
    match snapshot.at_or_before(table, &journal_key(sequence))? {
        Some((key, value)) => Block::read(table, &key, &value).map(Some),
        None => Ok(None),
    }
}

/// The entry at `sequence`, if the journal reaches that far.
pub(crate) fn entry(snapshot: &dyn Snapshot, sequence: Sequence) -> Result<Option<Entry>, LayoutError> {
    if sequence == Sequence::ZERO {
        return Ok(None);
    }
    match block_of(snapshot, sequence)? {
        Some(block) => entry_in(&block, sequence),
        None => Ok(None),
    }
}

/// The entry at `sequence`, if the block has it.
pub(crate) fn entry_in(block: &Block, wanted: Sequence) -> Result<Option<Entry>, LayoutError> {
    let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
    let mut items = block.items()?;
    // Most of a block is passed over: `item` is put in here, and does no more for those than to find their ends.
    while !items.reader.is_empty() {
        if let Item::Entry { sequence, recorded_at, body } = items.item().map_err(malformed)?
            && sequence == wanted
        {
            return decode_entry(body, sequence, recorded_at).map(Some).map_err(malformed);
        }
    }
    Ok(None)
}

/// Shows every block from the one that holds `from` on, in order, until `visit` breaks or fails.
pub(crate) fn blocks(
    snapshot: &dyn Snapshot,
    from: Sequence,
    visit: &mut dyn FnMut(Block) -> Result<ControlFlow<()>, LayoutError>,
) -> Result<(), LayoutError> {
    let start = match snapshot.at_or_before(JOURNAL, &journal_key(from))? {
        Some((key, _)) => key.to_vec(),
        None => Vec::new(),
    };
    let mut ended = Ok(ControlFlow::Continue(()));
    for table in [JOURNAL, OPEN_BLOCK] {
        if !matches!(ended, Ok(ControlFlow::Continue(()))) {
            break;
        }
        let bounds = (Bound::Included(start.as_slice()), Bound::Unbounded);
        snapshot.scan(table, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
            ended = Block::read(table, key, &Arc::from(value)).and_then(&mut *visit);
            if matches!(ended, Ok(ControlFlow::Continue(()))) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
    }
    ended.map(drop)
}

/// Shows every entry from `from` on, in order, until `visit` breaks or fails.
pub(crate) fn entries(
    snapshot: &dyn Snapshot,
    from: Sequence,
    visit: &mut dyn FnMut(Entry) -> Result<ControlFlow<()>, LayoutError>,
) -> Result<(), LayoutError> {
    blocks(snapshot, from, &mut |block| {
        let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
        for item in block.items()? {
            if let Item::Entry { sequence, recorded_at, body } = item.map_err(malformed)?
                && sequence >= from
                && visit(decode_entry(body, sequence, recorded_at).map_err(malformed)?)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Shows every entry from `last` back, the latest first, until `visit` breaks.
pub(crate) fn entries_back(
    snapshot: &dyn Snapshot,
    last: Sequence,
    visit: &mut dyn FnMut(&Entry) -> ControlFlow<()>,
) -> Result<(), LayoutError> {
    let mut last = last;
    while last != Sequence::ZERO {
        let Some(block) = block_of(snapshot, last)? else { return Ok(()) };
        let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
        let mut entries = Vec::new();
        for item in block.items()? {
            if let Item::Entry { sequence, recorded_at, body } = item.map_err(malformed)?
                && sequence <= last
            {
                entries.push(decode_entry(body, sequence, recorded_at).map_err(malformed)?);
            }
        }
        if entries.iter().rev().any(|entry| visit(entry).is_break()) {
            return Ok(());
        }
        last = Sequence(block.first.0.min(last.0).saturating_sub(1));
    }
    Ok(())
}

/// Recomputes the digests of the chain from the first block on.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    digest: Digest,
    first: Sequence,
    pending: Encoded,
    next: Sequence,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self { first: Sequence(1), next: Sequence(1), ..Self::default() }
    }

    /// The digest of the last commit followed.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether the last entry followed is covered by a digest.
    pub(crate) fn is_sealed(&self) -> bool {
        self.pending.len() == 0
    }

    /// The next item; `Err` when a digest is not what the entries say.
    pub(crate) fn follow(&mut self, item: &Item<'_>) -> Result<(), &'static str> {
        match item {
            Item::Entry { sequence, recorded_at, body } => {
                if *sequence != self.next {
                    return Err("the journal has a gap");
                }
                self.next = sequence.next();
                self.pending.starts.push(self.pending.bytes.len());
                self.pending.bytes.extend_from_slice(&recorded_at.0.to_le_bytes());
                self.pending.bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
                self.pending.bytes.extend_from_slice(body);
                Ok(())
            }
            Item::Seal(digest) => {
                if self.pending.digest(&self.digest, self.first) != *digest {
                    return Err("the digest is not that of the entries");
                }
                self.digest = *digest;
                self.first = self.next;
                self.pending = Encoded::default();
                Ok(())
            }
        }
    }
}

/// What entries' own digests are keyed with, so that nothing else has the same.
const ENTRY: &Digest = b"pacioli entry digest, version 1.";

/// One entry's own digest: what a receipt can quote. The sequence (u64 LE), the time (i64 LE) and the body, under
/// BLAKE3 keyed with [`ENTRY`].
pub(crate) fn entry_digest(entry: &Entry) -> Digest {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(&entry.sequence.0.to_le_bytes());
    bytes.extend_from_slice(&entry.recorded_at.0.to_le_bytes());
    super::entries::encode_entry(entry, &mut bytes);
    *blake3::keyed_hash(ENTRY, &bytes).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::wire::samples::{Dice, dice};
    use crate::store::{MemoryStore, Store};
    use proptest::prelude::*;

    /// A commit of entries whose bodies are so long.
    fn commit(lengths: &[usize], at: &mut i64) -> Encoded {
        let mut encoded = Encoded::default();
        for length in lengths {
            encoded.starts.push(encoded.bytes.len());
            encoded.bytes.extend_from_slice(&at.to_le_bytes());
            encoded.bytes.extend_from_slice(&u32::try_from(*length).unwrap().to_le_bytes());
            encoded.bytes.extend(std::iter::repeat_n(*length as u8, *length));
            *at += 1;
        }
        encoded
    }

    /// Each block's first entry, its entries' lengths and its own bytes but the checksum, and whether it may grow.
    fn stored(store: &MemoryStore) -> Vec<(u64, Vec<usize>, usize, bool)> {
        let mut stored = Vec::new();
        blocks(&*store.snapshot().unwrap(), Sequence::ZERO, &mut |block| {
            let mut lengths = Vec::new();
            for item in block.items()? {
                if let Item::Entry { body, .. } = item.unwrap() {
                    lengths.push(body.len());
                }
            }
            stored.push((block.first.0, lengths, block.value.len() - 4, block.is_open()));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        stored
    }

    fn written(commits: &[Vec<usize>]) -> MemoryStore {
        let (store, mut tail, mut at) = (MemoryStore::new(), Tail::default(), 0);
        for lengths in commits {
            let mut batch = Batch::new();
            tail.append_encoded(&commit(lengths, &mut at), &mut batch);
            store.commit(&batch).unwrap();
        }
        store
    }

    /// What the blocks must be: an entry begins a block where it would not fit with its two lengths and a digest, which
    /// are taken to be 40 bytes.
    fn expected(commits: &[Vec<usize>]) -> Vec<(u64, Vec<usize>)> {
        let varint = |value: usize| {
            if value < 128 {
                1
            } else if value < 16_384 {
                2
            } else {
                3
            }
        };
        let (mut blocks, mut bytes, mut sequence) = (vec![(1, Vec::new())], 0, 0);
        for lengths in commits {
            for length in lengths {
                sequence += 1;
                if bytes > 0 && bytes + length + 40 > 4_068 {
                    blocks.push((sequence, Vec::new()));
                    bytes = 0;
                }
                // Version and time in front; then for each its length and time since the one before, which is short.
                bytes = bytes.max(9) + varint(length * 2) + 1 + length;
                blocks.last_mut().unwrap().1.push(*length);
            }
            bytes += 33;
        }
        blocks
    }

    fn check(commits: &[Vec<usize>]) {
        let blocks = stored(&written(commits));
        let seen: Vec<_> = blocks.iter().map(|(first, lengths, ..)| (*first, lengths.clone())).collect();
        assert_eq!(seen, expected(commits));
        for (place, (_, lengths, bytes, open)) in blocks.iter().enumerate() {
            assert_eq!(*open, place + 1 == blocks.len());
            assert!(*bytes <= 4_068 || lengths.len() == 1, "{bytes} bytes with {} entries", lengths.len());
        }
    }

    #[test]
    fn block_is_filled_to_its_last_byte_and_not_beyond() {
        // 9 bytes in front, 3 before the first body, 33 of its digest, and 40 to spare: 3,883 are left beside 100.
        for (second, blocks) in [(3_883, 1), (3_884, 2)] {
            let commits = [vec![100], vec![second]];
            assert_eq!(expected(&commits).len(), blocks, "{second}");
            check(&commits);
        }
        // An entry that is larger than a block has one of its own; the next begins another.
        check(&[vec![9_000], vec![1, 20_000, 1], vec![1]]);
    }

    #[test]
    fn end_that_is_cut_off_is_refused() {
        let store = written(&[vec![5, 6], vec![7]]);
        let snapshot = store.snapshot().unwrap();
        let key = journal_key(Sequence(1));
        let value = snapshot.get(OPEN_BLOCK, &key).unwrap().unwrap();
        let body = sealed::open(OPEN_BLOCK, &key, &value).unwrap();
        let refused = |body: &[u8]| {
            let mut batch = Batch::new();
            batch.put(OPEN_BLOCK, key, sealed::seal(OPEN_BLOCK, &key, body));
            store.commit(&batch).unwrap();
            match Tail::read(&*store.snapshot().unwrap()) {
                Err(LayoutError::Corrupt { what, .. }) => Some(what),
                read => panic!("{read:?}"),
            }
        };
        // Without the last commit's digest, which takes a byte and 32 more; then in the middle of it.
        assert_eq!(refused(&body[..body.len() - 33]), Some("the last block does not end a commit"));
        assert_eq!(refused(&body[..body.len() - 30]), Some("the bytes end too early"));
    }

    #[test]
    fn chain_has_every_entry_once() {
        let item = |sequence| Item::Entry { sequence: Sequence(sequence), recorded_at: Timestamp(1), body: &[7] };
        let mut chain = Chain::new();
        assert_eq!(chain.follow(&item(2)), Err("the journal has a gap"));
        assert_eq!((chain.follow(&item(1)), chain.is_sealed()), (Ok(()), false));
        assert_eq!(chain.follow(&item(1)), Err("the journal has a gap"));
        assert_eq!(chain.follow(&Item::Seal([0; 32])), Err("the digest is not that of the entries"));
    }

    proptest! {
        #[test]
        fn blocks_are_as_full_as_can_be(mut dice in dice()) {
            let length = |dice: &mut Dice| *dice.one_of(&[0, 1, 60, 100, 127, 128, 250, 1_000, 3_900, 5_000]);
            let commits: Vec<Vec<usize>> = dice.several(12, |dice| {
                let mut lengths = dice.several(9, length);
                lengths.push(50);
                lengths
            });
            if !commits.is_empty() {
                check(&commits);
            }
        }
    }
}
