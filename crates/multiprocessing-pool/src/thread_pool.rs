//! `ThreadPool`: bulk work over a fixed crew of threads.

mod builder;
mod chunked;
mod fallible;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{Future, MapLazy};
use pythreads_sync_primitives::{Deadline, Exception};
use pythreads_task_engine::crew::{Crew, current};
use pythreads_task_engine::handle;
use pythreads_task_engine::scope;

use crate::async_result::AsyncResult;
use crate::gather;
use crate::star_fn::StarFn;

pub use self::builder::{BuildError, ThreadPoolBuilder};
pub use self::chunked::Chunked;
pub use self::fallible::Fallible;

/// A pool of a fixed number of threads with Python's `map` family.
///
/// All workers are started at once. They share the items of a map: each takes a few neighbours at a time, one to begin with and
/// more while they are quick, so that they end together. With [`chunksize`](ThreadPool::chunksize) it takes so many.
///
/// # Errors of tasks
///
/// A panic of the function is the `Err` of the call. All other items of a map are run, but with a
/// [`chunksize`](ThreadPool::chunksize) later ones of its chunk are not; of several exceptions that of the first item in input
/// order is reported.
///
/// # Drop
///
/// Cancels what is queued and waits for what runs; to have everything run, [`close`](Self::close) and
/// [`join`](Self::join) first. Dropped by one of its own workers it joins nobody.
///
/// # End of the program
///
/// A pool that is never dropped, in a `static` for example, cancels what is queued and finishes what runs before the
/// program ends.
///
/// # Differences from Python
///
/// - No call hangs where Python's does: a task that panics, a failing initializer, a callback that panics, an input that
///   panics, `get` after `terminate`, a nested call from a worker.
/// - `apply`, `map` and `starmap` borrow what they are given.
/// - Python's chunk size is the most that a worker takes at a time (M2), so a slow item delays few others. An item that fails
///   costs the rest of its chunk only if there is a [`chunksize`](ThreadPool::chunksize) (M7).
/// - Which of several failures a map reports does not depend on timing (M9).
/// - `chunksize` 0 is a panic (M6). The callback of an empty map runs (M5), and so does that of a refused or cancelled call.
/// - A refused call (the pool is closed, or its initializer failed) is not an error of the call itself: its result holds
///   the exception, as it holds every other failure (Z1).
/// - Dropping the pool waits for what runs (Z8), and so does the end of the program (Z10). Python leaves and kills it.
/// - An input that blocks delays its own caller only (Y10): items are taken in the thread that calls.
///
/// # Examples
///
/// ```
/// use pythreads_multiprocessing_pool::ThreadPool;
///
/// let pool = ThreadPool::new(4);
/// let words = ["the", "quick", "brown", "fox"].map(String::from);
/// assert_eq!(pool.map(&words, |word| word.len()).unwrap(), [3, 5, 5, 3]);
/// ```
#[doc(alias = "Pool")]
pub struct ThreadPool {
    crew: Arc<Crew>,
}

impl UnwindSafe for ThreadPool {}
impl RefUnwindSafe for ThreadPool {}

impl ThreadPool {
    /// A pool of `processes` threads.
    ///
    /// # Panics
    ///
    /// If `processes` is 0, or if the system refuses a thread.
    #[track_caller]
    pub fn new(processes: usize) -> Self {
        match Self::builder().processes(processes).build() {
            Ok(pool) => pool,
            Err(error) => panic!("ThreadPool::new({processes}): {error}"),
        }
    }

    /// A pool with settings of one's own.
    pub fn builder() -> ThreadPoolBuilder {
        ThreadPoolBuilder::default()
    }

    /// Calls `f` in a worker and waits for its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point; interrupted, it cancels or waits for the call before it unwinds.
    ///
    /// # Errors
    ///
    /// The panic of `f`, or the refusal of a pool that is closed, terminated or broken.
    pub fn apply<T: Send>(&self, f: impl FnOnce() -> T + Send) -> Result<T, Exception> {
        apply(&self.crew, || Ok(f()))
    }

    /// Calls `f` in a worker.
    ///
    /// It returns at once, so `f` cannot borrow from the stack as with [`apply`](Self::apply):
    ///
    /// ```compile_fail,E0373
    /// use pythreads_multiprocessing_pool::ThreadPool;
    ///
    /// let pool = ThreadPool::new(1);
    /// let result = {
    ///     let word = String::from("gone");
    ///     pool.apply_async(|| word.len())
    /// };
    /// result.get().unwrap();
    /// ```
    #[must_use = "the result is in here: read it with `.get()`"]
    pub fn apply_async<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> AsyncResult<T> {
        apply_async(&self.crew, || Ok(f()))
    }

