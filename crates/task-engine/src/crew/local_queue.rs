//! The tasks that one worker has submitted to its own crew, and those it has fetched from the run queue of all.
//!
//! Who divides its work into tasks and waits for them has put them here and takes them from here: no other thread comes
//! near, and the one awaited is nearly always the newest, so it leaves no shell. And who has run quick tasks fetches several
//! at once, so that the roster's lock is not taken for each. Workers that have nothing else to do take from here as well,
//! the oldest first.
//!
//! # Invariants
//!
//! 1. A task is pushed or fetched only while nobody sleeps and nobody could be started. Who pushes looks at the crew's
//!    `is_settled` for that, under this queue's lock; who fetches looks at the roster, under its lock. Who changes the
//!    account says so first and looks into this queue, under its lock, second. So one of the two sees the other, and while
//!    a worker sleeps all these queues are empty.
//! 2. A queue stands in the roster while its worker may submit. When the worker ends, or is lost, what is left goes to the
//!    run queue of all.
//! 3. What is fetched is older than all that is in the run queue. A worker that is in the midst of a task for so long that
//!    others have looked here twice since it began it loses to them what it has fetched.
//!
//! # Lock order
//!
//! The queue's lock may be taken under the roster, and is a leaf.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};

use super::run_queue::RunQueue;
use super::settings::Order;
use crate::node::Work;
use crate::scope::ScopeState;

/// See the [module](self).
pub(crate) struct LocalQueue {
    /// Whose worker submits here; 0 if none does, because the crew has an order of its own.
    crew: u32,
    tasks: Mutex<Tasks>,
    /// Whether tasks were fetched that others may look for. Written under the lock.
    has_fetched: AtomicBool,
    /// Of the worker.
    record: Arc<ThreadRecord>,
    /// Goes up when what the worker is in the middle of is interrupted. Begins with 1.
    era: AtomicU32,
}

struct Tasks {
    submitted: RunQueue,
    fetched: VecDeque<Arc<dyn Work>>,
    /// How many tasks the worker has begun that it had fetched.
    begun: u64,
    /// `begun`, when another worker last looked whether this one goes on.
    seen: u64,
}

impl LocalQueue {
    /// Of the current thread, a worker of the crew `crew`, whose tasks have this order.
    pub(super) fn new(crew: u32, order: Order) -> Self {
        Self {
            crew: if order == Order::Fifo { crew } else { 0 },
            tasks: Mutex::new(Tasks {
                submitted: RunQueue::new(Order::Fifo),
                fetched: VecDeque::new(),
                begun: 1,
                seen: 0,
            }),
            has_fetched: AtomicBool::new(false),
            record: thread_record::current(),
            era: AtomicU32::new(1),
        }
    }

    /// Those of the worker's tasks that began in an older one are interrupted.
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
        let now = self.era();
        self.record.wake_in_task(|_task, era| era != now);
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
            Ok(tasks.submitted.push(work))
        } else {
            Err(work)
        }
    }

    /// Adds at most so many of the oldest tasks of the run queue of all, which the caller has locked.
    pub(super) fn fetch(&self, count: usize, from: &mut RunQueue) {
        let mut tasks = self.tasks.lock();
        from.move_oldest(count, &mut tasks.fetched);
        self.note_fetched(&tasks);
    }

    /// Adds what another worker had fetched.
    pub(super) fn fetch_from(&self, fetched: VecDeque<Arc<dyn Work>>) {
        let mut tasks = self.tasks.lock();
        tasks.fetched.extend(fetched);
        self.note_fetched(&tasks);
    }

    fn note_fetched(&self, tasks: &Tasks) {
        // ORDERING: Relaxed, who looks has the roster's lock, under which tasks are fetched; that there are none any more it
        // sees under this queue's.
        self.has_fetched
            .store(!tasks.fetched.is_empty(), Ordering::Relaxed);
    }

    /// Takes the next task out for the worker itself, `taken` being called under the lock: one of those it has submitted, if
    /// it is their turn, or else has fetched. And whether there is another one that it has fetched.
    pub(super) fn next(
        &self,
        own_first: bool,
        taken: impl FnOnce(),
    ) -> (Option<Arc<dyn Work>>, bool) {
        let mut tasks = self.tasks.lock();
        let submitted = if own_first {
            tasks.submitted.pop()
        } else {
            None
        };
        let next = submitted.or_else(|| tasks.begin_fetched());
        if next.is_some() {
            taken();
        }
        (next, !tasks.fetched.is_empty())
    }

    /// What the worker has fetched, if it has begun none of it since the last call.
    pub(super) fn take_stuck(&self) -> Option<VecDeque<Arc<dyn Work>>> {
        // ORDERING: Relaxed, as in `note_fetched`.
        if !self.has_fetched.load(Ordering::Relaxed) {
            return None;
        }
        let mut tasks = self.tasks.lock();
        if tasks.seen != tasks.begun {
            tasks.seen = tasks.begun;
            return None;
        }
        let stuck = std::mem::take(&mut tasks.fetched);
        self.note_fetched(&tasks);
        (!stuck.is_empty()).then_some(stuck)
    }

    /// Takes out the newest task, if it is `work`.
    pub(super) fn take_newest(&self, work: &dyn Work) -> Option<Arc<dyn Work>> {
        self.tasks.lock().submitted.take_newest(work)
    }

    pub(super) fn len(&self) -> usize {
        let tasks = self.tasks.lock();
        tasks.submitted.len() + tasks.fetched.len()
    }

    pub(super) fn pending(&self) -> usize {
        let tasks = self.tasks.lock();
        let fetched = tasks.fetched.iter();
        let fetched = fetched.filter(|work| super::run_queue::is_counted(work));
        tasks.submitted.pending() + fetched.count()
    }

    /// Takes the next task of the worker's own.
    pub(super) fn pop_submitted(&self) -> Option<Arc<dyn Work>> {
        self.tasks.lock().submitted.pop()
    }

    /// Takes a task out for another worker.
    pub(super) fn pop(&self) -> Option<Arc<dyn Work>> {
        let mut tasks = self.tasks.lock();
        let fetched = tasks.fetched.pop_front();
        fetched.or_else(|| tasks.submitted.pop())
    }

    pub(super) fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let mut tasks = self.tasks.lock();
        let is_of_scope = |work: &Arc<dyn Work>| work.header().is_of_scope(scope);
        match tasks.fetched.iter().position(is_of_scope) {
            Some(place) => tasks.fetched.remove(place),
            None => tasks.submitted.take_of_scope(scope),
        }
    }

    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        let tasks = self.tasks.lock();
        let mut fetched = tasks.fetched.iter();
        fetched.any(|work| super::run_queue::is_left_of(scope, work))
            || tasks.submitted.has_of_scope(scope)
    }

    /// Takes all tasks out that were fetched.
    pub(super) fn take_fetched(&self) -> VecDeque<Arc<dyn Work>> {
        std::mem::take(&mut self.tasks.lock().fetched)
    }

    /// Takes all tasks out that were submitted here.
    pub(super) fn take_submitted(&self) -> Vec<Arc<dyn Work>> {
        self.tasks.lock().submitted.take_all()
    }
}

impl Tasks {
    fn begin_fetched(&mut self) -> Option<Arc<dyn Work>> {
        let next = self.fetched.pop_front()?;
        self.begun += 1;
        Some(next)
    }
}

impl fmt::Debug for LocalQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalQueue").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
