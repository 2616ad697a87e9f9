//! Initializers of a `ThreadPoolExecutor`'s workers.

use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{ExceptionKind, ThreadPoolExecutor};
use pythreads_threading::get_ident;
use test_support::{Counter, Flag, watchdog};

use crate::occupied::Occupied;

fn kind_of_refusal(executor: &ThreadPoolExecutor) -> ExceptionKind {
    let refused = executor.submit(|| ());
    assert!(refused.done() && !refused.cancelled());
    refused.result().unwrap_err().kind()
}

/// The initializer runs once in each worker, before its first task.
#[test]
fn p20_initializer_runs_first_in_each_worker() {
    let _watchdog = watchdog();
    let ready = Arc::new(Mutex::new(Vec::new()));
    let executor = ThreadPoolExecutor::builder()
        .max_workers(3)
        .initializer({
            let ready = Arc::clone(&ready);
            move || ready.lock().push(get_ident())
        })
        .build()
        .unwrap();
    drop(Occupied::all(&executor, 3));
    for _ in 0..20 {
        let worker = executor.submit(get_ident).result().unwrap();
        assert!(ready.lock().contains(&worker));
    }
    assert_eq!(ready.lock().len(), 3);
}

/// One that panics breaks the pool: what is queued and what comes fails, what runs is finished.
#[test]
fn p20_a_failing_initializer_breaks_the_pool() {
    let _watchdog = watchdog();
    let workers = Arc::new(Counter::new());
    let executor = ThreadPoolExecutor::builder()
        .max_workers(2)
        .initializer({
            let workers = Arc::clone(&workers);
            move || {
                workers.add(1);
                assert_eq!(workers.get(), 1, "no database");
            }
        })
        .build()
        .unwrap();
    let busy = Occupied::one(&executor);
    let queued: Vec<_> = (0..5).map(|_| executor.submit(|| ())).collect();
    for future in queued {
        let exception = future.result().unwrap_err();
        assert_eq!(exception.kind(), ExceptionKind::BrokenPool);
        assert!(exception.message().contains("no database"), "{exception}");
    }
    assert!(executor.is_shutdown());
    assert_eq!(kind_of_refusal(&executor), ExceptionKind::BrokenPool);
    assert!(!busy.future().done());
    busy.release();
    busy.future().wait();
    assert!(busy.future().exception().is_none());
    executor.shutdown();
}

/// A failing initializer whose panic carries something that panics when dropped, in several workers at once.
#[test]
fn p20_initializers_that_fail_in_every_way() {
    struct Exotic;
    impl Drop for Exotic {
        fn drop(&mut self) {
            panic!("a destructor fails");
        }
    }
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::builder()
        .max_workers(4)
        .initializer(|| std::panic::panic_any(Exotic))
        .build()
        .unwrap();
    let futures: Vec<_> = (0..8).map(|_| executor.submit(|| ())).collect();
    for future in futures {
        assert_eq!(
            future.result().unwrap_err().kind(),
            ExceptionKind::BrokenPool
        );
    }
}

/// A cancelled task in the queue does not keep those behind it from failing.
#[test]
fn p21_cancelled_tasks_do_not_stop_the_draining() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer({
            let go = Arc::clone(&go);
            move || {
                go.wait();
                panic!("no database");
            }
        })
        .build()
        .unwrap();
    let futures: Vec<_> = (0..6).map(|_| executor.submit(|| ())).collect();
    for future in futures.iter().step_by(2) {
        assert!(future.cancel());
    }
    go.set();
    for (n, future) in futures.into_iter().enumerate() {
        let kind = future.result().unwrap_err().kind();
        let expected = [ExceptionKind::Cancelled, ExceptionKind::BrokenPool];
        assert_eq!(kind, expected[n % 2]);
    }
}
