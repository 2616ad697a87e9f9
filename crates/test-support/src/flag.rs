//! A fact that one thread announces once and others wait for.

use crate::delay;
use crate::settled::Settled;

/// A fact that, once announced, stays true.
///
/// A `const` constructor, so that it can be a `static`; otherwise shared in an `Arc` or by a scope.
#[derive(Debug, Default)]
pub struct Flag {
    is_set: Settled<bool>,
}

impl Flag {
    /// A flag that is not set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            is_set: Settled::new(false),
        }
    }

    /// Announces the fact.
    pub fn set(&self) {
        self.is_set.update(|_| true);
    }

    /// Whether the fact has been announced.
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Waits until the fact is announced.
    ///
    /// # Panics
    ///
    /// If that takes half as long as the watchdog gives to a whole test.
    #[track_caller]
    pub fn wait(&self) {
        let waited = self.is_set.wait_until(|is_set| is_set);
        assert!(
            waited.is_ok(),
            "the flag was not set within {:?}",
            *delay::WAIT_LIMIT
        );
    }
}
