//! Putting.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Refused};

use super::{BaseQueue, TailState};
use crate::error::PutError;
use crate::patience::{Awaited, look_around};
use crate::storage::Storage;

/// With room for so many items, putters and getters take turns.
const FEW: usize = 4;
/// With room for so many, half of it is soon there.
const SOME: usize = 32;

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
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Puts `item`, waiting until there is room.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit while the queue is full; never, if it has no bound. An interruption point, if it has to wait: an
    /// interrupt drops `item`.
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
        self.offer(item).map_err(|(why, item)| why.of(item))
    }

    /// Puts `item`, waiting at most `timeout` for room.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait: an interrupt drops
    /// `item`.
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
    /// A deadline in the past tries once. An interruption point, if it has to wait: an interrupt drops `item`.
    ///
    /// # Errors
    ///
    /// As [`put_timeout`](Self::put_timeout).
    #[track_caller]
    #[inline]
    pub fn put_deadline(&self, item: T, deadline: Instant) -> Result<(), PutError<T>> {
        self.put_within(item, || deadline.into())
    }

    #[track_caller]
    #[inline]
    fn put_within(&self, item: T, deadline: impl FnOnce() -> Deadline) -> Result<(), PutError<T>> {
        match self.offer(item) {
            Ok(()) => Ok(()),
            Err((Refusal::Full, item)) => self.offer_later(item, deadline()),
            Err((why, item)) => Err(why.of(item)),
        }
    }

    #[track_caller]
    #[inline]
    pub(crate) fn offer(&self, item: T) -> Result<(), (Refusal, T)> {
        // It outlives the lock: if a hook panics, its item is dropped after the lock is released.
        let mut slot;
        let mut tail = self.lock_storage();
        if let Err(why) = self.may_store(&mut tail) {
            drop(tail);
            return Err((why, item));
        }
        let served = if S::HAS_TWO_ENDS {
            tail.storage.put(item);
            self.count_put()
        } else {
            slot = Some(item);
            self.store(&mut tail, &mut slot)
        };
        // Asked before the lock is released: the cache line may be elsewhere afterwards.
        let awaited = self.common.not_empty.is_awaited();
        drop(tail);
        if awaited {
            self.common.not_empty.notify(served);
        }
        Ok(())
    }

    #[cold]
    #[track_caller]
    fn offer_later(&self, item: T, deadline: Deadline) -> Result<(), PutError<T>> {
        let mut slot = Some(item);
        let attempt = |tail: &mut TailState<S>| {
            self.may_store(tail)?;
            Ok(self.store(tail, &mut slot))
        };
        match self.when_room(deadline, attempt) {
            Ok(served) => {
                self.common.not_empty.notify(served);
                Ok(())
            }
            Err(why) => Err(why.of(slot.expect("what was refused is still in its slot"))),
        }
    }

    /// There was no room: looks around for a moment, then sleeps until `attempt`, made under the lock, is no longer
    /// refused for that reason.
    #[track_caller]
    pub(super) fn when_room<R>(
        &self,
        deadline: Deadline,
        mut attempt: impl FnMut(&mut TailState<S>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        loop {
            if !deadline.has_passed() {
                look_around(self.room_awaited(), deadline, || {
                    self.seems_worthwhile().then_some(())
                });
            }
            let outcome = attempt(&mut self.lock_tail());
            if outcome.as_ref().err() != Some(&Refusal::Full) || deadline.has_passed() {
                return outcome;
            }
            self.sleep_if(
                || self.must_wait_for_room(),
                &self.common.not_full,
                deadline,
            );
        }
    }

    /// Whether there is as much room as a putter that looks around waits for. Getters have enough to do meanwhile, and to come
    /// for one place after the other would disturb them more than it is worth: half of the places, since the other half keeps
    /// them busy until the putter is back. Who has looked long enough is content with less.
    fn seems_worthwhile(&self) -> bool {
        let maxsize = self.maxsize();
        let enough = (maxsize / 2).clamp(1, 512);
        self.is_shutdown() || maxsize == 0 || maxsize.saturating_sub(self.len_heard_of()) >= enough
    }

    /// The length, or a few items more (invariant 8).
    fn len_heard_of(&self) -> usize {
        if S::HAS_TWO_ENDS {
            let put_count = self.tail.put_count.get();
            put_count.wrapping_sub(self.head.got_news.get())
        } else {
            self.len()
        }
    }

    /// What a getter waits for.
    pub(super) fn awaited(&self) -> Awaited {
        match self.maxsize() {
            1..=FEW => Awaited::Turn,
            _ => Awaited::Stretch,
        }
    }

    /// What a putter waits for.
    fn room_awaited(&self) -> Awaited {
        match self.maxsize() {
            1..=FEW => Awaited::Turn,
            ..=SOME => Awaited::Step,
            _ => Awaited::Stretch,
        }
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
        tail.got_seen = self.got_count();
        if put_count.wrapping_sub(tail.got_seen) < maxsize {
            Ok(())
        } else {
            Err(Refusal::Full)
        }
    }

    /// An item was put at the tail, which serves one getter.
    #[inline]
    fn count_put(&self) -> usize {
        let put_count = &self.tail.put_count;
        put_count.set(put_count.get().wrapping_add(1));
        1
    }

    /// Stores the item in `slot`; returns how many getters that may serve.
    #[inline]
    pub(super) fn store(&self, tail: &mut TailState<S>, slot: &mut Option<T>) -> usize {
        let before = if S::IS_EXACT { 0 } else { self.len() };
        let in_hook = S::RUNS_USER_CODE.then(|| self.tail.hook_runner.enter(&self.common.not_full));
        tail.storage.put_from(slot);
        let len = if S::IS_EXACT { 1 } else { tail.storage.len() };
        if let Some(in_hook) = in_hook {
            in_hook.leave();
        }
        let put_count = self.tail.put_count.get().wrapping_add(1);
        self.tail.put_count.set(put_count);
        if !S::IS_EXACT {
            self.set_got_count(put_count.wrapping_sub(len));
        }
        len.saturating_sub(before).max(1)
    }
}
