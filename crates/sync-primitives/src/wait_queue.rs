//! The one place where threads sleep.
//!
//! A thin layer over `parking_lot_core`, a process-wide table of wait queues keyed by address. A primitive is therefore
//! only its own state word: it allocates nothing, its `new` is const, and deadlines, interruption and the account of
//! who waits for what are written once, here. The table itself is behind `wait_queue::lot`; for the model checkers
//! `wait_queue::model` takes its place.
//!
//! # States of a wait
//!
//! | state     | means                                       | leaves by                                       |
//! |-----------|---------------------------------------------|-------------------------------------------------|
//! | Checking  | under the queue's lock, not yet in it       | `validate` refuses, an interrupt, or Queued     |
//! | Queued    | in the queue, asleep or about to be         | selected, moved, timed out, interrupted         |
//! | Moved     | notified, now in the queue of a lock        | selected there, timed out                       |
//! | Ended     | out of every queue; the end is decided      | never                                           |
//!
//! # Invariants
//!
//! 1. How a wait ends is decided once, under the queue's lock. *Selected wins*: a selected waiter returns
//!    [`WaitEnd::Selected`], and a deadline or interrupt that comes later is left for the next wait. So there is no path
//!    on which a wake-up could get lost.
//! 2. Waiters are selected first come, first served.
//! 3. A [`Waiter`] lives on the sleeping thread's stack and is read by others only under the queue's lock while it is
//!    in the queue. The sleeping thread cannot return before it has been taken out under that lock.
//! 4. Who interrupts sets the mark first and looks for the sleeper second; who goes to sleep announces its queue first
//!    and looks for the mark second. One of the two sees the other.
//! 5. An interrupt that ends a wait is delivered: from then on it cannot be taken back. So who is told of it may leave its
//!    queue for good, and a barrier may break.
//! 6. The deadline of the task that a thread is in the middle of ends its interruptible waits as an interrupt does. It needs
//!    no clock of its own: who sleeps wakes by itself, and who does not sleep is not interrupted.
//!
//! # Who may touch what
//!
//! Callbacks given to this module run under the queue's lock. They read and write atomics, and nothing else: no lock,
//! no allocation, no user code, no panic.
//!
//! # Memory ordering
//!
//! What the waker did before it selected a waiter happens before the waiter returns (both take the queue's lock).

#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
mod lot;
#[cfg(any(pythreads_loom, pythreads_shuttle))]
mod model;
mod signal;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

#[cfg(any(pythreads_loom, pythreads_shuttle))]
use self::model as lot;
use crate::deadline::Deadline;
use crate::sync;
use crate::thread_record::{self, InTask, Tasks, ThreadRecord};

#[cfg(any(pythreads_loom, pythreads_shuttle))]
pub use self::model::{begin, strike};
pub use self::signal::Signal;

/// The address that names a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(usize);

impl Key {
    /// The queue named by the address of `object`, which must stay where it is while anybody waits.
    ///
    /// The object must be one of the caller's own fields, at least one byte long, so that no two objects share a queue.
    pub fn of<T>(object: &T) -> Self {
        const { assert!(size_of::<T>() > 0) };
        Self(std::ptr::from_ref(object).addr())
    }

    pub(crate) fn from_address(address: usize) -> Self {
        Self(address)
    }

    pub(crate) fn address(self) -> usize {
        self.0
    }
}

/// What a thread waits for, as shown by `threading::dump`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum WaitKind {
    /// A `Lock`.
    Lock = 1,
    /// An `RLock`.
    RLock,
    /// An `RwLock`.
    RwLock,
    /// A `Condition`.
    Condition,
    /// A `Semaphore` or `BoundedSemaphore`.
    Semaphore,
    /// An `Event`.
    Event,
    /// A `Barrier`.
    Barrier,
    /// The end of a thread.
    Thread,
    /// `threading::sleep`.
    Sleep,
    /// An item or room in a queue, or the end of its tasks.
    Queue,
    /// The result of a task.
    Future,
    /// A worker that has nothing to do.
    Idle,
    /// The end of a pool or of a scope.
    Pool,
}

