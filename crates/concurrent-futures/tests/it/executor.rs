//! `ThreadPoolExecutor`: its workers, its queue, what it refuses.

use std::collections::HashSet;
use std::panic::catch_unwind;
use std::sync::Arc;
use std::thread::available_parallelism;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{ExceptionKind, ThreadPoolExecutor};
use pythreads_threading::{current_thread, enumerate, get_ident};
use test_support::{Counter, Flag, checked_spawn, watchdog};

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

/// Four more than the CPUs this process may use, at most 32.
#[test]
fn p1_default_number_of_workers() {
    let cpus = available_parallelism().unwrap().get();
    let expected = 32.min(cpus + 4);
    assert_eq!(ThreadPoolExecutor::default().max_workers(), expected);
    let built = ThreadPoolExecutor::builder().build().unwrap();
    assert_eq!(built.max_workers(), expected);
}

/// No workers: a panic of `new`, an error of `build`.
#[test]
fn p2_no_workers_is_refused() {
    let refused = ThreadPoolExecutor::builder().max_workers(0).build();
    assert!(refused.unwrap_err().to_string().contains("at least one"));
    assert!(catch_unwind(|| ThreadPoolExecutor::new(0)).is_err());
}

/// Making a pool starts no thread, and it can go without ever having started one.
#[test]
fn p3_no_thread_before_the_first_task() {
    let _watchdog = watchdog();
    let executor = named("p3", 4);
    assert!(threads("p3").is_empty());
    drop(executor);
}

/// The prefix and a number from 0, in the order in which they are started; unnamed pools have a number of their own.
#[test]
fn p4_names() {
    let _watchdog = watchdog();
    let executor = named("p4", 3);
    let busy = Occupied::all(&executor, 3);
    let mut names = threads("p4");
    names.sort();
    assert_eq!(names, ["p4_0", "p4_1", "p4_2"]);
    drop(busy);

    let numbers = [(); 2].map(|()| {
        let executor = ThreadPoolExecutor::new(1);
        let name = executor
            .submit(|| current_thread().name())
            .result()
            .unwrap();
        let number = name.strip_prefix("ThreadPoolExecutor-").unwrap();
        number.strip_suffix("_0").unwrap().parse::<u32>().unwrap()
    });
    assert!(numbers[0] < numbers[1]);
}

/// Submit and result in turn need one worker, whether the tasks succeed or fail; no worker ends before the pool.
#[test]
fn p5_one_after_the_other_is_one_worker() {
    let _watchdog = watchdog();
    let executor = named("p5-one", 8);
    for n in 0..2_000 {
        executor.submit(move || n).result().unwrap();
    }
    for _ in 0..2_000 {
        executor
            .submit_fallible(|| Err::<(), _>("fails"))
            .result()
            .unwrap_err();
    }
    assert_eq!(threads("p5-one"), ["p5-one_0"]);
}

/// Tasks that run at the same time start workers, never more than allowed.
#[test]
fn p5_never_more_than_max_workers() {
    let _watchdog = watchdog();
    let executor = named("p5-most", 3);
    let busy = Occupied::all(&executor, 3);
    let queued: Vec<_> = (0..50).map(|_| executor.submit(get_ident)).collect();
    assert_eq!(threads("p5-most").len(), 3);
    busy.release();
    let ran_in: HashSet<_> = queued.into_iter().map(|f| f.result().unwrap()).collect();
    assert!(ran_in.len() <= 3);
    assert_eq!(threads("p5-most").len(), 3);
}

/// As many tasks as there are workers always run at the same time, whatever the workers did just before.
#[test]
fn p6_no_task_waits_beside_an_idle_worker() {
    const WORKERS: usize = 3;
    const ROUNDS: usize = 500;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(WORKERS);
    for _ in 0..ROUNDS {
        let arrived = Arc::new(Counter::new());
        let together: Vec<_> = (0..WORKERS)
            .map(|_| {
                let arrived = Arc::clone(&arrived);
                executor.submit(move || {
                    arrived.add(1);
                    arrived.wait_for(WORKERS);
                })
            })
            .collect();
        for future in together {
            future.result().unwrap();
        }
    }
}

/// As above, submitted from several threads.
#[test]
fn p6_several_producers() {
    const WORKERS: usize = 4;
    const ROUNDS: usize = 300;
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(WORKERS));
    let producers: Vec<_> = (0..WORKERS / 2)
        .map(|_| {
            let executor = Arc::clone(&executor);
            checked_spawn(move || {
                for _ in 0..ROUNDS {
                    let met = Arc::new(Counter::new());
                    let pair = [(); 2].map(|()| {
                        let met = Arc::clone(&met);
                        executor.submit(move || {
                            met.add(1);
                            met.wait_for(2);
                        })
                    });
                    for future in pair {
                        future.result().unwrap();
                    }
                }
            })
        })
        .collect();
    for producer in producers {
        producer.join();
    }
}

