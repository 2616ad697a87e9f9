//! `Event`: who waits when it is set returns, and nobody else because of that.

use std::sync::Arc;

use pythreads_sync_primitives::Event;

use crate::engine::{SOON, check, join, share, spawn, strike};
use crate::plain::Plain;
use crate::target::Target;

/// All return, and see what was done before.
#[test]
fn setting_it_reaches_all() {
    check(|| {
        let shared = share((Event::new(), Plain::default()));
        let waiters = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            spawn(move || {
                let (event, number) = &*shared;
                event.wait();
                number.get()
            })
        });
        let (event, number) = &*shared;
        number.set(7);
        event.set();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap(), 7);
        }
    });
}

/// V4: it may be cleared before they run.
#[test]
fn waiters_return_although_it_is_cleared() {
    check(|| {
        let event = share(Event::new());
        let waiter = Target::spawn({
            let event = Arc::clone(&event);
            move || event.wait()
        });
        let waits = waiter.is_waiting();
        event.set();
        if waits {
            event.clear();
        }
        assert_eq!(waiter.join(), Some(()));
    });
}

/// Once a wait has returned, the `set` behind it touches nothing any more: the event may be gone, and another wait be at
/// its address.
#[test]
fn one_set_ends_no_later_wait() {
    check(|| {
        let event = share(Event::new());
        let waiter = spawn({
            let event = Arc::clone(&event);
            move || {
                event.wait();
                event.clear();
                assert!(!event.wait_timeout(SOON));
            }
        });
        event.set();
        strike();
        waiter.join().unwrap();
    });
}

/// Two threads that set it do not hide each other's.
#[test]
fn it_may_be_set_twice_at_a_time() {
    check(|| {
        let event = share(Event::new());
        let threads = [(); 2].map(|()| {
            let event = Arc::clone(&event);
            spawn(move || event.set())
        });
        event.wait();
        assert!(event.is_set());
        join(threads);
    });
}

/// A wait with a limit ends, and one without a limit beside it is not forgotten.
#[test]
fn a_timeout_ends_its_own_wait_only() {
    check(|| {
        let event = share(Event::new());
        let timed = spawn({
            let event = Arc::clone(&event);
            move || event.wait_timeout(SOON)
        });
        let patient = spawn({
            let event = Arc::clone(&event);
            move || event.wait()
        });
        strike();
        let in_time = timed.join().unwrap();
        assert!(!in_time);
        event.set();
        patient.join().unwrap();
        assert!(event.wait_timeout(SOON));
    });
}
