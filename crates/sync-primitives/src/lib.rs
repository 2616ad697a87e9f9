//! Everything that **waits**, with Python's names: [`Lock`], [`Event`], …, and what a wait can end with.
//!
//! This is the ground floor of `pythreads`. Users reach it through `pythreads::threading`, which re-exports it.
//!
//! # One grid for waiting
//!
//! | | waits | never waits | at most so long | until then |
//! |---|---|---|---|---|
//! | [`Lock`], [`RLock`] | `acquire` | `try_acquire` | `acquire_timeout` | `acquire_deadline` |
//! | [`RwLock`], to read | `read` | `try_read` | `read_timeout` | `read_deadline` |
//! | [`RwLock`], to write | `write` | `try_write` | `write_timeout` | `write_deadline` |
//! | [`Semaphore`], [`BoundedSemaphore`] | `acquire` | `try_acquire` | `acquire_timeout` | `acquire_deadline` |
//! | … several permits | `acquire_many` | `try_acquire_many` | `acquire_many_timeout` | `acquire_many_deadline` |
//! | … a permit to move | `acquire_owned` | `try_acquire_owned` | `acquire_owned_timeout` | `acquire_owned_deadline` |
//! | [`Condition`] | `wait` | | `wait_timeout` | `wait_deadline` |
//! | … for a state | `wait_for` | | `wait_for_timeout` | `wait_for_deadline` |
//! | [`Event`] | `wait` | `is_set` | `wait_timeout` | `wait_deadline` |
//! | [`Barrier`] | `wait` | | `wait_timeout` | `wait_deadline` |
//!
//! What is limited returns whether it happened: an `Option` of the guard or permit, a `bool`, and for a barrier a
//! `Result`. Clocks are monotonic, `Duration::MAX` means for ever, and everything can stand in a `static`.
//!
//! # Interrupts
//!
//! An exception that another thread raises in a waiting thread ends the wait and unwinds from it, except from the waits for
//! locks ([`Lock`], [`RLock`], [`RwLock`], and a [`Condition`] that takes its lock again). See [`check_interrupt`],
//! [`shielded`] and [`interruptible`].
//!
//! # What this is not
//!
//! The modules hidden from this page ([`wait_queue`], [`thread_record`], [`sync`]) are for the other crates of the workspace; they
//! may change in any release.

#![cfg_attr(
    not(any(pythreads_loom, pythreads_shuttle)),
    expect(
        clippy::disallowed_macros,
        reason = "`thread_record::slot` is the bottom: `threading::Local` stands on it"
    )
)]

mod barrier;
mod bounded_semaphore;
mod condition;
mod deadline;
mod error;
mod event;
mod exception;
mod interrupt;
mod lock;
mod permit;
mod raw_lock;
mod raw_semaphore;
mod rlock;
mod rwlock;
mod semaphore;
mod spin;
#[doc(hidden)]
pub mod sync;
#[doc(hidden)]
pub mod thread_record;
#[doc(hidden)]
pub mod wait_queue;

pub use crate::barrier::Barrier;
pub use crate::bounded_semaphore::BoundedSemaphore;
pub use crate::condition::{Condition, ConditionGuard};
pub use crate::deadline::Deadline;
pub use crate::error::{BrokenBarrierError, Refused, TimeoutError};
pub use crate::event::Event;
pub use crate::exception::{BoxError, Exception, ExceptionKind, IntoException};
pub use crate::interrupt::{check_interrupt, interruptible, shielded};
pub use crate::lock::{Lock, LockGuard};
pub use crate::permit::Permit;
pub use crate::rlock::{RLock, RLockGuard};
pub use crate::rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use crate::semaphore::Semaphore;
#[doc(hidden)]
pub use crate::spin::{Glance, Spin, yield_once};
