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
//! 2. Who sleeps for the lock has counted itself in `sleepers`, passed the heavy fence, and then seen in its queue that the lock
//!    is held. Who releases the lock frees it, passes the light one, and then looks at `sleepers`. So either the first sees that
//!    the lock is free, or the other that somebody sleeps, and wakes one.
//! 3. Who was woken takes the lock, or sleeps again, counted again; and who takes it releases it. So nobody sleeps while the
//!    lock stays free.
//!
//! # Memory ordering
//!
//! The store releases what was done under the lock, and the compare-exchange of the next holder acquires it. The fences order
//! the store before the look (`sync::asymmetric_fence`).
//!
//! A model of a queue has the checker's mutex in its place, and the lock has models of its own.

#![expect(
    unsafe_code,
    reason = "a lock lends `&mut T` from a shared reference; released by a locked instruction, it makes a put and a get in one thread 43 ns instead of 24"
)]

use std::cell::UnsafeCell;
use std::fmt;
use std::hint;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::thread::yield_now;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{IS_MODEL, asymmetric_fence};
use pythreads_sync_primitives::wait_queue::{Key, Wait, WaitKind, wait, wake_up_to};
use pythreads_sync_primitives::{Deadline, Spin};

/// Held for a moment, unless the storage runs code of a user.
// In this order it is beside what is used first.
#[repr(C)]
pub(crate) struct EndLock<T> {
    held: AtomicBool,
    sleepers: AtomicUsize,
    value: UnsafeCell<T>,
}

// SAFETY: the value is lent to one thread at a time (invariant 1), and so goes from one to the other.
unsafe impl<T: Send> Sync for EndLock<T> {}

impl<T> EndLock<T> {
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
        // The last attempt needs no pause before it: there may be none.
        while !(pace.pauses().any(|()| self.take_if_free()) || self.take_if_free()) {
            self.sleep();
        }
    }

    /// A look costs the holder less than an attempt.
    fn take_if_free(&self) -> bool {
        // ORDERING: Relaxed, the attempt orders it.
        !self.held.load(Ordering::Relaxed) && self.try_take()
    }

    fn sleep(&self) {
        // ORDERING: Relaxed, the fence orders it (invariant 2).
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        if asymmetric_fence::heavy() {
            let how = Wait::shielded(WaitKind::Queue, Deadline::Never);
            // ORDERING: Relaxed, as above.
            let is_held = || self.held.load(Ordering::Relaxed);
            // Who was woken and who need not wait do the same next.
            let _end = wait(Key::of(&self.held), how, is_held, || ());
        } else {
            // Who holds the lock might not see that somebody sleeps.
            yield_now();
        }
        // ORDERING: Relaxed, a count that is too high costs its reader one look at an empty queue.
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
    }

    #[inline]
    fn release(&self) {
        // ORDERING: Release, pairs with the Acquire in `try_take`.
        self.held.store(false, Ordering::Release);
        asymmetric_fence::light();
        // ORDERING: Relaxed, the fence orders it (invariant 2).
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
    /// that it guards. For that, up to two hundred microseconds of waiting.
    Steady,
}

impl Pace {
    /// A pause before each look but the last, which a model has alone.
    fn pauses(self) -> impl Iterator<Item = ()> {
        // On one CPU nobody else runs while somebody spins.
        let several_cpus = Spin::new().pause();
        let (spins, yields) = match self {
            _ if IS_MODEL => (0..0, 0..0),
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

impl<T> fmt::Debug for EndLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndLock")
            .field("held", &self.held)
            .field("sleepers", &self.sleepers)
            .finish_non_exhaustive()
    }
}

// The model of the lock has this file as well.
#[cfg(all(test, not(any(pythreads_loom, pythreads_shuttle))))]
#[path = "end_lock/tests.rs"]
mod tests;
