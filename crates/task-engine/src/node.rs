//! A task: closure, state, result and watchers in one allocation.
//!
//! # Who may touch what
//!
//! The stage (closure or outcome) is an unsynchronised cell. It belongs, in turn, to
//!
//! | while the phase is | the stage belongs to                                                        |
//! |--------------------|-----------------------------------------------------------------------------|
//! | Pending            | nobody: it holds the closure                                                |
//! | Running            | the thread that claimed the task                                            |
//! | Cancelled          | the thread that cancelled it, which empties it                              |
//! | Finished, Failed   | the [`Handle`](crate::handle::Handle), or, if that is gone ("orphaned"), the later of the thread that completed the task and the one that dropped the handle |
//!
//! # Invariants
//!
//! 1. The stage is written and read as the table says, and `State` lets one thread through each door.
//! 2. When the node of a *borrowing* task is reported to its scope as ended, its stage holds no closure, and no result
//!    but one that its handle owns. Nobody else reaches into the stage afterwards: what is left is an empty shell. A task
//!    that is *abandoned* (its thread ends the program in its midst) fails at once for its handle, but its closure is on that
//!    thread's stack still: to its scope it is reported as ended only if the thread comes back.
//! 3. User code (closure, destructors, callbacks) runs with no lock of ours held, and its panic stays inside.

#![expect(
    unsafe_code,
    reason = "the stage is one cell that several threads own in turn; the state word says who"
)]

mod header;
mod wait;

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::needs_drop;
use std::sync::Arc;

use pythreads_sync_primitives::sync::{AccessCheck, IS_MODEL};
use pythreads_sync_primitives::{Exception, thread_record};

pub use self::header::Header;
pub(crate) use self::header::{BegunCancel, Ties, cancelled};
pub(crate) use self::wait::wait;
use crate::contain::{contain, drop_contained, run_contained};
use crate::crew::{Crew, Worker, current, frames};
use crate::interrupt;
use crate::job::Job;
use crate::state::Phase;
use crate::trace::TaskSpan;
use crate::watch::Completion;

/// The task that continues one that has just ended. Whoever ended that one runs it, after everything else.
pub(crate) type Continuation = Option<Arc<dyn Work>>;

/// What is done to a task, one step at a time, so that a chain of tasks that continue each other ends in a loop. None of
/// the steps unwinds.
pub(crate) trait Steps {
    /// Runs the task, if nobody has taken it yet; `None` if somebody has.
    fn run_step(&self, worker: Option<&Worker<'_>>) -> Option<Continuation>;

    /// Cancels the task, if nobody has taken it yet. `true` if it is cancelled, now or before.
    fn cancel_step(&self) -> (bool, Continuation);

    /// What is left of a cancel that the current thread has begun by this task's header. The code of users runs here.
    fn end_cancel(&self, begun: BegunCancel) -> Continuation;

    /// Ends the task with `exception`, if nobody has taken it yet.
    fn refuse_step(&self, exception: Exception) -> Continuation;

    /// Ends the task with `exception` although the current thread is in the middle of it, since it will not go on. The scope
    /// of a borrowing task does not end: the closure still holds what it borrows.
    fn abandon_step(&self, exception: &Exception) -> Continuation;

    /// Leaves `exception` to be delivered in the midst of the task; `false` if no thread is in its midst. What is not needed
    /// comes back, to be dropped.
    fn interrupt_step(&self, exception: Exception) -> (bool, Option<Exception>);

    /// What a worker that waits for the task can do about it, on top of its own frames: runs the task, or those it depends
    /// on, if nobody has taken them yet.
    fn help(&self);

    /// The task from whose end this one follows, if it continues another one.
    fn origin(&self) -> Option<&Arc<dyn Work>>;

    /// The tasks that have to end before this one can be run. If there are any, it stands in no run queue.
    fn needs(&self) -> &[Arc<dyn Work>];
}

/// A task, as workers and run queues see it.
#[expect(private_bounds, reason = "the steps are the engine's own")]
pub trait Work: Steps + Send + Sync {
    /// What all tasks have in common.
    fn header(&self) -> &Header;
}

impl dyn Work + '_ {
    /// Runs the task here and now, if nobody has taken it yet; `false` if somebody has. Never unwinds.
    pub fn run(&self) -> bool {
        self.run_for(None)
    }

