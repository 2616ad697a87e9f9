//! `BoundedSemaphore`: Python's `threading.BoundedSemaphore`, which notices when more is given back than was taken.
//!
//! The word, its queue and all reasoning about them are in [`raw_semaphore`](crate::raw_semaphore).

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::permit::Permit;
use crate::raw_semaphore::RawSemaphore;
use crate::wait_queue::{Wait, WaitKind};

/// A [`Semaphore`](crate::Semaphore) that never has more permits than at the beginning.
///
/// To guard a resource of which there is a fixed number. A `release` too many is a bug, and panics at the caller.
///
/// # Fairness
///
/// As [`Semaphore`](crate::Semaphore).
///
/// # Memory ordering
///
/// As [`Semaphore`](crate::Semaphore).
///
/// # Differences from Python
///
/// As [`Semaphore`](crate::Semaphore). Also, a [`Permit`] that is dropped when all permits are back already, because
/// somebody called `release` for it, gives back nothing: a destructor must not panic.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::BoundedSemaphore;
///
/// static CONNECTIONS: BoundedSemaphore = BoundedSemaphore::new(2);
///
/// let connection = CONNECTIONS.acquire();
/// assert_eq!(CONNECTIONS.available(), 1);
/// drop(connection);
/// assert_eq!(CONNECTIONS.available(), 2);
/// ```
#[derive(Debug)]
pub struct BoundedSemaphore {
    raw: RawSemaphore,
    bound: usize,
}

impl BoundedSemaphore {
    /// A semaphore with `permits` permits, and never more.
    ///
    /// # Panics
    ///
    /// If `permits` is above [`Semaphore::MAX_PERMITS`](crate::Semaphore::MAX_PERMITS).
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        assert!(
            permits <= RawSemaphore::MAX,
            "a BoundedSemaphore has at most Semaphore::MAX_PERMITS permits"
        );
        Self {
            raw: RawSemaphore::new(permits),
            bound: permits,
        }
    }

    /// Takes a permit, waiting until there is one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    #[inline]
    pub fn acquire(&self) -> Permit<'_> {
        let acquired = self.take(1, Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with a permit");
        self.permit(1)
    }

    /// Takes a permit if there is one at this moment.
    #[doc(alias = "acquire(blocking=False)")]
    #[inline]
    pub fn try_acquire(&self) -> Option<Permit<'_>> {
        self.raw.try_acquire(1).then(|| self.permit(1))
    }

    /// Takes a permit, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
        self.try_acquire()
            .or_else(|| self.acquire_until(1, Deadline::after(timeout)))
    }

    /// Takes a permit, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    pub fn acquire_deadline(&self, deadline: Instant) -> Option<Permit<'_>> {
        self.acquire_until(1, deadline.into())
    }

    /// Takes `n` permits at once, waiting until there are so many.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or more than the semaphore ever has.
    #[track_caller]
    pub fn acquire_many(&self, n: usize) -> Permit<'_> {
        self.assert_possible(n);
        let acquired = self.take(n, Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with the permits");
        self.permit(n)
    }

    /// Takes `n` permits at once if there are so many at this moment.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or more than the semaphore ever has.
    #[track_caller]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        self.assert_possible(n);
        self.raw.try_acquire(n).then(|| self.permit(n))
    }

    /// Takes `n` permits at once, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or more than the semaphore ever has.
    #[track_caller]
    pub fn acquire_many_timeout(&self, n: usize, timeout: Duration) -> Option<Permit<'_>> {
        self.try_acquire_many(n)
            .or_else(|| self.acquire_until(n, Deadline::after(timeout)))
    }

    /// Takes `n` permits at once, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or more than the semaphore ever has.
    #[track_caller]
    pub fn acquire_many_deadline(&self, n: usize, deadline: Instant) -> Option<Permit<'_>> {
        self.assert_possible(n);
        self.acquire_until(n, deadline.into())
    }

    /// Takes a permit that keeps the semaphore alive, to be moved into a thread or a task.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Examples
    ///
    /// As [`Semaphore::acquire_owned`](crate::Semaphore::acquire_owned).
    pub fn acquire_owned(self: &Arc<Self>) -> Permit<'static> {
        self.acquire().forget();
        Permit::owned_bounded(Arc::clone(self))
    }

    /// Takes a permit that keeps the semaphore alive, if there is one at this moment.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<Permit<'static>> {
        self.try_acquire()?.forget();
        Some(Permit::owned_bounded(Arc::clone(self)))
    }

    /// Takes a permit that keeps the semaphore alive, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    pub fn acquire_owned_timeout(self: &Arc<Self>, timeout: Duration) -> Option<Permit<'static>> {
        self.acquire_timeout(timeout)?.forget();
        Some(Permit::owned_bounded(Arc::clone(self)))
    }

    /// Takes a permit that keeps the semaphore alive, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    pub fn acquire_owned_deadline(self: &Arc<Self>, deadline: Instant) -> Option<Permit<'static>> {
        self.acquire_deadline(deadline)?.forget();
        Some(Permit::owned_bounded(Arc::clone(self)))
    }

    /// Adds a permit.
    ///
    /// # Panics
    ///
    /// If all permits are there already. Nothing changes then.
    #[track_caller]
    pub fn release(&self) {
        self.release_many(1);
    }

    /// Adds `n` permits, which wakes as many waiters as they are enough for.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or if there would be more permits than at the beginning. Nothing changes then.
    #[doc(alias = "release(n)")]
    #[track_caller]
    pub fn release_many(&self, n: usize) {
        assert!(n > 0, "release of 0 permits of a BoundedSemaphore");
        assert!(
            self.raw.release(n, self.bound),
            "release of a BoundedSemaphore beyond its initial value"
        );
    }

    /// How many permits there are; stale as soon as it returns.
    pub fn available(&self) -> usize {
        self.raw.available()
    }

    #[inline]
    fn take(&self, n: usize, deadline: Deadline) -> bool {
        let how = || Wait::interruptible(WaitKind::Semaphore, deadline);
        self.raw.acquire(n, how)
    }

    fn acquire_until(&self, n: usize, deadline: Deadline) -> Option<Permit<'_>> {
        self.take(n, deadline).then(|| self.permit(n))
    }

    #[inline]
    fn permit(&self, n: usize) -> Permit<'_> {
        Permit::borrowed(&self.raw, self.bound, n)
    }

    /// For a permit that is dropped.
    pub(crate) fn give_back(&self, n: usize) {
        self.raw.release_at_most(n, self.bound);
    }

    #[track_caller]
    fn assert_possible(&self, n: usize) {
        assert!(n > 0, "acquisition of 0 permits of a BoundedSemaphore");
        assert!(
            n <= self.bound,
            "acquisition of more permits than a BoundedSemaphore ever has"
        );
    }
}

/// One permit, as in Python.
impl Default for BoundedSemaphore {
    fn default() -> Self {
        Self::new(1)
    }
}
