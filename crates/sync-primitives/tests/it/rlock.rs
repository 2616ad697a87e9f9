//! What only `RLock` does; the rest is in `lock_kind`.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Condition, RLock, RLockGuard};
use test_support::{checked_spawn, delay, watchdog};

use crate::waiting::{shared, spawn_waiting};

/// The owner acquires it again in every way, at once.
#[test]
fn r1_the_owner_never_waits() {
    let _watchdog = watchdog();
    let lock = RLock::new(());
    assert_eq!(lock.depth(), 0);
    let first = lock.acquire();
    let second = lock.acquire();
    let third = lock.try_acquire().unwrap();
    let fourth = lock.acquire_timeout(Duration::ZERO).unwrap();
    let fifth = lock.acquire_deadline(Instant::now()).unwrap();
    assert_eq!(lock.depth(), 5);
    drop((first, second, third, fourth));
    assert_eq!(lock.depth(), 1);
    assert!(lock.locked());
    drop(fifth);
    assert_eq!(lock.depth(), 0);
    assert!(!lock.locked());
}

/// Another thread waits as for a `Lock`.
#[test]
fn r2_another_thread_waits() {
    let _watchdog = watchdog();
    let lock = shared(RLock::new(Cell::new(0)));
    let guard = lock.acquire();
    let waiter = spawn_waiting(WaitKind::RLock, || lock.acquire().get());
    checked_spawn(|| {
        assert!(lock.try_acquire().is_none());
        assert!(lock.acquire_timeout(*delay::SHORT).is_none());
    })
    .join();
    guard.set(7);
    drop(guard);
    assert_eq!(waiter.join(), 7);
}

/// It is free when the last guard is gone, in whatever order they go.
#[test]
fn r3_only_the_last_release_frees_it() {
    let _watchdog = watchdog();
    let lock = shared(RLock::new(()));
    let outer = lock.acquire();
    let inner = lock.acquire();
    let waiter = spawn_waiting(WaitKind::RLock, || drop(lock.acquire()));
    drop(outer);
    assert!(lock.locked());
    assert!(!checked_spawn(|| lock.try_acquire().is_some()).join());
    assert!(waiter.is_waiting());
    drop(inner);
    waiter.join();
    assert!(!lock.locked());
}

/// Nobody else can release it: a guard does not go to another thread.
#[test]
fn r4_a_guard_stays_in_its_thread() {
    struct Probe<T>(PhantomData<T>);
    trait Otherwise {
        const IS_SEND: bool = false;
    }
    impl<T> Otherwise for Probe<T> {}
    // Where it applies, it goes before the trait's.
    impl<T: Send> Probe<T> {
        const IS_SEND: bool = true;
    }
    let _watchdog = watchdog();
    let (lock, guard) = (
        Probe::<RLock>::IS_SEND,
        Probe::<RLockGuard<'static, ()>>::IS_SEND,
    );
    assert_eq!((lock, guard), (true, false));
}

/// A thread that ends with a forgotten guard leaves it held.
#[test]
fn r5_the_end_of_the_owner_releases_nothing() {
    let _watchdog = watchdog();
    let lock = shared(RLock::new(()));
    checked_spawn(|| mem::forget(lock.acquire())).join();
    assert!(lock.locked());
    assert!(!lock.owned());
    assert!(lock.try_acquire().is_none());
    assert!(lock.acquire_timeout(*delay::SHORT).is_none());
}

/// `locked` is the same for all; `owned` and `depth` are about the thread that asks.
#[test]
fn r6_r7_others_see_locked_but_no_depth() {
    let _watchdog = watchdog();
    let lock = shared(RLock::new(()));
    let seen_by_others = || checked_spawn(|| (lock.locked(), lock.owned(), lock.depth())).join();
    assert_eq!(seen_by_others(), (false, false, 0));
    let guards = [lock.acquire(), lock.acquire(), lock.acquire()];
    assert!(lock.owned());
    assert_eq!(lock.depth(), 3);
    assert_eq!(seen_by_others(), (true, false, 0));
    drop(guards);
    assert_eq!(seen_by_others(), (false, false, 0));
}

/// A wait gives up all levels, and comes back with exactly as many.
#[test]
fn c4_a_wait_gives_up_all_levels() {
    static LOCK: RLock = RLock::new(());
    static CONDITION: Condition = Condition::new();
    let _watchdog = watchdog();
    let waiter = spawn_waiting(WaitKind::Condition, || {
        let _outer = LOCK.acquire();
        let _middle = LOCK.acquire();
        let mut inner = LOCK.acquire();
        CONDITION.wait(&mut inner);
        let notified = LOCK.depth();
        assert!(!CONDITION.wait_timeout(&mut inner, *delay::SHORT));
        let timed_out = LOCK.depth();
        drop(inner);
        (notified, timed_out, LOCK.depth())
    });
    let guard = LOCK.acquire();
    assert_eq!(LOCK.depth(), 1);
    CONDITION.notify_one(&guard);
    drop(guard);
    assert_eq!(waiter.join(), (3, 3, 2));
    assert!(!LOCK.locked());
}

/// A notifier may hold it several times; the waiter runs after the last release.
#[test]
fn c9_all_levels_of_the_notifier_go_first() {
    let _watchdog = watchdog();
    let lock = shared(RLock::new(()));
    let condition = shared(Condition::new());
    let waiter = spawn_waiting(WaitKind::Condition, || {
        condition.wait(&mut lock.acquire());
    });
    let outer = lock.acquire();
    let inner = lock.acquire();
    condition.notify_one(&inner);
    drop(inner);
    assert!(waiter.is_waiting());
    drop(outer);
    waiter.join();
}

/// What it shows of itself, and its value.
#[test]
fn r6_debug_shows_the_value_or_that_it_is_locked() {
    let _watchdog = watchdog();
    let lock = shared(RLock::<u8>::default());
    let guard = lock.acquire();
    assert_eq!(format!("{lock:?} {guard:?} {guard}"), "RLock(0) 0 0");
    let seen = checked_spawn(move || format!("{lock:?}")).join();
    assert_eq!(seen, "RLock(<locked>)");
    let mut own = RLock::from(1);
    *own.get_mut() += 1;
    assert_eq!(own.into_inner(), 2);
}
