//! The tasks that the current thread is in the middle of, the innermost first.
//!
//! Who ends the program inside a task (`std::process::exit`) never comes back to it. Its tasks end here, so that whoever
//! waits for them can end as well.
//!
//! # Invariants
//!
//! 1. `TOP` points to the innermost living [`Frame`] of the thread, and each frame to the one it was entered on top of.
//!    Frames live on the thread's stack and leave in reverse order, since [`run_in`] hands none out.

#![expect(
    unsafe_code,
    reason = "a list of frames of the thread's own stack, without an allocation for each task"
)]

use std::cell::Cell;
use std::ptr;

use pythreads_sync_primitives::Exception;

use crate::node::Work;

struct Frame<'run> {
    work: &'run dyn Work,
    below: *const Frame<'static>,
}

std::thread_local! {
    /// Without a destructor, so that it also works in exit handlers.
    static TOP: Cell<*const Frame<'static>> = const { Cell::new(ptr::null()) };
}

/// Runs `f`, which is a part of the task `work`.
pub(crate) fn run_in<R>(work: &dyn Work, f: impl FnOnce() -> R) -> R {
    struct Leave(*const Frame<'static>);
    impl Drop for Leave {
        fn drop(&mut self) {
            TOP.set(self.0);
        }
    }
    let below = TOP.get();
    let frame = Frame { work, below };
    TOP.set(ptr::from_ref(&frame).cast());
    let _leave = Leave(below);
    f()
}

/// Ends the tasks that the current thread is in the middle of, except those that borrow: it will not go on with them.
pub(super) fn abandon_all(exception: &Exception) {
    let mut next = TOP.get();
    while !next.is_null() {
        // SAFETY: by invariant 1 the frame lives: it lies further down on this thread's stack.
        let frame = unsafe { &*next };
        frame.work.abandon(exception);
        next = frame.below;
    }
}
