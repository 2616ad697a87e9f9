//! The system's own, for every build but those of the model checkers.

pub use std::sync::atomic;
pub use std::thread_local;
use std::time::Instant;

pub use parking_lot::{Mutex, MutexGuard};

/// The time.
#[inline]
pub fn now() -> Instant {
    Instant::now()
}
