//! `wait`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{
    DoneAndNotDone, Future, ReturnWhen, ThreadPoolExecutor, Waitable, wait, wait_deadline,
    wait_timeout,
};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

const EVERY: [ReturnWhen; 3] = [
    ReturnWhen::FirstCompleted,
    ReturnWhen::FirstException,
    ReturnWhen::AllCompleted,
];

fn lengths<W>(waited: &DoneAndNotDone<W>) -> (usize, usize) {
    (waited.done.len(), waited.not_done.len())
}

/// A task that ends when it is told to.
fn gated(executor: &ThreadPoolExecutor) -> (Arc<Flag>, Future<()>) {
    let go = Arc::new(Flag::new());
    let future = executor.submit({
        let go = Arc::clone(&go);
        move || go.wait()
    });
    (go, future)
}

/// Any iterable; each future is in one of two lists, in input order; the same one counts once.
#[test]
fn w1_each_future_once_in_order() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let ended: Vec<_> = (0..3).map(|n| executor.submit(move || n)).collect();
    ended[2].wait();
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| 9);
    let all = [&ended[1], &queued, &ended[1], &ended[0], &queued];
    let waited = wait_timeout(
        all.into_iter().collect::<VecDeque<_>>(),
        ReturnWhen::AllCompleted,
        Duration::ZERO,
    );
    let addresses = |futures: &[&Future<i32>]| -> Vec<_> {
        futures
            .iter()
            .map(|future| std::ptr::from_ref(*future))
            .collect()
    };
    assert_eq!(addresses(&waited.done), addresses(&[&ended[1], &ended[0]]));
    assert_eq!(addresses(&waited.not_done), addresses(&[&queued]));
    drop(busy);
}

/// The same future under two tags is two entries, which come back with their tags; results may be of several types.
#[test]
fn w1_tags_and_mixed_types() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (number, text) = (executor.submit(|| 1), executor.submit(|| "two"));
    let tagged = [(&number, "a"), (&number, "b")];
    let waited = wait(tagged, ReturnWhen::AllCompleted);
    let tags: Vec<_> = waited.done.iter().map(|(_, tag)| *tag).collect();
    assert_eq!(tags, ["a", "b"]);
    let mixed: [&dyn Waitable; 3] = [&number, &text, &number];
    assert_eq!(lengths(&wait(mixed, ReturnWhen::AllCompleted)), (2, 0));
    let boxed: Vec<Box<dyn Waitable>> = vec![Box::new(number), Box::new(text.shared())];
    assert_eq!(lengths(&wait(boxed, ReturnWhen::AllCompleted)), (2, 0));
}

/// What is done already is in `done`, whatever is waited for; nothing to wait for returns at once.
#[test]
fn w2_w4_nothing_to_wait_for() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let done = executor.submit(|| ());
    done.wait();
    for return_when in EVERY {
        assert_eq!(lengths(&wait([&done], return_when)), (1, 0));
        let nothing: [&Future<()>; 0] = [];
        assert_eq!(lengths(&wait(nothing, return_when)), (0, 0));
    }
}

/// A cancelled future is done at once, whether it was cancelled by itself or with its pool.
#[test]
fn w3_cancelled_future_is_done_at_once() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let (alone, with_pool) = (executor.submit(|| ()), executor.submit(|| ()));
    assert!(alone.cancel());
    executor.close();
    assert_eq!(executor.cancel_pending(), 1);
    for return_when in EVERY {
        let waited = wait([&alone, &with_pool], return_when);
        assert_eq!(lengths(&waited), (2, 0));
    }
    drop(busy);
}

/// A cancel while somebody waits ends that wait.
#[test]
fn w3_cancel_releases_a_waiter() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| ()).shared();
    let waiter = checked_spawn({
        let queued = queued.clone();
        move || lengths(&wait([queued], ReturnWhen::AllCompleted))
    });
    waiter.wait_until_asleep();
    assert!(queued.cancel());
    assert_eq!(waiter.join(), (1, 0));
    drop(busy);
}

