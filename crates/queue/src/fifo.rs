//! `Queue` and its storage `Fifo`: first in, first out.

use std::fmt;

use crate::base_queue::BaseQueue;
use crate::ring;
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
/// It grows by blocks of 252 items, or fewer if they are large, and at least 14. Emptied, it keeps one.
// A queue takes it apart: the tail stays where items are put, the head goes where they are got. In this order the head lies
// beside its lock, and the tail beside the count of puts.
#[repr(C)]
pub struct Fifo<T> {
    head: Option<ring::Head<T>>,
    tail: Option<ring::Tail<T>>,
}

impl<T> Fifo<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            tail: None,
            head: None,
        }
    }

    #[cold]
    fn begin(&mut self) -> &mut ring::Tail<T> {
        let (tail, head) = ring::ring();
        self.head = Some(head);
        self.tail.insert(tail)
    }
}

impl<T> Storage<T> for Fifo<T> {
    const RUNS_USER_CODE: bool = false;
    const IS_EXACT: bool = true;
    const HAS_TWO_ENDS: bool = true;

    #[inline]
    fn put(&mut self, item: T) {
        let tail = match &mut self.tail {
            Some(tail) => tail,
            None => self.begin(),
        };
        tail.put(item);
    }

    #[inline]
    fn get(&mut self) -> Option<T> {
        self.head.as_mut()?.get()
    }

    fn len(&self) -> usize {
        match (&self.tail, &self.head) {
            (Some(tail), Some(head)) => ring::len_between(tail, head),
            _ => 0,
        }
    }

    fn take_all(&mut self) -> Option<Self> {
        Some(std::mem::take(self))
    }

    fn take_head(&mut self) -> Option<Self> {
        Some(Self {
            tail: None,
            head: Some(self.head.take()?),
        })
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
