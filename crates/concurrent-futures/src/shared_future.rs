//! `SharedFuture`: a result that several threads may read.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Exception;
use pythreads_task_engine::node::Work;
use pythreads_task_engine::waitable::{Sealed, Waitable};

use crate::future::Future;

/// A future that can be cloned and read from several threads: Python's future.
///
/// The value is lent, never moved out, except by [`try_unwrap`](SharedFuture::try_unwrap) of the last handle.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(1);
/// let answer = executor.submit(|| String::from("42")).shared();
/// answer.add_done_callback(|future| assert_eq!(future.result().unwrap(), "42"));
/// assert_eq!(answer.clone().result().unwrap(), "42");
/// ```
pub struct SharedFuture<T> {
    future: Arc<Future<T>>,
}

impl<T: Send + Sync> SharedFuture<T> {
    pub(crate) fn new(future: Arc<Future<T>>) -> Self {
        Self { future }
    }

    /// Waits for the task and lends its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The exception with which the task ended; the same one each time.
    pub fn result(&self) -> Result<&T, Exception> {
        self.future.result_ref()
    }

    /// Waits for the task and returns its exception, if it has one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    pub fn exception(&self) -> Option<Exception> {
        self.future.exception()
    }

    /// Waits until the task is done.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    pub fn wait(&self) {
        self.future.wait();
    }

    /// Waits until the task is done, at most `timeout`; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.future.wait_timeout(timeout)
    }

    /// Waits until the task is done, until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.future.wait_deadline(deadline)
    }

    /// Whether the task has ended or was cancelled.
    pub fn done(&self) -> bool {
        self.future.done()
    }

    /// Whether the task runs at this moment.
    pub fn running(&self) -> bool {
        self.future.running()
    }

    /// Whether the task was cancelled before it ran.
    pub fn cancelled(&self) -> bool {
        self.future.cancelled()
    }

    /// Cancels the task, if nobody has started it; `true` if it is cancelled, now or before.
    pub fn cancel(&self) -> bool {
        self.future.cancel()
    }

    /// Calls `callback` with this future when the task is done, as [`Future::add_done_callback`] does.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Self) + Send + 'static)
    where
        T: 'static,
    {
        let this = self.clone();
        self.future.add_done_callback(move |_| callback(&this));
    }

    /// The unique future behind the last handle.
    ///
    /// # Errors
    ///
    /// The shared future comes back if there are other handles.
    pub fn try_unwrap(self) -> Result<Future<T>, Self> {
        Arc::try_unwrap(self.future).map_err(|future| Self { future })
    }
}

impl<T: Send + Sync> From<Future<T>> for SharedFuture<T> {
    fn from(future: Future<T>) -> Self {
        future.shared()
    }
}

impl<T> Clone for SharedFuture<T> {
    fn clone(&self) -> Self {
        Self {
            future: Arc::clone(&self.future),
        }
    }
}

impl<T> Sealed for SharedFuture<T> {}
impl<T> Waitable for SharedFuture<T> {
    fn work(&self) -> &dyn Work {
        self.future.work()
    }
}

impl<T> fmt::Debug for SharedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFuture").field(&self.future).finish()
    }
}