    /// As [`run`](Self::run), by a worker that has nothing else to do.
    pub(crate) fn run_by(&self, worker: &Worker<'_>) -> bool {
        self.run_for(Some(worker))
    }

    fn run_for(&self, worker: Option<&Worker<'_>>) -> bool {
        let Some(next) = self.run_step(worker) else {
            return false;
        };
        go_on(next, worker);
        true
    }

    /// Cancels the task, if nobody has taken it yet. `true` if it is cancelled, now or before. Never unwinds.
    pub fn cancel(&self) -> bool {
        let (is_cancelled, next) = self.cancel_step();
        go_on(next, None);
        is_cancelled
    }

    /// The rest of a cancel that the current thread has begun by this task's header. Never unwinds.
    pub(crate) fn cancel_rest(&self, begun: BegunCancel) {
        go_on(self.end_cancel(begun), None);
    }

    /// Ends the task with `exception`, if nobody has taken it yet. Never unwinds.
    pub fn refuse(&self, exception: Exception) {
        go_on(self.refuse_step(exception), None);
    }

    /// Raises `exception` in the midst of the task, if it runs: see [`crate::interrupt`]. Never unwinds.
    pub fn interrupt(&self, exception: Exception) -> bool {
        interrupt::interrupt(self, exception)
    }

    /// Ends the task with `exception` although the current thread is in the middle of it. Never unwinds.
    pub(crate) fn abandon(&self, exception: &Exception) {
        go_on(self.abandon_step(exception), None);
    }
}

/// The current thread is in the middle of a task with a name, until this is dropped.
struct NamedTask {
    before: Option<Arc<str>>,
}

impl NamedTask {
    fn begin(name: &Arc<str>) -> Self {
        let name = Some(Arc::clone(name));
        Self {
            before: thread_record::current().set_task_name(name),
        }
    }
}

impl Drop for NamedTask {
    fn drop(&mut self) {
        thread_record::current().set_task_name(self.before.take());
    }
}

fn in_span<R>(span: Option<&TaskSpan>, f: impl FnOnce() -> R) -> R {
    match span {
        None => f(),
        Some(span) => span.run(f),
    }
}

/// Runs a chain of tasks that continue each other, each in its turn and none inside another.
pub(crate) fn go_on(mut next: Continuation, worker: Option<&Worker<'_>>) {
    while let Some(work) = next {
        next = work.run_step(worker).flatten();
    }
}

/// A task with a result of type `T`, as the owner of the result sees it.
pub trait Outcome<T>: Work {
    /// Takes the outcome out, if there is one left.
    ///
    /// # Safety
    ///
    /// The caller is the one to whom the stage belongs (see the [module](self)): the phase is Finished or Failed, and it
    /// is the task's handle, or acts for a handle that is gone.
    unsafe fn take(&self) -> Option<Result<T, Exception>>;

    /// Looks at the outcome.
    ///
    /// # Safety
    ///
    /// As for [`take`](Outcome::take), and `take` has not been called nor will be while the reference lives.
    unsafe fn peek(&self) -> Option<&Result<T, Exception>>;
}

enum Stage<F, T> {
    Closure(F),
    Outcome(Result<T, Exception>),
    Empty,
}

/// What a task depends on.
pub(crate) trait Needs: Send + Sync {
    /// See [`Steps::help`]; `work` is the task itself.
    fn help(&self, work: &dyn Work);

    /// See [`Steps::origin`].
    fn origin(&self) -> Option<&Arc<dyn Work>> {
        None
    }

