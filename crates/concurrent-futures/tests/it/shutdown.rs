//! How a `ThreadPoolExecutor` ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    ExceptionKind, Future, OnDrop, ReturnWhen, ThreadPoolExecutor, wait,
};
use pythreads_threading::{Local, enumerate, get_ident};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn named(prefix: &str, max_workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::builder()
        .max_workers(max_workers)
        .thread_name_prefix(prefix)
        .build()
        .unwrap()
}

/// The names of the living threads that begin with `prefix`.
fn threads(prefix: &str) -> Vec<String> {
    let names = enumerate().into_iter().map(|thread| thread.name());
    names.filter(|name| name.starts_with(prefix)).collect()
}

/// Shutdown refuses what is new, runs what is queued, joins the workers, and can be repeated.
#[test]
fn p15_shutdown_runs_what_is_queued() {
    let _watchdog = watchdog();
    let executor = named("p15-run", 2);
    let ran = Arc::new(Counter::new());
    for _ in 0..50 {
        let ran = Arc::clone(&ran);
        executor.execute(move || ran.add(1));
    }
    assert!(!executor.is_shutdown());
    executor.shutdown();
    assert!(executor.is_shutdown());
    assert_eq!(ran.get(), 50);
    assert!(threads("p15-run").is_empty());
    executor.shutdown();
    executor.shutdown_now();
}

/// `join_timeout` keeps its limit also while a worker's locals are being destroyed.
#[test]
fn p15_join_keeps_its_limit_to_the_end() {
    static LEAVES: Flag = Flag::new();
    static MAY_END: Flag = Flag::new();
    static SLOW: Local<Option<SlowDrop>> = Local::new(|| None);
    struct SlowDrop;
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            LEAVES.set();
            MAY_END.wait();
        }
    }
    let _watchdog = watchdog();
    let executor = named("p15-limit", 1);
    executor.execute(|| SLOW.set(Some(SlowDrop)));
    executor.close();
    LEAVES.wait();
    assert!(!executor.join_timeout(*delay::SHORT));
    assert!(!executor.join_timeout(Duration::ZERO));
    MAY_END.set();
    executor.join();
    assert!(executor.join_timeout(Duration::ZERO));
}

/// `close` returns at once; what is queued still runs, and `join` waits for it.
#[test]
fn p15_close_then_join() {
    let _watchdog = watchdog();
    let executor = Arc::new(named("p15-close", 1));
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| 1);
    executor.close();
    assert!(!queued.done());
    let start = Instant::now();
    assert!(!executor.join_timeout(*delay::SHORT));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(!executor.join_deadline(start));
    let joiners = [(); 3].map(|()| {
        let executor = Arc::clone(&executor);
        let joiner = checked_spawn(move || {
            executor.join();
            threads("p15-close").len()
        });
        joiner.wait_until_asleep();
        joiner
    });
    busy.release();
    assert_eq!(joiners.map(|joiner| joiner.join()), [0, 0, 0]);
    assert_eq!(queued.result().unwrap(), 1);
}

/// A pool that takes tasks cannot be joined.
#[test]
fn p15_join_of_an_open_pool_panics() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    assert!(catch_unwind(|| executor.join()).is_err());
    executor.submit(|| ()).result().unwrap();
}

/// `join` is an interruption point.
#[test]
fn p15_join_can_be_interrupted() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let busy = Occupied::one(&executor);
    executor.close();
    let joiner = pythreads_threading::spawn({
        let executor = Arc::clone(&executor);
        move || executor.join()
    });
    joiner.thread().interrupt().unwrap();
    assert!(joiner.join().unwrap_err().is_interrupted());
    busy.release();
    executor.join();
}

/// Cancelling what is queued holds no lock: callbacks may use the pool, and `wait` knows the futures as done.
#[test]
fn p16_cancelling_holds_no_lock() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let busy = Occupied::one(&executor);
    let told = Arc::new(Mutex::new(Vec::new()));
    let futures: Vec<_> = (0..5)
        .map(|_| {
            let future = executor.submit(|| ());
            let (told, inner) = (Arc::clone(&told), Arc::clone(&executor));
            future.add_done_callback(move |_| {
                inner.close();
                let refused = inner.submit(|| ()).result().unwrap_err();
                told.lock().push((get_ident(), refused.kind()));
            });
            future
        })
        .collect();
    assert_eq!(executor.cancel_pending(), 5);
    assert_eq!(*told.lock(), [(get_ident(), ExceptionKind::ShutDown); 5]);
    let waited = wait(&futures, ReturnWhen::AllCompleted);
    assert!(waited.not_done.is_empty());
    assert!(futures.iter().all(Future::cancelled));
    assert_eq!(executor.cancel_pending(), 0);
    busy.release();
    executor.shutdown_now();
}

/// All that is queued is cancelled before code of users runs: a callback may wait for a task that comes later.
#[test]
fn p16_callbacks_find_all_cancelled() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let first = executor.submit(|| ());
    let second = executor.submit(|| ()).shared();
    let (seen, found) = mpsc::channel();
    first.add_done_callback(move |_| seen.send(second.result().unwrap_err().kind()).unwrap());
    assert_eq!(executor.cancel_pending(), 2);
    assert_eq!(found.recv().unwrap(), ExceptionKind::Cancelled);
    busy.release();
}

/// What was cancelled by itself, or claimed, is not counted again.
#[test]
fn p16_only_what_is_queued_is_counted() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let [first, second] = [(); 2].map(|()| executor.submit(|| ()));
    assert!(first.cancel());
    assert_eq!(executor.cancel_pending(), 1);
    assert!(second.cancelled() && !busy.future().cancelled());
}

