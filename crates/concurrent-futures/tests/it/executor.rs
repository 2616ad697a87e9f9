//! `ThreadPoolExecutor`.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    ExceptionKind, Future, OnDrop, ReturnWhen, ThreadPoolExecutor, wait,
};
use pythreads_threading::{Local, current_thread, enumerate, get_ident};
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
    let (to_a, gets_b) = std::sync::mpsc::channel();
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
