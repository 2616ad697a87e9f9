//! Memory as if it were not atomic: what two threads do to it at a time is lost, and what is not ordered is not seen.

use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};

/// A number for code that believes to be alone with it.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    number: AtomicUsize,
}

impl Plain {
    pub(crate) fn get(&self) -> usize {
        self.number.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, number: usize) {
        self.number.store(number, Ordering::Relaxed);
    }

    /// Between the read and the write another thread may run.
    pub(crate) fn add(&self, more: usize) {
        self.set(self.get() + more);
    }
}
