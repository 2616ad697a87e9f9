//! The workers of a pool: how many, when, and what they run first.

use std::collections::HashSet;
use std::error::Error as _;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use pythreads_multiprocessing_pool::{ExceptionKind, ThreadPool};
use pythreads_threading::{
    Lock, Thread, current_thread, enumerate, get_ident, set_stack_size, stack_size,
};
use test_support::child::{self, Child};
use test_support::{Counter, Flag, checked_spawn, watchdog};

use crate::busy::Busy;

/// Without a number there are as many workers as CPUs this process may use.
#[test]
fn y1_there_is_a_worker_for_each_cpu() {
    let _watchdog = watchdog();
    let cpus = available_parallelism().map_or(1, NonZeroUsize::get);
    for pool in [
        ThreadPool::default(),
        ThreadPool::builder().build().unwrap(),
    ] {
        assert!(format!("{pool:?}").contains(&format!("workers: {cpus},")));
        Busy::new(&pool, cpus).release();
    }
}

/// All workers are there when the pool is, with their names; none of them is a daemon.
#[test]
fn y2_all_workers_are_started_at_once() {
    let _watchdog = watchdog();
    let pool = ThreadPool::builder()
        .processes(3)
        .thread_name_prefix("y2")
        .build()
        .unwrap();
    let workers: Vec<_> = enumerate()
        .into_iter()
        .filter(|thread| thread.name().starts_with("y2_"))
        .collect();
    let mut names: Vec<_> = workers.iter().map(Thread::name).collect();
    names.sort_unstable();
    assert_eq!(names, ["y2_0", "y2_1", "y2_2"]);
    assert!(workers.iter().all(|thread| !thread.daemon()));
    let worker = pool.apply(|| current_thread().name());
    assert!(names.contains(&worker.unwrap()));
    drop(pool);
    assert!(workers.iter().all(|thread| !thread.is_alive()));
}

/// A pool has no threads but its workers, and opens no files (Python: three more, and pipes).
#[cfg(target_os = "linux")]
#[test]
fn y2_a_pool_has_neither_other_threads_nor_files() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let count = |folder| fs::read_dir(folder).unwrap().count();
        let counts = || (count("/proc/self/task"), count("/proc/self/fd"));
        let (threads, files) = counts();
        let pool = ThreadPool::new(3);
        let told = Arc::new(Counter::new());
        let tells = Arc::clone(&told);
        pool.map_async_with(0..10, |n| n, move |_| tells.add(1))
            .wait();
        assert_eq!(pool.imap(0..10, |n| n).count(), 10);
        assert_eq!((counts(), told.get()), ((threads + 3, files), 1));
        drop(pool);
        return;
    }
    Child::rerun_test("workers::y2_a_pool_has_neither_other_threads_nor_files")
        .run()
        .assert_success();
}

/// Pools without a name of their own are told apart by a number.
#[test]
fn y2_pools_are_numbered() {
    let _watchdog = watchdog();
    let names = [0, 1].map(|_| {
        let pool = ThreadPool::new(1);
        pool.apply(|| current_thread().name()).unwrap()
    });
    assert!(names.iter().all(|name| name.starts_with("ThreadPool-")));
    assert_ne!(names[0], names[1]);
}

/// A system that refuses a thread is an error of `build`, which ends the threads it has started.
#[test]
fn y3_a_refused_thread_is_an_error_of_build() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        // No machine has so much memory for one stack.
        let _before = set_stack_size(1 << 60);
        let error = ThreadPool::builder().processes(2).build().unwrap_err();
        assert!(error.is_refused(), "{error}");
        assert!(!error.to_string().is_empty());
        let refused = std::panic::catch_unwind(|| ThreadPool::new(2)).unwrap_err();
        let message = refused.downcast::<String>().unwrap();
        assert!(message.starts_with("ThreadPool::new(2): "), "{message}");
        return;
    }
    Child::rerun_test("workers::y3_a_refused_thread_is_an_error_of_build")
        .run()
        .assert_success();
}

/// … which ends the threads that it has started (Python's bpo-19675).
#[test]
fn y3_the_threads_before_a_refused_one_are_ended() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let usual = stack_size();
        loop {
            let started = Arc::new(Counter::new());
            let count = Arc::clone(&started);
            let builder = ThreadPool::builder()
                .processes(500)
                .thread_name_prefix("y3");
            let build = builder.initializer(move || {
                count.add(1);
                // As above, for the next worker.
                let _before = set_stack_size(1 << 60);
            });
            let refused = build.build().is_err_and(|error| error.is_refused());
            let left = enumerate()
                .into_iter()
                .filter(|thread| thread.name().starts_with("y3_"));
            assert_eq!(left.count(), 0);
            // The first one may have been slow.
            if refused && started.get() > 0 {
                return;
            }
            let _before = set_stack_size(usual);
        }
    }
    Child::rerun_test("workers::y3_the_threads_before_a_refused_one_are_ended")
        .run()
        .assert_success();
}

