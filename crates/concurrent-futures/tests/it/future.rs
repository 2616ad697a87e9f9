//! `Future`.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Completion, Exception, ExceptionKind, Future, ReturnWhen, ThreadPoolExecutor, TimeoutError,
    as_completed, wait,
};
use pythreads_threading::{check_interrupt, current_thread, get_ident};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn one_worker() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

/// Counts how often it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // ORDERING: Relaxed, the test waits for the drop by other means.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Panics when it is dropped.
#[derive(Debug)]
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("a destructor fails");
    }
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

/// Who waits goes on before the callbacks have run.
#[test]
fn f11_a_waiter_may_be_ahead_of_callbacks() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 7);
    let go = Arc::new(Flag::new());
    let called = Arc::new(Flag::new());
    future.add_done_callback({
        let (go, called) = (Arc::clone(&go), Arc::clone(&called));
        move |_| {
            go.wait();
            called.set();
        }
    });
    busy.release();
    assert_eq!(future.result().unwrap(), 7);
    assert!(!called.is_set());
    go.set();
    called.wait();
}

/// In the order added, each once, in the thread that ends the task, told how it ended.
#[test]
fn f12_callbacks_run_in_order() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let future = executor.submit(get_ident);
    let calls = Arc::new(Mutex::new(Vec::new()));
    let done = Arc::new(Counter::new());
    for n in [1, 2, 2, 3] {
        let (calls, done) = (Arc::clone(&calls), Arc::clone(&done));
        future.add_done_callback(move |completion| {
            assert!(matches!(completion, Completion::Finished));
            calls.lock().push((n, get_ident()));
            done.add(1);
        });
    }
    let failed = executor.submit(|| panic!("told"));
    failed.add_done_callback({
        let done = Arc::clone(&done);
        move |completion| {
            assert!(
                matches!(completion, Completion::Failed(exception) if exception.message() == "told")
            );
            done.add(1);
        }
    });
    busy.release();
    let worker = future.result().unwrap();
    done.wait_for(5);
    assert_eq!(*calls.lock(), [1, 2, 2, 3].map(|n| (n, worker)));
}

/// Added to a future that is done, a callback runs here and now.
#[test]
fn f13_late_callbacks_run_at_once() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let finished = executor.submit(|| ());
    let failed = executor.submit(|| panic!("fails"));
    failed.wait();
    let busy = Occupied::one(&executor);
    let cancelled = executor.submit(|| ());
    assert!(cancelled.cancel());
    for (future, ends) in [
        (finished, "finished"),
        (failed, "failed"),
        (cancelled, "cancelled"),
    ] {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let here = Arc::clone(&calls);
        future.add_done_callback(move |completion| {
            let end = match completion {
                Completion::Finished => "finished",
                Completion::Failed(_) => "failed",
                _ => "cancelled",
            };
            here.lock().push((end, get_ident()));
        });
        assert_eq!(*calls.lock(), [(ends, get_ident())]);
    }
    drop(busy);
}

/// A callback that panics stops neither the next ones nor the worker, nor the one who added it late.
#[test]
fn f14_f15_panicking_callbacks_stop_nothing() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let future = executor.submit(get_ident);
    let second = Arc::new(Flag::new());
    future.add_done_callback(|_| panic!("a callback fails"));
    future.add_done_callback(|_| panic_any(PanicsOnDrop));
    future.add_done_callback({
        let second = Arc::clone(&second);
        move |_| second.set()
    });
    busy.release();
    future.wait();
    second.wait();
    future.add_done_callback(|_| panic!("a late callback fails"));
    let worker = future.result().unwrap();
    assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
}

/// A callback may add callbacks, which run at once, within it.
#[test]
fn f16_callbacks_nest() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| ()).shared();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let done = Arc::new(Flag::new());
    future.add_done_callback({
        let (calls, done) = (Arc::clone(&calls), Arc::clone(&done));
        move |future| {
            calls.lock().push("outer");
            let inner = Arc::clone(&calls);
            future.add_done_callback(move |_| inner.lock().push("inner"));
            calls.lock().push("outer again");
            done.set();
        }
    });
    busy.release();
    done.wait();
    assert_eq!(*calls.lock(), ["outer", "inner", "outer again"]);
}

/// A callback may use its future and the pool: it runs under no lock.
#[test]
fn f17_callbacks_may_use_future_and_pool() {
    let _watchdog = watchdog();
    let executor = Arc::new(one_worker());
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 1).shared();
    let (sender, receiver) = std::sync::mpsc::channel();
    future.add_done_callback({
        let executor = Arc::clone(&executor);
        move |future| {
            assert!(future.done() && !future.cancel() && !future.running());
            let next = executor.submit(|| 2).result().unwrap();
            sender.send(future.result().unwrap() + next).unwrap();
        }
    });
    busy.release();
    assert_eq!(receiver.recv().unwrap(), 3);
}

