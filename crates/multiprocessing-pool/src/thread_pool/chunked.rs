//! The map family, with or without a chunk size of one's own.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use pythreads_concurrent_futures::MapLazy;
use pythreads_sync_primitives::Exception;
use pythreads_task_engine::bulk::{self, Bulk};
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::handle::Handle;

use crate::async_result::AsyncResult;
use crate::gather;
use crate::star_fn::StarFn;

use super::Fallible;

/// A view of a [`ThreadPool`](crate::ThreadPool) whose maps cut their input into chunks of a given size.
///
/// # Examples
///
/// ```
/// use pythreads_multiprocessing_pool::ThreadPool;
///
/// let pool = ThreadPool::new(2);
/// let squares = pool.chunksize(100).map(0..1_000_u64, |n| n * n).unwrap();
/// assert_eq!(squares[999], 998_001);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Chunked<'pool> {
    crew: &'pool Arc<Crew>,
    chunksize: Option<usize>,
}

impl UnwindSafe for Chunked<'_> {}
impl RefUnwindSafe for Chunked<'_> {}

impl<'pool> Chunked<'pool> {
    pub(super) fn new(crew: &'pool Arc<Crew>) -> Self {
        Self {
            crew,
            chunksize: None,
        }
    }

    /// The same calls for functions that return a `Result`; see [`ThreadPool::fallible`](crate::ThreadPool::fallible).
    pub fn fallible(self) -> Fallible<'pool> {
        Fallible::new(self)
    }

    /// The same calls with chunks of `chunksize` items.
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
    #[track_caller]
    pub(super) fn with_chunksize(self, chunksize: usize) -> Self {
        assert!(chunksize > 0, "a chunk needs at least one item");
        Self {
            chunksize: Some(chunksize),
            ..self
        }
    }

    pub(super) fn crew(&self) -> &'pool Arc<Crew> {
        self.crew
    }

    /// As [`ThreadPool::map`](crate::ThreadPool::map).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn map<I, R, F>(&self, items: I, f: F) -> Result<Vec<R>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        R: Send,
        F: Fn(I::Item) -> R + Sync,
    {
        self.map_outcomes(items, move |item| Ok(f(item)))
    }

    /// As [`map`](Self::map), for a function that may fail: its failure ends its chunk, as its panic does.
    pub(super) fn map_outcomes<I, R, F>(&self, items: I, f: F) -> Result<Vec<R>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        R: Send,
        F: Fn(I::Item) -> Result<R, Exception> + Sync,
    {
        match self.crew.refusal() {
            Some(refusal) => Err(refusal),
            None => bulk::map(self.crew, items.into_iter().collect(), self.chunksize, f),
        }
    }

    /// As [`ThreadPool::starmap`](crate::ThreadPool::starmap).
    ///
    /// # Errors
    ///
    /// As there.
    pub fn starmap<I, F>(&self, items: I, f: F) -> Result<Vec<F::Output>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        F: StarFn<I::Item> + Sync,
        F::Output: Send,
    {
        self.map(items, move |item| f.call(item))
    }

    /// As [`ThreadPool::map_async`](crate::ThreadPool::map_async).
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn map_async<I, R, F>(&self, items: I, f: F) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.map_async_with(items, f, |_| ())
    }

    /// As [`ThreadPool::map_async_with`](crate::ThreadPool::map_async_with).
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
        self.map_async_outcomes(items, move |item| Ok(f(item)), callback)
    }

    /// As [`map_async_with`](Self::map_async_with), for a function that may fail.
    pub(super) fn map_async_outcomes<I, R, F>(
        &self,
        items: I,
        f: F,
        callback: impl FnOnce(Result<&Vec<R>, &Exception>) + Send + 'static,
    ) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
    {
        // The pool's refusal comes before anything the input might do (Z2).
        let bulk = self.crew.refusal().map_or_else(
            || Bulk::new(self.crew, items.into_iter().collect(), self.chunksize, f),
            Err,
        );
        let bulk = match bulk {
            Ok(bulk) => Arc::new(bulk),
            Err(refusal) => return gather::refuse(self.crew, refusal, callback),
        };
        let task = {
            let bulk = Arc::clone(&bulk);
            move || {
                bulk.work();
                Ok(())
            }
        };
        let tasks = vec![task; bulk.tasks()];
        let put_together = |handles: Vec<Handle<()>>| {
            let mut ends = handles.into_iter().map(Handle::result);
            match Arc::into_inner(bulk) {
                Some(bulk) => bulk.into_results(ends),
                // The thread of a task will not go on with it, so the task has failed.
                None => Err(ends
                    .find_map(Result::err)
                    .expect("a task that was abandoned")),
            }
        };
        gather::submit(self.crew, tasks, put_together, callback)
    }

    /// As [`ThreadPool::starmap_async`](crate::ThreadPool::starmap_async).
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn starmap_async<I, F>(&self, items: I, f: F) -> AsyncResult<Vec<F::Output>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: StarFn<I::Item> + Send + Sync + 'static,
        F::Output: Send + 'static,
    {
        self.map_async(items, move |item| f.call(item))
    }

    /// As [`ThreadPool::starmap_async_with`](crate::ThreadPool::starmap_async_with).
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
        self.map_async_with(items, move |item| f.call(item), callback)
    }

    /// As [`ThreadPool::imap`](crate::ThreadPool::imap), with chunks of one item unless set otherwise.
    pub fn imap<I, R, F>(&self, items: I, f: F) -> MapLazy<'pool, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.imap_outcomes(items, move |item| Ok(f(item)))
    }

    /// As [`imap`](Self::imap), for a function that may fail.
    pub(super) fn imap_outcomes<I, R, F>(&self, items: I, f: F) -> MapLazy<'pool, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
    {
        MapLazy::new(self.crew, items.into_iter(), f).chunksize(self.chunksize.unwrap_or(1))
    }

    /// As [`ThreadPool::imap_unordered`](crate::ThreadPool::imap_unordered).
    pub fn imap_unordered<I, R, F>(&self, items: I, f: F) -> MapLazy<'pool, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        self.imap(items, f).unordered()
    }
}
