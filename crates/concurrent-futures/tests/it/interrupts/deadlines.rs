//! Deadlines of running tasks.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{
    Exception, ExceptionKind, ReturnWhen, ThreadPoolExecutor, wait,
};
use pythreads_threading::{Event, check_interrupt, sleep};
use test_support::watchdog;

use super::{LONG, kind};

/// A wait in a task ends at the task's deadline, once; a catch of it is not hit again.
#[test]
fn a_deadline_ends_a_wait() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let start = Instant::now();
    let deadline = start + Duration::from_millis(20);
    let future = executor.task().name("slow").deadline(deadline).submit(|| {
        let caught = catch_unwind(|| sleep(LONG)).unwrap_err();
        assert!(Exception::is_interrupt(&*caught));
        sleep(Duration::from_millis(1));
        check_interrupt();
        std::panic::resume_unwind(caught);
    });
    let exception = future.result().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::DeadlineExceeded);
    assert_eq!(exception.task_name(), Some("slow"));
    assert!(Instant::now() >= deadline);
    assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
}

/// A wait of the task that has a nearer end of its own is ended by that, and one that is served in time is not ended at all.
#[test]
fn a_deadline_leaves_other_waits_alone() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let far = Instant::now() + LONG;
    let future = executor.task().deadline(far).submit(|| {
        sleep(Duration::from_millis(1));
        Event::new().wait_timeout(Duration::from_millis(1))
    });
    assert!(!future.result().unwrap());
    // The deadline has passed when it waits, but there is nothing to wait for.
    let near = Instant::now() + Duration::from_millis(5);
    let future = executor.task().deadline(near).submit(move || {
        while Instant::now() < near {
            std::hint::spin_loop();
        }
        let event = Event::new();
        event.set();
        event.wait();
        7
    });
    match future.result() {
        Ok(answer) => assert_eq!(answer, 7),
        // The machine was so slow that it did not begin in time.
        Err(exception) => assert_eq!(exception.kind(), ExceptionKind::DeadlineExceeded),
    }
}

/// A deadline of a task does not end the waits of one that it runs while it waits for it.
#[test]
fn a_deadline_passes_by_a_claimed_task() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let pool = Arc::clone(&executor);
    let deadline = Instant::now() + Duration::from_millis(20);
    let outer = executor.task().deadline(deadline).submit(move || {
        let inner = pool.submit(move || {
            while Instant::now() < deadline {
                sleep(Duration::from_millis(5));
            }
            sleep(Duration::from_millis(1));
            7
        });
        assert_eq!(inner.result().unwrap(), 7);
        sleep(LONG);
    });
    assert_eq!(kind(outer), ExceptionKind::DeadlineExceeded);
}

/// A wait for the first of several, in a task with a deadline, still runs what nobody else can.
#[test]
fn a_deadline_does_not_keep_a_wait_from_helping() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let pool = Arc::clone(&executor);
    let far = Instant::now() + LONG;
    let future = executor.task().deadline(far).submit(move || {
        let futures = [1, 2].map(|n| pool.submit(move || n));
        wait(&futures, ReturnWhen::FirstCompleted).done.len()
    });
    assert!(future.result().unwrap() >= 1);
}
