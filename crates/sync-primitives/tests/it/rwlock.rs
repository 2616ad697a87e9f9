//! `RwLock`, which Python lacks: its rules are those of its documentation.

use std::mem;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{RwLock, check_interrupt};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::waiting::{Waiter, panic_text, shared, spawn, spawn_interruptible, spawn_waiting};

/// Several threads at the same time.
#[test]
fn readers_share_the_lock() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(1));
    let inside = shared(Counter::new());
    let readers = [(); 4].map(|()| {
        checked_spawn(|| {
            let value = lock.read();
            inside.add(1);
            inside.wait_for(4);
            *value
        })
    });
    assert_eq!(readers.map(|reader| reader.join()), [1; 4]);
    assert!(!lock.locked());
}

/// A reader keeps writers out, a writer keeps everybody out; nothing waits.
#[test]
fn tries_never_wait() {
    let _watchdog = watchdog();
    let lock = RwLock::new(());
    let past = Instant::now();
    let reader = lock.read();
    assert!(lock.locked());
    drop(lock.try_read().unwrap());
    drop(lock.read_timeout(Duration::ZERO).unwrap());
    drop(lock.read_deadline(past).unwrap());
    assert!(lock.try_write().is_none());
    assert!(lock.write_timeout(Duration::ZERO).is_none());
    assert!(lock.write_deadline(past).is_none());
    drop(reader);
    let writer = lock.try_write().unwrap();
    assert!(lock.try_read().is_none());
    assert!(lock.read_timeout(Duration::ZERO).is_none());
    assert!(lock.read_deadline(past).is_none());
    assert!(lock.try_write().is_none());
    drop(writer);
    drop(lock.write_timeout(Duration::MAX).unwrap());
    drop(lock.write_deadline(past).unwrap());
    assert!(!lock.locked());
}

/// They take at least as long, and change nothing.
#[test]
fn timeouts_limit_the_wait() {
    let _watchdog = watchdog();
    let lock = RwLock::new(());
    let reader = lock.read();
    let start = Instant::now();
    assert!(lock.write_timeout(*delay::SHORT).is_none());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    drop(lock.try_read().expect("the writer has gone"));
    drop(reader);
    let writer = lock.write();
    let deadline = Instant::now() + *delay::SHORT;
    assert!(lock.read_deadline(deadline).is_none());
    assert!(Instant::now() >= deadline);
    drop(writer);
    assert!(!lock.locked());
}

/// A reader that comes after a waiting writer gets the lock after it.
#[test]
fn a_reader_does_not_pass_a_waiting_writer() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(0));
    let reader = lock.read();
    let writer = spawn_waiting(WaitKind::RwLock, || *lock.write() += 1);
    assert!(lock.try_read().is_none());
    let late = spawn_waiting(WaitKind::RwLock, || *lock.read());
    drop(reader);
    writer.join();
    assert_eq!(late.join(), 1);
}

/// When the writer that kept them waiting gives up, readers go on at once.
#[test]
fn a_writer_that_gives_up_lets_readers_through() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(0));
    let reader = lock.read();
    let writer = spawn_waiting(WaitKind::RwLock, || {
        lock.write_timeout(*delay::MEDIUM).is_some()
    });
    let late = spawn_waiting(WaitKind::RwLock, || *lock.read());
    assert_eq!(late.join(), 0);
    assert!(!writer.join());
    drop(reader);
    assert!(!lock.locked());
}

/// The end of a write lets all readers in that wait.
#[test]
fn waiting_readers_get_in_together() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(0));
    let inside = shared(Counter::new());
    let mut writer = lock.write();
    let readers = [(); 3].map(|()| {
        spawn_waiting(WaitKind::RwLock, || {
            let value = lock.read();
            inside.add(1);
            inside.wait_for(3);
            *value
        })
    });
    *writer = 5;
    drop(writer);
    assert_eq!(readers.map(Waiter::join), [5; 3]);
}

/// Neither a stream of readers nor one of writers keeps a waiter out.
#[test]
fn nobody_is_starved() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(()));
    for writes in [false, true] {
        let done = shared(Flag::new());
        let streams = [(); 2].map(|()| {
            checked_spawn(|| {
                while !done.is_set() {
                    drop(lock.read());
                    drop(lock.write());
                }
            })
        });
        for _ in 0..20 {
            if writes {
                drop(lock.write());
            } else {
                drop(lock.read());
            }
        }
        done.set();
        for stream in streams {
            stream.join();
        }
    }
}

/// It is released on every way out, and not poisoned.
#[test]
fn a_panic_releases_the_lock() {
    let _watchdog = watchdog();
    let lock = RwLock::new(0);
    panic_text(|| {
        let mut value = lock.write();
        *value = 1;
        panic!("inside");
    });
    panic_text(|| {
        let _value = lock.read();
        panic!("inside");
    });
    assert!(!lock.locked());
    assert_eq!(*lock.read(), 1);
}

/// The write guard may be dropped by another thread.
#[test]
fn a_write_guard_may_be_sent() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(0));
    let mut guard = lock.write();
    checked_spawn(move || *guard += 1).join();
    assert_eq!(*lock.try_read().unwrap(), 1);
}

/// An interrupt waits until the thread has had the lock.
#[test]
fn interrupt_does_not_end_a_wait_for_the_lock() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(0));
    let guard = lock.write();
    let waiter = spawn_interruptible(WaitKind::RwLock, || {
        *lock.write() += 1;
        check_interrupt();
    });
    waiter.interrupt("stop");
    assert!(waiter.is_waiting());
    drop(guard);
    assert!(waiter.join().is_err());
    assert_eq!(*lock.read(), 1);
}

/// A writer waits for a read guard that was forgotten as for one that lives.
#[test]
fn a_forgotten_guard_stays() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new(3));
    mem::forget(lock.read());
    assert!(spawn(|| lock.write_timeout(*delay::SHORT).is_none()).join());
    assert_eq!(*lock.read(), 3);
    let mut own = RwLock::from(1);
    mem::forget(own.write());
    *own.get_mut() += 1;
    assert_eq!(own.into_inner(), 2);
}

/// What it shows of itself.
#[test]
fn debug_shows_the_value_or_that_it_is_locked() {
    let _watchdog = watchdog();
    let lock = RwLock::<u8>::default();
    let reader = lock.read();
    assert_eq!(format!("{lock:?} {reader:?} {reader}"), "RwLock(0) 0 0");
    drop(reader);
    let writer = lock.write();
    assert_eq!(
        format!("{lock:?} {writer:?} {writer}"),
        "RwLock(<locked>) 0 0"
    );
}
