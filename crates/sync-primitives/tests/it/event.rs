//! `Event`.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::Event;
use pythreads_sync_primitives::wait_queue::WaitKind;
use test_support::{checked_spawn, delay, watchdog};

use crate::waiting::{Waiter, shared, spawn_waiting};

/// Setting and clearing twice is as once.
#[test]
fn v1_set_and_clear_are_idempotent() {
    let _watchdog = watchdog();
    let event = Event::new();
    assert!(!event.is_set());
    event.clear();
    assert!(!event.is_set());
    for _ in 0..2 {
        event.set();
        assert!(event.is_set());
    }
    for _ in 0..2 {
        event.clear();
        assert!(!event.is_set());
    }
}

/// A set event is not waited for.
#[test]
fn v2_a_wait_for_a_set_event_returns_at_once() {
    let _watchdog = watchdog();
    let event = Event::new();
    event.set();
    event.wait();
    assert!(event.wait_timeout(Duration::ZERO));
    assert!(event.wait_timeout(Duration::MAX));
    assert!(event.wait_deadline(Instant::now()));
}

/// `false` means that the time ran out, and only that.
#[test]
fn v3_false_means_that_the_time_ran_out() {
    let _watchdog = watchdog();
    let event = Event::new();
    assert!(!event.wait_timeout(Duration::ZERO));
    assert!(!event.wait_deadline(Instant::now()));
    let start = Instant::now();
    assert!(!event.wait_timeout(*delay::SHORT));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
}

/// Who waited when it was set returns `true`, also if it is cleared at once.
#[test]
fn v4_a_clear_takes_nothing_from_the_waiters() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    for _ in 0..50 {
        let waiters =
            [(); 3].map(|()| spawn_waiting(WaitKind::Event, || event.wait_timeout(*delay::LONG)));
        event.set();
        event.clear();
        for waiter in waiters {
            assert!(waiter.join());
        }
    }
}

/// A wait that begins after `clear` does not return because of the `set` before it.
#[test]
fn v4_a_set_reaches_nobody_who_comes_after_the_clear() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    for _ in 0..200 {
        let first = spawn_waiting(WaitKind::Event, || event.wait());
        let setter = checked_spawn(|| event.set());
        while !event.is_set() {
            std::thread::yield_now();
        }
        event.clear();
        assert!(!event.wait_timeout(Duration::from_micros(50)));
        first.join();
        setter.join();
    }
}

/// One `set` wakes all.
#[test]
fn v5_set_wakes_everybody() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let waiters: Vec<_> = (0..12)
        .map(|_| spawn_waiting(WaitKind::Event, || event.wait()))
        .collect();
    event.set();
    waiters.into_iter().for_each(Waiter::join);
}

/// `Duration::MAX` is for ever.
#[test]
fn v6_the_longest_timeout_does_not_overflow() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let waiter = spawn_waiting(WaitKind::Event, || event.wait_timeout(Duration::MAX));
    event.set();
    assert!(waiter.join());
}

/// A thread may set an event from its own destructors while it unwinds from a wait.
#[test]
fn v7_set_may_be_called_from_anywhere() {
    struct SetOnDrop(&'static Event);
    impl Drop for SetOnDrop {
        fn drop(&mut self) {
            self.0.set();
        }
    }
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let waiter = crate::waiting::spawn_interruptible(WaitKind::Event, || {
        let _set = SetOnDrop(event);
        event.wait();
    });
    waiter.interrupt("stop");
    assert!(waiter.join().is_err());
    assert!(event.is_set());
}

/// What the setter did before is seen by the waiter.
#[test]
fn v2_what_was_done_before_set_is_seen() {
    static EVENT: Event = Event::new();
    let _watchdog = watchdog();
    let value = shared(std::sync::atomic::AtomicU32::new(0));
    let waiter = checked_spawn(|| {
        EVENT.wait();
        // ORDERING: Relaxed, the event orders it.
        value.load(std::sync::atomic::Ordering::Relaxed)
    });
    // ORDERING: Relaxed, the event orders it.
    value.store(5, std::sync::atomic::Ordering::Relaxed);
    EVENT.set();
    assert_eq!(waiter.join(), 5);
}
