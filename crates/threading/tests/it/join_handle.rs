//! `spawn` and `JoinHandle`.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use pythreads_threading::{ExceptionKind, Thread, spawn};
use test_support::{Flag, delay, watchdog};

/// The result comes back, also one that is not `Sync`.
#[test]
fn join_gives_the_result() {
    let _watchdog = watchdog();
    assert_eq!(spawn(|| Cell::new(7)).join().unwrap().get(), 7);
    let handle = Thread::builder().name("named").spawn(|| "text").unwrap();
    assert_eq!(handle.thread().name(), "named");
    assert_eq!(handle.join().unwrap(), "text");
}

/// A panic comes back with its payload.
#[test]
fn join_gives_the_panic() {
    let _watchdog = watchdog();
    let handle = spawn(|| std::panic::resume_unwind(Box::new(42_u8)));
    let exception = handle.join().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Panic);
    assert_eq!(exception.payload_ref::<u8>(), Some(&42));
}

/// When the time runs out the handle comes back.
#[test]
fn a_limited_join_gives_the_handle_back() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let handle = spawn({
        let go = Arc::clone(&go);
        move || {
            go.wait();
            5
        }
    });
    let handle = handle.join_timeout(*delay::SHORT).unwrap_err().into_inner();
    assert!(handle.is_alive());
    go.set();
    assert_eq!(handle.join_timeout(Duration::MAX).unwrap().unwrap(), 5);
}

/// A result nobody waits for is dropped.
#[test]
fn a_result_nobody_takes_is_dropped() {
    let _watchdog = watchdog();
    let result = Arc::new(());
    for join in [true, false] {
        let handle = spawn({
            let result = Arc::clone(&result);
            move || result
        });
        let thread = handle.thread().clone();
        if join {
            thread.join().unwrap();
        }
        drop(handle);
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&result), 1);
    }
}

/// A system that refuses is an error of the builder.
#[test]
fn a_refused_spawn_is_an_error() {
    let _watchdog = watchdog();
    let refused = Thread::builder().stack_size(1 << 50).spawn(|| ());
    assert!(refused.unwrap_err().is_refused());
}
