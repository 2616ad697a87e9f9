//! `LifoQueue` and its storage `Lifo`: last in, first out.

use std::fmt;

use crate::base_queue::BaseQueue;
use crate::storage::Storage;

/// A queue that hands out the newest item first: a stack that threads share.
///
/// All its methods are those of [`BaseQueue`]. See there for its guarantees and its differences from Python.
///
/// # Examples
///
/// ```
/// use pythreads_queue::LifoQueue;
///
/// let queue = LifoQueue::new();
/// queue.put("first").unwrap();
/// queue.put("last").unwrap();
/// assert_eq!(queue.get(), Ok("last"));
/// ```
pub type LifoQueue<T> = BaseQueue<T, Lifo<T>>;

impl<T> BaseQueue<T, Lifo<T>> {
    /// An empty queue without a bound.
    pub const fn new() -> Self {
        Self::with_maxsize(0)
    }

    /// An empty queue for at most `maxsize` items; 0 means without a bound.
    pub const fn with_maxsize(maxsize: usize) -> Self {
        Self::from_empty(Lifo::new(), maxsize)
    }
}

/// The storage of a [`LifoQueue`]: last in, first out.
pub struct Lifo<T> {
    items: Vec<T>,
}

impl<T> Lifo<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Storage<T> for Lifo<T> {
    const RUNS_USER_CODE: bool = false;

    fn put(&mut self, item: T) {
        self.items.push(item);
    }

    fn get(&mut self) -> Option<T> {
        self.items.pop()
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn take_all(&mut self) -> Option<Self> {
        Some(std::mem::take(self))
    }
}

impl<T> Default for Lifo<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Lifo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifo")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
