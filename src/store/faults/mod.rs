//! Storage that fails or stops at the nth operation, for testing what is built on it.
//!
//! Only with the feature `faults`. `store` fails calls of [`Store`](super::Store); `disk` is the device below redb,
//! and knows what a power cut may leave.

mod disk;
mod store;

pub use disk::{Keep, SimDisk};
pub use store::{FailedCommit, FaultStore, Repeat};
