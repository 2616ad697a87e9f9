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

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::needs_drop;
use std::sync::Arc;

use pythreads_sync_primitives::sync::{AccessCheck, IS_MODEL};
use pythreads_sync_primitives::wait_queue::{self, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, Spin, check_interrupt};

use crate::contain::{contain, drop_contained, run_contained};
use crate::crew::{Worker, current, frames};
use crate::job::Job;
use crate::scope::ScopeState;
use crate::state::{Cancel, Phase, State};
use crate::watch::{self, Completion, Sink, Watcher, Watchers};

/// What all tasks have in common.
#[derive(Debug)]
pub struct Header {
    pub(crate) state: State,
    pub(crate) watchers: Watchers,
    /// The number of the crew whose workers may claim the task; 0 for none.
    home: usize,
    scope: Option<Arc<ScopeState>>,
}

impl Header {
    /// Where the task stands.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// The scope the task borrows from, if it does.
    pub(crate) fn scope(&self) -> Option<&Arc<ScopeState>> {
        self.scope.as_ref()
    }

    /// Tells `sink` when the task is done; at once if it is.
    pub fn tell_sink(&self, sink: &Arc<dyn Sink>, token: usize) {
        if let Err(Watcher::Sink(sink, token)) = self
            .watchers
            .add(&self.state, Watcher::Sink(Arc::clone(sink), token))
        {
            sink.completed(token);
        }
    }

    /// Forgets a sink.
    pub fn forget_sink(&self, sink: &Arc<dyn Sink>) {
        self.watchers.remove_sink(sink);
    }

    /// Sleeps until the task is done; `false` if the deadline passed first. An interruption point.
    fn sleep_until_done(&self, deadline: Deadline) -> bool {
        let spin = Spin::new();
        loop {
            if self.phase().is_done() {
                return true;
            }
            if deadline.has_passed() {
                return false;
            }
            if spin.pause() {
                continue;
            }
            let how = Wait::interruptible(WaitKind::Future, deadline);
            let end = wait_queue::wait(
                self.state.key(),
                how,
                || self.state.announce_waiting(),
                || (),
            );
            if end == WaitEnd::Interrupted {
                check_interrupt();
            }
        }
    }

    /// Wakes the sleepers and tells the watchers. The state has been moved already. `first` is run
    /// once those who wait have been told, before callbacks and wakers: nobody waits for code of users. `before_user_code` is
    /// called before any such.
    fn announce(
        &self,
        awaited: bool,
        completion: &Completion,
        first: impl FnOnce(),
        before_user_code: impl FnOnce(),
    ) {
        if awaited {
            wait_queue::wake_up_to(self.state.key(), usize::MAX);
        }
        let others = self.watchers.tell_sinks();
        first();
        if !others.is_empty() {
            before_user_code();
            watch::tell(others, completion);
        }
    }

    /// The last thing that is done with a task.
    fn report_end(&self) {
        if let Some(scope) = &self.scope {
            scope.task_ended();
        }
    }
}

/// A task, as workers and run queues see it.
pub trait Work: Send + Sync {
    /// What all tasks have in common.
    fn header(&self) -> &Header;

    /// Runs the task here and now, if nobody has taken it yet; `false` if somebody has. Never unwinds.
    fn run(&self) -> bool;

