//! What only `Lock` does; the rest is in `lock_kind`.

use pythreads_sync_primitives::Lock;
use pythreads_sync_primitives::wait_queue::WaitKind;
use test_support::{checked_spawn, delay, watchdog};

use crate::waiting::{panic_text, shared, spawn_waiting};

/// The guard may be dropped by another thread.
#[test]
fn l1_another_thread_may_release() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new(1));
    let mut guard = lock.acquire();
    checked_spawn(move || {
        *guard += 1;
    })
    .join();
    assert_eq!(*lock.try_acquire().unwrap(), 2);
}

/// A thread that acquires a lock it holds waits, until another thread releases it.
#[test]
fn l1_the_holder_waits_for_itself() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new(()));
    let guard = lock.acquire();
    assert!(lock.try_acquire().is_none());
    assert!(lock.acquire_timeout(*delay::SHORT).is_none());
    guard.detach();
    let waiter = spawn_waiting(WaitKind::Lock, || {
        drop(lock.acquire());
    });
    lock.release();
    waiter.join();
}

/// Without a detached acquisition `release` panics and changes nothing.
#[test]
fn l9_release_of_a_lock_that_is_not_detached_is_a_bug() {
    let _watchdog = watchdog();
    let lock = Lock::new(());
    let text = panic_text(|| lock.release());
    assert!(
        text.contains("not held by a detached acquisition"),
        "{text}"
    );
    assert!(!lock.locked());
    let guard = lock.acquire();
    panic_text(|| lock.release());
    assert!(lock.locked());
    drop(guard);
    assert!(!lock.locked());
}

/// An acquisition that was detached is ended once, by any thread.
#[test]
fn l9_a_detached_acquisition_is_released_once() {
    static LOCK: Lock = Lock::new(());
    let _watchdog = watchdog();
    LOCK.acquire().detach();
    let released: usize = (0..4)
        .map(|_| checked_spawn(|| std::panic::catch_unwind(|| LOCK.release()).is_ok()))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|thread| usize::from(thread.join()))
        .sum();
    assert_eq!(released, 1);
    assert!(!LOCK.locked());
}

/// A release of a detached acquisition lets a waiter through.
#[test]
fn l10_a_detached_release_wakes_a_waiter() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new(()));
    lock.acquire().detach();
    let waiter = spawn_waiting(WaitKind::Lock, || lock.acquire().detach());
    lock.release();
    waiter.join();
    assert!(lock.locked());
    lock.release();
    assert!(!lock.locked());
}

/// A lock may be dropped while its guard was forgotten.
#[test]
fn l1_a_held_lock_can_be_taken_apart() {
    let _watchdog = watchdog();
    let mut lock = Lock::from(5);
    std::mem::forget(lock.acquire());
    assert_eq!(*lock.get_mut(), 5);
    assert_eq!(lock.into_inner(), 5);
}

/// What it shows of itself.
#[test]
fn l12_debug_shows_the_value_or_that_it_is_locked() {
    let _watchdog = watchdog();
    let lock = Lock::<u8>::default();
    assert_eq!(format!("{lock:?}"), "Lock(0)");
    let guard = lock.acquire();
    assert_eq!(format!("{lock:?} {guard:?} {guard}"), "Lock(<locked>) 0 0");
}

/// A lock can hold an unsized value.
#[test]
fn l1_unsized_values_are_locked_too() {
    let _watchdog = watchdog();
    let lock: Box<Lock<[u8]>> = Box::new(Lock::new([1, 2, 3]));
    lock.acquire()[1] = 9;
    assert_eq!(&*lock.acquire(), [1, 9, 3]);
}
