//! The moment at which the threads of a round begin, and how long each of them delays what it does.

use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;

/// A line that threads leave together.
#[derive(Debug)]
pub(crate) struct StartLine {
    missing: AtomicUsize,
}

impl StartLine {
    pub(crate) fn new(threads: usize) -> Self {
        Self {
            missing: AtomicUsize::new(threads),
        }
    }

    /// Waits until all are there, awake, and then for `delay`.
    pub(crate) fn leave(&self, delay: Delay) {
        self.missing.fetch_sub(1, Ordering::SeqCst);
        while self.missing.load(Ordering::SeqCst) > 0 {
            std::thread::yield_now();
        }
        delay.spin();
    }
}

/// A number of spins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay(u32);

impl Delay {
    /// One that is short as often as it is long.
    pub(crate) fn random(rng: &mut Rng) -> Self {
        let limit = 1 << rng.u32(0..12);
        Self(rng.u32(0..limit))
    }

    pub(crate) fn spin(self) {
        (0..self.0).for_each(|_| hint::spin_loop());
    }
}
