//! A task or an item that borrows ends the program: the scope does not end, unless it comes back.

use std::process;
use std::sync::LazyLock;

use pythreads_concurrent_futures::ThreadPoolExecutor;
use pythreads_threading::{main_thread, sleep};
use test_support::{child, delay, watchdog};

use super::{GO, POOL, run, wait_in_a_thread};

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
    let outcome = run("borrowers::x4_a_borrowing_task_ends_the_program");
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
    let outcome = run("borrowers::x4_a_borrowing_task_ends_the_program_for_nested_scopes");
    assert_eq!(outcome.code, Some(4), "{outcome}");
    assert!(outcome.stdout.contains("waits: exit"), "{outcome}");
    assert!(outcome.stdout.contains("queued: cancelled"), "{outcome}");
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
    let outcome = run("borrowers::x4_an_item_of_a_borrowing_map_ends_the_program");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    for line in ["item 0", "told: exit", "told: cancelled"] {
        assert!(outcome.stdout.contains(line), "{outcome}");
    }
    assert!(!outcome.stdout.contains("left"), "{outcome}");
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
                    sleep(*delay::SHORT);
                    println!("the other task has run");
                });
                s.execute(|| process::exit(5));
            });
        });
    }
    let outcome = run("borrowers::x4_other_tasks_of_the_scope_are_waited_for");
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
    let outcome = run("borrowers::x4_a_borrowing_task_that_comes_back_from_shutdown");
    outcome.assert_success();
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
    assert!(outcome.stdout.contains("said: after"), "{outcome}");
}
