//! `LifoQueue` and its storage `Lifo`: last in, first out.

use std::fmt;

use crate::base_queue::BaseQueue;
use crate::block::{SHORT, block_len};
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
///
/// It grows by blocks of 256 items, or fewer if they are large. Emptied, it keeps one.
// The items in order: the blocks of `full`, then `top`.
pub struct Lifo<T> {
    top: Vec<T>,
    full: Vec<Vec<T>>,
    /// An empty block that may become the next `top`.
    spare: Vec<T>,
}

impl<T> Lifo<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            top: Vec::new(),
            full: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The top is full, or none: a new one takes its place.
    #[cold]
    fn begin_block(&mut self) {
        let next = if self.spare.capacity() > 0 {
            std::mem::take(&mut self.spare)
        } else {
            Vec::with_capacity(block_len::<T>())
        };
        let full = std::mem::replace(&mut self.top, next);
        if !full.is_empty() {
            self.full.push(full);
        }
    }

    /// The top is empty: the block below takes its place.
    #[cold]
    fn end_block(&mut self) {
        if let Some(below) = self.full.pop() {
            self.spare = std::mem::replace(&mut self.top, below);
        } else if self.spare.capacity() > 0 || self.full.capacity() > SHORT {
            self.spare = Vec::new();
            self.full = Vec::new();
        }
    }
}

impl<T> Storage<T> for Lifo<T> {
    const RUNS_USER_CODE: bool = false;
    const IS_EXACT: bool = true;

    #[inline]
    fn put(&mut self, item: T) {
        if self.top.len() == self.top.capacity() {
            self.begin_block();
        }
        self.top.push(item);
    }

    #[inline]
    fn get(&mut self) -> Option<T> {
        let item = self.top.pop();
        if self.top.is_empty() {
            self.end_block();
        }
        item
    }

    fn len(&self) -> usize {
        self.full.len() * block_len::<T>() + self.top.len()
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
