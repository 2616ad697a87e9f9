//! The one owner of a task's result.

mod owned;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::{Poll, Waker};

use pythreads_sync_primitives::{Deadline, Exception};

use crate::contain::drop_contained;
use crate::job::{ToExcepthook, Unwatched};
use crate::node::{self, Header, NoParts, Node, Outcome, Work};
use crate::scope::ScopeState;
use crate::state::Phase;
use crate::watch::{Completion, Watcher, call};

/// The one owner of a task's result: the core of `Future` and of `AsyncResult`.
pub struct Handle<T> {
    node: Arc<dyn Outcome<T>>,
    /// It lends `&T` from `&self`, so it is `Sync` only if `T` is.
    value: PhantomData<T>,
}

/// The value lives in the node, never in the handle.
impl<T> Unpin for Handle<T> {}
impl<T> UnwindSafe for Handle<T> {}
impl<T> RefUnwindSafe for Handle<T> {}

/// A new task, for a run queue, and the handle to its result.
pub fn task<T, F>(task: F, home: usize) -> (Arc<dyn Work>, Handle<T>)
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Exception> + Send + 'static,
{
    let no_parts: NoParts = [];
    let node = Node::new(task, home, None, no_parts);
    (Arc::clone(&node) as Arc<dyn Work>, Handle::of_node(node))
}

/// A new task that puts the results of `parts` together, and the handle to its result. It stands in no run queue: who ends
/// the last of the parts runs it. A worker of the crew `home` that waits for it runs the parts that nobody has taken yet.
pub fn task_of_parts<T, F>(
    task: F,
    home: usize,
    parts: Vec<Arc<dyn Work>>,
) -> (Arc<dyn Work>, Handle<T>)
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Exception> + Send + 'static,
{
    let node = Node::new(task, home, None, parts);
    (Arc::clone(&node) as Arc<dyn Work>, Handle::of_node(node))
}

/// A new task, for a run queue, that nobody waits for: its panic or refusal is reported to `threading`'s excepthook.
pub fn unwatched_task(task: impl FnOnce() + Send + 'static, home: usize) -> Arc<dyn Work> {
    let report = ToExcepthook;
    let no_parts: NoParts = [];
    let node = Node::new(Unwatched { task, report }, home, None, no_parts);
    node.disown();
    node
}

/// As [`unwatched_task`], for a task that borrows from `'env`; the scope hears of it.
pub(crate) fn unwatched_borrowing_task<'env>(
    task: impl FnOnce() + Send + 'env,
    home: usize,
    scope: Arc<ScopeState>,
) -> Arc<dyn Work + 'env> {
    let report = Arc::clone(&scope);
    let no_parts: NoParts = [];
    let node = Node::new(Unwatched { task, report }, home, Some(scope), no_parts);
    node.disown();
    node
}

/// As [`task`], for a task that borrows from `'env`.
pub(crate) fn borrowing_task<'env, T, F>(
    task: F,
    home: usize,
    scope: Arc<ScopeState>,
) -> (Arc<dyn Work + 'env>, Arc<dyn Outcome<T> + 'env>)
where
    T: Send + 'env,
    F: FnOnce() -> Result<T, Exception> + Send + 'env,
{
    let no_parts: NoParts = [];
    let node = Node::new(task, home, Some(scope), no_parts);
    (Arc::clone(&node) as Arc<dyn Work + 'env>, node)
}

impl<T> Handle<T> {
    pub(crate) fn of_node(node: Arc<dyn Outcome<T>>) -> Self {
        Self {
            node,
            value: PhantomData,
        }
    }

    /// The task itself.
    pub fn work(&self) -> &dyn Work {
        &*self.node
    }

    fn header(&self) -> &Header {
        self.node.header()
    }

    /// Where the task stands.
    pub fn phase(&self) -> Phase {
        self.header().phase()
    }

    /// Cancels the task, if nobody has taken it yet; `true` if it is cancelled, now or before.
    pub fn cancel(&self) -> bool {
        self.node.cancel()
    }

    /// Waits until the task is done; `false` if the deadline passed first. A worker of its own crew may run it, as in [`claim`](node::claim).
    pub fn wait(&self, deadline: Deadline) -> bool {
        node::wait(&*self.node, deadline)
    }

    /// Waits for the task and takes its result out.
    ///
    /// # Errors
    ///
    /// The exception with which it ended.
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn result(mut self) -> Result<T, Exception> {
        self.wait(Deadline::Never);
        self.take_outcome()
            .unwrap_or_else(|| self.without_outcome())
    }

    /// Waits for the task and lends its result.
    ///
    /// # Errors
    ///
    /// The exception with which it ended.
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn result_ref(&self) -> Result<&T, Exception> {
        self.wait(Deadline::Never);
        match self.peek_outcome() {
            Some(outcome) => outcome.as_ref().map_err(Clone::clone),
            None => self.without_outcome(),
        }
    }

    /// Takes the result, or sees to it that `waker` is woken when there is one.
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn poll(&mut self, waker: &Waker) -> Poll<Result<T, Exception>> {
        let header = self.header();
        if header.watchers.set_waker(&header.state, waker) {
            return Poll::Pending;
        }
        if let Some(Err(exception)) = self.peek_outcome() {
            // It stays, for who asks afterwards how the task ended.
            return Poll::Ready(Err(exception.clone()));
        }
        Poll::Ready(
            self.take_outcome()
                .unwrap_or_else(|| self.without_outcome()),
        )
    }

    /// What to say of a task that is done and has no outcome.
    fn without_outcome<R>(&self) -> Result<R, Exception> {
        assert_eq!(
            self.phase(),
            Phase::Cancelled,
            "a future is not used again after a poll was ready"
        );
        Err(node::cancelled())
    }

    /// How the task ended; `None` if it is not done.
    pub fn completion(&self) -> Option<Completion> {
        match self.phase() {
            Phase::Pending | Phase::Running => None,
            Phase::Cancelled => Some(Completion::Cancelled),
            // A poll may have taken the result; it leaves an exception where it is.
            Phase::Finished | Phase::Failed => Some(
                self.peek_outcome()
                    .map_or(Completion::Finished, Completion::of),
            ),
        }
    }

    /// Calls `callback` when the task is done: by the thread that ends it, or at once if it is done (F13).
    pub fn add_done_callback(&self, callback: impl FnOnce(&Completion) + Send + 'static) {
        let header = self.header();
        let refused = header
            .watchers
            .add(&header.state, Watcher::Callback(Box::new(callback)));
        if let (Err(Watcher::Callback(callback)), Some(completion)) = (refused, self.completion()) {
            call(callback, &completion);
        }
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        if self.header().state.orphan().has_outcome() {
            drop_contained(self.take_outcome());
        }
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("phase", &self.phase())
            .finish_non_exhaustive()
    }
}
