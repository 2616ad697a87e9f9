//! What a task does, and what becomes of it if it does not run.

use std::sync::Arc;

use pythreads_sync_primitives::Exception;

use crate::contain::{contain, drop_contained};
use crate::crew::frames;
use crate::handle::Handle;
use crate::scope::ScopeState;

/// What a task does. One of the three is called, once; all of them may unwind, and their caller contains that.
pub(crate) trait Job<T>: Send + Sized {
    /// Whether a thread is in the middle of it while it runs, so that it can be interrupted.
    const HAS_THREAD: bool = true;

    /// Does it.
    fn run(self) -> Result<T, Exception>;

    /// It will not be done, because of `exception`.
    fn refuse(self, _exception: &Exception) {}

    /// It will not be done, because somebody cancelled the task.
    fn cancel(self) {}
}

impl<T, F: FnOnce() -> Result<T, Exception> + Send> Job<T> for F {
    fn run(self) -> Result<T, Exception> {
        self()
    }
}

/// Goes on with the outcome of another task, which is done when this one is run.
pub(crate) struct Chained<S, F> {
    pub(crate) source: Handle<S>,
    pub(crate) f: F,
}

impl<S, T, F> Job<T> for Chained<S, F>
where
    S: Send,
    F: FnOnce(Result<S, Exception>) -> Result<T, Exception> + Send,
{
    fn run(self) -> Result<T, Exception> {
        (self.f)(self.source.result())
    }
}

/// A job whose outcome nobody can look at. Its failure is reported instead.
pub(crate) struct Unwatched<F, R> {
    pub(crate) task: F,
    pub(crate) report: R,
}

/// Who hears of the failure of a job that nobody looks at.
pub(crate) trait Report: Send {
    /// The task panicked, or was refused.
    fn failed(self, exception: &Exception);

    /// Somebody cancelled the task before it ran.
    fn cancelled(self);
}

impl<F: FnOnce() + Send, R: Report> Job<()> for Unwatched<F, R> {
    fn run(self) -> Result<(), Exception> {
        if let Err(exception) = contain(self.task) {
            self.report.failed(&exception);
        }
        Ok(())
    }

    fn refuse(self, exception: &Exception) {
        drop_contained(self.task);
        self.report.failed(exception);
    }

    fn cancel(self) {
        drop_contained(self.task);
        self.report.cancelled();
    }
}

/// Reports to `threading`'s excepthook. A cancel is no failure.
pub(crate) struct ToExcepthook;

impl Report for ToExcepthook {
    fn failed(self, exception: &Exception) {
        frames::run_aside(|| pythreads_threading::excepthook(exception));
    }

    fn cancelled(self) {}
}

/// Reports to the scope that waits for the task, which expects that it has been done.
impl Report for Arc<ScopeState> {
    fn failed(self, exception: &Exception) {
        self.fail(exception.clone());
    }

    fn cancelled(self) {
        self.fail(crate::node::cancelled());
    }
}
