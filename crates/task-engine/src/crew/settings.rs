//! What a crew is made with.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use pythreads_sync_primitives::Deadline;

use crate::contain::drop_contained;
use crate::gate::Gate;

/// In which order tasks are begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// The oldest first.
    #[default]
    Fifo,
    /// The newest first.
    Lifo,
    /// The one with the smallest priority first; equal ones in order of submission.
    Priority,
}

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

/// What each worker runs first, or last. Whoever has the last one drops it, so its destructor's panic ends here.
#[derive(Clone, Default)]
struct Hook(Option<Arc<dyn Fn() + Send + Sync>>);

impl Drop for Hook {
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
    initializer: Hook,
    finalizer: Hook,
    idle_timeout: Option<Duration>,
    order: Order,
    inherits_span: bool,
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
            initializer: Hook::default(),
            finalizer: Hook::default(),
            idle_timeout: None,
            order: Order::default(),
            inherits_span: false,
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
            initializer: Hook(Some(initializer)),
            ..self
        }
    }

    /// What each worker runs after its last task.
    #[must_use]
    pub fn with_finalizer(self, finalizer: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            finalizer: Hook(Some(finalizer)),
            ..self
        }
    }

    /// How long a worker waits for a task before it ends.
    #[must_use]
    pub fn with_idle_timeout(self, timeout: Duration) -> Self {
        Self {
            idle_timeout: Some(timeout),
            ..self
        }
    }

    /// In which order tasks are begun.
    #[must_use]
    pub fn with_order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Whether tasks run in the span of who submitted them, instead of one of their own.
    #[must_use]
    pub fn with_inherited_span(self, inherits_span: bool) -> Self {
        Self {
            inherits_span,
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
    #[inline]
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

    pub(super) fn finalizer(&self) -> Option<&(dyn Fn() + Send + Sync)> {
        self.finalizer.0.as_deref()
    }

    /// When a worker ends that gets no task from now on.
    pub(super) fn end_of_idleness(&self) -> Deadline {
        self.idle_timeout.map_or(Deadline::Never, Deadline::after)
    }

    /// In which order tasks are begun.
    pub fn order(&self) -> Order {
        self.order
    }

    #[inline]
    pub(super) fn inherits_span(&self) -> bool {
        self.inherits_span
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
            .field("idle_timeout", &self.idle_timeout)
            .field("order", &self.order)
            .field("at_program_end", &self.at_program_end)
            .finish_non_exhaustive()
    }
}
