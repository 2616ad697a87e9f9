//! `Future`: its states, its result, its waits.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Completion, Exception, ExceptionKind, Future, ReturnWhen, ThreadPoolExecutor, TimeoutError,
    as_completed, wait,
};
use pythreads_threading::{check_interrupt, current_thread, get_ident};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn one_worker() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

/// Pending, running, finished; cancelled counts as done.
#[test]
fn f1_done_running_cancelled() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let state = |future: &Future<()>| (future.done(), future.running(), future.cancelled());
    assert_eq!(state(busy.future()), (false, true, false));
    let queued = executor.submit(|| ());
    assert_eq!(state(&queued), (false, false, false));
    assert!(queued.cancel());
    assert_eq!(state(&queued), (true, false, true));
    let last = executor.submit(|| ());
    busy.release();
    last.wait();
    assert_eq!(state(&last), (true, false, false));
}

/// A cancel shows at once everywhere: in the future, its callbacks, `wait` and `as_completed`.
#[test]
fn f2_cancel_shows_at_once() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| ());
    let told = Arc::new(Flag::new());
    queued.add_done_callback({
        let told = Arc::clone(&told);
        move |completion| {
            assert!(matches!(completion, Completion::Cancelled));
            told.set();
        }
    });
    assert!(queued.cancel());
    assert!(told.is_set() && queued.done() && queued.cancelled());
    let waited = wait([&queued], ReturnWhen::AllCompleted);
    assert_eq!(waited.done.len(), 1);
    assert_eq!(as_completed([&queued]).count(), 1);
    assert!(queued.exception().unwrap().is_cancelled());
    assert!(queued.result().unwrap_err().is_cancelled());
    drop(busy);
}

/// `cancel` can be repeated; callbacks run once, in the thread whose cancel came first.
#[test]
fn f3_cancel_is_idempotent() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let queued = Arc::new(executor.submit(|| ()));
    let calls = Arc::new(Mutex::new(Vec::new()));
    queued.add_done_callback({
        let calls = Arc::clone(&calls);
        move |_| calls.lock().push(get_ident())
    });
    let canceller = checked_spawn({
        let queued = Arc::clone(&queued);
        move || {
            assert!(queued.cancel());
            get_ident()
        }
    });
    let first = canceller.join();
    assert!(queued.cancel() && queued.cancel());
    assert_eq!(*calls.lock(), [first]);
    assert!(!busy.future().cancel(), "it runs");
    busy.release();
    busy.future().wait();
    assert!(!busy.future().cancel(), "it is done");
}

/// `result`: the value, the task's exception, or an exception of kind Cancelled.
#[test]
fn f4_result_of_each_end() {
    let _watchdog = watchdog();
    let executor = one_worker();
    assert_eq!(executor.submit(|| 6 * 7).result().unwrap(), 42);
    let panicked = executor.submit(|| panic!("no such luck")).result();
    let exception = panicked.unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message()),
        (ExceptionKind::Panic, "no such luck")
    );
    let failed = executor.submit_fallible(|| Err::<(), _>("disk full"));
    let exception = failed.result().unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message()),
        (ExceptionKind::Error, "disk full")
    );
}

/// A limit that runs out gives the future back; zero, and a deadline in the past, only look.
#[test]
fn f4_time_runs_out() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| 5);
    let queued = queued.try_result().unwrap_err().into_inner();
    let queued = queued
        .result_timeout(Duration::ZERO)
        .unwrap_err()
        .into_inner();
    let past = Instant::now();
    let queued = queued.result_deadline(past).unwrap_err().into_inner();
    let start = Instant::now();
    let queued = queued
        .result_timeout(*delay::SHORT)
        .unwrap_err()
        .into_inner();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(!queued.wait_timeout(Duration::ZERO) && !queued.wait_deadline(past));
    busy.release();
    assert!(queued.wait_timeout(Duration::MAX));
    assert_eq!(queued.result_timeout(Duration::ZERO).unwrap().unwrap(), 5);
    let cancelled = {
        let _busy = Occupied::one(&executor);
        let queued = executor.submit(|| 5);
        assert!(queued.cancel());
        queued.try_result().unwrap()
    };
    assert!(cancelled.unwrap_err().is_cancelled());
}

