//! Pools at the end of the program, and settings of the whole process: in a process of its own.

#![expect(
    clippy::print_stdout,
    reason = "a program that ends says so to its parent"
)]

use std::process;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{ExceptionKind, Future, ThreadPoolExecutor};
use pythreads_threading::{
    Thread, add_thread_hook, get_ident, main_thread, register_atexit, set_excepthook,
    set_exit_timeout, set_stack_size,
};
use test_support::child::{self, Child, ChildError, Outcome};
use test_support::{Flag, delay, watchdog};

static POOL: LazyLock<ThreadPoolExecutor> = LazyLock::new(|| ThreadPoolExecutor::new(2));
static GO: Flag = Flag::new();

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

/// The only worker ends the program: what is queued is cancelled, and who waits for the worker's task hears of it.
#[test]
fn x4_the_only_worker_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let pool: &'static _ = Box::leak(Box::new(ThreadPoolExecutor::new(1)));
        let exits: Future<()> = pool.submit(|| {
            GO.wait();
            process::exit(7);
        });
        let queued = pool.submit(|| ());
        queued.add_done_callback(|completion| println!("queued: {completion:?}"));
        exits.add_done_callback(|completion| println!("exits: {completion:?}"));
        GO.set();
        drop(exits.result());
        loop {
            pythreads_threading::sleep(Duration::MAX);
        }
    }
    let outcome = run("x4_the_only_worker_ends_the_program");
    assert_eq!(outcome.code, Some(7), "{outcome}");
    assert!(outcome.stdout.contains("queued: Cancelled"), "{outcome}");
    assert!(
        outcome.stdout.contains("exits: Failed(Exception(exit"),
        "{outcome}"
    );
}

/// One of two workers ends the program, in a task that runs on top of another one; the other worker waits for both.
#[test]
fn x4_a_worker_ends_the_program_while_another_waits_for_it() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        static WAITS: Flag = Flag::new();
        let inner = POOL.submit(|| -> u8 {
            WAITS.wait();
            process::exit(8)
        });
        while !inner.running() {
            std::thread::yield_now();
        }
        let waits = POOL.submit(move || {
            WAITS.set();
            println!("told: {}", inner.result().unwrap_err().kind());
        });
        drop(waits.result());
        loop {
            pythreads_threading::sleep(Duration::MAX);
        }
    }
    let outcome = run("x4_a_worker_ends_the_program_while_another_waits_for_it");
    assert_eq!(outcome.code, Some(8), "{outcome}");
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
}

/// A task that calls `shutdown` has ended for all others, and whatever it returns is dropped.
#[test]
fn x4_a_task_that_comes_back_from_shutdown() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let ends = POOL.submit(|| {
            pythreads_threading::shutdown();
            println!("came back");
            GO.set();
            String::from("too late")
        });
        println!("told: {}", ends.result().unwrap_err().kind());
        GO.wait();
        return;
    }
    let outcome = run("x4_a_task_that_comes_back_from_shutdown");
    outcome.assert_success();
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
    assert!(outcome.stdout.contains("came back"), "{outcome}");
}

/// A non-daemon thread that waits for what ends the program, while main has other things to do.
fn wait_in_a_thread(wait: impl FnOnce() + Send + 'static) -> ! {
    // The thread of a test is a daemon to us, and so would be what it starts.
    Thread::builder().daemon(false).target(wait).start();
    loop {
        pythreads_threading::sleep(Duration::MAX);
    }
}

/// A borrowing task ends the program: it fails for who waits for it, and the caller of the scope stays asleep.
#[test]
fn x4_a_borrowing_task_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            POOL.scope(|s| {
                let told = s.submit(|| -> u8 { process::exit(3) }).result();
                println!("told: {}", told.unwrap_err().kind());
            });
            println!("left a scope that somebody borrows from");
        });
    }
    let outcome = run("x4_a_borrowing_task_ends_the_program");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert_eq!(outcome.stdout.matches("told: exit").count(), 1, "{outcome}");
    assert!(!outcome.stdout.contains("left"), "{outcome}");
}

/// The caller of that scope is the only worker of another pool, in a borrowing task too: the tasks it is in the middle of
/// fail, what is queued behind them is cancelled, and nobody is waited for.
#[test]
fn x4_a_borrowing_task_ends_the_program_for_nested_scopes() {
    static OUTER: LazyLock<ThreadPoolExecutor> = LazyLock::new(|| ThreadPoolExecutor::new(1));
    let _watchdog = watchdog();
    if child::is_rerun() {
        let inner = || POOL.scope(|s| s.execute(|| process::exit(4)));
        wait_in_a_thread(move || {
            OUTER.scope(|s| {
                let waits = s.submit(|| {
                    GO.wait();
                    inner();
                });
                let queued = OUTER.submit(|| ());
                GO.set();
                println!("waits: {}", waits.result().unwrap_err().kind());
                println!("queued: {}", queued.result().unwrap_err().kind());
            });
        });
    }
    let outcome = run("x4_a_borrowing_task_ends_the_program_for_nested_scopes");
    assert_eq!(outcome.code, Some(4), "{outcome}");
    assert!(outcome.stdout.contains("waits: exit"), "{outcome}");
    assert!(outcome.stdout.contains("queued: cancelled"), "{outcome}");
}

