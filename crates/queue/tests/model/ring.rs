//! The rings in which a queue keeps its items. In a model each has two slots.

use std::sync::Arc;

use pythreads_queue::{Queue, SimpleQueue};

use crate::engine::{check, join, share, spawn};
use crate::plain::Plain;

/// A queue in whose ring one item has been.
fn used() -> Arc<SimpleQueue<Arc<Plain>>> {
    let queue = share(SimpleQueue::new());
    queue.put(Arc::new(Plain::default()));
    queue.get();
    queue
}

/// An item with something in it that only the queue orders.
fn item(number: usize) -> Arc<Plain> {
    let item = Plain::default();
    item.add(number);
    Arc::new(item)
}

/// Slots are used again, and a full ring leads to the next, while somebody gets.
#[test]
fn items_go_from_slot_to_slot_and_from_ring_to_ring() {
    check(|| {
        let queue = used();
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || (1..=3).for_each(|number| queue.put(item(number)))
        });
        let got = [(); 3].map(|()| queue.get().get());
        assert_eq!(got, [1, 2, 3]);
        putter.join().unwrap();
    });
}

/// Who finds the queue empty has missed no item, in whatever ring.
#[test]
fn what_is_there_is_found() {
    check(|| {
        let queue = used();
        (1..=2).for_each(|number| queue.put(item(number)));
        let putter = spawn({
            let queue = Arc::clone(&queue);
            move || (3..=4).for_each(|number| queue.put(item(number)))
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
        (1..=3).for_each(|number| queue.put(item(number)));
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
