//! Tasks that borrow from the caller's stack.
//!
//! # Invariants
//!
//! 1. `unfinished` counts the tasks of the scope whose closure or unowned result may still exist. A task is counted
//!    before anybody can see it, and reports its end as the last thing it does with its node (node invariant 2).
//!    `abandoned` counts those of them whose threads end the program, or stay asleep because of that, in their midst.
//! 2. [`scope`] returns, or unwinds, only after `unfinished` is 0. The wait for it has no deadline and is shielded, so
//!    nothing but the end of the tasks ends it. When only abandoned tasks are left, it will not end: the thread that waits
//!    is lost, too, and the program does not wait for it.
//!
//! # Lock order
//!
//! The state's mutex is taken alone.

#![expect(
    unsafe_code,
    reason = "a run queue holds tasks without a lifetime; the scope gives them one by waiting"
)]

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception};

use crate::contain::drop_contained;
use crate::crew::source::Source;
use crate::crew::{Crew, lose_current_thread};
use crate::deadlock::{Awaited, Fails, Followed};
use crate::eager_map::{EagerMap, Results, Run, Runner};
use crate::extras::Extras;
use crate::handle::{Handle, borrowing_task, unwatched_borrowing_task};
use crate::node::{Outcome, Ties, Work};

/// What the tasks of one scope share.
#[derive(Debug, Default)]
pub(crate) struct ScopeState {
    progress: Mutex<Progress>,
    /// Maps that borrow from the scope.
    sources: Sources,
    /// Announces that `unfinished` fell to 0 or to `abandoned`. Guarded by `progress`; signalled by the task with which it
    /// did, to all (there is one).
    settled: Signal,
}

#[derive(Default)]
struct Sources(Mutex<Vec<Weak<dyn Source>>>);

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources(..)")
    }
}

#[derive(Debug, Default)]
struct Progress {
    unfinished: usize,
    abandoned: usize,
    /// The first failure of a task that nobody looks at.
    failure: Option<Exception>,
}

impl ScopeState {
    pub(crate) fn task_created(&self) {
        self.progress.lock().unfinished += 1;
    }

    pub(crate) fn task_ended(&self) {
        self.report(|progress| progress.unfinished -= 1);
    }

    /// The task's thread will not go on with it; what it borrows stays borrowed.
    pub(crate) fn task_abandoned(&self) {
        self.report(|progress| progress.abandoned += 1);
    }

    /// The thread of an abandoned task has come back to it nevertheless, and it has ended.
    pub(crate) fn abandoned_task_ended(&self) {
        self.report(|progress| {
            progress.abandoned -= 1;
            progress.unfinished -= 1;
        });
    }

    fn report(&self, change: impl FnOnce(&mut Progress)) {
        let settled = {
            let mut progress = self.progress.lock();
            change(&mut progress);
            progress.unfinished == progress.abandoned
        };
        if settled {
            self.settled.notify_all();
        }
    }

    /// Remembers the first failure that nobody looks at.
    pub(crate) fn fail(&self, exception: Exception) {
        let surplus = {
            let mut progress = self.progress.lock();
            match &progress.failure {
                Some(_) => Some(exception),
                None => progress.failure.replace(exception),
            }
        };
        drop(surplus);
    }

    pub(crate) fn add_source(&self, source: &Arc<dyn Source>) {
        self.sources.0.lock().push(Arc::downgrade(source));
    }

    /// Cancels what the scope's maps have not started.
    pub(crate) fn cancel_sources(&self) {
        let sources = self.sources.0.lock().clone();
        for source in sources.iter().filter_map(Weak::upgrade) {
            source.cancel_pending();
            drop_contained(source);
        }
    }

    /// Waits until all tasks have ended. A worker of the crew runs those that nobody has taken, when nobody else can.
    fn wait(self: &Arc<Self>, crew: &Arc<Crew>) {
        let how = Wait::shielded(WaitKind::Pool, Deadline::Never);
        let mut followed = Followed::new(Deadline::Never, Fails::Never);
        let mut is_lost = false;
        let mut progress = self.progress.lock();
        while progress.unfinished > 0 {
            if progress.unfinished == progress.abandoned && !is_lost {
                is_lost = true;
                drop(progress);
                followed.stop();
                lose_current_thread();
                progress = self.progress.lock();
            } else if followed.has_to_look() && !is_lost {
                drop(progress);
                followed.look(|| Awaited::ScopeEnd(Arc::clone(self), Arc::clone(crew)));
                progress = self.progress.lock();
            } else if followed.is_told() {
                drop(progress);
                followed.stop();
                crew.help_scope(self);
                progress = self.progress.lock();
            } else {
                progress = self.settled.wait(progress, how).0;
            }
        }
    }

    /// Whether nobody is left to wait for.
    pub(crate) fn is_settled(&self) -> bool {
        let progress = self.progress.lock();
        progress.unfinished == progress.abandoned
    }

    /// Wakes who waits for the end, after `tell` under the lock.
    pub(crate) fn tell(&self, tell: impl FnOnce()) {
        {
            let _progress = self.progress.lock();
            tell();
        }
        self.settled.notify_all();
    }

    fn take_failure(&self) -> Option<Exception> {
        self.progress.lock().failure.take()
    }
}

/// Hands tasks that borrow to a crew, and waits for all of them before it ends.
pub struct Scope<'scope, 'env: 'scope> {
    crew: &'env Arc<Crew>,
    state: Arc<ScopeState>,
    /// `'scope` must be neither shrunk nor grown by variance.
    lifetime: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `f` with a scope whose tasks may borrow from outside it; all of them have ended when this returns. It does not
