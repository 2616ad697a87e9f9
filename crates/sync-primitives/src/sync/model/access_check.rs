//! Accesses to an unsynchronised cell, as the checker sees them.

#[cfg(pythreads_loom)]
use loom::cell::UnsafeCell;
#[cfg(pythreads_shuttle)]
use std::cell::UnsafeCell;

/// Stands beside an unsynchronised cell that several threads own in turn. loom reports accesses that nothing orders;
/// shuttle, whose memory is always up to date, has nothing to report.
#[derive(Debug)]
pub struct AccessCheck(UnsafeCell<()>);

impl AccessCheck {
    /// The cell has just been made.
    pub fn new() -> Self {
        Self(UnsafeCell::new(()))
    }

    /// The cell is read.
    #[track_caller]
    pub fn read(&self) {
        #[cfg(pythreads_loom)]
        self.0.with(|_| ());
    }

    /// The cell is written.
    #[track_caller]
    pub fn write(&self) {
        #[cfg(pythreads_loom)]
        self.0.with_mut(|_| ());
    }
}

impl Default for AccessCheck {
    fn default() -> Self {
        Self::new()
    }
}
