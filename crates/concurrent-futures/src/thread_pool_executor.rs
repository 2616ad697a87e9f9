//! `ThreadPoolExecutor`: runs tasks on worker threads.

mod bounded;
mod builder;

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, IntoException};
use pythreads_task_engine::crew::{Crew, Order, PoolStats, current};
use pythreads_task_engine::eager_map::EagerMap;
use pythreads_task_engine::handle;

pub use self::builder::{OnDrop, ThreadPoolExecutorBuilder};
use crate::executor::Executor;
use crate::future::Future;
use crate::map::Map;
use crate::map_lazy::MapLazy;
use crate::scope::{self, Scope};
use crate::task::Task;
use crate::task_builder::TaskBuilder;

/// A pool of worker threads that runs tasks and promises their results.
///
/// # Tuning
///
/// - **Workers** are started as tasks come: a task that finds no idle worker starts one, up to `max_workers`. An idle one
///   is always used first, so who waits for each task before submitting the next has one worker. The default,
///   `min(32, cpus + 4)`, suits tasks that wait for files or the network; take the number of CPUs for tasks that compute,
///   and more for tasks that only wait.
/// - **The queue** has no limit and is served in the order of submission, unless the
///   [builder](ThreadPoolExecutorBuilder) says otherwise.
/// - **A panic** in a task becomes the exception of its future. The worker lives on.
/// - **A task may wait for tasks of its own pool**, at any depth, with any number of workers: see [`Future`].
///
/// # Drop
///
/// Leaving the block waits, as Python's `with` does: what is queued is run, then the workers are joined. While the thread
/// is unwinding from a panic, or with [`OnDrop::CancelPending`], what is queued is cancelled first. Dropped by one of its
/// own workers it closes and joins nobody.
///
/// # End of the program
///
/// A pool that is never dropped, in a `static` for example, runs what is queued before the program ends, and refuses what
/// comes then. A pool that starts its first worker while the program ends already, in an exit callback for example, works,
/// but its workers end when they have nothing to do. If a task ends the program itself, it fails with kind `Exit` for all
/// who wait for it; if it runs in the only worker, what is queued is cancelled. If that task borrows, the caller of
/// [`scope`](Self::scope) stays asleep, and the program does not wait for it. A pool of
/// [daemons](ThreadPoolExecutorBuilder::daemon) is left behind.
///
/// # Differences from Python
///
/// - A refused task (the pool was shut down, its initializer failed, the system gives no thread) is not an error of
///   `submit`: the future holds it, as it holds every other failure.
/// - Callbacks of futures that a shutdown cancels run with no lock of the pool held (P16), and a panicking callback
///   ends no worker (P12).
/// - [`shutdown`](Self::shutdown) in one of the pool's own tasks closes the pool and panics instead of deadlocking (P17).
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::{Exception, ThreadPoolExecutor};
///
/// fn main() -> Result<(), Exception> {
///     let executor = ThreadPoolExecutor::default();
///     let sum = executor.submit(|| (1..=10).sum::<u32>());
///     assert_eq!(sum.result()?, 55);
///     Ok(())
/// } // waits for the workers
/// ```
pub struct ThreadPoolExecutor {
    crew: Arc<Crew>,
    on_drop: OnDrop,
}

impl UnwindSafe for ThreadPoolExecutor {}
impl RefUnwindSafe for ThreadPoolExecutor {}

impl ThreadPoolExecutor {
    /// A pool of at most `max_workers` threads.
    ///
    /// # Panics
    ///
    /// If `max_workers` is 0.
    #[track_caller]
    pub fn new(max_workers: usize) -> Self {
        assert!(
            max_workers > 0,
            "a ThreadPoolExecutor needs at least one worker"
        );
        Self::builder()
            .max_workers(max_workers)
            .build()
            .expect("the other settings are the defaults")
    }

    /// A pool with settings of one's own.
    pub fn builder() -> ThreadPoolExecutorBuilder {
        ThreadPoolExecutorBuilder::default()
    }

    /// Hands over a task that nobody waits for. Blocks as [`submit`](Self::submit) does.
    ///
    /// Its panic is reported to [`threading`](pythreads_threading)'s [excepthook](pythreads_threading::set_excepthook), in
    /// the worker, and so is its refusal, in the thread that finds out. If it is cancelled nobody hears of it.
    pub fn execute(&self, task: impl FnOnce() + Send + 'static) {
        self.crew.submit(handle::unwatched_task(
            task,
            self.crew.id(),
            self.crew.admit(None),
        ));
    }

    /// Hands over a task and returns the future of its result.
    ///
    /// # Blocking and timeouts
    ///
    /// In a pool with [`max_pending`](ThreadPoolExecutorBuilder::max_pending) it waits for room, without limit, unless the
    /// caller is one of the pool's own workers. That wait is an interruption point. In any other pool it never waits.
    ///
    /// # Errors
    ///
    /// None here: if the pool does not take the task, the future holds an exception of kind `ShutDown` or `BrokenPool`,
    /// or the error with which the system refused a thread.
    #[doc(alias = "apply_async")]
    pub fn submit<T: Send + 'static>(
        &self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> Future<T> {
        self.submit_outcome(|| Ok(task()))
    }

