//! `Map`: the results of one function over many items, in input order.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError};

use crate::as_completed::{AsCompleted, as_completed};
use crate::future::Future;

/// The results of [`ThreadPoolExecutor::map`](crate::ThreadPoolExecutor::map), in input order.
///
/// It does not borrow the pool and can be read after the pool is gone. A failed item is an `Err` in its place, and the
/// iteration goes on. Being an exact-size iterator it fits progress bars, such as indicatif's `.progress()`.
///
/// # Drop
///
/// Dropped before its first `next` it lets all tasks run; afterwards it cancels those that have not started (M10).
///
/// # Differences from Python
///
/// [`next_deadline`](Map::next_deadline) takes the place of `timeout=`; running out of time loses nothing.
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
    futures: VecDeque<Future<R>>,
    read: bool,
}

impl<R> Map<R> {
    pub(crate) fn new(futures: VecDeque<Future<R>>) -> Self {
        Self {
            futures,
            read: false,
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
    /// The exception of the first failed item in input order; the tasks that have not started are cancelled.
    pub fn into_vec(self) -> Result<Vec<R>, Exception> {
        self.collect()
    }

    /// The results in the order in which they come.
    ///
    /// Reading them runs no tasks, as [`as_completed`] does not: not for a task that waits in the only worker of its pool.
    pub fn unordered(mut self) -> Unordered<R> {
        Unordered {
            futures: as_completed(std::mem::take(&mut self.futures)),
            read: self.read,
        }
    }

    /// Cancels the tasks that have not started; their results are not waited for.
    pub fn close(mut self) {
        self.read = true;
    }

    /// The next result, if its task is done.
    ///
    /// # Errors
    ///
    /// If it is not done.
    pub fn try_next(&mut self) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.read = true;
        self.pop_if(Future::done)
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
        self.read = true;
        self.pop_if(|future| future.wait_until(deadline))
    }

    fn pop_if(
        &mut self,
        ready: impl FnOnce(&Future<R>) -> bool,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        match self.futures.front() {
            None => Ok(None),
            Some(first) if !ready(first) => Err(TimeoutError::new(())),
            Some(_) => Ok(self.futures.pop_front().map(Future::result)),
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
        (self.futures.len(), Some(self.futures.len()))
    }
}

impl<R> ExactSizeIterator for Map<R> {}
impl<R> FusedIterator for Map<R> {}

impl<R> Drop for Map<R> {
    fn drop(&mut self) {
        if self.read {
            self.futures.iter().for_each(|future| _ = future.cancel());
        }
    }
}

impl<R> fmt::Debug for Map<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map")
            .field("left", &self.futures.len())
            .finish_non_exhaustive()
    }
}

/// The results of [`Map::unordered`], in the order in which they come.
///
/// Dropped after its first `next` it cancels the tasks that have not started.
#[must_use = "an iterator does nothing until it is read"]
pub struct Unordered<R> {
    futures: AsCompleted<Future<R>>,
    read: bool,
}

impl<R> Iterator for Unordered<R> {
    type Item = Result<R, Exception>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read = true;
        self.futures.next().map(Future::result)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

impl<R> ExactSizeIterator for Unordered<R> {}
impl<R> FusedIterator for Unordered<R> {}

impl<R> Drop for Unordered<R> {
    fn drop(&mut self) {
        if self.read {
            self.futures
                .pending()
                .for_each(|future| _ = future.cancel());
        }
    }
}

impl<R> fmt::Debug for Unordered<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unordered")
            .field("left", &self.futures.len())
            .finish_non_exhaustive()
    }
}