/// An item of a map ends the program: it fails for who reads the map, and the other worker runs the rest.
#[test]
fn x4_an_item_of_a_map_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            let map = POOL.map(0..600, |n| {
                GO.wait();
                if n == 3 { process::exit(6) } else { n }
            });
            GO.set();
            for (n, end) in map.enumerate() {
                match end {
                    Ok(value) => assert_eq!(value, n),
                    Err(exception) => println!("item {n}: {}", exception.kind()),
                }
            }
            println!("all read");
        });
    }
    let outcome = run("x4_an_item_of_a_map_ends_the_program");
    assert_eq!(outcome.code, Some(6), "{outcome}");
    assert_eq!(outcome.stdout.matches("item ").count(), 1, "{outcome}");
    assert!(outcome.stdout.contains("item 3: exit"), "{outcome}");
    assert!(outcome.stdout.contains("all read"), "{outcome}");
}

/// An item of a borrowing map ends the program, in the only worker: the rest is cancelled, and the scope does not end.
#[test]
fn x4_an_item_of_a_borrowing_map_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            let pool = ThreadPoolExecutor::new(1);
            pool.scope(|s| {
                let map = s.map(0..3, |n| {
                    GO.wait();
                    if n == 1 { process::exit(3) } else { n }
                });
                GO.set();
                for end in map {
                    match end {
                        Ok(n) => println!("item {n}"),
                        Err(exception) => println!("told: {}", exception.kind()),
                    }
                }
            });
            println!("left a scope that somebody borrows from");
        });
    }
    let outcome = run("x4_an_item_of_a_borrowing_map_ends_the_program");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    for line in ["item 0", "told: exit", "told: cancelled"] {
        assert!(outcome.stdout.contains(line), "{outcome}");
    }
    assert!(!outcome.stdout.contains("left"), "{outcome}");
}

/// An item that comes back from `shutdown` has ended for all others, and whatever it returns is dropped; a scope ends only
/// now.
#[test]
fn x4_an_item_of_a_map_that_comes_back_from_shutdown() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let said = String::from("came back");
        POOL.scope(|s| {
            let map = s.map(0..2, |n| {
                GO.wait();
                if n == 0 {
                    pythreads_threading::shutdown();
                    println!("{said}");
                }
                n
            });
            GO.set();
            for end in map {
                println!("told: {:?}", end.map_err(|exception| exception.kind()));
            }
        });
        println!("left");
        return;
    }
    let outcome = run("x4_an_item_of_a_map_that_comes_back_from_shutdown");
    outcome.assert_success();
    for line in ["told: Err(Exit)", "told: Ok(1)", "came back", "left"] {
        assert!(outcome.stdout.contains(line), "{outcome}");
    }
}

/// Other tasks of such a scope are run to their end first.
#[test]
fn x4_other_tasks_of_the_scope_are_waited_for() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            POOL.scope(|s| {
                s.execute(|| {
                    main_thread().join().unwrap();
                    pythreads_threading::sleep(*delay::SHORT);
                    println!("the other task has run");
                });
                s.execute(|| process::exit(5));
            });
        });
    }
    let outcome = run("x4_other_tasks_of_the_scope_are_waited_for");
    assert_eq!(outcome.code, Some(5), "{outcome}");
    assert!(outcome.stdout.contains("has run"), "{outcome}");
}

/// A borrowing task that comes back from `shutdown` borrows until it is over, and then the scope ends.
#[test]
fn x4_a_borrowing_task_that_comes_back_from_shutdown() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let mut said = String::from("before");
        POOL.scope(|s| {
            let task = s.submit(|| {
                pythreads_threading::shutdown();
                pythreads_threading::shutdown();
                said = String::from("after");
                said.len()
            });
            println!("told: {}", task.result().unwrap_err().kind());
        });
        println!("said: {said}");
        return;
    }
    let outcome = run("x4_a_borrowing_task_that_comes_back_from_shutdown");
    outcome.assert_success();
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
    assert!(outcome.stdout.contains("said: after"), "{outcome}");
}

/// A pool of daemons has no part in the end of the program, but its task that ends the program fails all the same.
#[test]
fn x4_a_daemon_worker_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let pool = ThreadPoolExecutor::builder().max_workers(1).daemon(true);
        let pool: &'static _ = Box::leak(Box::new(pool.build().unwrap()));
        wait_in_a_thread(|| {
            let exits = pool.submit(|| {
                GO.wait();
                process::exit(6)
            });
            let exits: Future<()> = exits;
            let queued = pool.submit(|| ());
            GO.set();
            println!("exits: {}", exits.result().unwrap_err().kind());
            println!("queued: {}", queued.result().unwrap_err().kind());
            println!("new: {:?}", pool.submit(|| 7).result());
        });
    }
    let outcome = run("x4_a_daemon_worker_ends_the_program");
    assert_eq!(outcome.code, Some(6), "{outcome}");
    assert!(outcome.stdout.contains("exits: exit"), "{outcome}");
    assert!(outcome.stdout.contains("queued: cancelled"), "{outcome}");
    assert!(outcome.stdout.contains("new: Ok(7)"), "{outcome}");
}

