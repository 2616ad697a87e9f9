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

/// Stands beside an unsynchronised cell that several threads own in turn, and says when it is used.
#[derive(Debug, Default)]
pub struct AccessCheck;

impl AccessCheck {
    /// The cell has just been made.
    #[inline]
    pub const fn new() -> Self {
        Self
    }

    /// The cell is read.
    #[inline]
    pub const fn read(&self) {}

    /// The cell is written.
    #[inline]
    pub const fn write(&self) {}
}
