//! `map_async` and its results.

use std::sync::Arc;
use std::time::Duration;

use pythreads_concurrent_futures::{ReturnWhen, as_completed, wait, wait_timeout};
use pythreads_multiprocessing_pool::{ExceptionKind, ThreadPool};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;

/// The call returns at once, and the results come in input order.
#[test]
fn m4_results_are_in_input_order() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let busy = Busy::new(&pool, 2);
    let squares = pool.map_async(0..100, |n| n * n);
    assert!(!squares.ready());
    busy.release();
    let expected: Vec<i32> = (0..100).map(|n| n * n).collect();
    assert_eq!(squares.get_ref().unwrap(), &expected);
    assert_eq!(squares.get().unwrap(), expected);
}

/// The input is taken before the call returns; its panic leaves the call and nothing is run.
#[test]
fn m1_a_panic_of_the_input_leaves_map_async() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let ran = Arc::new(Counter::new());
    let input = (0..10).inspect(|&n| assert!(n < 5, "the input broke"));
    let f = {
        let ran = Arc::clone(&ran);
        move |_| ran.add(1)
    };
    let call = std::panic::AssertUnwindSafe(|| pool.map_async(input, f));
    assert!(std::panic::catch_unwind(call).is_err());
    pool.close();
    pool.join();
    assert_eq!(ran.get(), 0);
}

/// The result is ready when all chunks have ended, and not when the first one fails.
#[test]
fn m8_the_result_is_ready_when_all_chunks_have_ended() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let (failed, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let result = pool.chunksize(1).map_async(0..2, {
        let (failed, release) = (Arc::clone(&failed), Arc::clone(&release));
        move |n| {
            if n == 0 {
                failed.set();
                panic!("zero");
            }
            release.wait();
        }
    });
    failed.wait();
    assert!(!result.wait_timeout(*delay::SHORT));
    release.set();
    assert_eq!(result.get().unwrap_err().message(), "zero");
}

/// Of several failures the first in input order is kept.
#[test]
fn m9_the_first_failure_in_input_order_is_kept() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let second_failed = Arc::new(Flag::new());
    let result = pool.chunksize(1).map_async(0..2, move |n| {
        if n == 0 {
            second_failed.wait();
            panic!("slow");
        }
        second_failed.set();
        panic!("fast");
    });
    assert_eq!(result.get().unwrap_err().message(), "slow");
}

/// The only worker can wait for a map of its own pool in every way that has no limit.
#[test]
fn k3_a_map_is_awaited_in_the_only_worker() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let map = || pool.chunksize(1).map_async([1, 2, 3], |n| n);
    pool.apply(|| {
        assert_eq!(map().get().unwrap(), [1, 2, 3]);
        assert_eq!(map().get_ref().unwrap(), &[1, 2, 3]);
        assert_eq!(
            map().get_timeout(Duration::MAX).unwrap().unwrap(),
            [1, 2, 3]
        );
        assert!(map().wait_timeout(Duration::MAX));
        let waited = map();
        waited.wait();
        assert!(waited.ready());
        let both = wait([map(), map()], ReturnWhen::AllCompleted);
        assert_eq!((both.done.len(), both.not_done.len()), (2, 0));
    })
    .unwrap();
}

/// A worker that waits for a map runs what nobody has started, and waits for what another worker runs.
#[test]
fn k3_a_map_is_awaited_by_a_worker_while_another_runs_a_part() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let (first_runs, others) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
    let results = pool.apply(|| {
        let map = pool.chunksize(1).map_async(0..4, {
            let (first_runs, others) = (Arc::clone(&first_runs), Arc::clone(&others));
            move |n| {
                if n == 0 {
                    first_runs.set();
                    others.wait_for(3);
                } else {
                    others.add(1);
                }
                n
            }
        });
        first_runs.wait();
        map.get()
    });
    assert_eq!(results.unwrap().unwrap(), [0, 1, 2, 3]);
}

