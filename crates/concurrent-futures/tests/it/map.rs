//! `map`, `Map` and `Unordered`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{ExceptionKind, Map, ThreadPoolExecutor, TimeoutError};
use pythreads_threading::{check_interrupt, current_thread};
use test_support::{Counter, Flag, delay, watchdog};

use crate::occupied::Occupied;

mod order;

/// All inputs are taken and submitted before it returns, and all run although nobody reads.
#[test]
fn m1_everything_is_submitted_at_once() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let ran = Arc::new(Counter::new());
    let mut taken = 0;
    let map = executor.map((0..100).inspect(|_| taken += 1), {
        let ran = Arc::clone(&ran);
        move |_| ran.add(1)
    });
    assert_eq!(taken, 100);
    drop(map);
    ran.wait_for(100);
}

/// Inputs are zipped by the caller, the shortest counts; no input gives nothing.
#[test]
fn m2_inputs_are_zipped() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let sums = executor.map((1..).zip([10, 20, 30]), |(a, b)| a + b);
    assert_eq!(sums.into_vec().unwrap(), [11, 22, 33]);
    let nothing = executor.map(Vec::<u8>::new(), |n| n);
    assert_eq!(nothing.len(), 0);
    assert!(nothing.into_vec().unwrap().is_empty());
}

/// If the input panics, that comes out of `map`; what was submitted runs.
#[test]
fn m3_a_panicking_input_comes_out() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let ran = Arc::new(Counter::new());
    let input = (0..10).inspect(|n| assert!(*n < 5, "the input fails"));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let ran = Arc::clone(&ran);
        executor.map(input, move |_| ran.add(1))
    }));
    assert!(outcome.is_err());
    drop(executor);
    assert_eq!(ran.get(), 5);
}

/// In input order, whatever the order in which they end.
#[test]
fn m4_results_come_in_input_order() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let last = Arc::new(Flag::new());
    let map = executor.map(0..2, move |n| {
        if n == 0 {
            last.wait();
        } else {
            last.set();
        }
        n
    });
    assert_eq!(map.into_vec().unwrap(), [0, 1]);
}

/// Unordered, they come as they end.
#[test]
fn unordered_results_come_as_they_end() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let go = Arc::new(Flag::new());
    let map = executor.map(0..2, {
        let go = Arc::clone(&go);
        move |n| {
            if n == 0 {
                go.wait();
            }
            n
        }
    });
    let mut results = map.unordered();
    assert_eq!(results.len(), 2);
    assert_eq!(results.next().unwrap().unwrap(), 1);
    go.set();
    assert_eq!(results.next().unwrap().unwrap(), 0);
    assert!(results.next().is_none());
}

/// One deadline for all; a result that is there comes even after it.
#[test]
fn m5_a_result_that_is_there_comes_after_the_deadline() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let mut map = executor.map(0..2, |n| n);
    executor.submit(|| ()).result().unwrap();
    let past = Instant::now();
    assert_eq!(map.next_deadline(past).unwrap().unwrap().unwrap(), 0);
    assert_eq!(map.try_next().unwrap().unwrap().unwrap(), 1);
    assert!(map.next_deadline(past).unwrap().is_none());
}

/// Running out of time loses nothing: it can be asked again.
#[test]
fn m6_running_out_of_time_loses_nothing() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let mut map = executor.map([7, 8], |n| n);
    assert!(map.next_timeout(Duration::ZERO).is_err());
    assert!(map.try_next().is_err());
    let start = Instant::now();
    assert!(map.next_timeout(*delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    busy.release();
    assert_eq!(
        map.next_timeout(Duration::MAX).unwrap().unwrap().unwrap(),
        7
    );
    assert_eq!(map.into_vec().unwrap(), [8]);
}

/// A failure comes in its place, a timeout of the task and a cancel as well, and the iteration goes on.
#[test]
fn m7_m8_failures_come_in_their_place() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let map = executor.map_fallible(0..5, |n| match n {
        1 => panic!("one"),
        2 => Err(Box::<dyn std::error::Error + Send + Sync>::from("two")),
        3 => Err(TimeoutError::new(()).into()),
        _ => Ok(n),
    });
    let ends: Vec<_> = map
        .map(|result| result.map_err(|exception| exception.kind()))
        .collect();
    let error = Err(ExceptionKind::Error);
    assert_eq!(
        ends,
        [Ok(0), Err(ExceptionKind::Panic), error, error, Ok(4)]
    );

    let busy = Occupied::one(&executor);
    let mut map = executor.map(0..2, |n| n);
    assert_eq!(executor.cancel_pending(), 2);
    assert!(map.next().unwrap().unwrap_err().is_cancelled());
    assert!(map.next().unwrap().unwrap_err().is_cancelled());
    assert!(map.next().is_none());
    drop(busy);
}

