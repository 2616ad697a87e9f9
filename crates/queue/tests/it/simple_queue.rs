//! `SimpleQueue`.

use std::sync::Arc;
use std::sync::Weak;
use std::time::{Duration, Instant};

use pythreads_queue::SimpleQueue;
use test_support::{CheckedThread, Counter, checked_spawn, delay, watchdog};

use crate::blocked::blocked;

/// First in, first out, and no bound.
#[test]
fn m1_put_never_waits_and_order_is_kept() {
    let _watchdog = watchdog();
    let queue = SimpleQueue::new();
    for n in 0..10_000 {
        queue.put(n);
    }
    assert_eq!(queue.len(), 10_000);
    assert!(queue.try_iter().eq(0..10_000));
    assert!(queue.is_empty());
}

/// `get` waits, `try_get` does not.
#[test]
fn m2_get_waits_and_try_get_does_not() {
    let _watchdog = watchdog();
    let queue = Arc::new(SimpleQueue::new());
    assert_eq!(queue.try_get(), None);
    let getter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.get()
    });
    queue.put(1);
    assert_eq!(getter.join(), 1);
}

/// The limited waits wait as long as they are told.
#[test]
fn m3_get_gives_up_when_its_time_is_over() {
    let _watchdog = watchdog();
    let queue = SimpleQueue::new();
    let start = Instant::now();
    assert_eq!(queue.get_timeout(*delay::SHORT), None);
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert_eq!(queue.get_deadline(start), None);
    queue.put(1);
    assert_eq!(queue.get_timeout(Duration::ZERO), Some(1));
    queue.put(2);
    assert_eq!(queue.get_deadline(start), Some(2));
}

/// Puts another into the queue it came from when it is dropped, so often as its number says.
struct Echo {
    left: u32,
    queue: Weak<SimpleQueue<Echo>>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.upgrade()
            && let Some(left) = self.left.checked_sub(1)
        {
            queue.put(Echo {
                left,
                queue: Weak::clone(&self.queue),
            });
        }
    }
}

/// A destructor may put into the queue that is being emptied, and into one that is being dropped.
#[test]
fn m4_a_destructor_may_put() {
    let _watchdog = watchdog();
    let queue = Arc::new(SimpleQueue::new());
    let echo = |left| Echo {
        left,
        queue: Arc::downgrade(&queue),
    };
    queue.put(echo(5));
    queue.put(echo(3));
    assert_eq!(queue.try_iter().map(drop).count(), 6 + 4);
    queue.put(echo(5));
    drop(queue); // its items are dropped while it is, and find it gone
}

/// An item is not reserved for the getter that was woken for it; that one waits on, and loses nothing.
#[test]
fn m5_another_getter_may_be_faster_than_the_woken_one() {
    let _watchdog = watchdog();
    let queue = Arc::new(SimpleQueue::new());
    let getter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.get()
    });
    let mut n = 0;
    queue.put(n);
    while n < 100 && queue.try_get().is_some() {
        n += 1;
        queue.put(n);
    }
    assert_eq!(getter.join(), n);
}

/// The queue does not keep what left it.
#[test]
fn m6_an_item_leaves_the_queue_once() {
    let _watchdog = watchdog();
    let item = Arc::new(());
    let queue = SimpleQueue::new();
    queue.put(Arc::clone(&item));
    drop(queue.get());
    assert_eq!(Arc::strong_count(&item), 1);
    queue.put(Arc::clone(&item));
    drop(queue);
    assert_eq!(Arc::strong_count(&item), 1);
}

/// Fifty producers and consumers, each of the three ways to get: nothing is lost or doubled.
#[test]
fn m6_many_threads_lose_and_double_nothing() {
    const THREADS: u64 = 20;
    const EACH: u64 = 200;
    let _watchdog = watchdog();
    for way in 0..3 {
        let queue = Arc::new(SimpleQueue::new());
        let producers: Vec<_> = (0..THREADS)
            .map(|p| {
                let queue = Arc::clone(&queue);
                checked_spawn(move || (0..EACH).for_each(|n| queue.put(p * EACH + n)))
            })
            .collect();
        let consumers: Vec<_> = (0..THREADS)
            .map(|_| {
                let queue = Arc::clone(&queue);
                checked_spawn(move || {
                    let one = || match way {
                        0 => queue.get(),
                        1 => loop {
                            match queue.try_get() {
                                Some(item) => break item,
                                None => std::thread::yield_now(),
                            }
                        },
                        _ => loop {
                            if let Some(item) = queue.get_timeout(Duration::from_micros(10)) {
                                break item;
                            }
                        },
                    };
                    (0..EACH).map(|_| one()).collect::<Vec<_>>()
                })
            })
            .collect();
        producers.into_iter().for_each(CheckedThread::join);
        let mut got: Vec<_> = consumers
            .into_iter()
            .flat_map(CheckedThread::join)
            .collect();
        got.sort_unstable();
        assert!(got.into_iter().eq(0..THREADS * EACH));
        assert!(queue.is_empty());
    }
}

/// One put serves one getter.
#[test]
fn m_a_put_wakes_one_getter() {
    let _watchdog = watchdog();
    let queue = Arc::new(SimpleQueue::new());
    let done = Arc::new(Counter::new());
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            blocked(move || {
                queue.get();
                done.add(1);
            })
        })
        .collect();
    for n in 1..=3 {
        queue.put(());
        done.wait_for(n);
        assert_eq!(done.get(), n);
    }
    getters.into_iter().for_each(CheckedThread::join);
}
