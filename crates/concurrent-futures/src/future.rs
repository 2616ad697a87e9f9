//! `Future`: the result of a task, now or later, with one owner.

mod continuation;

use std::any::type_name;
use std::fmt;
use std::future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, IntoException, TimeoutError};
use pythreads_task_engine::handle::Handle;
use pythreads_task_engine::node::Work;
use pythreads_task_engine::state::Phase;
use pythreads_task_engine::waitable::{Sealed, Waitable};
use pythreads_task_engine::watch::{Completion, WakerOwner};

use crate::shared_future::SharedFuture;

/// The result of a task, now or later.
///
/// It is the one owner of the result: what takes `self` may move the value out, what takes `&self` never does. For
/// several readers there is [`shared`](Future::shared).
///
/// # Drop
///
/// The task goes on, and its result is dropped. If it has failed, or fails later, and nobody has asked for that, an event of
/// `tracing` says so (target `pythreads::task`, level WARN).
///
/// # Waiting inside the pool
///
/// A worker that waits without a deadline for a task of its own pool that nobody has started runs the task itself, on the
/// spot. So tasks may wait for tasks, at any depth and with a single worker. A task run like that sees its waiter's
/// thread: thread-local data, and an [`RLock`](pythreads_threading::RLock) the waiter holds. A wait with a deadline never
/// runs a task.
///
/// # Deadlocks
///
/// Tasks that wait for each other in a circle, without a deadline, would wait for ever. Instead one of their waits, the last
/// one as a rule, fails with an exception of kind [`Deadlock`](crate::ExceptionKind::Deadlock): [`result`](Future::result)
/// returns it, a wait that returns no exception raises it, as an interrupt does, so that the task ends with it. Circles over
/// several pools are found as well; those that go through locks, events, queues or threads are not.
///
/// # Memory ordering
///
/// What the task did happens before a wait for it returns, and before [`done`](Future::done) returns `true`.
///
/// # Differences from Python
///
/// - The value is moved out by [`result`](Future::result) instead of being shared. A done callback sees how the task
///   ended, never the value; a [`SharedFuture`] gives callbacks the value, as Python does.
/// - A wait that runs out of time is a [`TimeoutError`] outside the task's own result, so the two cannot be confused.
/// - It can be awaited by any async runtime.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(2);
/// let future = executor.submit(|| 6 * 7);
/// assert_eq!(future.result().unwrap(), 42);
/// ```
#[must_use = "a future's result is lost when it is dropped: take it with `.result()`, or use `execute` for a task without one"]
pub struct Future<T> {
    handle: Handle<T>,
}

impl<T> Future<T> {
    /// The future of a task of the engine.
    #[doc(hidden)]
    pub fn new(handle: Handle<T>) -> Self {
        Self { handle }
    }

    /// Waits for the task and returns its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The exception with which the task ended: it panicked, returned an error, was cancelled, refused or abandoned. Or one of
    /// kind Deadlock: the wait would never end.
    pub fn result(self) -> Result<T, Exception> {
        self.handle.result()
    }

