//! The rings in which a queue keeps its items. In a model each has two lines of two slots.

use std::ops::RangeInclusive;
use std::sync::Arc;

use pythreads_queue::{Queue, SimpleQueue};

use crate::engine::{check, join, share, spawn};
use crate::plain::Plain;

/// A queue in whose ring there were three items: the next slot is the last one of its line.
fn used() -> Arc<SimpleQueue<Arc<Plain>>> {
    let queue = share(SimpleQueue::new());
    put(&queue, 1..=3);
    get(&queue, 3);
    queue
}

fn put(queue: &SimpleQueue<Arc<Plain>>, numbers: RangeInclusive<usize>) {
    numbers.for_each(|number| queue.put(item(number)));
}

fn get(queue: &SimpleQueue<Arc<Plain>>, items: usize) -> Vec<usize> {
    (0..items).map(|_| queue.get().get()).collect()
}

/// An item with something in it that only the queue orders.
fn item(number: usize) -> Arc<Plain> {
    let item = Plain::default();
    item.add(number);
    Arc::new(item)
}

/// Lines are used again, and a full ring leads to the next, while somebody gets.
#[test]
fn items_go_from_line_to_line_and_from_ring_to_ring() {
    check(|| {
        let queue = used();
        put(&queue, 1..=2);
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || put(&queue, 3..=4)
        });
        assert_eq!(get(&queue, 4), [1, 2, 3, 4]);
        putter.join().unwrap();
    });
}

/// A putter that waits for nobody does not pass the getter.
#[test]
fn a_line_is_empty_before_it_is_filled() {
    check(|| {
        let queue = used();
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || put(&queue, 1..=3)
        });
        assert_eq!(get(&queue, 3), [1, 2, 3]);
        putter.join().unwrap();
    });
}

/// A ring that was left and emptied is used again, unless the getter has given it up.
#[test]
fn a_spare_ring_is_used_again() {
    check(|| {
        let queue = used();
        put(&queue, 1..=4);
        get(&queue, 4);
        put(&queue, 5..=7);
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || put(&queue, 8..=9)
        });
        assert_eq!(get(&queue, 5), [5, 6, 7, 8, 9]);
        putter.join().unwrap();
    });
}

/// Who finds the queue empty has missed no item, in whatever ring.
#[test]
fn what_is_there_is_found() {
    check(|| {
        let queue = used();
        put(&queue, 1..=2);
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || put(&queue, 3..=4)
        });
        let mut got = Vec::new();
        got.extend(queue.try_iter().map(|item| item.get()));
        assert!(got.len() >= 2, "{got:?}");
        putter.join().unwrap();
        got.extend(queue.try_iter().map(|item| item.get()));
        assert_eq!(got, [1, 2, 3, 4]);
    });
}

/// Getters at the same time take turns at the head.
#[test]
fn getters_share_a_ring() {
    check(|| {
        let queue = used();
        put(&queue, 1..=3);
        let getters = [(); 2].map(|()| {
            let queue = Arc::clone(&queue);
            spawn(move || queue.get().get())
        });
        let mut got = join(getters);
        got.sort_unstable();
        assert_eq!(got, [1, 2]);
        assert_eq!(queue.get().get(), 3);
    });
}

/// What nobody got is dropped once, with the queue.
#[test]
fn what_is_left_is_dropped() {
    check(|| {
        let left = Arc::new(());
        let queue = share(Queue::new());
        let putter = spawn({
            let (queue, left) = (Arc::clone(&queue), Arc::clone(&left));
            move || (0..3).for_each(|_| queue.put(Arc::clone(&left)).unwrap())
        });
        drop(queue.try_get());
        drop(queue);
        putter.join().unwrap();
        assert_eq!(Arc::strong_count(&left), 1);
    });
}
