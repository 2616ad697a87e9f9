//! Getting.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;

use super::BaseQueue;
use super::getter::Getter;
use crate::error::GetError;
use crate::patience::look_around;
use crate::storage::Storage;

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Removes and returns the next item, waiting until there is one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit while the queue is empty. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// [`GetError::ShutDown`] once the queue has been shut down and is empty; a shutdown also ends the wait. Never
    /// [`GetError::Empty`].
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::{GetError, Queue};
    ///
    /// let queue = Queue::new();
    /// queue.put("spam").unwrap();
    /// queue.shutdown();
    /// assert_eq!(queue.get(), Ok("spam"));
    /// assert_eq!(queue.get(), Err(GetError::ShutDown));
    /// ```
    #[track_caller]
    #[inline]
    pub fn get(&self) -> Result<T, GetError> {
        self.get_next_within(|| Deadline::Never)
    }

    /// Removes and returns the next item if there is one at this moment.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there is none, [`GetError::ShutDown`] if there will never be one.
    #[doc(alias = "get_nowait")]
    #[track_caller]
    #[inline]
    pub fn try_get(&self) -> Result<T, GetError> {
        self.get_if_any()
    }

    /// Removes and returns the next item, waiting at most `timeout` for one.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An item that arrives together with the end of the time is
    /// returned. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] when the time ran out, [`GetError::ShutDown`] once the queue has been shut down and is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::{GetError, Queue};
    /// use std::time::Duration;
    ///
    /// let queue = Queue::<u32>::new();
    /// assert_eq!(queue.get_timeout(Duration::from_millis(1)), Err(GetError::Empty));
    /// ```
    #[track_caller]
    #[inline]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
        self.get_next_within(|| Deadline::after(timeout))
    }

    /// Removes and returns the next item, waiting for one until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`get_timeout`](Self::get_timeout).
    #[track_caller]
    #[inline]
    pub fn get_deadline(&self, deadline: Instant) -> Result<T, GetError> {
        self.get_next_within(|| deadline.into())
    }

    #[track_caller]
    #[inline]
    fn get_next_within(&self, deadline: impl FnOnce() -> Deadline) -> Result<T, GetError> {
        match self.get_if_any() {
            Err(GetError::Empty) => self.get_later(deadline(), Self::take_next),
            outcome => outcome,
        }
    }

    /// Makes `attempt` under the lock until it takes something; it also says how many putters that serves.
    #[track_caller]
    #[inline]
    pub(super) fn get_within<R>(
        &self,
        deadline: impl FnOnce() -> Deadline,
        attempt: impl Fn(&mut Getter<'_, T, S>) -> Option<(R, usize)>,
    ) -> Result<R, GetError> {
        match self.attempt_to_get(&attempt) {
            Err(GetError::Empty) => self.get_later(deadline(), attempt),
            outcome => outcome,
        }
    }

    /// There was no item: looks around for a moment, then sleeps.
    #[cold]
    #[track_caller]
    fn get_later<R>(
        &self,
        deadline: Deadline,
        attempt: impl Fn(&mut Getter<'_, T, S>) -> Option<(R, usize)>,
    ) -> Result<R, GetError> {
        let attempt_again = || self.attempt_again(&attempt);
        loop {
            let looks = !deadline.has_passed();
            let seen = looks.then(|| look_around(self.awaited(), deadline, attempt_again));
            if let Some(outcome) = seen.flatten().or_else(attempt_again) {
                return outcome;
            }
            if deadline.has_passed() {
                return Err(GetError::Empty);
            }
            let must_wait = || self.is_empty() && !self.is_shutdown();
            self.sleep_if(must_wait, &self.common.not_empty, deadline);
        }
    }
}
