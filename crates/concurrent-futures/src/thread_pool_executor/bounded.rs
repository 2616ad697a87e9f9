//! Submitting to a pool whose queue is bounded.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, ExceptionKind, Refused};
use pythreads_task_engine::handle;

use super::ThreadPoolExecutor;
use crate::error::SubmitError;
use crate::future::Future;

/// # Back-pressure
///
/// With [`max_pending`](crate::ThreadPoolExecutorBuilder::max_pending) so many tasks at most wait for a worker. Then `submit`
/// and its kin wait until there is room, while these three give the closure back. Room comes when a task is begun or
/// cancelled. A worker of the pool never waits for room: what it submits is always taken.
impl ThreadPoolExecutor {
    /// Hands over a task, if the pool takes it now.
    ///
    /// # Errors
    ///
    /// The closure comes back if as many tasks are pending as may be, or the pool is shut down or broken. If it is shut down
    /// in this very moment, the future may say so instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::{SubmitError, ThreadPoolExecutor};
    /// use pythreads_threading::Event;
    ///
    /// static GO: Event = Event::new();
    /// let executor = ThreadPoolExecutor::builder().max_workers(1).max_pending(1).build().unwrap();
    /// let running = executor.submit(|| GO.wait());
    /// while !running.running() { std::thread::yield_now() }
    ///
    /// let queued = executor.try_submit(|| 1).unwrap();
    /// let SubmitError::Full(refused) = executor.try_submit(|| 2).unwrap_err() else { panic!("it is full") };
    /// GO.set();
    /// assert_eq!(executor.submit(refused.into_inner()).result().unwrap(), 2);
    /// assert_eq!(queued.result().unwrap(), 1);
    /// ```
    pub fn try_submit<T, F>(&self, task: F) -> Result<Future<T>, SubmitError<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_until(Deadline::after(Duration::ZERO), task)
    }

    /// Hands over a task, waiting for room at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. An interruption point, if it has to wait. A worker of the pool
    /// does not wait.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Self::try_submit).
    pub fn submit_timeout<T, F>(
        &self,
        timeout: Duration,
        task: F,
    ) -> Result<Future<T>, SubmitError<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_until(Deadline::after(timeout), task)
    }

    /// Hands over a task, waiting for room until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. An interruption point, if it has to wait. A worker of the pool does not wait.
    ///
    /// # Errors
    ///
    /// As [`try_submit`](Self::try_submit).
    pub fn submit_deadline<T, F>(
        &self,
        deadline: Instant,
        task: F,
    ) -> Result<Future<T>, SubmitError<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.submit_until(deadline.into(), task)
    }

    fn submit_until<T, F>(&self, deadline: Deadline, task: F) -> Result<Future<T>, SubmitError<F>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let admitted = self.crew.admit_until(deadline);
        // Asked after the wait, which a shutdown ends.
        if let Some(exception) = self.crew.refusal() {
            let refused = Refused::new(task);
            return Err(match exception.kind() {
                ExceptionKind::BrokenPool => SubmitError::Broken(refused),
                _ => SubmitError::ShutDown(refused),
            });
        }
        let Ok(extras) = admitted else {
            return Err(SubmitError::Full(Refused::new(task)));
        };
        let (work, handle) = handle::task_with(|| Ok(task()), self.crew.id(), extras);
        self.crew.submit(work);
        Ok(Future::new(handle))
    }
}