/// A pool without workers is refused.
#[test]
fn y3_a_pool_without_workers_is_refused() {
    let _watchdog = watchdog();
    let error = ThreadPool::builder().processes(0).build().unwrap_err();
    assert!(!error.is_refused() && error.source().is_none());
    assert_eq!(error.to_string(), "a ThreadPool needs at least one worker");
    let refused = std::panic::catch_unwind(|| ThreadPool::new(0)).unwrap_err();
    let message = refused.downcast::<String>().unwrap();
    assert_eq!(
        *message,
        "ThreadPool::new(0): a ThreadPool needs at least one worker"
    );
}

/// The initializer runs once in each worker, before its first task.
#[test]
fn y4_the_initializer_runs_once_in_each_worker() {
    let _watchdog = watchdog();
    let initialized = Arc::new(Lock::new(Vec::new()));
    let note = Arc::clone(&initialized);
    let pool = ThreadPool::builder()
        .processes(2)
        .initializer(move || note.acquire().push(get_ident()))
        .build()
        .unwrap();
    for worker in pool.chunksize(1).map(0..100, |_| get_ident()).unwrap() {
        assert!(initialized.acquire().contains(&worker));
    }
    pool.close();
    pool.join();
    let initialized = initialized.acquire();
    let distinct: HashSet<_> = initialized.iter().collect();
    assert_eq!((initialized.len(), distinct.len()), (2, 2));
}

/// If the initializer fails, every call says so, whether it was queued before or comes later (Python: all hang).
#[test]
fn y4_a_failing_initializer_breaks_the_pool() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let initializer = {
        let go = Arc::clone(&go);
        move || {
            go.wait();
            panic!("no database");
        }
    };
    let pool = ThreadPool::builder()
        .processes(2)
        .initializer(initializer)
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    let borrower = checked_spawn({
        let pool = Arc::clone(&pool);
        move || pool.map([1, 2, 3], |n| n).unwrap_err()
    });
    let single = pool.apply_async(|| ());
    let told = pool.apply_async_with(|| (), |outcome| assert!(outcome.is_err()));
    let map = pool.map_async([1, 2, 3], |n| n);
    borrower.wait_until_asleep();
    go.set();
    let early = [
        borrower.join(),
        single.get().unwrap_err(),
        told.get().unwrap_err(),
        map.get().unwrap_err(),
    ];
    let late = [
        pool.apply(|| ()).unwrap_err(),
        pool.map([1], |n| n).unwrap_err(),
        pool.map_async([1], |n| n).get().unwrap_err(),
        pool.apply_async_with(|| (), |_| ()).get().unwrap_err(),
    ];
    for exception in early.iter().chain(&late) {
        assert_eq!(exception.kind(), ExceptionKind::BrokenPool, "{exception:?}");
        assert!(exception.message().contains("no database"), "{exception:?}");
    }
    pool.close();
    pool.join();
}

/// … also if it exits (Python's `SystemExit`), which ends neither the program nor anybody's wait.
#[test]
fn y4_an_initializer_that_exits_breaks_the_pool() {
    let _watchdog = watchdog();
    let builder = ThreadPool::builder().processes(2);
    let pool = builder
        .initializer(|| pythreads_threading::exit(3))
        .build()
        .unwrap();
    let exceptions = [
        pool.apply(|| ()).unwrap_err(),
        pool.map([1], |n| n).unwrap_err(),
        pool.apply_async(|| ()).get().unwrap_err(),
        pool.imap([1], |n| n).next().unwrap().unwrap_err(),
    ];
    for exception in exceptions {
        assert_eq!(exception.kind(), ExceptionKind::BrokenPool);
    }
    pool.close();
    pool.join();
}

/// What is raised in an idle worker ends neither it nor what it runs next.
#[test]
fn y6_what_is_raised_in_an_idle_worker_hits_nobody() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let worker = pool.apply(current_thread).unwrap();
    for _ in 0..100 {
        worker.raise_exception("nobody").unwrap();
        let checked = || {
            pythreads_threading::check_interrupt();
            current_thread()
        };
        assert!(pool.apply(checked).unwrap() == worker);
        worker.raise_exception("nobody").unwrap();
        let workers = pool.map([0], |_| checked()).unwrap();
        assert!(workers[0] == worker);
    }
}