    /// See [`Steps::needs`].
    fn tasks(&self) -> &[Arc<dyn Work>] {
        &[]
    }
}

/// On nothing: it can be run as soon as somebody has time.
pub(crate) struct Nothing;

impl Needs for Nothing {
    fn help(&self, work: &dyn Work) {
        if current::may_claim(work.header().home()) {
            run_on_this_stack(work);
        }
    }
}

/// On the tasks whose results it puts together. Who ends the last of them runs it.
pub(crate) struct Parts(pub(crate) Vec<Arc<dyn Work>>);

impl Needs for Parts {
    fn help(&self, work: &dyn Work) {
        if !current::may_claim(work.header().home()) {
            return;
        }
        if self.0.is_empty() {
            run_on_this_stack(work);
        }
        for part in &self.0 {
            run_on_this_stack(&**part);
        }
    }

    fn tasks(&self) -> &[Arc<dyn Work>] {
        &self.0
    }
}

/// On the task that it continues, or rather on the first one of the whole chain: it is all that a waiter can run, and all
/// that is kept of the chain. Who ends the one before runs this one.
pub(crate) struct Origin(pub(crate) Arc<dyn Work>);

impl Needs for Origin {
    fn help(&self, _work: &dyn Work) {
        self.0.help();
    }

    fn origin(&self) -> Option<&Arc<dyn Work>> {
        Some(&self.0)
    }

    fn tasks(&self) -> &[Arc<dyn Work>] {
        std::slice::from_ref(&self.0)
    }
}

/// The one allocation.
pub(crate) struct Node<F, T, N = Nothing> {
    header: Header,
    needs: N,
    stage: UnsafeCell<Stage<F, T>>,
    /// Of the stage.
    access: AccessCheck,
}

// SAFETY: the stage moves closure and outcome from thread to thread, for which `Send` suffices, and only as the table
// in the module's header says. `&T` is lent by `peek` alone, to the one handle, which is `Sync` only if `T` is.
unsafe impl<F: Send, T: Send, N: Sync> Sync for Node<F, T, N> {}

