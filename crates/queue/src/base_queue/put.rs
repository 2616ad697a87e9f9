//! Putting.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Refused};

use super::{BaseQueue, State};
use crate::error::PutError;
use crate::patience::look_around;
use crate::storage::Storage;

/// Why an item is still in its slot.
enum Refusal {
    Full,
    ShutDown,
}

impl Refusal {
    fn of<T>(self, slot: Option<T>) -> PutError<T> {
        let item = Refused::new(slot.expect("what was refused is still in its slot"));
        match self {
            Self::Full => PutError::Full(item),
            Self::ShutDown => PutError::ShutDown(item),
        }
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
        self.offer(&mut slot).map_err(|why| why.of(slot))
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
            Err(Refusal::Full) => self.put_later(&mut slot, deadline()),
            outcome => outcome,
        };
        outcome.map_err(|why| why.of(slot))
    }

    #[track_caller]
    fn offer(&self, slot: &mut Option<T>) -> Result<(), Refusal> {
        let mut state = self.lock();
        let served = self.store_if_room(&mut state, slot)?;
        drop(state);
        self.not_empty.notify(served);
        Ok(())
    }

    /// There was no room: looks for a moment, then sleeps.
    #[cold]
    #[track_caller]
    fn put_later(&self, slot: &mut Option<T>, deadline: Deadline) -> Result<(), Refusal> {
        look_around(|| self.has_room() || self.is_shutdown());
        let mut state = self.lock();
        let served = loop {
            match self.store_if_room(&mut state, slot) {
                Ok(served) => break served,
                Err(Refusal::Full) if !deadline.has_passed() => {
                    state = self.sleep(&self.not_full, state, deadline);
                }
                Err(why) => return Err(why),
            }
        };
        drop(state);
        self.not_empty.notify(served);
        Ok(())
    }

    /// As [`store`](Self::store), if that is allowed at this moment.
    fn store_if_room(&self, state: &mut State<S>, slot: &mut Option<T>) -> Result<usize, Refusal> {
        if self.is_shutdown() {
            Err(Refusal::ShutDown)
        } else if self.has_room() {
            Ok(self.store(state, slot))
        } else {
            Err(Refusal::Full)
        }
    }
}
