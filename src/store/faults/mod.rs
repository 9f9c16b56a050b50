//! Storage that fails or stops at the nth operation, for testing what is built on it.
//!
//! Only with the feature `faults`. `store` fails calls of [`Store`](super::Store); `disk` is the device below redb,
//! `changes` knows what a power cut may leave of what was written to it, and `cuts` shows that for every moment of a run.

mod changes;
mod cuts;
mod disk;
mod store;

pub use changes::Keep;
pub use cuts::Cuts;
pub use disk::{Fault, SimDisk};
pub use store::{FailedCommit, FaultStore, Repeat};
