//! Done callbacks of a `Future`.

use std::panic::panic_any;
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{Completion, ThreadPoolExecutor};
use pythreads_threading::get_ident;
use test_support::{Counter, Flag, watchdog};

use crate::drops::PanicsOnDrop;
use crate::occupied::Occupied;

fn one_worker() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
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
