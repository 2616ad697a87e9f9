//! What all tasks have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use pythreads_sync_primitives::wait_queue;
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};

use super::Continuation;
use crate::extras::Extras;
use crate::scope::ScopeState;
use crate::state::{Audience, Cancel, Phase, State};
use crate::trace::{self, TaskSpan};
use crate::watch::{Completion, Others, Sink, Watcher, Watchers, tell};

/// What all tasks have in common.
#[derive(Debug)]
pub struct Header {
    pub(crate) state: State,
    pub(crate) watchers: Watchers,
    /// The number of the crew whose workers may claim the task; 0 for none. Written at most once, before the state word is
    /// looked at: see [`come_home`](Self::come_home).
    home: AtomicU32,
    scope: Option<Arc<ScopeState>>,
    is_runner: bool,
    /// Whether somebody has seen how the task failed, or is told anyhow: see [`failure_is_seen`](Self::failure_is_seen).
    is_failure_seen: AtomicBool,
    extras: Option<Box<Extras>>,
}

impl Header {
    pub(super) fn new(ties: Ties) -> Self {
        Self {
            state: State::new(),
            watchers: Watchers::default(),
            home: AtomicU32::new(ties.home),
            scope: ties.scope,
            is_runner: ties.is_runner,
            is_failure_seen: AtomicBool::new(false),
            extras: ties.extras,
        }
    }

    /// Where the task stands.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// The number of the crew whose workers may claim the task; 0 for none.
    pub(crate) fn home(&self) -> u32 {
        // ORDERING: Relaxed, who misses the number does not claim; the state word orders the rest.
        self.home.load(Ordering::Relaxed)
    }

    /// The task has come to the crew `home`; `true` if somebody waits for it who may not have seen that.
    #[must_use = "who sleeps for the task may have to run it now"]
    pub(crate) fn come_home(&self, home: u32) -> bool {
        // ORDERING: Relaxed, as in `home`.
        self.home.store(home, Ordering::Relaxed);
        self.state.is_awaited()
    }

    /// What the task has beside its closure and result, if anything.
    pub fn extras(&self) -> Option<&Extras> {
        self.extras.as_deref()
    }

    /// If the task fails, somebody has seen it, or will be told in another way: the end of its handle is no loss.
    pub fn failure_is_seen(&self) {
        // ORDERING: Relaxed, whoever drops the outcome comes after everybody who could look at it.
        self.is_failure_seen.store(true, Ordering::Relaxed);
    }

    /// The failure `exception` is about to be dropped.
    pub(crate) fn drops_failure(&self, exception: &Exception) {
        // ORDERING: Relaxed, as above.
        if !self.is_failure_seen.load(Ordering::Relaxed) {
            trace::failure_unseen(exception);
        }
    }

    pub(super) fn name(&self) -> Option<&Arc<str>> {
        self.extras()?.options().name.as_ref()
    }

    /// This thread has just moved the task out of Pending.
    #[must_use = "the span is to be ended"]
    pub(super) fn left_pending(&self) -> Option<TaskSpan> {
        self.extras()?.left_pending()
    }

    /// When the task is not begun any more, and its waits end.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.extras()?.options().deadline
    }

    /// Why the task is not begun any more.
    pub(super) fn lateness(&self) -> Option<Exception> {
        Deadline::At(self.deadline()?).has_passed().then(|| {
            let message = "the task's deadline passed before it began";
            Exception::of_kind(ExceptionKind::DeadlineExceeded, message)
        })
    }

    /// The exception of a task that was cancelled.
    pub(crate) fn cancelled(&self) -> Exception {
        self.sign(cancelled())
    }

    /// An exception of this task says so.
    pub(super) fn sign(&self, exception: Exception) -> Exception {
        match self.name() {
            Some(name) => exception.in_task(name),
            None => exception,
        }
    }

    /// The scope the task borrows from, if it does.
    pub(crate) fn scope(&self) -> Option<&Arc<ScopeState>> {
        self.scope.as_ref()
    }

    /// Whether it stands for the items of an eager map, which are counted instead.
    pub(crate) fn is_runner(&self) -> bool {
        self.is_runner
    }

    pub(crate) fn is_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        self.scope
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, scope))
    }

    /// Tells `sink` when the task is done; at once if it is.
    pub fn tell_sink(&self, sink: Arc<dyn Sink>, token: usize) {
        let refused = self.watchers.add(&self.state, Watcher::Sink(sink, token));
        if let Err(Watcher::Sink(sink, token)) = refused {
            tell(&*sink, token);
        }
    }

    /// Forgets a sink.
    pub fn forget_sink(&self, sink: &Arc<dyn Sink>) {
        self.watchers.remove_sink(sink);
    }

    /// Wakes the sleepers and tells the watchers. The state has been moved already. `first` is run
    /// once those who wait have been told, before callbacks and wakers: nobody waits for code of users. `before_user_code` is
    /// called before any such. Returns the task that continues this one, for the caller to run.
    pub(super) fn announce(
        &self,
        audience: Audience,
        completion: &Completion,
        first: impl FnOnce(),
        before_user_code: impl FnOnce(),
    ) -> Continuation {
        let others = self.tell_waits(audience);
        first();
        let others = others.filter(|others| !others.is_empty())?;
        before_user_code();
        others.tell(completion)
    }

    /// Wakes the sleepers and tells the sinks, and returns the other watchers. Runs no code of users.
    fn tell_waits(&self, audience: Audience) -> Option<Others> {
        if audience.sleeps {
            wait_queue::wake_up_to(self.state.key(), usize::MAX);
        }
        audience.watches.then(|| self.watchers.tell_sinks())
    }

    /// Cancels the task, if nobody has taken it yet, and tells those who wait. Runs no code of users: that is left to
    /// [`Steps::end_cancel`](super::Steps::end_cancel), which the current thread must call. Else whether it was cancelled before.
    pub(crate) fn begin_cancel(&self) -> Result<BegunCancel, bool> {
        match self.state.cancel() {
            Cancel::Done(audience) => Ok(BegunCancel(self.tell_waits(audience))),
            Cancel::Already => Err(true),
            Cancel::TooLate => Err(false),
        }
    }

    /// The last thing that is done with a task.
    pub(super) fn report_end(&self) {
        if let Some(scope) = &self.scope {
            scope.task_ended();
        }
    }
}

/// A task is cancelled, and these have to be told of it.
#[must_use = "its closure is still there"]
pub(crate) struct BegunCancel(Option<Others>);

impl BegunCancel {
    pub(super) fn tell_others(self) -> Continuation {
        self.0?.tell(&Completion::Cancelled)
    }
}

/// What ties a task to others.
#[derive(Default)]
pub(crate) struct Ties {
    pub(crate) home: u32,
    pub(crate) scope: Option<Arc<ScopeState>>,
    pub(crate) extras: Option<Box<Extras>>,
    pub(crate) is_runner: bool,
}

impl Ties {
    /// Only to its crew.
    pub(crate) fn of_crew(home: u32) -> Self {
        Self {
            home,
            ..Self::default()
        }
    }
}

/// The exception of a task that was cancelled.
pub(crate) fn cancelled() -> Exception {
    Exception::of_kind(ExceptionKind::Cancelled, "the task was cancelled")
}
