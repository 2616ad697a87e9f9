//! `Task`: work as an executor sees it.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, ExceptionKind, IntoException};
use pythreads_task_engine::extras::Options;
use pythreads_task_engine::node::Work;

/// A piece of work that an [`Executor`](crate::Executor) is given.
///
/// # Drop
///
/// Dropped without being run it is abandoned: its future fails with kind [`Abandoned`](ExceptionKind::Abandoned).
#[must_use = "a task that is dropped is abandoned: run or refuse it"]
pub struct Task {
    /// Until it is run, refused or handed on.
    work: Option<Arc<dyn Work>>,
}

impl UnwindSafe for Task {}
impl RefUnwindSafe for Task {}

impl Task {
    pub(crate) fn new(work: Arc<dyn Work>) -> Self {
        Self { work: Some(work) }
    }

    pub(crate) fn work(&self) -> Option<&dyn Work> {
        self.work.as_deref()
    }

    pub(crate) fn into_work(mut self) -> Option<Arc<dyn Work>> {
        self.work.take()
    }

    /// Runs it here and now, unless its future has been cancelled. Its panic stays inside.
    pub fn run(self) {
        if let Some(work) = self.into_work() {
            work.run();
        }
    }

    /// Says that it will not be run: its future fails with this exception.
    pub fn refuse(self, exception: impl IntoException) {
        if let Some(work) = self.into_work() {
            work.refuse(exception.into_exception());
        }
    }

    /// The name that was given to it.
    pub fn name(&self) -> Option<&str> {
        self.options()?.name.as_deref()
    }

    /// The priority that was given to it: the smaller, the sooner; 0 if none was.
    pub fn priority(&self) -> i32 {
        let options = self.options();
        let priority = options.and_then(|options| options.priority);
        priority.unwrap_or_default()
    }

    pub(crate) fn has_priority(&self) -> bool {
        self.options()
            .is_some_and(|options| options.priority.is_some())
    }

    fn options(&self) -> Option<&Options> {
        Some(self.work.as_ref()?.header().extras()?.options())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            let message = "the executor dropped the task";
            work.refuse(Exception::of_kind(ExceptionKind::Abandoned, message));
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("name", &self.name())
            .field("priority", &self.priority())
            .finish_non_exhaustive()
    }
}