    /// Hands over a task that may fail: its `Err` becomes the future's exception, as a raised exception does in Python.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::ThreadPoolExecutor;
    /// use std::{fs, io};
    ///
    /// let executor = ThreadPoolExecutor::new(1);
    /// let text = executor.submit_fallible(|| fs::read_to_string("/no/such/file"));
    /// let exception = text.result().unwrap_err();
    /// assert_eq!(exception.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
    /// ```
    pub fn submit_fallible<T: Send + 'static, E: IntoException>(
        &self,
        task: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Future<T> {
        self.submit_outcome(|| task().map_err(E::into_exception))
    }

    fn submit_outcome<T, F>(&self, task: F) -> Future<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, Exception> + Send + 'static,
    {
        let extras = self.crew.admit(None);
        let (work, handle) = handle::task_with(task, self.crew.id(), extras);
        self.crew.submit(work);
        Future::new(handle)
    }

    /// A task with a name, a priority or a deadline.
    pub fn task(&self) -> TaskBuilder<'_, Self> {
        TaskBuilder::new(self)
    }

    /// Calls `f` with each item, in the workers, and returns the results in input order.
    ///
    /// All items are taken and handed over before it returns; none is lost if the results are never read. Each item is
    /// started by itself, as a task is, but costs much less. In a pool with an [order](ThreadPoolExecutorBuilder::order) of
    /// its own or a [bounded queue](ThreadPoolExecutorBuilder::max_pending), and when somebody listens to the spans of
    /// tasks, each item is a task, with its place in that order and queue, and its span.
    ///
    /// Several inputs are zipped into tuples: `map(a.into_iter().zip(b), |(a, b)| …)`.
    ///
    /// # Blocking and timeouts
    ///
    /// For each item as [`submit`](Self::submit).
    ///
    /// # Panics
    ///
    /// With the panic of the input iterator; the items taken until then are run.
    ///
    /// # Items that wait for each other
    ///
    /// An item may wait for what a later one does, if there is a worker for each. Items are handed over one by one, as they
    /// come, but in groups if the input knows its length and comes quickly; so an input that knows its length must not wait
    /// for what becomes of its own items.
    pub fn map<I, R, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.map_outcomes(items, move |item| Ok(f(item)))
    }

    /// As [`map`](Self::map), for a function that may fail: its `Err` becomes the item's exception.
    pub fn map_fallible<I, R, E, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        self.map_outcomes(items, move |item| f(item).map_err(E::into_exception))
    }

    fn map_outcomes<I, R, F>(&self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
    {
        if self.crew.shares_maps() {
            return Map::together(EagerMap::new(&self.crew, items, f));
        }
        let f = Arc::new(f);
        let submit = |item| {
            let f = Arc::clone(&f);
            self.submit_outcome(move || f(item))
        };
        Map::of_tasks(items.into_iter().map(submit).collect())
    }

    /// As [`map`](Self::map), but takes the items as the results are read, with a bounded number on their way: for endless
    /// inputs, and those that are too large to be held at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::ThreadPoolExecutor;
    ///
    /// let executor = ThreadPoolExecutor::new(2);
    /// let mut lengths = executor.map_lazy(["a", "bc"].into_iter().cycle(), str::len).buffersize(4);
    /// assert_eq!(lengths.next().unwrap().unwrap(), 1);
    /// assert_eq!(lengths.next().unwrap().unwrap(), 2);
    /// ```
    pub fn map_lazy<I, R, F>(&self, items: I, f: F) -> MapLazy<'_, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        MapLazy::new(&self.crew, items.into_iter(), move |item| Ok(f(item)))
    }

    /// Runs `f` with a [`Scope`], whose tasks may borrow; all of them have ended when this returns.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit for the scope's tasks, also when `f` panics or the thread is interrupted, which first cancels
    /// the tasks that have not started.
    ///
    /// # Panics
    ///
    /// With the panic of `f`, or with the first failure of a task handed to [`Scope::execute`].
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::ThreadPoolExecutor;
    ///
    /// let words = vec![String::from("borrowed"), String::from("words")];
    /// let executor = ThreadPoolExecutor::new(2);
    /// let lengths = executor.scope(|s| s.map(&words, |word| word.len()).into_vec());
    /// assert_eq!(lengths.unwrap(), [8, 5]);
    /// ```
    pub fn scope<'env, R>(
        &'env self,
        f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
    ) -> R {
        scope::run(&self.crew, f)
    }

    /// Takes no more tasks; what is queued is still run. Never waits: Python's `shutdown(wait=False)`.
    #[doc(alias = "shutdown(wait=False)")]
    pub fn close(&self) {
        self.crew.close();
    }

    /// Cancels the tasks that have not started, and returns how many. Never waits.
    #[doc(alias = "cancel_futures")]
    pub fn cancel_pending(&self) -> usize {
        self.crew.cancel_pending()
    }

    /// Interrupts the tasks that run, but for the one that calls it, and returns how many workers were at work. Never waits.
    ///
    /// Each of them, and each item of a map that is being worked on, ends with kind
    /// [`Interrupted`](crate::ExceptionKind::Interrupted) when it waits next, as by [`Future::interrupt`]; a task that never
    /// waits is not interrupted. What begins later is not affected, nor is what is queued:
    /// [`cancel_pending`](Self::cancel_pending) cancels that.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_concurrent_futures::ThreadPoolExecutor;
    /// use pythreads_threading::Event;
    ///
    /// let executor = ThreadPoolExecutor::new(2);
    /// let stuck = executor.submit(|| Event::new().wait());
    /// while !stuck.running() { std::thread::yield_now() }
    /// executor.close();
    /// assert_eq!(executor.interrupt_running(), 1);
    /// executor.join();
    /// assert!(stuck.result().unwrap_err().is_interrupted());
    /// ```
    pub fn interrupt_running(&self) -> usize {
        self.crew.interrupt_running()
    }

    /// Waits until a closed pool has run everything and its workers have ended.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point.
    ///
    /// # Panics
    ///
    /// If the pool is not closed, or in one of its own workers.
    #[track_caller]
    pub fn join(&self) {
        let joined = self.join_until(Deadline::Never);
        debug_assert!(joined, "a wait without a deadline ends with the workers");
    }

    /// As [`join`](Self::join), at most `timeout`; `false` means that the time ran out.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    #[must_use = "false means that the time ran out"]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.join_until(Deadline::after(timeout))
    }

    /// As [`join`](Self::join), until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    #[must_use = "false means that the time ran out"]
    pub fn join_deadline(&self, deadline: Instant) -> bool {
        self.join_until(deadline.into())
    }

    #[track_caller]
    fn join_until(&self, deadline: Deadline) -> bool {
        assert!(
            self.is_shutdown(),
            "join of a pool that is not closed would wait for ever: call `close` first"
        );
        assert!(
            !self.is_own_worker(),
            "a task cannot join the pool it runs in"
        );
        self.crew.join(deadline)
    }

    /// Takes no more tasks, runs what is queued, and waits for the workers: [`close`](Self::close) and
    /// [`join`](Self::join). Can be called again.
    ///
    /// # Panics
    ///
    /// In one of the pool's own workers, after it has closed the pool.
    #[track_caller]
    pub fn shutdown(&self) {
        self.close();
        self.join();
    }

    /// As [`shutdown`](Self::shutdown), but cancels what is queued.
    ///
    /// # Panics
    ///
    /// As [`shutdown`](Self::shutdown).
    #[track_caller]
    pub fn shutdown_now(&self) {
        self.close();
        self.cancel_pending();
        self.join();
    }

    /// Whether the pool takes no more tasks.
    pub fn is_shutdown(&self) -> bool {
        self.crew.is_closed()
    }

    /// How the pool stands at this moment: workers, idle ones, tasks that nobody has begun.
    ///
    /// It looks through the queue, so it takes time in proportion to what is queued.
    pub fn stats(&self) -> PoolStats {
        self.crew.stats()
    }

    /// The largest number of workers.
    pub fn max_workers(&self) -> usize {
        self.crew.settings().max_workers()
    }

    fn is_own_worker(&self) -> bool {
        current::is_worker_of(self.crew.id())
    }
}

