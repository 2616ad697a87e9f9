//! `Executor`: whatever runs tasks. The open trait, and what every executor can do.

use std::sync::Arc;

use pythreads_sync_primitives::{Exception, IntoException};

use crate::future::Future;
use crate::map::Map;
use crate::map_lazy::MapLazy;
use crate::task::Task;
use crate::task_builder::TaskBuilder;

/// Runs tasks: a pool, the calling thread, or something of one's own.
///
/// One method makes an executor; [`ExecutorExt`] gives it `submit` and the others, also behind `&dyn Executor`.
///
/// # Differences from Python
///
/// There one inherits from a base class whose `submit` fails until it is overridden. Here that does not compile.
///
/// # Examples
///
/// A thread for each task:
///
/// ```
/// use pythreads_concurrent_futures::{Executor, ExecutorExt, Task};
///
/// struct ThreadForEach;
///
/// impl Executor for ThreadForEach {
///     fn accept(&self, task: Task) {
///         std::thread::spawn(|| task.run());
///     }
/// }
///
/// let executor: &dyn Executor = &ThreadForEach;
/// assert_eq!(executor.submit(|| 6 * 7).result().unwrap(), 42);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an executor",
    note = "an executor takes tasks by `Executor::accept`; pass `&*pool` where the pool is in an `Arc` or a `Box`"
)]
pub trait Executor: Send + Sync {
    /// Takes a task: to run it at some time, in whichever thread, or to refuse it. A task that is dropped is abandoned.
    ///
    /// # Blocking and timeouts
    ///
    /// As the executor likes. A pool with [`max_pending`](crate::ThreadPoolExecutorBuilder::max_pending) waits for room,
    /// without limit, unless the caller is one of its own workers; that is an interruption point. So do all verbs that hand
    /// tasks over.
    #[track_caller]
    fn accept(&self, task: Task);

    /// Takes no more tasks, and waits for those it has, if it has any to wait for.
    #[track_caller]
    fn shutdown(&self) {}
}

/// What every [`Executor`] can do, also a `dyn Executor`. [`ThreadPoolExecutor`](crate::ThreadPoolExecutor) and
/// [`InlineExecutor`](crate::InlineExecutor) have the same as methods of their own, so that only code for any executor
/// imports it.
///
/// A task that is handed over through it takes two allocations; one of its own methods takes one.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::{Exception, Executor, ExecutorExt, InlineExecutor, ThreadPoolExecutor};
///
/// fn sum_of_squares(executor: &impl Executor, numbers: Vec<u64>) -> Result<u64, Exception> {
///     executor.map(numbers, |n| n * n).sum()
/// }
///
/// assert_eq!(sum_of_squares(&ThreadPoolExecutor::new(2), vec![1, 2, 3]).unwrap(), 14);
/// assert_eq!(sum_of_squares(&InlineExecutor::new(), vec![1, 2, 3]).unwrap(), 14);
/// ```
pub trait ExecutorExt: Executor {
    /// Hands over a task that nobody waits for. Its failure is reported to [`threading`](pythreads_threading)'s
    /// [excepthook](pythreads_threading::set_excepthook).
    #[track_caller]
    fn execute(&self, task: impl FnOnce() + Send + 'static) {
        self.task().execute(task);
    }

    /// Hands over a task and returns the future of its result.
    #[track_caller]
    fn submit<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Future<T> {
        self.task().submit(task)
    }

    /// Hands over a task that may fail: its `Err` becomes the future's exception.
    #[track_caller]
    fn submit_fallible<T: Send + 'static, E: IntoException>(
        &self,
        task: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Future<T> {
        self.task().submit_fallible(task)
    }

    /// A task with a name, a priority or a deadline.
    fn task(&self) -> TaskBuilder<'_, Self> {
        TaskBuilder::new(self)
    }

    /// Hands over one task for each item, which calls `f` with it, and returns the results in input order.
    fn map<I, R, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        map_outcomes(self, items, move |item| Ok(f(item)))
    }

    /// As [`map`](Self::map), for a function that may fail: its `Err` becomes the item's exception.
    fn map_fallible<I, R, E, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        map_outcomes(self, items, move |item| f(item).map_err(E::into_exception))
    }

    /// As [`map`](Self::map), but takes the items as the results are read, with a bounded number on their way: for endless
    /// inputs, and those that are too large to be held at once.
    ///
    /// Each item, or chunk of items, is a task.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::{Executor, ExecutorExt, InlineExecutor};
    ///
    /// let executor: &dyn Executor = &InlineExecutor::new();
    /// let mut squares = executor.map_lazy(1_u64.., |n| n * n).buffersize(2);
    /// assert_eq!(squares.next().unwrap().unwrap(), 1);
    /// assert_eq!(squares.next().unwrap().unwrap(), 4);
    /// ```
    fn map_lazy<I, R, F>(&self, items: I, f: F) -> MapLazy<'_, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        MapLazy::of_tasks(self, items.into_iter(), f)
    }
}

impl<E: Executor + ?Sized> ExecutorExt for E {}

fn map_outcomes<E, I, R, F>(executor: &E, items: I, f: F) -> Map<R>
where
    E: Executor + ?Sized,
    I: IntoIterator,
    I::Item: Send + 'static,
    R: Send + 'static,
    F: Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
{
    let f = Arc::new(f);
    let submit = |item| {
        let f = Arc::clone(&f);
        executor.task().submit_outcome(move || f(item))
    };
    Map::of_tasks(items.into_iter().map(submit).collect())
}
