//! `QueueTask`: an item that counts as done when it is dropped.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use crate::base_queue::BaseQueue;
use crate::error::GetError;
use crate::storage::Storage;

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// The items as tasks: waits for each, and ends when the queue is shut down and empty.
    ///
    /// # Blocking and timeouts
    ///
    /// `next` waits as [`get`](Self::get) does.
    ///
    /// # Differences from Python
    ///
    /// Takes the place of the loop with `try`, `finally` and `task_done`, which is easily left without the last.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::new();
    /// std::thread::scope(|s| {
    ///     s.spawn(|| {
    ///         for task in queue.tasks() {
    ///             println!("working on {}", *task);
    ///         } // done at the end of each round, also if it is left by `?`, `continue` or a panic
    ///     });
    ///     queue.put("spam").unwrap();
    ///     queue.join(); // until it was worked on
    ///     queue.shutdown();
    /// });
    /// ```
    pub fn tasks(&self) -> Tasks<'_, T, S> {
        Tasks { queue: self }
    }

    /// As [`get`](Self::get), with a guard that says `task_done` when it is dropped.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    #[track_caller]
    pub fn get_task(&self) -> Result<QueueTask<'_, T, S>, GetError> {
        self.get().map(|item| QueueTask::new(self, item))
    }

    /// As [`try_get`](Self::try_get), with a guard that says `task_done` when it is dropped.
    ///
    /// # Errors
    ///
    /// As [`try_get`](Self::try_get).
    #[track_caller]
    pub fn try_get_task(&self) -> Result<QueueTask<'_, T, S>, GetError> {
        self.try_get().map(|item| QueueTask::new(self, item))
    }

    /// As [`get_timeout`](Self::get_timeout), with a guard that says `task_done` when it is dropped.
    ///
    /// # Errors
    ///
    /// As [`get_timeout`](Self::get_timeout).
    #[track_caller]
    pub fn get_task_timeout(&self, timeout: Duration) -> Result<QueueTask<'_, T, S>, GetError> {
        self.get_timeout(timeout)
            .map(|item| QueueTask::new(self, item))
    }

    /// As [`get_deadline`](Self::get_deadline), with a guard that says `task_done` when it is dropped.
    ///
    /// # Errors
    ///
    /// As [`get_deadline`](Self::get_deadline).
    #[track_caller]
    pub fn get_task_deadline(&self, deadline: Instant) -> Result<QueueTask<'_, T, S>, GetError> {
        self.get_deadline(deadline)
            .map(|item| QueueTask::new(self, item))
    }
}

/// An item that was got and is being worked on. It derefs to the item.
///
/// Dropping it, also while unwinding, drops the item and then says [`task_done`](BaseQueue::task_done). If somebody has
/// called `task_done` too often before, that goes unnoticed here. So does a hook of the queue's own storage that drops it,
/// where a call would panic.
#[must_use = "the item counts as done as soon as this is dropped"]
pub struct QueueTask<'queue, T, S> {
    // Dropped first: an item whose destructor is still running is not done.
    item: T,
    mark: MarkDone<'queue, T, S>,
}

struct MarkDone<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
}

impl<'queue, T, S> QueueTask<'queue, T, S> {
    fn new(queue: &'queue BaseQueue<T, S>, item: T) -> Self {
        Self {
            item,
            mark: MarkDone { queue },
        }
    }

    /// Gives the item to `work`; it counts as done when `work` has returned or panicked.
    ///
    /// For items that are used up by working on them, which the references to them would not allow.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue: Queue<Box<dyn FnOnce() -> u32>> = Queue::new();
    /// queue.put(Box::new(|| 6 * 7)).unwrap();
    /// let answer = queue.get_task().unwrap().consume(|job| job());
    /// assert_eq!(answer, 42);
    /// assert_eq!(queue.unfinished_tasks(), 0);
    /// ```
    pub fn consume<R>(self, work: impl FnOnce(T) -> R) -> R {
        let Self { item, mark } = self;
        let result = work(item);
        drop(mark);
        result
    }
}

impl<T, S> Drop for MarkDone<'_, T, S> {
    fn drop(&mut self) {
        self.queue.mark_done_even_in_hook();
    }
}

impl<T, S> Deref for QueueTask<'_, T, S> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.item
    }
}

impl<T, S> DerefMut for QueueTask<'_, T, S> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.item
    }
}

impl<T, S> fmt::Debug for QueueTask<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueTask")
            .field("queue", self.mark.queue)
            .finish_non_exhaustive()
    }
}

/// Items as tasks: see [`BaseQueue::tasks`].
#[must_use = "an iterator gets nothing unless it is advanced"]
pub struct Tasks<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
}

impl<'queue, T, S: Storage<T>> Iterator for Tasks<'queue, T, S> {
    type Item = QueueTask<'queue, T, S>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        self.queue.get_task().ok()
    }
}

impl<T, S: Storage<T>> FusedIterator for Tasks<'_, T, S> {}

impl<T, S> fmt::Debug for Tasks<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tasks").field(self.queue).finish()
    }
}
