//! `Promise`.

use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Completion, Exception, ExceptionKind, ReturnWhen, as_completed, promise, wait,
};
use test_support::{checked_spawn, watchdog};

/// A result or an exception reaches whoever waits.
#[test]
fn f9_result_and_exception() {
    let _watchdog = watchdog();
    let (given, future) = promise();
    let waiter = checked_spawn(move || future.result().unwrap());
    waiter.wait_until_asleep();
    given.set_result(Some(0)).unwrap();
    assert_eq!(waiter.join(), Some(0));

    let (given, future) = promise::<()>();
    given.set_exception("disk full").unwrap();
    assert_eq!(future.result().unwrap_err().message(), "disk full");
    let (given, future) = promise::<()>();
    let cause = Exception::new("its own kind stays");
    given.set_exception(cause).unwrap();
    assert!(future.result().unwrap_err().is_error());
}

/// A pending future is finished without having run, and runs only if somebody says so.
#[test]
fn f10_finished_from_pending_or_running() {
    let (given, future) = promise();
    assert!(!future.running() && !future.done());
    given.set_result(1).unwrap();
    assert!(future.done());

    let (mut given, future) = promise();
    assert!(given.set_running_or_notify_cancel());
    assert!(
        given.set_running_or_notify_cancel(),
        "it can be asked again"
    );
    assert!(future.running());
    assert!(!future.cancel(), "too late");
    given.set_result(2).unwrap();
    assert_eq!(future.result().unwrap(), 2);
}

/// A cancelled future takes neither, and gives them back.
#[test]
fn f10_a_cancelled_future_takes_nothing() {
    let (mut given, future) = promise();
    assert!(future.cancel());
    assert!(!given.set_running_or_notify_cancel());
    assert_eq!(given.set_result(String::from("kept")).unwrap_err(), "kept");
    assert!(future.result().unwrap_err().is_cancelled());

    let (given, future) = promise::<()>();
    assert!(future.cancel());
    assert!(given.set_exception("kept").unwrap_err().is_error());
}

/// A promise that is dropped breaks: nobody waits for ever.
#[test]
fn a_dropped_promise_is_abandoned() {
    let _watchdog = watchdog();
    let (given, future) = promise::<()>();
    let waiter = checked_spawn(move || future.result().unwrap_err());
    waiter.wait_until_asleep();
    drop(given);
    assert_eq!(waiter.join().kind(), ExceptionKind::Abandoned);

    let (mut given, future) = promise::<()>();
    assert!(given.set_running_or_notify_cancel());
    drop(given);
    assert_eq!(
        future.result().unwrap_err().kind(),
        ExceptionKind::Abandoned
    );
    let (given, future) = promise::<()>();
    assert!(future.cancel());
    drop(given);
    assert!(future.result().unwrap_err().is_cancelled());
}

/// Its future is waited for like any other, and its callbacks run in the thread that gives the result.
#[test]
fn f11_waits_and_callbacks() {
    let _watchdog = watchdog();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (first, a) = promise();
    let (second, b) = promise();
    let callback = Arc::clone(&seen);
    a.add_done_callback(move |how| callback.lock().push(matches!(how, Completion::Finished)));
    let mut pending = as_completed([&a, &b]);
    first.set_result(1).unwrap();
    assert_eq!(*seen.lock(), [true]);
    assert!(pending.next().unwrap().done());
    assert!(pending.try_next().is_err());
    second.set_result(2).unwrap();
    assert_eq!(wait([&a, &b], ReturnWhen::AllCompleted).done.len(), 2);
}

/// A result that nobody takes is dropped with its future, or where it is given if the future is gone.
#[test]
fn untaken_results_are_dropped() {
    let value = Arc::new(());
    let (given, future) = promise();
    given.set_result(Arc::clone(&value)).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(future);
    assert_eq!(Arc::strong_count(&value), 1);
    let (given, future) = promise();
    drop(future);
    given.set_result(Arc::clone(&value)).unwrap();
    assert_eq!(Arc::strong_count(&value), 1);
}