/// A callback that runs before the pool's own hears that the task which ends the program has ended.
#[test]
fn x4_a_callback_waits_for_the_task_that_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let exits: Future<()> = POOL.submit(|| {
            GO.wait();
            process::exit(7)
        });
        let wait = move || println!("told: {}", exits.result().unwrap_err().kind());
        register_atexit(wait).unwrap();
        GO.set();
        wait_in_a_thread(|| ());
    }
    let outcome = run("x4_a_callback_waits_for_the_task_that_ends_the_program");
    assert_eq!(outcome.code, Some(7), "{outcome}");
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
}

/// A thread that joins a pool does not wait for the worker that ends the program.
#[test]
fn x4_a_pool_is_joined_whose_worker_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            POOL.execute(|| {
                GO.wait();
                process::exit(8);
            });
            POOL.close();
            GO.set();
            POOL.join();
            println!("joined");
        });
    }
    let outcome = run("x4_a_pool_is_joined_whose_worker_ends_the_program");
    assert_eq!(outcome.code, Some(8), "{outcome}");
    assert!(outcome.stdout.contains("joined"), "{outcome}");
}

/// An initializer that ends the program keeps nobody waiting.
#[test]
fn x4_an_initializer_ends_the_program() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        wait_in_a_thread(|| {
            let pool = ThreadPoolExecutor::builder().max_workers(1);
            let pool = pool.initializer(|| process::exit(9)).build().unwrap();
            println!("told: {}", pool.submit(|| ()).result().unwrap_err().kind());
        });
    }
    let outcome = run("x4_an_initializer_ends_the_program");
    assert_eq!(outcome.code, Some(9), "{outcome}");
    assert!(outcome.stdout.contains("told: cancelled"), "{outcome}");
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

/// The system refuses a thread: without a worker the future holds that, with one the task is run, and later submits try again.
#[test]
fn p14_the_system_refuses_a_thread() {
    const TOO_MUCH: usize = 1 << 46;
    let _watchdog = watchdog();
    if child::is_rerun() {
        set_stack_size(TOO_MUCH);
        let executor = ThreadPoolExecutor::new(2);
        let refused = executor.submit(|| ()).result().unwrap_err();
        assert_eq!(refused.kind(), ExceptionKind::Error, "{refused}");
        set_stack_size(0);
        let (go, busy) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
        let first = executor.submit({
            let (go, busy) = (Arc::clone(&go), Arc::clone(&busy));
            move || {
                busy.set();
                go.wait();
            }
        });
        busy.wait();
        set_stack_size(TOO_MUCH);
        let queued = executor.submit(|| 5);
        assert!(!queued.done());
        go.set();
        assert_eq!(queued.result().unwrap(), 5);
        return first.result().unwrap();
    }
    run("p14_the_system_refuses_a_thread").assert_success();
}

/// A thread hook that panics costs the pool that worker, and leaves nothing pending.
#[test]
fn p14_a_thread_hook_panics() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let executor = ThreadPoolExecutor::new(1);
        let hook = add_thread_hook(|| panic!("a hook fails"));
        let refused = executor.submit(|| ()).result().unwrap_err();
        assert_eq!(refused.kind(), ExceptionKind::Abandoned);
        hook.remove();
        assert_eq!(executor.submit(|| 5).result().unwrap(), 5);
        return executor.shutdown();
    }
    run("p14_a_thread_hook_panics").assert_success();
}

/// What `execute` fails with reaches the excepthook; what a future holds is silent, whether or not anybody asks.
#[test]
fn f18_execute_reports_and_submit_is_silent() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
        set_excepthook(|args| {
            let exception = args.exception();
            let entry = format!("{}: {}", exception.kind(), exception.message());
            SEEN.lock().push(entry);
            assert_eq!(args.thread().ident(), get_ident());
            panic!("the hook fails");
        });
        let executor = ThreadPoolExecutor::new(1);
        drop(executor.submit(|| panic!("nobody asks")));
        let worker = executor.submit(get_ident).result().unwrap();
        executor.execute(|| panic!("executed"));
        assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
        let cancelled = {
            let (busy, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
            let gate = (Arc::clone(&busy), Arc::clone(&go));
            executor.execute(move || {
                gate.0.set();
                gate.1.wait();
            });
            busy.wait();
            executor.execute(|| panic!("a cancelled task ran"));
            let cancelled = executor.cancel_pending();
            go.set();
            cancelled
        };
        assert_eq!(cancelled, 1);
        executor.shutdown();
        executor.execute(|| ());
        let seen = SEEN.lock().clone();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!(seen[0], "panic: executed");
        assert!(seen[1].starts_with("shut down: "), "{seen:?}");
        return;
    }
    run("f18_execute_reports_and_submit_is_silent").assert_success();
}
