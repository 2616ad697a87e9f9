//! Shells in the run queue.

use std::sync::Arc;

use super::{Order, RunQueue, SWEEP_AT_LEAST};
use crate::handle::{self, Handle};
use crate::node::Work;

fn task() -> (Arc<dyn Work>, Handle<()>) {
    handle::task(|| Ok(()), 0)
}

/// Queues `number` tasks that are cancelled at once, and returns the longest that the queue got.
fn push_shells(queue: &mut RunQueue, number: usize) -> usize {
    let mut longest = 0;
    for _ in 0..number {
        let (work, handle) = task();
        drop(queue.push(work));
        assert!(handle.cancel());
        longest = longest.max(queue.len());
    }
    longest
}

/// What was cancelled or claimed does not pile up while no worker looks at the queue.
#[test]
fn shells_are_swept() {
    for order in [Order::Fifo, Order::Lifo, Order::Priority] {
        assert!(push_shells(&mut RunQueue::new(order), 10_000) <= SWEEP_AT_LEAST);
    }
}

/// A sweep keeps what nobody has taken, in its order, and allows no more shells than there are such tasks.
#[test]
fn live_tasks_stay_in_order() {
    const LIVE: usize = 100;
    let mut queue = RunQueue::new(Order::Fifo);
    let mut handles = Vec::new();
    let mut live = Vec::new();
    for _ in 0..LIVE {
        push_shells(&mut queue, 3);
        let (work, handle) = task();
        live.push(Arc::clone(&work));
        handles.push(handle);
        drop(queue.push(work));
    }
    assert!(push_shells(&mut queue, 10_000) <= 2 * LIVE);
    let left = queue.take_all().into_iter();
    let left: Vec<_> = left
        .filter(|work| !work.header().phase().is_done())
        .collect();
    assert_eq!(left.len(), LIVE);
    assert!(
        left.iter()
            .zip(&live)
            .all(|(queued, pushed)| Arc::ptr_eq(queued, pushed))
    );
}

/// A queue that was long once does not hold that many shells for ever.
#[test]
fn a_long_queue_is_forgotten() {
    let mut queue = RunQueue::new(Order::Fifo);
    let handles: Vec<_> = (0..10_000)
        .map(|_| {
            let (work, handle) = task();
            drop(queue.push(work));
            handle
        })
        .collect();
    assert!(queue.sweep_at > 10_000);
    drop(queue.take_all());
    drop(handles);
    push_shells(&mut queue, 200);
    assert!(push_shells(&mut queue, 10_000) <= SWEEP_AT_LEAST);
}
