//! `put_many` and `get_many`, `FromIterator` and `Extend`.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_queue::{GetError, PutError, Queue};
use test_support::{CheckedThread, checked_spawn, delay, watchdog};

use crate::blocked::blocked;

/// Many items go through a small queue, in order.
#[test]
fn put_many_waits_for_room_as_often_as_needed() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(3));
    let putter = checked_spawn({
        let queue = Arc::clone(&queue);
        move || {
            queue.put_many(0..1_000).unwrap();
            queue.shutdown();
        }
    });
    assert!(queue.iter().eq(0..1_000));
    putter.join();
    assert_eq!(queue.unfinished_tasks(), 1_000);
}

/// What was not put comes back complete and in order, with the rest of the iterator.
#[test]
fn put_many_hands_back_what_it_could_not_put() {
    let _watchdog = watchdog();
    let queue = Queue::with_maxsize(5);
    let Err(PutError::Full(unput)) = queue.try_put_many(0..100) else {
        panic!("there was room for a hundred");
    };
    let unput = unput.into_inner();
    assert_eq!(unput.size_hint(), (95, Some(95)));
    assert!(unput.eq(5..100));
    assert!(queue.try_iter().eq(0..5));
    let start = Instant::now();
    let error = queue.put_many_timeout(0..8, *delay::SHORT).unwrap_err();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(error.is_full());
    assert!(error.into_inner().eq(5..8));
    let error = queue.put_many_deadline(0..8, Instant::now()).unwrap_err();
    assert!(error.into_inner().eq(0..8));
    queue.shutdown();
    let error = queue.put_many(iter::repeat(7)).unwrap_err();
    assert!(error.is_shutdown());
    assert!(error.into_inner().take(100).eq(iter::repeat_n(7, 100)));
}

/// A shutdown ends the wait; items that are in stay in.
#[test]
fn z4_a_blocked_put_many_gets_the_rest_back() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(2));
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put_many(0..50).unwrap_err().into_inner()
    });
    queue.shutdown();
    assert!(putter.join().eq(2..50));
    assert!(queue.iter().eq(0..2));
}

/// One call serves as many getters as it puts items.
#[test]
fn put_many_wakes_a_getter_for_each_item() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::new());
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.get().unwrap())
        })
        .collect();
    queue.put_many([1, 2, 3]).unwrap();
    assert_eq!(getters.into_iter().map(CheckedThread::join).sum::<i32>(), 6);
}

/// An iterator whose next item depends on somebody getting the one before must not be run ahead of the queue.
#[test]
fn put_many_holds_nothing_back_while_the_queue_is_empty() {
    let _watchdog = watchdog();
    let (questions, answers) = (Arc::new(Queue::new()), Arc::new(Queue::new()));
    let other = checked_spawn({
        let (questions, answers) = (Arc::clone(&questions), Arc::clone(&answers));
        move || {
            questions
                .iter()
                .for_each(|n: u32| answers.put(n + 1).unwrap());
        }
    });
    let mut first = Some(0);
    let dialogue = iter::from_fn(|| first.take().or_else(|| answers.get().ok()));
    questions
        .put_many(dialogue.take_while(|n| *n < 50))
        .unwrap();
    questions.shutdown();
    other.join();
}

/// A panic of the iterator reaches the caller; the queue is not locked meanwhile, and goes on.
#[test]
fn the_iterator_runs_outside_the_lock_and_may_panic() {
    let _watchdog = watchdog();
    let queue = Queue::new();
    let items = (0..100).inspect(|n| {
        assert_eq!(queue.unfinished_tasks(), queue.len()); // would wait for itself
        assert!(*n < 70, "the iterator fails");
    });
    assert!(catch_unwind(AssertUnwindSafe(|| queue.put_many(items))).is_err());
    assert!(queue.len() >= 70 - 31);
    let put = queue.len();
    assert!(queue.try_iter().eq(0..i32::try_from(put).unwrap()));
}

/// `get_many` takes what is there, at most what is asked for, and waits only for the first.
#[test]
fn get_many_waits_for_the_first_item_only() {
    let _watchdog = watchdog();
    let queue = Arc::new((0..5).collect::<Queue<_>>());
    assert_eq!(queue.get_many(3), Ok(vec![0, 1, 2]));
    assert_eq!(queue.try_get_many(usize::MAX), Ok(vec![3, 4]));
    assert_eq!(queue.try_get_many(3), Err(GetError::Empty));
    assert_eq!(
        queue.get_many_timeout(3, Duration::ZERO),
        Err(GetError::Empty)
    );
    assert_eq!(
        queue.get_many_deadline(3, Instant::now()),
        Err(GetError::Empty)
    );
    assert_eq!(queue.get_many(0), Ok(vec![]));
    let getter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.get_many(3)
    });
    queue.put(5).unwrap();
    assert_eq!(getter.join(), Ok(vec![5]));
}

/// One call lets as many putters go on as it makes room for.
#[test]
fn get_many_wakes_a_putter_for_each_place() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(3));
    queue.put_many([1, 2, 3]).unwrap();
    let putters: Vec<_> = (4..=6)
        .map(|n| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.put(n).unwrap())
        })
        .collect();
    assert_eq!(queue.get_many(3), Ok(vec![1, 2, 3]));
    putters.into_iter().for_each(CheckedThread::join);
    assert_eq!(queue.len(), 3);
}

/// A queue is collected, and extended while nobody else can see it.
#[test]
fn queues_can_be_collected_and_extended() {
    let _watchdog = watchdog();
    let mut queue: Queue<_> = (0..3).collect();
    queue.extend([3, 4]);
    assert_eq!((queue.len(), queue.unfinished_tasks()), (5, 5));
    assert!(queue.try_iter().eq(0..5));
    let mut full = Queue::with_maxsize(1);
    assert!(catch_unwind(AssertUnwindSafe(|| full.extend([1, 2]))).is_err());
    assert_eq!(full.len(), 1);
}

/// `None` and the like are items as good as any.
#[test]
fn q15_no_value_is_reserved() {
    let _watchdog = watchdog();
    let queue = Queue::new();
    queue.put_many([None, Some(()), None]).unwrap();
    assert_eq!(queue.get_many(9), Ok(vec![None, Some(()), None]));
}
