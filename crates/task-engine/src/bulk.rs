//! A bulk map: one function over inputs that are there already, whose results all come together.
//!
//! The inputs lie in one `Vec`, and so will the results. Workers claim a run of neighbours after the other, take its inputs out
//! of the first and put its results where they belong in the second. So there is no task for each item or chunk, and nothing is
//! put together afterwards.
//!
//! # Who may touch what
//!
//! `slots` says to whom each item belongs. The first failure is under its lock, which is taken alone.
//!
//! # Panics
//!
//! The function's panic costs its item, or what is left of its chunk. So does that of the destructor of an input or result
//! that we drop: it is reported, and hits nobody.

mod cursor;
mod slots;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pythreads_sync_primitives::sync::{self, Mutex};
use pythreads_sync_primitives::{Deadline, Exception, thread_record};

use self::cursor::Cursor;
use self::slots::{Run, Slots};
use crate::contain::{contain, drop_contained};
use crate::crew::source::Source;
use crate::crew::{Crew, frames};
use crate::handle::Handle;
use crate::node::{self, cancelled};
use crate::scope;

/// Runs a whole map, whose inputs and function may borrow, in workers of `crew`: see [`Bulk::new`]. A worker of the crew that
/// calls it takes part; any other thread waits.
///
/// Waits without limit. An interruption point: interrupted, it waits for what has been begun before it unwinds.
///
/// # Errors
///
/// As [`Bulk::new`] and [`Bulk::into_results`].
pub fn map<T, R, F>(
    crew: &Arc<Crew>,
    inputs: Vec<T>,
    chunksize: Option<usize>,
    f: F,
) -> Result<Vec<R>, Exception>
where
    T: Send,
    R: Send,
    F: Fn(T) -> Result<R, Exception> + Sync,
{
    let bulk = Bulk::new(crew, inputs, chunksize, f)?;
    let ends = scope::scope(crew, |scope| {
        let _stop = Stop(&bulk.cursor);
        let task = || {
            bulk.work();
            Ok(())
        };
        let handles = scope.submit_all(vec![task; bulk.tasks()]);
        for handle in &handles {
            node::claim(handle.work());
        }
        // The last one is waited for first: most of the others have ended by then, and need no wait of their own.
        for handle in handles.iter().rev() {
            handle.wait(Deadline::Never);
        }
        handles.into_iter().map(Handle::result).collect::<Vec<_>>()
    });
    bulk.into_results(ends)
}

/// Who waits for the tasks may be interrupted: then nothing more is begun.
struct Stop<'bulk>(&'bulk Cursor);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// See the [module](self).
pub struct Bulk<T, R, F> {
    f: F,
    sizes: Sizes,
    cursor: Arc<Cursor>,
    slots: Slots<T, R>,
    /// That of the first item that has failed so far.
    failure: Mutex<Option<Failure>>,
}

struct Failure {
    item: usize,
    exception: Exception,
}

