//! How many tasks may be pending in a crew whose queue is bounded.
//!
//! # Invariants
//!
//! 1. `pending` counts the slots that have been handed out and not been left. A slot is left once, when its task is begun,
//!    cancelled or refused, by the thread that did it, or when it is dropped.
//! 2. Only the crew's own workers are let in beyond the bound. A closed gate lets everybody in: the crew says no.
//!
//! # Lock order
//!
//! The gate's mutex is taken alone.

use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::sync::atomic::{AtomicBool, Ordering};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Gate {
    bound: usize,
    inner: Mutex<Inner>,
    /// Announces that `pending` fell below the bound, or that the gate is closed. Guarded by `inner`. A slot that is left
    /// wakes one, since it serves one; closing wakes all.
    room: Signal,
}

#[derive(Debug, Default)]
struct Inner {
    pending: usize,
    is_closed: bool,
}

/// A pending task's place.
#[derive(Debug)]
pub(crate) struct Slot {
    gate: Arc<Gate>,
    is_left: AtomicBool,
}

impl Gate {
    pub(crate) fn new(bound: usize) -> Arc<Self> {
        Arc::new(Self {
            bound,
            inner: Mutex::default(),
            room: Signal::new(),
        })
    }

    /// Waits for room; `None` if the deadline passed first. An interruption point.
    pub(crate) fn enter(self: &Arc<Self>, deadline: Deadline) -> Option<Slot> {
        let how = Wait::interruptible(WaitKind::Queue, deadline);
        let mut inner = self.inner.lock();
        while inner.pending >= self.bound && !inner.is_closed {
            if deadline.has_passed() {
                return None;
            }
            let end;
            (inner, end) = self.room.wait(inner, how);
            if end == WaitEnd::Interrupted {
                drop(inner);
                check_interrupt();
                inner = self.inner.lock();
            }
        }
        inner.pending += 1;
        drop(inner);
        Some(self.slot())
    }

    /// Lets in one who must not wait.
    pub(crate) fn enter_beyond(self: &Arc<Self>) -> Slot {
        self.inner.lock().pending += 1;
        self.slot()
    }

    fn slot(self: &Arc<Self>) -> Slot {
        Slot {
            gate: Arc::clone(self),
            is_left: AtomicBool::new(false),
        }
    }

    /// Nobody waits here any more.
    pub(crate) fn close(&self) {
        self.inner.lock().is_closed = true;
        self.room.notify_all();
    }
}

impl Slot {
    /// Makes room for another task, the first time.
    pub(crate) fn leave(&self) {
        // ORDERING: Relaxed, it says who goes on; the gate's lock orders the rest.
        if self.is_left.swap(true, Ordering::Relaxed) {
            return;
        }
        let has_room = {
            let mut inner = self.gate.inner.lock();
            inner.pending -= 1;
            inner.pending < self.gate.bound
        };
        if has_room {
            self.gate.room.notify_one();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.leave();
    }
}
