//! The locks, conditions and threads with which this layer commits.
//!
//! They are parking_lot's and the standard library's. In unit tests built with `--cfg loom` or `--cfg shuttle` they are
//! those of a model checker, in the same shape, so that `schedules` can try the ways in which threads may meet.

#[cfg(all(test, any(loom, shuttle)))]
mod explored;

#[cfg(all(test, any(loom, shuttle)))]
pub(super) use explored::{AtomicBool, Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, thread};
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) use parking_lot::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(not(all(test, any(loom, shuttle))))]
pub(super) use std::{sync::atomic::AtomicBool, thread};
