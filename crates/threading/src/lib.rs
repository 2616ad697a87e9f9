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
//!
//! With `panic = "abort"` all else works as ever, but nothing can be raised in a thread ([`Thread::raise_exception`] refuses),
//! and [`exit`] works in main alone.

#![expect(
    clippy::disallowed_macros,
    reason = "`current` is the slot that `Local` itself stands on"
)]

mod concurrent_tee;
mod current;
mod dump;
mod error;
mod excepthook;
mod exit;
mod join_handle;
mod local;
#[cfg(any(pythreads_loom, pythreads_shuttle))]
#[doc(hidden)]
pub mod model;
mod one_at_a_time;
mod os_name;
mod registry;
mod runnable;
mod scope;
mod serialize_iterator;
mod sleep;
mod stack_size;
mod stderr;
mod thread;
mod thread_hook;
mod timer;

pub use pythreads_sync_primitives::thread_record::Waiting;
pub use pythreads_sync_primitives::wait_queue::WaitKind;
pub use pythreads_sync_primitives::{
    Barrier, BoundedSemaphore, BoxError, BrokenBarrierError, Condition, ConditionGuard, Event,
    Exception, ExceptionKind, IntoException, Lock, LockGuard, Permit, RLock, RLockGuard, Refused,
    RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, TimeoutError, check_interrupt,
    interruptible, shielded,
};

pub use crate::concurrent_tee::{TeeView, concurrent_tee};
pub use crate::dump::{ThreadDump, ThreadReport, dump};
pub use crate::error::{AtExitError, RaiseError, StartError};
pub use crate::excepthook::{ExceptHookArgs, excepthook, reset_excepthook, set_excepthook};
pub use crate::exit::{
    AtExit, SystemExit, exit, exit_now, main, register_atexit, set_exit_timeout, shutdown,
};
#[doc(hidden)]
pub use crate::exit::{lose_current_thread, patience_at_exit, set_loss_hook};
pub use crate::join_handle::{JoinHandle, spawn};
pub use crate::local::Local;
pub use crate::registry::{
    active_count, current_thread, enumerate, get_ident, get_native_id, main_thread,
};
pub use crate::runnable::Runnable;
pub use crate::scope::{Scope, ScopedJoinHandle, scope};
pub use crate::serialize_iterator::{SerializedIter, SerializedIterator, serialize_iterator};
pub use crate::sleep::sleep;
pub use crate::stack_size::{set_stack_size, stack_size};
pub use crate::thread::{Thread, ThreadBuilder, ThreadState};
pub use crate::thread_hook::{ThreadHook, add_thread_hook};
pub use crate::timer::Timer;
