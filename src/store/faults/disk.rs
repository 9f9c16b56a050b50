//! A simulated disk below redb: what was synced stays, what was written since may or may not.
//!
//! A power cut may keep any of the unsynced writes and lose the others, sector by sector; a change of length is one of
//! them, and what was written beyond the length that is kept is lost.

use ::redb::StorageBackend;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

/// Which of the writes since the last sync survive a power cut.
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
    /// Each with even odds, drawn from the seed.
    Random(u64),
    /// Each unit of this many bytes of each write with even odds, drawn from the seed; lengths are kept or lost whole.
    Torn(u64, usize),
}

/// A disk in memory that can fail, stop, and show what a power cut at this moment could leave.
///
/// Clones are the same disk. Operations are numbered from 0: len, read, write, set_len and sync_data; close and locks
/// are not counted. An operation that fails by [`SimDisk::fail_at`] has done nothing. A write that fails by
/// [`SimDisk::crash_at`] was under way: it may survive, whole or torn.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds these bytes, synced.
    pub fn from_image(bytes: Vec<u8>) -> Self {
        let state = State { synced: bytes.clone(), current: bytes, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Makes every operation from this number on fail.
    pub fn crash_at(&self, operation: u64) {
        self.state.lock().crash_at = Some(operation);
    }

    /// Makes the operation with this number fail, and only that one.
    pub fn fail_at(&self, operation: u64) {
        self.state.lock().fail_at = Some(operation);
    }

    /// How many operations have begun: the number of the next one.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// The bytes that a power cut at this moment could leave.
    pub fn image(&self, keep: Keep) -> Vec<u8> {
        let state = self.state.lock();
        let mut image = state.synced.clone();
        match keep {
            Keep::Nothing => {}
            Keep::All => state.unsynced.iter().for_each(|change| change.apply(&mut image)),
            Keep::Reversed => {
                // The last length: with the first, all that a growing file was written would be lost again.
                for change in state.unsynced.iter().filter(|change| change.is_length()) {
                    change.apply(&mut image);
                }
                for change in state.unsynced.iter().rev().filter(|change| !change.is_length()) {
                    change.apply(&mut image);
                }
            }
            Keep::LastOnly => state.unsynced.iter().next_back().into_iter().for_each(|change| change.apply(&mut image)),
            Keep::Random(seed) => {
                let mut chance = Chance(seed);
                state.unsynced.iter().filter(|_| chance.flip()).for_each(|change| change.apply(&mut image));
            }
            Keep::Torn(seed, unit) => {
                let mut chance = Chance(seed);
                state.unsynced.iter().for_each(|change| change.apply_torn(&mut image, unit.max(1), &mut chance));
            }
        }
        image
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state.lock();
        state.step()?;
        Ok(state.current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step()?;
        let start = to_index(offset)?;
        let end = start.checked_add(out.len()).ok_or(io::ErrorKind::InvalidInput)?;
        let bytes = state.current.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.state.lock().change(Change::Length(to_index(len)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step()?;
        let State { synced, unsynced, .. } = &mut *state;
        for change in unsynced.drain(..) {
            change.apply(synced);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.state.lock().change(Change::Write(to_index(offset)?, data.to_vec()))
    }
}

#[derive(Debug, Default)]
struct State {
    operations: u64,
    crash_at: Option<u64>,
    fail_at: Option<u64>,
    /// What certainly survives.
    synced: Vec<u8>,
    /// What was done since, in order.
    unsynced: Vec<Change>,
    /// What reads see: all of it applied.
    current: Vec<u8>,
}

impl State {
    /// Counts an operation, and fails it when it is its turn.
    fn step(&mut self) -> io::Result<()> {
        let number = self.operations;
        self.operations = number.saturating_add(1);
        let crashed = self.crash_at.is_some_and(|at| number >= at);
        if crashed || self.fail_at == Some(number) { Err(io::Error::other("a planned failure")) } else { Ok(()) }
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        let under_way = self.crash_at == Some(self.operations);
        let step = self.step();
        if step.is_ok() {
            change.apply(&mut self.current);
        }
        if step.is_ok() || under_way {
            self.unsynced.push(change);
        }
        step
    }
}

#[derive(Debug)]
enum Change {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Change {
    fn is_length(&self) -> bool {
        match self {
            Self::Length(_) => true,
            Self::Write(..) => false,
        }
    }

    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Length(length) => image.resize(*length, 0),
            Self::Write(offset, data) => overwrite(image, *offset, data),
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

fn to_index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Even odds from a seed: splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
struct Chance(u64);

impl Chance {
    fn flip(&mut self) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) & 1 == 1
    }
}
