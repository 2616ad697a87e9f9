//! Pools at the end of the program: each in a process of its own.

#![expect(
    clippy::print_stdout,
    reason = "a program that ends says so to its parent"
)]

use std::process;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads_concurrent_futures::ThreadPoolExecutor;
use pythreads_threading::{Thread, main_thread, register_atexit, set_exit_timeout};
use test_support::child::{self, Child, ChildError, Outcome};
use test_support::{Flag, delay, watchdog};

mod borrowers;
mod lost_workers;

static POOL: LazyLock<ThreadPoolExecutor> = LazyLock::new(|| ThreadPoolExecutor::new(2));
static GO: Flag = Flag::new();

/// Runs a test of this module in a process of its own.
fn run(test: &str) -> Outcome {
    Child::rerun_test(&format!("exit::{test}")).run()
}

/// Fills the queue of a pool whose workers can go on only once the program ends.
fn fill(pool: &'static ThreadPoolExecutor) {
    for _ in 0..20 {
        pool.execute(|| {
            GO.wait();
            println!("a task has run");
        });
    }
    register_atexit(|| GO.set()).unwrap();
}

fn assert_all_ran(outcome: &Outcome) {
    outcome.assert_success();
    assert_eq!(
        outcome.stdout.matches("a task has run").count(),
        20,
        "{outcome}"
    );
}

/// A non-daemon thread that waits for what ends the program, while main has other things to do.
fn wait_in_a_thread(wait: impl FnOnce() + Send + 'static) -> ! {
    // The thread of a test is a daemon to us, and so would be what it starts.
    Thread::builder().daemon(false).target(wait).start();
    loop {
        pythreads_threading::sleep(Duration::MAX);
    }
}

/// A pool in a static, never dropped, runs its queue before the program ends.
#[test]
fn x1_a_static_pool_finishes_its_queue() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        return fill(&POOL);
    }
    assert_all_ran(&run("x1_a_static_pool_finishes_its_queue"));
}

/// So does one that was closed without waiting.
#[test]
fn x1_a_closed_pool_finishes_its_queue() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        fill(&POOL);
        return POOL.close();
    }
    assert_all_ran(&run("x1_a_closed_pool_finishes_its_queue"));
}

/// And when the program ends by `process::exit` in another thread.
#[test]
fn x1_process_exit_waits_for_the_queue() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        fill(&POOL);
        process::exit(0);
    }
    assert_all_ran(&run("x1_process_exit_waits_for_the_queue"));
}

/// Daemons are not waited for, in a pool as elsewhere.
#[test]
fn x1_a_pool_of_daemons_is_left_behind() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let pool = ThreadPoolExecutor::builder().daemon(true).build().unwrap();
        pool.execute(|| pythreads_threading::sleep(Duration::MAX));
        return std::mem::forget(pool);
    }
    run("x1_a_pool_of_daemons_is_left_behind").assert_success();
}

/// Once a pool has been told of the end it refuses what is new.
#[test]
fn x2_a_finished_pool_refuses() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        // Registered before the pool's own, it runs after it.
        let late = || {
            let refused = POOL.submit(|| ()).result().unwrap_err();
            println!("refused: {}", refused.kind());
        };
        register_atexit(late).unwrap();
        return fill(&POOL);
    }
    let outcome = run("x2_a_finished_pool_refuses");
    assert_all_ran(&outcome);
    assert!(outcome.stdout.contains("refused: shut down"), "{outcome}");
}

/// A pool that is new when the program ends works, and lets it end, although nobody drops the pool.
#[test]
fn x2_a_new_pool_at_the_end_works() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let late = || {
            let pool = ThreadPoolExecutor::new(2);
            let sum: i32 = pool.map(0..10, |n| n).into_vec().unwrap().iter().sum();
            pool.execute(|| println!("queued at the end"));
            println!("sum: {sum}");
            std::mem::forget(pool);
        };
        register_atexit(late).unwrap();
        return;
    }
    let outcome = run("x2_a_new_pool_at_the_end_works");
    outcome.assert_success();
    assert!(outcome.stdout.contains("sum: 45"), "{outcome}");
    assert!(outcome.stdout.contains("queued at the end"), "{outcome}");
}

/// What was registered before a pool runs after the pool has finished.
#[test]
fn x3_earlier_callbacks_find_all_done() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        static RAN: Mutex<u32> = Mutex::new(0);
        register_atexit(|| println!("ran before: {}", RAN.lock())).unwrap();
        for _ in 0..10 {
            POOL.execute(|| {
                GO.wait();
                *RAN.lock() += 1;
            });
        }
        register_atexit(|| GO.set()).unwrap();
        return;
    }
    let outcome = run("x3_earlier_callbacks_find_all_done");
    outcome.assert_success();
    assert!(outcome.stdout.contains("ran before: 10"), "{outcome}");
}

/// A pool that its own worker drops, while main returns: what is queued runs, and the worker is waited for.
#[test]
fn x1_a_pool_dropped_by_its_own_worker() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let pool = Arc::new(ThreadPoolExecutor::new(1));
        let last = Arc::clone(&pool);
        pool.execute(move || {
            GO.wait();
            drop(last);
            println!("dropped");
        });
        for _ in 0..20 {
            pool.execute(|| println!("a task has run"));
        }
        drop(pool);
        register_atexit(|| GO.set()).unwrap();
        return;
    }
    let outcome = run("x1_a_pool_dropped_by_its_own_worker");
    assert_all_ran(&outcome);
    assert!(outcome.stdout.contains("dropped\n"), "{outcome}");
}

/// A task that never returns keeps the program from ending.
#[test]
fn x4_a_task_that_never_returns() {
    let _watchdog = watchdog();
    let test = "x4_a_task_that_never_returns";
    if child::is_rerun() {
        return POOL.execute(|| pythreads_threading::sleep(Duration::MAX));
    }
    let child = Child::rerun_test(&format!("exit::{test}")).limit(*delay::MEDIUM * 3);
    let error = child.try_run().unwrap_err();
    assert!(matches!(error, ChildError::TimedOut { .. }), "{error}");
}

/// The limit holds for workers too, and whom the program did not wait for is said.
#[test]
fn x4_the_wait_for_a_pool_can_be_limited() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        set_exit_timeout(*delay::SHORT);
        POOL.execute(|| pythreads_threading::sleep(Duration::MAX));
        return;
    }
    let outcome = run("x4_the_wait_for_a_pool_can_be_limited");
    outcome.assert_success();
    assert!(
        outcome.stderr.contains("without having waited"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("time to pass"), "{outcome}");
}

/// After five seconds the program says that it waits for a worker, once.
#[test]
fn x4_a_long_wait_for_a_pool_is_explained() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        POOL.execute(|| {
            main_thread().join().unwrap();
            pythreads_threading::sleep(Duration::from_millis(5_700));
        });
        return;
    }
    let outcome = run("x4_a_long_wait_for_a_pool_is_explained");
    outcome.assert_success();
    assert_eq!(
        outcome.stderr.matches("will end when").count(),
        1,
        "{outcome}"
    );
    assert!(outcome.stderr.contains("time to pass"), "{outcome}");
}
