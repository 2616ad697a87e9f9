//! A value that threads change and other threads wait to see settle: what `Flag` and `Counter` are.
#![expect(
    clippy::disallowed_types,
    reason = "must not stand on the locks under test (see the crate's page)"
)]

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::delay;

#[derive(Debug, Default)]
pub(crate) struct Settled<T> {
    value: Mutex<T>,
    /// Announces "the value has changed". Guarded by `value`; signalled by `update`, to all, since
    /// each waiter has a condition of its own.
    changed: Condvar,
}

impl<T: Copy> Settled<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn get(&self) -> T {
        *self.lock()
    }

    pub(crate) fn update(&self, change: impl FnOnce(T) -> T) {
        let mut value = self.lock();
        *value = change(*value);
        self.changed.notify_all();
    }

    /// Waits until `reached` holds. After half the time that a test may take: the last value.
    pub(crate) fn wait_until(&self, reached: impl Fn(T) -> bool) -> Result<(), T> {
        let (value, _) = self
            .changed
            .wait_timeout_while(self.lock(), *delay::WAIT_LIMIT, |value| !reached(*value))
            .unwrap_or_else(PoisonError::into_inner);
        if reached(*value) { Ok(()) } else { Err(*value) }
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