/// A worker that is in a callback, or in the destructor of a result nobody took, holds no task up.
#[test]
fn p6_user_code_after_a_task_holds_nothing_up() {
    struct WaitsOnDrop(Arc<Flag>);
    impl Drop for WaitsOnDrop {
        fn drop(&mut self) {
            self.0.wait();
        }
    }
    const ROUNDS: usize = 200;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    for _ in 0..ROUNDS {
        let go = Arc::new(Flag::new());
        let added = Arc::new(Flag::new());
        let with_callback = executor.submit({
            let added = Arc::clone(&added);
            move || added.wait()
        });
        with_callback.add_done_callback({
            let go = Arc::clone(&go);
            move |_| go.wait()
        });
        let untaken = WaitsOnDrop(Arc::clone(&go));
        drop(executor.submit({
            let added = Arc::clone(&added);
            move || {
                added.wait();
                untaken
            }
        }));
        added.set();
        with_callback.result().unwrap();
        executor.submit(move || go.set()).result().unwrap();
    }
}

/// Tasks start in the order of submission.
#[test]
fn p7_order_of_submission() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..100 {
        let order = Arc::clone(&order);
        executor.execute(move || order.lock().push(n));
    }
    busy.release();
    executor.shutdown();
    assert!(order.lock().iter().copied().eq(0..100));
}

/// Workers are daemons if the pool says so, whoever submits.
#[test]
fn p8_daemon_is_the_pools() {
    let _watchdog = watchdog();
    for daemon in [false, true] {
        let executor = ThreadPoolExecutor::builder()
            .daemon(daemon)
            .build()
            .unwrap();
        let submitter = pythreads_threading::Thread::builder().daemon(!daemon);
        let seen = submitter
            .spawn(move || {
                executor
                    .submit(|| current_thread().daemon())
                    .result()
                    .unwrap()
            })
            .unwrap();
        assert_eq!(seen.join().unwrap(), daemon);
    }
}

/// A cancelled task is skipped, a panic goes to the future, and the worker goes on.
#[test]
fn p9_the_worker_goes_on() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let worker = executor.submit(get_ident).result().unwrap();
    let busy = Occupied::one(&executor);
    let skipped = executor.submit(|| panic!("a cancelled task ran"));
    assert!(skipped.cancel());
    let failed = executor.submit(|| panic!("fails"));
    let exits = executor.submit(|| pythreads_threading::exit(3));
    let last = executor.submit(get_ident);
    busy.release();
    assert!(skipped.result().unwrap_err().is_cancelled());
    assert!(failed.result().unwrap_err().is_panic());
    assert_eq!(exits.result().unwrap_err().kind(), ExceptionKind::Exit);
    assert_eq!(last.result().unwrap(), worker);
}

/// What a task captured is gone before its result can be had.
#[test]
fn p10_nothing_is_kept_of_a_task() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let captured = Arc::new(());
    let here = Arc::clone(&captured);
    let future = executor.submit(move || Arc::clone(&here));
    let result = future.result().unwrap();
    assert_eq!(Arc::strong_count(&captured), 2);
    drop(result);
    assert_eq!(Arc::strong_count(&captured), 1);
}

/// Callbacks run in the worker, before its next task; one that panics changes nothing (P12).
#[test]
fn p11_p12_callbacks_come_before_the_next_task() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let order = Arc::clone(&order);
        move || order.lock().push((what, get_ident()))
    };
    let first = executor.submit(note("task"));
    let callback = note("callback");
    first.add_done_callback(move |_| {
        callback();
        panic!("a callback fails");
    });
    let second = executor.submit(note("next task"));
    busy.release();
    second.result().unwrap();
    let worker = executor.submit(get_ident).result().unwrap();
    let expected = ["task", "callback", "next task"].map(|what| (what, worker));
    assert_eq!(*order.lock(), expected);
}

fn kind_of_refusal(executor: &ThreadPoolExecutor) -> ExceptionKind {
    let refused = executor.submit(|| ());
    assert!(refused.done() && !refused.cancelled());
    refused.result().unwrap_err().kind()
}

fn broken() -> ThreadPoolExecutor {
    ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer(|| panic!("no database"))
        .build()
        .unwrap()
}

/// A refusal is in the future: broken comes before shut down.
#[test]
fn p13_refusals_are_in_the_future() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    executor.close();
    assert_eq!(kind_of_refusal(&executor), ExceptionKind::ShutDown);
    let executor = broken();
    executor.submit(|| ()).result().unwrap_err();
    assert_eq!(kind_of_refusal(&executor), ExceptionKind::BrokenPool);
    executor.shutdown();
    assert_eq!(kind_of_refusal(&executor), ExceptionKind::BrokenPool);
}

/// The queue has no bound: `submit` never waits.
#[test]
fn p24_no_bound() {
    const MANY: usize = 100_000;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let map = executor.map(0..MANY, |n| n);
    busy.release();
    assert!(map.map(Result::unwrap).eq(0..MANY));
}
