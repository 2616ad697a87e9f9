//! What a queue allocates.

use std::sync::Arc;
use std::time::Duration;

use pythreads_queue::{LifoQueue, PriorityQueue, Queue, SimpleQueue};
use test_support::counting_alloc::allocations;
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

/// Making and sharing a queue is free until something is put.
#[test]
fn an_empty_queue_has_allocated_nothing() {
    let _watchdog = watchdog();
    assert_eq!(allocations(Queue::<String>::new), 0);
    assert_eq!(allocations(|| PriorityQueue::<String>::with_maxsize(9)), 0);
}

/// Nor does waiting allocate, once a thread has waited before.
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
    timed_out();
    let counted = allocations(|| {
        (0..1_000).for_each(round);
        timed_out();
    });
    assert_eq!(counted, 0);
    there.shutdown();
    echo.join();
}
