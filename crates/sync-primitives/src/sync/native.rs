//! The system's own, for every build but those of the model checkers.

pub use std::sync::atomic;
pub use std::thread_local;
use std::time::Instant;

pub use parking_lot::{Mutex, MutexGuard};

/// A static for all threads. A model makes it anew for each execution.
#[doc(hidden)]
#[macro_export]
macro_rules! native_global {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const { $initial:expr };) => {
        $(#[$attribute])* static $name: $type = $initial;
    };
}
pub use crate::native_global as global;

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
