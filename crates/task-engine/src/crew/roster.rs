//! What a crew keeps under its lock: the account of its workers, and where their tasks stand.

use std::ptr;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, ExceptionKind};

use super::exit::AtExitGuard;
use super::inbox::Inbox;
use super::local_queue::LocalQueue;
use super::settings::Settings;
use super::source::Sources;
use super::thread::Thread;
use crate::node::Work;
use crate::scope::ScopeState;

/// See the invariants of the [crew](super).
pub(super) struct Roster {
    pub(super) phase: Phase,
    /// Where what does not stand in the queue of one worker stands.
    pub(super) inbox: Arc<Inbox>,
    /// The queues of the workers that take tasks.
    pub(super) local_queues: Vec<Arc<LocalQueue>>,
    pub(super) sources: Sources,
    pub(super) alive: usize,
    pub(super) looking: usize,
    pub(super) sleeping: usize,
    /// Those that somebody has moved from `sleeping` to `looking`, and who do not know it yet.
    pub(super) woken: usize,
    /// How many of those nobody has woken: whoever takes note of one wakes the next. Less than `woken`, or 0.
    pub(super) left_to_wake: usize,
    pub(super) started: usize,
    pub(super) threads: Vec<Thread>,
    pub(super) at_exit: Option<AtExitGuard>,
    /// How many of those that are looking do so without the lock, before they sleep.
    pub(super) lingering: usize,
    /// The program was ending already when the crew asked to be told of its end: a worker that has nothing to do ends
    /// instead of waiting for a task, since the program would wait for it.
    pub(super) idle_workers_end: bool,
}

/// See the states of the [crew](super).
pub(super) enum Phase {
    Open,
    Closed,
    Broken(Exception),
}

impl Roster {
    pub(super) fn new(inbox: Arc<Inbox>) -> Self {
        Self {
            phase: Phase::Open,
            inbox,
            local_queues: Vec::new(),
            sources: Sources::default(),
            alive: 0,
            looking: 0,
            sleeping: 0,
            woken: 0,
            left_to_wake: 0,
            started: 0,
            threads: Vec::new(),
            at_exit: None,
            lingering: 0,
            idle_workers_end: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Why it takes no task.
    pub(super) fn refusal(&self, settings: &Settings) -> Option<Exception> {
        match &self.phase {
            Phase::Open => None,
            Phase::Broken(cause) => {
                let message = format!("the initializer of {} failed: {cause}", settings.name());
                Some(Exception::of_kind(ExceptionKind::BrokenPool, &message))
            }
            Phase::Closed => {
                let message = format!("{} has been shut down", settings.name());
                Some(Exception::of_kind(ExceptionKind::ShutDown, &message))
            }
        }
    }

    /// How many tasks wait for a worker, shells included.
    pub(super) fn queued(&self) -> usize {
        let local = self.local_queues.iter().map(|queue| queue.len());
        self.inbox.len() + local.sum::<usize>()
    }

    /// How many tasks wait for a worker.
    pub(super) fn pending(&self) -> usize {
        let local = self.local_queues.iter().map(|queue| queue.pending());
        self.inbox.pending() + local.sum::<usize>()
    }

    /// Takes the next task out for the worker that submits to `own`: from what everybody submits and from its own queue in
    /// turn, so that neither keeps the other waiting; else from what another worker has submitted.
    pub(super) fn next_task(&self, own: &LocalQueue, own_first: bool) -> Option<Arc<dyn Work>> {
        let first = if own_first { own.pop() } else { None };
        first
            .or_else(|| self.inbox.pop())
            .or_else(|| self.local_queues.iter().find_map(|queue| queue.pop()))
    }

    /// Takes the next task out that another worker than the one of `own` has submitted, and says in which queue it stood. Begins
    /// with the queue `from`.
    pub(super) fn next_of_others(
        &self,
        own: &LocalQueue,
        from: usize,
    ) -> Option<(Arc<dyn Work>, usize)> {
        let count = self.local_queues.len();
        (from..from + count)
            .map(|at| at % count)
            .filter(|at| !ptr::eq(Arc::as_ptr(&self.local_queues[*at]), own))
            .find_map(|at| Some((self.local_queues[at].pop()?, at)))
    }

    /// Takes out the next task of one scope.
    pub(super) fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let mut local = self.local_queues.iter();
        self.inbox
            .take_of_scope(scope)
            .or_else(|| local.find_map(|queue| queue.take_of_scope(scope)))
    }

    /// Whether a task of one scope has not been taken.
    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        let mut local = self.local_queues.iter();
        self.inbox.has_of_scope(scope) || local.any(|queue| queue.has_of_scope(scope))
    }

    /// Takes all tasks out.
    pub(super) fn take_all(&self) -> Vec<Arc<dyn Work>> {
        let mut tasks = self.inbox.take_all();
        for queue in &self.local_queues {
            tasks.append(&mut queue.take_all());
        }
        tasks
    }

    /// The worker that submits to `own` will not submit any more. Returns shells, to be dropped outside.
    pub(super) fn retire(&mut self, own: &LocalQueue) -> Vec<Arc<dyn Work>> {
        self.local_queues
            .retain(|queue| !ptr::eq(Arc::as_ptr(queue), own));
        let left = own.take_all().into_iter();
        left.flat_map(|work| self.inbox.push(work)).collect()
    }
}
