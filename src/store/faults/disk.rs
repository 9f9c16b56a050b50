//! A simulated disk below redb: what was synced stays, what was written since may or may not.
//!
//! A power cut may keep any of the unsynced writes and lose the others, sector by sector; a change of length is one of
//! them, and what was written beyond the length that is kept is lost.

use super::changes::{Change, Keep, Pending};
use super::cuts::{Cuts, Recorded};
use super::store::Repeat;
use ::redb::StorageBackend;
use parking_lot::Mutex;
use std::io;
use std::sync::Arc;

/// How long a disk can be: what is wrong with a length must not take the memory of the test.
const BYTES_MAX: u64 = 1 << 30;

/// What goes wrong with an operation.
///
/// ```
/// use std::io::ErrorKind;
/// use pacioli::prelude::*;
/// use pacioli::store::faults::{Fault, Repeat, SimDisk};
///
/// // Half of a write, and then nothing: whatever was answered with a receipt is there afterwards.
/// let disk = SimDisk::new();
/// let ledger = Ledger::builder().on_backend(disk.clone())?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// disk.fail_at(disk.operations(), Fault::Short, Repeat::Once);
/// assert!(ledger.open_book(NewBook::live("shop.usd", Currency::USD)).is_err());
/// disk.heal();
/// drop(ledger);
/// assert!(Ledger::builder().on_backend(disk)?.view()?.book_named("shop.kes")?.is_some());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Any operation: it fails with this kind of error and has done nothing.
    Error(io::ErrorKind),
    /// A read or a write: half of it is done, then it fails.
    Short,
    /// `len`: it tells so much more or less than is true, and succeeds.
    Length(i64),
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Length,
    Read,
    Write,
    SetLength,
    Sync,
}

impl Fault {
    fn befalls(self, kind: Kind) -> bool {
        match self {
            Self::Error(_) => true,
            Self::Short => matches!(kind, Kind::Read | Kind::Write),
            Self::Length(_) => kind == Kind::Length,
        }
    }
}

/// A disk in memory that can fail, stop, and show what a power cut at this moment could leave.
///
/// Clones are the same disk. Operations are numbered from 0: len, read, write, set_len and sync_data; close and locks
/// are not counted. A write that fails by [`SimDisk::crash_at`] was under way: it may survive, whole or torn.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::store::faults::{Keep, SimDisk};
///
/// let disk = SimDisk::new();
/// let ledger = Ledger::builder().on_backend(disk.clone())?;
/// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// // The power is cut, and nothing that was not synced survives: what had a receipt is there.
/// let image = SimDisk::from_image(disk.image(Keep::Nothing));
/// let ledger = Ledger::builder().on_backend(image)?;
/// assert_eq!(ledger.view()?.book(book.id)?, book);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state.lock();
        let (operations, bytes) = (state.operations, state.current.len());
        f.debug_struct("SimDisk").field("operations", &operations).field("bytes", &bytes).finish_non_exhaustive()
    }
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk that holds these bytes, synced.
    pub fn from_image(bytes: Vec<u8>) -> Self {
        let pending = Pending { synced: bytes.clone(), unsynced: Vec::new() };
        let state = State { pending, current: bytes, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Makes every operation from this number on fail.
    pub fn crash_at(&self, operation: u64) {
        self.state.lock().crash_at = Some(operation);
    }

    /// Has the fault befall the first operation from this number on that it can befall: that one only, or from there
    /// on every such one. Replaces an earlier plan.
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use pacioli::prelude::*;
    /// use pacioli::store::faults::{Fault, Repeat, SimDisk};
    ///
    /// let disk = SimDisk::new();
    /// let ledger = Ledger::builder().on_backend(disk.clone())?;
    /// disk.fail_at(disk.operations(), Fault::Error(ErrorKind::StorageFull), Repeat::Forever);
    /// assert!(ledger.open_book(NewBook::live("shop.kes", Currency::KES)).is_err());
    /// assert!(disk.failed_first().is_some());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn fail_at(&self, operation: u64, fault: Fault, repeat: Repeat) {
        let mut state = self.state.lock();
        state.plan = Some((operation, fault, repeat));
        state.failed_first = None;
    }

    /// Lets everything through again.
    pub fn heal(&self) {
        let mut state = self.state.lock();
        state.plan = None;
        state.crash_at = None;
    }

    /// The number of the first operation that the fault of [`SimDisk::fail_at`] has befallen, if one has been.
    pub fn failed_first(&self) -> Option<u64> {
        self.state.lock().failed_first
    }

    /// How many operations have begun: the number of the next one.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// The bytes that a power cut at this moment could leave.
    pub fn image(&self, keep: Keep) -> Vec<u8> {
        self.state.lock().pending.image(keep)
    }

    /// Changes what is on the disk behind everybody's back.
    pub fn alter(&self, change: impl Fn(&mut [u8])) {
        let mut state = self.state.lock();
        state.pending.sync();
        change(&mut state.pending.synced);
        change(&mut state.current);
    }

    /// Writes down every change and sync from here on, for [`SimDisk::cuts`].
    pub fn record(&self) {
        let mut state = self.state.lock();
        state.recorded = Some(Recorded::after(state.pending.clone()));
    }

    /// Every moment since [`SimDisk::record`] at which the power could have been cut; none without it.
    pub fn cuts(&self) -> Cuts {
        Cuts::of(self.state.lock().recorded.clone().unwrap_or_default())
    }
}

