//! One at a time, and nobody for ever.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use test_support::{checked_spawn, watchdog};

use super::EndLock;

/// A guard is alone with the value, and what it did is seen by the next.
#[test]
fn one_at_a_time() {
    const ROUNDS: usize = 50_000;
    let _watchdog = watchdog();
    let lock = Arc::new(EndLock::new([0; 16]));
    let threads = [(); 8].map(|()| {
        let lock = Arc::clone(&lock);
        checked_spawn(move || {
            for round in 0..ROUNDS {
                let mut numbers = if round % 2 == 0 {
                    lock.lock()
                } else {
                    lock.lock_steadily()
                };
                let expected = numbers[0];
                assert!(numbers.iter().all(|number| *number == expected));
                numbers.iter_mut().for_each(|number| *number += 1);
            }
        })
    });
    for thread in threads {
        thread.join();
    }
    assert_eq!(lock.lock()[0], 8 * ROUNDS);
}

/// Who has to wait for long sleeps, and is woken.
#[test]
fn a_long_hold_is_slept_through() {
    let _watchdog = watchdog();
    let lock = Arc::new(EndLock::new(0));
    for round in 1..=20 {
        let mut held = lock.lock();
        let waiters = [(); 4].map(|()| {
            let lock = Arc::clone(&lock);
            checked_spawn(move || *lock.lock() += 1)
        });
        for waiter in &waiters {
            waiter.wait_until_asleep();
        }
        *held += 1;
        drop(held);
        for waiter in waiters {
            waiter.join();
        }
        assert_eq!(*lock.lock(), 5 * round);
    }
}

/// As the lock is not told of panics, it is free after one.
#[test]
fn a_panic_frees_it() {
    let _watchdog = watchdog();
    let lock = EndLock::new(());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _held = lock.lock();
        resume_unwind(Box::new("while the lock is held"));
    }));
    assert!(outcome.is_err());
    drop(lock.lock());
}
