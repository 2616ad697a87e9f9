//! A started thread that gives a result back.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError};

use crate::error::StartError;
use crate::thread::{ResultSlot, Target, Thread, ThreadBuilder, target_of};

/// Runs `f` in a new thread, at once.
///
/// # Panics
///
/// If the system refuses a thread. [`ThreadBuilder::spawn`] returns that instead.
///
/// # Differences from Python
///
/// Python's threads give nothing back. Here [`JoinHandle::join`] returns what `f` returned, or why it did not.
///
/// # Examples
///
/// ```
/// use pythreads_threading::spawn;
///
/// let sum = spawn(|| (1..=100).sum::<u32>());
/// assert_eq!(sum.join().unwrap(), 5050);
/// ```
#[track_caller]
pub fn spawn<T, F>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    match Thread::builder().spawn(f) {
        Ok(handle) => handle,
        Err(error) => error.panic(),
    }
}

/// A started thread that will give back a `T`. Dropping it lets the thread go on.
#[must_use = "what the thread returns, or why it failed, is lost unless it is joined"]
pub struct JoinHandle<T> {
    thread: Thread,
    /// Part of the thread's allocation. Only this handle takes the result out.
    result: Arc<dyn ResultSlot<T>>,
}

impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// Waits until the thread has ended and returns its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// Why the thread ended without a result: it panicked, or somebody raised an exception in it.
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    ///
    /// # Memory ordering
    ///
    /// All that the thread did happens before the return.
    #[track_caller]
    pub fn join(self) -> Result<T, Exception> {
        self.thread.join()?;
        Ok(self.take())
    }

    /// As [`join`](Self::join), waiting at most `timeout`.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out, and the handle comes back. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    #[track_caller]
    pub fn join_timeout(
        self,
        timeout: Duration,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.join_until(Deadline::after(timeout))
    }

    /// As [`join`](Self::join), waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out, and the handle comes back. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    #[track_caller]
    pub fn join_deadline(
        self,
        deadline: Instant,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.join_until(deadline.into())
    }

    #[track_caller]
    fn join_until(self, deadline: Deadline) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        match self.thread.join_until(deadline) {
            None => Err(TimeoutError::new(self)),
            Some(outcome) => Ok(outcome.map(|()| self.take())),
        }
    }

    fn take(&self) -> T {
        let result = self.result.take();
        result.expect("a thread that ended well has left its result")
    }

    /// Whether the thread has not ended yet.
    #[doc(alias = "isAlive")]
    pub fn is_alive(&self) -> bool {
        self.thread.is_alive()
    }

    /// The thread: its name, ident and so on.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        self.result.abandon();
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.thread).finish()
    }
}

impl ThreadBuilder {
    /// Runs `f` in a new thread, at once.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Thread;
    ///
    /// let handle = Thread::builder().name("adder").spawn(|| 1 + 1)?;
    /// assert_eq!(handle.join()?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn<T, F>(self, f: F) -> Result<JoinHandle<T>, StartError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_for(target_of::<F>, f)
    }

    pub(crate) fn spawn_for<T: Send + 'static>(
        self,
        target: Target,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>, StartError> {
        let (thread, result) = self.unstarted_with_result(target, f);
        thread.start_or_discard()?;
        Ok(JoinHandle { thread, result })
    }
}
