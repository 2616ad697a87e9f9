//! `Producer`: the last one shuts the queue down.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread;

use pythreads_queue::{GetError, Queue};
use test_support::{checked_spawn, watchdog};

use crate::blocked::blocked;

/// Only the last of several ends the queue, and what it put can still be got.
#[test]
fn the_last_producer_shuts_the_queue_down() {
    let _watchdog = watchdog();
    let queue = Queue::new();
    let first = queue.producer();
    let second = first.clone();
    first.put(1).unwrap();
    drop(first);
    assert!(!queue.is_shutdown());
    second.put(2).unwrap();
    drop(second);
    assert!(queue.is_shutdown());
    assert_eq!(queue.iter().collect::<Vec<_>>(), [1, 2]);
}

/// A queue without producers is not shut down by them; a shut-down one is not opened.
#[test]
fn no_producer_no_shutdown_and_no_way_back() {
    let _watchdog = watchdog();
    let queue = Queue::new();
    queue.put(1).unwrap();
    assert!(!queue.is_shutdown());
    drop(queue.producer());
    assert!(queue.is_shutdown());
    let late = queue.producer();
    assert!(late.put(2).unwrap_err().is_shutdown());
}

/// A producer that panics ends the queue as well: the reader does not wait for ever.
#[test]
fn a_panicking_producer_shuts_the_queue_down() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::new());
    let producer = queue.producer_owned();
    let reader = blocked({
        let queue = Arc::clone(&queue);
        move || (queue.get(), queue.get())
    });
    let outcome = catch_unwind(AssertUnwindSafe(move || {
        producer.put(1).unwrap();
        resume_unwind(Box::new("the producer fails"));
    }));
    assert!(outcome.is_err());
    assert_eq!(reader.join(), (Ok(1), Err(GetError::ShutDown)));
}

/// Two stages with several workers each: every stage ends when the one before it has.
#[test]
fn a_pipeline_ends_by_itself() {
    let _watchdog = watchdog();
    let numbers = Queue::with_maxsize(4);
    let squares = Queue::with_maxsize(4);
    let sum: u64 = thread::scope(|s| {
        let (numbers, squares) = (&numbers, &squares);
        let producer = numbers.producer();
        for start in 0..3 {
            let producer = producer.clone();
            s.spawn(move || (0..100).for_each(|n| producer.put(start * 100 + n).unwrap()));
        }
        drop(producer);
        let producer = squares.producer();
        for _ in 0..2 {
            let producer = producer.clone();
            s.spawn(move || numbers.iter().for_each(|n| producer.put(n * n).unwrap()));
        }
        drop(producer);
        squares.iter().sum()
    });
    assert_eq!(sum, (0..300).map(|n| n * n).sum());
}

/// What every producer put comes before the shutdown by the last one.
#[test]
fn no_item_of_a_producer_is_refused() {
    let _watchdog = watchdog();
    for _ in 0..200 {
        let queue = Arc::new(Queue::new());
        let producer = queue.producer_owned();
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let producer = producer.clone();
                checked_spawn(move || producer.put(n).unwrap())
            })
            .collect();
        drop(producer);
        assert_eq!(queue.iter().count(), 3);
        drop(threads);
    }
}