impl<T, R, F> Bulk<T, R, F>
where
    T: Send,
    R: Send,
    F: Fn(T) -> Result<R, Exception>,
{
    /// A map of `inputs` by `f`, in chunks of `chunksize`: the failure of an item ends its chunk. Without a chunk size it costs
    /// that item alone, and how many are claimed at a time depends on how long they take. What nobody has claimed is cancelled
    /// with the crew's queue.
    ///
    /// # Errors
    ///
    /// Why the crew takes no work.
    pub fn new(
        crew: &Crew,
        inputs: Vec<T>,
        chunksize: Option<usize>,
        f: F,
    ) -> Result<Self, Exception> {
        let sizes = Sizes::new(crew, inputs.len(), chunksize);
        let cursor = Arc::new(Cursor::new(inputs.len()));
        let source: Arc<dyn Source> = Arc::clone(&cursor) as _;
        crew.add_source(&source)?;
        Ok(Self {
            f,
            sizes,
            slots: Slots::new(inputs, Arc::clone(&cursor)),
            cursor,
            failure: Mutex::new(None),
        })
    }

    /// How many tasks should call [`work`](Self::work).
    pub fn tasks(&self) -> usize {
        self.sizes.tasks(self.cursor.count())
    }

    /// What each of the tasks does. Never unwinds.
    pub fn work(&self) {
        let record = frames::is_alone().then(thread_record::current);
        let mut size = self.sizes.first();
        let mut since = self.sizes.adapt.then(sync::now);
        while let Some(run) = self.slots.claim(|left| self.sizes.limit(size, left)) {
            if let Some(record) = &record
                && record.has_pending()
            {
                // What was raised in the thread for an earlier item does not hit these.
                drop_contained(record.cancel_raise());
            }
            let count = run.len();
            self.work_on(run);
            if self.sizes.one_each {
                return;
            }
            if let Some(since) = &mut since {
                let now = sync::now();
                size = self.sizes.next(size, count, now - *since);
                *since = now;
            }
        }
    }

    fn work_on(&self, mut run: Run<'_, T, R>) {
        while let Err(exception) = contain(|| self.go_on(&mut run)).flatten() {
            let item = run.skip();
            self.note(Failure { item, exception });
            if self.sizes.are_chunks {
                return;
            }
        }
    }

    fn go_on(&self, run: &mut Run<'_, T, R>) -> Result<(), Exception> {
        while let Some(input) = run.next_input() {
            run.store((self.f)(input)?);
        }
        Ok(())
    }

    fn note(&self, failure: Failure) {
        let surplus = {
            let mut first = self.failure.lock();
            match &*first {
                Some(first) if first.item < failure.item => Some(failure),
                _ => first.replace(failure),
            }
        };
        drop(surplus);
    }

    /// All results, in the order of the inputs. `ends` is how the tasks ended.
    ///
    /// # Errors
    ///
    /// The failure of the first item that failed, or why not all were run.
    pub fn into_results(
        mut self,
        ends: impl IntoIterator<Item = Result<(), Exception>>,
    ) -> Result<Vec<R>, Exception> {
        if let Some(failure) = self.failure.get_mut().take() {
            return Err(failure.exception);
        }
        self.slots.take_results().ok_or_else(|| {
            let why = ends.into_iter().find_map(Result::err);
            why.unwrap_or_else(cancelled)
        })
    }
}

impl<T, R, F> fmt::Debug for Bulk<T, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk")
            .field("slots", &self.slots)
            .field("sizes", &self.sizes)
            .finish_non_exhaustive()
    }
}

/// How many items are claimed at a time.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    most: usize,
    workers: usize,
    /// Runs begin with one item, grow while they take next to no time, and shrink at the end. Otherwise each has `most`.
    adapt: bool,
    /// A run costs a worker one of the tasks after which it ends.
    one_each: bool,
    /// The failure of an item ends its run.
    are_chunks: bool,
}

impl Sizes {
    fn new(crew: &Crew, items: usize, chunksize: Option<usize>) -> Self {
        let workers = crew.settings().max_workers();
        let one_each = crew.settings().tasks_per_worker().is_some();
        Self {
            most: chunksize.unwrap_or_else(|| default_chunksize(items, workers)),
            workers,
            adapt: chunksize.is_none() && !one_each,
            one_each,
            are_chunks: chunksize.is_some(),
        }
    }

    fn tasks(&self, items: usize) -> usize {
        let runs = items.div_ceil(self.first());
        if self.one_each {
            runs
        } else {
            runs.min(self.workers)
        }
    }

    fn first(&self) -> usize {
        if self.adapt { 1 } else { self.most }
    }

    /// How many to claim when so many are left: at the end few, so that all workers end at about the same time.
    fn limit(&self, size: usize, left: usize) -> usize {
        if self.adapt {
            size.min(left.div_ceil(2 * self.workers))
        } else {
            size
        }
    }

    /// The size after a run of `count` items that took so long.
    fn next(&self, size: usize, count: usize, took: Duration) -> usize {
        /// Much beside the price of a claim, and little beside a worker that comes late.
        const ENOUGH: Duration = Duration::from_micros(25);
        let next = if took > 2 * ENOUGH {
            size / 2
        } else if took < ENOUGH && count == size {
            size * 2
        } else {
            size
        };
        next.clamp(1, self.most)
    }
}

/// Python's default: four chunks for each worker (M2).
fn default_chunksize(items: usize, workers: usize) -> usize {
    items.div_ceil(workers.saturating_mul(4)).max(1)
}

#[cfg(test)]
mod tests;
