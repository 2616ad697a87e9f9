//! The map family, with or without a chunk size of one's own.

use std::sync::Arc;

use pythreads_concurrent_futures::Future;
use pythreads_sync_primitives::{Deadline, Exception};
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::handle::{self, Handle};
use pythreads_task_engine::node::Work;
use pythreads_task_engine::scope;

use crate::async_result::AsyncResult;
use crate::chunks;
use crate::gather::Gather;
use crate::star_fn::StarFn;

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

/// Only the last chunk may run what puts the results together, so that belongs to no crew whose workers could claim it.
const NO_CREW: usize = 0;

impl<'pool> Chunked<'pool> {
    pub(super) fn new(crew: &'pool Arc<Crew>, chunksize: Option<usize>) -> Self {
        Self { crew, chunksize }
    }

    fn cut<I: IntoIterator>(&self, items: I) -> Vec<Vec<I::Item>> {
        let items: Vec<I::Item> = items.into_iter().collect();
        let workers = self.crew.settings().max_workers();
        let size = self
            .chunksize
            .unwrap_or_else(|| chunks::default_chunksize(items.len(), workers));
        chunks::cut(items, size)
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
        if let Some(refusal) = self.crew.refusal() {
            return Err(refusal);
        }
        let chunks = self.cut(items);
        scope::scope(self.crew, |scope| {
            let f = &f;
            let submit = |chunk: Vec<I::Item>| {
                scope.submit(move || Ok(chunk.into_iter().map(f).collect::<Vec<R>>()))
            };
            let handles: Vec<_> = chunks.into_iter().map(submit).collect();
            // All chunks end before the first failure is reported (M8).
            for handle in &handles {
                handle.wait(Deadline::Never);
            }
            let results: Vec<Vec<R>> = handles
                .into_iter()
                .map(Handle::result)
                .collect::<Result<_, _>>()?;
            Ok(results.into_iter().flatten().collect())
        })
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
        let refusal = self.crew.refusal();
        let chunks = if refusal.is_some() {
            Vec::new()
        } else {
            self.cut(items)
        };
        let gather = Gather::new(chunks.len());
        let put_together = {
            let gather = Arc::clone(&gather);
            move || {
                let outcome = refusal.map_or_else(|| gather.put_together(), Err);
                callback(outcome.as_ref());
                outcome
            }
        };
        let (finish, handle) = handle::task(put_together, NO_CREW);
        if chunks.is_empty() {
            finish.run();
            return AsyncResult::new(Future::new(handle), Vec::new());
        }
        gather.finish_with(finish);
        AsyncResult::new(Future::new(handle), self.submit_chunks(chunks, f, &gather))
    }

    fn submit_chunks<T, R, F>(
        &self,
        chunks: Vec<Vec<T>>,
        f: F,
        gather: &Arc<Gather<R>>,
    ) -> Vec<Arc<dyn Work>>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: Fn(T) -> R + Send + Sync + 'static,
    {
        let f = Arc::new(f);
        let submit = |(index, chunk): (usize, Vec<T>)| {
            let (f, slot) = (Arc::clone(&f), gather.slot(index));
            let run = move || {
                slot.run(|| chunk.into_iter().map(&*f).collect());
                Ok(())
            };
            let (work, _) = handle::task(run, self.crew.id());
            self.crew.submit(Arc::clone(&work));
            work
        };
        chunks.into_iter().enumerate().map(submit).collect()
    }
}
