//! `Queue` and its storage `Fifo`: first in, first out.

use std::collections::VecDeque;
use std::fmt;

use crate::base_queue::BaseQueue;
use crate::storage::Storage;

/// A queue for many producers and many consumers: first in, first out.
///
/// All its methods are those of [`BaseQueue`]. See there for its guarantees and its differences from Python.
///
/// # Examples
///
/// A consumer that ends when the producer says so:
///
/// ```
/// use pythreads_queue::Queue;
///
/// let queue = Queue::with_maxsize(10);
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         for n in 0..100 {
///             queue.put(n).unwrap();
///         }
///         queue.shutdown(); // no more items …
///     });
///     assert_eq!(queue.iter().sum::<u32>(), 4950); // … so this ends
/// });
/// ```
///
/// It can stand in a `static`:
///
/// ```
/// use pythreads_queue::Queue;
///
/// static PIPELINE: Queue<u32> = Queue::with_maxsize(10);
///
/// PIPELINE.put(1).unwrap();
/// assert_eq!(PIPELINE.get(), Ok(1));
/// ```
pub type Queue<T> = BaseQueue<T, Fifo<T>>;

impl<T> BaseQueue<T, Fifo<T>> {
    /// An empty queue without a bound.
    pub const fn new() -> Self {
        Self::with_maxsize(0)
    }

    /// An empty queue for at most `maxsize` items; 0 means without a bound.
    pub const fn with_maxsize(maxsize: usize) -> Self {
        Self::from_empty(Fifo::new(), maxsize)
    }
}

/// The storage of a [`Queue`]: first in, first out.
pub struct Fifo<T> {
    items: VecDeque<T>,
}

impl<T> Fifo<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            items: VecDeque::new(),
        }
    }
}

impl<T> Storage<T> for Fifo<T> {
    const RUNS_USER_CODE: bool = false;

    fn put(&mut self, item: T) {
        self.items.push_back(item);
    }

    fn get(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn take_all(&mut self) -> Option<Self> {
        Some(std::mem::take(self))
    }
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Fifo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fifo")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