/// A worker that shuts its pool down and waits panics, with the pool closed; closing alone is fine.
#[test]
fn p17_shutdown_in_an_own_worker_panics() {
    let _watchdog = watchdog();
    for (end, fails) in [
        (
            ThreadPoolExecutor::shutdown as fn(&ThreadPoolExecutor),
            true,
        ),
        (ThreadPoolExecutor::shutdown_now, true),
        (ThreadPoolExecutor::close, false),
    ] {
        let executor = Arc::new(ThreadPoolExecutor::new(2));
        let inner = Arc::clone(&executor);
        let ends = executor.submit(move || end(&inner));
        assert_eq!(ends.exception().is_some(), fails);
        assert!(executor.is_shutdown());
        executor.join();
    }
}

/// A pool whose last handle goes in one of its own tasks closes, and joins nobody.
#[test]
fn p17_dropped_by_its_own_worker() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(2));
    let (last, go) = (Arc::clone(&executor), Arc::new(Flag::new()));
    let ends = executor.submit({
        let go = Arc::clone(&go);
        move || {
            go.wait();
            drop(last);
        }
    });
    let queued = executor.submit(|| 3);
    drop(executor);
    go.set();
    ends.result().unwrap();
    assert_eq!(queued.result().unwrap(), 3);
}

/// A worker of another pool may drop a pool, and waits for it.
#[test]
fn p17_dropped_by_a_worker_of_another_pool() {
    let _watchdog = watchdog();
    let (a, b) = (ThreadPoolExecutor::new(1), ThreadPoolExecutor::new(1));
    let (to_a, gets_b) = mpsc::channel();
    let first = a.submit(move || drop::<ThreadPoolExecutor>(gets_b.recv().unwrap()));
    let second = b.submit(|| 5);
    to_a.send(b).unwrap();
    first.result().unwrap();
    assert_eq!(second.result().unwrap(), 5);
}

/// After a shutdown the results of `map` hold the refusal; without input there is none.
#[test]
fn p18_map_after_shutdown() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    executor.shutdown();
    assert_eq!(executor.map(0..0, |n: i32| n).count(), 0);
    let refused: Vec<_> = executor.map(0..2, |n| n).map(Result::unwrap_err).collect();
    assert!(refused.iter().all(|e| e.kind() == ExceptionKind::ShutDown));
}

/// A pool that is dropped runs its queue and waits for it; told to cancel, it cancels.
#[test]
fn p22_dropping_runs_or_cancels_the_queue() {
    let _watchdog = watchdog();
    for (on_drop, expected) in [(OnDrop::RunPending, 10), (OnDrop::CancelPending, 0)] {
        let executor = ThreadPoolExecutor::builder()
            .max_workers(1)
            .on_drop(on_drop)
            .build()
            .unwrap();
        let ran = Arc::new(Counter::new());
        let busy = Occupied::one(&executor);
        for _ in 0..10 {
            let ran = Arc::clone(&ran);
            executor.execute(move || ran.add(1));
        }
        let dropper = checked_spawn(move || drop(executor));
        dropper.wait_until_asleep();
        busy.release();
        dropper.join();
        assert_eq!(ran.get(), expected);
    }
}

/// Left by a panic, a pool cancels what is queued and waits for what runs; the panic goes on.
#[test]
fn e2_left_by_a_panic_it_cancels() {
    let _watchdog = watchdog();
    let (ran, left) = (Arc::new(Counter::new()), Arc::new(Flag::new()));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let executor = ThreadPoolExecutor::new(1);
        let running = executor.submit({
            let left = Arc::clone(&left);
            move || left.wait()
        });
        while !running.running() {
            std::thread::yield_now();
        }
        let ends = executor.submit(|| ());
        ends.add_done_callback({
            let left = Arc::clone(&left);
            move |_| left.set()
        });
        let count = Arc::clone(&ran);
        executor.execute(move || count.add(1));
        panic!("the block fails");
    }));
    let payload = outcome.unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the block fails"));
    assert!(left.is_set(), "what was queued has been cancelled");
    assert_eq!(ran.get(), 0);
}

/// Submits that race with a shutdown are run or refused, and nothing is left pending (bpo-12456).
#[test]
fn p15_submits_race_with_shutdown() {
    const ROUNDS: usize = 100;
    let _watchdog = watchdog();
    for round in 0..ROUNDS {
        let executor = Arc::new(ThreadPoolExecutor::new(2));
        let started = Arc::new(Flag::new());
        let submitter = checked_spawn({
            let (executor, started) = (Arc::clone(&executor), Arc::clone(&started));
            move || {
                started.set();
                let submit = |n| executor.submit(move || n);
                (0..200).map(submit).collect::<Vec<_>>()
            }
        });
        started.wait();
        if round % 2 == 0 {
            executor.shutdown();
        } else {
            executor.shutdown_now();
        }
        for (n, future) in submitter.join().into_iter().enumerate() {
            match future.result() {
                Ok(value) => assert_eq!(value, n),
                Err(exception) => assert!(
                    exception.kind() == ExceptionKind::ShutDown || exception.is_cancelled(),
                    "{exception:?}"
                ),
            }
        }
    }
}

/// A task that is cancelled just before the shutdown does not keep it waiting (gh-94440).
#[test]
fn p15_cancel_right_before_shutdown() {
    const ROUNDS: usize = 200;
    let _watchdog = watchdog();
    for _ in 0..ROUNDS {
        let executor = ThreadPoolExecutor::new(2);
        let kept = executor.submit(|| 1);
        let cancelled = executor.submit(|| 2);
        let is_cancelled = cancelled.cancel();
        executor.shutdown();
        assert_eq!(kept.result().unwrap(), 1);
        assert_eq!(cancelled.result().is_err(), is_cancelled);
    }
}
