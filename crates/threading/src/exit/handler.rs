//! The C library's exit handler: the door through which programs that know nothing of this library reach `shutdown`.
//!
//! `exit` calls the handler when `main` has returned or panicked, and from `std::process::exit`, on whichever thread that
//! is. By then the thread-locals of that thread are gone, except those without destructors.
//!
//! A library that another program loads registers it as well. The C library would call it when that library is unloaded, in
//! the middle of which Rust code must not run: its thread-locals would be torn down after it is gone. So it stays loaded.
//!
//! How it meets a thread that wants an exit at once, [`at_once`](super::at_once) says.

#![expect(
    unsafe_code,
    reason = "`atexit`, `dlopen` and `_exit` are C functions; std offers nothing that runs after `main`"
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
        #[cfg(all(
            target_os = "linux",
            target_env = "gnu",
            not(target_feature = "crt-static")
        ))]
        stay_loaded();
    });
}

/// Keeps the library in which this is, if it is one, where it is.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    not(target_feature = "crt-static")
))]
fn stay_loaded() {
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
    let handler: extern "C" fn() = at_exit;
    // SAFETY: the function takes any address, and writes to a place for what it finds.
    if unsafe { libc::dladdr(handler as *const libc::c_void, found.as_mut_ptr()) } == 0 {
        return;
    }
    // SAFETY: it says that it has written.
    let found = unsafe { found.assume_init() };
    let how = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: the name is a C string that lives as long as what it names is loaded, as this is. Nothing new is loaded, so no
    // code runs. The program itself is not found by its name, or stays anyway.
    unsafe { libc::dlopen(found.dli_fname, how) };
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
