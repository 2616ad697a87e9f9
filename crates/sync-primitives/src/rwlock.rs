//! `RwLock`: many readers or one writer.
//!
//! A reader holds one permit of a [`RawSemaphore`] that has [`RawSemaphore::MAX`], a writer holds all of them. That
//! newcomers do not pass a waiter that wants more than is there makes it write-preferring.
//!
//! # Invariants
//!
//! 1. An `RwLockReadGuard` holds one permit, an `RwLockWriteGuard` holds all. So `&mut T` is given out only while there
//!    is no other guard.

#![expect(
    unsafe_code,
    reason = "a lock gives out `&mut T` from a shared reference; the permits say to whom"
)]

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::raw_semaphore::RawSemaphore;
use crate::wait_queue::{Wait, WaitKind};

/// What a reader holds, and what a writer holds.
const SHARE: usize = 1;
const ALL: usize = RawSemaphore::MAX;

/// A lock around a value that many threads may read, or one may write.
///
/// A panic while it is held releases it: there is no poisoning.
///
/// # Fairness
///
/// Write-preferring: a reader does not pass a writer that waits for readers to finish. Waiters are served in the order in
/// which they came; a running thread may take a free lock ahead of them, but a waiter that has been passed for a
/// millisecond is handed the lock. So neither readers nor writers are starved.
///
/// **A thread that reads must not read again**: if a writer has begun to wait in between, the second `read` waits for the
/// writer, and the writer for the first `read`, for ever.
///
/// # Memory ordering
///
/// What a writer did before it released the lock happens before the next `read` or `write` returns, and what readers did
/// happens before the next `write` returns.
///
/// # Differences from Python
///
/// Python has none. Waiting for it is not interruptible, as for every lock.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::RwLock;
///
/// static SETTINGS: RwLock<Vec<&str>> = RwLock::new(Vec::new());
///
/// SETTINGS.write().push("verbose");
/// let reader = SETTINGS.read();
/// let another = SETTINGS.try_read().unwrap();
/// assert_eq!(reader.len(), another.len());
/// assert!(SETTINGS.try_write().is_none());
/// ```
pub struct RwLock<T: ?Sized> {
    raw: RawSemaphore,
    value: UnsafeCell<T>,
}

// SAFETY: sharing the lock lends `&T` to several threads at a time, which asks for `T: Sync`, and moves `&mut T` between
// threads one after another (invariant 1), which asks for `T: Send`.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

impl<T> RwLock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            raw: RawSemaphore::new(ALL),
            value: UnsafeCell::new(value),
        }
    }

    /// The value; nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Acquires the lock for reading, waiting until no writer holds it or is before this thread.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit; not interruptible.
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        let acquired = self.take_share(Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with the lock");
        self.read_guard()
    }

    /// Acquires the lock for reading if that is possible at this moment.
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.raw.try_acquire(SHARE).then(|| self.read_guard())
    }

    /// Acquires the lock for reading, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. Not interruptible.
    pub fn read_timeout(&self, timeout: Duration) -> Option<RwLockReadGuard<'_, T>> {
        self.try_read()
            .or_else(|| self.read_until(Deadline::after(timeout)))
    }

    /// Acquires the lock for reading, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. Not interruptible.
    pub fn read_deadline(&self, deadline: Instant) -> Option<RwLockReadGuard<'_, T>> {
        self.read_until(deadline.into())
    }

    /// Acquires the lock for writing, waiting until nobody holds it.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit; not interruptible.
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        let acquired = self.take_all(Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with the lock");
        self.write_guard()
    }

    /// Acquires the lock for writing if nobody holds it at this moment.
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.raw.try_acquire(ALL).then(|| self.write_guard())
    }

    /// Acquires the lock for writing, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. Not interruptible.
    pub fn write_timeout(&self, timeout: Duration) -> Option<RwLockWriteGuard<'_, T>> {
        self.try_write()
            .or_else(|| self.write_until(Deadline::after(timeout)))
    }

    /// Acquires the lock for writing, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. Not interruptible.
    pub fn write_deadline(&self, deadline: Instant) -> Option<RwLockWriteGuard<'_, T>> {
        self.write_until(deadline.into())
    }

    /// Whether anybody holds the lock, for reading or for writing; stale as soon as it returns.
    pub fn locked(&self) -> bool {
        self.raw.available() < ALL
    }

    /// The value, without locking: `&mut self` shows that nobody holds the lock.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn read_until(&self, deadline: Deadline) -> Option<RwLockReadGuard<'_, T>> {
        self.take_share(deadline).then(|| self.read_guard())
    }

    fn write_until(&self, deadline: Deadline) -> Option<RwLockWriteGuard<'_, T>> {
        self.take_all(deadline).then(|| self.write_guard())
    }

    fn take_share(&self, deadline: Deadline) -> bool {
        let how = || Wait::shielded(WaitKind::RwLock, deadline);
        self.raw.acquire(SHARE, how)
    }

    fn take_all(&self, deadline: Deadline) -> bool {
        let how = || Wait::shielded(WaitKind::RwLock, deadline);
        self.raw.acquire_all(how)
    }

    /// For a thread that has taken a share.
    fn read_guard(&self) -> RwLockReadGuard<'_, T> {
        RwLockReadGuard {
            lock: self,
            not_send: PhantomData,
        }
    }

    /// For a thread that has taken all.
    fn write_guard(&self) -> RwLockWriteGuard<'_, T> {
        RwLockWriteGuard {
            lock: self,
            value: PhantomData,
        }
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_read() {
            Some(guard) => f.debug_tuple("RwLock").field(&&*guard).finish(),
            None => f.write_str("RwLock(<locked>)"),
        }
    }
}

/// An [`RwLock`] held for reading; dropping it ends that.
///
/// It is not `Send`: each thread reads for itself.
#[must_use = "the lock is released as soon as its guard is dropped"]
pub struct RwLockReadGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    not_send: PhantomData<MutexGuard<'static, ()>>,
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.raw.put_back(SHARE);
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds a share (invariant 1), so there is no `&mut T`.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// An [`RwLock`] held for writing; dropping it ends that.
///
/// It is `Send`, as [`LockGuard`](crate::LockGuard) is.
#[must_use = "the lock is released as soon as its guard is dropped"]
pub struct RwLockWriteGuard<'lock, T: ?Sized> {
    lock: &'lock RwLock<T>,
    /// The guard lends the value as `&mut T` does.
    value: PhantomData<&'lock mut T>,
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.raw.put_back(ALL);
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds all permits (invariant 1), so there is no other reference but those lent by this guard.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` excludes those.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