/// Whoever waits is released by the end of the task, and by a cancel.
#[test]
fn f5_waiters_are_released() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let finished = executor.submit(|| 1).shared();
    let failed = executor.submit(|| -> i32 { panic!("fails") }).shared();
    let cancelled = executor.submit(|| 3).shared();
    let waiters = [&finished, &failed, &cancelled].map(|future| {
        let future = future.clone();
        let waiter = checked_spawn(move || future.result().copied().map_err(|e| e.kind()));
        waiter.wait_until_asleep();
        waiter
    });
    assert!(cancelled.cancel());
    busy.release();
    let ends = waiters.map(|waiter| waiter.join());
    assert_eq!(
        ends,
        [
            Ok(1),
            Err(ExceptionKind::Panic),
            Err(ExceptionKind::Cancelled)
        ]
    );
}

/// Asked again, it is the same exception.
#[test]
fn f6_the_exception_stays_the_same() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let future = executor.submit(|| panic_any(String::from("once")));
    let payload =
        |exception: &Exception| std::ptr::from_ref(exception.payload_ref::<String>().unwrap());
    let (first, second) = (future.exception().unwrap(), future.exception().unwrap());
    assert_eq!(payload(&first), payload(&second));
    assert_eq!(payload(&first), payload(&future.result().unwrap_err()));
}

/// A timeout that the task itself failed with is inside, the wait's own is outside.
#[test]
fn f7_two_timeouts_are_told_apart() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let task = executor.submit_fallible(|| Err::<(), _>(TimeoutError::new(())));
    let task: Future<()> = task.result_timeout(*delay::SHORT).unwrap_err().into_inner();
    busy.release();
    let inner = task.result_timeout(Duration::MAX).unwrap().unwrap_err();
    assert!(inner.downcast_ref::<TimeoutError>().is_some());
    assert!(executor.submit(|| ()).exception().is_none());
}

/// Values that mean nothing, or failure, elsewhere are values here.
#[test]
fn f8_any_value_is_a_value() {
    let _watchdog = watchdog();
    let executor = one_worker();
    assert_eq!(executor.submit(|| None::<u8>).result().unwrap(), None);
    assert_eq!(
        executor.submit(|| Err::<(), _>(0)).result().unwrap(),
        Err(0)
    );
    executor.submit(|| ()).result().unwrap();
    let exception = executor
        .submit_fallible(|| Err::<(), _>(""))
        .result()
        .unwrap_err();
    assert_eq!(exception.message(), "");
}

/// The state, and what came of it.
#[test]
fn f20_debug_shows_state_and_outcome() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    assert_eq!(format!("{:?}", busy.future()), "Future { state: Running }");
    let queued = executor.submit(|| 1);
    assert_eq!(format!("{queued:?}"), "Future { state: Pending }");
    assert!(queued.cancel());
    assert_eq!(format!("{queued:?}"), "Future { state: Cancelled }");
    busy.release();
    let finished = executor.submit(|| 1_u8);
    let failed = executor.submit(|| panic!("no"));
    failed.wait();
    assert_eq!(
        format!("{finished:?}"),
        "Future { state: Finished, returned: u8 }"
    );
    assert_eq!(
        format!("{failed:?}"),
        "Future { state: Failed, raised: Exception(panic: \"no\") }"
    );
}

/// Who waits holds the only handle to the exception: the value that panicked can be taken at once, or raised again as it was.
#[test]
fn a_panics_value_can_be_taken() {
    let _watchdog = watchdog();
    let executor = one_worker();
    for n in 0..500 {
        let future = executor.submit(move || -> () { panic_any(n) });
        let value = future.result().unwrap_err().into_panic().unwrap();
        assert_eq!(*value.downcast::<i32>().unwrap(), n);
    }
    let exception = executor.submit(|| panic_any("again")).result().unwrap_err();
    let raised = catch_unwind(AssertUnwindSafe(|| exception.resume())).unwrap_err();
    assert_eq!(*raised.downcast::<&str>().unwrap(), "again");
}

/// Waiting is an interruption point, and the task goes on.
#[test]
fn waiting_can_be_interrupted() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 4).shared();
    let waiter = pythreads_threading::spawn({
        let future = future.clone();
        move || future.result().copied().unwrap()
    });
    waiter.thread().interrupt().unwrap();
    assert!(waiter.join().unwrap_err().is_interrupted());
    busy.release();
    assert_eq!(*future.result().unwrap(), 4);
}

/// What was raised in a worker for one task does not reach the next.
#[test]
fn an_interrupt_does_not_outlive_its_task() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let first = executor.submit(|| current_thread().interrupt().unwrap());
    first.result().unwrap();
    executor.submit(check_interrupt).result().unwrap();
    let caught = executor.submit(|| {
        current_thread().interrupt().unwrap();
        check_interrupt();
    });
    assert!(caught.result().unwrap_err().is_interrupted());
    executor.submit(check_interrupt).result().unwrap();
}
