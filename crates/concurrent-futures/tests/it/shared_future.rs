//! `SharedFuture`.

use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{SharedFuture, ThreadPoolExecutor};
use test_support::{checked_spawn, watchdog};

use crate::occupied::Occupied;

/// All who wait read the same value, in place.
#[test]
fn all_readers_share_the_value() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| String::from("shared")).shared();
    let readers = [(); 4].map(|()| {
        let future = future.clone();
        let reader = checked_spawn(move || future.result().unwrap().as_ptr().addr());
        reader.wait_until_asleep();
        reader
    });
    busy.release();
    let here = future.result().unwrap().as_ptr().addr();
    for reader in readers {
        assert_eq!(reader.join(), here);
    }
}

/// All who wait are told the same exception.
#[test]
fn f6_all_readers_share_the_exception() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let future: SharedFuture<()> = executor.submit(|| panic!("for all")).into();
    let readers = [(); 4].map(|()| {
        let future = future.clone();
        checked_spawn(move || future.exception().unwrap())
    });
    for reader in readers {
        assert_eq!(reader.join().message(), "for all");
    }
    assert_eq!(future.result().unwrap_err().message(), "for all");
}

/// A callback is given the future, and with it the value.
#[test]
fn f12_callbacks_are_given_the_future() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 1).shared();
    let seen = Arc::new(Mutex::new(Vec::new()));
    for n in [10, 20] {
        let seen = Arc::clone(&seen);
        future.add_done_callback(move |future| seen.lock().push(n + future.result().unwrap()));
    }
    busy.release();
    executor.submit(|| ()).result().unwrap();
    future.add_done_callback({
        let seen = Arc::clone(&seen);
        move |future| seen.lock().push(30 + future.result().unwrap())
    });
    assert_eq!(*seen.lock(), [11, 21, 31]);
}

/// The last handle becomes a future that gives the value away; any other comes back.
#[test]
fn only_the_last_handle_unwraps() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let first = executor.submit(|| String::from("mine")).shared();
    let second = first.clone();
    let first = first.try_unwrap().unwrap_err();
    drop(second);
    assert_eq!(first.try_unwrap().unwrap().result().unwrap(), "mine");
}

/// Any of the handles may cancel.
#[test]
fn f3_any_handle_cancels() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let first = executor.submit(|| ()).shared();
    let second = first.clone();
    assert!(!first.done());
    assert!(second.cancel() && first.cancel());
    assert!(first.cancelled() && first.done() && !first.running());
    assert!(first.result().unwrap_err().is_cancelled());
    drop(busy);
}
