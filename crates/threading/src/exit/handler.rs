//! The C library's exit handler: the door through which programs that know nothing of this library reach `shutdown`.
//!
//! `exit` calls the handler when `main` has returned or panicked, and from `std::process::exit`, on whichever thread that
//! is. By then the thread-locals of that thread are gone, except those without destructors.
//!
//! # Invariants
//!
//! 1. Who asks for an exit at once notes that first and looks for a running handler second; the handler announces itself
//!    first and looks for such a note second. One of the two sees the other and ends the process. (std lets nobody else
//!    call `exit` while a handler runs: a second caller is parked for ever.)

#![expect(
    unsafe_code,
    reason = "`atexit` and `_exit` are C functions; std offers nothing that runs after `main`"
)]

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Once;

use super::shutdown;

static HANDLER_RUNS: AtomicBool = AtomicBool::new(false);
static AT_ONCE: AtomicBool = AtomicBool::new(false);

/// Registers the handler, the first time it is called.
pub(super) fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: the function takes any `extern "C" fn()` that is there until the process ends or the library it is in is
        // unloaded, and a function is. It does not unwind into its caller (see `at_exit`).
        let refused = unsafe { libc::atexit(at_exit) };
        debug_assert_eq!(refused, 0, "the C library has room for one more handler");
    });
}

extern "C" fn at_exit() {
    // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `exit_now` (invariant 1).
    HANDLER_RUNS.store(true, Ordering::SeqCst);
    if AT_ONCE.load(Ordering::SeqCst) {
        return;
    }
    if let Err(payload) = catch_unwind(shutdown) {
        // Its drop is user code, and nothing may unwind out of here.
        std::mem::forget(payload);
    }
}

/// Ends the process without doing what `shutdown` does.
pub(super) fn exit_now(code: i32) -> ! {
    // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `at_exit` (invariant 1).
    AT_ONCE.store(true, Ordering::SeqCst);
    if HANDLER_RUNS.load(Ordering::SeqCst) {
        // By now std has flushed its standard output and buffers it no more.
        end_process(code);
    }
    std::process::exit(code)
}

fn end_process(code: i32) -> ! {
    // SAFETY: the function asks for nothing; it runs no handler and no destructor.
    unsafe { libc::_exit(code) }
}