/// return if one of them ends the program.
///
/// # Panics
///
/// With the panic of `f`, or with the first failure of an [executed](Scope::execute) task.
pub fn scope<'env, R>(
    crew: &'env Arc<Crew>,
    f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
) -> R {
    let scope = Scope {
        crew,
        state: Arc::default(),
        lifetime: PhantomData,
        env: PhantomData,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    if outcome.is_err() {
        crew.cancel_of_scope(&scope.state);
    }
    crew.help_scope(&scope.state);
    scope.state.wait(crew);
    match (outcome, scope.state.take_failure()) {
        (Err(payload), _) => resume_unwind(payload),
        (Ok(_), Some(failure)) => failure.resume(),
        (Ok(value), None) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Hands over a task; its outcome can be had from the handle.
    pub fn submit<T, F>(&'scope self, task: F) -> Handle<T>
    where
        T: Send + 'scope,
        F: FnOnce() -> Result<T, Exception> + Send + 'scope,
    {
        let (work, handle) = self.task(task, self.crew.admit(None));
        self.crew.submit(work);
        handle
    }

    /// Hands over several tasks at once: the crew takes all of them, or refuses each.
    pub fn submit_all<T, F>(&'scope self, tasks: Vec<F>) -> Vec<Handle<T>>
    where
        T: Send + 'scope,
        F: FnOnce() -> Result<T, Exception> + Send + 'scope,
    {
        // Nothing here can panic, so each task that is created is handed over.
        let tasks = tasks.into_iter().map(|task| self.task(task, None));
        let (works, handles) = tasks.unzip();
        self.crew.submit_all(works);
        handles
    }

    /// A new task, which the caller must hand over.
    fn task<T, F>(&'scope self, task: F, extras: Option<Box<Extras>>) -> (Arc<dyn Work>, Handle<T>)
    where
        T: Send + 'scope,
        F: FnOnce() -> Result<T, Exception> + Send + 'scope,
    {
        self.state.task_created();
        let (work, outcome) = borrowing_task(task, self.ties(extras), Arc::clone(&self.state));
        // SAFETY: the result, a `T`, is reached through a `Handle<T>` alone, which cannot be used, nor dropped, after what
        // `T` borrows is gone. The closure is reached as through `work`, below.
        let outcome = unsafe {
            std::mem::transmute::<Arc<dyn Outcome<T> + 'scope>, Arc<dyn Outcome<T>>>(outcome)
        };
        (Self::for_the_queue(work), Handle::of_node(outcome))
    }

    /// Hands over a task that nobody waits for; its panic, refusal or cancellation leaves [`scope`].
    pub fn execute(&'scope self, task: impl FnOnce() + Send + 'scope) {
        let extras = self.crew.admit(None);
        self.state.task_created();
        let work = unwatched_borrowing_task(task, self.ties(extras), Arc::clone(&self.state));
        self.crew.submit(Self::for_the_queue(work));
    }

    /// Takes all inputs and hands them over to the crew, which calls `f` with each.
    ///
    /// # Panics
    ///
    /// With the panic of the inputs; those that came before are run.
    pub fn map<I, R, F>(&'scope self, inputs: impl IntoIterator<Item = I>, f: F) -> EagerMap<R>
    where
        I: Send + 'scope,
        R: Send + 'scope,
        F: Fn(I) -> Result<R, Exception> + Send + Sync + 'scope,
    {
        let new_runner = |run: &Arc<Run<I, R, F>>| Self::for_the_queue(Runner::task(run));
        let as_source = |run: &Arc<Run<I, R, F>>| {
            let source: Arc<dyn Source + 'scope> = Arc::clone(run) as _;
            // SAFETY: only the lifetime changes. Through this pointer nobody reaches an input or the function after the run
            // has reported its end (its invariant 3), and `scope` does not return before that. Outcomes are reached by who
            // ends an input, so before that as well, and by the map.
            unsafe { std::mem::transmute::<Arc<dyn Source + 'scope>, Arc<dyn Source>>(source) }
        };
        let run = Run::new(
            self.crew,
            f,
            Some(Arc::clone(&self.state)),
            new_runner,
            as_source,
        );
        let results: Arc<dyn Results<R> + 'scope> = Arc::clone(&run) as _;
        // SAFETY: only the lifetime changes. An outcome, an `R`, is handed out by an `EagerMap<R>` alone, which cannot be
        // used, nor dropped, after what `R` borrows is gone. Inputs and function are reached as above.
        let results = unsafe {
            std::mem::transmute::<Arc<dyn Results<R> + 'scope>, Arc<dyn Results<R>>>(results)
        };
        EagerMap::start(results, &run, inputs)
    }

    /// Whether [`map`](Self::map) can be told from a task for each input in nothing but its cost.
    pub fn shares_maps(&self) -> bool {
        self.crew.shares_maps()
    }

    fn ties(&self, extras: Option<Box<Extras>>) -> Ties {
        Ties {
            home: self.crew.id(),
            extras,
            ..Ties::default()
        }
    }

    /// The task as the run queue holds it.
    fn for_the_queue(work: Arc<dyn Work + 'scope>) -> Arc<dyn Work> {
        // SAFETY: only the lifetime changes. Through the run queue's pointer nobody reaches the closure or the result
        // after the task has reported its end (node invariant 2), and `scope` does not return before that (invariant 2),
        // while all that is borrowed for `'scope` outlives the call of `scope`.
        unsafe { std::mem::transmute::<Arc<dyn Work + 'scope>, Arc<dyn Work>>(work) }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
