//! What a crew keeps under its lock: the run queue, and the account of its workers.

use std::collections::VecDeque;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, ExceptionKind};
use pythreads_threading::Thread;

use super::exit::AtExitGuard;
use super::settings::Settings;
use crate::node::Work;
use crate::scope::ScopeState;
use crate::state;

/// See the invariants of the [crew](super).
pub(super) struct Roster {
    pub(super) phase: Phase,
    pub(super) queue: VecDeque<Arc<dyn Work>>,
    /// The length at which the queue is looked through for tasks that were taken elsewhere.
    sweep_at: usize,
    pub(super) alive: usize,
    pub(super) looking: usize,
    pub(super) sleeping: usize,
    pub(super) started: usize,
    pub(super) threads: Vec<Thread>,
    pub(super) at_exit: Option<AtExitGuard>,
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

/// A queue shorter than this is not worth sweeping.
const SWEEP_AT_LEAST: usize = 64;

impl Roster {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Open,
            queue: VecDeque::new(),
            sweep_at: SWEEP_AT_LEAST,
            alive: 0,
            looking: 0,
            sleeping: 0,
            started: 0,
            threads: Vec::new(),
            at_exit: None,
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

    /// Queues a task, and returns shells of tasks that were claimed or cancelled elsewhere, to be dropped outside.
    pub(super) fn push(&mut self, work: Arc<dyn Work>) -> Vec<Arc<dyn Work>> {
        let mut shells = Vec::new();
        let length = self.queue.len();
        if length >= self.sweep_at {
            shells = self.sweep();
            self.sweep_at = SWEEP_AT_LEAST.max(2 * self.queue.len());
        } else if length < self.sweep_at / 4 {
            // What was long once is not allowed that many shells for ever.
            self.sweep_at = SWEEP_AT_LEAST.max(self.sweep_at / 2);
        }
        self.queue.push_back(work);
        shells
    }

    /// Turns the queue over once, in place, and takes the shells out.
    fn sweep(&mut self) -> Vec<Arc<dyn Work>> {
        let mut shells = Vec::new();
        for _ in 0..self.queue.len() {
            let Some(work) = self.queue.pop_front() else {
                break;
            };
            if work.header().phase() == state::Phase::Pending {
                self.queue.push_back(work);
            } else {
                shells.push(work);
            }
        }
        shells
    }

    /// Takes out the oldest task of one scope.
    pub(super) fn take_of_scope(&mut self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let is_of_scope = |work: &Arc<dyn Work>| {
            work.header()
                .scope()
                .is_some_and(|other| Arc::ptr_eq(other, scope))
        };
        let place = self.queue.iter().position(is_of_scope)?;
        self.queue.remove(place)
    }
}

#[cfg(test)]
mod tests;
