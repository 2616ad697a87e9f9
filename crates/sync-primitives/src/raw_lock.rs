//! The word under `Lock` and `RLock`.
//!
//! # States
//!
//! | bits     | means                                                                        |
//! |----------|------------------------------------------------------------------------------|
//! | LOCKED   | somebody holds it                                                            |
//! | WAITING  | somebody may be in its queue, so who releases it has to look                 |
//! | DETACHED | it is held without a guard (`LockGuard::detach`); only together with LOCKED  |
//!
//! # Invariants
//!
//! 1. LOCKED goes from clear to set by one compare-exchange, or stays set when the lock is handed over. So there is one
//!    holder.
//! 2. A thread enters the queue only while LOCKED and WAITING are both set, which it checks under the queue's lock;
//!    WAITING is cleared only under that lock. So no release misses a sleeper. A set WAITING without a sleeper is
//!    harmless: the next release clears it.
//! 3. Newcomers may take a free lock ahead of the queue. A waiter that has run out of patience is handed the lock.
//! 4. Waiters that a condition has moved here compete for nothing yet: they are woken by a release, never handed the
//!    lock, and then acquire it as everybody does.
//!
//! # Memory ordering
//!
//! Taking the lock is Acquire and releasing it is Release on the word; a hand-over is ordered by the queue's lock.

use std::cell::Cell;

use crate::deadline::Deadline;
use crate::spin::LockSpin;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::now;
use crate::wait_queue::{self, Choice, Key, Wait, WaitEnd, WaitKind, Waiter};

const FREE: u8 = 0;
const LOCKED: u8 = 1;
const WAITING: u8 = 2;
const DETACHED: u8 = 4;

/// Words for a selected waiter.
const TRY_AGAIN: usize = 0;
const IT_IS_YOURS: usize = 1;

#[derive(Debug)]
pub(crate) struct RawLock {
    word: AtomicU8,
}

impl RawLock {
    pub(crate) const fn new() -> Self {
        Self {
            word: AtomicU8::new(FREE),
        }
    }

    pub(crate) fn is_locked(&self) -> bool {
        // ORDERING: Relaxed, the answer is stale when it returns.
        self.word.load(Ordering::Relaxed) & LOCKED != 0
    }

    #[inline]
    #[must_use]
    pub(crate) fn try_acquire(&self) -> bool {
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & LOCKED == 0 {
            // ORDERING: Acquire, pairs with the Release in `release`.
            match self.word.compare_exchange_weak(
                word,
                word | LOCKED,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
        false
    }

    /// Takes the lock; `false` if the deadline passed first.
    #[inline]
    #[must_use]
    pub(crate) fn acquire(&self, kind: WaitKind, deadline: Deadline) -> bool {
        // ORDERING: Acquire, pairs with the Release in `release`.
        let taken =
            self.word
                .compare_exchange_weak(FREE, LOCKED, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok() || self.acquire_slowly(kind, deadline)
    }

    #[cold]
    fn acquire_slowly(&self, kind: WaitKind, deadline: Deadline) -> bool {
        let spin = LockSpin::default();
        let mut since = None;
        loop {
            if self.try_acquire() {
                return true;
            }
            // ORDERING: Relaxed, only to decide whether to spin.
            let someone_waits = self.word.load(Ordering::Relaxed) & WAITING != 0;
            if !someone_waits && spin.again() {
                continue;
            }
            if !self.announce_waiting() {
                continue;
            }
            let how =
                Wait::shielded(kind, deadline).competing_since(*since.get_or_insert_with(now));
            match wait_queue::wait(self.key(), how, || self.must_wait(), || ()) {
                WaitEnd::Selected(IT_IS_YOURS) => return true,
                WaitEnd::TimedOut { .. } => return self.try_acquire(),
                _ => spin.reset(),
            }
        }
    }

    /// Sets WAITING; `false` if the lock is free.
    fn announce_waiting(&self) -> bool {
        // ORDERING: Relaxed, `must_wait` looks again under the queue's lock.
        let announced = self
            .word
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
                (word & LOCKED != 0).then_some(word | WAITING)
            });
        announced.is_ok()
    }

    /// Runs under the queue's lock.
    fn must_wait(&self) -> bool {
        // ORDERING: Relaxed, the queue's lock orders it (invariant 2).
        self.word.load(Ordering::Relaxed) & (LOCKED | WAITING) == LOCKED | WAITING
    }

    /// Releases the lock, which the caller must hold.
    #[inline]
    pub(crate) fn release(&self) {
        // ORDERING: Release, pairs with the Acquire of the next holder.
        if self
            .word
            .compare_exchange(LOCKED, FREE, Ordering::Release, Ordering::Relaxed)
            .is_err()
        {
            self.release_slowly();
        }
    }

    #[cold]
    fn release_slowly(&self) {
        let hand_over = Cell::new(false);
        let mut first = true;
        let choose = |waiter: &Waiter| {
            if !std::mem::take(&mut first) {
                return Choice::Stop;
            }
            hand_over.set(waiter.is_out_of_patience());
            Choice::Select
        };
        wait_queue::wake(self.key(), choose, |woken| {
            let waiting = if woken.more { WAITING } else { 0 };
            let (word, told) = if hand_over.get() {
                (LOCKED | waiting, IT_IS_YOURS)
            } else {
                (waiting, TRY_AGAIN)
            };
            // ORDERING: Release, pairs with the Acquire of the next holder.
            self.word.store(word, Ordering::Release);
            told
        });
    }

    /// Marks the acquisition of the caller, who holds the lock, as one without a guard.
    pub(crate) fn detach(&self) {
        // ORDERING: Release, pairs with the Acquire in `release_detached`: what the holder did happens before it.
        self.word.fetch_or(DETACHED, Ordering::Release);
    }

    /// Releases a detached acquisition; `false` if there is none.
    pub(crate) fn release_detached(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `detach`; the bit is cleared once, so one caller goes on.
        let claimed = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                (word & DETACHED != 0).then_some(word & !DETACHED)
            });
        if claimed.is_ok() {
            self.release();
        }
        claimed.is_ok()
    }

    /// The queue of those who wait for the lock.
    pub(crate) fn key(&self) -> Key {
        Key::of(&self.word)
    }

    /// Sets WAITING on behalf of waiters that are being moved into the queue, under its lock. The caller holds the lock.
    pub(crate) fn expect_waiters(&self) {
        // ORDERING: Relaxed, the queue's lock orders it (invariant 2).
        self.word.fetch_or(WAITING, Ordering::Relaxed);
    }

    /// Takes the lock again after a wait that may have ended in this lock's queue.
    pub(crate) fn acquire_after(&self, end: WaitEnd, kind: WaitKind) {
        if end != WaitEnd::Selected(IT_IS_YOURS) {
            let acquired = self.acquire(kind, Deadline::Never);
            debug_assert!(acquired, "a wait without a deadline ends with the lock");
        }
    }
}
