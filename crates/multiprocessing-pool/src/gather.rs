//! The results of a map's chunks, put together by whoever ends the last one.
//!
//! # Invariants
//!
//! 1. Each chunk has one [`Slot`], which is filled once: with the chunk's outcome, or, when the slot is dropped because the
//!    chunk was cancelled, refused or left by a panic, with an exception.
//! 2. The slot that is filled last runs the finish, exactly once, with no lock held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_sync_primitives::{Exception, ExceptionKind};
use pythreads_task_engine::node::Work;

type ChunkOutcome<R> = Result<Vec<R>, Exception>;

/// Collects the outcomes of chunks.
pub(crate) struct Gather<R> {
    progress: Mutex<Progress<R>>,
}

struct Progress<R> {
    outcomes: Vec<Option<ChunkOutcome<R>>>,
    left: usize,
    /// The task that puts everything together; run by the last slot.
    finish: Option<Arc<dyn Work>>,
}

impl<R> Gather<R> {
    pub(crate) fn new(chunks: usize) -> Arc<Self> {
        let outcomes = std::iter::repeat_with(|| None).take(chunks).collect();
        Arc::new(Self {
            progress: Mutex::new(Progress {
                outcomes,
                left: chunks,
                finish: None,
            }),
        })
    }

    /// What the last slot runs. To be said before a chunk can end.
    pub(crate) fn finish_with(&self, finish: Arc<dyn Work>) {
        self.progress.lock().finish = Some(finish);
    }

    pub(crate) fn slot(self: &Arc<Self>, index: usize) -> Slot<R> {
        Slot {
            gather: Arc::clone(self),
            index,
            filled: false,
        }
    }

    fn fill(&self, index: usize, outcome: ChunkOutcome<R>) {
        let finish = {
            let mut progress = self.progress.lock();
            progress.outcomes[index] = Some(outcome);
            progress.left -= 1;
            if progress.left == 0 {
                progress.finish.take()
            } else {
                None
            }
        };
        if let Some(finish) = finish {
            finish.run();
        }
    }

    /// All results in input order, or the exception of the first chunk that failed.
    pub(crate) fn put_together(&self) -> ChunkOutcome<R> {
        let outcomes = std::mem::take(&mut self.progress.lock().outcomes);
        let chunks: Vec<Vec<R>> = outcomes.into_iter().flatten().collect::<Result<_, _>>()?;
        Ok(chunks.into_iter().flatten().collect())
    }
}

/// The place of one chunk's outcome.
pub(crate) struct Slot<R> {
    gather: Arc<Gather<R>>,
    index: usize,
    filled: bool,
}

impl<R> Slot<R> {
    /// Runs the chunk and keeps its outcome.
    pub(crate) fn run(mut self, chunk: impl FnOnce() -> Vec<R>) {
        let outcome = catch_unwind(AssertUnwindSafe(chunk)).map_err(Exception::from_panic);
        self.filled = true;
        self.gather.fill(self.index, outcome);
    }
}

impl<R> Drop for Slot<R> {
    fn drop(&mut self) {
        if !self.filled {
            let exception = Exception::of_kind(ExceptionKind::Cancelled, "the pool was terminated");
            self.gather.fill(self.index, Err(exception));
        }
    }
}