/// One worker runs calls in the order in which they were made.
#[test]
fn y5_calls_are_run_in_order() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let order = Arc::new(Lock::new(Vec::new()));
    let busy = Busy::new(&pool, 1);
    let results: Vec<_> = (0..100)
        .map(|n| {
            let order = Arc::clone(&order);
            pool.apply_async(move || order.acquire().push(n))
        })
        .collect();
    busy.release();
    for result in results {
        result.get().unwrap();
    }
    assert_eq!(*order.acquire(), (0..100).collect::<Vec<_>>());
}

/// A pool neither grows under load nor shrinks when idle.
#[test]
fn y8_the_number_of_workers_is_fixed() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let busy = Busy::new(&pool, 2);
    let queued = pool.apply_async(get_ident);
    assert!(!queued.ready());
    assert!(format!("{pool:?}").contains("workers: 2,"));
    busy.release();
    queued.wait();
    assert!(format!("{pool:?}").contains("workers: 2,"));
    Busy::new(&pool, 2).release();
}

/// A worker is replaced after as many tasks as it may run; the new one is initialised, too.
#[test]
fn y4_a_worker_is_replaced_after_its_tasks() {
    let _watchdog = watchdog();
    let initialized = Arc::new(Counter::new());
    let count = Arc::clone(&initialized);
    let pool = ThreadPool::builder()
        .processes(1)
        .maxtasksperchild(3)
        .initializer(move || count.add(1))
        .build()
        .unwrap();
    let workers = pool.chunksize(1).map(0..9, |_| get_ident()).unwrap();
    for three in workers.chunks(3) {
        assert!(
            three.iter().all(|worker| *worker == three[0]),
            "{workers:?}"
        );
    }
    let distinct: HashSet<_> = workers.iter().collect();
    assert_eq!(distinct.len(), 3);
    initialized.wait_for(4);
    pool.close();
    pool.join();
    assert_eq!(initialized.get(), 4);
}

/// A closed pool whose workers are replaced runs all that is queued.
#[test]
fn z4_join_waits_for_all_that_is_queued_while_workers_are_replaced() {
    let _watchdog = watchdog();
    for _ in 0..20 {
        let ran = Arc::new(Counter::new());
        let pool = ThreadPool::builder()
            .processes(2)
            .maxtasksperchild(1)
            .build()
            .unwrap();
        let count = Arc::clone(&ran);
        let map = pool.chunksize(1).map_async(0..20, move |_| count.add(1));
        pool.close();
        pool.join();
        assert_eq!(ran.get(), 20);
        assert!(map.ready());
    }
}

/// Replaced workers leave nothing behind: their stacks are given back.
#[cfg(target_os = "linux")]
#[test]
fn y8_replaced_workers_leave_nothing_behind() {
    const WORKERS: usize = 1_000;
    let mappings = || {
        fs::read_to_string("/proc/self/maps")
            .unwrap()
            .lines()
            .count()
    };
    let _watchdog = watchdog();
    let pool = ThreadPool::builder()
        .processes(1)
        .maxtasksperchild(1)
        .build()
        .unwrap();
    let before = mappings();
    pool.chunksize(1).map(0..WORKERS, |_| ()).unwrap();
    let after = mappings();
    assert!(
        after < before + WORKERS / 2,
        "{before} mappings before, {after} after {WORKERS} workers"
    );
}

/// Workers that may run nothing are refused.
#[test]
fn y3_workers_that_may_run_nothing_are_refused() {
    let _watchdog = watchdog();
    let error = ThreadPool::builder().maxtasksperchild(0).build();
    assert_eq!(
        error.unwrap_err().to_string(),
        "maxtasksperchild must be at least 1"
    );
}

/// A failing initializer of a replacement breaks the pool, and nothing hangs.
#[test]
fn y4_a_failing_initializer_of_a_replacement_breaks_the_pool() {
    let _watchdog = watchdog();
    let initialized = Counter::new();
    let pool = ThreadPool::builder()
        .processes(1)
        .maxtasksperchild(1)
        .initializer(move || {
            initialized.add(1);
            assert!(initialized.get() < 3, "the third");
        })
        .build()
        .unwrap();
    let busy = Busy::new(&pool, 1);
    let results: Vec<_> = (0..4).map(|n| pool.apply_async(move || n)).collect();
    busy.release();
    let outcomes: Vec<_> = results
        .into_iter()
        .map(|result| result.get().map_err(|exception| exception.kind()))
        .collect();
    let broken = Err(ExceptionKind::BrokenPool);
    assert_eq!(outcomes, [Ok(0), broken, broken, broken]);
}
