//! What the current thread is in the middle of, the innermost first: tasks, batches of lazy and eager maps, code of users
//! that belongs to none of these, and below them its work for a crew.
//!
//! Who ends the program inside a task (`std::process::exit`) never comes back to it; nor does who waits at the end of a scope
//! for such a task. Their tasks end here and their crews do without them, so that whoever waits for either can end as well.
//!
//! # Invariants
//!
//! 1. `TOP` points to the innermost living [`Frame`] of the thread, and each frame to the one it was entered on top of.
//!    Frames live on the thread's stack and leave in reverse order, since [`run_in`] and [`run_as_worker`] hand none out.
//! 2. `OWN_QUEUE` points to what the thread borrows in [`submitting_to`], which is not nested, or is null.

#![expect(
    unsafe_code,
    reason = "a list of frames of the thread's own stack, without an allocation for each task"
)]

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;

use pythreads_sync_primitives::sync::thread_local;
use pythreads_sync_primitives::{Exception, ExceptionKind};

use super::Crew;
use super::local_queue::LocalQueue;
use crate::deadlock::Runs;
use crate::interrupt;
use crate::node::{Header, Work};

struct Frame<'run> {
    part: Part<'run>,
    below: *const Frame<'static>,
    /// In which a task began, or an item of a batch: one that is older than that of the worker is interrupted.
    era: Cell<u32>,
    /// Whether the task has been told that its deadline has passed.
    is_told_late: Cell<bool>,
}

enum Part<'run> {
    Task(&'run dyn Work),
    Batch(&'run dyn Abandon),
    Worker(&'run Arc<Crew>),
    /// Code of users that belongs to no task, or not to one that the thread is in the middle of.
    Aside,
}

thread_local! {
    /// Without a destructor, so that it also works in exit handlers.
    static TOP: Cell<*const Frame<'static>> = const { Cell::new(ptr::null()) };
    static OWN_QUEUE: Cell<*const LocalQueue> = const { Cell::new(ptr::null()) };
}

/// Runs `f`, which is a part of the task `work`.
pub(crate) fn run_in<R>(work: &dyn Work, f: impl FnOnce() -> R) -> R {
    enter(Part::Task(work), f)
}

/// What a thread may leave unfinished, beside tasks.
pub(crate) trait Abandon {
    /// Ends it with `exception` although the current thread is in the middle of it. Never unwinds.
    fn abandon(&self, exception: &Exception);

    /// What others may wait for that the current thread is in the middle of.
    fn runs(&self) -> Option<Runs> {
        None
    }
}

/// Runs `f`, which is all of `batch`.
pub(crate) fn run_in_batch<R>(batch: &dyn Abandon, f: impl FnOnce() -> R) -> R {
    enter(Part::Batch(batch), f)
}

/// Runs `f`, code of users that is no part of the task that the thread may be in the middle of: what interrupts that task
/// waits until it is over.
pub(crate) fn run_aside<R>(f: impl FnOnce() -> R) -> R {
    enter(Part::Aside, f)
}

/// The next item of the batch on top begins: what was to interrupt the one before is void.
pub(crate) fn begin_item() {
    if let Some(frame) = top() {
        frame.era.set(era());
    }
}

/// Calls `f` with the batch on top.
pub(crate) fn with_batch<R>(f: impl FnOnce(&Batch<'_>) -> R) -> R {
    let era = top().map(|frame| &frame.era);
    with_own_queue(|own| f(&Batch { era, own }))
}

/// The batch on top, for who begins many items.
pub(crate) struct Batch<'frame> {
    era: Option<&'frame Cell<u32>>,
    own: Option<&'frame LocalQueue>,
}

impl Batch<'_> {
    /// As [`begin_item`].
    #[inline]
    pub(crate) fn begin(&self) {
        if let Some(era) = self.era {
            era.set(self.own.map_or(0, LocalQueue::era));
        }
    }
}

/// Runs `f`, the body of a worker of `crew`.
pub(super) fn run_as_worker<R>(crew: &Arc<Crew>, f: impl FnOnce() -> R) -> R {
    enter(Part::Worker(crew), f)
}

/// Runs `f`, in which the current worker submits to `queue`.
pub(super) fn submitting_to<R>(queue: &LocalQueue, f: impl FnOnce() -> R) -> R {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            leave_own_queue();
        }
    }
    OWN_QUEUE.with(|own| own.set(queue));
    let _leave = Leave;
    f()
}

