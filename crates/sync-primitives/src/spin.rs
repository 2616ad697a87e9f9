//! Spinning for a moment before sleeping.
//!
//! A wake-up from sleep costs tens of microseconds, a hand-over between two running threads less than one. So who is
//! about to sleep looks again a few times first. On a machine with one CPU nobody else can make progress meanwhile, so
//! there it does not spin at all.
//!
//! What to look again at decides how. A lock is held for a moment, but those who spin for it take it in turns, and each
//! turn moves it to another CPU: [`LockSpin`] is short. A task that runs is worth a longer look: [`Spin`]. An event, a
//! permit, the end of a thread have yet to be brought about by a thread that may be waiting for this very CPU: [`Glance`].

use std::cell::Cell;
use std::hint;
use std::num::NonZeroUsize;

use crossbeam_utils::Backoff;
use once_cell::sync::Lazy;

use crate::sync;

static SEVERAL_CPUS: Lazy<bool> = Lazy::new(|| {
    let cpus = std::thread::available_parallelism();
    !sync::IS_MODEL && cpus.is_ok_and(|cpus| cpus > NonZeroUsize::MIN)
});

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
}

/// Three pauses that grow, then yields, then the advice to sleep.
#[derive(Debug, Default)]
pub(crate) struct LockSpin {
    looks: Cell<u32>,
}

impl LockSpin {
    /// The pauses, of 1, 2 and 4 rounds.
    const PAUSES: u32 = 3;
    /// The pauses and the yields.
    const LOOKS: u32 = 10;

    /// Waits for a moment and returns `true`, or returns `false` at once when it is time to sleep.
    pub(crate) fn again(&self) -> bool {
        let looks = self.looks.get();
        if looks == Self::LOOKS || !*SEVERAL_CPUS {
            return false;
        }
        self.looks.set(looks + 1);
        if looks < Self::PAUSES {
            (0..1_u32 << looks).for_each(|_| hint::spin_loop());
        } else {
            std::thread::yield_now();
        }
        true
    }

    /// Starts again, after progress was made.
    pub(crate) fn reset(&self) {
        self.looks.set(0);
    }
}

/// A yield, then a short spin that grows, then the advice to sleep.
#[derive(Debug, Default)]
pub struct Glance {
    looks: Cell<u32>,
}

impl Glance {
    /// The yield, then spins of 1, 2, 4, … and 32 rounds.
    const LOOKS: u32 = 7;

    /// A glance that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits for a moment and returns `true`, or returns `false` at once when it is time to sleep.
    pub fn again(&self) -> bool {
        let looks = self.looks.get();
        if looks == Self::LOOKS || !*SEVERAL_CPUS {
            return false;
        }
        self.looks.set(looks + 1);
        match looks.checked_sub(1) {
            None => std::thread::yield_now(),
            Some(power) => (0..1 << power).for_each(|_: u32| hint::spin_loop()),
        }
        true
    }

    /// Starts again, after progress was made.
    pub fn reset(&self) {
        self.looks.set(0);
    }
}

/// Lets others run once, where that may spare the caller a sleep.
pub fn yield_once() {
    if *SEVERAL_CPUS {
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests;
