//! A value on a stack that is found out if somebody uses it when it is gone.

use std::sync::atomic::{AtomicBool, Ordering};

/// Stands in a frame; whoever borrows it looks whether it still stands.
pub(crate) struct Tracked {
    stands: AtomicBool,
}

impl Tracked {
    pub(crate) const fn new() -> Self {
        Self {
            stands: AtomicBool::new(true),
        }
    }

    /// Panics if the frame is gone, as far as that can be seen.
    pub(crate) fn look(&self) {
        // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
        assert!(self.stands.load(Ordering::SeqCst), "used after its frame");
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        // ORDERING: SeqCst, as above.
        self.stands.store(false, Ordering::SeqCst);
    }
}
