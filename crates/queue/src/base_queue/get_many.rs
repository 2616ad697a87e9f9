//! Getting many items under one lock.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, shielded};

use super::BaseQueue;
use super::getter::Getter;
use crate::error::GetError;
use crate::storage::Storage;

/// Room is reserved for so many items; more make the list grow.
const RESERVED: usize = 1024;

/// What was taken, and what ended it early if that was a panic: it must not be dropped under the lock.
type Taken<T> = (Vec<T>, Option<Box<dyn Any + Send>>);

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Removes and returns up to `max` items, waiting until there is at least one.
    ///
    /// It locks the queue once, and so is faster than one get after the other. With a `max` of 0 it returns no item, at
    /// once.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit while the queue is empty, and never for a second item. An interruption point, if it has to
    /// wait.
    ///
    /// # Errors
    ///
    /// [`GetError::ShutDown`] once the queue has been shut down and is empty.
    ///
    /// # Panics
    ///
    /// If a comparison or a user's storage panics before there is an item. If it does so afterwards, the items are
    /// returned, and what panicked is left to the next call. Interrupts are held back then, so none is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::from_iter(1..=5);
    /// assert_eq!(queue.get_many(3), Ok(vec![1, 2, 3]));
    /// assert_eq!(queue.get_many(3), Ok(vec![4, 5]));
    /// ```
    #[track_caller]
    pub fn get_many(&self, max: usize) -> Result<Vec<T>, GetError> {
        self.get_some(max, || Deadline::Never)
    }

    /// Removes and returns up to `max` items of those that are there at this moment.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] if there is none, [`GetError::ShutDown`] if there will never be one.
    #[track_caller]
    pub fn try_get_many(&self, max: usize) -> Result<Vec<T>, GetError> {
        self.get_some(max, || Instant::now().into())
    }

    /// As [`get_many`](Self::get_many), waiting at most `timeout` for the first item.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`] when the time ran out, [`GetError::ShutDown`] once the queue has been shut down and is empty.
    #[track_caller]
    pub fn get_many_timeout(&self, max: usize, timeout: Duration) -> Result<Vec<T>, GetError> {
        self.get_some(max, || Deadline::after(timeout))
    }

    /// As [`get_many`](Self::get_many), waiting for the first item until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`get_many_timeout`](Self::get_many_timeout).
    #[track_caller]
    pub fn get_many_deadline(&self, max: usize, deadline: Instant) -> Result<Vec<T>, GetError> {
        self.get_some(max, || deadline.into())
    }

    #[track_caller]
    fn get_some(
        &self,
        max: usize,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<Vec<T>, GetError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let (items, panic) = self.get_within(deadline, |getter| self.take_some(getter, max))?;
        if let Some(payload) = panic {
            drop_contained(payload);
        }
        Ok(items)
    }

    fn take_some(&self, getter: &mut Getter<'_, T, S>, max: usize) -> Option<(Taken<T>, usize)> {
        let (first, mut served) = getter.take()?;
        // The length of a user's storage is not believed beyond what is cheap to be wrong about.
        let mut items = Vec::with_capacity(max.min(self.len().saturating_add(1)).min(RESERVED));
        items.push(first);
        let mut panic = None;
        let mut take_more = || {
            while items.len() < max {
                match catch_unwind(AssertUnwindSafe(|| getter.take())) {
                    Ok(Some((item, more))) => {
                        items.push(item);
                        // A storage that contradicts itself serves any number.
                        served = served.saturating_add(more);
                    }
                    Ok(None) => break,
                    Err(payload) => {
                        panic = Some(payload);
                        break;
                    }
                }
            }
        };
        if S::RUNS_USER_CODE {
            // An interrupt that a hook is left by would be lost with its payload.
            shielded(take_more);
        } else {
            take_more();
        }
        Some(((items, panic), served))
    }
}

/// A payload whose destructor panics does not take the items with it.
fn drop_contained(payload: Box<dyn Any + Send>) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}
