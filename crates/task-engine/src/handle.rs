//! The one owner of a task's result.

mod owned;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::task::{Poll, Waker};

use pythreads_sync_primitives::{Deadline, Exception};

use crate::contain::drop_contained;
use crate::deadlock::Fails;
use crate::extras::Extras;
use crate::job::{Chained, ToExcepthook, Unwatched};
use crate::node::{self, Header, Node, Nothing, Origin, Outcome, Parts, Ties, Work, go_on};
use crate::scope::ScopeState;
use crate::state::Phase;
use crate::watch::{Completion, WakerOwner, Watcher, call};

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
pub fn task<T, F>(task: F, home: u32) -> (Arc<dyn Work>, Handle<T>)
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Exception> + Send + 'static,
{
    let node = Node::new(task, Ties::of_crew(home), Nothing);
    (Arc::clone(&node) as Arc<dyn Work>, Handle::of_node(node))
}

/// As [`task`], with what else belongs to it.
pub fn task_with<T, F>(
    task: F,
    home: u32,
    extras: Option<Box<Extras>>,
) -> (Arc<dyn Work>, Handle<T>)
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Exception> + Send + 'static,
{
    let ties = Ties {
        home,
        extras,
        ..Ties::default()
    };
    let node = Node::new(task, ties, Nothing);
    (Arc::clone(&node) as Arc<dyn Work>, Handle::of_node(node))
}

/// A new task that puts the results of `parts` together, and the handle to its result. It stands in no run queue: who ends
/// the last of the parts runs it. A worker of the crew `home` that waits for it runs the parts that nobody has taken yet.
pub fn task_of_parts<T, F>(
    task: F,
    home: u32,
    parts: Vec<Arc<dyn Work>>,
) -> (Arc<dyn Work>, Handle<T>)
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Exception> + Send + 'static,
{
    let node = Node::new(task, Ties::of_crew(home), Parts(parts));
    (Arc::clone(&node) as Arc<dyn Work>, Handle::of_node(node))
}

/// A new task, for a run queue, that nobody waits for: its panic or refusal is reported to `threading`'s excepthook.
pub fn unwatched_task(
    task: impl FnOnce() + Send + 'static,
    home: u32,
    extras: Option<Box<Extras>>,
) -> Arc<dyn Work> {
    let report = ToExcepthook;
    let ties = Ties {
        home,
        extras,
        ..Ties::default()
    };
    let node = Node::new(Unwatched { task, report }, ties, Nothing);
    node.disown();
    node
}

/// As [`unwatched_task`], for a task that borrows from `'env`; the scope hears of it.
pub(crate) fn unwatched_borrowing_task<'env>(
    task: impl FnOnce() + Send + 'env,
    mut ties: Ties,
    scope: Arc<ScopeState>,
) -> Arc<dyn Work + 'env> {
    let report = Arc::clone(&scope);
    ties.scope = Some(scope);
    let node = Node::new(Unwatched { task, report }, ties, Nothing);
    node.disown();
    node
}

