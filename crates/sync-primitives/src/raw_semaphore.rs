//! The word under `Semaphore`, `BoundedSemaphore` and `RwLock`: a count of permits and a queue of those who want some.
//!
//! # States
//!
//! | bits      | means                                                                |
//! |-----------|----------------------------------------------------------------------|
//! | QUEUED    | somebody may be in the queue                                         |
//! | the rest  | how many permits are there, among them those promised to the selected |
//!
//! A selected waiter is either *granted* its permits, which then are no longer in the word, or they are *promised*:
//! they stay there, a newcomer may be quicker, and the waiter tries to take them when it runs.
//!
//! # Invariants
//!
//! 1. A thread enters the queue only by a compare-exchange that sets QUEUED, under the queue's lock, in a word that has
//!    too few permits for it or in which somebody was before it. QUEUED is cleared only under that lock, when the queue is
//!    empty. So a release that finds QUEUED clear misses nobody.
//! 2. While QUEUED is set, permits are taken only under the queue's lock, and who adds some serves the queue afterwards.
//! 3. `promised` counts the permits promised to waiters that have not tried yet. It changes only under the queue's lock.
//! 4. If the first in the queue wants no more than what is there beyond the promised, then somebody is about to serve:
//!    who has added permits, who has left the queue from before it, or who was promised some and did not get them.
//! 5. Newcomers do not pass a waiter that wants more than what is there. They may pass others, until those have run out of
//!    patience: then permits are granted.
//!
//! # Memory ordering
//!
//! Taking permits is Acquire and adding them is Release. The word is changed by read-modify-write operations only, so who
//! takes a permit sees what happened before *each* release up to then. A grant is Acquire and Release, and the queue's
//! lock takes it to the waiter. `promised` is ordered by the queue's lock.

use std::cell::Cell;

use crate::interrupt::check_interrupt;
use crate::spin::Glance;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::now;
use crate::wait_queue::{self, Choice, Key, Wait, WaitEnd, Waiter, Woken};

const QUEUED: usize = 1;
const ONE: usize = 2;

/// Words for a selected waiter.
const PROMISED: usize = 0;
const GRANTED: usize = 1;

#[derive(Debug)]
pub(crate) struct RawSemaphore {
    word: AtomicUsize,
    promised: AtomicUsize,
}

impl RawSemaphore {
    /// The most permits there can be.
    pub(crate) const MAX: usize = usize::MAX / ONE;

    pub(crate) const fn new(permits: usize) -> Self {
        Self {
            word: AtomicUsize::new(permits * ONE),
            promised: AtomicUsize::new(0),
        }
    }

    pub(crate) fn available(&self) -> usize {
        // ORDERING: Relaxed, the answer is stale when it returns.
        permits(self.word.load(Ordering::Relaxed))
    }

    #[inline]
    #[must_use]
    pub(crate) fn try_acquire(&self, n: usize) -> bool {
        self.try_take(n).is_ok()
    }

    /// Takes `n` permits; `false` if the deadline passed first. `how` is asked for by who has to wait.
    #[inline]
    #[must_use]
    pub(crate) fn acquire(&self, n: usize, how: impl FnOnce() -> Wait) -> bool {
        self.try_take(n).is_ok() || self.acquire_slowly(n, how)
    }

    /// Takes all of the [`MAX`](Self::MAX) permits that the semaphore was made with; `false` if the deadline passed first.
    #[inline]
    #[must_use]
    pub(crate) fn acquire_all(&self, how: impl FnOnce() -> Wait) -> bool {
        // ORDERING: Acquire, pairs with the Release in `put_back`. The word says that all are there and nobody is queued.
        let taken =
            self.word
                .compare_exchange(Self::MAX * ONE, 0, Ordering::Acquire, Ordering::Relaxed);
        taken.is_ok() || self.acquire_slowly(Self::MAX, how)
    }

    /// A function of its own, so that what describes the wait is not made, nor room for it, by who does not wait.
    #[cold]
    #[inline(never)]
    fn acquire_slowly(&self, n: usize, how: impl FnOnce() -> Wait) -> bool {
        self.wait_for(n, how())
    }

    fn wait_for(&self, n: usize, how: Wait) -> bool {
        let glance = Glance::new();
        let mut since = None;
        loop {
            let Err(seen) = self.try_take(n) else {
                return true;
            };
            if how.deadline().has_passed() {
                return false;
            }
            if seen & QUEUED == 0 && glance.again() {
                continue;
            }
            let since = *since.get_or_insert_with(now);
            let how = how.competing_since(since).wanting(n);
            match wait_queue::wait(self.key(), how, || self.must_wait(n, seen), || ()) {
                WaitEnd::Selected(GRANTED) => return true,
                WaitEnd::Selected(_) => {
                    if self.take_under_lock(n, n).is_ok() {
                        return true;
                    }
                    // By invariant 4.
                    self.serve();
                    glance.reset();
                }
                WaitEnd::NotNeeded => {}
                // By invariant 4; it tries once more before it gives up.
                WaitEnd::TimedOut { .. } => self.serve(),
                WaitEnd::Interrupted => {
                    self.serve();
                    check_interrupt();
                }
            }
        }
    }

