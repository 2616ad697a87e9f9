//! The word under `Lock` and `RLock`.
//!
//! # States
//!
//! | bits     | means                                                                             |
//! |----------|-----------------------------------------------------------------------------------|
//! | LOCKED   | somebody holds it                                                                 |
//! | WAITING  | somebody may be in its queue, so who has released it has to look                  |
//! | OVERDUE  | who releases it hands it over, so newcomers must not take it; only beside WAITING |
//! | DETACHED | it is held without a guard (`LockGuard::detach`); only beside LOCKED              |
//!
//! A release frees the lock first and looks into the queue second, so that nobody is kept out meanwhile. If it finds a
//! waiter that has run out of patience, it takes the lock for that one; if a newcomer has been quicker, it sets OVERDUE,
//! and what the newcomer releases stays reserved until it has been handed over.
//!
//! # Invariants
//!
//! 1. LOCKED goes from clear to set by one read-modify-write operation: in a word without OVERDUE, or under the queue's
//!    lock on behalf of the waiter that is handed the lock. So there is one holder.
//! 2. A thread enters the queue only while the lock is held or reserved and WAITING is set, which it checks under the
//!    queue's lock; WAITING is cleared only under that lock, when the queue is empty. So who releases the lock then finds
//!    WAITING, and no release misses a sleeper. A set WAITING without a sleeper is harmless: the next release clears it.
//! 3. OVERDUE is set only under the queue's lock, while LOCKED is set and somebody is in the queue, and cleared only under
//!    that lock. So the holder's release finds WAITING and looks into the queue; who looks while LOCKED is clear leaves
//!    OVERDUE clear. So a lock does not stay reserved.
//! 4. Newcomers may take a free lock ahead of the queue. The first in the queue is woken by each release, but once it has
//!    run out of patience it is left asleep until it is handed the lock.
//! 5. Waiters that a condition has moved here compete for nothing yet: they are woken by a release, never handed the
//!    lock, and then acquire it as everybody does. A release wakes two of them, if they come first, since a herd that was
//!    notified at once is up sooner if one wakes the next while the other has the lock.
//!
//! # Memory ordering
//!
//! Taking the lock, for oneself or for another, is Acquire and releasing it is Release on the word, which is changed by
//! read-modify-write operations only. The queue's lock takes a hand-over to the waiter.

use std::cell::Cell;

use crate::deadline::Deadline;
use crate::spin::LockSpin;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::now;
use crate::wait_queue::{self, Choice, Key, Wait, WaitEnd, WaitKind, Waiter};

const FREE: u8 = 0;
const LOCKED: u8 = 1;
const WAITING: u8 = 2;
const OVERDUE: u8 = 4;
const DETACHED: u8 = 8;

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
        !is_free(self.word.load(Ordering::Relaxed))
    }

    #[inline]
    #[must_use]
    pub(crate) fn try_acquire(&self) -> bool {
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        while is_free(word) {
            match self.try_take(word) {
                Ok(()) => return true,
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
        // One load for each look: a second one would take the word's cache line from the holder again.
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            if is_free(word) {
                match self.try_take(word) {
                    Ok(()) => return true,
                    Err(seen) => word = seen,
                }
                continue;
            }
            if word & WAITING == 0 {
                if spin.again() {
                    // ORDERING: Relaxed, as above.
                    word = self.word.load(Ordering::Relaxed);
                    continue;
                }
                if let Err(seen) = self.announce_waiting(word) {
                    word = seen;
                    continue;
                }
            }
            let how =
                Wait::shielded(kind, deadline).competing_since(*since.get_or_insert_with(now));
            match wait_queue::wait(self.key(), how, || self.must_wait(), || ()) {
                WaitEnd::Selected(IT_IS_YOURS) => return true,
                WaitEnd::TimedOut { .. } => return self.try_acquire(),
                _ => spin.reset(),
            }
            // ORDERING: Relaxed, as above.
            word = self.word.load(Ordering::Relaxed);
        }
    }

    /// Sets LOCKED in a word that was `free`, or returns what it is.
    #[inline]
    fn try_take(&self, free: u8) -> Result<(), u8> {
        // ORDERING: Acquire, pairs with the Release in `release`.
        self.word
            .compare_exchange_weak(free, free | LOCKED, Ordering::Acquire, Ordering::Relaxed)
            .map(drop)
    }

    /// Sets WAITING in a word that was `held`, or returns what it is.
    fn announce_waiting(&self, held: u8) -> Result<(), u8> {
        // ORDERING: Relaxed, `must_wait` looks again under the queue's lock.
        self.word
            .compare_exchange_weak(held, held | WAITING, Ordering::Relaxed, Ordering::Relaxed)
            .map(drop)
    }

    /// Runs under the queue's lock.
    fn must_wait(&self) -> bool {
        // ORDERING: Relaxed, the queue's lock orders it (invariant 2).
        let word = self.word.load(Ordering::Relaxed);
        !is_free(word) && word & WAITING != 0
    }

    /// Releases the lock, which the caller must hold.
    #[inline]
    pub(crate) fn release(&self) {
        // ORDERING: Release, pairs with the Acquire of the next holder.
        if self.word.fetch_sub(LOCKED, Ordering::Release) & WAITING != 0 {
            self.serve();
        }
    }

    /// After a release that found WAITING: wakes the first in the queue, or sees to it that it gets the lock. Of those that
    /// were notified, the first two.
    #[cold]
    fn serve(&self) {
        let told = Cell::new(TRY_AGAIN);
        let reserved = Cell::new(false);
        let mut first = true;
        let mut notified = 0;
        let choose = |waiter: &Waiter| {
            let is_first = std::mem::take(&mut first);
            if waiter.since().is_none() && (is_first || notified == 1) {
                notified += 1;
                return Choice::Select;
            }
            if !is_first {
                return Choice::Stop;
            }
            if !waiter.is_out_of_patience() {
                return Choice::Select;
            }
            reserved.set(!self.take_or_reserve());
            if reserved.get() {
                return Choice::Stop;
            }
            told.set(IT_IS_YOURS);
            Choice::Select
        };
        wait_queue::wake(self.key(), choose, |woken| {
            let waiting = if woken.more { 0 } else { WAITING };
            // Else the one that it was reserved for has left.
            let overdue = if reserved.get() { 0 } else { OVERDUE };
            // ORDERING: Relaxed, the queue's lock orders it (invariants 2 and 3).
            if self.word.load(Ordering::Relaxed) & (waiting | overdue) != 0 {
                self.word.fetch_and(!(waiting | overdue), Ordering::Relaxed);
            }
            told.get()
        });
    }

    /// Runs under the queue's lock: takes the lock for the first in the queue, or, if somebody holds it, reserves it.
    fn take_or_reserve(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `release`, perhaps of a newcomer that was here in between.
        let before = self
            .word
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                Some(if word & LOCKED == 0 {
                    word & !OVERDUE | LOCKED
                } else {
                    word | OVERDUE
                })
            });
        before.is_ok_and(|word| word & LOCKED == 0)
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

/// Whether anybody may take the lock.
#[inline]
fn is_free(word: u8) -> bool {
    word & (LOCKED | OVERDUE) == 0
}

#[cfg(test)]
mod tests;