    /// Calls `f` in a worker, and then `callback` with how it ended; the result is ready after the callback (U4).
    ///
    /// The callback runs once, in the worker that ran `f`; if the pool refuses the call, here and now; if the pool is
    /// terminated or dropped first, in the thread that does that. There it must not wait for another call of the pool. A
    /// panic of the callback becomes the result, in place of what `f` returned or panicked with, which is then its
    /// [`source`](std::error::Error::source) (U6).
    ///
    /// # Differences from Python
    ///
    /// One callback serves as `callback=` and `error_callback=`. It runs in a worker and not in the pool's only handler
    /// thread, so a slow one delays no other call, and it may wait for other calls of the pool (U5).
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_multiprocessing_pool::ThreadPool;
    ///
    /// let pool = ThreadPool::new(1);
    /// let result = pool.apply_async_with(
    ///     || 6 * 7,
    ///     |outcome| match outcome {
    ///         Ok(value) => println!("got {value}"),
    ///         Err(exception) => println!("failed: {exception}"),
    ///     },
    /// );
    /// assert_eq!(result.get().unwrap(), 42);
    /// ```
    #[doc(alias = "callback")]
    #[doc(alias = "error_callback")]
    pub fn apply_async_with<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> T + Send + 'static,
        callback: impl FnOnce(Result<&T, &Exception>) + Send + 'static,
    ) -> AsyncResult<T> {
        apply_async_with(&self.crew, || Ok(f()), callback)
    }

    /// The same calls with chunks of `chunksize` items: a worker takes them one chunk at a time, in order, and an item of a map
    /// that fails ends its chunk.
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
    #[track_caller]
    pub fn chunksize(&self, chunksize: usize) -> Chunked<'_> {
        self.unchunked().with_chunksize(chunksize)
    }

    /// The same calls for functions that return a `Result`: an `Err` is raised, as in Python, so it is the exception of the
    /// call, and a callback is told so.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_multiprocessing_pool::ThreadPool;
    /// use std::num::ParseIntError;
    ///
    /// let pool = ThreadPool::new(2);
    /// assert_eq!(pool.fallible().map(["1", "2"], str::parse::<u8>).unwrap(), [1, 2]);
    /// let exception = pool.fallible().map(["1", "two"], str::parse::<u8>).unwrap_err();
    /// assert!(exception.downcast_ref::<ParseIntError>().is_some());
    /// ```
    pub fn fallible(&self) -> Fallible<'_> {
        self.unchunked().fallible()
    }

    /// Calls `f` with each item and waits for all results, which come in input order.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point; interrupted, it cancels what has not started and waits for the rest
    /// before it unwinds.
    ///
    /// # Errors
    ///
    /// The exception of the first item that failed, after all have ended, or the refusal of the pool.
    ///
    /// # Panics
    ///
    /// With the panic of the input iterator, before anything is run.
    pub fn map<I, R, F>(&self, items: I, f: F) -> Result<Vec<R>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        R: Send,
        F: Fn(I::Item) -> R + Sync,
    {
        self.unchunked().map(items, f)
    }

    /// As [`map`](Self::map), for functions of several parameters and items that are tuples, or references to tuples, whose fields
    /// are then copied for each call.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_multiprocessing_pool::ThreadPool;
    ///
    /// let pool = ThreadPool::new(2);
    /// let powers = pool.starmap([(2_u32, 5), (3, 2)], u32::pow).unwrap();
    /// assert_eq!(powers, [32, 9]);
    ///
    /// let pairs = vec![(2_u32, 5), (3, 2)];
    /// assert_eq!(pool.starmap(&pairs, u32::pow).unwrap(), powers);
    /// ```
    pub fn starmap<I, F>(&self, items: I, f: F) -> Result<Vec<F::Output>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        F: StarFn<I::Item> + Sync,
        F::Output: Send,
    {
        self.unchunked().starmap(items, f)
    }

    /// Calls `f` with each item; the result is ready when all have ended.
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn map_async<I, R, F>(&self, items: I, f: F) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.unchunked().map_async(items, f)
    }

    /// As [`map_async`](Self::map_async), and then calls `callback` with all results or the exception; the result is
    /// ready after the callback.
    ///
    /// The callback runs once, in the worker that ends the last item, or as said at
    /// [`apply_async_with`](Self::apply_async_with). An empty input has no worker: it runs here and now.
    pub fn map_async_with<I, R, F>(
        &self,
        items: I,
        f: F,
        callback: impl FnOnce(Result<&Vec<R>, &Exception>) + Send + 'static,
    ) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.unchunked().map_async_with(items, f, callback)
    }

    /// As [`map_async`](Self::map_async), for functions of several parameters and items that are tuples.
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn starmap_async<I, F>(&self, items: I, f: F) -> AsyncResult<Vec<F::Output>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: StarFn<I::Item> + Send + Sync + 'static,
        F::Output: Send + 'static,
    {
        self.unchunked().starmap_async(items, f)
    }

    /// As [`map_async_with`](Self::map_async_with), for functions of several parameters and items that are tuples.
    pub fn starmap_async_with<I, F>(
        &self,
        items: I,
        f: F,
        callback: impl FnOnce(Result<&Vec<F::Output>, &Exception>) + Send + 'static,
    ) -> AsyncResult<Vec<F::Output>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: StarFn<I::Item> + Send + Sync + 'static,
        F::Output: Send + 'static,
    {
        self.unchunked().starmap_async_with(items, f, callback)
    }

    /// Calls `f` with each item, which is taken as the results are read, with a bounded number on their way; the results come
    /// in input order.
    ///
    /// Returns at once and takes nothing before the first `next`. See [`MapLazy`] for its limits, timeouts and failures.
    ///
    /// # Differences from Python
    ///
    /// Items are taken in the thread that reads, as they are needed, so the input may be endless, and a slow one delays
    /// nobody else (I3, I11). A failure costs its item only, with a [`chunksize`](Self::chunksize) as well (I5). A pool that
    /// is closed before everything was taken is the last `Err` (I12), and a terminated one hangs nobody (I9).
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_multiprocessing_pool::ThreadPool;
    ///
    /// let pool = ThreadPool::new(2);
    /// let squares = pool.imap(1_u64.., |n| n * n).map(Result::unwrap);
    /// assert_eq!(squares.take(3).collect::<Vec<_>>(), [1, 4, 9]);
    /// ```
    pub fn imap<I, R, F>(&self, items: I, f: F) -> MapLazy<'_, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.unchunked().imap(items, f)
    }

    /// As [`imap`](Self::imap), but the results come in the order in which they are there.
    pub fn imap_unordered<I, R, F>(&self, items: I, f: F) -> MapLazy<'_, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.unchunked().imap_unordered(items, f)
    }

    fn unchunked(&self) -> Chunked<'_> {
        Chunked::new(&self.crew)
    }

    /// Takes no more work; what is queued is still run. Never waits.
    pub fn close(&self) {
        self.crew.close();
    }

    /// Takes no more work and cancels what is queued. Waits for nothing; what runs goes on.
    pub fn terminate(&self) {
        self.crew.close();
        self.crew.cancel_pending();
    }

    /// Waits until a closed or terminated pool has run everything and its workers have ended.
    ///
    /// It does not wait for another thread that is still in the middle of [`terminate`](Self::terminate): what that cancels may end,
    /// and call back, a moment later.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point.
    ///
    /// # Panics
    ///
    /// If the pool is open, or in one of its own workers.
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
            self.crew.is_closed(),
            "join of an open ThreadPool would wait for ever: `close` or `terminate` it first"
        );
        assert!(
            !self.is_own_worker(),
            "a task cannot join the pool it runs in"
        );
        self.crew.join(deadline)
    }

    fn is_own_worker(&self) -> bool {
        current::is_worker_of(self.crew.id())
    }
}