/// The first one that is done is enough, before the call or after.
#[test]
fn w5_first_completed() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let (go, slow) = gated(&executor);
    let quick = executor.submit(|| ());
    let waited = wait([&slow, &quick], ReturnWhen::FirstCompleted);
    assert_eq!(lengths(&waited), (1, 1));
    let waited = wait([&slow, &quick], ReturnWhen::FirstCompleted);
    assert_eq!(lengths(&waited), (1, 1));
    go.set();
    let waited = wait([&slow, &quick], ReturnWhen::AllCompleted);
    assert_eq!(lengths(&waited), (2, 0));
}

/// The first failure is enough, before the call or after; a cancel is none; without one all must be done.
#[test]
fn w5_first_exception() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let (go, slow) = gated(&executor);
    let fails = executor.submit(|| panic!("first"));
    for _ in 0..2 {
        let waited = wait([&slow, &fails], ReturnWhen::FirstException);
        assert_eq!(lengths(&waited), (1, 1));
    }
    let busy = Occupied::one(&executor);
    let cancelled = executor.submit(|| ());
    assert!(cancelled.cancel());
    let waited = wait_timeout(
        [&slow, &cancelled],
        ReturnWhen::FirstException,
        *delay::SHORT,
    );
    assert_eq!(lengths(&waited), (1, 1));
    go.set();
    let waited = wait([&slow, &cancelled], ReturnWhen::FirstException);
    assert_eq!(lengths(&waited), (2, 0));
    drop(busy);
}

/// Time that runs out is no error: it is sorted as it stands. Zero and the past only look.
#[test]
fn w7_time_runs_out() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let (go, slow) = gated(&executor);
    let quick = executor.submit(|| ());
    quick.wait();
    for return_when in [ReturnWhen::AllCompleted, ReturnWhen::FirstException] {
        let start = Instant::now();
        let waited = wait_timeout([&slow, &quick], return_when, *delay::SHORT);
        delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
        assert_eq!(lengths(&waited), (1, 1));
        let waited = wait_deadline([&slow, &quick], return_when, start);
        assert_eq!(lengths(&waited), (1, 1));
        let waited = wait_timeout([&slow, &quick], return_when, Duration::ZERO);
        assert_eq!(lengths(&waited), (1, 1));
    }
    go.set();
    let waited = wait_timeout([&slow, &quick], ReturnWhen::AllCompleted, Duration::MAX);
    assert_eq!(lengths(&waited), (2, 0));
}

/// Asked for one, it returns all that are done.
#[test]
fn w8_more_may_be_done() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let futures = [1, 2, 3].map(|n| executor.submit(move || n));
    futures[2].wait();
    let waited = wait(&futures, ReturnWhen::FirstCompleted);
    assert_eq!(lengths(&waited), (3, 0));
}

/// Several threads wait for the same futures, each in another order and again and again.
#[test]
fn w9_waits_share_futures() {
    const ROUNDS: usize = 50;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for _ in 0..ROUNDS {
        let futures: Vec<_> = (0..20)
            .map(|n| executor.submit(move || n).shared())
            .collect();
        let waiters: Vec<_> = (0..3)
            .map(|turn| {
                let mut futures = futures.clone();
                futures.rotate_left(turn * 7);
                checked_spawn(move || {
                    drop(wait_timeout(
                        &futures,
                        ReturnWhen::AllCompleted,
                        Duration::ZERO,
                    ));
                    drop(wait(&futures, ReturnWhen::FirstCompleted));
                    assert_eq!(lengths(&wait(&futures, ReturnWhen::AllCompleted)), (20, 0));
                })
            })
            .collect();
        for waiter in waiters {
            waiter.join();
        }
    }
}

/// Futures that end while the wait is set up are neither lost nor counted twice.
#[test]
fn w10_ends_during_the_set_up() {
    const ROUNDS: usize = 200;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for round in 0..ROUNDS {
        let futures: Vec<_> = (0..50).map(|n| executor.submit(move || n)).collect();
        let waited = wait(futures, EVERY[round % 3]);
        match EVERY[round % 3] {
            ReturnWhen::FirstCompleted => assert!(!waited.done.is_empty()),
            _ => assert_eq!(lengths(&waited), (50, 0)),
        }
        let values = waited.done.into_iter().chain(waited.not_done);
        let sum: i32 = values.map(|future| future.result().unwrap()).sum();
        assert_eq!(sum, 49 * 50 / 2);
    }
}
