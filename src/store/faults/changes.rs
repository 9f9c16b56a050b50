//! What was written to a simulated disk since its last sync, and what a power cut makes of it.

use std::sync::Arc;

/// Which of the writes since the last sync survive a power cut.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::store::faults::{Keep, SimDisk};
///
/// let disk = SimDisk::new();
/// let ledger = Ledger::builder().on_backend(disk.clone())?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// // Whatever of the last writes a power cut leaves, torn or out of order, the ledger opens and is sound.
/// for keep in [Keep::Nothing, Keep::All, Keep::Random(7), Keep::Torn(7, 512)] {
///     let ledger = Ledger::builder().on_backend(SimDisk::from_image(disk.image(keep)))?;
///     assert!(ledger.verify_all()?.is_sound());
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None: the image of the last sync.
    Nothing,
    /// All of them.
    All,
    /// All of them, the earlier over the later.
    Reversed,
    /// Only the last one.
    LastOnly,
    /// All but the changes of length: what was written beyond the old end is lost.
    WithoutLengths,
    /// Each with even odds, drawn from the seed.
    Random(u64),
    /// Each with even odds, in any order, drawn from the seed.
    Shuffled(u64),
    /// Each unit of this many bytes of each write with even odds, drawn from the seed; lengths are kept or lost whole.
    Torn(u64, usize),
}

/// What certainly survives, and what was done since.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    pub synced: Vec<u8>,
    /// In order.
    pub unsynced: Vec<Arc<Change>>,
}

impl Pending {
    /// Makes everything certain.
    pub(super) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    /// The bytes that a power cut at this moment could leave.
    pub(super) fn image(&self, keep: Keep) -> Vec<u8> {
        let mut image = self.synced.clone();
        let changes = || self.unsynced.iter();
        match keep {
            Keep::Nothing => {}
            Keep::All => changes().for_each(|change| change.apply(&mut image)),
            Keep::Reversed => {
                // The last length: with the first, all that a growing file was written would be lost again.
                changes().filter(|change| change.is_length()).for_each(|change| change.apply(&mut image));
                changes().rev().filter(|change| !change.is_length()).for_each(|change| change.apply(&mut image));
            }
            Keep::LastOnly => changes().next_back().into_iter().for_each(|change| change.apply(&mut image)),
            Keep::WithoutLengths => {
                changes().filter(|change| !change.is_length()).for_each(|change| change.apply(&mut image));
            }
            Keep::Random(seed) => {
                let mut chance = Chance(seed);
                changes().filter(|_| chance.flip()).for_each(|change| change.apply(&mut image));
            }
            Keep::Shuffled(seed) => {
                let mut chance = Chance(seed);
                let mut kept: Vec<_> = changes().filter(|_| chance.flip()).collect();
                kept.sort_by_cached_key(|_| chance.next());
                kept.into_iter().for_each(|change| change.apply(&mut image));
            }
            Keep::Torn(seed, unit) => {
                let mut chance = Chance(seed);
                changes().for_each(|change| change.apply_torn(&mut image, unit.max(1), &mut chance));
            }
        }
        image
    }
}

/// One change of what a disk holds.
#[derive(Debug)]
pub(super) enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Change {
    pub(super) fn is_length(&self) -> bool {
        match self {
            Self::Length(_) => true,
            Self::Write(..) => false,
        }
    }

    pub(super) fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Length(length) => image.resize(*length, 0),
            Self::Write(offset, data) => overwrite(image, *offset, data),
        }
    }

    /// What is done of it when it is cut short.
    pub(super) fn first_half(self) -> Self {
        match self {
            Self::Length(length) => Self::Length(length),
            Self::Write(offset, mut data) => {
                data.truncate(data.len() / 2);
                Self::Write(offset, data)
            }
        }
    }

    fn apply_torn(&self, image: &mut Vec<u8>, unit: usize, chance: &mut Chance) {
        match self {
            Self::Length(_) => {
                if chance.flip() {
                    self.apply(image);
                }
            }
            Self::Write(offset, data) => {
                // Units lie on the disk's grid, not on the write's.
                let first = unit.saturating_sub(offset.checked_rem(unit).unwrap_or(0)).min(data.len());
                let (head, rest) = data.split_at(first);
                let mut place = *offset;
                for piece in std::iter::once(head).chain(rest.chunks(unit)) {
                    if chance.flip() {
                        overwrite(image, place, piece);
                    }
                    place = place.saturating_add(piece.len());
                }
            }
        }
    }
}

/// Writes as much of the data as lies within the image.
fn overwrite(image: &mut [u8], offset: usize, data: &[u8]) {
    let Some(place) = image.get_mut(offset..) else {
        return;
    };
    place.iter_mut().zip(data).for_each(|(byte, new)| *byte = *new);
}

/// Even odds from a seed: splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct Chance(u64);

impl Chance {
    fn flip(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
