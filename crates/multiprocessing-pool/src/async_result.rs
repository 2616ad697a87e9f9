//! `AsyncResult`: the result of an asynchronous call, now or later.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::Future;
use pythreads_sync_primitives::{Exception, TimeoutError};
use pythreads_task_engine::node::Work;
use pythreads_task_engine::waitable::{Sealed, Waitable};

/// The result of [`apply_async`](crate::ThreadPool::apply_async), [`map_async`](crate::ThreadPool::map_async) and
/// [`starmap_async`](crate::ThreadPool::starmap_async), now or later.
///
/// A callback given with the call has run before the result is ready (U4). Dropping it lets the work go on. It does not keep
/// the pool: when the pool is dropped, what has not started is cancelled.
///
/// # Waiting inside the pool
///
/// A worker that waits without a deadline for a call of its own pool runs, on the spot, what nobody has started of it. So
/// calls may be nested, at any depth and with a single worker.
///
/// # With futures
///
/// It can be awaited, handed to `wait` and `as_completed` of `concurrent.futures`, and turned into a [`Future`] by `from`, for
/// chains.
///
/// That future is of what puts the results together, and tells the callback, once the last call has ended; not of the calls.
/// So it is not `running` while they run, `interrupt` reaches none of them, and a `cancel` gives up the result and the
/// callback: the calls are run nevertheless.
///
/// # Memory ordering
///
/// What the work and the callback did happens before a wait for the result returns.
///
/// # Differences from Python
///
/// - [`get`](AsyncResult::get) moves the value out; [`get_ref`](AsyncResult::get_ref) lends it as often as one likes.
/// - The result of a terminated pool is an exception of kind `Cancelled`, where Python waits for ever (U7).
/// - A result that is not ready does not keep the pool alive (U9).
/// - [`successful`](AsyncResult::successful) is `None` where Python raises because the result is not ready (U2).
///
/// # Examples
///
/// ```
/// use pythreads_multiprocessing_pool::ThreadPool;
///
/// let pool = ThreadPool::new(2);
/// let result = pool.apply_async(|| 10 * 10);
/// assert_eq!(result.get().unwrap(), 100);
/// ```
#[doc(alias = "ApplyResult")]
#[doc(alias = "MapResult")]
pub struct AsyncResult<T> {
    future: Future<T>,
}

impl<T> AsyncResult<T> {
    pub(crate) fn new(future: Future<T>) -> Self {
        Self { future }
    }

    /// Waits for the result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The exception with which the call ended. For a map: that of its first item that failed, after all have ended.
    pub fn get(self) -> Result<T, Exception> {
        self.future.result()
    }

    /// The result, if it is ready.
    ///
    /// # Errors
    ///
    /// The outer error gives this back: the result is not ready. The inner one is the call's.
    pub fn try_get(self) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.future.try_result().map_err(Self::late)
    }

    /// Waits for the result, at most `timeout`: `result.get_timeout(d)??`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The outer error gives this back: the time ran out. The inner one is the call's.
    pub fn get_timeout(
        self,
        timeout: Duration,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.future.result_timeout(timeout).map_err(Self::late)
    }

    /// Waits for the result, until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`get_timeout`](Self::get_timeout).
    pub fn get_deadline(
        self,
        deadline: Instant,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.future.result_deadline(deadline).map_err(Self::late)
    }

    fn late(late: TimeoutError<Future<T>>) -> TimeoutError<Self> {
        TimeoutError::new(Self::new(late.into_inner()))
    }

    /// Waits for the result and lends it.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_ref(&self) -> Result<&T, Exception> {
        self.future.result_ref()
    }

    /// Waits until the result is ready.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    pub fn wait(&self) {
        self.future.wait();
    }

    /// Waits until the result is ready, at most `timeout`; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.future.wait_timeout(timeout)
    }

    /// Waits until the result is ready, until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.future.wait_deadline(deadline)
    }

    /// Whether the result is ready.
    pub fn ready(&self) -> bool {
        self.future.done()
    }

    /// Whether the call ended without an exception; `None` if the result is not ready.
    pub fn successful(&self) -> Option<bool> {
        self.ready().then(|| self.future.exception().is_none())
    }
}

impl<T> From<AsyncResult<T>> for Future<T> {
    fn from(result: AsyncResult<T>) -> Self {
        result.future
    }
}

/// `.await` gives what [`get`](AsyncResult::get) returns.
impl<T> IntoFuture for AsyncResult<T> {
    type Output = Result<T, Exception>;
    type IntoFuture = Future<T>;

    fn into_future(self) -> Future<T> {
        self.future
    }
}

impl<T> Sealed for AsyncResult<T> {}
impl<T> Waitable for AsyncResult<T> {
    fn may_be_duplicate(&self) -> bool {
        false
    }

    fn work(&self) -> &dyn Work {
        self.future.work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        self.future.shared_work()
    }
}

impl<T> fmt::Debug for AsyncResult<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncResult").field(&self.future).finish()
    }
}