impl StorageBackend for SimDisk {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state.lock();
        let fault = state.step(Kind::Length)?;
        let length = state.current.len() as u64;
        Ok(match fault {
            Some(Fault::Length(more)) => length.saturating_add_signed(more),
            Some(Fault::Error(_) | Fault::Short) | None => length,
        })
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state.lock();
        let fault = state.step(Kind::Read)?;
        let start = to_index(offset)?;
        let wanted = if fault.is_some() { out.len() / 2 } else { out.len() };
        let end = start.checked_add(wanted).ok_or(io::ErrorKind::InvalidInput)?;
        let bytes = state.current.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.iter_mut().zip(bytes).for_each(|(byte, read)| *byte = *read);
        if fault.is_some() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > BYTES_MAX {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.state.lock().change(Change::Length(to_index(len)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step(Kind::Sync)?;
        state.pending.sync();
        let number = state.operations;
        if let Some(recorded) = &mut state.recorded {
            recorded.synced(number);
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.state.lock().change(Change::Write(to_index(offset)?, data.to_vec()))
    }
}

#[derive(Default)]
struct State {
    operations: u64,
    crash_at: Option<u64>,
    plan: Option<(u64, Fault, Repeat)>,
    failed_first: Option<u64>,
    pending: Pending,
    /// What reads see: all of it applied.
    current: Vec<u8>,
    recorded: Option<Recorded>,
}

impl State {
    /// Counts an operation, and fails it when it is its turn; a fault that is no failure is told.
    fn step(&mut self, kind: Kind) -> io::Result<Option<Fault>> {
        let number = self.operations;
        self.operations = number.saturating_add(1);
        if self.crash_at.is_some_and(|at| number >= at) {
            return Err(io::Error::other("a planned failure"));
        }
        let Some((at, fault, repeat)) = self.plan else { return Ok(None) };
        let again = repeat == Repeat::Forever || self.failed_first.is_none();
        if number < at || !again || !fault.befalls(kind) {
            return Ok(None);
        }
        self.failed_first.get_or_insert(number);
        match fault {
            Fault::Error(kind) => Err(io::Error::new(kind, "a planned failure")),
            Fault::Short | Fault::Length(_) => Ok(Some(fault)),
        }
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        let under_way = self.crash_at == Some(self.operations);
        let kind = if change.is_length() { Kind::SetLength } else { Kind::Write };
        let step = self.step(kind);
        match step {
            Ok(None) => self.apply(change),
            Ok(Some(_)) => {
                self.apply(change.first_half());
                return Err(io::ErrorKind::WriteZero.into());
            }
            // The power goes while it is written; nobody reads it any more.
            Err(_) if under_way => self.pending.unsynced.push(Arc::new(change)),
            Err(_) => {}
        }
        step.map(|_| ())
    }

    fn apply(&mut self, change: Change) {
        change.apply(&mut self.current);
        let change = Arc::new(change);
        if let Some(recorded) = &mut self.recorded {
            recorded.changed(self.operations, &change);
        }
        self.pending.unsynced.push(change);
    }
}

fn to_index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}
