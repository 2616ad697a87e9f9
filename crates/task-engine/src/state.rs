//! The state of a task as a type: its phases, and who may move it from one to the next.
//!
//! # States
//!
//! | phase     | claim       | cancel            | complete              |
//! |-----------|-------------|-------------------|-----------------------|
//! | Pending   | → Running   | → Cancelled       | -                     |
//! | Running   | refused     | too late          | → Finished, Failed    |
//! | Finished  | refused     | too late          | -                     |
//! | Failed    | refused     | too late          | -                     |
//! | Cancelled | refused     | already           | -                     |
//!
//! Beside the phase stand four flags that are set once: *awaited* (a thread may sleep until the task is done), *watched*
//! (a callback wants to hear how it ended), *heard* (somebody else wants to hear that it ended) and *orphaned* (the owner of
//! the result is gone, so nobody will take it). A fifth is set and cleared while the task runs: *interrupted* (an exception
//! waits for it to be delivered in its midst).
//!
//! # Invariants
//!
//! 1. Pending is left once, by one thread. Whoever moved the task to Running runs it; whoever moved it to Cancelled drops
//!    its closure.
//! 2. Running is left once, by the thread that claimed the task.
//! 3. Of `complete` and `orphan` the later one sees the other, so the result is dropped by exactly one of them.
//! 4. Of `complete` and `watch` the later one sees the other, so how the task ended is noted for callbacks, before the owner
//!    can take the result, if and only if there are any.
//! 5. Of the end and `listen` or `watch` the later one sees the other, so who ends a task looks into the list of watchers if
//!    somebody may stand there, and nobody enters it afterwards.
//!
//! # Memory ordering
//!
//! `complete` is Release and every look that finds the task done is Acquire: what the task did happens before.

use pythreads_sync_primitives::sync::atomic::{AtomicU8, Ordering};
use pythreads_sync_primitives::wait_queue::Key;

const PENDING: u8 = 0;
const RUNNING: u8 = 1;
const FINISHED: u8 = 2;
const FAILED: u8 = 3;
const CANCELLED: u8 = 4;
const PHASE: u8 = 0b0000_0111;
const INTERRUPTED: u8 = 0b0000_1000;
const AWAITED: u8 = 0b0001_0000;
const ORPHANED: u8 = 0b0010_0000;
const WATCHED: u8 = 0b0100_0000;
const HEARD: u8 = 0b1000_0000;

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Nobody has taken it yet.
    Pending,
    /// Somebody runs it.
    Running,
    /// It has a result.
    Finished,
    /// It has an exception.
    Failed,
    /// It was cancelled before it ran.
    Cancelled,
}

impl Phase {
    fn of(word: u8) -> Self {
        match word & PHASE {
            PENDING => Self::Pending,
            RUNNING => Self::Running,
            FINISHED => Self::Finished,
            FAILED => Self::Failed,
            _ => Self::Cancelled,
        }
    }

    /// Whether the task will never run again.
    pub fn is_done(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// Whether its node holds an outcome.
    pub fn has_outcome(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// What came of an attempt to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whoever cancelled a task must drop its closure"]
pub(crate) enum Cancel {
    /// This call cancelled it.
    Done(Audience),
    /// It had been cancelled before.
    Already,
    /// It runs or is done.
    TooLate,
}

/// Who has to be told that a task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    /// Threads may sleep until the task is done.
    pub(crate) sleeps: bool,
    /// The list of watchers is worth a look.
    pub(crate) watches: bool,
}

impl Audience {
    fn of(word: u8) -> Self {
        Self {
            sleeps: word & AWAITED != 0,
            watches: word & (HEARD | WATCHED | INTERRUPTED) != 0,
        }
    }
}

/// What the thread that completed a task has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "who completes a task must wake those who wait, and drop a result nobody will take"]
pub(crate) struct Completed {
    /// To be told.
    pub(crate) audience: Audience,
    /// Nobody will take the result.
    pub(crate) orphaned: bool,
}

/// The word. See the [module](self).
#[derive(Debug)]
pub(crate) struct State(AtomicU8);

impl State {
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(PENDING))
    }

    pub(crate) fn phase(&self) -> Phase {
        // ORDERING: Acquire, pairs with the Release in `complete`.
        Phase::of(self.0.load(Ordering::Acquire))
    }

    /// Pending → Running; `true` for the one thread that may run the task.
    #[must_use = "who claims a task must complete it"]
    pub(crate) fn claim(&self) -> bool {
        self.leave_pending(RUNNING).is_ok()
    }

