//! `TaskBuilder`: a task with a name, a priority or a deadline.

use std::fmt;
use std::time::Instant;

use pythreads_sync_primitives::{Exception, IntoException};
use pythreads_task_engine::extras::{Extras, Options};
use pythreads_task_engine::handle;

use crate::executor::Executor;
use crate::future::Future;
use crate::task::Task;

/// A task with a name, a priority or a deadline, before it is handed over.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(1);
/// let failed = executor.task().name("resize cat.png").submit(|| -> u32 { panic!("no memory") });
/// let exception = failed.result().unwrap_err();
/// assert_eq!(exception.task_name(), Some("resize cat.png"));
/// ```
#[must_use = "nothing is handed over before `execute`, `submit` or `submit_fallible`"]
pub struct TaskBuilder<'executor, E: ?Sized> {
    executor: &'executor E,
    options: Options,
}

impl<'executor, E: Executor + ?Sized> TaskBuilder<'executor, E> {
    pub(crate) fn new(executor: &'executor E) -> Self {
        Self {
            executor,
            options: Options::default(),
        }
    }

    /// The task's name, which `threading::dump` shows with the thread that runs it, and
    /// [`Exception::task_name`] with its failure.
    pub fn name(mut self, name: &str) -> Self {
        self.options.name = Some(name.into());
        self
    }

    /// Tasks with a smaller number are begun first, equal ones in order of submission. 0 by default.
    ///
    /// # Panics
    ///
    /// A pool panics when the task is handed over, if its order is not [`Order::Priority`](crate::Order::Priority).
    pub fn priority(mut self, priority: i32) -> Self {
        self.options.priority = Some(priority);
        self
    }

    /// When the task has to be done. One that has not begun by then is not begun; in one that runs an exception is raised, once,
    /// at the time or when it waits next, as by [`Future::interrupt`]. Either way it fails with kind
    /// [`DeadlineExceeded`](pythreads_sync_primitives::ExceptionKind::DeadlineExceeded). A task that never waits goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::{ExceptionKind, ThreadPoolExecutor};
    /// use pythreads_threading::Event;
    /// use std::time::{Duration, Instant};
    ///
    /// let executor = ThreadPoolExecutor::new(1);
    /// let soon = Instant::now() + Duration::from_millis(10);
    /// let stuck = executor.task().deadline(soon).submit(|| Event::new().wait());
    /// assert_eq!(stuck.result().unwrap_err().kind(), ExceptionKind::DeadlineExceeded);
    /// ```
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Hands over a task that nobody waits for; see [`ThreadPoolExecutor::execute`](crate::ThreadPoolExecutor::execute).
    #[track_caller]
    pub fn execute(self, task: impl FnOnce() + Send + 'static) {
        let extras = Extras::new(self.options);
        let work = handle::unwatched_task(task, 0, Some(extras));
        self.executor.accept(Task::new(work));
    }

    /// Hands over a task and returns the future of its result. It blocks as [`Executor::accept`] does: in a pool with
    /// [`max_pending`](crate::ThreadPoolExecutorBuilder::max_pending) until there is room, as an interruption point.
    #[track_caller]
    pub fn submit<T: Send + 'static>(self, task: impl FnOnce() -> T + Send + 'static) -> Future<T> {
        self.submit_outcome(|| Ok(task()))
    }

    /// Hands over a task that may fail: its `Err` becomes the future's exception.
    #[track_caller]
    pub fn submit_fallible<T: Send + 'static, Error: IntoException>(
        self,
        task: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Future<T> {
        self.submit_outcome(|| task().map_err(Error::into_exception))
    }

    #[track_caller]
    pub(crate) fn submit_outcome<T, F>(self, task: F) -> Future<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Exception> + Send + 'static,
    {
        let extras = Extras::new(self.options);
        let (work, handle) = handle::task_with(task, 0, Some(extras));
        self.executor.accept(Task::new(work));
        Future::new(handle)
    }
}

impl<E: ?Sized> fmt::Debug for TaskBuilder<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskBuilder")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
