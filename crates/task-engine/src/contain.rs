//! Running user code so that its panic stays inside.

use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pythreads_sync_primitives::Exception;

use crate::crew::frames;

/// Runs `f`; a panic becomes an exception.
///
/// # Errors
///
/// What `f` panicked with.
pub fn contain<R>(f: impl FnOnce() -> R) -> Result<R, Exception> {
    catch_unwind(AssertUnwindSafe(f)).map_err(Exception::from_panic)
}

/// Drops what users gave us; their destructors may panic, and nobody is there to hear of it.
pub(crate) fn drop_contained<T>(value: T) {
    if needs_drop::<T>() {
        run_contained(|| drop(value));
    }
}

/// Runs what drops things that users gave us. It is no part of the task that the thread may be in the middle of.
pub(crate) fn run_contained(f: impl FnOnce()) {
    if let Err(exception) = frames::run_aside(|| contain(f)) {
        crate::trace::destructor_panicked(&exception);
    }
}
