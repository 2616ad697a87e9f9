//! `Promise`: a future's other end, for results that no task makes.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pythreads_sync_primitives::{Exception, ExceptionKind, IntoException};
use pythreads_task_engine::pledge::{Pledge, pledge};

use crate::future::Future;

/// A future and its other end: who holds the [`Promise`] gives the result.
///
/// For what is not a task of a pool: an answer from the network, a callback of another library, an
/// [`Executor`](crate::Executor) of one's own.
///
/// # Differences from Python
///
/// There, everybody who has the `Future` may call its `set_result`, also twice, which is an error at run time.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::promise;
///
/// let (promise, future) = promise();
/// std::thread::spawn(|| promise.set_result(42));
/// assert_eq!(future.result().unwrap(), 42);
/// ```
pub fn promise<T: Send + 'static>() -> (Promise<T>, Future<T>) {
    let (pledge, handle) = pledge();
    let promise = Promise {
        pledge: Some(pledge),
    };
    (promise, Future::new(handle))
}

/// The end of a [`promise`] that gives the result.
///
/// What waits for the future is woken, and its callbacks run, by the thread that gives the result. A worker that waits for
/// it runs nothing meanwhile.
///
/// # Drop
///
/// Dropped without a result it is broken: the future fails with kind [`Abandoned`](ExceptionKind::Abandoned).
#[must_use = "a promise that is dropped is broken"]
pub struct Promise<T: Send + 'static> {
    /// Until the result is given.
    pledge: Option<Pledge<T>>,
}

impl<T: Send + 'static> UnwindSafe for Promise<T> {}
impl<T: Send + 'static> RefUnwindSafe for Promise<T> {}

impl<T: Send + 'static> Promise<T> {
    /// Says that the work has begun, so the future can no longer be cancelled; `false` if it has been, and the work is in
    /// vain. Can be called again.
    #[must_use = "false means that the future was cancelled"]
    pub fn set_running_or_notify_cancel(&mut self) -> bool {
        self.pledge.as_ref().is_some_and(Pledge::begin)
    }

    /// Gives the result.
    ///
    /// # Errors
    ///
    /// The result comes back if the future has been cancelled.
    pub fn set_result(self, value: T) -> Result<(), T> {
        match self.end(Ok(value)) {
            Err(Ok(value)) => Err(value),
            Ok(()) | Err(Err(_)) => Ok(()),
        }
    }

    /// Gives an exception instead of a result.
    ///
    /// # Errors
    ///
    /// The exception comes back if the future has been cancelled.
    pub fn set_exception(self, exception: impl IntoException) -> Result<(), Exception> {
        match self.end(Err(exception.into_exception())) {
            Err(Err(exception)) => Err(exception),
            Ok(()) | Err(Ok(_)) => Ok(()),
        }
    }

    fn end(mut self, outcome: Result<T, Exception>) -> Result<(), Result<T, Exception>> {
        match self.pledge.take() {
            Some(pledge) => pledge.end(outcome),
            None => Err(outcome),
        }
    }
}

impl<T: Send + 'static> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(pledge) = self.pledge.take() {
            let message = "the promise was dropped without a result";
            // Nobody is left to hear of it if the future was cancelled.
            let _ended = pledge.end(Err(Exception::of_kind(ExceptionKind::Abandoned, message)));
        }
    }
}

impl<T: Send + 'static> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}
