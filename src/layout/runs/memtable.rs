//! The newest pairs, in memory: written by one thread and read by many without a lock.
//!
//! Open addressing, the home slot being the upper bits of the digest. So the slots are in digest order but for small
//! clusters, and flushing needs no sort of the whole.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use crate::layout::runs::pair::Pair;

/// The slots in which a pair may stand, from its home. Those that find none go to the spill.
const PROBES: usize = 32;

/// One pair, or none while the stamp is zero.
#[derive(Debug, Default)]
struct Slot {
    high: AtomicU64,
    low: AtomicU64,
    /// The sequence plus one. Written last and read first, so that what it vouches for is there.
    stamp: AtomicU64,
}

impl Slot {
    fn pair(&self, stamp: u64) -> Pair {
        let digest = u128::from(self.high.load(Ordering::Relaxed)) << 64 | u128::from(self.low.load(Ordering::Relaxed));
        Pair { digest, sequence: stamp.wrapping_sub(1) }
    }
}

/// A set of pairs with room for a fixed number; more are taken, but slowly.
#[derive(Debug)]
pub(super) struct Memtable {
    slots: Box<[Slot]>,
    shift: u32,
    /// Repeated digests, and what found no slot.
    spill: RwLock<BTreeSet<Pair>>,
    spilled: AtomicUsize,
}

impl Memtable {
    /// An empty table for `keys` pairs.
    pub(super) fn new(keys: usize) -> Self {
        // Half full at most, so clusters stay short.
        let homes = keys.max(1).saturating_mul(2).next_power_of_two();
        Self {
            slots: (0..homes + PROBES).map(|_| Slot::default()).collect(),
            shift: 64 - homes.trailing_zeros(),
            spill: RwLock::default(),
            spilled: AtomicUsize::new(0),
        }
    }

    fn window(&self, high: u64) -> &[Slot] {
        let home = (high >> self.shift) as usize;
        self.slots.get(home..home + PROBES).unwrap_or_default()
    }

    /// Adds a pair. Called by the writer only.
    pub(super) fn insert(&self, pair: Pair) {
        let (high, low) = Pair::halves(pair.digest);
        let stamp = pair.sequence.wrapping_add(1);
        for slot in self.window(high) {
            if slot.stamp.load(Ordering::Relaxed) == 0 && stamp != 0 {
                slot.high.store(high, Ordering::Relaxed);
                slot.low.store(low, Ordering::Relaxed);
                slot.stamp.store(stamp, Ordering::Release);
                return;
            }
            // One slot for each digest: a lookup may stop at the first.
            if slot.high.load(Ordering::Relaxed) == high && slot.low.load(Ordering::Relaxed) == low {
                break;
            }
        }
        self.change_spill(|spill| spill.insert(pair));
    }

    /// Takes a pair back; false if it is not there. Called by the writer only.
    ///
    /// What was inserted after the pair must be taken back too, before anything else is inserted or looked up:
    /// a freed slot cuts the way to pairs that were inserted over it.
    pub(super) fn remove(&self, pair: Pair) -> bool {
        let (high, _) = Pair::halves(pair.digest);
        for slot in self.window(high) {
            let stamp = slot.stamp.load(Ordering::Relaxed);
            if stamp != 0 && slot.pair(stamp) == pair {
                slot.stamp.store(0, Ordering::Release);
                return true;
            }
        }
        self.change_spill(|spill| spill.remove(&pair))
    }

    fn change_spill(&self, change: impl FnOnce(&mut BTreeSet<Pair>) -> bool) -> bool {
        let mut spill = self.spill.write();
        let changed = change(&mut spill);
        self.spilled.store(spill.len(), Ordering::Release);
        changed
    }

    /// Reads the first slot in which `digest` may stand.
    pub(super) fn touch(&self, digest: u128) -> u64 {
        let (high, _) = Pair::halves(digest);
        self.slots.get((high >> self.shift) as usize).map_or(0, |slot| slot.stamp.load(Ordering::Relaxed))
    }

    /// Appends the sequences up to `up_to` that were inserted with `digest`.
    pub(super) fn find(&self, digest: u128, up_to: u64, out: &mut Vec<u64>) {
        let (high, low) = Pair::halves(digest);
        for slot in self.window(high) {
            let stamp = slot.stamp.load(Ordering::Acquire);
            if stamp == 0 {
                break;
            }
            if slot.high.load(Ordering::Relaxed) == high && slot.low.load(Ordering::Relaxed) == low {
                // A slot that was taken back and used again may show an old stamp with a new digest. Then the old
                // sequence was never durable, so it is above what any reader asks for.
                out.extend(Some(stamp - 1).filter(|sequence| *sequence <= up_to));
                break;
            }
        }
        if self.spilled.load(Ordering::Acquire) > 0 {
            let (from, to) = (Pair { digest, sequence: 0 }, Pair { digest, sequence: up_to });
            out.extend(self.spill.read().range(from..=to).map(|pair| pair.sequence));
        }
    }

