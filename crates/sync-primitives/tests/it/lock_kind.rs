//! The kinds of lock that a condition can wait with, and the suite that each must pass, after Python's `lock_tests.py`.
//!
//! The functions here are the tests; a macro gives each kind of lock its copy.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{
    ConditionGuard, Lock, LockGuard, RLock, RLockGuard, check_interrupt,
};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::waiting::{Waiter, panic_text, shared, spawn_interruptible, spawn_waiting};

/// A kind of lock, here always around a number.
pub(crate) trait LockKind: 'static {
    const WAIT: WaitKind;
    type Lock: Send + Sync;
    type Guard<'lock>: ConditionGuard + Deref<Target = AtomicUsize>;

    fn new() -> Self::Lock;
    fn acquire(lock: &Self::Lock) -> Self::Guard<'_>;
    fn try_acquire(lock: &Self::Lock) -> Option<Self::Guard<'_>>;
    fn acquire_timeout(lock: &Self::Lock, timeout: Duration) -> Option<Self::Guard<'_>>;
    fn acquire_deadline(lock: &Self::Lock, deadline: Instant) -> Option<Self::Guard<'_>>;
    fn locked(lock: &Self::Lock) -> bool;
}

macro_rules! kind {
    ($kind:ident, $lock:ident, $guard:ident) => {
        pub(crate) struct $kind;

        impl LockKind for $kind {
            const WAIT: WaitKind = WaitKind::$lock;
            type Lock = $lock<AtomicUsize>;
            type Guard<'lock> = $guard<'lock, AtomicUsize>;

            fn new() -> Self::Lock {
                $lock::new(AtomicUsize::new(0))
            }

            fn acquire(lock: &Self::Lock) -> Self::Guard<'_> {
                lock.acquire()
            }

            fn try_acquire(lock: &Self::Lock) -> Option<Self::Guard<'_>> {
                lock.try_acquire()
            }

            fn acquire_timeout(lock: &Self::Lock, timeout: Duration) -> Option<Self::Guard<'_>> {
                lock.acquire_timeout(timeout)
            }

            fn acquire_deadline(lock: &Self::Lock, deadline: Instant) -> Option<Self::Guard<'_>> {
                lock.acquire_deadline(deadline)
            }

            fn locked(lock: &Self::Lock) -> bool {
                lock.locked()
            }
        }
    };
}

kind!(OfLock, Lock, LockGuard);
kind!(OfRLock, RLock, RLockGuard);

/// Makes tests of functions that are generic over the kind of lock.
macro_rules! for_each_lock_kind {
    ($($test:ident)*) => {
        mod of_lock {
            $(
                #[test]
                fn $test() {
                    super::$test::<$crate::lock_kind::OfLock>();
                }
            )*
        }

        mod of_rlock {
            $(
                #[test]
                fn $test() {
                    super::$test::<$crate::lock_kind::OfRLock>();
                }
            )*
        }
    };
}
pub(crate) use for_each_lock_kind;

for_each_lock_kind! {
    l1_a_new_lock_is_free
    l2_a_free_lock_is_acquired_at_once_with_any_timeout
    l4_try_acquire_never_waits
    l5_a_zero_timeout_tries_once
    l8_a_timed_acquire_that_fails_changes_nothing
    l10_one_release_lets_one_waiter_through
    l10_a_waiter_that_was_passed_for_long_is_handed_the_lock
    l11_a_panic_releases_the_lock
    l12_locked_is_seen_by_everybody
    l13_a_wait_for_a_lock_is_not_interrupted
}

/// Where the tests keep their number.
pub(crate) fn number<G: Deref<Target = AtomicUsize>>(guard: &G) -> usize {
    // ORDERING: Relaxed, under a lock.
    guard.load(Ordering::Relaxed)
}

pub(crate) fn add<G: Deref<Target = AtomicUsize>>(guard: &G, n: usize) {
    // ORDERING: Relaxed, under a lock.
    guard.fetch_add(n, Ordering::Relaxed);
}

/// A new lock is not held.
fn l1_a_new_lock_is_free<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = K::new();
    assert!(!K::locked(&lock));
    drop(K::acquire(&lock));
    assert!(!K::locked(&lock));
}

/// Timeouts do not matter when the lock is free.
fn l2_a_free_lock_is_acquired_at_once_with_any_timeout<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = K::new();
    for timeout in [Duration::ZERO, *delay::LONG, Duration::MAX] {
        assert!(K::acquire_timeout(&lock, timeout).is_some());
    }
    let now = Instant::now();
    for deadline in [now, now + *delay::LONG] {
        assert!(K::acquire_deadline(&lock, deadline).is_some());
    }
}

