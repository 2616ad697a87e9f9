//! The orders of `Queue` and `LifoQueue`; that of `PriorityQueue` is in `priority`.

use std::sync::Arc;

use pythreads_queue::{LifoQueue, Queue};
use test_support::{CheckedThread, watchdog};

use crate::blocked::blocked;

/// First in, first out.
#[test]
fn o1_a_queue_hands_out_the_oldest() {
    let _watchdog = watchdog();
    let queue = Queue::from_iter([3, 1, 2]);
    assert_eq!(queue.get(), Ok(3));
    queue.put(0).unwrap();
    assert!(queue.try_iter().eq([1, 2, 0]));
}

/// Last in, first out.
#[test]
fn o2_a_lifo_queue_hands_out_the_newest() {
    let _watchdog = watchdog();
    let queue = LifoQueue::from_iter([3, 1, 2]);
    assert_eq!(queue.get(), Ok(2));
    queue.put(0).unwrap();
    assert!(queue.try_iter().eq([0, 1, 3]));
}

/// Who has waited longest is woken first: putters that queue up for one place put in their order.
#[test]
fn q12_putters_are_woken_in_their_order() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(1));
    queue.put(0).unwrap();
    let putters: Vec<_> = (1..=4)
        .map(|n| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.put(n).unwrap())
        })
        .collect();
    assert!((0..=4).all(|n| queue.get() == Ok(n)));
    putters.into_iter().for_each(CheckedThread::join);
}