    /// As [`run`](Work::run), by a worker that has nothing else to do.
    fn run_by(&self, worker: &Worker<'_>) -> bool;

    /// Cancels the task, if nobody has taken it yet. `true` if it is cancelled, now or before. Never unwinds.
    fn cancel(&self) -> bool;

    /// Ends the task with `exception`, if nobody has taken it yet. Never unwinds.
    fn refuse(&self, exception: Exception);

    /// Ends the task with `exception` although the current thread is in the middle of it, since it will not go on. The scope
    /// of a borrowing task does not end: the closure still holds what it borrows. Never unwinds.
    fn abandon(&self, exception: &Exception);

    /// What a worker that waits for the task can do about it, on top of its own frames: runs the task, or the parts it is
    /// put together from, if nobody has taken them yet. Never unwinds.
    fn help(&self);
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

/// The parts of a task that has none, in no bytes.
pub(crate) type NoParts = [Arc<dyn Work>; 0];

/// The one allocation.
pub(crate) struct Node<F, T, P = NoParts> {
    header: Header,
    /// The tasks whose results this one puts together. Who ends the last of them runs it.
    parts: P,
    stage: UnsafeCell<Stage<F, T>>,
    /// Of the stage.
    access: AccessCheck,
}

// SAFETY: the stage moves closure and outcome from thread to thread, for which `Send` suffices, and only as the table
// in the module's header says. `&T` is lent by `peek` alone, to the one handle, which is `Sync` only if `T` is.
unsafe impl<F: Send, T: Send, P: Sync> Sync for Node<F, T, P> {}

impl<F, T, P> Node<F, T, P>
where
    F: Job<T>,
    T: Send,
{
    pub(crate) fn new(task: F, home: usize, scope: Option<Arc<ScopeState>>, parts: P) -> Arc<Self> {
        let header = Header {
            state: State::new(),
            watchers: Watchers::default(),
            home,
            scope,
        };
        Arc::new(Self {
            header,
            parts,
            stage: UnsafeCell::new(Stage::Closure(task)),
            access: AccessCheck::new(),
        })
    }

    /// There is no handle, and will be none.
    pub(crate) fn disown(&self) {
        let phase = self.header.state.orphan();
        debug_assert_eq!(phase, Phase::Pending, "nobody has seen the task yet");
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

    /// Ends a task that this thread has claimed and whose closure it has taken.
    fn complete(&self, outcome: Result<T, Exception>, worker: Option<&Worker<'_>>) {
        if self.header.phase() == Phase::Running {
            self.settle(outcome, worker);
            return self.header.report_end();
        }
        // The task was abandoned, and the thread has come back to it nevertheless.
        drop_contained(outcome);
        if let Some(scope) = &self.header.scope {
            scope.abandoned_task_ended();
        }
    }

    /// Stores the outcome and tells everybody but the scope.
    fn settle(&self, outcome: Result<T, Exception>, worker: Option<&Worker<'_>>) {
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
                if failed || needs_drop::<T>() {
                    user_code_follows();
                }
                // SAFETY: the handle went before the task was completed (state invariant 3), so the stage is still ours.
                drop_contained(unsafe { self.empty() });
            }
        };
        // If a callback is among the watchers, `completion` is how the task ended (state invariant 4).
        self.header.announce(
            completed.awaited,
            &completion,
            drop_orphan,
            user_code_follows,
        );
    }

    fn run_for(&self, worker: Option<&Worker<'_>>) -> bool
    where
        P: AsRef<[Arc<dyn Work>]> + Send + Sync,
    {
        if !self.header.state.claim() {
            return false;
        }
        // SAFETY: this thread has claimed the task, so the stage belongs to it.
        if let Some(job) = unsafe { self.take_closure() } {
            let outcome = frames::run_in(self, || contain(|| job.run())).flatten();
            self.complete(outcome, worker);
        }
        true
    }
}

impl<F, T, P> Work for Node<F, T, P>
where
    F: Job<T>,
    T: Send,
    P: AsRef<[Arc<dyn Work>]> + Send + Sync,
{
    fn header(&self) -> &Header {
        &self.header
    }

    fn run(&self) -> bool {
        self.run_for(None)
    }

    fn run_by(&self, worker: &Worker<'_>) -> bool {
        self.run_for(Some(worker))
    }

    fn cancel(&self) -> bool {
        match self.header.state.cancel() {
            Cancel::TooLate => false,
            Cancel::Already => true,
            Cancel::Done { awaited } => {
                // SAFETY: this thread has cancelled the task, so the stage belongs to it.
                let job = unsafe { self.take_closure() };
                let drop_job = || run_contained(|| job.into_iter().for_each(Job::cancel));
                self.header
                    .announce(awaited, &Completion::Cancelled, drop_job, || ());
                self.header.report_end();
                true
            }
        }
    }

    fn refuse(&self, exception: Exception) {
        if self.header.state.claim() {
            // SAFETY: this thread has claimed the task, so the stage belongs to it.
            let job = unsafe { self.take_closure() };
            run_contained(|| job.into_iter().for_each(|job| job.refuse(&exception)));
            self.complete(Err(exception), None);
        }
    }

    fn abandon(&self, exception: &Exception) {
        if self.header.phase() != Phase::Running {
            return;
        }
        self.settle(Err(exception.clone()), None);
        if let Some(scope) = &self.header.scope {
            scope.task_abandoned();
        }
    }

    fn help(&self) {
        let parts = self.parts.as_ref();
        if parts.is_empty() {
            run_on_this_stack(self);
        }
        for part in parts {
            run_on_this_stack(&**part);
        }
    }
}

impl<F, T, P> Outcome<T> for Node<F, T, P>
where
    F: Job<T>,
    T: Send,
    P: AsRef<[Arc<dyn Work>]> + Send + Sync,
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

impl<F, T, P> fmt::Debug for Node<F, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

/// Waits until the task is done; `false` if the deadline passed first.
///
/// A worker of the task's own crew that waits without a deadline runs the task itself, if nobody has taken it yet. So
/// tasks may wait for tasks of their own pool, at any depth and with any number of workers.
pub(crate) fn wait(work: &(impl Work + ?Sized), deadline: Deadline) -> bool {
    let header = work.header();
    if header.phase().is_done() {
        return true;
    }
    if deadline == Deadline::Never && current::may_claim(header.home) {
        work.help();
    }
    header.sleep_until_done(deadline)
}

/// Runs a claimed task on top of the caller's frames, with as much stack as it needs.
pub(crate) fn run_on_this_stack(work: &(impl Work + ?Sized)) {
    const ENOUGH: usize = 128 * 1024;
    const MORE: usize = 1024 * 1024;
    if IS_MODEL {
        // A thread of a model runs on a stack that is the checker's.
        work.run();
    } else if let Err(no_memory) = contain(|| stacker::maybe_grow(ENOUGH, MORE, || work.run())) {
        work.refuse(no_memory);
    }
}

/// A worker that waits for all of several tasks of its own crew runs this one, if nobody has taken it yet.
pub fn claim(work: &dyn Work) {
    if current::may_claim(work.header().home) {
        work.help();
    }
}

/// The exception of a task that was cancelled.
pub(crate) fn cancelled() -> Exception {
    Exception::of_kind(ExceptionKind::Cancelled, "the task was cancelled")
}
