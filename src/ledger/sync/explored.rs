//! A model checker's locks, conditions and threads in the shape of parking_lot's.
//!
//! Waiting for a time is waiting for ever: a ledger that needed the time to come to an end would be found to hang.

#[cfg(loom)]
use loom::sync;
#[cfg(shuttle)]
use shuttle::sync;

#[cfg(loom)]
pub(in crate::ledger) use loom::thread;
#[cfg(shuttle)]
pub(in crate::ledger) use shuttle::thread;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

pub(in crate::ledger) use sync::atomic::AtomicBool;

pub(in crate::ledger) struct Mutex<T>(sync::Mutex<T>);

/// Without the lock only while it waits for a condition.
pub(in crate::ledger) struct MutexGuard<'a, T>(Option<sync::MutexGuard<'a, T>>);

impl<T> Mutex<T> {
    pub(in crate::ledger) fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    pub(in crate::ledger) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().expect("the lock is held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_deref_mut().expect("the lock is held")
    }
}

pub(in crate::ledger) struct Condvar(sync::Condvar);

/// What waiting for a time says.
pub(in crate::ledger) struct Waited;

impl Waited {
    pub(in crate::ledger) fn timed_out(&self) -> bool {
        false
    }
}

impl Condvar {
    pub(in crate::ledger) fn new() -> Self {
        Self(sync::Condvar::new())
    }

    pub(in crate::ledger) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let held = guard.0.take().expect("the lock is held");
        guard.0 = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
    }

    pub(in crate::ledger) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) -> Waited {
        self.wait(guard);
        Waited
    }

    pub(in crate::ledger) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) -> Waited {
        self.wait(guard);
        Waited
    }

    pub(in crate::ledger) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(in crate::ledger) fn notify_all(&self) {
        self.0.notify_all();
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar")
    }
}

pub(in crate::ledger) struct RwLock<T>(sync::RwLock<T>);
pub(in crate::ledger) type RwLockReadGuard<'a, T> = sync::RwLockReadGuard<'a, T>;

impl<T> RwLock<T> {
    pub(in crate::ledger) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::ledger) fn write(&self) -> sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self(sync::RwLock::new(T::default()))
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RwLock")
    }
}
