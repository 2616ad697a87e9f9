//! The lock of an end of a queue. It is released by a store, which costs half as much as a locked instruction for each way.
//!
//! # States
//!
//! | `held`  | means                              | leaves by                                  |
//! |---------|------------------------------------|--------------------------------------------|
//! | `false` | nobody holds the lock              | the compare-exchange of who takes it       |
//! | `true`  | one guard exists                   | its drop, by a store                       |
//!
//! # Invariants
//!
//! 1. There is a guard for each time that `held` went from `false` to `true`, and it is dropped before `held` is `false` again.
//! 2. Who sleeps for the lock has counted itself in `sleepers` before it looked at `held` for the last time. Who releases the lock
//!    looks at `sleepers` afterwards, and wakes one if there are any.
//! 3. Nothing orders that store and that look, so the look may come too early: then the lock is free, and nobody wakes who
//!    has just gone to sleep, until the next one releases the lock. So a sleep for the lock has a deadline, 1 ms at first, and
//!    twice as long each time that it was in vain. It is a store that has left its CPU later than another thread has
//!    entered a wait queue which makes this necessary: the test for it is a stress test.
//!
//! # Memory ordering
//!
//! The store releases what was done under the lock, and the compare-exchange of the next holder acquires it.
//!
//! A model has the checker's mutex in its place.

#![expect(
    unsafe_code,
    reason = "a lock lends `&mut T` from a shared reference; released by a locked instruction, it makes a put and a get in one thread 43 ns instead of 24"
)]

use std::cell::UnsafeCell;
use std::hint;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::thread::yield_now;
use std::time::Duration;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pythreads_sync_primitives::wait_queue::{Key, Wait, WaitKind, wait, wake_up_to};
use pythreads_sync_primitives::{Deadline, Spin};

/// Held for a moment, unless the storage runs code of a user.
pub(crate) struct EndLock<T> {
    held: AtomicBool,
    sleepers: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: the value is lent to one thread at a time (invariant 1), and so goes from one to the other.
unsafe impl<T: Send> Sync for EndLock<T> {}

impl<T> EndLock<T> {
    const FIRST_SLEEP: Duration = Duration::from_millis(1);

    pub(crate) const fn new(value: T) -> Self {
        Self {
            held: AtomicBool::new(false),
            sleepers: AtomicUsize::new(0),
            value: UnsafeCell::new(value),
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> EndGuard<'_, T> {
        self.lock_at(Pace::Quick)
    }

    /// Who waits looks rarely, and the holder may go on: for what putters and getters share.
    #[inline]
    pub(crate) fn lock_steadily(&self) -> EndGuard<'_, T> {
        self.lock_at(Pace::Steady)
    }

    #[inline]
    fn lock_at(&self, pace: Pace) -> EndGuard<'_, T> {
        if !self.try_take() {
            self.take_later(pace);
        }
        EndGuard {
            lock: self,
            stays_here: PhantomData,
        }
    }

    #[inline]
    fn try_take(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `release`.
        self.held
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    #[cold]
    fn take_later(&self, pace: Pace) {
        let mut sleep = Self::FIRST_SLEEP;
        while !pace.looks().any(|()| self.take_if_free()) {
            self.sleep(sleep);
            sleep = sleep.saturating_mul(2);
        }
    }

    /// A look costs the holder less than an attempt.
    fn take_if_free(&self) -> bool {
        // ORDERING: Relaxed, the attempt orders it.
        !self.held.load(Ordering::Relaxed) && self.try_take()
    }

    fn sleep(&self, at_most: Duration) {
        // ORDERING: SeqCst, with the load below: of a holder that looks for sleepers later, one of the two sees the other.
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let how = Wait::shielded(WaitKind::Queue, Deadline::after(at_most));
        // ORDERING: SeqCst, see above.
        let is_held = || self.held.load(Ordering::SeqCst);
        // Who was woken, who was late and who need not wait all do the same next.
        let _end = wait(Key::of(&self.held), how, is_held, || ());
        // ORDERING: Relaxed, a count that is too high costs its reader one look at an empty queue.
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    #[inline]
    fn release(&self) {
        // ORDERING: Release, pairs with the Acquire in `try_take`.
        self.held.store(false, Ordering::Release);
        // ORDERING: Relaxed, it may come too early (invariant 3).
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            self.wake_one();
        }
    }

    #[cold]
    fn wake_one(&self) {
        wake_up_to(Key::of(&self.held), 1);
    }
}

/// How who finds the lock held waits before it sleeps.
#[derive(Clone, Copy)]
enum Pace {
    /// Who holds the lock is quick, unless it has lost its CPU: then a yield may give it back.
    Quick,
    /// Pauses that grow, and no yields: the holder takes the lock many times more before it moves to another CPU, with all
    /// that it guards. For that, some tens of microseconds of waiting.
    Steady,
}

impl Pace {
    /// Pauses before each look.
    fn looks(self) -> impl Iterator<Item = ()> {
        // On one CPU nobody else runs while somebody spins.
        let several_cpus = Spin::new().pause();
        let (spins, yields) = match self {
            Self::Quick => (0..4, 0..32),
            Self::Steady if several_cpus => (4..16, 0..0),
            Self::Steady => (0..0, 0..0),
        };
        let spin = |power: u32| (0..1_u32 << power.min(9)).for_each(|_| hint::spin_loop());
        spins.map(spin).chain(yields.map(|_: u32| yield_now()))
    }
}

/// The lock is held as long as this exists.
#[must_use = "the lock is released as soon as its guard is dropped"]
pub(crate) struct EndGuard<'lock, T> {
    lock: &'lock EndLock<T>,
    /// Neither `Send` nor `Sync`.
    stays_here: PhantomData<*mut T>,
}

impl<T> Deref for EndGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the lock is held (invariant 1), and `&self` excludes a reference lent by `deref_mut`.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for EndGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held (invariant 1), and `&mut self` excludes all other references lent by this guard.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for EndGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.release();
    }
}

#[cfg(test)]
mod tests;