impl WaitKind {
    pub(crate) fn from_u8(number: u8) -> Option<Self> {
        const ALL: [WaitKind; 13] = [
            WaitKind::Lock,
            WaitKind::RLock,
            WaitKind::RwLock,
            WaitKind::Condition,
            WaitKind::Semaphore,
            WaitKind::Event,
            WaitKind::Barrier,
            WaitKind::Thread,
            WaitKind::Sleep,
            WaitKind::Queue,
            WaitKind::Future,
            WaitKind::Idle,
            WaitKind::Pool,
        ];
        ALL.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// How long newcomers may pass a waiter that competes with them.
const PATIENCE: Duration = Duration::from_millis(1);

/// How to wait.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    kind: WaitKind,
    deadline: Deadline,
    interruptible: bool,
    since: Option<Instant>,
    want: usize,
}

impl Wait {
    /// A wait inside the engine: no interrupt ends it.
    #[inline]
    pub fn shielded(kind: WaitKind, deadline: Deadline) -> Self {
        Self {
            kind,
            deadline,
            interruptible: false,
            since: None,
            want: 1,
        }
    }

    /// A wait of a public verb: an interrupt of the thread ends it, unless the thread is shielded or unwinding.
    #[inline]
    pub fn interruptible(kind: WaitKind, deadline: Deadline) -> Self {
        Self {
            interruptible: true,
            ..Self::shielded(kind, deadline)
        }
    }

    /// Remembers since when the thread competes, over several sleeps of one verb.
    #[must_use]
    pub fn competing_since(self, since: Instant) -> Self {
        Self {
            since: Some(since),
            ..self
        }
    }

    /// How many of what it waits for the thread asks for.
    #[must_use]
    pub fn wanting(self, want: usize) -> Self {
        Self { want, ..self }
    }

    /// When the wait gives up.
    pub fn deadline(self) -> Deadline {
        self.deadline
    }
}

/// A thread in a queue, as its waker sees it.
#[derive(Clone, Debug)]
pub struct Waiter {
    /// The address of the thread's record, never to be followed.
    thread: usize,
    since: Option<Instant>,
    want: usize,
}

impl Waiter {
    /// Since when it competes for what it waits for; `None` where there is nothing to compete for.
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Whether newcomers have passed it for so long that it must be handed what it waits for.
    pub fn is_out_of_patience(&self) -> bool {
        self.since
            .is_some_and(|since| sync::now().saturating_duration_since(since) >= PATIENCE)
    }

