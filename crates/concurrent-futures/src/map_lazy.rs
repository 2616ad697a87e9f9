//! `MapLazy`: the results of one function over inputs that are taken as the results are read.

mod of_tasks;

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError};
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::lazy_map::LazyMap;

use self::of_tasks::OfTasks;
use crate::executor::Executor;

/// The results of one function over many inputs, which are taken as the results are read: Python's `Executor.map` with
/// `buffersize`, and `Pool.imap`.
///
/// Nothing is taken before the first `next`. Each `next` takes one input, and further ones as long as its result is not
/// there and the buffer has room; so the inputs may be endless, and memory stays flat. They are taken in the thread that
/// reads: inputs that are slow, or wait, delay their reader and nobody else.
///
/// A failed item is an `Err` in its place, and the iteration goes on. If the inputs panic, the results of all that were taken
/// come first, then that panic as the last `Err`. If the pool is closed meanwhile, what was taken is still run, and the last
/// `Err` says that there would have been more; what was waiting in a pool that cancels is `Cancelled`, each in its place.
///
/// Several inputs are zipped into tuples: `a.into_iter().zip(b)`.
///
/// # Blocking and timeouts
///
/// `next` waits without limit, the timed ones for as long as they say; the time that the inputs take is theirs. An
/// interruption point, if it has to wait; an interrupt loses nothing.
///
/// A worker of the pool that waits without a deadline runs the item it waits for itself, if nobody has started it. So lazy
/// maps may be nested, at any depth and with a single worker. Read [unordered](MapLazy::unordered), it does so if no item
/// of this map is being run.
///
/// # Drop
///
/// Cancels what nobody has started, and waits for nothing.
///
/// # Differences from Python
///
/// - A pool that is closed, or an input that raises, loses no result (M15, I6), and never ends the iteration in silence
///   (M16).
/// - Between two calls up to [`buffersize`](MapLazy::buffersize) inputs are on their way, and never more (M14).
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(4);
/// let squares = executor.map_lazy(1_u64.., |n| n * n);
/// let small: Vec<u64> = squares.map(Result::unwrap).take_while(|square| *square < 50).collect();
/// assert_eq!(small, [1, 4, 9, 16, 25, 36, 49]);
/// ```
#[doc(alias = "IMapIterator")]
#[must_use = "a lazy map does nothing until it is read"]
pub struct MapLazy<'pool, I: Iterator, R> {
    map: Kind<'pool, I, R>,
}

/// Who runs the items.
enum Kind<'pool, I: Iterator, R> {
    /// The workers of a pool, which share what waits with the reader.
    Pool(LazyMap<I, R>, PhantomData<&'pool ()>),
    /// Whoever runs tasks.
    Tasks(OfTasks<'pool, I, R>),
}

/// Calls a method of either.
macro_rules! of_either {
    ($kind:expr, $map:ident => $call:expr) => {
        match $kind {
            Kind::Pool($map, _) => $call,
            Kind::Tasks($map) => $call,
        }
    };
}

impl<'pool, I, R> MapLazy<'pool, I, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    R: Send + 'static,
{
    /// A lazy map on a crew of the engine.
    #[doc(hidden)]
    pub fn new(
        crew: &'pool Arc<Crew>,
        inputs: I,
        f: impl Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
    ) -> Self {
        Self {
            map: Kind::Pool(LazyMap::new(crew, inputs, f), PhantomData),
        }
    }

    /// A lazy map whose chunks are tasks of any executor.
    pub(crate) fn of_tasks<E: Executor + ?Sized>(
        executor: &'pool E,
        inputs: I,
        f: impl Fn(I::Item) -> R + Send + Sync + 'static,
    ) -> Self {
        Self {
            map: Kind::Tasks(OfTasks::new(executor, inputs, f)),
        }
    }

    /// Lets at most `buffersize` items (with [`chunksize`](Self::chunksize): chunks) be on their way at once: taken, and their
    /// results not handed out.
    ///
    /// Without it there are two for each worker, and more, up to a thousand items, while workers would have nothing to do; on
    /// executors other than pools there are 64.
    ///
    /// # Panics
    ///
    /// If it is 0, or after the first `next`.
    #[track_caller]
    pub fn buffersize(mut self, buffersize: usize) -> Self {
        of_either!(&mut self.map, map => map.set_buffersize(buffersize));
        self
    }

    /// Makes `chunksize` neighbouring items one piece of work, run in order by one worker. A failure still costs one item
    /// only.
    ///
    /// Small items do not need it: a worker that is awake takes one after the other.
    ///
    /// # Panics
    ///
    /// If it is 0, or after the first `next`.
    #[track_caller]
    pub fn chunksize(mut self, chunksize: usize) -> Self {
        of_either!(&mut self.map, map => map.set_chunksize(chunksize));
        self
    }

    /// Hands the results out in the order in which they come.
    ///
    /// # Panics
    ///
    /// After the first `next`.
    #[track_caller]
    pub fn unordered(mut self) -> Self {
        of_either!(&mut self.map, map => map.set_unordered());
        self
    }

    /// The next result, if it is there. Takes an input, as `next` does.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub fn try_next(&mut self) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.next_timeout(Duration::ZERO)
    }

    /// Waits for the next result, at most `timeout`; `None` after the last one.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// If the time ran out. Nothing is lost: it can be called again.
    pub fn next_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.next_until(Deadline::after(timeout))
    }

    /// Waits for the next result, until `deadline` at the latest; `None` after the last one.
    ///
    /// `while let Some(result) = map.next_deadline(deadline)? { … }` reads all of them with one time limit.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`next_timeout`](Self::next_timeout).
    pub fn next_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.next_until(deadline.into())
    }

    fn next_until(
        &mut self,
        deadline: Deadline,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        of_either!(&mut self.map, map => map.next_until(deadline))
    }

    /// Cancels what nobody has started, as dropping it does.
    pub fn close(self) {
        drop(self);
    }
}

impl<I, R> Iterator for MapLazy<'_, I, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    R: Send + 'static,
{
    type Item = Result<R, Exception>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_until(Deadline::Never).ok().flatten()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        of_either!(&self.map, map => map.size_hint())
    }
}

impl<I, R> FusedIterator for MapLazy<'_, I, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    R: Send + 'static,
{
}

impl<I: Iterator, R> fmt::Debug for MapLazy<'_, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let map: &dyn fmt::Debug = of_either!(&self.map, map => map);
        f.debug_tuple("MapLazy").field(map).finish()
    }
}