    /// Pending → Cancelled.
    pub(crate) fn cancel(&self) -> Cancel {
        match self.leave_pending(CANCELLED) {
            Ok(word) => Cancel::Done(Audience::of(word)),
            Err(Phase::Cancelled) => Cancel::Already,
            Err(_) => Cancel::TooLate,
        }
    }

    fn leave_pending(&self, phase: u8) -> Result<u8, Phase> {
        // ORDERING: AcqRel, the closure was written before the node was shared; a cancel publishes like `complete`.
        let left = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |word| {
                (word & PHASE == PENDING).then_some(word | phase)
            });
        left.map_err(Phase::of)
    }

    /// Running → Finished or Failed. Only for the thread that claimed the task. `note` is called before, perhaps more than
    /// once, if a callback wants to hear how it ended.
    pub(crate) fn complete(&self, failed: bool, mut note: impl FnMut()) -> Completed {
        let phase = if failed { FAILED } else { FINISHED };
        let complete = |word| {
            if word & WATCHED != 0 {
                note();
            }
            Some(word ^ (RUNNING ^ phase))
        };
        // ORDERING: Release publishes the outcome, pairs with the Acquire in `phase`; Acquire pairs with `orphan`.
        let before = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, complete);
        let before = before.unwrap_or_else(|word| word);
        debug_assert_eq!(
            Phase::of(before),
            Phase::Running,
            "a task is completed once, by who claimed it"
        );
        Completed {
            audience: Audience::of(before),
            orphaned: before & ORPHANED != 0,
        }
    }

    /// A callback wants to hear how the task ended; `false` if it is done.
    #[must_use = "nobody tells a callback of a task that is done"]
    pub(crate) fn watch(&self) -> bool {
        // ORDERING: Acquire, as in `phase`.
        !Phase::of(self.0.fetch_or(WATCHED, Ordering::Acquire)).is_done()
    }

    /// Somebody is about to enter the list of watchers; `false` if the task is done.
    #[must_use = "nobody looks into the list of a task that is done"]
    pub(crate) fn listen(&self) -> bool {
        // ORDERING: Acquire, as in `phase`; the list has a lock of its own.
        !Phase::of(self.0.fetch_or(HEARD, Ordering::Acquire)).is_done()
    }

    /// An exception is there to be delivered in the midst of the task; `false` if it does not run.
    #[must_use = "nobody delivers anything in a task that does not run"]
    pub(crate) fn interrupt(&self) -> bool {
        let mark = |word| (word & PHASE == RUNNING).then_some(word | INTERRUPTED);
        // ORDERING: SeqCst, store-then-load with the thread's record: see its memory ordering.
        let marked = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, mark);
        marked.is_ok()
    }

    /// Whether an exception is there. Only the thread that runs the task need ask.
    pub(crate) fn is_interrupted(&self) -> bool {
        // ORDERING: SeqCst, as in `interrupt`.
        self.0.load(Ordering::SeqCst) & INTERRUPTED != 0
    }

    /// The thread that runs the task is about to deliver the exception.
    pub(crate) fn deliver(&self) {
        // ORDERING: Relaxed, the list of watchers, in which the exception stands, has a lock of its own.
        self.0.fetch_and(!INTERRUPTED, Ordering::Relaxed);
    }

    /// The owner of the result goes away; returns where the task stood.
    pub(crate) fn orphan(&self) -> Phase {
        // ORDERING: Acquire, to see an outcome that must be dropped now; Release pairs with `complete`.
        Phase::of(self.0.fetch_or(ORPHANED, Ordering::AcqRel))
    }

    /// A thread is about to sleep until the task is done; `false` if it is done.
    pub(crate) fn announce_waiting(&self) -> bool {
        // ORDERING: Acquire, as in `phase`.
        !Phase::of(self.0.fetch_or(AWAITED, Ordering::Acquire)).is_done()
    }

    /// Whether somebody waits to hear that the task is done. Who enters as such later sees what was written before.
    pub(crate) fn is_awaited(&self) -> bool {
        // ORDERING: Release, a write that changes nothing: pairs with the Acquire of `announce_waiting`, `listen` and `watch`,
        // of which it sees all that come before it.
        self.0.fetch_or(0, Ordering::Release) & (AWAITED | WATCHED | HEARD) != 0
    }

    /// The queue of those who sleep until the task is done.
    pub(crate) fn key(&self) -> Key {
        Key::of(&self.0)
    }
}

#[cfg(test)]
mod tests;
