//! The C library's exit handler: the door through which programs that know nothing of this library reach `shutdown`.
//!
//! `exit` calls the handler when `main` has returned or panicked, and from `std::process::exit`, on whichever thread that
//! is. By then the thread-locals of that thread are gone, except those without destructors.
//!
//! How it meets a thread that wants an exit at once, [`at_once`](super::at_once) says.

#![expect(
    unsafe_code,
    reason = "`atexit` and `_exit` are C functions; std offers nothing that runs after `main`"
)]

use std::panic::catch_unwind;

use parking_lot::Once;

use super::at_once::AtOnce;
use super::end_program;

static AT_ONCE: AtOnce = AtOnce::new();

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
    if !AT_ONCE.handler_goes_on() {
        return;
    }
    if let Err(payload) = catch_unwind(end_program) {
        // Its drop is user code, and nothing may unwind out of here.
        std::mem::forget(payload);
    }
}

/// Ends the process without doing what `shutdown` does.
pub(super) fn exit_now(code: i32) -> ! {
    if AT_ONCE.asker_ends_process() {
        // By now std has flushed its standard output and buffers it no more.
        end_process(code);
    }
    std::process::exit(code)
}

fn end_process(code: i32) -> ! {
    // SAFETY: the function asks for nothing; it runs no handler and no destructor.
    unsafe { libc::_exit(code) }
}