    /// The result, if the task is done.
    ///
    /// # Errors
    ///
    /// The outer error gives the future back: the task is not done. The inner one is the task's.
    pub fn try_result(self) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        if self.done() {
            Ok(self.handle.result())
        } else {
            Err(TimeoutError::new(self))
        }
    }

    /// Waits for the task, at most `timeout`, and returns its result: `future.result_timeout(d)??`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// The outer error gives the future back: the time ran out. The inner one is the task's.
    pub fn result_timeout(
        self,
        timeout: Duration,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.result_until(Deadline::after(timeout))
    }

    /// Waits for the task, until `deadline` at the latest, and returns its result.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`result_timeout`](Self::result_timeout).
    pub fn result_deadline(
        self,
        deadline: Instant,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.result_until(deadline.into())
    }

    fn result_until(self, deadline: Deadline) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        let _done = self.wait_until(deadline);
        self.try_result()
    }

    /// Waits for the task and lends its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    pub fn result_ref(&self) -> Result<&T, Exception> {
        self.handle.result_ref()
    }

    /// Waits for the task and returns its exception, if it has one.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit; with a limit: `future.wait_timeout(d).then(|| future.exception())`. An interruption point, if
    /// it has to wait.
    pub fn exception(&self) -> Option<Exception> {
        self.result_ref().err()
    }

    /// Waits until the task is done.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// With an exception of kind Deadlock, if the wait would never end.
    pub fn wait(&self) {
        let done = self.wait_until(Deadline::Never);
        debug_assert!(done, "a wait without a deadline ends with the task");
    }

    /// Waits until the task is done, at most `timeout`; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.wait_until(Deadline::after(timeout))
    }

    /// Waits until the task is done, until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_until(deadline.into())
    }

    pub(crate) fn wait_until(&self, deadline: Deadline) -> bool {
        self.handle.wait(deadline)
    }

    /// Whether the task has ended or was cancelled.
    pub fn done(&self) -> bool {
        self.handle.phase().is_done()
    }

    /// Whether the task runs at this moment.
    pub fn running(&self) -> bool {
        self.handle.phase() == Phase::Running
    }

    /// Whether the task was cancelled before it ran.
    pub fn cancelled(&self) -> bool {
        self.handle.phase() == Phase::Cancelled
    }

    /// Cancels the task, if nobody has started it; `true` if it is cancelled, now or before.
    ///
    /// The task's closure is dropped and the done callbacks run, both in this thread, before it returns.
    ///
    /// # Differences from Python
    ///
    /// A cancelled future is done for `wait` and `as_completed` at once (F2, W3, A6).
    pub fn cancel(&self) -> bool {
        self.handle.cancel()
    }

    /// Calls `callback` when the task is done: in the thread that ends it, or here and now if it is done.
    ///
    /// Callbacks run in the order in which they were added, after those who wait for the future have been woken. A panic
    /// of one is logged and the next ones run.
    ///
    /// # Differences from Python
    ///
    /// An interrupt of the thread, which ends a wait in a callback, is logged as a panic is: it does not come out where the
    /// future was ended (F15).
    pub fn add_done_callback(&self, callback: impl FnOnce(&Completion) + Send + 'static) {
        self.handle.add_done_callback(callback);
    }

    /// Raises an exception in the midst of the task, which ends the task unless something in it catches; `false`, and nothing
    /// happens, if the task does not run.
    ///
    /// It leaves from what the task waits in, if that says it is an interruption point, or from the next such wait, or from
    /// [`check_interrupt`](pythreads_threading::check_interrupt). Destructors run as `finally` blocks do, no panic message is
    /// printed, and the future ends with kind [`Interrupted`](crate::ExceptionKind::Interrupted). One that has not left yet is
    /// replaced by the next. It is meant for the task alone, wherever it runs: if the task ends first, it is void, and while
    /// the task waits for another one that runs on top of it (see [above](#waiting-inside-the-pool)), it is held back, as it
    /// is inside [`shielded`](pythreads_threading::shielded) and while the thread unwinds.
    ///
    /// A task that never waits is not interrupted: neither by this, nor by anything else. A task that nobody has started is
    /// [cancelled](Self::cancel): `future.cancel() || future.interrupt()` stops it either way. The future of a
    /// [`promise`](crate::promise) has no task to be interrupted.
    ///
    /// # Differences from Python
    ///
    /// Python has nothing like it.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::ThreadPoolExecutor;
    /// use pythreads_threading::sleep;
    /// use std::time::Duration;
    ///
    /// let executor = ThreadPoolExecutor::new(1);
    /// let future = executor.submit(|| sleep(Duration::from_secs(3600)));
    /// while !future.running() { std::thread::yield_now() }
    /// assert!(future.interrupt());
    /// assert!(future.result().unwrap_err().is_interrupted());
    /// ```
    pub fn interrupt(&self) -> bool {
        let message = "the task was interrupted";
        let exception = Exception::of_kind(ExceptionKind::Interrupted, message);
        self.handle.interrupt(exception)
    }

    /// As [`interrupt`](Self::interrupt), with a cause.
    pub fn raise_exception(&self, exception: impl IntoException) -> bool {
        let exception = Exception::interrupted(exception.into_exception());
        self.handle.interrupt(exception)
    }

    pub(crate) fn set_waker(&self, waker: &Waker, owner: WakerOwner) -> bool {
        self.handle.set_waker(waker, owner)
    }

    pub(crate) fn remove_waker(&self, owner: WakerOwner) {
        self.handle.remove_waker(owner);
    }

    /// Makes it a future that several readers can share.
    pub fn shared(self) -> SharedFuture<T>
    where
        T: Send + Sync,
    {
        SharedFuture::new(Arc::new(self))
    }
}

/// # Panics
///
/// When polled again after it was ready.
impl<T> future::Future for Future<T> {
    type Output = Result<T, Exception>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.handle.poll(context.waker())
    }
}

impl<T> Sealed for Future<T> {}
impl<T> Waitable for Future<T> {
    fn may_be_duplicate(&self) -> bool {
        false
    }

    fn work(&self) -> &dyn Work {
        self.handle.work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        self.handle.shared_work()
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut future = f.debug_struct("Future");
        future.field("state", &self.handle.phase());
        match self.handle.completion() {
            Some(Completion::Finished) => {
                future.field("returned", &format_args!("{}", type_name::<T>()))
            }
            Some(Completion::Failed(exception)) => future.field("raised", &exception),
            _ => &mut future,
        };
        future.finish()
    }
}