fn apply<T: Send>(
    crew: &Arc<Crew>,
    f: impl FnOnce() -> Result<T, Exception> + Send,
) -> Result<T, Exception> {
    scope::scope(crew, |scope| scope.submit(f).result())
}

fn apply_async<T: Send + 'static>(
    crew: &Arc<Crew>,
    f: impl FnOnce() -> Result<T, Exception> + Send + 'static,
) -> AsyncResult<T> {
    let (work, handle) = handle::task(f, crew.id());
    crew.submit(work);
    AsyncResult::new(Future::new(handle))
}

fn apply_async_with<T: Send + 'static>(
    crew: &Arc<Crew>,
    f: impl FnOnce() -> Result<T, Exception> + Send + 'static,
    callback: impl FnOnce(Result<&T, &Exception>) + Send + 'static,
) -> AsyncResult<T> {
    gather::submit(crew, [f], gather::the_one_result, callback)
}

impl Default for ThreadPool {
    /// A pool with one thread for each CPU this process may use.
    fn default() -> Self {
        Self::new(builder::default_processes().get())
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.terminate();
        if !self.is_own_worker() {
            self.crew.join_shielded();
        }
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool")
            .field("crew", &self.crew)
            .field("closed", &self.crew.is_closed())
            .finish()
    }
}
