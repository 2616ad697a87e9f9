//! One at a time, and nobody for ever.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

#[cfg(target_os = "linux")]
use test_support::child::{self, Child};
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

/// Who must not spin, as there is no other CPU for the holder, gets the lock as well.
#[cfg(target_os = "linux")]
#[test]
fn one_cpu_is_enough() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let test = "end_lock::tests::one_cpu_is_enough";
        return Child::rerun_test(test).run().assert_success();
    }
    test_support::stay_on_one_cpu();
    for take in [EndLock::lock, EndLock::lock_steadily] {
        let lock = Arc::new(EndLock::new(0));
        let held = lock.lock();
        let waiters = [(); 3].map(|()| {
            let lock = Arc::clone(&lock);
            checked_spawn(move || *take(&lock) += 1)
        });
        for waiter in &waiters {
            waiter.wait_until_asleep();
        }
        drop(held);
        for waiter in waiters {
            waiter.join();
        }
        assert_eq!(*lock.lock(), 3);
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