/// A wait with a limit in the only worker runs nothing, ends in time and loses nothing.
#[test]
fn k3_a_wait_with_a_limit_in_the_only_worker_ends_in_time() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let map = pool.apply(|| {
        let map = pool.map_async([1, 2], |n| n);
        map.get_timeout(*delay::SHORT).unwrap_err().into_inner()
    });
    assert_eq!(map.unwrap().get().unwrap(), [1, 2]);
}

/// Results can be waited for together with others.
#[test]
fn u2_results_can_be_waited_for_together() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let busy = Busy::new(&pool, 2);
    let map = pool.map_async([1, 2], |n| n);
    let none = wait_timeout([&map], ReturnWhen::FirstCompleted, *delay::SHORT);
    assert_eq!((none.done.len(), none.not_done.len()), (0, 1));
    busy.release();
    let tagged = as_completed([(map, "map"), (pool.map_async([3], |n| n), "other")]);
    let mut seen: Vec<_> = tagged
        .map(|(result, tag)| (tag, result.get().unwrap()))
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("map", vec![1, 2]), ("other", vec![3])]);
}

/// A result that nobody keeps lets the work go on.
#[test]
fn u8_a_dropped_result_lets_the_work_go_on() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let ran = Arc::new(Counter::new());
    let busy = Busy::new(&pool, 1);
    drop(pool.chunksize(1).map_async(0..5, {
        let ran = Arc::clone(&ran);
        move |_| ran.add(1)
    }));
    busy.release();
    ran.wait_for(5);
    pool.close();
    pool.join();
    assert_eq!(Arc::strong_count(&ran), 1);
}

/// When the results can be seen, the workers have let go of the function.
#[test]
fn u8_the_function_is_gone_when_the_result_is_ready() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let captured = Arc::new(());
    for _ in 0..200 {
        let f = {
            let captured = Arc::clone(&captured);
            move |n: u32| {
                assert_eq!(*captured, ());
                n
            }
        };
        pool.chunksize(1).map_async(0..4, f).wait();
        assert_eq!(Arc::strong_count(&captured), 1);
    }
}

/// A map that was not run when the pool was terminated ends as cancelled (Python: never).
#[test]
fn u7_a_map_of_a_terminated_pool_is_cancelled() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let map = pool.chunksize(1).map_async(0..3, |n| n);
    pool.terminate();
    assert_eq!(map.get().unwrap_err().kind(), ExceptionKind::Cancelled);
    busy.release();
}

/// A map of which a part runs when the pool is terminated ends when that part has ended.
#[test]
fn z5_a_map_that_is_terminated_half_way_ends_with_what_runs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let map = pool.chunksize(1).map_async(0..3, {
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move |_| {
            running.set();
            release.wait();
        }
    });
    running.wait();
    pool.terminate();
    assert!(!map.wait_timeout(*delay::SHORT));
    release.set();
    assert_eq!(map.get().unwrap_err().kind(), ExceptionKind::Cancelled);
}

/// Maps against a pool that is terminated at any moment all end.
#[test]
fn u7_maps_race_with_terminate() {
    let _watchdog = watchdog();
    for _ in 0..200 {
        let pool = Arc::new(ThreadPool::new(2));
        let submitter = checked_spawn({
            let pool = Arc::clone(&pool);
            move || {
                let maps: Vec<_> = (0..10)
                    .map(|_| pool.chunksize(1).map_async(0..4, |n| n))
                    .collect();
                for map in maps {
                    match map.get() {
                        Ok(results) => assert_eq!(results, [0, 1, 2, 3]),
                        Err(exception) => assert!(
                            matches!(
                                exception.kind(),
                                ExceptionKind::Cancelled | ExceptionKind::ShutDown
                            ),
                            "{exception:?}"
                        ),
                    }
                }
            }
        });
        pool.terminate();
        submitter.join();
    }
}
