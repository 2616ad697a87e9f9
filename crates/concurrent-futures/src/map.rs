//! `Map`: the results of one function over many items, in input order. They come from tasks, one for each item, or from a
//! pool that keeps its items together.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError};
use pythreads_task_engine::eager_map::EagerMap;

use crate::as_completed::{AsCompleted, as_completed};
use crate::future::Future;

/// The results of [`ThreadPoolExecutor::map`](crate::ThreadPoolExecutor::map), in input order.
///
/// It does not borrow the pool and can be read after the pool is gone. A failed item is an `Err` in its place, and the
/// iteration goes on. Being an exact-size iterator it fits progress bars, such as indicatif's `.progress()`.
///
/// # Drop
///
/// Dropped before its first `next` it lets all items run; afterwards it cancels those that have not started (M10).
///
/// # Differences from Python
///
/// - [`next_deadline`](Map::next_deadline) takes the place of `timeout=`; running out of time loses nothing.
/// - An input iterator that knows its length must not wait for what becomes of its own items: they are handed over in
///   groups (M1).
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(4);
/// let squares = executor.map(0..5, |n: u64| n * n).into_vec().unwrap();
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
#[must_use = "the results are in here: read them with `.into_vec()?`, or use `execute` for tasks without one"]
pub struct Map<R> {
    results: Results<R>,
}

enum Results<R> {
    OfTasks(TaskMap<R>),
    Together(EagerMap<R>),
}

/// A task for each item.
struct TaskMap<R> {
    futures: VecDeque<Future<R>>,
    read: bool,
}

impl<R> Map<R> {
    /// Of one task for each item.
    pub(crate) fn of_tasks(futures: VecDeque<Future<R>>) -> Self {
        let tasks = TaskMap {
            futures,
            read: false,
        };
        Self {
            results: Results::OfTasks(tasks),
        }
    }

    /// Of items that a pool keeps together.
    pub(crate) fn together(map: EagerMap<R>) -> Self {
        Self {
            results: Results::Together(map),
        }
    }

    /// Waits for all results.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The exception of the first failed item in input order; the items that have not started are cancelled.
    pub fn into_vec(self) -> Result<Vec<R>, Exception> {
        match self.results {
            Results::OfTasks(_) => self.collect(),
            Results::Together(map) => map.into_vec(),
        }
    }

    /// The results in the order in which they come.
    ///
    /// Reading them runs no items, as [`as_completed`] runs no tasks, unless nobody else can: not for a task that waits in the
    /// only worker of its pool.
    pub fn unordered(self) -> Unordered<R> {
        let results = match self.results {
            Results::OfTasks(mut tasks) => UnorderedResults::OfTasks {
                futures: as_completed(std::mem::take(&mut tasks.futures)),
                read: tasks.read,
            },
            Results::Together(mut map) => {
                map.give_up_order();
                UnorderedResults::Together(map)
            }
        };
        Unordered { results }
    }

    /// Cancels the items that have not started; their results are not waited for.
    pub fn close(mut self) {
        match &mut self.results {
            Results::OfTasks(tasks) => tasks.read = true,
            Results::Together(map) => map.mark_read(),
        }
    }

    /// The next result, if it is there.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn try_next(&mut self) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        match &mut self.results {
            Results::OfTasks(tasks) => tasks.pop_if(Future::done),
            Results::Together(map) => map.try_next(),
        }
    }

    /// Waits for the next result, at most `timeout`; `None` after the last one.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// If the time ran out. Nothing is lost: it can be called again.
    pub fn next_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.next_until(Deadline::after(timeout))
    }

    /// Waits for the next result, until `deadline` at the latest; `None` after the last one.
    ///
    /// `while let Some(result) = map.next_deadline(deadline)? { … }` reads all of them with one time limit.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`next_timeout`](Self::next_timeout).
    pub fn next_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.next_until(deadline.into())
    }

    fn next_until(
        &mut self,
        deadline: Deadline,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        match &mut self.results {
            Results::OfTasks(tasks) => tasks.pop_if(|future| future.wait_until(deadline)),
            Results::Together(map) => map.next_until(deadline),
        }
    }

    fn left(&self) -> usize {
        match &self.results {
            Results::OfTasks(tasks) => tasks.futures.len(),
            Results::Together(map) => map.len(),
        }
    }
}

impl<R> Iterator for Map<R> {
    type Item = Result<R, Exception>;

    fn next(&mut self) -> Option<Self::Item> {
        // Waited for before it is taken out: an interrupt loses nothing.
        self.next_until(Deadline::Never).ok().flatten()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<R> ExactSizeIterator for Map<R> {}
impl<R> FusedIterator for Map<R> {}

impl<R> TaskMap<R> {
    fn pop_if(
        &mut self,
        ready: impl FnOnce(&Future<R>) -> bool,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.read = true;
        match self.futures.front() {
            None => Ok(None),
            Some(first) if !ready(first) => Err(TimeoutError::new(())),
            Some(_) => Ok(self.futures.pop_front().map(Future::result)),
        }
    }
}

impl<R> Drop for TaskMap<R> {
    fn drop(&mut self) {
        if self.read {
            self.futures.iter().for_each(|future| _ = future.cancel());
        }
    }
}

impl<R> fmt::Debug for Map<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}

/// The results of [`Map::unordered`], in the order in which they come.
///
/// Dropped after its first `next` it cancels the items that have not started.
#[must_use = "an iterator does nothing until it is read"]
pub struct Unordered<R> {
    results: UnorderedResults<R>,
}

enum UnorderedResults<R> {
    OfTasks {
        futures: AsCompleted<Future<R>>,
        read: bool,
    },
    Together(EagerMap<R>),
}

impl<R> Unordered<R> {
    fn left(&self) -> usize {
        match &self.results {
            UnorderedResults::OfTasks { futures, .. } => futures.len(),
            UnorderedResults::Together(map) => map.len(),
        }
    }
}

impl<R> Iterator for Unordered<R> {
    type Item = Result<R, Exception>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.results {
            UnorderedResults::OfTasks { futures, read } => {
                *read = true;
                futures.next().map(Future::result)
            }
            UnorderedResults::Together(map) => map.next_until(Deadline::Never).ok().flatten(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left(), Some(self.left()))
    }
}

impl<R> ExactSizeIterator for Unordered<R> {}
impl<R> FusedIterator for Unordered<R> {}

impl<R> Drop for UnorderedResults<R> {
    fn drop(&mut self) {
        if let Self::OfTasks {
            futures,
            read: true,
        } = self
        {
            futures.pending().for_each(|future| _ = future.cancel());
        }
    }
}

impl<R> fmt::Debug for Unordered<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unordered")
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
