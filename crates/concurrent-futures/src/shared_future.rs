//! `SharedFuture`: a result that several threads may read.

use std::fmt;
use std::future::{self, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Exception, IntoException, TimeoutError};
use pythreads_task_engine::node::Work;
use pythreads_task_engine::waitable::{Sealed, Waitable};
use pythreads_task_engine::watch::WakerOwner;

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
    /// The exception with which the task ended; the same one each time. Or one of kind Deadlock: the wait would never end.
    pub fn result(&self) -> Result<&T, Exception> {
        self.future.result_ref()
    }

    /// The result, if the task is done.
    ///
    /// # Errors
    ///
    /// The outer error: the task is not done. The inner one is the task's.
    pub fn try_result(&self) -> Result<Result<&T, Exception>, TimeoutError> {
        if self.done() {
            Ok(self.result())
        } else {
            Err(TimeoutError::new(()))
        }
    }

    /// Waits for the task, at most `timeout`, and lends its result: `future.result_timeout(d)??`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The outer error: the time ran out. The inner one is the task's.
    pub fn result_timeout(&self, timeout: Duration) -> Result<Result<&T, Exception>, TimeoutError> {
        let _done = self.future.wait_timeout(timeout);
        self.try_result()
    }

    /// Waits for the task, until `deadline` at the latest, and lends its result.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`result_timeout`](Self::result_timeout).
    pub fn result_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Result<&T, Exception>, TimeoutError> {
        let _done = self.future.wait_deadline(deadline);
        self.try_result()
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

    /// Raises an exception in the midst of the task; see [`Future::interrupt`](crate::Future::interrupt).
    pub fn interrupt(&self) -> bool {
        self.future.interrupt()
    }

    /// As [`interrupt`](Self::interrupt), with a cause.
    pub fn raise_exception(&self, exception: impl IntoException) -> bool {
        self.future.raise_exception(exception)
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

/// Awaited, it gives itself back, done. Several clones may be awaited at once.
impl<T: Send + Sync> IntoFuture for SharedFuture<T> {
    type Output = Self;
    type IntoFuture = WhenDone<T>;

    fn into_future(self) -> WhenDone<T> {
        WhenDone {
            future: Some(self),
            owner: WakerOwner::new(),
        }
    }
}

/// What awaits a [`SharedFuture`]: gives it back when it is done.
#[must_use = "it does nothing unless it is awaited"]
pub struct WhenDone<T> {
    /// Until it has been given back.
    future: Option<SharedFuture<T>>,
    owner: WakerOwner,
}

/// # Panics
///
/// When polled again after it was ready.
impl<T: Send + Sync> future::Future for WhenDone<T> {
    type Output = SharedFuture<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let future = this.future.as_ref();
        let future = future.expect("a future is not used again after a poll was ready");
        if future.future.set_waker(context.waker(), this.owner) {
            return Poll::Pending;
        }
        this.future.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> Drop for WhenDone<T> {
    fn drop(&mut self) {
        if let Some(future) = &self.future {
            future.future.remove_waker(self.owner);
        }
    }
}

impl<T> fmt::Debug for WhenDone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WhenDone").field(&self.future).finish()
    }
}

impl<T> Sealed for SharedFuture<T> {}
impl<T> Waitable for SharedFuture<T> {
    fn work(&self) -> &dyn Work {
        self.future.work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        self.future.shared_work()
    }
}

impl<T> fmt::Debug for SharedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedFuture").field(&self.future).finish()
    }
}