/// `into_vec` stops at the first failure in input order and cancels what has not started.
#[test]
fn into_vec_stops_at_the_first_failure() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (go, reached) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let ran = Arc::new(Counter::new());
    let map = executor.map(0..10, {
        let (go, reached, ran) = (Arc::clone(&go), Arc::clone(&reached), Arc::clone(&ran));
        move |n| {
            ran.add(1);
            match n {
                0 => panic!("the first"),
                1 => {
                    reached.set();
                    go.wait();
                }
                _ => {}
            }
        }
    });
    reached.wait();
    assert_eq!(map.into_vec().unwrap_err().message(), "the first");
    go.set();
    drop(executor);
    assert_eq!(ran.get(), 2);
}

/// `close` cancels what has not started.
#[test]
fn m9_close_cancels_the_rest() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let ran = Arc::new(Counter::new());
    let count = Arc::clone(&ran);
    executor.map(0..10, move |_| count.add(1)).close();
    busy.release();
    drop(executor);
    assert_eq!(ran.get(), 0);
}

/// Never read, all of it runs, in order of results or not.
#[test]
fn m10_dropped_unread_all_runs() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let ran = Arc::new(Counter::new());
    let count = || {
        let ran = Arc::clone(&ran);
        move |_| ran.add(1)
    };
    drop(executor.map(0..10, count()));
    drop(executor.map(0..10, count()).unordered());
    busy.release();
    drop(executor);
    assert_eq!(ran.get(), 20);
}

/// Ten items: the first ends, the second waits to be let go. Returns how many ran, if after the first one was read by
/// `read` the results are dropped.
fn ran_after<I>(read: impl FnOnce(Map<()>) -> I) -> usize {
    let executor = ThreadPoolExecutor::new(1);
    let (go, reached) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let ran = Arc::new(Counter::new());
    let map = executor.map(0..10, {
        let (go, reached, ran) = (Arc::clone(&go), Arc::clone(&reached), Arc::clone(&ran));
        move |n| {
            ran.add(1);
            if n == 1 {
                reached.set();
                go.wait();
            }
        }
    });
    let results = read(map);
    reached.wait();
    drop(results);
    go.set();
    drop(executor);
    ran.get()
}

/// Read from and dropped, what has not started is cancelled.
#[test]
fn m10_dropped_later_the_rest_is_cancelled() {
    let _watchdog = watchdog();
    let in_order = ran_after(|mut map| {
        map.next().unwrap().unwrap();
        map
    });
    assert_eq!(in_order, 2);
    let unordered = ran_after(|map| {
        let mut results = map.unordered();
        results.next().unwrap().unwrap();
        results
    });
    assert_eq!(unordered, 2);
    let read_then_unordered = ran_after(|mut map| {
        map.next().unwrap().unwrap();
        map.unordered()
    });
    assert_eq!(read_then_unordered, 2);
}

/// Results are not kept once they have been yielded.
#[test]
fn m17_nothing_is_kept() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let value = Arc::new(());
    let results = executor.map(vec![Arc::clone(&value); 3], |value| value);
    executor.submit(|| ()).result().unwrap();
    for (left, result) in [2, 1, 0].into_iter().zip(results) {
        drop(result);
        assert_eq!(Arc::strong_count(&value), 1 + left);
    }
}

