//! `Lock`, and with it the raw lock under `RLock`.

use std::sync::Arc;

use pythreads_sync_primitives::{Event, Lock};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::plain::Plain;

type Counted = Arc<Lock<Plain>>;

fn counted() -> Counted {
    share(Lock::default())
}

fn spawn_adding(lock: &Counted) -> JoinHandle<()> {
    let lock = Arc::clone(lock);
    spawn(move || lock.acquire().add(1))
}

/// There is one holder at a time, who sees what the one before did; nobody sleeps beside a free lock.
#[test]
fn holders_are_alone() {
    check(|| {
        let lock = counted();
        let threads = [spawn_adding(&lock), spawn_adding(&lock)];
        lock.acquire().add(1);
        join(threads);
        assert_eq!(lock.acquire().get(), 3);
    });
}

/// Each release wakes the next one.
#[test]
fn everyone_in_the_queue_gets_it() {
    check(|| {
        let lock = counted();
        let held = lock.acquire();
        let threads = [spawn_adding(&lock), spawn_adding(&lock)];
        drop(held);
        join(threads);
        assert_eq!(lock.acquire().get(), 2);
    });
}

/// Who gives up waiting takes no wake-up with it.
#[test]
fn a_timeout_costs_nobody_the_lock() {
    check(|| {
        let lock = counted();
        let held = lock.acquire();
        let timed = spawn({
            let lock = Arc::clone(&lock);
            move || lock.acquire_timeout(SOON).map(|held| held.add(1)).is_some()
        });
        let patient = spawn_adding(&lock);
        strike();
        drop(held);
        patient.join().unwrap();
        let acquired = usize::from(timed.join().unwrap());
        assert_eq!(lock.acquire().get(), 1 + acquired);
    });
}

/// Who has run out of patience is handed the lock, and newcomers are kept out meanwhile.
#[test]
fn a_lock_handed_over_has_one_holder() {
    check(|| {
        let lock = counted();
        let held = lock.acquire();
        let passed = spawn_adding(&lock);
        strike();
        let newcomer = spawn_adding(&lock);
        drop(held);
        join([passed, newcomer]);
        assert_eq!(lock.acquire().get(), 2);
    });
}

/// A lock that was reserved for a waiter that gives up is anybody's again.
#[test]
fn a_reserved_lock_is_given_up() {
    check(|| {
        let lock = counted();
        let held = lock.acquire();
        let timed = spawn({
            let lock = Arc::clone(&lock);
            move || lock.acquire_timeout(SOON).map(|held| held.add(1)).is_some()
        });
        strike();
        // They have waited for no time, so they are woken, not handed the lock.
        let newcomers = [spawn_adding(&lock), spawn_adding(&lock)];
        drop(held);
        join(newcomers);
        let acquired = usize::from(timed.join().unwrap());
        assert_eq!(lock.acquire().get(), 2 + acquired);
    });
}

/// An acquisition without a guard is ended by another thread, who passes on what the holder did.
#[test]
fn a_detached_acquisition_ends_elsewhere() {
    check(|| {
        let lock = counted();
        let detached = share(Event::new());
        let holder = spawn({
            let (lock, detached) = (Arc::clone(&lock), Arc::clone(&detached));
            move || {
                let held = lock.acquire();
                held.add(1);
                held.detach();
                detached.set();
            }
        });
        let other = spawn_adding(&lock);
        detached.wait();
        lock.release();
        join([holder, other]);
        assert_eq!(lock.acquire().get(), 2);
    });
}
