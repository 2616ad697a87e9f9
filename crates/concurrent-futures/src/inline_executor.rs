//! `InlineExecutor`: runs tasks in the caller.

use std::sync::atomic::{AtomicBool, Ordering};

use pythreads_sync_primitives::{Exception, ExceptionKind, IntoException};

use crate::executor::{Executor, ExecutorExt};
use crate::future::Future;
use crate::map::Map;
use crate::map_lazy::MapLazy;
use crate::task::Task;
use crate::task_builder::TaskBuilder;

/// Runs each task at once, in the thread that hands it over: for tests, and where one thread is enough.
///
/// The futures it returns are done. A panic of a task becomes its future's exception, as in a pool.
///
/// # Differences from Python
///
/// Python has none; `max_workers=0` is refused there and here. An interrupt of the thread that ends a wait in a task becomes
/// the exception of the task's future, as it would in a pool; the thread goes on.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::InlineExecutor;
///
/// let executor = InlineExecutor::new();
/// let future = executor.submit(|| 6 * 7);
/// assert!(future.done());
/// assert_eq!(future.result().unwrap(), 42);
/// ```
#[derive(Debug, Default)]
pub struct InlineExecutor {
    is_shutdown: AtomicBool,
}

impl InlineExecutor {
    /// An executor without threads.
    pub const fn new() -> Self {
        Self {
            is_shutdown: AtomicBool::new(false),
        }
    }

    /// Runs a task whose failure is reported to [`threading`](pythreads_threading)'s
    /// [excepthook](pythreads_threading::set_excepthook).
    pub fn execute(&self, task: impl FnOnce() + Send + 'static) {
        ExecutorExt::execute(self, task);
    }

    /// Runs a task and returns the future of its result, which is done.
    pub fn submit<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Future<T> {
        ExecutorExt::submit(self, task)
    }

    /// Runs a task that may fail: its `Err` becomes the future's exception.
    pub fn submit_fallible<T: Send + 'static, E: IntoException>(
        &self,
        task: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Future<T> {
        ExecutorExt::submit_fallible(self, task)
    }

    /// A task with a name or a deadline. A priority says nothing here.
    pub fn task(&self) -> TaskBuilder<'_, Self> {
        TaskBuilder::new(self)
    }

    /// Calls `f` with each item.
    pub fn map<I, R, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        ExecutorExt::map(self, items, f)
    }

    /// Calls `f`, which may fail, with each item: its `Err` becomes the item's exception.
    pub fn map_fallible<I, R, E, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        ExecutorExt::map_fallible(self, items, f)
    }

    /// Calls `f` with each item when its result is read: [`ExecutorExt::map_lazy`] with a buffer of one.
    pub fn map_lazy<I, R, F>(&self, items: I, f: F) -> MapLazy<'_, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        ExecutorExt::map_lazy(self, items, f).buffersize(1)
    }

    /// Takes no more tasks: they fail with kind [`ShutDown`](ExceptionKind::ShutDown).
    pub fn shutdown(&self) {
        // ORDERING: Relaxed, it says what becomes of later tasks and orders nothing.
        self.is_shutdown.store(true, Ordering::Relaxed);
    }

    /// Whether it takes no more tasks.
    pub fn is_shutdown(&self) -> bool {
        // ORDERING: Relaxed, as above.
        self.is_shutdown.load(Ordering::Relaxed)
    }
}

impl Executor for InlineExecutor {
    fn accept(&self, task: Task) {
        if self.is_shutdown() {
            let message = "the InlineExecutor has been shut down";
            return task.refuse(Exception::of_kind(ExceptionKind::ShutDown, message));
        }
        task.run();
    }

    fn shutdown(&self) {
        self.shutdown();
    }
}
