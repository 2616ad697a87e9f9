//! A count that threads raise and others wait for.

use crate::delay;
use crate::settled::Settled;

/// A count that only grows.
///
/// A `const` constructor, so that it can be a `static`; otherwise shared in an `Arc` or by a scope.
#[derive(Debug, Default)]
pub struct Counter {
    count: Settled<usize>,
}

impl Counter {
    /// A counter at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            count: Settled::new(0),
        }
    }

    /// Adds `n`.
    pub fn add(&self, n: usize) {
        self.count.update(|count| count + n);
    }

    /// The count so far.
    pub fn get(&self) -> usize {
        self.count.get()
    }

    /// Waits until the count is at least `n`.
    ///
    /// # Panics
    ///
    /// If that takes half as long as the watchdog gives to a whole test.
    #[track_caller]
    pub fn wait_for(&self, n: usize) {
        if let Err(count) = self.count.wait_until(|count| count >= n) {
            panic!(
                "the counter stood at {count} of {n} after {:?}",
                *delay::WAIT_LIMIT
            );
        }
    }
}
