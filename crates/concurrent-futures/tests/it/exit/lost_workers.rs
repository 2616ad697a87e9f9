//! A worker ends the program: whoever waits for what it is in the middle of hears of it, and its pool does without it.

use std::process;
use std::time::Duration;

use pythreads_concurrent_futures::{Future, ThreadPoolExecutor};
use pythreads_threading::{register_atexit, sleep};
use test_support::{Flag, child, watchdog};

use super::{GO, POOL, run, wait_in_a_thread};

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
            sleep(Duration::MAX);
        }
    }
    let outcome = run("lost_workers::x4_the_only_worker_ends_the_program");
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
            sleep(Duration::MAX);
        }
    }
    let outcome = run("lost_workers::x4_a_worker_ends_the_program_while_another_waits_for_it");
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
    let outcome = run("lost_workers::x4_a_task_that_comes_back_from_shutdown");
    outcome.assert_success();
    assert!(outcome.stdout.contains("told: exit"), "{outcome}");
    assert!(outcome.stdout.contains("came back"), "{outcome}");
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
    let outcome = run("lost_workers::x4_an_item_of_a_map_ends_the_program");
    assert_eq!(outcome.code, Some(6), "{outcome}");
    assert_eq!(outcome.stdout.matches("item ").count(), 1, "{outcome}");
    assert!(outcome.stdout.contains("item 3: exit"), "{outcome}");
    assert!(outcome.stdout.contains("all read"), "{outcome}");
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
    let outcome = run("lost_workers::x4_an_item_of_a_map_that_comes_back_from_shutdown");
    outcome.assert_success();
    for line in ["told: Err(Exit)", "told: Ok(1)", "came back", "left"] {
        assert!(outcome.stdout.contains(line), "{outcome}");
    }
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
    let outcome = run("lost_workers::x4_a_daemon_worker_ends_the_program");
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
    let outcome = run("lost_workers::x4_a_callback_waits_for_the_task_that_ends_the_program");
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
    let outcome = run("lost_workers::x4_a_pool_is_joined_whose_worker_ends_the_program");
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
    let outcome = run("lost_workers::x4_an_initializer_ends_the_program");
    assert_eq!(outcome.code, Some(9), "{outcome}");
    assert!(outcome.stdout.contains("told: cancelled"), "{outcome}");
}
