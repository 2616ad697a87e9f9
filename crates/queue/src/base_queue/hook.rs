//! Telling which thread runs user code under a queue's lock.
//!
//! # Invariants
//!
//! 1. `runner` is set and cleared only by who holds the queue's lock, so while a thread finds its own ident in it, that
//!    thread holds the lock and is inside a hook.
//! 2. A hook that panics has used up the wake-up which its thread may have been selected by. It goes to the next.

use pythreads_sync_primitives::sync::atomic::{AtomicU64, Ordering};

use pythreads_sync_primitives::thread_record::current_ident;
use pythreads_sync_primitives::wait_queue::Signal;

/// The thread that is inside a hook of the storage, if one is.
#[derive(Debug)]
pub(super) struct HookRunner {
    runner: AtomicU64,
}

const NOBODY: u64 = 0;

impl HookRunner {
    pub(super) const fn new() -> Self {
        Self {
            runner: AtomicU64::new(NOBODY),
        }
    }

    /// Whether the current thread is inside a hook.
    #[inline]
    pub(super) fn is_current_thread(&self) -> bool {
        // ORDERING: Relaxed, a thread finds its own ident only if it has stored it itself (invariant 1).
        let runner = self.runner.load(Ordering::Relaxed);
        runner != NOBODY && runner == current_ident().get()
    }

    /// The current thread, which holds the lock, enters a hook.
    pub(super) fn enter<'queue>(&'queue self, heir: &'queue Signal) -> InHook<'queue> {
        self.set(current_ident().get());
        InHook { runner: self, heir }
    }

    fn set(&self, ident: u64) {
        // ORDERING: Relaxed, as in `is_current_thread`.
        self.runner.store(ident, Ordering::Relaxed);
    }
}

/// The current thread is inside a hook. Dropped without [`leave`](InHook::leave), the hook has panicked.
pub(super) struct InHook<'queue> {
    runner: &'queue HookRunner,
    heir: &'queue Signal,
}

impl InHook<'_> {
    /// The hook has returned.
    pub(super) fn leave(self) {
        self.runner.set(NOBODY);
        std::mem::forget(self);
    }
}

impl Drop for InHook<'_> {
    fn drop(&mut self) {
        self.runner.set(NOBODY);
        self.heir.notify_one();
    }
}
