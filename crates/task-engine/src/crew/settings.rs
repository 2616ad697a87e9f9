//! What a crew is made with.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::contain::drop_contained;
use crate::gate::Gate;

/// What happens to a crew that is still there when the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AtProgramEnd {
    /// What is queued is run, as `concurrent.futures` does.
    #[default]
    RunQueue,
    /// What is queued is cancelled, as `multiprocessing.pool` does.
    CancelQueue,
}

/// What each worker runs first. Whoever has the last one drops it, so its destructor's panic ends here.
#[derive(Clone, Default)]
struct Initializer(Option<Arc<dyn Fn() + Send + Sync>>);

impl Drop for Initializer {
    fn drop(&mut self) {
        drop_contained(self.0.take());
    }
}

/// What a crew is made with.
#[derive(Clone)]
pub struct Settings {
    name: Arc<str>,
    max_workers: NonZeroUsize,
    daemon: bool,
    initializer: Initializer,
    tasks_per_worker: Option<NonZeroUsize>,
    at_program_end: AtProgramEnd,
    gate: Option<Arc<Gate>>,
}

impl Settings {
    /// At most `max_workers` workers, named `NAME_0`, `NAME_1` and so on.
    pub fn new(name: &str, max_workers: NonZeroUsize) -> Self {
        Self {
            name: name.into(),
            max_workers,
            daemon: false,
            initializer: Initializer::default(),
            tasks_per_worker: None,
            at_program_end: AtProgramEnd::default(),
            gate: None,
        }
    }

    /// Whether the program may end while the workers work.
    #[must_use]
    pub fn with_daemon(self, daemon: bool) -> Self {
        Self { daemon, ..self }
    }

    /// What each worker runs before its first task.
    #[must_use]
    pub fn with_initializer(self, initializer: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            initializer: Initializer(Some(initializer)),
            ..self
        }
    }

    /// After how many tasks a worker is replaced by a new one.
    #[must_use]
    pub fn with_tasks_per_worker(self, tasks: NonZeroUsize) -> Self {
        Self {
            tasks_per_worker: Some(tasks),
            ..self
        }
    }

    /// How many tasks may wait for a worker.
    #[must_use]
    pub fn with_max_pending(self, max_pending: NonZeroUsize) -> Self {
        Self {
            gate: Some(Gate::new(max_pending.get())),
            ..self
        }
    }

    /// What happens at the end of the program.
    #[must_use]
    pub fn with_at_program_end(self, at_program_end: AtProgramEnd) -> Self {
        Self {
            at_program_end,
            ..self
        }
    }

    /// The pool's name, the prefix of its workers' names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many workers there are at most.
    pub fn max_workers(&self) -> usize {
        self.max_workers.get()
    }

    /// Where tasks come in, if their number is bounded.
    pub(super) fn gate(&self) -> Option<&Arc<Gate>> {
        self.gate.as_ref()
    }

    pub(super) fn worker_name(&self, number: usize) -> String {
        format!("{}_{number}", self.name)
    }

    pub(super) fn daemon(&self) -> bool {
        self.daemon
    }

    pub(super) fn initializer(&self) -> Option<&(dyn Fn() + Send + Sync)> {
        self.initializer.0.as_deref()
    }

    pub(crate) fn tasks_per_worker(&self) -> Option<usize> {
        self.tasks_per_worker.map(NonZeroUsize::get)
    }

    pub(super) fn at_program_end(&self) -> AtProgramEnd {
        self.at_program_end
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("name", &self.name)
            .field("max_workers", &self.max_workers)
            .field("daemon", &self.daemon)
            .field("tasks_per_worker", &self.tasks_per_worker)
            .field("at_program_end", &self.at_program_end)
            .finish_non_exhaustive()
    }
}