/// `min(32, cpus + 4)`, with the CPUs this process may use.
fn default_workers() -> NonZeroUsize {
    const MOST: NonZeroUsize = NonZeroUsize::new(32).expect("32 is not 0");
    std::thread::available_parallelism().map_or(MOST, |cpus| cpus.saturating_add(4).min(MOST))
}

/// `ThreadPoolExecutor-0`, and so on.
fn default_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // ORDERING: Relaxed, only the number itself must be unique.
    format!(
        "ThreadPoolExecutor-{}",
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

impl Executor for ThreadPoolExecutor {
    #[track_caller]
    fn accept(&self, task: Task) {
        let order = self.crew.settings().order();
        assert!(
            order == Order::Priority || !task.has_priority(),
            "a priority says nothing in a pool whose order is {order:?}: build it with Order::Priority"
        );
        // It is abandoned, if the wait for room is interrupted.
        if let Some(work) = task.work() {
            self.crew.admit_foreign(work);
        }
        if let Some(work) = task.into_work() {
            self.crew.accept(work);
        }
    }

    fn shutdown(&self) {
        self.shutdown();
    }
}

impl Default for ThreadPoolExecutor {
    /// A pool of at most `min(32, cpus + 4)` threads.
    fn default() -> Self {
        Self::new(default_workers().get())
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        self.close();
        if self.on_drop == OnDrop::CancelPending || std::thread::panicking() {
            self.cancel_pending();
        }
        if !self.is_own_worker() {
            self.crew.join_shielded();
        }
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutor")
            .field("crew", &self.crew)
            .finish_non_exhaustive()
    }
}
