//! Putting.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Refused};

use super::{BaseQueue, State};
use crate::error::PutError;
use crate::patience::look_around;
use crate::storage::Storage;

/// Why nothing was stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    ShutDown,
}

impl Refusal {
    pub(super) fn of<U>(self, refused: U) -> PutError<U> {
        match self {
            Self::Full => PutError::Full(Refused::new(refused)),
            Self::ShutDown => PutError::ShutDown(Refused::new(refused)),
        }
    }

    fn of_slot<T>(self, slot: Option<T>) -> PutError<T> {
        self.of(slot.expect("what was refused is still in its slot"))
    }
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Puts `item`, waiting until there is room.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit while the queue is full; never, if it has no bound. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`] with the item, once the queue has been shut down; a shutdown also ends the wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::with_maxsize(10);
    /// queue.put("spam").unwrap();
    /// queue.shutdown();
    /// assert_eq!(queue.put("eggs").unwrap_err().into_inner(), "eggs");
    /// ```
    #[track_caller]
    pub fn put(&self, item: T) -> Result<(), PutError<T>> {
        self.put_within(item, || Deadline::Never)
    }

    /// Puts `item` if there is room at this moment.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] or [`PutError::ShutDown`], with the item.
    #[doc(alias = "put_nowait")]
    #[track_caller]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        let mut slot = Some(item);
        self.offer(&mut slot).map_err(|why| why.of_slot(slot))
    }

    /// Puts `item`, waiting at most `timeout` for room.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] when the time ran out, [`PutError::ShutDown`] once the queue has been shut down; each with the
    /// item.
    #[track_caller]
    pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
        self.put_within(item, || Deadline::after(timeout))
    }

    /// Puts `item`, waiting for room until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`put_timeout`](Self::put_timeout).
    #[track_caller]
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutError<T>> {
        self.put_within(item, || deadline.into())
    }

    /// The slot lives outside the lock: if a hook panics, its item is dropped after the lock is released.
    #[track_caller]
    fn put_within(&self, item: T, deadline: impl FnOnce() -> Deadline) -> Result<(), PutError<T>> {
        let mut slot = Some(item);
        let outcome = match self.offer(&mut slot) {
            Err(Refusal::Full) => self.offer_later(&mut slot, deadline()),
            outcome => outcome,
        };
        outcome.map_err(|why| why.of_slot(slot))
    }

    #[track_caller]
    fn offer(&self, slot: &mut Option<T>) -> Result<(), Refusal> {
        let mut state = self.lock();
        self.may_store()?;
        let served = self.store(&mut state, slot);
        drop(state);
        self.not_empty.notify(served);
        Ok(())
    }

    #[cold]
    #[track_caller]
    fn offer_later(&self, slot: &mut Option<T>, deadline: Deadline) -> Result<(), Refusal> {
        let served = self.when_room(deadline, |state| {
            self.may_store()?;
            Ok(self.store(state, slot))
        })?;
        self.not_empty.notify(served);
        Ok(())
    }

    /// There was no room: looks around for a moment, then sleeps until `attempt`, made under the lock, is no longer
    /// refused for that reason.
    #[track_caller]
    pub(super) fn when_room<R>(
        &self,
        deadline: Deadline,
        mut attempt: impl FnMut(&mut State<S>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        if !deadline.has_passed() {
            look_around(|| self.may_store() != Err(Refusal::Full));
        }
        let mut state = self.lock();
        loop {
            match attempt(&mut state) {
                Err(Refusal::Full) if !deadline.has_passed() => {
                    state = self.sleep(&self.not_full, state, deadline);
                }
                outcome => return outcome,
            }
        }
    }

    /// Whether an item may be stored. Under the lock it is exact; without, it was so a moment ago.
    pub(super) fn may_store(&self) -> Result<(), Refusal> {
        if self.is_shutdown() {
            Err(Refusal::ShutDown)
        } else if self.has_room() {
            Ok(())
        } else {
            Err(Refusal::Full)
        }
    }
}
