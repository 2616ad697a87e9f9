//! The two ends of a queue: what one does, nobody at the other misses.

use std::fmt::Debug;
use std::sync::Arc;

use pythreads_queue::{BaseQueue, GetError, LifoQueue, Queue, Storage};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::plain::Plain;
use crate::target::Target;

/// A queue all of whose parts have been used once.
pub(crate) fn used<S: Storage<u32>>(queue: BaseQueue<u32, S>) -> Arc<BaseQueue<u32, S>> {
    queue.put(0).unwrap();
    queue.get().unwrap();
    queue.task_done();
    share(queue)
}

fn spawn_with<S, R>(
    queue: &Arc<BaseQueue<u32, S>>,
    body: impl FnOnce(&BaseQueue<u32, S>) -> R + Send + 'static,
) -> JoinHandle<R>
where
    S: Send + 'static,
    R: Send + 'static,
{
    let queue = Arc::clone(queue);
    spawn(move || body(&queue))
}

fn spawn_putting<S: Storage<u32> + Send + 'static>(
    queue: &Arc<BaseQueue<u32, S>>,
    item: u32,
) -> JoinHandle<()> {
    spawn_with(queue, move |queue| queue.put(item).unwrap())
}

fn sorted<T: Ord + Debug>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// A getter that sleeps, or is about to, is woken by the put, and one producer's items keep their order.
#[test]
fn what_is_put_is_got_in_order() {
    check(|| {
        let queue = used(Queue::new());
        let putter = spawn_with(&queue, |queue| {
            queue.put(1).unwrap();
            queue.put(2).unwrap();
        });
        assert_eq!([queue.get(), queue.get()], [Ok(1), Ok(2)]);
        putter.join().unwrap();
    });
}

/// Two getters and two items: each gets one, also where both sleep and where one fetches both items.
#[test]
fn each_item_reaches_a_getter() {
    check(|| {
        let queue = used(Queue::new());
        let getters = [(); 2].map(|()| spawn_with(&queue, |queue| queue.get().unwrap()));
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        assert_eq!(sorted(join(getters).into()), [1, 2]);
    });
}

fn each_place_reaches_a_putter_of<S: Storage<u32> + Send + 'static>(
    queue: fn(usize) -> BaseQueue<u32, S>,
) {
    check(move || {
        let queue = used(queue(1));
        let putters = [1, 2].map(|item| spawn_putting(&queue, item));
        let got = vec![queue.get().unwrap(), queue.get().unwrap()];
        assert_eq!(sorted(got), [1, 2]);
        join(putters);
        assert!(queue.is_empty());
    });
}

/// A putter that sleeps for room, or is about to, is woken by the get.
#[test]
fn each_place_reaches_a_putter() {
    each_place_reaches_a_putter_of(Queue::with_maxsize);
}

/// The same where both ends are one.
#[test]
fn each_place_in_a_stack_reaches_a_putter() {
    each_place_reaches_a_putter_of(LifoQueue::with_maxsize);
}

/// Who waits for room is woken when the bound is raised.
#[test]
fn a_raised_bound_reaches_a_putter() {
    check(|| {
        let queue = used(Queue::with_maxsize(1));
        queue.put(1).unwrap();
        let putter = spawn_putting(&queue, 2);
        queue.set_maxsize(2);
        putter.join().unwrap();
        assert_eq!(queue.len(), 2);
    });
}

/// Who finds the queue shut down has got everything that was put before.
#[test]
fn a_shutdown_comes_after_what_was_put() {
    check(|| {
        let queue = used(Queue::new());
        let putter = spawn_with(&queue, |queue| {
            queue.put(1).unwrap();
            queue.shutdown();
        });
        assert_eq!(queue.get(), Ok(1));
        assert_eq!(queue.get(), Err(GetError::ShutDown));
        putter.join().unwrap();
    });
}

/// A shutdown wakes the sleepers of both ends.
#[test]
fn a_shutdown_reaches_all() {
    check(|| {
        let (full, empty) = (used(Queue::with_maxsize(1)), used(Queue::new()));
        full.put(1).unwrap();
        let putter = spawn_with(&full, |queue| queue.put(2).is_err());
        let getter = spawn_with(&empty, |queue| queue.get());
        full.shutdown();
        empty.shutdown();
        assert!(putter.join().unwrap());
        assert_eq!(getter.join().unwrap(), Err(GetError::ShutDown));
    });
}

/// Each item is either refused, got or drained.
#[test]
fn a_drain_loses_nothing() {
    check(|| {
        let queue = used(Queue::new());
        let putter = spawn_with(&queue, |queue| queue.put(1).is_ok());
        let getter = spawn_with(&queue, |queue| queue.get().is_ok());
        let drained = queue.shutdown_now().len();
        let (put, got) = (putter.join().unwrap(), getter.join().unwrap());
        assert_eq!(usize::from(put), usize::from(got) + drained);
        assert_eq!(queue.unfinished_tasks(), usize::from(got));
    });
}

/// Who joins returns, and sees what was done.
#[test]
fn the_end_of_the_last_task_reaches_a_joiner() {
    check(|| {
        let queue = used(Queue::new());
        let work = share(Plain::default());
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        let worker = |_| {
            let work = Arc::clone(&work);
            spawn_with(&queue, move |queue| {
                if queue.get() == Ok(1) {
                    work.add(1);
                }
                queue.task_done();
            })
        };
        let workers = [1, 2].map(worker);
        queue.join();
        assert_eq!(work.get(), 1);
        assert_eq!(queue.unfinished_tasks(), 0);
        join(workers);
    });
}

/// Who gives up waiting takes no item and no wake-up with it.
#[test]
fn a_timeout_loses_no_item() {
    check(|| {
        let queue = used(Queue::new());
        let timed = spawn_with(&queue, |queue| queue.get_timeout(SOON).is_ok());
        let patient = spawn_with(&queue, |queue| queue.get());
        queue.put(1).unwrap();
        strike();
        if timed.join().unwrap() {
            queue.put(2).unwrap();
        }
        assert!(patient.join().unwrap().is_ok());
        assert!(queue.is_empty());
    });
}

/// As with time.
#[test]
fn an_interrupt_loses_no_item() {
    check(|| {
        let queue = used(Queue::new());
        let target = Target::spawn({
            let queue = Arc::clone(&queue);
            move || queue.get().unwrap()
        });
        let patient = spawn_with(&queue, |queue| queue.get());
        queue.put(1).unwrap();
        target.interrupt();
        if target.join().is_some() {
            queue.put(2).unwrap();
        }
        assert!(patient.join().unwrap().is_ok());
        assert!(queue.is_empty());
    });
}
