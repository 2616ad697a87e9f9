//! What a crew keeps under its lock: the run queue, and the account of its workers.

use pythreads_sync_primitives::{Exception, ExceptionKind};
use pythreads_threading::Thread;

use super::exit::AtExitGuard;
use super::run_queue::RunQueue;
use super::settings::Settings;

/// See the invariants of the [crew](super).
pub(super) struct Roster {
    pub(super) phase: Phase,
    pub(super) queue: RunQueue,
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

impl Roster {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Open,
            queue: RunQueue::new(),
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
}
