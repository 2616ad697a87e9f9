//! The tasks that one worker has submitted to its own crew.
//!
//! Who divides its work into tasks and waits for them has put them here and takes them from here: no other thread comes
//! near, and the one awaited is nearly always the newest, so it leaves no shell. Workers that have nothing else to do take
//! from here as well, the oldest first.
//!
//! # Invariants
//!
//! 1. A task is pushed only while the crew [`has no use`](super::Crew) for the roster's account, which is looked at under
//!    this queue's lock; otherwise the submit goes by the roster. Who changes the account says so first and looks into
//!    this queue, under its lock, second. So one of the two sees the other.
//! 2. A queue stands in the roster while its worker may submit. When the worker ends, or is lost, what is left goes to the
//!    run queue of all.
//!
//! # Lock order
//!
//! The queue's lock may be taken under the roster, and is a leaf.

use std::fmt;
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::sync::atomic::{AtomicU32, Ordering};
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};

use super::run_queue::RunQueue;
use super::settings::Order;
use crate::interrupt;
use crate::node::Work;
use crate::scope::ScopeState;

/// See the [module](self).
pub(crate) struct LocalQueue {
    /// Whose worker submits here; 0 if none does, because the crew has an order of its own.
    crew: u32,
    tasks: Mutex<RunQueue>,
    /// Of the worker.
    record: Arc<ThreadRecord>,
    /// Goes up when what the worker is in the middle of is interrupted. Begins with 1.
    era: AtomicU32,
}

impl LocalQueue {
    /// Of the current thread, a worker of the crew `crew`, whose tasks have this order.
    pub(super) fn new(crew: u32, order: Order) -> Self {
        Self {
            crew: if order == Order::Fifo { crew } else { 0 },
            tasks: Mutex::new(RunQueue::new(Order::Fifo)),
            record: thread_record::current(),
            era: AtomicU32::new(1),
        }
    }

    /// Those of the worker's tasks that began in an older one are interrupted.
    #[inline]
    pub(super) fn era(&self) -> u32 {
        // ORDERING: SeqCst, store-then-load with the thread's record: see its memory ordering.
        self.era.load(Ordering::SeqCst)
    }

    /// Marks all that the worker is in the middle of. [`wake_worker`](Self::wake_worker) comes next.
    pub(super) fn begin_era(&self) {
        // ORDERING: SeqCst, as in `era`.
        self.era.fetch_add(1, Ordering::SeqCst);
    }

    /// Wakes the worker if it sleeps in the middle of something that began in an older era.
    pub(super) fn wake_worker(&self) {
        // The present era is looked at while the worker cannot get out of its wait: another one may have begun and been taken.
        self.record
            .wake_in_task(|_task, began| interrupt::is_older(began, self.era()));
    }

    /// Whether a worker of the crew `crew` submits here.
    pub(super) fn is_for(&self, crew: u32) -> bool {
        self.crew == crew
    }

    /// Adds a task if `may_push` says so, and returns the shells that were swept; else gives the task back.
    pub(super) fn push_if(
        &self,
        may_push: impl FnOnce() -> bool,
        work: Arc<dyn Work>,
    ) -> Result<Vec<Arc<dyn Work>>, Arc<dyn Work>> {
        let mut tasks = self.tasks.lock();
        if may_push() {
            Ok(tasks.push(work))
        } else {
            Err(work)
        }
    }

    /// Takes out the newest task, if it is `work`.
    pub(super) fn take_newest(&self, work: &dyn Work) -> Option<Arc<dyn Work>> {
        self.tasks.lock().take_newest(work)
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.lock().len()
    }

    pub(super) fn pending(&self) -> usize {
        self.tasks.lock().pending()
    }

    pub(super) fn pop(&self) -> Option<Arc<dyn Work>> {
        self.tasks.lock().pop()
    }

    pub(super) fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        self.tasks.lock().take_of_scope(scope)
    }

    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        self.tasks.lock().has_of_scope(scope)
    }

    pub(super) fn take_all(&self) -> Vec<Arc<dyn Work>> {
        self.tasks.lock().take_all()
    }
}

impl fmt::Debug for LocalQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalQueue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
