//! A worker's place in its crew, from the moment somebody sets out to start the worker.
//!
//! # Invariants
//!
//! 1. A place is counted as alive and looking until it is settled: taken by a worker that begins, or given up. That
//!    happens exactly once, whatever becomes of the thread.

use std::sync::Arc;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, Ordering};
use pythreads_sync_primitives::{Exception, ExceptionKind};

use super::{Crew, worker};

/// Travels to the new thread inside the thread's body. Dropped without having been taken (a thread hook panicked), it is
/// given up.
pub(super) struct Place {
    crew: Arc<Crew>,
    settled: Settled,
}

/// Whether a place has been taken or given up.
#[derive(Clone, Default)]
pub(super) struct Settled(Arc<AtomicBool>);

impl Place {
    pub(super) fn new(crew: &Arc<Crew>) -> Self {
        Self {
            crew: Arc::clone(crew),
            settled: Settled::default(),
        }
    }

    pub(super) fn settled(&self) -> Settled {
        self.settled.clone()
    }

    /// In the new thread: becomes the worker.
    pub(super) fn take(self) {
        if self.settled.settle() {
            worker::run(&self.crew);
        }
    }
}

impl Settled {
    /// `true` for the one who decides what becomes of the place.
    #[must_use = "who settles a place must take it or give it up"]
    pub(super) fn settle(&self) -> bool {
        // ORDERING: Relaxed, it says who goes on; the roster's lock orders the rest.
        !self.0.swap(true, Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.settled.settle() {
            let message = "the worker's thread ended before it began";
            let exception = Exception::of_kind(ExceptionKind::Abandoned, message);
            self.crew.worker_not_started(&exception);
        }
    }
}
