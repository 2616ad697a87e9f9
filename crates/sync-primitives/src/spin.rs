//! Spinning for a moment before sleeping.
//!
//! A wake-up from sleep costs tens of microseconds, a hand-over between two running threads less than one. So who is
//! about to sleep looks again a few times first. On a machine with one CPU nobody else can make progress meanwhile, so
//! there it does not spin at all.

use std::num::NonZeroUsize;

use crossbeam_utils::Backoff;
use once_cell::sync::Lazy;

static SEVERAL_CPUS: Lazy<bool> =
    Lazy::new(|| std::thread::available_parallelism().is_ok_and(|cpus| cpus > NonZeroUsize::MIN));

/// A bounded spin: pauses that grow, then yields, then the advice to sleep.
#[derive(Debug)]
pub struct Spin {
    backoff: Backoff,
}

impl Default for Spin {
    fn default() -> Self {
        Self::new()
    }
}

impl Spin {
    /// A spin that has not begun.
    pub fn new() -> Self {
        Self {
            backoff: Backoff::new(),
        }
    }

    /// Pauses for a moment and returns `true`, or returns `false` at once when it is time to sleep.
    pub fn pause(&self) -> bool {
        if self.backoff.is_completed() || !*SEVERAL_CPUS {
            return false;
        }
        self.backoff.snooze();
        true
    }

    /// Starts again, after progress was made.
    pub fn reset(&self) {
        self.backoff.reset();
    }
}
