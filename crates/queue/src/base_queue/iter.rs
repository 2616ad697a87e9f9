//! Items as iterators, and queues from iterators.

use std::fmt;
use std::iter::FusedIterator;

use super::BaseQueue;
use crate::error::PutError;
use crate::storage::Storage;

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// The items: waits for each, and ends when the queue is shut down and empty.
    ///
    /// `for item in &queue` is the same. The items leave the queue.
    ///
    /// # Blocking and timeouts
    ///
    /// `next` waits as [`get`](Self::get) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::from_iter(["spam", "eggs"]);
    /// queue.shutdown();
    /// for item in &queue {
    ///     println!("{item}");
    /// }
    /// ```
    pub fn iter(&self) -> Iter<'_, T, S> {
        Iter { queue: self }
    }

    /// The items that are there: never waits, and ends when the queue is empty.
    ///
    /// It can go on after it has ended, if items were put meanwhile.
    pub fn try_iter(&self) -> TryIter<'_, T, S> {
        TryIter { queue: self }
    }
}

/// Items, waiting for each: see [`BaseQueue::iter`].
#[must_use = "an iterator gets nothing unless it is advanced"]
pub struct Iter<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
}

impl<T, S: Storage<T>> Iterator for Iter<'_, T, S> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.queue.get().ok()
    }
}

impl<T, S: Storage<T>> FusedIterator for Iter<'_, T, S> {}

impl<T, S> fmt::Debug for Iter<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(self.queue).finish()
    }
}

/// The items that are there: see [`BaseQueue::try_iter`].
#[must_use = "an iterator gets nothing unless it is advanced"]
pub struct TryIter<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
}

impl<T, S: Storage<T>> Iterator for TryIter<'_, T, S> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.queue.try_get().ok()
    }
}

impl<T, S> fmt::Debug for TryIter<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryIter").field(self.queue).finish()
    }
}

impl<'queue, T, S: Storage<T>> IntoIterator for &'queue BaseQueue<T, S> {
    type Item = T;
    type IntoIter = Iter<'queue, T, S>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A queue without a bound that holds the items; each counts as put.
impl<T, S: Storage<T> + Default> FromIterator<T> for BaseQueue<T, S> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut queue = Self::default();
        queue.extend(items);
        queue
    }
}

/// Puts each item. Nobody else can use the queue meanwhile, so there is nothing to wait for.
///
/// # Panics
///
/// If the queue is full or shut down. [`put_many`](BaseQueue::put_many) waits instead, and hands back what it could not
/// put.
impl<T, S: Storage<T>> Extend<T> for BaseQueue<T, S> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            match self.try_put(item).map_err(PutError::discard) {
                Ok(()) => {}
                Err(why) => panic!("extend of a queue that cannot take the item: {why}"),
            }
        }
    }
}
