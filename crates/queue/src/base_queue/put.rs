//! Putting.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Refused};

use super::{BaseQueue, TailState};
use crate::error::PutError;
use crate::patience::look_around;
use crate::storage::Storage;

/// Why nothing was stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
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

    #[cold]
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
    #[inline]
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
    #[inline]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
        let mut slot = Some(item);
        match self.offer(&mut slot) {
            Ok(()) => Ok(()),
            Err(why) => Err(why.of_slot(slot)),
        }
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
    #[inline]
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
    #[inline]
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutError<T>> {
        self.put_within(item, || deadline.into())
    }

    /// The slot lives outside the lock: if a hook panics, its item is dropped after the lock is released.
    #[track_caller]
    #[inline]
    fn put_within(&self, item: T, deadline: impl FnOnce() -> Deadline) -> Result<(), PutError<T>> {
        let mut slot = Some(item);
        match self.offer(&mut slot) {
            Ok(()) => Ok(()),
            Err(why) => self.put_later(slot, why, deadline),
        }
    }

    /// Takes the slot by value: as long as nobody asks for its address, the item need not be in memory.
    #[cold]
    #[track_caller]
    fn put_later(
        &self,
        mut slot: Option<T>,
        why: Refusal,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<(), PutError<T>> {
        let outcome = match why {
            Refusal::Full => self.offer_later(&mut slot, deadline()),
            Refusal::ShutDown => Err(why),
        };
        outcome.map_err(|why| why.of_slot(slot))
    }

    #[track_caller]
    #[inline]
    pub(crate) fn offer(&self, slot: &mut Option<T>) -> Result<(), Refusal> {
        let mut tail = self.lock_tail();
        self.may_store(&mut tail)?;
        let served = self.store(&mut tail, slot);
        // Asked before the lock is released: the cache line may be elsewhere afterwards.
        let awaited = self.tail.not_empty.is_awaited();
        drop(tail);
        if awaited {
            self.tail.not_empty.notify(served);
        }
        Ok(())
    }

    #[track_caller]
    fn offer_later(&self, slot: &mut Option<T>, deadline: Deadline) -> Result<(), Refusal> {
        let served = self.when_room(deadline, |tail| {
            self.may_store(tail)?;
            Ok(self.store(tail, slot))
        })?;
        self.tail.not_empty.notify(served);
        Ok(())
    }

    /// There was no room: looks around for a moment, then sleeps until `attempt`, made under the lock, is no longer
    /// refused for that reason.
    #[track_caller]
    pub(super) fn when_room<R>(
        &self,
        deadline: Deadline,
        mut attempt: impl FnMut(&mut TailState<S>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        if !deadline.has_passed() {
            look_around(|| self.is_shutdown() || self.room() >= self.worthwhile_room());
        }
        loop {
            let outcome = attempt(&mut self.lock_tail());
            if outcome.as_ref().err() != Some(&Refusal::Full) || deadline.has_passed() {
                return outcome;
            }
            self.sleep_if(|| self.must_wait_for_room(), &self.head.not_full, deadline);
        }
    }

    /// How many places a putter that looks around waits for. Getters have enough to do meanwhile, and to come for one place
    /// after the other would disturb them more than it is worth. Who has looked long enough is content with less.
    fn worthwhile_room(&self) -> usize {
        (self.maxsize() / 4).clamp(1, 64)
    }

    fn must_wait_for_room(&self) -> bool {
        !self.is_shutdown() && !self.has_room()
    }

    /// Whether an item may be stored.
    #[inline]
    pub(super) fn may_store(&self, tail: &mut TailState<S>) -> Result<(), Refusal> {
        if self.is_shutdown() {
            return Err(Refusal::ShutDown);
        }
        let maxsize = self.maxsize();
        if maxsize == 0 {
            return Ok(());
        }
        let put_count = self.tail.put_count.get();
        if S::HAS_TWO_ENDS && put_count.wrapping_sub(tail.got_seen) < maxsize {
            return Ok(());
        }
        tail.got_seen = self.head.got_count.get();
        if put_count.wrapping_sub(tail.got_seen) < maxsize {
            Ok(())
        } else {
            Err(Refusal::Full)
        }
    }

    /// Stores the item in `slot`; returns how many getters that may serve.
    #[inline]
    pub(super) fn store(&self, tail: &mut TailState<S>, slot: &mut Option<T>) -> usize {
        let before = if S::IS_EXACT { 0 } else { self.len() };
        let in_hook = S::RUNS_USER_CODE.then(|| self.tail.hook_runner.enter(&self.head.not_full));
        tail.storage.put_from(slot);
        let len = if S::IS_EXACT { 1 } else { tail.storage.len() };
        if let Some(in_hook) = in_hook {
            in_hook.leave();
        }
        let put_count = self.tail.put_count.get().wrapping_add(1);
        self.tail.put_count.set(put_count);
        if !S::IS_EXACT {
            self.head.got_count.set(put_count.wrapping_sub(len));
        }
        len.saturating_sub(before).max(1)
    }
}
