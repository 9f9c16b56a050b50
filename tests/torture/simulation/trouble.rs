//! What can go wrong with the disk of a simulated life, and what the ledger is opened from afterwards.

use std::io::ErrorKind;

use pacioli::store::faults::{Fault, Keep, Repeat, SimDisk};

use super::super::random::Random;

/// What is planned for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The power is cut: nothing works any more until the machine starts again.
    Power,
    /// Operations fail, once or from now on; the process may go on, or end and open the same file again.
    Failure(Fault, Repeat),
}

impl Trouble {
    pub fn any(random: &mut Random) -> Self {
        if random.percent(50) {
            return Self::Power;
        }
        let faults = [
            Fault::Error(ErrorKind::Other),
            Fault::Error(ErrorKind::StorageFull),
            Fault::Error(ErrorKind::Interrupted),
            Fault::Short,
        ];
        let fault = faults[random.index(faults.len())];
        Self::Failure(fault, if random.percent(50) { Repeat::Once } else { Repeat::Forever })
    }

    /// Has it happen so many operations from now.
    pub fn plan(self, disk: &SimDisk, after: u64) {
        self.plan_at(disk, disk.operations() + after);
    }

    /// Has it happen at an operation.
    pub fn plan_at(self, disk: &SimDisk, operation: u64) {
        match self {
            Self::Power => disk.crash_at(operation),
            Self::Failure(fault, repeat) => disk.fail_at(operation, fault, repeat),
        }
    }

    /// Whether what was planned for an operation has happened.
    pub fn has_befallen(self, disk: &SimDisk, operation: u64) -> bool {
        match self {
            Self::Power => disk.operations() > operation,
            Self::Failure(..) => disk.failed_first().is_some(),
        }
    }
}

/// The disk on which the ledger is opened again, and what of its unsynced writes survives if the power has gone.
pub fn disk_after(trouble: Option<Trouble>, disk: &SimDisk, random: &mut Random) -> (SimDisk, Option<Keep>) {
    if trouble != Some(Trouble::Power) && random.percent(50) {
        // The process has ended, the machine goes on, and so does what the disk had taken.
        disk.heal();
        return (disk.clone(), None);
    }
    let keep = any_keep(random);
    (SimDisk::from_image(disk.image(keep)), Some(keep))
}

/// Any of the ways in which the writes since the last sync can survive.
fn any_keep(random: &mut Random) -> Keep {
    let seed = random.next();
    let keeps = [
        Keep::Nothing,
        Keep::All,
        Keep::Reversed,
        Keep::LastOnly,
        Keep::WithoutLengths,
        Keep::Random(seed),
        Keep::Shuffled(seed),
        Keep::Torn(seed, 512),
        Keep::Torn(seed, 4_096),
    ];
    keeps[random.index(keeps.len())]
}