impl<F, T, N> Node<F, T, N>
where
    F: Job<T>,
    T: Send,
{
    pub(crate) fn new(task: F, ties: Ties, needs: N) -> Arc<Self> {
        Arc::new(Self {
            header: Header::new(ties),
            needs,
            stage: UnsafeCell::new(Stage::Closure(task)),
            access: AccessCheck::new(),
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        self.header.phase()
    }

    /// There is no handle, and will be none.
    pub(crate) fn disown(&self) {
        let phase = self.header.state.orphan();
        debug_assert_eq!(phase, Phase::Pending, "nobody has seen the task yet");
        self.header.failure_is_seen();
    }

    /// Empties the stage.
    ///
    /// # Safety
    ///
    /// The stage belongs to the caller.
    unsafe fn empty(&self) -> Stage<F, T> {
        self.access.write();
        let stage = self.stage.get();
        // SAFETY: the caller owns the stage, so nobody else reads or writes it meanwhile.
        unsafe { stage.replace(Stage::Empty) }
    }

    /// Takes the closure out of a task that this thread has just claimed or cancelled.
    ///
    /// # Safety
    ///
    /// As for [`empty`](Self::empty).
    unsafe fn take_closure(&self) -> Option<F> {
        // SAFETY: passed on to the caller.
        match unsafe { self.empty() } {
            Stage::Closure(task) => Some(task),
            Stage::Outcome(_) | Stage::Empty => None,
        }
    }

    /// Looks at the outcome.
    ///
    /// # Safety
    ///
    /// The stage belongs to the caller, who does not write it while the reference lives.
    unsafe fn look(&self) -> Option<&Result<T, Exception>> {
        self.access.read();
        let stage = self.stage.get();
        // SAFETY: the caller owns the stage.
        match unsafe { &*stage } {
            Stage::Outcome(outcome) => Some(outcome),
            Stage::Closure(_) | Stage::Empty => None,
        }
    }

    /// Runs the job of a task that this thread has claimed.
    fn run_with_extras(&self, job: F) -> Result<T, Exception>
    where
        N: Needs,
    {
        let span = self.header.left_pending();
        let _named = self.header.name().map(NamedTask::begin);
        let outcome = match self.header.lateness() {
            None => {
                frames::run_in(self, || in_span(span.as_ref(), || contain(|| job.run()))).flatten()
            }
            Some(late) => {
                run_contained(|| job.refuse(&late));
                Err(late)
            }
        };
        if let Some(span) = span {
            span.end(outcome.as_ref().map(drop));
        }
        outcome
    }

    /// Ends a task that this thread has claimed and whose closure it has taken.
    pub(crate) fn complete(
        &self,
        outcome: Result<T, Exception>,
        worker: Option<&Worker<'_>>,
    ) -> Continuation {
        if self.header.phase() == Phase::Running {
            let next = self.settle(outcome, worker);
            self.header.report_end();
            return next;
        }
        // The task was abandoned, and the thread has come back to it nevertheless.
        drop_contained(outcome);
        if let Some(scope) = self.header.scope() {
            scope.abandoned_task_ended();
        }
        None
    }

    /// Stores the outcome and tells everybody but the scope.
    fn settle(&self, outcome: Result<T, Exception>, worker: Option<&Worker<'_>>) -> Continuation {
        let mut outcome = outcome;
        if self.header.name().is_some() {
            outcome = outcome.map_err(|exception| self.header.sign(exception));
        }
        let user_code_follows = || worker.into_iter().for_each(Worker::user_code_follows);
        let failed = outcome.is_err();
        let mut completion = Completion::Finished;
        self.access.write();
        let stage = self.stage.get();
        // SAFETY: this thread has claimed the task, so the stage is its own until `complete`; it is empty, so no
        // destructor runs here.
        unsafe { stage.write(Stage::Outcome(outcome)) };
        worker.into_iter().for_each(Worker::task_ends);
        let completed = self.header.state.complete(failed, || {
            // SAFETY: as above, the state has not been moved yet.
            if let Some(outcome) = unsafe { self.look() } {
                completion = Completion::of(outcome);
            }
        });
        let drop_orphan = || {
            if completed.orphaned {
                // SAFETY: the handle went before the task was completed (state invariant 3), so the stage is still ours.
                let unwanted = unsafe { self.empty() };
                if let Stage::Outcome(Err(exception)) = &unwanted
                    && !matches!(completion, Completion::Failed(_))
                {
                    self.header.drops_failure(exception);
                }
                if failed || needs_drop::<T>() {
                    user_code_follows();
                    drop_contained(unwanted);
                }
            }
        };
        // If a callback is among the watchers, `completion` is how the task ended (state invariant 4).
        let next = self.header.announce(
            completed.audience,
            &completion,
            drop_orphan,
            user_code_follows,
        );
        if let Completion::Failed(exception) = completion {
            // Perhaps the last one that holds it, if the handle is gone.
            drop_contained(exception);
        }
        next
    }

    /// Claims a task that is not run but ended from outside, and empties it.
    pub(crate) fn claim_to_end(&self) -> bool {
        let claimed = self.header.state.claim();
        if claimed {
            // SAFETY: this thread has claimed the task, so the stage belongs to it.
            let job = unsafe { self.take_closure() };
            drop_contained(job);
        }
        claimed
    }
}

impl<F, T, N> Steps for Node<F, T, N>
where
    F: Job<T>,
    T: Send,
    N: Needs,
{
    fn run_step(&self, worker: Option<&Worker<'_>>) -> Option<Continuation> {
        if !self.header.state.claim() {
            return None;
        }
        // SAFETY: this thread has claimed the task, so the stage belongs to it.
        let job = unsafe { self.take_closure() }?;
        let outcome = match self.header.extras() {
            None => frames::run_in(self, || contain(|| job.run())).flatten(),
            Some(_) => self.run_with_extras(job),
        };
        Some(self.complete(outcome, worker))
    }

    fn cancel_step(&self) -> (bool, Continuation) {
        match self.header.begin_cancel() {
            Ok(begun) => (true, self.end_cancel(begun)),
            Err(is_cancelled) => (is_cancelled, None),
        }
    }

    fn end_cancel(&self, begun: BegunCancel) -> Continuation {
        if let Some(span) = self.header.left_pending() {
            span.end(Err(&cancelled()));
        }
        // SAFETY: this thread has cancelled the task, so the stage belongs to it.
        let job = unsafe { self.take_closure() };
        run_contained(|| job.into_iter().for_each(Job::cancel));
        let next = begun.tell_others();
        self.header.report_end();
        next
    }

    fn refuse_step(&self, exception: Exception) -> Continuation {
        if !self.header.state.claim() {
            return None;
        }
        if let Some(span) = self.header.left_pending() {
            span.end(Err(&exception));
        }
        // SAFETY: this thread has claimed the task, so the stage belongs to it.
        let job = unsafe { self.take_closure() };
        run_contained(|| job.into_iter().for_each(|job| job.refuse(&exception)));
        self.complete(Err(exception), None)
    }

    fn abandon_step(&self, exception: &Exception) -> Continuation {
        if self.header.phase() != Phase::Running {
            return None;
        }
        let next = self.settle(Err(exception.clone()), None);
        if let Some(scope) = self.header.scope() {
            scope.task_abandoned();
        }
        next
    }

    fn interrupt_step(&self, exception: Exception) -> (bool, Option<Exception>) {
        if !F::HAS_THREAD {
            return (false, Some(exception));
        }
        let header = &self.header;
        header.watchers.interrupt(&header.state, exception)
    }

    fn needs(&self) -> &[Arc<dyn Work>] {
        self.needs.tasks()
    }

    fn help(&self) {
        self.needs.help(self);
    }

    fn origin(&self) -> Option<&Arc<dyn Work>> {
        self.needs.origin()
    }
}

impl<F, T, N> Work for Node<F, T, N>
where
    F: Job<T>,
    T: Send,
    N: Needs,
{
    fn header(&self) -> &Header {
        &self.header
    }
}

impl<F, T, N> Outcome<T> for Node<F, T, N>
where
    F: Job<T>,
    T: Send,
    N: Needs,
{
    unsafe fn take(&self) -> Option<Result<T, Exception>> {
        // SAFETY: the caller owns the stage.
        match unsafe { self.empty() } {
            Stage::Outcome(outcome) => Some(outcome),
            Stage::Closure(_) | Stage::Empty => None,
        }
    }

    unsafe fn peek(&self) -> Option<&Result<T, Exception>> {
        // SAFETY: passed on to the caller.
        unsafe { self.look() }
    }
}

impl<F, T, N> fmt::Debug for Node<F, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Runs a claimed task on top of the caller's frames, with as much stack as it needs.
pub(crate) fn run_on_this_stack(work: &dyn Work) {
    Crew::take_newest(work);
    if let Err(no_memory) = contain(|| with_enough_stack(|| work.run())) {
        work.refuse(no_memory);
    }
}

/// Runs `f` on top of the caller's frames, with as much stack as a task needs. Panics if there is no memory for it.
pub(crate) fn with_enough_stack<R>(f: impl FnOnce() -> R) -> R {
    const ENOUGH: usize = 128 * 1024;
    const MORE: usize = 1024 * 1024;
    if IS_MODEL {
        // A thread of a model runs on a stack that is the checker's.
        return f();
    }
    stacker::maybe_grow(ENOUGH, MORE, f)
}

/// A worker that waits for all of several tasks of its own crew runs this one, if nobody has taken it yet.
pub fn claim(work: &dyn Work) {
    work.help();
}

#[cfg(test)]
mod tests;
