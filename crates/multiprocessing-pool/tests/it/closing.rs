//! `close`, `terminate`, `join` and the end of a pool.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use pythreads_multiprocessing_pool::{Exception, ExceptionKind, ThreadPool};
use pythreads_threading::{Local, Thread};
use test_support::child::{self, Child};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;

/// A closed pool refuses every kind of call and runs what is queued; closing again changes nothing.
#[test]
fn z1_close_refuses_what_is_new_and_runs_what_is_queued() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let queued = [1, 2].map(|n| pool.apply_async(move || n));
    pool.close();
    pool.close();
    for exception in refusals(&pool) {
        assert_eq!(exception.kind(), ExceptionKind::ShutDown, "{exception:?}");
    }
    busy.release();
    pool.join();
    assert_eq!(queued.map(|result| result.get().unwrap()), [1, 2]);
    pool.terminate();
    pool.close();
    pool.join();
}

/// What each kind of call says of a pool that takes no more work.
fn refusals(pool: &ThreadPool) -> [Exception; 14] {
    let add = |a: u8, b: u8| a + b;
    let chunked = pool.chunksize(2);
    [
        pool.apply(|| ()).unwrap_err(),
        pool.apply_async(|| ()).get().unwrap_err(),
        pool.apply_async_with(|| (), |_| ()).get().unwrap_err(),
        pool.map([0], |n| n).unwrap_err(),
        pool.map([0; 0], |n| n).unwrap_err(),
        pool.map_async([0], |n| n).get().unwrap_err(),
        pool.map_async([0; 0], |n| n).get().unwrap_err(),
        chunked
            .map_async_with([0], |n| n, |_| ())
            .get()
            .unwrap_err(),
        pool.starmap([(1, 2)], add).unwrap_err(),
        chunked.starmap_async([(1, 2)], add).get().unwrap_err(),
        pool.starmap_async_with([(1, 2)], add, |_| ())
            .get()
            .unwrap_err(),
        pool.imap([0], |n| n).next().unwrap().unwrap_err(),
        pool.imap_unordered([0], |n| n).next().unwrap().unwrap_err(),
        chunked.imap([0], |n| n).next().unwrap().unwrap_err(),
    ]
}

/// A map is taken whole or refused whole, whenever the pool is closed.
#[test]
fn z1_close_leaves_no_map_half_done() {
    let _watchdog = watchdog();
    for round in 0..400 {
        let pool = Arc::new(ThreadPool::new(2));
        let ran = Arc::new(Counter::new());
        let mapper = checked_spawn({
            let (pool, ran) = (Arc::clone(&pool), Arc::clone(&ran));
            move || {
                let chunked = pool.chunksize(1);
                if round % 2 == 0 {
                    return chunked.map(0..50, |_| ran.add(1)).map(drop);
                }
                let count = Arc::clone(&ran);
                chunked
                    .map_async(0..50, move |_| count.add(1))
                    .get()
                    .map(drop)
            }
        });
        pool.close();
        let (expected, kind) = match mapper.join() {
            Ok(()) => (50, ExceptionKind::ShutDown),
            Err(refusal) => (0, refusal.kind()),
        };
        assert_eq!((ran.get(), kind), (expected, ExceptionKind::ShutDown));
    }
}

/// A closed pool does not touch the input.
#[test]
fn z2_the_state_is_checked_before_the_input() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    pool.close();
    let input = || std::iter::from_fn(|| -> Option<u8> { panic!("touched") });
    assert!(pool.map(input(), |n| n).is_err());
    assert!(pool.map_async(input(), |n| n).get().is_err());
    assert!(pool.chunksize(1).map(input(), |n| n).is_err());
}

/// Joining an open pool is a mistake of the caller, not a wait for ever.
#[test]
#[should_panic(expected = "join of an open ThreadPool would wait for ever")]
fn z3_join_of_an_open_pool_panics() {
    let _watchdog = watchdog();
    ThreadPool::new(1).join();
}

/// … also with a limit, which does not make it less of one.
#[test]
fn z3_join_of_an_open_pool_panics_with_a_limit_too() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let joins: [fn(&ThreadPool) -> bool; 2] = [
        |pool| pool.join_timeout(Duration::ZERO),
        |pool| pool.join_deadline(Instant::now()),
    ];
    for join in joins {
        let caught = catch_unwind(AssertUnwindSafe(|| join(&pool)));
        let message = *caught.unwrap_err().downcast::<&str>().unwrap();
        assert!(
            message.starts_with("join of an open ThreadPool"),
            "{message}"
        );
    }
}

