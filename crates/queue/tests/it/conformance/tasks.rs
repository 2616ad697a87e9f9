//! Counting tasks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use test_support::{CheckedThread, delay};

use crate::blocked::blocked;
use crate::kind::{Kind, queue, queue_of};

/// Nothing was put, nothing to wait for.
pub(crate) fn j1_join_returns_at_once_when_nothing_was_put<K: Kind>() {
    let queue = queue::<K>(0);
    queue.join();
    assert!(queue.join_timeout(Duration::ZERO));
}

/// Each put counts one up, each `task_done` one down, and `join` waits for zero.
pub(crate) fn j1_join_waits_for_the_last_task_done<K: Kind>() {
    let queue = queue_of::<K>(2);
    assert_eq!(queue.unfinished_tasks(), 2);
    let joiner = blocked({
        let queue = Arc::clone(&queue);
        move || queue.join()
    });
    queue.get().unwrap();
    queue.task_done();
    queue.get().unwrap();
    joiner.wait_until_asleep();
    queue.task_done();
    joiner.join();
    assert_eq!(queue.unfinished_tasks(), 0);
}

/// One `task_done` too many is a bug of the caller; the queue is unharmed.
pub(crate) fn j2_task_done_too_often_panics_and_changes_nothing<K: Kind>() {
    let queue = queue::<K>(0);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.task_done())).is_err());
    assert_eq!(queue.unfinished_tasks(), 0);
    queue.put(1).unwrap();
    queue.task_done();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.task_done())).is_err());
    assert_eq!(queue.get(), Ok(1));
    queue.join();
}

/// The count is not tied to an item.
pub(crate) fn j2_task_done_may_come_before_the_get<K: Kind>() {
    let queue = queue_of::<K>(1);
    queue.task_done();
    queue.join();
    assert_eq!(queue.get(), Ok(1));
}

/// The count may leave zero again before a joiner has run: then it waits on.
pub(crate) fn j3_a_joiner_waits_on_if_a_put_comes_first<K: Kind>() {
    let queue = queue::<K>(0);
    for _ in 0..20 {
        queue.put(1).unwrap();
        let joiner = blocked({
            let queue = Arc::clone(&queue);
            move || queue.join()
        });
        queue.task_done();
        queue.put(2).unwrap();
        queue.task_done();
        joiner.join();
    }
    assert_eq!(queue.len(), 40);
}

/// Zero is announced to all who wait for it.
pub(crate) fn j3_every_joiner_is_woken<K: Kind>() {
    let queue = queue_of::<K>(1);
    let joiners: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.join())
        })
        .collect();
    queue.task_done();
    joiners.into_iter().for_each(CheckedThread::join);
}

/// Unlike Python's, `join` has a grid; and it can be called again.
pub(crate) fn j4_join_can_have_a_time_limit_and_be_repeated<K: Kind>() {
    let queue = queue_of::<K>(1);
    assert!(!queue.join_timeout(Duration::ZERO));
    let start = Instant::now();
    assert!(!queue.join_timeout(*delay::SHORT));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(!queue.join_deadline(start));
    queue.task_done();
    assert!(queue.join_deadline(start));
    queue.join();
    queue.join();
}

/// Getting an item is not finishing it.
pub(crate) fn j5_get_does_not_count<K: Kind>() {
    let queue = queue_of::<K>(3);
    queue.get().unwrap();
    queue.get_many(2).unwrap();
    assert_eq!(queue.unfinished_tasks(), 3);
}