    /// Appends the next cluster of pairs from slot `from`, sorted, and moves `from` behind it; nothing at the end.
    ///
    /// Every pair of a cluster has its home in it, so all pairs of the next cluster are greater.
    pub(super) fn cluster(&self, from: &mut usize, out: &mut Vec<Pair>) {
        let slots = self.slots.get(*from..).unwrap_or_default().iter();
        let stamps = slots.map(|slot| (slot, slot.stamp.load(Ordering::Relaxed)));
        let cluster = out.len();
        for (slot, stamp) in stamps {
            *from += 1;
            if stamp != 0 {
                out.push(slot.pair(stamp));
            } else if out.len() > cluster {
                break;
            }
        }
        out.split_at_mut(cluster).1.sort_unstable();
    }

    /// Appends the next `count` pairs of the spill after `after`, sorted.
    pub(super) fn spill_after(&self, after: Option<Pair>, count: usize, out: &mut Vec<Pair>) {
        if self.spilled.load(Ordering::Relaxed) > 0 {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            out.extend(self.spill.read().range((from, Bound::Unbounded)).take(count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest whose home in a table of 64 homes this is, and which this number tells from others there.
    const fn at_home(home: u64, number: u64) -> u128 {
        (home as u128) << 122 | number as u128
    }

    fn found(table: &Memtable, digest: u128, up_to: u64) -> Vec<u64> {
        let mut out = Vec::new();
        table.find(digest, up_to, &mut out);
        out
    }

    fn clusters(table: &Memtable) -> Vec<Vec<Pair>> {
        let (mut from, mut clusters) = (0, Vec::new());
        loop {
            let mut cluster = Vec::new();
            table.cluster(&mut from, &mut cluster);
            if cluster.is_empty() {
                return clusters;
            }
            clusters.push(cluster);
        }
    }

    #[test]
    fn digests_that_differ_have_slots_of_their_own() {
        let table = Memtable::new(32);
        // Alike in the upper half; with one home; each by itself; in the last home.
        let digests = [at_home(9, 1), at_home(9, 2), at_home(9, 1 << 63), at_home(9, 0) | 1 << 64, at_home(0, 1)];
        let alone = (20..40).map(|home| at_home(home, 1));
        let digests: Vec<u128> = digests.into_iter().chain(alone).chain([at_home(63, 1), at_home(63, 2)]).collect();
        for (digest, sequence) in digests.iter().zip(1..) {
            assert!(found(&table, *digest, u64::MAX).is_empty());
            table.insert(Pair { digest: *digest, sequence });
        }
        assert_eq!(table.spilled.load(Ordering::Relaxed), 0);
        for (digest, sequence) in digests.iter().zip(1..) {
            assert_eq!(found(&table, *digest, u64::MAX), [sequence]);
            assert!(found(&table, *digest, sequence - 1).is_empty());
        }
        // A digest that comes again is kept beside the slots, and so is what finds none of those in reach.
        table.insert(Pair { digest: digests[0], sequence: 90 });
        assert_eq!((found(&table, digests[0], 89), found(&table, digests[0], 90)), (vec![1], vec![1, 90]));
        assert_eq!(table.spilled.load(Ordering::Relaxed), 1);
        let crowded = Memtable::new(32);
        (1..=40).for_each(|number| crowded.insert(Pair { digest: at_home(5, number), sequence: number }));
        assert_eq!(crowded.spilled.load(Ordering::Relaxed), 40 - PROBES);
        assert!((1..=40).all(|number| found(&crowded, at_home(5, number), 40) == [number]));
        for number in (1..=40).rev() {
            assert!(crowded.remove(Pair { digest: at_home(5, number), sequence: number }));
            assert!(found(&crowded, at_home(5, number), 40).is_empty());
        }
        assert_eq!((crowded.spilled.load(Ordering::Relaxed), clusters(&crowded)), (0, vec![]));
    }

    #[test]
    fn clusters_come_one_at_a_time_in_order() {
        let table = Memtable::new(32);
        let at = |home, number| Pair { digest: at_home(home, number), sequence: 1 };
        // Inserted out of order; the second of home 7 stands in the home of 8.
        for pair in [at(8, 1), at(7, 2), at(7, 1), at(0, 1), at(63, 2), at(63, 1), at(40, 1)] {
            table.insert(pair);
        }
        let expected: [&[Pair]; 4] =
            [&[at(0, 1)], &[at(7, 1), at(7, 2), at(8, 1)], &[at(40, 1)], &[at(63, 1), at(63, 2)]];
        assert_eq!(clusters(&table), expected);
    }
}
