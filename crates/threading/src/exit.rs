//! The end of the program.
//!
//! # States
//!
//! | phase     | means                                            | leaves by                         |
//! |-----------|--------------------------------------------------|-----------------------------------|
//! | Running   | exit callbacks can be registered                 | the first `shutdown`              |
//! | Callbacks | one thread runs the callbacks; others wait for it | the last callback                |
//! | Joining   | the callbacks have run; threads are waited for   | never: later calls wait for those that were started meanwhile |
//!
//! # Invariants
//!
//! 1. Each callback runs at most once, outside all locks, and what it panics with goes no further.
//! 2. A thread that calls `shutdown` is waited for by nobody: its handle has ended before anything else happens.
//! 3. Nothing here needs a thread-local that has a destructor, so it works in an exit handler.
//!
//! # Lock order
//!
//! `STATE` is a leaf: no other lock is taken and no user code runs under it.

mod callbacks;
mod handler;
mod join_all;
mod program;

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, shielded, thread_record};

use self::callbacks::Callbacks;
pub use self::callbacks::{AtExit, register_atexit};
pub use self::program::{SystemExit, exit, exit_now, main};
use crate::{current, registry};

static STATE: Mutex<State> = Mutex::new(State {
    phase: Phase::Running,
    callbacks: Callbacks::new(),
    timeout: Duration::MAX,
    deadline: Deadline::Never,
});

/// Announces "the phase is now Joining". Guarded by `STATE`; signalled to all by the thread that ran the callbacks.
static CALLBACKS_HAVE_RUN: Signal = Signal::new();

struct State {
    phase: Phase,
    callbacks: Callbacks,
    timeout: Duration,
    /// When all waiting ends; settled as the phase Running ends.
    deadline: Deadline,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    Callbacks { by: NonZeroU64 },
    Joining,
}

/// Makes sure that the end of the program will wait for threads; called before the first one is started.
pub(crate) fn prepare() {
    handler::register();
}

/// Limits how long the end of the program waits for threads, from its beginning; `Duration::MAX`, the default, is without
/// limit. Exit callbacks are not cut short. Whom it did not wait for is said on stderr.
///
/// # Differences from Python
///
/// Python waits without limit.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// pythreads_threading::set_exit_timeout(Duration::from_secs(30));
/// ```
pub fn set_exit_timeout(timeout: Duration) {
    STATE.lock().timeout = timeout;
}

/// Does what the end of the program does: runs the [exit callbacks](register_atexit), last registered first, then waits
/// until no thread is left but daemons and the one that calls.
///
/// There is no need to call it in a program: it also runs when `main` returns or panics, and in `std::process::exit`. A
/// library that is loaded into another program calls it before it is unloaded.
///
/// From then on main counts as ended, and so does the thread that calls: its handle reports kind
/// [`Exit`](ExceptionKind::Exit), unless it is main. A second call waits for threads that were started meanwhile.
///
/// # Blocking and timeouts
///
/// Waits without limit, unless [one is set](set_exit_timeout); after five seconds it says on stderr whom it waits for.
/// Interrupts are held back.
///
/// # What can go wrong
///
/// `std::process::exit` does not unwind: a lock that its caller holds stays held, and a thread that needs it is waited for
/// in vain. A second thread that calls it meanwhile is parked by std for ever. C libraries that were set up after the first
/// thread was started are torn down before threads are waited for. [`main`] and [`exit`] have none of these.
///
/// # Differences from Python
///
/// A callback that fails stops nothing: the others run, and the threads are joined.
pub fn shutdown() {
    shielded(|| {
        end_handles();
        run_callbacks();
        let deadline = STATE.lock().deadline;
        join_all::join_all(deadline);
    });
}

/// Main and the calling thread end for all who wait for them.
fn end_handles() {
    registry::main_thread().leave(|| Ok(()));
    let caller = current::thread();
    if caller != registry::main_thread() {
        caller.leave(|| {
            Err(Exception::of_kind(
                ExceptionKind::Exit,
                "the thread ends the program",
            ))
        });
    }
}

fn run_callbacks() {
    if !begin_callbacks() {
        return;
    }
    // By invariant 1 the lock is not held while one runs.
    while let Some(callback) = take_callback() {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(callback)) {
            drop(Exception::from_panic(payload));
        }
    }
    STATE.lock().phase = Phase::Joining;
    CALLBACKS_HAVE_RUN.notify_all();
}

fn take_callback() -> Option<callbacks::Callback> {
    STATE.lock().callbacks.take_last()
}

/// Whether the caller is to run the callbacks; if another thread does, waits for it.
fn begin_callbacks() -> bool {
    let me = thread_record::current_ident();
    let mut state = STATE.lock();
    loop {
        match state.phase {
            Phase::Running => {
                state.phase = Phase::Callbacks { by: me };
                state.deadline = Deadline::after(state.timeout);
                return true;
            }
            Phase::Callbacks { by } if by != me && !state.deadline.has_passed() => {
                let how = Wait::shielded(WaitKind::Thread, state.deadline);
                (state, _) = CALLBACKS_HAVE_RUN.wait(state, how);
            }
            Phase::Callbacks { .. } | Phase::Joining => return false,
        }
    }
}
