//! `Semaphore`: Python's `threading.Semaphore`, a count of permits that threads take and add.
//!
//! The word, its queue and all reasoning about them are in [`raw_semaphore`](crate::raw_semaphore).

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::permit::Permit;
use crate::raw_semaphore::RawSemaphore;
use crate::wait_queue::{Wait, WaitKind};

/// A count of permits: `acquire` takes one, waiting until there is one, and the [`Permit`] gives it back when dropped.
///
/// [`release`](Semaphore::release) adds a permit that nobody took, for semaphores that count events or items rather than
/// guard a resource; their consumers [forget](Permit::forget) the permit. To be told when more is given back than was
/// taken, use [`BoundedSemaphore`](crate::BoundedSemaphore).
///
/// # Fairness
///
/// Waiters are served in the order in which they came. A running thread may take a permit ahead of them, but not past one
/// that asks for more than there is, so `acquire_many` is not starved; and a waiter that has been passed for a millisecond
/// is handed what it asks for.
///
/// # Memory ordering
///
/// What threads did before they released permits happens before an acquisition of those permits returns.
///
/// # Differences from Python
///
/// - `acquire` returns a [`Permit`], so nothing is lost when code between `acquire` and `release` panics.
/// - `acquire_many` is new.
/// - There can be at most [`MAX_PERMITS`](Semaphore::MAX_PERMITS) permits; initial values cannot be negative.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(2);
///
/// let first = CONNECTIONS.acquire();
/// let _second = CONNECTIONS.acquire();
/// assert!(CONNECTIONS.try_acquire().is_none());
/// drop(first);
/// assert!(CONNECTIONS.try_acquire().is_some());
/// ```
#[derive(Debug)]
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// The most permits there can be.
    pub const MAX_PERMITS: usize = RawSemaphore::MAX;

    /// A semaphore with `permits` permits.
    ///
    /// # Panics
    ///
    /// If `permits` is above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub const fn new(permits: usize) -> Self {
        assert!(
            permits <= Self::MAX_PERMITS,
            "a Semaphore has at most Semaphore::MAX_PERMITS permits"
        );
        Self {
            raw: RawSemaphore::new(permits),
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
    /// If `n` is 0, or above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many(&self, n: usize) -> Permit<'_> {
        Self::assert_possible(n);
        let acquired = self.take(n, Deadline::Never);
        debug_assert!(acquired, "a wait without a deadline ends with the permits");
        self.permit(n)
    }

    /// Takes `n` permits at once if there are so many at this moment.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
        Self::assert_possible(n);
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
    /// If `n` is 0, or above [`MAX_PERMITS`](Self::MAX_PERMITS).
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
    /// If `n` is 0, or above [`MAX_PERMITS`](Self::MAX_PERMITS).
    #[track_caller]
    pub fn acquire_many_deadline(&self, n: usize, deadline: Instant) -> Option<Permit<'_>> {
        Self::assert_possible(n);
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
    /// ```
    /// use pythreads_sync_primitives::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::new(1));
    /// let slot = slots.acquire_owned();
    /// let worker = std::thread::spawn(move || drop(slot));
    /// worker.join().unwrap();
    /// assert_eq!(slots.available(), 1);
    /// ```
    pub fn acquire_owned(self: &Arc<Self>) -> Permit<'static> {
        self.acquire().forget();
        Permit::owned(Arc::clone(self))
    }

    /// Takes a permit that keeps the semaphore alive, if there is one at this moment.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Option<Permit<'static>> {
        self.try_acquire()?.forget();
        Some(Permit::owned(Arc::clone(self)))
    }

    /// Takes a permit that keeps the semaphore alive, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    pub fn acquire_owned_timeout(self: &Arc<Self>, timeout: Duration) -> Option<Permit<'static>> {
        self.acquire_timeout(timeout)?.forget();
        Some(Permit::owned(Arc::clone(self)))
    }

    /// Takes a permit that keeps the semaphore alive, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    pub fn acquire_owned_deadline(self: &Arc<Self>, deadline: Instant) -> Option<Permit<'static>> {
        self.acquire_deadline(deadline)?.forget();
        Some(Permit::owned(Arc::clone(self)))
    }

    /// Adds a permit.
    ///
    /// # Panics
    ///
    /// If there are [`MAX_PERMITS`](Self::MAX_PERMITS) permits already. Nothing changes then.
    #[track_caller]
    pub fn release(&self) {
        self.release_many(1);
    }

    /// Adds `n` permits, which wakes as many waiters as they are enough for.
    ///
    /// # Panics
    ///
    /// If `n` is 0, or if there would be more than [`MAX_PERMITS`](Self::MAX_PERMITS) permits. Nothing changes then.
    #[doc(alias = "release(n)")]
    #[track_caller]
    pub fn release_many(&self, n: usize) {
        assert!(n > 0, "release of 0 permits of a Semaphore");
        assert!(
            self.raw.release(n, Self::MAX_PERMITS),
            "release of more permits than a Semaphore can have"
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
        Permit::borrowed(&self.raw, Self::MAX_PERMITS, n)
    }

    /// For a permit that is dropped.
    pub(crate) fn give_back(&self, n: usize) {
        self.raw.release_at_most(n, Self::MAX_PERMITS);
    }

    #[track_caller]
    fn assert_possible(n: usize) {
        assert!(n > 0, "acquisition of 0 permits of a Semaphore");
        assert!(
            n <= Self::MAX_PERMITS,
            "acquisition of more permits than a Semaphore can have"
        );
    }
}

/// One permit, as in Python.
impl Default for Semaphore {
    fn default() -> Self {
        Self::new(1)
    }
}
