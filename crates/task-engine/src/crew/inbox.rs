//! What comes to a crew other than by its workers' own submits: put in at the back, taken out at the front.
//!
//! Who submits and who works come to different ends. A worker that has used up the front takes over all that stands at the
//! back, so the two meet once for many tasks. With an order of its own an inbox has a back alone, where both work.
//!
//! # Invariants
//!
//! 1. Tasks leave in the order in which they came, or in that of the crew, one at a time and under the lock of the end they
//!    stand at; what stands at the front is older than all that stands at the back.
//! 2. Other than by the roster a task is put in only while the crew [`has no use`](super::Crew) for the roster's account, which
//!    is looked at under the lock of the back; otherwise the submit goes by the roster. Who changes the account says so
//!    first and looks for tasks, under that lock, second. So one of the two sees the other.
//!
//! # Shells
//!
//! The back is swept as [run queues](super::run_queue) are. The front gets no longer, and is left as it is.
//!
//! # Lock order
//!
//! The front, then the back. Both may be taken under the roster, and nothing is taken under the back.

use std::fmt;
use std::mem;
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};

use super::run_queue::RunQueue;
use super::settings::Order;
use crate::node::Work;
use crate::scope::ScopeState;

/// See the [module](self).
pub(super) struct Inbox {
    front: Front,
    back: Back,
    has_order: bool,
}

/// Like the [`Back`], on cache lines of its own.
#[repr(align(128))]
struct Front {
    queue: Mutex<RunQueue>,
    /// Its length, for who looks without the lock. Written under it.
    length: AtomicUsize,
}

#[repr(align(128))]
struct Back {
    queue: Mutex<RunQueue>,
    /// As that of the front.
    length: AtomicUsize,
    /// How many tasks have come, without the runners of eager maps. Written under the lock.
    given: AtomicUsize,
}

impl Inbox {
    pub(super) fn new(order: Order) -> Self {
        let queue = || Mutex::new(RunQueue::new(order));
        Self {
            front: Front {
                queue: queue(),
                length: AtomicUsize::new(0),
            },
            back: Back {
                queue: queue(),
                length: AtomicUsize::new(0),
                given: AtomicUsize::new(0),
            },
            has_order: order != Order::Fifo,
        }
    }

    /// Adds a task, and returns the shells that were swept.
    pub(super) fn push(&self, work: Arc<dyn Work>) -> Vec<Arc<dyn Work>> {
        self.push_if(|| true, work)
            .unwrap_or_else(|work| vec![work])
    }

    /// Adds a task if `may_push` says so, and returns the shells that were swept; else gives the task back.
    pub(super) fn push_if(
        &self,
        may_push: impl FnOnce() -> bool,
        work: Arc<dyn Work>,
    ) -> Result<Vec<Arc<dyn Work>>, Arc<dyn Work>> {
        let mut back = self.back.queue.lock();
        if !may_push() {
            return Err(work);
        }
        if !work.header().is_runner() {
            let given = &self.back.given;
            // ORDERING: Relaxed, written under the lock only; see `given`.
            given.store(
                given.load(Ordering::Relaxed).wrapping_add(1),
                Ordering::Relaxed,
            );
        }
        let shells = back.push(work);
        note(&self.back.length, &back);
        Ok(shells)
    }

    /// How many tasks have come, without the runners of eager maps.
    pub(super) fn given(&self) -> usize {
        // ORDERING: Relaxed, who was told of a submit sees its count.
        self.back.given.load(Ordering::Relaxed)
    }

    /// Takes out the task that is to be run next, which may be a shell.
    pub(super) fn pop(&self) -> Option<Arc<dyn Work>> {
        if self.has_order {
            let mut back = self.back.queue.lock();
            let next = back.pop();
            note(&self.back.length, &back);
            return next;
        }
        let mut front = self.front.queue.lock();
        let next = front.pop().or_else(|| {
            self.take_over(&mut front);
            front.pop()
        });
        note(&self.front.length, &front);
        next
    }

    /// The front is used up.
    fn take_over(&self, front: &mut RunQueue) {
        let mut back = self.back.queue.lock();
        mem::swap(front, &mut *back);
        note(&self.back.length, &back);
    }

    /// Whether it looks as if there were nothing. Who has to know takes the locks.
    pub(super) fn seems_empty(&self) -> bool {
        let seems_empty = |length: &AtomicUsize| {
            // ORDERING: Relaxed, it says whether a look is worth while.
            length.load(Ordering::Relaxed) == 0
        };
        seems_empty(&self.front.length) && seems_empty(&self.back.length)
    }

    /// How many entries there are, shells included.
    pub(super) fn len(&self) -> usize {
        self.with_both(|front, back| front.len() + back.len())
    }

    /// How many tasks there are, without shells and runners of eager maps.
    pub(super) fn pending(&self) -> usize {
        self.with_both(|front, back| front.pending() + back.pending())
    }

    /// Takes out the next task of one scope.
    pub(super) fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        self.with_both(|front, back| {
            let first = front.take_of_scope(scope);
            first.or_else(|| back.take_of_scope(scope))
        })
    }

    /// Whether a task of the scope has not been taken.
    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        self.with_both(|front, back| front.has_of_scope(scope) || back.has_of_scope(scope))
    }

    /// Takes all tasks out.
    pub(super) fn take_all(&self) -> Vec<Arc<dyn Work>> {
        self.with_both(|front, back| {
            let mut tasks = front.take_all();
            tasks.append(&mut back.take_all());
            tasks
        })
    }

    fn with_both<R>(&self, f: impl FnOnce(&mut RunQueue, &mut RunQueue) -> R) -> R {
        let mut front = self.front.queue.lock();
        let mut back = self.back.queue.lock();
        let found = f(&mut front, &mut back);
        note(&self.front.length, &front);
        note(&self.back.length, &back);
        found
    }
}

/// To be called under the lock of the queue.
fn note(length: &AtomicUsize, queue: &RunQueue) {
    // ORDERING: Relaxed, see `Inbox::seems_empty`.
    length.store(queue.len(), Ordering::Relaxed);
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