/// Calls `f` with the queue that the current thread submits to, if it is a worker that takes tasks.
pub(super) fn with_own_queue<R>(f: impl FnOnce(Option<&LocalQueue>) -> R) -> R {
    let own = OWN_QUEUE.with(Cell::get);
    // SAFETY: by invariant 2 it is null, or the queue is borrowed by a frame further down on this thread's stack.
    f(unsafe { own.as_ref() })
}

/// The current worker submits to no queue of its own any more.
pub(super) fn leave_own_queue() {
    OWN_QUEUE.with(|own| own.set(ptr::null()));
}

fn enter<R>(part: Part<'_>, f: impl FnOnce() -> R) -> R {
    struct Leave(*const Frame<'static>);
    impl Drop for Leave {
        #[inline]
        fn drop(&mut self) {
            TOP.with(|top| top.set(self.0));
            if self.0.is_null() {
                interrupt::outermost_left();
            }
        }
    }
    let below = TOP.with(Cell::get);
    let frame = Frame {
        era: Cell::new(match part {
            Part::Task(_) | Part::Batch(_) => era(),
            Part::Worker(_) | Part::Aside => 0,
        }),
        part,
        below,
        is_told_late: Cell::new(false),
    };
    TOP.with(|top| top.set(ptr::from_ref(&frame).cast()));
    let _leave = Leave(below);
    f()
}

/// The current thread will not go on with what it is in the middle of: `threading` calls it in a thread that is lost.
pub(super) fn abandon_all() {
    let exception = Exception::of_kind(
        ExceptionKind::Exit,
        "the program ended in the middle of the task",
    );
    for_each(|part| match part {
        Part::Task(work) => work.abandon(&exception),
        Part::Batch(batch) => batch.abandon(&exception),
        Part::Worker(crew) => crew.lose_worker(),
        Part::Aside => {}
    });
}

/// The crew that the current thread works for, if it does. `found` is given all that the thread is in the middle of.
pub(crate) fn current_worker(found: &mut Vec<Runs>) -> Option<Arc<Crew>> {
    let mut works_for = None;
    for_each(|part| match part {
        Part::Task(work) => found.push(Runs::task(work.header())),
        Part::Batch(batch) => found.extend(batch.runs()),
        Part::Aside => {}
        Part::Worker(crew) => works_for = Some(Arc::clone(crew)),
    });
    works_for
}

/// Whether the task on top of the thread's stack lies directly on its work for a crew: whatever is raised in the thread is
/// for nobody else.
pub(crate) fn is_alone() -> bool {
    let mut place = 0;
    let mut is_alone = false;
    for_each(|part| {
        is_alone |= place == 1 && matches!(part, Part::Worker(_));
        place += 1;
    });
    is_alone
}

/// What is on top of the thread's stack, as far as it can be interrupted.
pub(crate) struct Top<'frame> {
    /// None in a batch.
    pub(crate) task: Option<&'frame Header>,
    pub(crate) era: &'frame Cell<u32>,
    pub(crate) is_told_late: &'frame Cell<bool>,
}

/// Calls `f` with what is on top of the thread's stack, if that can be interrupted.
pub(crate) fn with_top<R>(f: impl FnOnce(Top<'_>) -> R) -> Option<R> {
    let frame = top()?;
    let task = match frame.part {
        Part::Task(work) => Some(work.header()),
        Part::Batch(_) => None,
        Part::Worker(_) | Part::Aside => return None,
    };
    Some(f(Top {
        task,
        era: &frame.era,
        is_told_late: &frame.is_told_late,
    }))
}

/// The era of the current thread, if it is a worker that takes tasks: those that began in an older one are interrupted.
pub(crate) fn era() -> u32 {
    with_own_queue(|own| own.map_or(0, LocalQueue::era))
}

fn top<'top>() -> Option<&'top Frame<'static>> {
    let top = TOP.with(Cell::get);
    // SAFETY: by invariant 1 it is null, or the frame lives further down on this thread's stack. The reference leaves the
    // callers of this private function only into closures that they call at once.
    unsafe { top.as_ref() }
}

/// The innermost first.
fn for_each(mut f: impl FnMut(&Part<'_>)) {
    let mut next = TOP.with(Cell::get);
    while !next.is_null() {
        // SAFETY: by invariant 1 the frame lives: it lies further down on this thread's stack.
        let frame = unsafe { &*next };
        f(&frame.part);
        next = frame.below;
    }
}
