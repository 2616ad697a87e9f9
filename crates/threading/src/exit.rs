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
//! 2. A thread that calls `shutdown` is waited for by nobody: it is [lost](lost) before anything else happens.
//! 3. Nothing here needs a thread-local that has a destructor, so it works in an exit handler.
//!
//! # Lock order
//!
//! `STATE` is a leaf: no other lock is taken and no user code runs under it.

pub(crate) mod at_once;
mod callbacks;
mod handler;
mod join_all;
mod lost;
mod patience;
mod program;

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, shielded, thread_record};

use self::callbacks::Callbacks;
pub use self::callbacks::{AtExit, register_atexit};
pub use self::lost::{lose_current_thread, set_loss_hook};
pub use self::patience::patience_at_exit;
pub use self::program::{SystemExit, exit, exit_now, main};
use crate::registry;

static STATE: Mutex<State> = Mutex::new(State {
    phase: Phase::Running,
    callbacks: Callbacks::new(),
    timeout: Duration::MAX,
    deadline: Deadline::Never,
    report_at: None,
    loss_hook: None,
});

/// Announces "the phase is now Joining". Guarded by `STATE`; signalled to all by the thread that ran the callbacks.
static CALLBACKS_HAVE_RUN: Signal = Signal::new();

struct State {
    phase: Phase,
    callbacks: Callbacks,
    timeout: Duration,
    /// When all waiting ends; settled as the phase Running ends.
    deadline: Deadline,
    /// When to say what is waited for, unless that has been said.
    report_at: Option<Instant>,
    loss_hook: Option<fn()>,
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
/// limit. The workers of pools are threads. Exit callbacks are not cut short. Whom it did not wait for is said on stderr.
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
/// There is no need to call it in a program: it also runs when `main` returns or panics, and in `std::process::exit`.
///
/// From then on main counts as ended, and so does the thread that calls: its handle reports kind
/// [`Exit`](crate::ExceptionKind::Exit), unless it is main. A second call waits for threads that were started meanwhile;
/// one in an exit callback, by the thread that runs the callbacks, returns at once.
///
/// A thread that lends something to the one that calls cannot go on, since it would take that away: the caller of a
/// [`scope`](crate::scope()) whose thread calls, or of a pool's scope whose task does. It stays asleep at the end of the scope,
/// is not waited for either, and its handle reports the same.
///
/// # Blocking and timeouts
///
/// Waits without limit, unless [one is set](set_exit_timeout); after five seconds it says on stderr whom it waits for.
/// Interrupts are held back.
///
/// # What can go wrong
///
/// `std::process::exit` does not unwind: a lock that its caller holds stays held, and a thread that needs it is waited for
/// in vain. C libraries that were set up after the first thread was started are torn down before threads are waited for.
///
/// While one thread ends the program, std parks every other one that calls `std::process::exit`, for ever and without our
/// seeing it. Main that returns is such a first one. So if main has returned and a thread, no daemon, then calls
/// `std::process::exit`, **the program never ends**: it waits for that thread. It ends if a [limit](set_exit_timeout) is set.
///
/// In a library that another program loads (a `cdylib`), the exit handler is registered as well, with the first thread: that
/// program then waits at its end for the library's threads. Those that it must not wait for have to be daemons, or the library
/// is told to call this. It stays loaded from then on (with glibc), since its handler and its threads need its code.
///
/// [`main`] and [`exit`] have none of these, and [`exit_now`] ends the program from any thread at any time.
///
/// # Differences from Python
///
/// A callback that fails stops nothing: the others run, and the threads are joined.
pub fn shutdown() {
    if !runs_callbacks() {
        end_program();
    }
}

/// Whether the current thread is in an exit callback, so that it ends the program already.
fn runs_callbacks() -> bool {
    let by = thread_record::current_ident();
    STATE.lock().phase == Phase::Callbacks { by }
}

fn end_program() {
    shielded(|| {
        registry::main_thread().leave(|| Ok(()));
        lost::lose("the thread ends the program");
        run_callbacks();
        join_all::join_all();
    });
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

/// Whether the caller is to run the callbacks; if another thread does, waits for it. A thread that is in one of them already
/// goes on with the next: it is in the exit handler, so the callback does not return.
fn begin_callbacks() -> bool {
    let me = thread_record::current_ident();
    let mut state = STATE.lock();
    if !matches!(state.phase, Phase::Callbacks { .. }) {
        state.report_at = Instant::now().checked_add(patience::PATIENCE);
    }
    loop {
        match state.phase {
            Phase::Running => {
                state.phase = Phase::Callbacks { by: me };
                state.deadline = Deadline::after(state.timeout);
                return true;
            }
            Phase::Callbacks { by } if by == me => return true,
            Phase::Callbacks { .. } if !state.deadline.has_passed() => {
                let how = Wait::shielded(WaitKind::Thread, state.deadline);
                (state, _) = CALLBACKS_HAVE_RUN.wait(state, how);
            }
            Phase::Callbacks { .. } | Phase::Joining => return false,
        }
    }
}