/// It does not keep the pool: it can be read when that is gone.
#[test]
fn it_outlives_the_pool() {
    let _watchdog = watchdog();
    let map = {
        let executor = ThreadPoolExecutor::new(2);
        executor.map(0..20, |n| n)
    };
    assert!(map.map(Result::unwrap).eq(0..20));
}

/// An interrupt of the reader loses nothing.
#[test]
fn an_interrupted_reader_can_go_on() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let map = executor.map(0..2, |n| n);
    let reader = pythreads_threading::spawn(move || {
        let mut map = map;
        assert!(catch_unwind(AssertUnwindSafe(|| map.next())).is_err());
        map
    });
    reader.thread().interrupt().unwrap();
    let map = reader.join().unwrap();
    busy.release();
    assert_eq!(map.into_vec().unwrap(), [0, 1]);
}

/// Chunks mean nothing to threads: there is nothing to set, and each item is a task of its own.
#[test]
fn m12_each_item_is_a_task() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let map = executor.map(0..7, |n| n);
    assert_eq!(executor.cancel_pending(), 7);
    drop((map, busy));
}

/// An item may wait for what the reader does with an earlier result, however quick the first ones were.
#[test]
fn m4_a_result_comes_although_later_items_wait_for_its_reader() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    for waits in [1, 100, 255, 256] {
        let read = Arc::new(Counter::new());
        let gate = Arc::clone(&read);
        let map = executor.map(0..600, move |n| {
            if n >= waits {
                gate.wait_for(n);
            }
            n
        });
        for (n, result) in map.enumerate() {
            assert_eq!(result.unwrap(), n);
            read.add(1);
        }
    }
}

/// A panic costs its own item, however many panic and however quick the others are.
#[test]
fn m8_panics_in_the_midst_of_quick_items_cost_these_alone() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for seldom in [2, 7, 300] {
        let map = executor.map(0..1_000, move |n| {
            assert!(n % seldom != 1, "{n}");
            n
        });
        for (n, result) in map.enumerate() {
            match result {
                Ok(result) => assert_eq!((result, n % seldom != 1), (n, true)),
                Err(exception) => assert_eq!(exception.message(), n.to_string()),
            }
        }
    }
}

/// Each input and each result is dropped once, although the map is cancelled in its midst and read by half.
#[test]
fn m9_what_a_cancelled_map_holds_is_dropped_once() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for reads in [0, 1, 150, 256, 400] {
        let alive = Arc::new(());
        let mut map = executor.map(vec![Arc::clone(&alive); 1_000], |value| {
            [value.clone(), value]
        });
        for result in map.by_ref().take(reads) {
            drop(result);
        }
        executor.cancel_pending();
        map.close();
        executor.submit(|| ()).result().unwrap();
        while Arc::strong_count(&alive) > 1 {
            std::thread::yield_now();
        }
    }
}

/// What has not started is cancelled although all workers are in the midst of the map already.
#[test]
fn m8_cancelling_reaches_a_map_that_is_begun() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (reached, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (begins, gate) = (Arc::clone(&reached), Arc::clone(&go));
    let map = executor.map(0..1_000, move |n| {
        if n == 300 {
            begins.set();
            gate.wait();
        }
        n
    });
    reached.wait();
    assert_eq!(executor.cancel_pending(), 699);
    go.set();
    let (done, rest): (Vec<_>, Vec<_>) = map.partition(Result::is_ok);
    assert_eq!((done.len(), rest.len()), (301, 699));
    assert!(
        rest.iter()
            .all(|end| end.as_ref().unwrap_err().is_cancelled())
    );
    assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
}

/// A pool that is closed while the input is taken refuses what comes later, each item in its place.
#[test]
fn m8_items_that_come_too_late_are_refused() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let input = (0..300).inspect(|n| {
        if *n == 280 {
            executor.close();
        }
    });
    let ends: Vec<_> = executor.map(input.filter(|_| true), |n| n).collect();
    assert_eq!(ends.len(), 300);
    for (n, end) in ends.into_iter().enumerate() {
        match end {
            Ok(value) => assert!(value == n && n < 280, "{n}"),
            Err(exception) => assert!(
                exception.kind() == ExceptionKind::ShutDown && n >= 280,
                "{n}"
            ),
        }
    }
    let late: Vec<_> = executor.map(0..3, |n: i32| n).collect();
    let kinds = late.into_iter().map(|end| end.unwrap_err().kind());
    assert!(kinds.eq([ExceptionKind::ShutDown; 3]));
}

