//! A mutex with `parking_lot`'s interface that the checker makes on first use.
#![expect(
    clippy::disallowed_types,
    reason = "holds the value until the checker's mutex is made; no model thread switches meanwhile"
)]

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

#[cfg(pythreads_loom)]
use loom::sync as checker;
#[cfg(pythreads_shuttle)]
use shuttle::sync as checker;

/// As `parking_lot`'s.
pub struct Mutex<T> {
    initial: std::sync::Mutex<Option<T>>,
    object: OnceLock<checker::Mutex<T>>,
}

impl<T> Mutex<T> {
    /// A free mutex around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            initial: std::sync::Mutex::new(Some(value)),
            object: OnceLock::new(),
        }
    }

    /// As `parking_lot`'s.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            mutex: self,
            guard: self.object().lock().expect(NOT_POISONED),
        }
    }

    /// As `parking_lot`'s.
    pub fn get_mut(&mut self) -> &mut T {
        self.object();
        let object = self.object.get_mut().expect("it has just been made");
        object.get_mut().expect(NOT_POISONED)
    }

    fn object(&self) -> &checker::Mutex<T> {
        self.object.get_or_init(|| {
            let value = self.initial.lock().expect(NOT_POISONED).take();
            checker::Mutex::new(value.expect("it is taken once"))
        })
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// As `parking_lot`'s.
#[must_use = "the mutex is released as soon as its guard is dropped"]
pub struct MutexGuard<'mutex, T> {
    mutex: &'mutex Mutex<T>,
    guard: checker::MutexGuard<'mutex, T>,
}

impl<'mutex, T> MutexGuard<'mutex, T> {
    /// As `parking_lot`'s.
    pub fn mutex(guard: &Self) -> &'mutex Mutex<T> {
        guard.mutex
    }

    /// Gives the mutex up, sleeps until the condition variable is notified, and takes it again.
    #[track_caller]
    pub(crate) fn wait(self, condition: &checker::Condvar) -> Self {
        let guard = condition.wait(self.guard).expect(NOT_POISONED);
        Self { guard, ..self }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard").finish_non_exhaustive()
    }
}

const NOT_POISONED: &str = "a panic ends the execution";
