//! `SimpleQueue`: an unbounded queue on which nothing can fail.

use std::fmt;
use std::time::{Duration, Instant};

use crate::error::GetError;
use crate::fifo::Queue;

/// An unbounded queue, first in first out, without tasks and without shutdown: nothing can fail.
///
/// No user code runs inside `put` or `get`: no comparison, no clone, no destructor. So a destructor may put into the queue
/// its item comes from, also while another call of the same thread is under way (M4). It is not meant for signal
/// handlers and global allocators.
///
/// # Blocking and timeouts
///
/// `put` never waits. `get` waits for an item; `get_timeout` and `get_deadline` do so at most so long, and `try_get` does
/// not. A wait is an interruption point.
///
/// # Fairness
///
/// As [`BaseQueue`](crate::BaseQueue).
///
/// # Memory ordering
///
/// What a thread did before it put an item happens before the get that returns the item.
///
/// # Differences from Python
///
/// - `put` takes no flag and no timeout, which Python ignores anyway.
/// - An item is not reserved for the getter that was woken for it: another getter that is running may take it first
///   (Python 3.13 hands it over, M5, and promises nothing).
///
/// # Examples
///
/// ```
/// use pythreads_queue::SimpleQueue;
///
/// static RESULTS: SimpleQueue<String> = SimpleQueue::new();
///
/// std::thread::scope(|s| {
///     s.spawn(|| RESULTS.put("done".to_owned()));
///     assert_eq!(RESULTS.get(), "done");
/// });
/// assert_eq!(RESULTS.try_get(), None);
/// ```
pub struct SimpleQueue<T> {
    queue: Queue<T>,
}

impl<T> SimpleQueue<T> {
    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            queue: Queue::new(),
        }
    }

    /// Puts `item`. Never waits.
    #[doc(alias = "put_nowait")]
    #[inline]
    pub fn put(&self, item: T) {
        let outcome = self.queue.offer(item);
        debug_assert!(outcome.is_ok(), "no bound, and never shut down");
    }

    /// Removes and returns the oldest item, waiting until there is one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    #[inline]
    pub fn get(&self) -> T {
        match self.queue.get() {
            Ok(item) => item,
            Err(why) => unreachable!("{self:?} is never shut down, yet: {why}"),
        }
    }

    /// Removes and returns the oldest item if there is one at this moment.
    #[doc(alias = "get_nowait")]
    pub fn try_get(&self) -> Option<T> {
        self.item(self.queue.try_get())
    }

    /// Removes and returns the oldest item, waiting at most `timeout` for one; `None` when the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An item that arrives together with the end of the time is
    /// returned. An interruption point, if it has to wait.
    pub fn get_timeout(&self, timeout: Duration) -> Option<T> {
        self.item(self.queue.get_timeout(timeout))
    }

    /// Removes and returns the oldest item, waiting for one until `deadline` at the latest; `None` when the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait.
    pub fn get_deadline(&self, deadline: Instant) -> Option<T> {
        self.item(self.queue.get_deadline(deadline))
    }

    /// How many items are in the queue; stale as soon as it returns. Three loads, unless somebody is putting.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no item is in the queue; stale as soon as it returns. Three loads, unless somebody is putting.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The items that are there: an iterator that never waits and ends when the queue is empty.
    pub fn try_iter(&self) -> impl Iterator<Item = T> {
        self.queue.try_iter()
    }

    fn item(&self, got: Result<T, GetError>) -> Option<T> {
        debug_assert_ne!(
            got.as_ref().err(),
            Some(&GetError::ShutDown),
            "{self:?} is never shut down"
        );
        got.ok()
    }
}

impl<T> Default for SimpleQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> FromIterator<T> for SimpleQueue<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self {
            queue: Queue::from_iter(items),
        }
    }
}

impl<T> Extend<T> for SimpleQueue<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.queue.extend(items);
    }
}

impl<T> fmt::Debug for SimpleQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimpleQueue")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
