//! A number that is changed under a lock and can be looked at without it.

use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};

/// Written only by who holds its lock. Under that it is exact; without, it was so a moment ago.
#[derive(Debug)]
pub(crate) struct Gauge(AtomicUsize);

impl Gauge {
    pub(crate) const fn new(value: usize) -> Self {
        Self(AtomicUsize::new(value))
    }

    #[inline]
    pub(crate) fn get(&self) -> usize {
        // ORDERING: Acquire, pairs with the Release in `set`: a user who looks without the lock and finds a change also
        // finds what its maker did before. The queue itself does not need it.
        self.0.load(Ordering::Acquire)
    }

    /// The lock must be held.
    #[inline]
    pub(crate) fn set(&self, value: usize) {
        // ORDERING: Release, pairs with the Acquire in `get`.
        self.0.store(value, Ordering::Release);
    }
}
