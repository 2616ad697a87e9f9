//! Flags and counters.

use std::sync::Arc;

use test_support::{Counter, Flag, checked_spawn, watchdog};

/// A flag set in one thread is seen in another, and stays set.
#[test]
fn flag_is_seen_by_all_waiters() {
    static READY: Flag = Flag::new();
    let _watchdog = watchdog();
    let waiters: Vec<_> = (0..3).map(|_| checked_spawn(|| READY.wait())).collect();
    assert!(!READY.is_set());
    READY.set();
    drop(waiters);
    READY.wait();
}

/// A counter is waited for until enough has been added by whomever.
#[test]
fn counter_adds_over_threads() {
    let _watchdog = watchdog();
    let counter = Arc::new(Counter::new());
    let threads: Vec<_> = (1..=3)
        .map(|n| {
            let counter = Arc::clone(&counter);
            checked_spawn(move || counter.add(n))
        })
        .collect();
    counter.wait_for(6);
    assert_eq!(counter.get(), 6);
    drop(threads);
}
