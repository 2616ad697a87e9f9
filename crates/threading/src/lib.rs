//! Everything that **starts** a thread, with Python's names: [`Thread`], [`spawn`], …, and how a program ends.
//!
//! Users reach it through `pythreads::threading`. What waits ([`Lock`], [`Event`], …) is re-exported here, as in Python.
//!
//! ```
//! use pythreads_threading::{Exception, Thread, spawn};
//!
//! fn work() {}
//!
//! # fn main() -> Result<(), Exception> {
//! let thread = Thread::new(work); // Python: Thread(target=work)
//! thread.start();
//! thread.join()?; // a panic in `work` arrives here
//!
//! assert_eq!(spawn(|| 6 * 7).join()?, 42); // a thread that gives a result back
//! # Ok(())
//! # }
//! ```
//!
//! # One grid for waiting
//!
//! | | waits | never waits | at most so long | until then |
//! |---|---|---|---|---|
//! | [`Thread`], [`JoinHandle`] | `join` | `is_alive` | `join_timeout` | `join_deadline` |
//!
//! Clocks are monotonic and `Duration::MAX` means for ever.
//!
//! # The end of the program
//!
//! As in Python, a program does not end before its threads have, daemons excepted: see [`shutdown`].
//!
//! # What Rust cannot catch
//!
//! A panic in a thread is an outcome, not an accident: it ends that thread and [`Thread::join`] reports it. These end the
//! whole process, whatever this library does: `panic = "abort"`, a second panic in a destructor during unwinding, a panic
//! in a destructor of std's `thread_local!` or in an `extern "C"` frame, an overflow of the stack, memory running out.

#![expect(
    clippy::disallowed_macros,
    reason = "`current` is the slot that `Local` itself stands on"
)]

mod current;
mod error;
mod excepthook;
mod exit;
mod join_handle;
mod os_name;
mod registry;
mod runnable;
mod sleep;
mod thread;

pub use pythreads_sync_primitives::{
    BoxError, Event, Exception, ExceptionKind, IntoException, Lock, LockGuard, Refused,
    TimeoutError, check_interrupt, interruptible, shielded,
};

pub use crate::error::{AtExitError, RaiseError, StartError};
pub use crate::exit::{AtExit, register_atexit, shutdown};
pub use crate::join_handle::{JoinHandle, spawn};
pub use crate::registry::{
    active_count, current_thread, enumerate, get_ident, get_native_id, main_thread,
};
pub use crate::runnable::Runnable;
pub use crate::sleep::sleep;
pub use crate::thread::{Thread, ThreadBuilder, ThreadState};
