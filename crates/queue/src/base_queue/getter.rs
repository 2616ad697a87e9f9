//! A getter at work: it holds the lock of the end at which it gets.

use super::{BaseQueue, EndGuard, HeadState, TailState};
use crate::error::GetError;
use crate::storage::Storage;

/// Takes items at one of the ends.
pub(super) struct Getter<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
    end: End<'queue, S>,
}

enum End<'queue, S> {
    Head(EndGuard<'queue, HeadState<S>>),
    Tail(EndGuard<'queue, TailState<S>>),
}

impl<T, S: Storage<T>> Getter<'_, T, S> {
    /// Takes the next item, and returns it with how many putters may be served now.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(T, usize)> {
        match &mut self.end {
            End::Head(head) => self.queue.take_at_head(head),
            End::Tail(tail) => self.queue.take_at_tail(tail),
        }
    }
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Makes an attempt under the lock. If it takes something, then tells who waits for room.
    #[track_caller]
    #[inline]
    pub(super) fn attempt_to_get<R>(
        &self,
        attempt: impl Fn(&mut Getter<'_, T, S>) -> Option<(R, usize)>,
    ) -> Result<R, GetError> {
        let mut getter = self.start_to_get();
        let outcome = attempt(&mut getter);
        self.finish(getter, outcome)
    }

    /// As `attempt_to_get`, for one item. Not by that: a call of a closure is not always inlined.
    #[track_caller]
    #[inline]
    pub(super) fn get_if_any(&self) -> Result<T, GetError> {
        let mut getter = self.start_to_get();
        let outcome = getter.take();
        self.finish(getter, outcome)
    }

    #[track_caller]
    #[inline]
    fn start_to_get(&self) -> Getter<'_, T, S> {
        Getter {
            queue: self,
            end: self.lock_to_get(),
        }
    }

    #[inline]
    fn finish<R>(
        &self,
        getter: Getter<'_, T, S>,
        outcome: Option<(R, usize)>,
    ) -> Result<R, GetError> {
        // By invariant 7 nothing was put between.
        let is_final = outcome.is_none() && self.is_shutdown();
        drop(getter);
        match outcome {
            Some((taken, served)) => {
                if served > 0 {
                    self.common.not_full.notify(served);
                }
                Ok(taken)
            }
            None if is_final => Err(GetError::ShutDown),
            None => Err(GetError::Empty),
        }
    }

    /// As [`attempt_to_get`](Self::attempt_to_get), of which the way without a wait has a copy of its own.
    #[inline(never)]
    #[track_caller]
    pub(super) fn attempt_again<R>(
        &self,
        attempt: impl Fn(&mut Getter<'_, T, S>) -> Option<(R, usize)>,
    ) -> Option<Result<R, GetError>> {
        match self.attempt_to_get(attempt) {
            Err(GetError::Empty) => None,
            outcome => Some(outcome),
        }
    }

    #[inline]
    pub(super) fn take_next(getter: &mut Getter<'_, T, S>) -> Option<(T, usize)> {
        getter.take()
    }

    #[track_caller]
    #[inline]
    fn lock_to_get(&self) -> End<'_, S> {
        if S::HAS_TWO_ENDS {
            End::Head(self.lock_head())
        } else {
            End::Tail(self.lock_storage())
        }
    }

    #[inline]
    fn take_at_head(&self, head: &mut HeadState<S>) -> Option<(T, usize)> {
        let item = match &mut head.storage {
            Some(storage) => storage.get()?,
            None => self.begin(head)?,
        };
        Some((item, self.count_one_got()))
    }

    /// Says how many putters are served by it.
    #[inline]
    fn count_one_got(&self) -> usize {
        self.set_got_count(self.head.got_count.get().wrapping_add(1));
        if self.common.not_full.is_awaited() {
            self.room().min(1)
        } else {
            0
        }
    }

    /// Nothing was got before: takes the end that is got from away from the tail.
    #[cold]
    fn begin(&self, head: &mut HeadState<S>) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        head.storage = self.lock_tail().storage.take_head();
        head.storage.as_mut()?.get()
    }

    #[inline]
    pub(super) fn take_at_tail(&self, tail: &mut TailState<S>) -> Option<(T, usize)> {
        let before = if S::IS_EXACT { 0 } else { self.len() };
        let in_hook =
            S::RUNS_USER_CODE.then(|| self.tail.hook_runner.enter(&self.common.not_empty));
        let item = tail.storage.get();
        let len = if S::IS_EXACT { 0 } else { tail.storage.len() };
        if let Some(in_hook) = in_hook {
            in_hook.leave();
        }
        if S::IS_EXACT {
            return item.map(|item| (item, self.count_one_got()));
        }
        let put_count = self.tail.put_count.get();
        // A storage that has nothing to give is empty, whatever it says: else getters would not spin but run.
        let len = if item.is_some() { len } else { 0 };
        self.set_got_count(put_count.wrapping_sub(len));
        let served = if self.common.not_full.is_awaited() {
            before.saturating_sub(len).max(1).min(self.room())
        } else {
            0
        };
        item.map(|item| (item, served))
    }
}