/// `join` waits for what runs, within its limit, and can be repeated.
#[test]
fn z3_join_waits_at_most_its_limit_and_can_be_repeated() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let busy = Busy::new(&pool, 1);
    pool.close();
    let start = Instant::now();
    assert!(!pool.join_timeout(Duration::ZERO));
    assert!(!pool.join_timeout(*delay::SHORT));
    assert!(!pool.join_deadline(start));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    busy.release();
    pool.join();
    pool.join();
    assert!(pool.join_timeout(Duration::ZERO));
    assert!(pool.join_deadline(start));
}

/// … also while a worker's locals are being destroyed.
#[test]
fn z3_join_keeps_its_limit_to_the_end() {
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
    let pool = ThreadPool::new(1);
    pool.apply(|| SLOW.set(Some(SlowDrop))).unwrap();
    pool.close();
    LEAVES.wait();
    assert!(!pool.join_timeout(*delay::SHORT));
    MAY_END.set();
    pool.join();
}

/// After `close`, `join` waits for everything that was queued.
#[test]
fn z4_join_waits_for_all_that_is_queued() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    let ran = Arc::new(Counter::new());
    let busy = Busy::new(&pool, 2);
    let count = {
        let ran = Arc::clone(&ran);
        move |_| ran.add(1)
    };
    let map = pool.chunksize(1).map_async(0..50, count);
    pool.close();
    let joiners = [0, 1].map(|_| {
        let pool = Arc::clone(&pool);
        checked_spawn(move || pool.join())
    });
    for joiner in &joiners {
        joiner.wait_until_asleep();
    }
    busy.release();
    for joiner in joiners {
        joiner.join();
    }
    assert_eq!((ran.get(), map.ready()), (50, true));
}

/// Maps that have failed, while others run and when nothing does, keep nobody from joining (Python's bpo-23992).
#[test]
fn z4_join_returns_after_maps_that_failed() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let fails = |n: u32| assert_ne!(n % 2, 0, "an even one");
    assert!(pool.map(0..10, fails).is_err());
    let maps = [
        pool.map_async(0..10, fails),
        pool.chunksize(1).map_async(0..10, fails),
    ];
    let mut read = pool.imap(0..10, fails);
    assert!(read.next().unwrap().is_err());
    pool.close();
    pool.join();
    for map in maps {
        assert_eq!(
            map.try_get().unwrap().unwrap_err().kind(),
            ExceptionKind::Panic
        );
    }
}

/// `terminate` cancels what is queued and waits for nothing; what runs ends well, and `join` waits for it.
#[test]
fn z5_terminate_cancels_what_is_queued_and_waits_for_nothing() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let release = Arc::new(Flag::new());
    let running = Arc::new(Flag::new());
    let runs = pool.apply_async({
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move || {
            running.set();
            release.wait();
            "ran to its end"
        }
    });
    running.wait();
    let queued: Vec<_> = (0..1_000).map(|n| pool.apply_async(move || n)).collect();
    pool.terminate();
    assert!(!runs.ready());
    for result in queued {
        let exception = result.try_get().unwrap().unwrap_err();
        assert_eq!(exception.kind(), ExceptionKind::Cancelled);
    }
    assert!(!pool.join_timeout(*delay::SHORT));
    release.set();
    pool.join();
    assert_eq!(runs.get().unwrap(), "ran to its end");
}

/// A terminated pool refuses every kind of call; terminating again changes nothing.
#[test]
fn z6_terminate_can_be_repeated() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    pool.terminate();
    pool.terminate();
    pool.join();
    for exception in refusals(&pool) {
        assert_eq!(exception.kind(), ExceptionKind::ShutDown, "{exception:?}");
    }
    pool.terminate();
}

/// A task may terminate its pool, and its own result is not lost.
#[test]
fn z6_terminate_in_a_worker_keeps_the_result_of_its_task() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let busy = Busy::new(&pool, 1);
    let terminator = pool.apply_async({
        let pool = Arc::clone(&pool);
        move || {
            pool.terminate();
            "kept"
        }
    });
    let queued = pool.apply_async(|| ());
    busy.release();
    assert_eq!(terminator.get().unwrap(), "kept");
    assert!(queued.get().unwrap_err().is_cancelled());
    pool.join();
}

/// A task that joins its own pool fails instead of waiting for itself, and the pool can be joined from outside.
#[test]
fn z7_join_in_a_worker_is_the_error_of_its_task() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let joins: [fn(&ThreadPool); 3] = [
        ThreadPool::join,
        |pool| assert!(pool.join_timeout(Duration::MAX)),
        |pool| assert!(pool.join_deadline(Instant::now())),
    ];
    let busy = Busy::new(&pool, 1);
    let calls = joins.map(|join| {
        let pool = Arc::clone(&pool);
        pool.clone().apply_async(move || join(&pool))
    });
    pool.close();
    busy.release();
    for call in calls {
        let exception = call.get().unwrap_err();
        assert_eq!(
            exception.message(),
            "a task cannot join the pool it runs in"
        );
    }
    pool.join();
}

