//! Everything that **waits**, with Python's names: [`Lock`], [`Event`], …, and what a wait can end with.
//!
//! This is the ground floor of `pythreads`. Users reach it through `pythreads::threading`, which re-exports it.
//!
//! # One grid for waiting
//!
//! | | waits | never waits | at most so long | until then |
//! |---|---|---|---|---|
//! | [`Lock`] | `acquire` | `try_acquire` | `acquire_timeout` | `acquire_deadline` |
//! | [`Event`] | `wait` | `is_set` | `wait_timeout` | `wait_deadline` |
//!
//! Clocks are monotonic, `Duration::MAX` means for ever, and everything can stand in a `static`.
//!
//! # What this is not
//!
//! The modules hidden from this page ([`wait_queue`], [`thread_record`]) are for the other crates of the workspace; they
//! may change in any release.

#![expect(
    clippy::disallowed_macros,
    reason = "`thread_record::slot` is the bottom: `threading::Local` stands on it"
)]

mod condition;
mod deadline;
mod error;
mod event;
mod exception;
mod interrupt;
mod lock;
mod raw_lock;
mod rlock;
mod spin;
#[doc(hidden)]
pub mod thread_record;
#[doc(hidden)]
pub mod wait_queue;

pub use crate::condition::{Condition, ConditionGuard};
pub use crate::deadline::Deadline;
pub use crate::error::{Refused, TimeoutError};
pub use crate::event::Event;
pub use crate::exception::{BoxError, Exception, ExceptionKind, IntoException};
pub use crate::interrupt::{check_interrupt, interruptible, shielded};
pub use crate::lock::{Lock, LockGuard};
pub use crate::rlock::{RLock, RLockGuard};
#[doc(hidden)]
pub use crate::spin::Spin;
