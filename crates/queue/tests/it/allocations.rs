//! What a queue allocates.

use std::sync::Arc;
use std::time::Duration;

use pythreads_queue::{LifoQueue, PriorityQueue, Queue, SimpleQueue};
use pythreads_sync_primitives::{Condition, Lock};
use test_support::counting_alloc::{allocations, memory};
use test_support::{checked_spawn, watchdog};

/// Once a queue has been as long as it gets, putting and getting allocate nothing.
#[test]
fn nothing_is_allocated_per_item_after_warm_up() {
    let _watchdog = watchdog();
    macro_rules! check {
        ($queue:expr) => {{
            let queue = $queue;
            let round = || {
                for n in 0..100 {
                    queue.put(n).unwrap();
                }
                for _ in 0..100 {
                    queue.get().unwrap();
                }
            };
            round();
            assert_eq!(allocations(|| (0..100).for_each(|_| round())), 0);
        }};
    }
    check!(Queue::with_maxsize(100));
    check!(LifoQueue::new());
    check!(PriorityQueue::new());
    let simple = SimpleQueue::new();
    simple.put(1);
    simple.get();
    let put_and_get = || {
        (0..1_000).for_each(|n| {
            simple.put(n);
            simple.get();
        });
    };
    assert_eq!(allocations(put_and_get), 0);
}

/// Runs the check for each kind whose items lie in blocks.
macro_rules! for_kinds_in_blocks {
    ($check:ident) => {
        $check!(Queue::new(), put_queue);
        $check!(SimpleQueue::new(), put_simple);
        $check!(LifoQueue::new(), put_queue);
    };
}

macro_rules! put {
    ($queue:expr, put_queue, $items:expr) => {
        $items.for_each(|n: u64| $queue.put(n).unwrap())
    };
    ($queue:expr, put_simple, $items:expr) => {
        $items.for_each(|n: u64| $queue.put(n))
    };
}

/// A long queue of numbers takes at most 10 bytes for each, also while it grows and while it is used.
#[test]
fn a_number_takes_ten_bytes() {
    let _watchdog = watchdog();
    macro_rules! check {
        ($queue:expr, $put:ident) => {{
            for len in [10_001_u64, 10_240, 33_333, 100_000, 1_000_000] {
                let taken = memory(|| {
                    let queue = $queue;
                    put!(queue, $put, 0..len);
                    // It moves on, at this length.
                    for n in 0..len / 2 {
                        let _ = queue.try_get();
                        put!(queue, $put, n..n + 1);
                    }
                    queue
                });
                assert!(taken.most as u64 <= 10 * len, "{taken:?} for {len}");
            }
        }};
    }
    for_kinds_in_blocks!(check);
    check!(PriorityQueue::new(), put_queue);
}

/// Putting allocates at most once for a block of some hundred items; and so does getting from a `PriorityQueue`, where what is
/// left of a block may stay for long.
#[test]
fn growing_allocates_by_the_block() {
    let _watchdog = watchdog();
    macro_rules! check {
        ($queue:expr, $put:ident) => {
            check!($queue, $put, 1)
        };
        ($queue:expr, $put:ident, $times:expr) => {{
            let queue = $queue;
            let counted = allocations(|| put!(queue, $put, 0..100_000));
            assert!(counted <= 100_000 / 200, "{counted}");
            // Taking blocks out of a long queue, and putting others in, neither.
            let counted = allocations(|| {
                for n in 0..100_000 {
                    let _ = queue.try_get();
                    put!(queue, $put, n..n + 1);
                }
            });
            assert!(counted <= $times * 100_000 / 200, "{counted}");
        }};
    }
    for_kinds_in_blocks!(check);
    check!(PriorityQueue::new(), put_queue, 2);
}

/// An emptied queue keeps a block of some 250 items, and no more.
#[test]
fn an_emptied_queue_keeps_one_block() {
    const BLOCK: usize = 256 * size_of::<u64>();
    let _watchdog = watchdog();
    macro_rules! check {
        ($queue:expr, $put:ident) => {{
            let taken = memory(|| {
                let queue = $queue;
                for _ in 0..3 {
                    put!(queue, $put, 0..100_000);
                    assert_eq!(queue.try_iter().count(), 100_000);
                }
                queue
            });
            // A stack keeps the list of its blocks as well, as long as that is short.
            assert!(taken.kept <= BLOCK + 512, "{taken:?}");
            assert!(taken.kept >= BLOCK, "{taken:?}");
        }};
    }
    for_kinds_in_blocks!(check);
    check!(PriorityQueue::new(), put_queue);
}

/// A queue that is never longer than a block allocates one, however many items go through it.
#[test]
fn a_short_queue_allocates_one_block() {
    let _watchdog = watchdog();
    let queue = SimpleQueue::new();
    let counted = allocations(|| {
        for n in 0..10_000_u64 {
            queue.put(n);
            if n >= 245 {
                queue.get();
            }
        }
    });
    assert_eq!(counted, 1);
}

/// A length that moves up and down across the border of a block costs no allocation.
#[test]
fn the_border_of_a_block_costs_nothing() {
    let _watchdog = watchdog();
    macro_rules! check {
        ($queue:expr, $put:ident) => {{
            let queue = $queue;
            put!(queue, $put, 0..1000);
            let round = || {
                put!(queue, $put, 0..100);
                assert_eq!(queue.try_iter().take(100).count(), 100);
            };
            (0..10).for_each(|_| round());
            let counted = allocations(|| (0..100).for_each(|_| round()));
            // A stack goes to and fro; in a row of 10,000 items each block is used once.
            assert!(counted <= 10_000 / 200, "{counted}");
        }};
    }
    for_kinds_in_blocks!(check);
    check!(PriorityQueue::new(), put_queue);
    let stack = LifoQueue::new();
    put!(stack, put_queue, 0..1000);
    let round = || {
        put!(stack, put_queue, 0..100);
        assert_eq!(stack.try_iter().take(100).count(), 100);
    };
    round();
    assert_eq!(allocations(|| (0..100).for_each(|_| round())), 0);
}

/// Making and sharing a queue is free until something is put.
#[test]
fn an_empty_queue_has_allocated_nothing() {
    let _watchdog = watchdog();
    assert_eq!(allocations(Queue::<String>::new), 0);
    assert_eq!(allocations(|| PriorityQueue::<String>::with_maxsize(9)), 0);
}

/// Nor does waiting allocate, once a thread has slept before.
#[test]
fn nothing_is_allocated_per_wait_after_warm_up() {
    let _watchdog = watchdog();
    let (there, back) = (
        Arc::new(Queue::with_maxsize(1)),
        Arc::new(Queue::with_maxsize(1)),
    );
    let echo = checked_spawn({
        let (there, back) = (Arc::clone(&there), Arc::clone(&back));
        move || there.iter().for_each(|n| back.put(n).unwrap())
    });
    let round = |n: u32| {
        there.put(n).unwrap();
        assert_eq!(back.get(), Ok(n));
    };
    let timed_out = || {
        let outcome = back.get_timeout(Duration::from_millis(1));
        assert!(outcome.is_err());
    };
    (0..100).for_each(round);
    sleep_once();
    let counted = allocations(|| {
        (0..1_000).for_each(round);
        timed_out();
    });
    assert_eq!(counted, 0);
    there.shutdown();
    echo.join();
}

/// The first sleep of the current thread makes its record. Unlike a queue, a condition has nothing to look at before it sleeps.
fn sleep_once() {
    let lock = Lock::new(());
    assert!(!Condition::new().wait_timeout(&mut lock.acquire(), Duration::from_millis(1)));
}
