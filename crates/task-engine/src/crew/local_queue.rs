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

use super::run_queue::RunQueue;
use super::settings::Order;
use crate::node::Work;
use crate::scope::ScopeState;

/// See the [module](self).
pub(crate) struct LocalQueue {
    tasks: Mutex<RunQueue>,
}

impl LocalQueue {
    pub(super) fn new() -> Self {
        Self {
            tasks: Mutex::new(RunQueue::new(Order::Fifo)),
        }
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
