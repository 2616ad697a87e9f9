//! Putting many items under one lock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;
use pythreads_sync_primitives::wait_queue::Signal;

use super::put::Refusal;
use super::{BaseQueue, TailState};
use crate::error::PutError;
use crate::storage::Storage;
use crate::unput::Unput;

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Puts every item of `items`, waiting for room as often as needed.
    ///
    /// It locks the queue once for up to 32 items, and so is faster than one put after the other. The iterator is advanced
    /// while the queue is not locked, and runs ahead of it only while there is something in the queue to get: an item of a
    /// slow iterator is put at once if somebody may be waiting for it. The items of an iterator that itself waits for
    /// earlier ones to be got should be put one by one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit while the queue is full. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`] once the queue has been shut down, with an iterator over the items that were not put.
    ///
    /// # Panics
    ///
    /// If the iterator panics; up to 31 items that it gave before may not have been put, and are dropped. If a comparison
    /// or a user's storage panics: what was put before stays, the item in question is dropped, and up to 31 after it with
    /// the rest of the iterator. An interrupt that ends the wait drops what was not put.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::new();
    /// queue.put_many(["spam", "eggs"]).unwrap();
    /// queue.shutdown();
    /// let unput = queue.put_many(["ham"]).unwrap_err().into_inner();
    /// assert_eq!(unput.collect::<Vec<_>>(), ["ham"]);
    /// ```
    #[track_caller]
    pub fn put_many<I>(&self, items: I) -> Result<(), PutError<Unput<I::IntoIter>>>
    where
        I: IntoIterator<Item = T>,
    {
        self.put_all(items.into_iter(), Deadline::Never)
    }

    /// Puts as many of `items` as there is room for at this moment.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] or [`PutError::ShutDown`], with an iterator over the items that were not put.
    #[track_caller]
    pub fn try_put_many<I>(&self, items: I) -> Result<(), PutError<Unput<I::IntoIter>>>
    where
        I: IntoIterator<Item = T>,
    {
        self.put_all(items.into_iter(), Instant::now().into())
    }

    /// As [`put_many`](Self::put_many), waiting at most `timeout` in all.
    ///
    /// # Errors
    ///
    /// [`PutError::Full`] when the time ran out, [`PutError::ShutDown`] once the queue has been shut down; each with an
    /// iterator over the items that were not put.
    #[track_caller]
    pub fn put_many_timeout<I>(
        &self,
        items: I,
        timeout: Duration,
    ) -> Result<(), PutError<Unput<I::IntoIter>>>
    where
        I: IntoIterator<Item = T>,
    {
        self.put_all(items.into_iter(), Deadline::after(timeout))
    }

    /// As [`put_many`](Self::put_many), waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// As [`put_many_timeout`](Self::put_many_timeout).
    #[track_caller]
    pub fn put_many_deadline<I>(
        &self,
        items: I,
        deadline: Instant,
    ) -> Result<(), PutError<Unput<I::IntoIter>>>
    where
        I: IntoIterator<Item = T>,
    {
        self.put_all(items.into_iter(), deadline.into())
    }

    #[track_caller]
    fn put_all<I>(&self, items: I, deadline: Deadline) -> Result<(), PutError<Unput<I>>>
    where
        I: Iterator<Item = T>,
    {
        let mut unput = Unput::new(items);
        loop {
            unput.take_batch(|| self.is_empty());
            if unput.taken.is_empty() {
                return Ok(());
            }
            if let Err(why) = self.put_batch(&mut unput.taken, deadline) {
                return Err(why.of(unput));
            }
        }
    }

    #[track_caller]
    fn put_batch(&self, batch: &mut VecDeque<T>, deadline: Deadline) -> Result<(), Refusal> {
        while !batch.is_empty() {
            // Both outlive the lock, also when a hook panics.
            let mut slot = None;
            let mut served = Served {
                signal: &self.common.not_empty,
                count: 0,
            };
            let mut attempt = |tail: &mut TailState<S>| {
                self.store_some(tail, batch, &mut slot, &mut served.count)
            };
            let outcome = attempt(&mut self.lock_storage());
            match outcome {
                Err(Refusal::Full) => self.when_room(deadline, attempt)?,
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// Stores as much of the batch as there is room for, or says why not even one.
    fn store_some(
        &self,
        tail: &mut TailState<S>,
        batch: &mut VecDeque<T>,
        slot: &mut Option<T>,
        served: &mut usize,
    ) -> Result<(), Refusal> {
        self.may_store(tail)?;
        // An item that a user's storage leaves in the slot must not be dropped under the lock.
        while slot.is_none() && !batch.is_empty() && self.may_store(tail).is_ok() {
            *slot = batch.pop_front();
            // A storage that contradicts itself serves any number.
            *served = served.saturating_add(self.store(tail, slot));
        }
        Ok(())
    }
}

/// Tells so many when it is dropped.
struct Served<'queue> {
    signal: &'queue Signal,
    count: usize,
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        if self.count > 0 {
            self.signal.notify(self.count);
        }
    }
}
