//! Threads that cannot end unseen.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use test_support::{CheckedThread, Flag, checked_spawn, watchdog};

/// `join` gives what the thread returned.
#[test]
fn join_returns_the_value() {
    let _watchdog = watchdog();
    assert_eq!(checked_spawn(|| 6 * 7).join(), 42);
}

/// A panic comes out of `join` with the thread's name, which is the line that started it.
#[test]
fn join_raises_the_panic_again() {
    let _watchdog = watchdog();
    let line = line!() + 1;
    let thread: CheckedThread<()> = checked_spawn(|| panic!("three is not {}", "four"));
    let payload = panic::catch_unwind(AssertUnwindSafe(|| thread.join())).unwrap_err();
    let expected = format!("thread checked_thread.rs:{line} panicked: three is not four");
    assert_eq!(payload.downcast_ref(), Some(&expected));
}

/// A payload that is no text reaches the caller of `join` as it is.
#[test]
fn join_passes_other_payloads_on() {
    let _watchdog = watchdog();
    let thread = checked_spawn(|| panic::panic_any(7_u8));
    let payload = panic::catch_unwind(AssertUnwindSafe(|| thread.join())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&7_u8));
}

/// A thread that nobody joins is joined on drop.
#[test]
fn drop_joins() {
    let _watchdog = watchdog();
    let ran = Arc::new(Flag::new());
    drop(checked_spawn({
        let ran = Arc::clone(&ran);
        move || ran.set()
    }));
    assert!(ran.is_set());
}

/// The panic of a thread that nobody joins fails the test on drop.
#[test]
#[should_panic(expected = "panicked: unseen")]
fn drop_raises_the_panic_again() {
    let _watchdog = watchdog();
    drop(checked_spawn(|| panic!("unseen")));
}

/// A test that panics is not held up by a thread that waits for it.
#[test]
fn drop_while_panicking_does_not_wait() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let caught = panic::catch_unwind({
        let go = Arc::clone(&go);
        move || {
            let _thread = checked_spawn(move || go.wait());
            panic!("the test's own message");
        }
    });
    go.set();
    assert_eq!(
        caught.unwrap_err().downcast_ref(),
        Some(&"the test's own message")
    );
}

/// A thread is found asleep once it is blocked.
#[test]
fn wait_until_asleep_sees_a_blocked_thread() {
    let _watchdog = watchdog();
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let thread = checked_spawn({
        let (started, go) = (Arc::clone(&started), Arc::clone(&go));
        move || {
            started.set();
            go.wait();
        }
    });
    started.wait();
    thread.wait_until_asleep();
    assert!(!thread.is_finished());
    go.set();
    thread.join();
}

/// A thread that ends instead of blocking is a mistake in the test.
#[test]
#[should_panic(expected = "ended instead of blocking")]
fn wait_until_asleep_notices_an_ended_thread() {
    let _watchdog = watchdog();
    checked_spawn(|| ()).wait_until_asleep();
}
