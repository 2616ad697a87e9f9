//! What the tests of this workspace stand on.
//!
//! A test waits for facts and never sleeps in order to synchronise; it cannot hang, and no panic in
//! one of its threads goes unseen:
//!
//! ```
//! use std::sync::Arc;
//! use test_support::{Flag, checked_spawn, watchdog};
//!
//! let _watchdog = watchdog(); // the first line of every test
//! let ready = Arc::new(Flag::new());
//! let worker = checked_spawn({
//!     let ready = Arc::clone(&ready);
//!     move || {
//!         ready.set();
//!         42
//!     }
//! });
//! ready.wait();
//! assert_eq!(worker.join(), 42);
//! ```
//!
//! | What | For |
//! |---|---|
//! | [`watchdog`] | a test that hangs prints where every thread is, and ends |
//! | [`checked_spawn`] | a thread that is always joined and whose panic fails the test |
//! | [`Flag`], [`Counter`] | facts that one thread announces and another waits for |
//! | [`CheckedThread::wait_until_asleep`] | the one fact nobody can announce: "I am blocked now" |
//! | [`delay`] | the few true delays, by name, times one scale |
//! | [`child`] | a program or a test run in a process of its own, with a time limit |
//! | `stay_on_one_cpu` | a machine with one CPU (Linux) |
//! | [`counting_alloc`] | how many allocations a piece of code makes |
//!
//! # Why the standard library's locks
//!
//! Nothing here stands on what it watches: neither on a crate of this workspace nor on
//! `parking_lot`, on which the wait queue is built. A watchdog that shared a lock with the code
//! under test would hang with it.
#![expect(
    clippy::disallowed_macros,
    reason = "an allocator may not allocate, so its counter needs a thread-local without a destructor"
)]

mod checked_thread;
pub mod child;
mod counter;
pub mod counting_alloc;
pub mod delay;
mod flag;
#[cfg(target_os = "linux")]
mod one_cpu;
mod proc_task;
mod settled;
mod watchdog;

pub use checked_thread::{CheckedThread, checked_spawn};
pub use counter::Counter;
pub use flag::Flag;
#[cfg(target_os = "linux")]
pub use one_cpu::stay_on_one_cpu;
pub use watchdog::{Watchdog, watchdog, watchdog_for};