/// A failure is reported as soon as all before it have ended, whoever ended first and whatever the later ones do.
#[test]
fn into_vec_waits_for_none_behind_a_failure() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    let (failed, last) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let gate = Arc::clone(&last);
    let map = executor.map(0..3, move |n| match n {
        0 => failed.wait(),
        1 => {
            failed.set();
            panic!("the second");
        }
        _ => gate.wait(),
    });
    assert_eq!(map.into_vec().unwrap_err().message(), "the second");
    last.set();
}

/// A worker may map over its own pool, at any depth, and read in any way, although it is the only one.
#[test]
fn a_worker_reads_maps_of_its_own_pool() {
    fn leaves(executor: &Arc<ThreadPoolExecutor>, depth: usize) -> usize {
        if depth == 0 {
            return 1;
        }
        let below = {
            let executor = Arc::clone(executor);
            move |_| leaves(&executor, depth - 1)
        };
        let mut first = executor.map(0..2, below.clone());
        let one = first.next().unwrap().unwrap() + first.next().unwrap().unwrap();
        one + executor
            .map(0..2, below)
            .into_vec()
            .unwrap()
            .into_iter()
            .sum::<usize>()
    }
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let inside = Arc::clone(&executor);
    let root = executor.submit(move || leaves(&inside, 4));
    assert_eq!(root.result().unwrap(), 256);
}

/// An unread map's results are dropped when they come, also those that came before it was dropped.
#[test]
fn m10_results_of_an_unread_map_are_dropped() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (reached, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (begins, gate) = (Arc::clone(&reached), Arc::clone(&go));
    let value = Arc::new(());
    let map = executor.map(
        vec![Arc::clone(&value); 600].into_iter().enumerate(),
        move |(n, value)| {
            if n == 300 {
                begins.set();
                gate.wait();
            }
            value
        },
    );
    reached.wait();
    drop(map);
    // The waiting inputs, and the one that is being run.
    assert_eq!(Arc::strong_count(&value), 1 + 300);
    go.set();
    executor.submit(|| ()).result().unwrap();
    assert_eq!(Arc::strong_count(&value), 1);
}

/// `stats` and `cancel_pending` count items, not what carries them.
#[test]
fn the_figures_count_items() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let busy = Occupied::all(&executor, 2);
    let first = executor.map(0..1_000, |n| n);
    let second = executor.map(0..7, |n| n);
    let _task = executor.submit(|| ());
    assert_eq!(executor.stats().pending, 1_008);
    drop(second.take(0));
    first.close();
    assert_eq!(executor.stats().pending, 8);
    assert_eq!(executor.cancel_pending(), 8);
    assert_eq!(executor.stats().pending, 0);
    busy.release();

    let (go, begun) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
    let map = executor.map(0..600, {
        let (go, begun) = (Arc::clone(&go), Arc::clone(&begun));
        move |_| {
            begun.add(1);
            go.wait();
        }
    });
    begun.wait_for(2);
    assert_eq!(executor.stats().pending, 598);
    go.set();
    assert_eq!(map.into_vec().unwrap().len(), 600);
    assert_eq!(executor.stats().pending, 0);
}

/// An exception that was raised for a task hits no items that it runs while it waits for them, and is not lost.
#[test]
fn items_in_a_worker_leave_its_exception_alone() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let reads: [fn(&ThreadPoolExecutor); 2] = [
        |executor| drop(executor.map([1, 2], |n| n).into_vec().unwrap()),
        |executor| executor.scope(|s| drop(s.map([1, 2], |n| n))),
    ];
    for read in reads {
        let inner = Arc::clone(&executor);
        let future = executor.submit(move || {
            current_thread().raise_exception("stop").unwrap();
            read(&inner);
            check_interrupt();
            7
        });
        assert_eq!(future.result().unwrap_err().to_string(), "stop");
    }
}
