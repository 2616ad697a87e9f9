//! An exit at once, while the handler may be running.
//!
//! # Invariants
//!
//! 1. Who asks for an exit at once notes that first and looks for a running handler second; the handler announces itself
//!    first and looks for such a note second. One of the two sees the other and ends the process. (std lets nobody else
//!    call `exit` while a handler runs: a second caller is parked for ever.)

use pythreads_sync_primitives::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug)]
pub(crate) struct AtOnce {
    handler_runs: AtomicBool,
    asked_for: AtomicBool,
}

impl AtOnce {
    pub(crate) const fn new() -> Self {
        Self {
            handler_runs: AtomicBool::new(false),
            asked_for: AtomicBool::new(false),
        }
    }

    /// In the handler: whether it is to wait for threads.
    #[must_use]
    pub(crate) fn handler_goes_on(&self) -> bool {
        // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `asker_ends_process` (invariant 1).
        self.handler_runs.store(true, Ordering::SeqCst);
        !self.asked_for.load(Ordering::SeqCst)
    }

    /// In a thread that wants the process to end: whether it is to do that by itself, since std would park it.
    #[must_use]
    pub(crate) fn asker_ends_process(&self) -> bool {
        // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `handler_goes_on` (invariant 1).
        self.asked_for.store(true, Ordering::SeqCst);
        self.handler_runs.load(Ordering::SeqCst)
    }
}
