//! `Lock`: Python's `threading.Lock`, which here also guards a value.
//!
//! # Invariants
//!
//! 1. A [`LockGuard`] exists only while its lock is held on its behalf, and each acquisition is on behalf of one guard
//!    or of none (`detach`). So `&mut T` is given out once at a time.

#![expect(
    unsafe_code,
    reason = "a lock gives out `&mut T` from a shared reference; the word below says to whom"
)]

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::raw_lock::RawLock;
use crate::wait_queue::WaitKind;

/// A mutual-exclusion lock around a value; `Lock<()>` is Python's bare lock.
///
/// It has no owner: its guard may be sent to another thread and dropped there, and a thread that acquires a lock it
/// already holds waits for ever. A panic while it is held releases it: there is no poisoning.
///
/// # Fairness
///
/// A running thread may take a free lock ahead of sleeping ones, but a thread that has waited for a millisecond is handed
/// the lock.
///
/// # Memory ordering
///
/// What a holder did before it released the lock happens before the next acquisition returns.
///
/// # Differences from Python
///
/// - The lock guards its value, so the value cannot be touched without it. `static LOCK: Lock = Lock::new(());` is the
///   literal port of a lock that stands beside its data.
/// - `acquire` returns a guard that releases the lock when dropped, as `with lock:` does. To keep the lock without a
///   guard, [`detach`](LockGuard::detach) it; [`release`](Lock::release) ends only such an acquisition.
/// - Waiting for a lock is not interruptible.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::Lock;
///
/// static COUNTER: Lock<u32> = Lock::new(0);
///
/// *COUNTER.acquire() += 1;
/// assert_eq!(*COUNTER.acquire(), 1);
/// ```
pub struct Lock<T: ?Sized = ()> {
    raw: RawLock,
    value: UnsafeCell<T>,
}

// SAFETY: sharing a lock moves `&mut T` between threads one after another (invariant 1), which asks for `T: Send` and
// no more.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
impl<T: ?Sized> UnwindSafe for Lock<T> {}
impl<T: ?Sized> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            raw: RawLock::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// The value; nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Acquires the lock, waiting until it is free.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit; not interruptible.
    #[inline]
    pub fn acquire(&self) -> LockGuard<'_, T> {
        let acquired = self.raw.acquire(WaitKind::Lock, Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with the lock");
        LockGuard {
            lock: self,
            value: PhantomData,
        }
    }

    /// Acquires the lock if it is free at this moment.
    #[inline]
    #[doc(alias = "acquire(blocking=False)")]
    pub fn try_acquire(&self) -> Option<LockGuard<'_, T>> {
        self.raw.try_acquire().then(|| LockGuard {
            lock: self,
            value: PhantomData,
        })
    }

    /// Acquires the lock, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. Not interruptible.
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<LockGuard<'_, T>> {
        self.try_acquire()
            .or_else(|| self.acquire_until(Deadline::after(timeout)))
    }

    /// Acquires the lock, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. Not interruptible.
    pub fn acquire_deadline(&self, deadline: Instant) -> Option<LockGuard<'_, T>> {
        self.acquire_until(deadline.into())
    }

    fn acquire_until(&self, deadline: Deadline) -> Option<LockGuard<'_, T>> {
        self.raw
            .acquire(WaitKind::Lock, deadline)
            .then(|| LockGuard {
                lock: self,
                value: PhantomData,
            })
    }

    /// Whether anybody holds the lock; stale as soon as it returns.
    pub fn locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Ends an acquisition whose guard was [detached](LockGuard::detach), from any thread.
    ///
    /// # Panics
    ///
    /// If there is no detached acquisition: the lock is free, or a living guard holds it.
    ///
    /// # Differences from Python
    ///
    /// Python's `release` also ends the acquisition of a `with` block that is still running. This one cannot.
    #[track_caller]
    pub fn release(&self) {
        assert!(
            self.raw.release_detached(),
            "release of a Lock that is not held by a detached acquisition"
        );
    }

    /// The value, without locking: `&mut self` shows that nobody holds the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_acquire() {
            Some(guard) => f.debug_tuple("Lock").field(&&*guard).finish(),
            None => f.write_str("Lock(<locked>)"),
        }
    }
}

/// A held [`Lock`]; dropping it releases the lock.
///
/// It is `Send`: the lock may be released by another thread than the one that acquired it.
#[must_use = "the lock is released as soon as its guard is dropped"]
pub struct LockGuard<'lock, T: ?Sized = ()> {
    lock: &'lock Lock<T>,
    /// Sharing a guard shares the value, so it is `Sync` only if `T` is.
    value: PhantomData<&'lock mut T>,
}

impl<T: ?Sized> LockGuard<'_, T> {
    /// Gives up the guard and keeps the lock, as Python's bare `acquire()` does; [`Lock::release`] ends it.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_sync_primitives::Lock;
    ///
    /// let lock = Lock::new(());
    /// lock.acquire().detach();
    /// assert!(lock.locked());
    /// lock.release();
    /// assert!(!lock.locked());
    /// ```
    pub fn detach(self) {
        self.lock.raw.detach();
        std::mem::forget(self);
    }

    pub(crate) fn raw(&self) -> &RawLock {
        &self.lock.raw
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.raw.release();
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock (invariant 1), so there is no other reference but those lent by this guard.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` excludes those.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