/// `try_acquire` fails at once while another thread holds the lock.
fn l4_try_acquire_never_waits<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let guard = K::acquire(lock);
    assert!(!checked_spawn(|| K::try_acquire(lock).is_some()).join());
    drop(guard);
    assert!(checked_spawn(|| K::try_acquire(lock).is_some()).join());
}

/// A zero timeout, or a deadline in the past, is a try.
fn l5_a_zero_timeout_tries_once<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let guard = K::acquire(lock);
    let past = Instant::now();
    checked_spawn(move || {
        assert!(K::acquire_timeout(lock, Duration::ZERO).is_none());
        assert!(K::acquire_deadline(lock, past).is_none());
    })
    .join();
    drop(guard);
}

/// After a timed acquire has failed, one release makes the lock free, and it can be taken once.
fn l8_a_timed_acquire_that_fails_changes_nothing<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let guard = K::acquire(lock);
    checked_spawn(|| {
        let start = Instant::now();
        assert!(K::acquire_timeout(lock, *delay::SHORT).is_none());
        delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
        let deadline = Instant::now() + *delay::SHORT;
        assert!(K::acquire_deadline(lock, deadline).is_none());
        assert!(Instant::now() >= deadline);
    })
    .join();
    assert!(K::locked(lock));
    drop(guard);
    assert!(!K::locked(lock));
    let _guard = K::acquire(lock);
    assert!(!checked_spawn(|| K::try_acquire(lock).is_some()).join());
}

/// Of several waiters, each release lets one through, until all have had the lock.
fn l10_one_release_lets_one_waiter_through<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let inside = shared(Counter::new());
    let leave: [&Flag; 3] = std::array::from_fn(|_| shared(Flag::new()));
    let guard = K::acquire(lock);
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            spawn_waiting(K::WAIT, move || {
                let guard = K::acquire(lock);
                let turn = number(&guard);
                add(&guard, 1);
                inside.add(1);
                leave[turn].wait();
            })
        })
        .collect();
    drop(guard);
    for (turn, leave) in leave.iter().enumerate() {
        inside.wait_for(turn + 1);
        assert!(K::locked(lock));
        assert_eq!(inside.get(), turn + 1);
        leave.set();
    }
    waiters.into_iter().for_each(Waiter::join);
    assert!(!K::locked(lock));
}

/// After a millisecond of waiting, a release hands it the lock: no running thread can be quicker.
fn l10_a_waiter_that_was_passed_for_long_is_handed_the_lock<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    for _ in 0..20 {
        let guard = K::acquire(lock);
        let leave = shared(Flag::new());
        let waiter = spawn_waiting(K::WAIT, || {
            let _guard = K::acquire(lock);
            leave.wait();
        });
        waiter.until_out_of_patience();
        drop(guard);
        assert!(K::try_acquire(lock).is_none());
        leave.set();
        waiter.join();
    }
}

/// The guard releases the lock on every way out, and nothing is poisoned.
fn l11_a_panic_releases_the_lock<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = K::new();
    let text = panic_text(|| {
        let _guard = K::acquire(&lock);
        panic!("inside");
    });
    assert_eq!(text, "inside");
    assert!(!K::locked(&lock));
    drop(K::acquire(&lock));
}

/// Holder and others see the same.
fn l12_locked_is_seen_by_everybody<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let guard = K::acquire(lock);
    assert!(K::locked(lock));
    assert!(checked_spawn(|| K::locked(lock)).join());
    drop(guard);
    assert!(!K::locked(lock));
    assert!(!checked_spawn(|| K::locked(lock)).join());
}

/// An interrupt waits until the thread has the lock and comes to an interruption point.
fn l13_a_wait_for_a_lock_is_not_interrupted<K: LockKind>() {
    let _watchdog = watchdog();
    let lock = shared(K::new());
    let guard = K::acquire(lock);
    let got_it = shared(Flag::new());
    let waiter = spawn_interruptible(K::WAIT, || {
        let _guard = K::acquire(lock);
        got_it.set();
        check_interrupt();
    });
    waiter.interrupt("stop");
    assert!(waiter.is_waiting());
    drop(guard);
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    assert!(got_it.is_set());
    assert!(!K::locked(lock));
}
