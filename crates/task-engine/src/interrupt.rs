//! Raising an exception in the midst of a running task.
//!
//! An interrupt is meant for one task, never for the thread that runs it. It leaves a public verb of the task's own code that
//! would have slept, or `check_interrupt`, by unwinding, and the task ends with it. So a task that never waits is not
//! interrupted. There are three kinds:
//!
//! | | stands | is taken by |
//! |---|---|---|
//! | an exception for one task | among the watchers of its node | the thread that runs it; its end |
//! | all that a worker is in the middle of | in the worker's *era*: what began in an older one is interrupted | what takes it belongs to the present era from then on; its end |
//! | the task's deadline | in its options | the first wait that it ends |
//!
//! # Invariants
//!
//! 1. An interrupt is delivered only while the frame of its task is on top of its thread's stack (`frames`). In a task that
//!    this one waits for and runs on top of itself, and in what belongs to no task (callbacks, wakers, destructors of what was
//!    handed over), it is held back; it is found by the next wait after that.
//! 2. Only the thread that runs the task takes an interrupt away, one at a time, so one that has ended a wait is delivered. What
//!    is left when the task ends is void: it is kept by the node, or compared with the frame, of which neither serves another task.
//! 3. Who interrupts marks first and looks for a sleeper second; who goes to sleep says where first and looks for a mark
//!    second (wait queue, invariant 4). Who wakes a sleeper sees that the mark still stands while the sleeper cannot get out
//!    of its wait: one that comes late ends no wait that nothing stands against.
//! 4. A thread that sleeps in the middle of a task is listed. It is listed when it does so for the first time, and leaves the
//!    list when it leaves its outermost frame.
//! 5. A sleeper that is marked leaves its wait. So the mark is made under the lock of those who follow waits, and nobody is
//!    told of a deadlock by a circle that is about to open. A deadline does not count: who waits in a circle is told at once.
//!
//! # Lock order
//!
//! The sleepers' lock of `deadlock`, and under it that of a node's watchers. The list's is taken after them, and under it
//! those of thread records; a thread may hold whatever it gives up for its sleep when it enters the list.

use std::cell::Cell;
use std::sync::Arc;

use pythreads_sync_primitives::sync::{Mutex, global, thread_local};
use pythreads_sync_primitives::thread_record::{InTask, Tasks, ThreadRecord, set_tasks};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};

use crate::contain::drop_contained;
use crate::crew::frames::{self, Top};
use crate::deadlock;
use crate::node::{Header, Work};

global! {
    static LISTED: Mutex<Vec<Arc<ThreadRecord>>> = const { Mutex::new(Vec::new()) };
}

thread_local! {
    /// Without a destructor, as the frames are.
    static IS_LISTED: Cell<bool> = const { Cell::new(false) };
}

/// Waits ask from now on whether the task that they are in is interrupted. Called before there is a task that could be.
pub fn watch_waits() {
    set_tasks(&OnTop);
}

/// Raises `exception` in the midst of the task; `false` if no thread is in its midst.
pub(crate) fn interrupt(work: &(dyn Work + '_), exception: Exception) -> bool {
    if cfg!(not(panic = "unwind")) {
        return false;
    }
    let number = number_of(work.header());
    let mut unneeded = None;
    let mark = || {
        let (is_marked, left) = work.interrupt_step(exception);
        unneeded = left;
        is_marked
    };
    let is_marked = deadlock::mark_task(number, mark);
    drop_contained(unneeded);
    if !is_marked {
        return false;
    }
    for record in &*LISTED.lock() {
        // It may have been delivered meanwhile, and the task be in a wait that nothing stands against.
        record.wake_in_task(|task, _era| task == number && work.header().state.is_interrupted());
    }
    true
}

/// The exception of what is interrupted together.
fn interrupted() -> Exception {
    let message = "the tasks of the pool were interrupted";
    Exception::of_kind(ExceptionKind::Interrupted, message)
}

fn late() -> Exception {
    let message = "the task's deadline passed while it ran";
    Exception::of_kind(ExceptionKind::DeadlineExceeded, message)
}

/// The task's node lives for as long as its frame, and as long as somebody interrupts it, so its address tells it from others.
pub(crate) fn number_of(header: &Header) -> usize {
    std::ptr::from_ref(header).addr()
}

/// What a batch has for a number: nobody interrupts it alone.
const A_BATCH: usize = 1;

/// The thread has left its outermost frame.
#[cold]
pub(crate) fn outermost_left() {
    if IS_LISTED.with(|listed| listed.replace(false)) {
        let own = pythreads_sync_primitives::thread_record::current();
        LISTED.lock().retain(|record| !Arc::ptr_eq(record, &own));
    }
}

/// Answers for what is on top of the current thread's stack.
struct OnTop;

impl Tasks for OnTop {
    fn is_in_task(&self) -> bool {
        frames::with_top(|_| ()).is_some()
    }

    fn about_to_wait(&self, record: &Arc<ThreadRecord>) -> Option<InTask> {
        frames::with_top(|top| {
            if !IS_LISTED.with(|listed| listed.replace(true)) {
                LISTED.lock().push(Arc::clone(record));
            }
            InTask {
                number: number(&top),
                era: top.era.get(),
                deadline: deadline_of(&top),
            }
        })
    }

    fn is_interrupted(&self) -> bool {
        frames::with_top(|top| is_interrupted(&top)).unwrap_or_default()
    }

    fn take_interrupt(&self) -> Option<Exception> {
        frames::with_top(|top| take_interrupt(&top)).flatten()
    }
}

fn number(top: &Top<'_>) -> usize {
    top.task.map_or(A_BATCH, number_of)
}

/// What is on top of the current thread's stack, if that can be interrupted.
pub(crate) fn number_on_top() -> Option<usize> {
    frames::with_top(|top| number(&top))
}

/// When waits of the task end, unless one has been ended already.
fn deadline_of(top: &Top<'_>) -> Deadline {
    let deadline = top.task.and_then(Header::deadline);
    match deadline {
        Some(at) if !top.is_told_late.get() => Deadline::At(at),
        _ => Deadline::Never,
    }
}

/// Whether the thread leaves its next wait, whatever it waits for. Touches atomics only.
pub(crate) fn is_interrupted_on_top() -> bool {
    OnTop.is_interrupted()
}

fn is_interrupted(top: &Top<'_>) -> bool {
    is_older(top.era.get(), frames::era())
        || top.task.is_some_and(|header| header.state.is_interrupted())
}

/// Whether what began in the era `began` is interrupted. 0 is none: the thread is no worker, or not any more.
pub(crate) fn is_older(began: u32, now: u32) -> bool {
    began != now && began != 0 && now != 0
}

fn take_interrupt(top: &Top<'_>) -> Option<Exception> {
    let own = top.task.filter(|header| header.state.is_interrupted());
    let own = own.and_then(|header| header.watchers.take_interrupt(&header.state));
    own.or_else(|| take_era(top).then(interrupted))
        .or_else(|| take_deadline(top).then(late))
}

/// Whether it is interrupted with all that its worker was in the middle of; then it belongs to the present era from now on.
fn take_era(top: &Top<'_>) -> bool {
    let era = frames::era();
    is_older(top.era.replace(era), era)
}

/// Whether its deadline has passed and it has not been told; from now on it has.
fn take_deadline(top: &Top<'_>) -> bool {
    let is_late = deadline_of(top).has_passed();
    if is_late {
        top.is_told_late.set(true);
    }
    is_late
}