struct SetsFlag(Flag);

impl Wake for SetsFlag {
    fn wake(self: Arc<Self>) {
        self.0.set();
    }
}

fn poll<T>(future: &mut Future<T>, flag: &Arc<SetsFlag>) -> Poll<Result<T, Exception>> {
    let waker = Waker::from(Arc::clone(flag));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// It can be awaited: its end wakes the waker it was polled with last.
#[test]
fn f19_it_can_be_awaited() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let mut future = executor.submit(|| 9);
    let [early, late] = [(), ()].map(|()| Arc::new(SetsFlag(Flag::new())));
    assert!(poll(&mut future, &early).is_pending());
    assert!(poll(&mut future, &late).is_pending());
    busy.release();
    late.0.wait();
    assert!(!early.0.is_set());
    assert!(matches!(poll(&mut future, &late), Poll::Ready(Ok(9))));
    let again = catch_unwind(AssertUnwindSafe(|| poll(&mut future, &late)));
    assert!(again.is_err(), "a future is not polled again");
    let told = Arc::new(Flag::new());
    future.add_done_callback({
        let told = Arc::clone(&told);
        move |completion| {
            assert!(matches!(completion, Completion::Finished));
            told.set();
        }
    });
    assert!(told.is_set());
}

/// A poll leaves an exception where it is.
#[test]
fn f19_an_awaited_failure_stays() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let mut future = executor.submit(|| panic!("stays"));
    future.wait();
    let wakes = Arc::new(SetsFlag(Flag::new()));
    assert!(matches!(poll(&mut future, &wakes), Poll::Ready(Err(_))));
    assert_eq!(future.exception().unwrap().message(), "stays");
    assert_eq!(future.result().unwrap_err().message(), "stays");
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

/// A result is dropped once: by its future, or by the worker if the future went first; never if it was taken.
#[test]
fn results_are_dropped_once() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let drops = Arc::new(AtomicUsize::new(0));
    let result = || {
        let drops = Arc::clone(&drops);
        move || Dropped(drops)
    };
    // ORDERING: Relaxed, the drops happen before the next task ends or in this thread.
    let dropped = || drops.load(Ordering::Relaxed);

    let future = executor.submit(result());
    future.wait();
    assert_eq!(dropped(), 0);
    drop(future);
    assert_eq!(dropped(), 1);

    let busy = Occupied::one(&executor);
    drop(executor.submit(result()));
    busy.release();
    executor.submit(|| ()).result().unwrap();
    assert_eq!(dropped(), 2);

    let taken = executor.submit(result()).result().unwrap();
    assert_eq!(dropped(), 2);
    drop(taken);
    assert_eq!(dropped(), 3);

    let lent = executor.submit(result());
    assert!(lent.result_ref().is_ok() && lent.result_ref().is_ok());
    drop(lent);
    assert_eq!(dropped(), 4);
}

/// The future and the worker may let go of a result at the same time.
#[test]
fn results_are_dropped_once_in_a_race() {
    const ROUNDS: usize = 2_000;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let drops = Arc::new(AtomicUsize::new(0));
    for n in 0..ROUNDS {
        let result = Dropped(Arc::clone(&drops));
        let future = executor.submit(move || result);
        if n % 2 == 0 {
            std::thread::yield_now();
        }
        drop(future);
    }
    drop(executor);
    // ORDERING: Relaxed, the workers have been joined.
    assert_eq!(drops.load(Ordering::Relaxed), ROUNDS);
}

/// A destructor that panics harms nobody: that of a result nobody takes, of a cancelled closure, of a panic's payload.
#[test]
fn panicking_destructors_harm_nobody() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let worker = executor.submit(get_ident).result().unwrap();

    let untaken = executor.submit(|| PanicsOnDrop);
    untaken.wait();
    drop(untaken);

    let busy = Occupied::one(&executor);
    drop(executor.submit(|| PanicsOnDrop));
    let fails = PanicsOnDrop;
    let cancelled = executor.submit(move || drop(fails));
    assert!(cancelled.cancel());
    assert!(cancelled.result().unwrap_err().is_cancelled());
    busy.release();

    let exotic = executor.submit(|| panic_any(PanicsOnDrop));
    let exception = exotic.result().unwrap_err();
    assert!(exception.is_panic() && exception.payload_ref::<PanicsOnDrop>().is_some());
    drop(exception);
    drop(executor.submit(|| panic_any(PanicsOnDrop)));

    assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
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
