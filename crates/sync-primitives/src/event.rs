//! `Event`: a flag that threads can wait for.
//!
//! # States
//!
//! | word    | means                                        |
//! |---------|----------------------------------------------|
//! | CLEAR   | not set, nobody waits                        |
//! | AWAITED | not set, somebody may wait                   |
//! | SET     | set                                          |
//!
//! # Invariants
//!
//! 1. A thread enters the queue only while the word is AWAITED, which it checks under the queue's lock.
//! 2. AWAITED turns into SET under the queue's lock, where everybody in the queue is selected. So the waiters of that
//!    moment, and nobody else, return `true`, even if the flag is cleared before they run (V4).
//!
//! # Memory ordering
//!
//! `set` is Release and a look that finds it set is Acquire: what happened before `set` happens before the return.

use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::interrupt::check_interrupt;
use crate::spin::Glance;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::wait_queue::{self, Choice, Key, Wait, WaitEnd, WaitKind};

const CLEAR: u8 = 0;
const AWAITED: u8 = 1;
const SET: u8 = 2;

/// A flag that one thread sets and others wait for.
///
/// # Memory ordering
///
/// What a thread did before [`set`](Event::set) happens before a wait that returns because of it, and before an
/// [`is_set`](Event::is_set) that returns `true`.
///
/// # Differences from Python
///
/// Timeouts cannot be negative or too large. `set` may be called from anywhere, also while the same thread is inside
/// another call (V7).
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::Event;
/// use std::time::Duration;
///
/// static READY: Event = Event::new();
///
/// assert!(!READY.wait_timeout(Duration::from_millis(1)));
/// READY.set();
/// READY.wait(); // returns at once
/// ```
#[derive(Debug, Default)]
pub struct Event {
    word: AtomicU8,
}

impl Event {
    /// An event that is not set.
    pub const fn new() -> Self {
        Self {
            word: AtomicU8::new(CLEAR),
        }
    }

    /// Whether the event is set. One load.
    #[doc(alias = "isSet")]
    #[inline]
    pub fn is_set(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `set`.
        self.word.load(Ordering::Acquire) == SET
    }

    /// Sets the event and wakes everybody who waits for it.
    pub fn set(&self) {
        // ORDERING: Release, pairs with the Acquire in `is_set`; also if it was set already.
        let set = self
            .word
            .fetch_update(Ordering::Release, Ordering::Relaxed, |word| {
                (word != AWAITED).then_some(SET)
            });
        if set.is_err() {
            self.set_and_wake();
        }
    }

    #[cold]
    fn set_and_wake(&self) {
        wait_queue::wake(
            Key::of(self),
            |_| Choice::Select,
            |_| {
                // ORDERING: Release, as in `set`; a swap, so that another `set` of this moment is not hidden.
                self.word.swap(SET, Ordering::Release);
                0
            },
        );
    }

    /// Clears the event, so that later waits wait.
    pub fn clear(&self) {
        // ORDERING: Relaxed, clearing publishes nothing. AWAITED stays.
        let _was_not_set =
            self.word
                .compare_exchange(SET, CLEAR, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Waits until the event is set.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    pub fn wait(&self) {
        let set = self.wait_until(Deadline::Never);
        debug_assert!(set, "a wait without a deadline ends when the event is set");
    }

    /// Waits until the event is set, at most `timeout`; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.is_set() || self.wait_until(Deadline::after(timeout))
    }

    /// Waits until the event is set, until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    pub fn wait_deadline(&self, deadline: Instant) -> bool {
        self.wait_until(deadline.into())
    }

    fn wait_until(&self, deadline: Deadline) -> bool {
        let glance = Glance::new();
        loop {
            if self.is_set() {
                return true;
            }
            if deadline.has_passed() {
                return false;
            }
            if glance.again() {
                continue;
            }
            // ORDERING: Relaxed, the queue's lock orders what follows.
            let _ =
                self.word
                    .compare_exchange(CLEAR, AWAITED, Ordering::Relaxed, Ordering::Relaxed);
            let how = Wait::interruptible(WaitKind::Event, deadline);
            match wait_queue::wait(Key::of(self), how, || self.is_awaited(), || ()) {
                WaitEnd::Selected(_) => return true,
                WaitEnd::Interrupted => check_interrupt(),
                WaitEnd::TimedOut { .. } | WaitEnd::NotNeeded => {}
            }
        }
    }

    /// Runs under the queue's lock.
    fn is_awaited(&self) -> bool {
        // ORDERING: Relaxed, the queue's lock orders it: `set` has yet to take it, and will find this thread.
        self.word.load(Ordering::Relaxed) == AWAITED
    }
}
