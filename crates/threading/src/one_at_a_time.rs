//! A value that one thread at a time runs user code on.

use std::sync::atomic::{AtomicU64, Ordering};

use pythreads_sync_primitives::Lock;
use pythreads_sync_primitives::thread_record::current_ident;

/// A lock that tells a thread that enters it again, instead of waiting for itself for ever.
#[derive(Default)]
pub(crate) struct OneAtATime<T> {
    value: Lock<T>,
    /// The ident of the thread inside, or 0.
    inside: AtomicU64,
}

impl<T> OneAtATime<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            value: Lock::new(value),
            inside: AtomicU64::new(0),
        }
    }

    /// Runs `f` on the value, after whoever does at this moment.
    ///
    /// # Panics
    ///
    /// If the current thread is inside already.
    #[track_caller]
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let me = current_ident().get();
        // ORDERING: Relaxed, a thread sees its own stores, and only its own ident matters to it.
        assert!(
            self.inside.load(Ordering::Relaxed) != me,
            "an iterator that asks itself for its next item"
        );
        let mut value = self.value.acquire();
        // ORDERING: Relaxed, as above.
        self.inside.store(me, Ordering::Relaxed);
        let _leave = Leave(&self.inside);
        f(&mut value)
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

struct Leave<'inside>(&'inside AtomicU64);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, as in `with`; the lock is released after it.
        self.0.store(0, Ordering::Relaxed);
    }
}
