//! `Thread`.

use std::sync::Arc;

use pythreads_threading::{Thread, ThreadState, enumerate};
use test_support::{Flag, watchdog};

/// A thread that waits for the flag.
fn waiter(flag: &Arc<Flag>) -> Thread {
    let flag = Arc::clone(flag);
    Thread::new(move || flag.wait())
}

/// Initial, started, stopped; alive in the middle only.
#[test]
fn t1_states_follow_each_other() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let thread = waiter(&go);
    assert_eq!(thread.state(), ThreadState::Initial);
    assert!(!thread.is_alive());
    thread.start();
    assert_eq!(thread.state(), ThreadState::Started);
    assert!(thread.is_alive());
    go.set();
    thread.join().unwrap();
    assert_eq!(thread.state(), ThreadState::Stopped);
    assert!(!thread.is_alive());
}

/// Making a thread runs nothing.
#[test]
fn t2_an_unstarted_thread_does_nothing() {
    let _watchdog = watchdog();
    let ran = Arc::new(Flag::new());
    let thread = Thread::new({
        let ran = Arc::clone(&ran);
        move || ran.set()
    });
    assert!(!enumerate().contains(&thread));
    drop(thread);
    assert!(!ran.is_set());
}