/// As [`task`], for a task that borrows from `'env`.
pub(crate) fn borrowing_task<'env, T, F>(
    task: F,
    mut ties: Ties,
    scope: Arc<ScopeState>,
) -> (Arc<dyn Work + 'env>, Arc<dyn Outcome<T> + 'env>)
where
    T: Send + 'env,
    F: FnOnce() -> Result<T, Exception> + Send + 'env,
{
    ties.scope = Some(scope);
    let node = Node::new(task, ties, Nothing);
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
        self.work().cancel()
    }

    /// Raises `exception` in the midst of the task; `false` if no thread is in its midst.
    pub fn interrupt(&self, exception: Exception) -> bool {
        self.work().interrupt(exception)
    }

    /// The task itself, for those who follow a wait for it.
    pub fn shared_work(&self) -> Arc<dyn Work> {
        Arc::clone(&self.node) as Arc<dyn Work>
    }

    /// Waits until the task is done; `false` if the deadline passed first. A worker of its own crew may run it, as in
    /// [`claim`](node::claim).
    ///
    /// # Panics
    ///
    /// With an exception of kind Deadlock, as an interrupt does, if the wait would never end.
    pub fn wait(&self, deadline: Deadline) -> bool {
        let shared = || self.shared_work();
        let waited = node::wait(self.work(), deadline, Fails::ByUnwinding, shared);
        waited.unwrap_or_else(|deadlock| deadlock.resume())
    }

    fn wait_for_end(&self) -> Result<(), Exception> {
        let shared = || self.shared_work();
        node::wait(self.work(), Deadline::Never, Fails::ByReturning, shared).map(|_done| ())
    }

    /// Waits for the task and takes its result out.
    ///
    /// # Errors
    ///
    /// The exception with which it ended; one of kind Deadlock if the wait would never end.
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn result(mut self) -> Result<T, Exception> {
        self.wait_for_end()?;
        self.take_outcome()
            .unwrap_or_else(|| self.without_outcome())
    }

    /// Waits for the task and lends its result.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result).
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn result_ref(&self) -> Result<&T, Exception> {
        self.wait_for_end()?;
        match self.peek_outcome() {
            Some(outcome) => outcome.as_ref().map_err(|exception| {
                self.header().failure_is_seen();
                exception.clone()
            }),
            None => self.without_outcome(),
        }
    }

    /// Takes the result, or sees to it that `waker` is woken when there is one.
    ///
    /// # Panics
    ///
    /// If a poll has taken the result before.
    pub fn poll(&mut self, waker: &Waker) -> Poll<Result<T, Exception>> {
        if self.set_waker(waker, WakerOwner::HANDLE) {
            return Poll::Pending;
        }
        if let Some(Err(exception)) = self.peek_outcome() {
            // It stays, for who asks afterwards how the task ended.
            self.header().failure_is_seen();
            return Poll::Ready(Err(exception.clone()));
        }
        Poll::Ready(
            self.take_outcome()
                .unwrap_or_else(|| self.without_outcome()),
        )
    }

    /// Sees to it that `waker` is woken when the task is done; `false` if it is.
    pub fn set_waker(&self, waker: &Waker, owner: WakerOwner) -> bool {
        let header = self.header();
        header.watchers.set_waker(&header.state, waker, owner)
    }

    /// Forgets the waker of one who does not poll any more.
    pub fn remove_waker(&self, owner: WakerOwner) {
        self.header().watchers.remove_waker(owner);
    }

    /// What to say of a task that is done and has no outcome.
    fn without_outcome<R>(&self) -> Result<R, Exception> {
        assert_eq!(
            self.phase(),
            Phase::Cancelled,
            "a future is not used again after a poll was ready"
        );
        Err(self.header().cancelled())
    }

    /// How the task ended; `None` if it is not done.
    pub fn completion(&self) -> Option<Completion> {
        match self.phase() {
            Phase::Pending | Phase::Running => None,
            Phase::Cancelled => Some(Completion::Cancelled),
            // A poll may have taken the result; it leaves an exception where it is.
            Phase::Finished | Phase::Failed => {
                self.header().failure_is_seen();
                let outcome = self.peek_outcome();
                Some(outcome.map_or(Completion::Finished, Completion::of))
            }
        }
    }

    /// Calls `callback` when the task is done: by the thread that ends it, or at once if it is done (F13).
    pub fn add_done_callback(&self, callback: impl FnOnce(&Completion) + Send + 'static) {
        let header = self.header();
        let refused = header
            .watchers
            .add(&header.state, Watcher::Callback(Box::new(callback)));
        if let (Err(Watcher::Callback(callback)), Some(completion)) = (refused, self.completion()) {
            call(|| callback(&completion));
        }
    }
}

impl<T: Send + 'static> Handle<T> {
    /// A task that is given the outcome of this one, by the thread that ends this one, or here and now if it is done.
    ///
    /// A worker that waits for it runs the task at the beginning of the chain, if nobody has taken that yet.
    pub fn then<U, F>(self, f: F) -> Handle<U>
    where
        U: Send + 'static,
        F: FnOnce(Result<T, Exception>) -> Result<U, Exception> + Send + 'static,
    {
        let source = Arc::clone(&self.node) as Arc<dyn Work>;
        let origin = Origin(Arc::clone(source.origin().unwrap_or(&source)));
        let node = Node::new(Chained { source: self, f }, Ties::default(), origin);
        let header = source.header();
        let continuation = Watcher::Continuation(Arc::clone(&node) as Arc<dyn Work>);
        if let Err(Watcher::Continuation(work)) = header.watchers.add(&header.state, continuation) {
            go_on(Some(work), None);
        }
        Handle::of_node(node)
    }

    /// As [`then`](Self::then), for what nobody waits for: its panic is logged.
    pub fn on_done(self, f: impl FnOnce(Result<T, Exception>) + Send + 'static) {
        drop(self.then(|outcome| {
            call(|| f(outcome));
            Ok(())
        }));
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        let mut phase = self.phase();
        if !phase.is_done() {
            phase = self.header().state.orphan();
        }
        if phase.has_outcome()
            && let Some(outcome) = self.take_outcome()
        {
            if let Err(exception) = &outcome {
                self.header().drops_failure(exception);
            }
            drop_contained(outcome);
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