    /// How many it asks for.
    pub fn want(&self) -> usize {
        self.want
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a selected waiter has taken a wake-up that nobody else will get"]
#[non_exhaustive]
pub enum WaitEnd {
    /// A waker selected this thread and gave it this word (at most [`MAX_WORD`]).
    Selected(usize),
    /// `validate` refused: there is no need to wait. The thread did not sleep.
    NotNeeded,
    /// The deadline passed; `moved` if the thread had been moved to the queue of a lock before.
    TimedOut {
        /// Whether a notification had reached the thread.
        moved: bool,
    },
    /// The thread has a pending interrupt, which the caller has to deliver, and which nobody can take back any more.
    Interrupted,
}

/// The largest word a waker can give.
pub const MAX_WORD: usize = usize::MAX - 1;
const INTERRUPTED: usize = usize::MAX;

/// Sleeps in the queue `key` until selected, interrupted, or out of time.
///
/// `validate` runs under the queue's lock and says whether there still is a reason to sleep; `before_sleep` runs after
/// the thread has entered the queue and its lock was released (so it may release a mutex without a wake-up getting
/// lost). Neither is run, and [`WaitEnd::Interrupted`] is returned, if an interrupt is pending already.
pub fn wait(
    key: Key,
    how: Wait,
    validate: impl FnOnce() -> bool,
    before_sleep: impl FnOnce(),
) -> WaitEnd {
    let record = thread_record::current();
    let interruptible = how.interruptible && record.is_open_to_interrupts();
    let tasks = thread_record::tasks().filter(|_| interruptible);
    let task = tasks.and_then(|tasks| tasks.about_to_wait(&record));
    record.note_wait();
    let ends_first = |task: &InTask| how.deadline.earlier(task.deadline) != how.deadline;
    let deadline_of_task = task.filter(ends_first).map(|task| task.deadline);
    let waiter = Waiter {
        thread: address_of(&record),
        since: how.since,
        want: how.want,
    };
    let (mut validate, mut before_sleep) = (Some(validate), Some(before_sleep));
    loop {
        let mut interrupted = false;
        let enter = || {
            interrupted = !record.begin_wait(key, how.kind, interruptible, task.as_ref());
            !interrupted && validate.take().is_some_and(|validate| validate())
        };
        let fall_asleep = || before_sleep.take().into_iter().for_each(|call| call());
        let until = deadline_of_task.unwrap_or(how.deadline);
        let slept = lot::sleep(key, &waiter, until, enter, fall_asleep);
        record.end_wait(interruptible, task.is_some());
        return match slept {
            Slept::Selected(INTERRUPTED) => WaitEnd::Interrupted,
            Slept::Selected(word) => WaitEnd::Selected(word),
            Slept::Refused if !interrupted => WaitEnd::NotNeeded,
            Slept::Refused if record.accept_raised() => WaitEnd::Interrupted,
            Slept::Refused if tasks.is_some_and(Tasks::is_interrupted) => WaitEnd::Interrupted,
            Slept::Refused => continue, // it has been taken back
            // A wait that was moved has had its notification, and the lock it is for cannot be interrupted.
            Slept::TimedOut { ended_in } if deadline_of_task.is_some() && ended_in == key => {
                WaitEnd::Interrupted
            }
            Slept::TimedOut { ended_in } => WaitEnd::TimedOut {
                moved: ended_in != key,
            },
        };
    }
}

/// What the table of queues says of a sleep.
enum Slept {
    /// A waker selected the thread and gave it this word.
    Selected(usize),
    /// The thread was refused when it came; it did not sleep.
    Refused,
    /// The deadline passed while the thread was in this queue.
    TimedOut { ended_in: Key },
}

/// What to do with a waiter that is looked at in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Choice {
    /// Select it and look at the next one.
    Select,
    /// Leave it and look at the next one.
    Skip,
    /// Leave it and everyone behind it.
    Stop,
}

/// What a waker found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Woken {
    /// How many threads were selected.
    pub selected: usize,
    /// Whether anybody is left in the queue.
    pub more: bool,
}

/// Looks at the waiters of `key` in their order, wakes those `choose` selects, and gives them the word `decided` returns.
///
/// Both run under the queue's lock; `decided` runs once, after the last choice. The threads are woken after that lock
/// has been released.
pub fn wake(
    key: Key,
    choose: impl FnMut(&Waiter) -> Choice,
    decided: impl FnOnce(Woken) -> usize,
) -> Woken {
    lot::wake(key, choose, decided)
}

/// Selects at most `limit` waiters, oldest first, and tells how many there were.
pub fn wake_up_to(key: Key, limit: usize) -> Woken {
    let mut left = limit;
    let choose = |_: &Waiter| {
        if left == 0 {
            return Choice::Stop;
        }
        left -= 1;
        Choice::Select
    };
    wake(key, choose, |_| 0)
}

/// Moves the oldest waiter, or all, from the queue `from` to the end of the queue `to`, without waking anybody.
///
/// `prepare` runs under the locks of both queues before anything moves. Returns how many were moved.
pub fn move_waiters(from: Key, to: Key, all: bool, prepare: impl FnOnce()) -> usize {
    lot::move_waiters(from, to, all, prepare)
}

/// Ends the wait of `record`'s thread, if it still is in the queue `key`, and tells whether it was: it may have been
/// selected, or moved to another queue with a notification that must not get lost.
///
/// The caller sees to it that the thread has not left its wait, so `key` still is one of ours, and what the thread does in
/// it can be interrupted (thread record, invariant 4).
pub(crate) fn interrupt(key: Key, record: &ThreadRecord) -> bool {
    let choose = |waiter: &Waiter| {
        if waiter.thread == address_of(record) {
            Choice::Select
        } else {
            Choice::Skip
        }
    };
    wake(key, choose, |_| INTERRUPTED).selected > 0
}

fn address_of(record: &ThreadRecord) -> usize {
    std::ptr::from_ref(record).addr()
}
