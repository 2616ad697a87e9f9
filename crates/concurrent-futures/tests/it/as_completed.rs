//! `as_completed`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{
    Future, InlineExecutor, SharedFuture, ThreadPoolExecutor, as_completed,
};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

/// Tasks that end when they are told to, each on a worker of its own.
fn gated<const N: usize>(executor: &ThreadPoolExecutor) -> [(Arc<Flag>, Future<usize>); N] {
    std::array::from_fn(|n| {
        let go = Arc::new(Flag::new());
        let future = executor.submit({
            let go = Arc::clone(&go);
            move || {
                go.wait();
                n
            }
        });
        (go, future)
    })
}

/// There is no clock in it: each `next` has one of its own, and nothing is lost when it runs out.
#[test]
fn a1_each_next_has_its_clock() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let [(go, future)] = gated::<1>(&executor);
    let mut pending = as_completed([future]);
    assert!(pending.next_timeout(Duration::ZERO).is_err());
    let start = Instant::now();
    assert!(pending.next_timeout(*delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(pending.next_deadline(start).is_err());
    assert!(pending.try_next().is_err());
    go.set();
    let future = pending.next_timeout(Duration::MAX).unwrap().unwrap();
    assert_eq!(future.result().unwrap(), 0);
    assert!(pending.next_timeout(Duration::ZERO).unwrap().is_none());
}

/// The same future counts once, unless it carries tags.
#[test]
fn a2_duplicates_count_once() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let future = executor.submit(|| ());
    assert_eq!(
        as_completed([&future, &future, &future].into_iter()).count(),
        1
    );
    let mut tags: Vec<_> = as_completed([(&future, 1), (&future, 2)])
        .map(|(_, tag)| tag)
        .collect();
    tags.sort_unstable();
    assert_eq!(tags, [1, 2]);
}

/// What is done comes first, the rest in the order in which it gets done.
#[test]
fn a3_in_the_order_of_their_ends() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(4);
    let [(go0, f0), (go1, f1), (go2, f2), (go3, f3)] = gated::<4>(&executor);
    go2.set();
    f2.wait();
    let mut pending = as_completed([&f0, &f1, &f2, &f3]);
    let first = pending.next().unwrap();
    assert_eq!(*first.result_ref().unwrap(), 2);
    for (go, future) in [(go3, &f3), (go0, &f0), (go1, &f1)] {
        go.set();
        future.wait();
    }
    let rest: Vec<_> = pending
        .map(|future| *future.result_ref().unwrap())
        .collect();
    assert_eq!(rest, [3, 0, 1]);
}

/// What is done comes even when the time is over.
#[test]
fn a4_what_is_done_comes_whatever_the_time() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let [(go0, f0), (go1, f1)] = gated::<2>(&executor);
    let past = Instant::now();
    let mut pending = as_completed([&f0, &f1]);
    assert!(pending.next_deadline(past).is_err());
    go1.set();
    f1.wait();
    assert!(pending.next_deadline(past).unwrap().is_some());
    assert!(pending.next_deadline(past).is_err());
    assert_eq!(pending.len(), 1);
    go0.set();
}

/// Dropped early, or turned back into its futures, it has left nothing in them.
#[test]
fn a5_it_can_be_left_early() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let futures = [1, 2].map(|n| executor.submit(move || n));
    drop(as_completed(&futures));
    let mut pending = as_completed(futures);
    assert!(pending.try_next().is_err());
    let futures = pending.into_pending();
    busy.release();
    let values: Vec<_> = futures
        .into_iter()
        .map(|future| future.result().unwrap())
        .collect();
    assert_eq!(values, [1, 2]);
}

/// A cancelled future comes at once, also to somebody who waits already.
#[test]
fn a6_cancelled_futures_come() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let [before, during] = [(); 2].map(|()| executor.submit(|| ()).shared());
    assert!(before.cancel());
    let reader = checked_spawn({
        let both = [before.clone(), during.clone()];
        move || as_completed(both).filter(SharedFuture::cancelled).count()
    });
    reader.wait_until_asleep();
    assert!(during.cancel());
    assert_eq!(reader.join(), 2);
    drop(busy);
}

/// What has been yielded is the reader's: the iterator keeps nothing of it.
#[test]
fn a7_nothing_is_kept() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let value = Arc::new(());
    let futures = [(); 3].map(|()| {
        let value = Arc::clone(&value);
        executor.submit(move || value)
    });
    futures[2].wait();
    let mut pending = as_completed(futures);
    for left in [3, 2, 1] {
        assert_eq!(Arc::strong_count(&value), 1 + left);
        drop(pending.next());
    }
    assert_eq!(Arc::strong_count(&value), 1);
    assert!(pending.next().is_none());
}

/// Nothing in, nothing out.
#[test]
fn a8_empty() {
    let _watchdog = watchdog();
    let mut nothing = as_completed(Vec::<Future<()>>::new());
    assert_eq!(nothing.size_hint(), (0, Some(0)));
    assert!(nothing.next().is_none());
    assert!(nothing.try_next().unwrap().is_none());
}

/// Futures can be added on the way, for ever.
#[test]
fn a9_push_on_the_way() {
    const ALL: usize = 5_000;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let mut pending = as_completed((0..4).map(|n| executor.submit(move || n)));
    let mut next = 4;
    let mut seen = vec![false; ALL];
    while let Some(future) = pending.next() {
        let n = future.result().unwrap();
        assert!(!seen[n], "each comes once");
        seen[n] = true;
        if next < ALL {
            let n = next;
            pending.extend([executor.submit(move || n)]);
            next += 1;
        }
    }
    assert!(seen.into_iter().all(|seen| seen));
}

/// Futures that are done when they are added come after those that ended before them: nobody waits for ever behind them.
#[test]
fn a9_added_futures_overtake_nobody() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let [(go, gated)] = gated::<1>(&executor);
    let inline = InlineExecutor::new();
    let mut pending = as_completed([gated, inline.submit(|| 1), inline.submit(|| 2)]);
    let mut seen = Vec::new();
    while let Some(future) = pending.next() {
        let n = future.result().unwrap();
        seen.push(n);
        if n == 0 {
            break;
        }
        pending.push(inline.submit(|| 3));
        if seen.len() == 3 {
            go.set();
            executor.submit(|| ()).result().unwrap();
        }
    }
    assert_eq!(seen, [1, 2, 3, 3, 3, 0]);
}

/// Futures end while the iterator is made and read; none is lost or comes twice.
#[test]
fn w10_ends_during_the_set_up() {
    const ROUNDS: usize = 100;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for _ in 0..ROUNDS {
        let futures = (0..50).map(|n| executor.submit(move || n));
        let sum: i32 = as_completed(futures)
            .map(|future| future.result().unwrap())
            .sum();
        assert_eq!(sum, 49 * 50 / 2);
    }
}

/// An interrupt of the reader loses nothing.
#[test]
fn an_interrupted_reader_can_go_on() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 5);
    let reader = pythreads_threading::spawn(move || {
        let mut pending = as_completed([future]);
        let interrupted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pending.next()));
        assert!(interrupted.is_err());
        pending
    });
    reader.thread().interrupt().unwrap();
    let mut pending = reader.join().unwrap();
    busy.release();
    assert_eq!(pending.next().unwrap().result().unwrap(), 5);
}
