//! Nothing here allocates to lock, to wait or to notify.
//!
//! A thread's first wait makes its record, and its place in the table of queues, so each test warms up first.

use std::time::Duration;

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, RwLock, Semaphore,
};
use test_support::counting_alloc::allocations;
use test_support::watchdog;

use crate::waiting::{shared, spawn_waiting};

const MOMENT: Duration = Duration::from_micros(10);

/// Checks that `work` allocates nothing the second time.
#[track_caller]
fn assert_none(mut work: impl FnMut()) {
    work();
    assert_eq!(allocations(work), 0);
}

/// The first wait of the current thread, which a round that finds everything ready does without.
fn wait_once() {
    let lock = Lock::new(());
    // Unlike others, a condition has nothing to look at before it sleeps.
    assert!(!Condition::new().wait_timeout(&mut lock.acquire(), MOMENT));
}

/// Locking and unlocking, in all ways.
#[test]
fn locks_allocate_nothing() {
    let _watchdog = watchdog();
    let lock = Lock::new(());
    let reentrant = RLock::new(());
    let shared_lock = RwLock::new(());
    assert_none(|| {
        let guard = lock.acquire();
        assert!(lock.acquire_timeout(MOMENT).is_none());
        guard.detach();
        lock.release();
        drop((reentrant.acquire(), reentrant.try_acquire()));
        let reader = shared_lock.read();
        assert!(shared_lock.write_timeout(MOMENT).is_none());
        drop(reader);
        let writer = shared_lock.write();
        assert!(shared_lock.read_timeout(MOMENT).is_none());
        drop(writer);
    });
}

/// Waits that time out, and signals without waiters.
#[test]
fn waits_allocate_nothing() {
    let _watchdog = watchdog();
    let (lock, condition, event) = (Lock::new(()), Condition::new(), Event::new());
    let (semaphore, bounded) = (Semaphore::new(0), BoundedSemaphore::new(1));
    let barrier = Barrier::new(2);
    assert_none(|| {
        let mut guard = lock.acquire();
        assert!(!condition.wait_timeout(&mut guard, MOMENT));
        condition.notify_all(&guard);
        assert!(!event.wait_timeout(MOMENT));
        event.set();
        event.clear();
        assert!(semaphore.acquire_timeout(MOMENT).is_none());
        semaphore.release();
        semaphore.acquire().forget();
        drop(bounded.acquire());
        assert!(barrier.wait_timeout(MOMENT).is_err());
        barrier.reset();
    });
}

/// Neither the one who sleeps nor the one who wakes it allocates.
#[test]
fn being_woken_and_waking_allocate_nothing() {
    const ROUNDS: usize = 20;
    let _watchdog = watchdog();
    let turn = shared(Lock::new(0));
    let changed = shared(Condition::new());
    let first = shared(Semaphore::new(0));
    let second = shared(Semaphore::new(0));
    let play = move |mine: usize, own: &Semaphore, other: &Semaphore| {
        for _ in 0..ROUNDS {
            let mut turn = turn.acquire();
            changed.wait_for(&mut turn, |turn| turn % 2 == mine);
            *turn += 1;
            changed.notify_one(&turn);
            drop(turn);
            other.release();
            own.acquire().forget();
        }
    };
    let other = spawn_waiting(WaitKind::Condition, move || {
        wait_once();
        play(1, second, first); // warms up
        allocations(|| play(1, second, first))
    });
    wait_once();
    play(0, first, second);
    assert_eq!(allocations(|| play(0, first, second)), 0);
    assert_eq!(other.join(), 0);
}

/// Nor do threads that pass a barrier, wait for an event, or share a lock with a writer.
#[test]
fn meeting_and_sharing_allocate_nothing() {
    const ROUNDS: usize = 20;
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    let value = shared(RwLock::new(0));
    let (mine, yours) = (shared(Event::new()), shared(Event::new()));
    let play = move |own: &Event, other: &Event| {
        for _ in 0..ROUNDS {
            barrier.wait().unwrap();
            *value.write() += 1;
            assert!(*value.read() > 0);
            other.set();
            own.wait();
            own.clear();
        }
    };
    let other = spawn_waiting(WaitKind::Barrier, move || {
        wait_once();
        play(mine, yours); // warms up
        allocations(|| play(mine, yours))
    });
    wait_once();
    play(yours, mine);
    assert_eq!(allocations(|| play(yours, mine)), 0);
    assert_eq!(other.join(), 0);
}
