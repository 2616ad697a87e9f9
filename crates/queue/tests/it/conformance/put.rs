//! Putting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_queue::PutError;
use test_support::{Counter, delay};

use crate::blocked::blocked;
use crate::kind::{Kind, queue};

/// Without a bound `put` never waits and the queue is never full.
pub(crate) fn q1_without_a_bound_put_never_waits<K: Kind>() {
    let queue = queue::<K>(0);
    for n in 0..10_000 {
        queue.put(n).unwrap();
    }
    assert!(!queue.is_full());
    assert_eq!(queue.len(), 10_000);
}

/// A bound below the number of items is respected as soon as that number has come down.
pub(crate) fn q2_lowering_the_bound_makes_the_queue_full_until_enough_was_got<K: Kind>() {
    let queue = queue::<K>(0);
    queue.put_many(0..5).unwrap();
    queue.set_maxsize(2);
    assert_eq!(queue.maxsize(), 2);
    for _ in 0..3 {
        assert!(queue.is_full());
        assert!(queue.try_put(9).unwrap_err().is_full());
        queue.get().unwrap();
    }
    assert!(queue.is_full());
    queue.get().unwrap();
    assert!(!queue.is_full());
    queue.try_put(9).unwrap();
}

/// Raising the bound wakes putters: one for each new place.
pub(crate) fn q2_raising_the_bound_wakes_as_many_putters_as_there_is_room_for<K: Kind>() {
    let queue = queue::<K>(1);
    let done = Arc::new(Counter::new());
    queue.put(0).unwrap();
    let putters: Vec<_> = (1..=3)
        .map(|n| {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            blocked(move || {
                queue.put(n).unwrap();
                done.add(1);
            })
        })
        .collect();
    queue.set_maxsize(3);
    done.wait_for(2);
    assert_eq!(queue.len(), 3);
    assert_eq!(done.get(), 2);
    queue.set_maxsize(4);
    putters
        .into_iter()
        .for_each(test_support::CheckedThread::join);
    assert_eq!(queue.len(), 4);
}

/// Removing the bound wakes every putter.
pub(crate) fn q2_removing_the_bound_wakes_every_putter<K: Kind>() {
    let queue = queue::<K>(1);
    queue.put(0).unwrap();
    let putters: Vec<_> = (1..=3)
        .map(|n| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.put(n).unwrap())
        })
        .collect();
    queue.set_maxsize(0);
    putters
        .into_iter()
        .for_each(test_support::CheckedThread::join);
    assert_eq!(queue.len(), 4);
}

/// `put` waits while the queue is full, and a get lets it go on.
pub(crate) fn q3_put_waits_for_room<K: Kind>() {
    let queue = queue::<K>(1);
    queue.put(1).unwrap();
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put(2).unwrap()
    });
    assert_eq!(queue.get(), Ok(1));
    putter.join();
    assert_eq!(queue.get(), Ok(2));
}

/// `try_put` never waits, and what it does not put comes back.
pub(crate) fn q4_try_put_hands_the_item_back<K: Kind>() {
    let queue = queue::<K>(1);
    queue.try_put(1).unwrap();
    match queue.try_put(2) {
        Err(PutError::Full(item)) => assert_eq!(item.into_inner(), 2),
        other => panic!("{other:?}"),
    }
    assert_eq!(queue.unfinished_tasks(), 1);
}

/// Without time, `put` puts if there is room and says Full at once otherwise.
pub(crate) fn q5_a_put_without_time_tries_once<K: Kind>() {
    let queue = queue::<K>(2);
    let now = Instant::now();
    queue.put_timeout(1, Duration::ZERO).unwrap();
    queue.put_deadline(2, now).unwrap();
    assert!(queue.put_timeout(3, Duration::ZERO).unwrap_err().is_full());
    assert!(queue.put_deadline(3, now).unwrap_err().is_full());
}

/// `put` with a time limit waits that long, not less and not for ever.
pub(crate) fn q6_put_gives_up_when_its_time_is_over<K: Kind>() {
    let queue = queue::<K>(1);
    queue.put(1).unwrap();
    let start = Instant::now();
    let error = queue.put_timeout(2, *delay::SHORT).unwrap_err();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(error.is_full());
    assert_eq!(error.into_inner(), 2);
    let start = Instant::now();
    let error = queue.put_deadline(2, start + *delay::SHORT).unwrap_err();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(error.is_full());
}

/// The largest duration means for ever, and does not overflow.
pub(crate) fn q6_for_ever_is_a_time_limit<K: Kind>() {
    let queue = queue::<K>(1);
    queue.put(1).unwrap();
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put_timeout(2, Duration::MAX).unwrap()
    });
    assert_eq!(queue.get_timeout(Duration::MAX), Ok(1));
    putter.join();
}

/// On a queue that is both full and shut down, every put says `ShutDown`.
pub(crate) fn q10_shutdown_comes_before_full<K: Kind>() {
    let queue = queue::<K>(1);
    queue.put(1).unwrap();
    queue.shutdown();
    assert!(queue.put(2).unwrap_err().is_shutdown());
    assert!(queue.try_put(2).unwrap_err().is_shutdown());
    assert!(
        queue
            .put_timeout(2, Duration::ZERO)
            .unwrap_err()
            .is_shutdown()
    );
    assert!(
        queue
            .put_deadline(2, Instant::now())
            .unwrap_err()
            .is_shutdown()
    );
}

/// Each get lets one putter go on, and no more.
pub(crate) fn q12_a_get_wakes_one_putter<K: Kind>() {
    let queue = queue::<K>(1);
    let done = Arc::new(Counter::new());
    queue.put(0).unwrap();
    let putters: Vec<_> = (1..=3)
        .map(|n| {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            blocked(move || {
                queue.put(n).unwrap();
                done.add(1);
            })
        })
        .collect();
    for n in 1..=3 {
        queue.get().unwrap();
        done.wait_for(n);
        assert_eq!(done.get(), n);
        assert!(queue.is_full());
    }
    drop(putters);
}

/// A get that leaves a queue still full, since its bound was lowered, wakes nobody.
pub(crate) fn q12_a_get_from_an_overfull_queue_wakes_nobody<K: Kind>() {
    let queue = queue::<K>(3);
    queue.put_many(1..=3).unwrap();
    queue.set_maxsize(2);
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put(4).unwrap()
    });
    queue.get().unwrap();
    putter.wait_until_asleep();
    assert_eq!(queue.len(), 2);
    queue.get().unwrap();
    putter.join();
    assert_eq!(queue.len(), 2);
}

/// `len`, `is_empty` and `is_full` tell what is.
pub(crate) fn q13_sizes_are_exact_at_the_moment_of_the_call<K: Kind>() {
    let queue = queue::<K>(2);
    assert!(queue.is_empty() && !queue.is_full());
    queue.put(1).unwrap();
    assert!(queue.len() == 1 && !queue.is_empty() && !queue.is_full());
    queue.put(2).unwrap();
    assert!(queue.len() == 2 && queue.is_full());
    queue.get().unwrap();
    queue.get().unwrap();
    assert!(queue.is_empty() && !queue.is_full());
}