/// Dropping a pool cancels what is queued and waits for what runs.
#[test]
fn u9_z8_drop_cancels_what_is_queued_and_waits_for_what_runs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let ended = Arc::new(Flag::new());
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let runs = pool.apply_async({
        let (running, release, ended) = (
            Arc::clone(&running),
            Arc::clone(&release),
            Arc::clone(&ended),
        );
        move || {
            running.set();
            release.wait();
            ended.set();
        }
    });
    running.wait();
    let queued = pool.apply_async(|| ());
    let dropper = checked_spawn({
        let ended = Arc::clone(&ended);
        move || {
            drop(pool);
            ended.is_set()
        }
    });
    assert!(queued.get().unwrap_err().is_cancelled());
    assert!(!runs.ready());
    release.set();
    assert!(dropper.join(), "drop waits for what runs");
    runs.get().unwrap();
}

/// A pool is dropped as well while its owner panics.
#[test]
fn z8_a_panic_drops_the_pool() {
    let _watchdog = watchdog();
    let ran = Arc::new(Counter::new());
    let caught = catch_unwind(|| {
        let pool = ThreadPool::new(1);
        let count = Arc::clone(&ran);
        let _result = pool.apply_async(move || count.add(1));
        panic!("the owner");
    });
    assert!(caught.is_err());
    assert!(ran.get() <= 1);
    assert_eq!(Arc::strong_count(&ran), 1);
}

/// The last handle of a pool may be dropped by one of its own tasks, which joins nobody.
#[test]
fn z9_a_pool_may_be_dropped_by_its_own_worker() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    let (go, ended) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let result = pool.apply_async({
        let (pool, go, ended) = (Arc::clone(&pool), Arc::clone(&go), Arc::clone(&ended));
        move || {
            go.wait();
            drop(pool);
            ended.set();
        }
    });
    drop(pool);
    go.set();
    ended.wait();
    result.get().unwrap();
}

/// A pool in a `static` ends with the program: what runs is finished, what is queued is cancelled.
#[test]
fn z10_the_program_waits_for_what_runs_and_cancels_what_is_queued() {
    static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::new(1));
    let _watchdog = watchdog();
    if child::is_rerun() {
        let running = Arc::new(Flag::new());
        let runs = Arc::clone(&running);
        drop(POOL.apply_async(move || {
            running.set();
            pythreads_threading::sleep(*delay::SHORT);
            println!("what ran has ended");
        }));
        drop(POOL.apply_async(|| println!("what was queued has run")));
        runs.wait();
        std::process::exit(0);
    }
    let outcome = Child::rerun_test(
        "closing::z10_the_program_waits_for_what_runs_and_cancels_what_is_queued",
    )
    .run();
    outcome.assert_success();
    assert!(outcome.stdout.contains("what ran has ended"), "{outcome}");
    assert!(!outcome.stdout.contains("what was queued"), "{outcome}");
}

/// A task of `apply` ends the program, which does not wait for the caller.
#[test]
fn z10_a_borrowing_task_ends_the_program() {
    static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::new(2));
    let _watchdog = watchdog();
    if child::is_rerun() {
        // The thread of a test is a daemon to us, and so would be what it starts.
        let wait = || POOL.apply(|| std::process::exit(3)).unwrap();
        Thread::builder().daemon(false).target(wait).start();
        loop {
            pythreads_threading::sleep(Duration::MAX);
        }
    }
    let outcome = Child::rerun_test("closing::z10_a_borrowing_task_ends_the_program").run();
    assert_eq!(outcome.code, Some(3), "{outcome}");
}

/// What a pool shows of itself: its state and the number of its workers.
#[test]
fn z11_debug_shows_state_and_workers() {
    let _watchdog = watchdog();
    let pool = ThreadPool::builder()
        .processes(3)
        .thread_name_prefix("shown")
        .build()
        .unwrap();
    let open = format!("{pool:?}");
    for part in ["\"shown\"", "workers: 3", "closed: false"] {
        assert!(open.contains(part), "{part}: {open}");
    }
    pool.close();
    pool.join();
    let closed = format!("{pool:?}");
    for part in ["workers: 0", "closed: true"] {
        assert!(closed.contains(part), "{part}: {closed}");
    }
}