    /// Runs under the queue's lock: sets QUEUED unless the thread, which was refused when the word was `seen`, should look
    /// again.
    fn must_wait(&self, n: usize, seen: usize) -> bool {
        // ORDERING: Relaxed, the queue's lock orders it (invariant 1).
        let waits = self
            .word
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
                (permits(word) < n || word == seen).then_some(word | QUEUED)
            });
        waits.is_ok()
    }

    /// Takes `n` permits, or returns the word that refused them.
    #[inline]
    fn try_take(&self, n: usize) -> Result<(), usize> {
        // ORDERING: Relaxed, the compare-exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        while word & QUEUED == 0 {
            if permits(word) < n {
                return Err(word);
            }
            // ORDERING: Acquire, pairs with the Release in `release`.
            let taken = self.word.compare_exchange_weak(
                word,
                word - n * ONE,
                Ordering::Acquire,
                Ordering::Relaxed,
            );
            match taken {
                Ok(_) => return Ok(()),
                Err(seen) => word = seen,
            }
        }
        self.take_under_lock(n, 0)
    }

    /// Takes `n` permits if the queue does not stand against it, of which `promised` were promised to the current thread.
    #[cold]
    fn take_under_lock(&self, n: usize, promised: usize) -> Result<(), usize> {
        let first_wants = Cell::new(0);
        let taken = Cell::new(Ok(()));
        let look = |first: &Waiter| {
            first_wants.set(first.want());
            Choice::Stop
        };
        let decided = |found: Woken| {
            // ORDERING: Relaxed, the queue's lock orders it (invariant 3).
            self.promised.fetch_sub(promised, Ordering::Relaxed);
            self.forget_queue_unless(found.more);
            // ORDERING: Acquire, pairs with the Release in `release`.
            let result = self
                .word
                .fetch_update(Ordering::Acquire, Ordering::Relaxed, |word| {
                    let in_the_way = promised == 0 && first_wants.get() > permits(word);
                    (permits(word) >= n && !in_the_way).then(|| word - n * ONE)
                });
            taken.set(result.map(drop));
            0
        };
        wait_queue::wake(self.key(), look, decided);
        taken.get()
    }

    /// Adds `n` permits; `false`, and nothing changes, if there would be more than `limit`.
    #[inline]
    #[must_use]
    pub(crate) fn release(&self, n: usize, limit: usize) -> bool {
        self.add(|present| (n <= limit - present).then_some(n))
    }

    /// Adds `n` permits, or as many as there is room for up to `limit`.
    #[inline]
    pub(crate) fn release_at_most(&self, n: usize, limit: usize) {
        let added = self.add(|present| Some(n.min(limit - present)));
        debug_assert!(added, "it adds what there is room for");
    }

    /// Puts back `n` permits that the caller has taken, where nobody adds any others: then there is room for them.
    #[inline]
    pub(crate) fn put_back(&self, n: usize) {
        // ORDERING: Release, pairs with the Acquire in `try_take`, `acquire_all` and `take_under_lock`.
        let word = self.word.fetch_add(n * ONE, Ordering::Release);
        if word & QUEUED != 0 {
            self.serve();
        }
    }

    /// Adds as many permits as `more` says for so many that are there.
    #[inline]
    fn add(&self, more: impl Fn(usize) -> Option<usize>) -> bool {
        // ORDERING: Release, pairs with the Acquire in `try_take` and `take_under_lock`.
        let added = self
            .word
            .fetch_update(Ordering::Release, Ordering::Relaxed, |word| {
                more(permits(word)).map(|n| word + n * ONE)
            });
        if added.is_ok_and(|word| word & QUEUED != 0) {
            self.serve();
        }
        added.is_ok()
    }

    /// Selects the waiters for whom there are permits, in their order, up to the first for whom there are too few.
    #[cold]
    fn serve(&self) {
        let left = Cell::new(None);
        let given = Cell::new(0);
        let grant = Cell::new(false);
        let choose = |waiter: &Waiter| {
            let present = left.get().unwrap_or_else(|| self.unpromised());
            let after = present.checked_sub(waiter.want());
            left.set(after.or(Some(present)));
            if after.is_none() {
                return Choice::Stop;
            }
            given.set(given.get() + waiter.want());
            grant.set(grant.get() || waiter.is_out_of_patience());
            Choice::Select
        };
        wait_queue::wake(self.key(), choose, |found| {
            let word = if grant.get() {
                // ORDERING: AcqRel: the releases happen before this, and this before the waiters return. By invariant 2
                // nobody has taken what was there.
                self.word.fetch_sub(given.get() * ONE, Ordering::AcqRel);
                GRANTED
            } else {
                // ORDERING: Relaxed, the queue's lock orders it (invariant 3).
                self.promised.fetch_add(given.get(), Ordering::Relaxed);
                PROMISED
            };
            self.forget_queue_unless(found.more);
            word
        });
    }

    /// Runs under the queue's lock: what is there beyond the promised.
    fn unpromised(&self) -> usize {
        // ORDERING: Relaxed, the queue's lock orders it (invariants 2 and 3).
        let promised = self.promised.load(Ordering::Relaxed);
        self.available().saturating_sub(promised)
    }

    /// Runs under the queue's lock: clears QUEUED if nobody is left.
    fn forget_queue_unless(&self, more: bool) {
        if !more {
            // ORDERING: Relaxed, the queue's lock orders it (invariant 1).
            self.word.fetch_and(!QUEUED, Ordering::Relaxed);
        }
    }

    fn key(&self) -> Key {
        Key::of(&self.word)
    }
}

fn permits(word: usize) -> usize {
    word / ONE
}
