//! The calls of a pool for functions that return a `Result`.

use pythreads_concurrent_futures::MapLazy;
use pythreads_sync_primitives::{Exception, IntoException};

use super::{Chunked, apply, apply_async, apply_async_with};
use crate::async_result::AsyncResult;
use crate::star_fn::StarFn;

/// A view of a [`ThreadPool`](crate::ThreadPool) for functions that return a `Result`: an `Err` is raised.
///
/// # Examples
///
/// ```
/// use pythreads_multiprocessing_pool::ThreadPool;
/// use std::fs;
///
/// let pool = ThreadPool::new(2);
/// let text = pool.fallible().apply_async_with(
///     || fs::read_to_string("/no/such/file"),
///     |outcome| match outcome {
///         Ok(text) => println!("{} bytes", text.len()),
///         Err(exception) => println!("failed: {exception}"),
///     },
/// );
/// assert!(text.get().unwrap_err().is_error());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Fallible<'pool> {
    calls: Chunked<'pool>,
}

impl<'pool> Fallible<'pool> {
    pub(super) fn new(calls: Chunked<'pool>) -> Self {
        Self { calls }
    }

    /// The same calls with chunks of `chunksize` items.
    ///
    /// # Panics
    ///
    /// If `chunksize` is 0.
    #[track_caller]
    #[must_use = "a view does nothing by itself"]
    pub fn chunksize(self, chunksize: usize) -> Self {
        Self {
            calls: self.calls.with_chunksize(chunksize),
        }
    }

    /// As [`ThreadPool::apply`](crate::ThreadPool::apply).
    ///
    /// # Errors
    ///
    /// As there, and what `f` returns.
    pub fn apply<T, E>(&self, f: impl FnOnce() -> Result<T, E> + Send) -> Result<T, Exception>
    where
        T: Send,
        E: IntoException,
    {
        apply(self.calls.crew(), || raise(f()))
    }

    /// As [`ThreadPool::apply_async`](crate::ThreadPool::apply_async).
    #[must_use = "the result is in here: read it with `.get()`"]
    pub fn apply_async<T, E>(
        &self,
        f: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> AsyncResult<T>
    where
        T: Send + 'static,
        E: IntoException,
    {
        apply_async(self.calls.crew(), || raise(f()))
    }

    /// As [`ThreadPool::apply_async_with`](crate::ThreadPool::apply_async_with).
    pub fn apply_async_with<T, E>(
        &self,
        f: impl FnOnce() -> Result<T, E> + Send + 'static,
        callback: impl FnOnce(Result<&T, &Exception>) + Send + 'static,
    ) -> AsyncResult<T>
    where
        T: Send + 'static,
        E: IntoException,
    {
        apply_async_with(self.calls.crew(), || raise(f()), callback)
    }

    /// As [`ThreadPool::map`](crate::ThreadPool::map). An `Err` costs what a panic costs.
    ///
    /// # Errors
    ///
    /// As there, and what `f` returns.
    pub fn map<I, R, E, F>(&self, items: I, f: F) -> Result<Vec<R>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        R: Send,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Sync,
    {
        self.calls.map_outcomes(items, move |item| raise(f(item)))
    }

    /// As [`ThreadPool::starmap`](crate::ThreadPool::starmap).
    ///
    /// # Errors
    ///
    /// As there, and what `f` returns.
    pub fn starmap<I, R, E, F>(&self, items: I, f: F) -> Result<Vec<R>, Exception>
    where
        I: IntoIterator,
        I::Item: Send,
        R: Send,
        E: IntoException,
        F: StarFn<I::Item, Output = Result<R, E>> + Sync,
    {
        self.map(items, move |item| f.call(item))
    }

    /// As [`ThreadPool::map_async`](crate::ThreadPool::map_async).
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn map_async<I, R, E, F>(&self, items: I, f: F) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        self.map_async_with(items, f, |_| ())
    }

    /// As [`ThreadPool::map_async_with`](crate::ThreadPool::map_async_with).
    pub fn map_async_with<I, R, E, F>(
        &self,
        items: I,
        f: F,
        callback: impl FnOnce(Result<&Vec<R>, &Exception>) + Send + 'static,
    ) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        let f = move |item| raise(f(item));
        self.calls.map_async_outcomes(items, f, callback)
    }

    /// As [`ThreadPool::starmap_async`](crate::ThreadPool::starmap_async).
    #[must_use = "the results are in here: read them with `.get()`"]
    pub fn starmap_async<I, R, E, F>(&self, items: I, f: F) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: StarFn<I::Item, Output = Result<R, E>> + Send + Sync + 'static,
    {
        self.map_async(items, move |item| f.call(item))
    }

    /// As [`ThreadPool::starmap_async_with`](crate::ThreadPool::starmap_async_with).
    pub fn starmap_async_with<I, R, E, F>(
        &self,
        items: I,
        f: F,
        callback: impl FnOnce(Result<&Vec<R>, &Exception>) + Send + 'static,
    ) -> AsyncResult<Vec<R>>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: StarFn<I::Item, Output = Result<R, E>> + Send + Sync + 'static,
    {
        self.map_async_with(items, move |item| f.call(item), callback)
    }

    /// As [`ThreadPool::imap`](crate::ThreadPool::imap). An `Err` costs its item only.
    pub fn imap<I, R, E, F>(&self, items: I, f: F) -> MapLazy<'pool, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        self.calls.imap_outcomes(items, move |item| raise(f(item)))
    }

    /// As [`ThreadPool::imap_unordered`](crate::ThreadPool::imap_unordered).
    pub fn imap_unordered<I, R, E, F>(&self, items: I, f: F) -> MapLazy<'pool, I::IntoIter, R>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        R: Send + 'static,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'static,
    {
        self.imap(items, f).unordered()
    }
}

fn raise<T, E: IntoException>(result: Result<T, E>) -> Result<T, Exception> {
    result.map_err(E::into_exception)
}
