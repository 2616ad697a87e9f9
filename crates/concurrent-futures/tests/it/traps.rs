//! What has gone wrong in Python, or still does, and has no test under the number of a rule.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_concurrent_futures::{ExceptionKind, Future, ThreadPoolExecutor};
use pythreads_threading::{add_thread_hook, check_interrupt, current_thread, get_ident};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

/// There an exception that is no `Exception` ends the worker for good, and with it a pool of one.
#[test]
fn p12_an_interrupt_in_a_callback_leaves_the_worker() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let worker = executor.submit(get_ident);
    let interrupted = Arc::new(Flag::new());
    let next = Arc::new(Flag::new());
    worker.add_done_callback({
        let interrupted = Arc::clone(&interrupted);
        move |_| {
            current_thread().raise_exception("stop").unwrap();
            interrupted.set();
            check_interrupt();
            unreachable!("it has been interrupted");
        }
    });
    worker.add_done_callback({
        let next = Arc::clone(&next);
        move |_| next.set()
    });
    busy.release();
    interrupted.wait();
    next.wait();
    let worker = worker.result().unwrap();
    assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
}

/// Uses its pool when it is dropped.
struct UsesPool {
    executor: Arc<ThreadPoolExecutor>,
    seen: Arc<Counter>,
}

impl Drop for UsesPool {
    fn drop(&mut self) {
        let late: Future<()> = self.executor.submit(|| ());
        late.add_done_callback({
            let seen = Arc::clone(&self.seen);
            move |_| seen.add(1)
        });
        self.executor.cancel_pending();
        late.cancel();
    }
}

/// There a finalizer that ran inside the pool's queue and used it was a deadlock (bpo-32576). Here: a closure that is dropped
/// after it ran, without having run because it was cancelled, or because the pool refused it, and a result nobody takes.
#[test]
fn destructors_may_use_the_pool() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let seen = Arc::new(Counter::new());
    let uses_pool = || UsesPool {
        executor: Arc::clone(&executor),
        seen: Arc::clone(&seen),
    };
    let submit = || {
        let uses_pool = uses_pool();
        executor.submit(move || drop(uses_pool))
    };
    submit().result().unwrap();
    seen.wait_for(1);
    let result = uses_pool();
    drop(executor.submit(move || result));
    seen.wait_for(2);
    let busy = Occupied::one(&executor);
    let cancelled = submit();
    assert!(cancelled.cancel());
    seen.wait_for(3);
    let _all = [submit(), submit()];
    executor.cancel_pending();
    seen.wait_for(5);
    executor.close();
    assert_eq!(
        submit().result().unwrap_err().kind(),
        ExceptionKind::ShutDown
    );
    seen.wait_for(6);
    busy.release();
    executor.shutdown();
}

/// There the item that was waited for when the time ran out was not cancelled with the rest (gh-95166).
#[test]
fn m9_m10_the_item_that_is_waited_for_is_cancelled_as_well() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let ran = Arc::new(AtomicUsize::new(0));
    for unordered in [false, true] {
        let busy = Occupied::one(&executor);
        let count = Arc::clone(&ran);
        let mut results = executor.map(0..3, move |_| {
            // ORDERING: Relaxed, the end of the pool orders it.
            count.fetch_add(1, Ordering::Relaxed)
        });
        assert!(results.next_timeout(*delay::SHORT).is_err());
        if unordered {
            drop(results.unordered());
        } else {
            drop(results);
        }
        busy.release();
    }
    executor.shutdown();
    // ORDERING: Relaxed, as above.
    assert_eq!(ran.load(Ordering::Relaxed), 0);
}

/// There a submit that starts a thread holds the pool's lock until the thread runs, and all others wait for it.
#[test]
fn p5_submits_do_not_wait_for_a_thread_to_begin() {
    let _watchdog = watchdog();
    let begin = Arc::new(Flag::new());
    let _hook = add_thread_hook({
        let begin = Arc::clone(&begin);
        move || {
            if current_thread().name().starts_with("slow-to-begin") {
                begin.wait();
            }
        }
    });
    let builder = ThreadPoolExecutor::builder();
    let builder = builder.max_workers(2).thread_name_prefix("slow-to-begin");
    let executor = Arc::new(builder.build().unwrap());
    let futures = [(); 3].map(|()| {
        let executor = Arc::clone(&executor);
        let submitter = checked_spawn(move || executor.submit(get_ident));
        submitter.join()
    });
    assert!(
        futures
            .iter()
            .all(|future| !future.running() && !future.done())
    );
    assert!(futures[2].cancel());
    begin.set();
    let [first, second, _] = futures;
    first.result().unwrap();
    second.result().unwrap();
}
