//! `Queue` and its storage `Fifo`: first in, first out.

use std::collections::VecDeque;
use std::fmt;

use crate::base_queue::BaseQueue;
use crate::block::{SHORT, block_len};
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
///
/// It grows by blocks of 256 items, or fewer if they are large. Emptied, it keeps one.
// The items in order: what is left of `front`, then the blocks of `chain`, all full, then `back`.
pub struct Fifo<T> {
    /// The only block that is put into. As long as there is no other, it is also got from.
    back: VecDeque<T>,
    /// Once it is empty, it serves as the next `back`.
    front: VecDeque<T>,
    chain: VecDeque<VecDeque<T>>,
}

impl<T> Fifo<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            back: VecDeque::new(),
            front: VecDeque::new(),
            chain: VecDeque::new(),
        }
    }

    /// The back is full, or none: a new one takes its place.
    #[cold]
    fn begin_block(&mut self) {
        let spare = if self.front.is_empty() && self.front.capacity() > 0 {
            std::mem::take(&mut self.front)
        } else {
            VecDeque::with_capacity(block_len::<T>())
        };
        let full = std::mem::replace(&mut self.back, spare);
        if !full.is_empty() {
            self.chain.push_back(full);
        }
    }

    /// The front is empty, or none.
    fn get_behind_front(&mut self) -> Option<T> {
        if let Some(next) = self.chain.pop_front() {
            self.front = next;
            return self.front.pop_front();
        }
        let item = self.back.pop_front()?;
        let keeps_more = self.front.capacity() > 0 || self.chain.capacity() > SHORT;
        if self.back.is_empty() && keeps_more {
            self.front = VecDeque::new();
            self.chain = VecDeque::new();
        }
        Some(item)
    }
}

impl<T> Storage<T> for Fifo<T> {
    const RUNS_USER_CODE: bool = false;
    const IS_EXACT: bool = true;
    const HAS_TWO_ENDS: bool = true;

    #[inline]
    fn put(&mut self, item: T) {
        if self.back.len() == self.back.capacity() {
            self.begin_block();
        }
        self.back.push_back(item);
    }

    #[inline]
    fn get(&mut self) -> Option<T> {
        match self.front.pop_front() {
            Some(item) => Some(item),
            None => self.get_behind_front(),
        }
    }

    fn len(&self) -> usize {
        self.front.len() + self.chain.len() * block_len::<T>() + self.back.len()
    }

    fn take_all(&mut self) -> Option<Self> {
        Some(std::mem::take(self))
    }

    fn hand_over(&mut self, fetched: &mut Option<Self>) -> Option<T> {
        // A single item is not worth it, and the head needs no block of its own.
        if self.back.len() > 1 || !self.chain.is_empty() {
            let fetched = fetched.get_or_insert_default();
            std::mem::swap(self, fetched);
            return fetched.get();
        }
        self.get()
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
