//! The end of a queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_queue::GetError;
use test_support::{CheckedThread, delay};

use crate::blocked::blocked;
use crate::kind::{Kind, queue, queue_of};

/// There is no way back, in whatever order the two are called.
pub(crate) fn z1_shutdown_is_for_ever_and_may_be_repeated<K: Kind>() {
    let queue = queue_of::<K>(2);
    assert!(!queue.is_shutdown());
    queue.shutdown();
    queue.shutdown();
    assert!(queue.is_shutdown());
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.shutdown_now().len(), 2);
    assert!(queue.shutdown_now().is_empty());
    queue.shutdown();
    assert!(queue.is_shutdown());
    assert_eq!(queue.try_get(), Err(GetError::ShutDown));
}

/// Nothing can be put any more, whatever room there is.
pub(crate) fn z2_put_is_refused_after_shutdown<K: Kind>() {
    for maxsize in [0, 5] {
        let queue = queue::<K>(maxsize);
        queue.shutdown();
        assert_eq!(queue.put(1).unwrap_err().into_inner(), 1);
        assert!(queue.try_put(1).unwrap_err().is_shutdown());
        assert!(
            queue
                .put_timeout(1, *delay::LONG)
                .unwrap_err()
                .is_shutdown()
        );
        assert!(queue.put_many([1, 2]).unwrap_err().is_shutdown());
        assert_eq!(queue.unfinished_tasks(), 0);
    }
}

/// What was put before can be got; then every get says `ShutDown`, never `Empty`.
pub(crate) fn z3_what_is_in_the_queue_can_still_be_got<K: Kind>() {
    let queue = queue_of::<K>(4);
    queue.shutdown();
    let expected = K::sorted(vec![1, 2, 3, 4]);
    assert_eq!(queue.get(), Ok(expected[0]));
    assert_eq!(queue.try_get(), Ok(expected[1]));
    assert_eq!(queue.get_timeout(Duration::ZERO), Ok(expected[2]));
    assert_eq!(queue.get_deadline(Instant::now()), Ok(expected[3]));
    assert_eq!(queue.get(), Err(GetError::ShutDown));
    assert_eq!(queue.try_get(), Err(GetError::ShutDown));
    assert_eq!(queue.get_timeout(Duration::ZERO), Err(GetError::ShutDown));
    assert_eq!(queue.get_timeout(*delay::LONG), Err(GetError::ShutDown));
    assert_eq!(queue.get_deadline(Instant::now()), Err(GetError::ShutDown));
    assert_eq!(queue.get_many(3), Err(GetError::ShutDown));
    assert_eq!(queue.try_get_many(3), Err(GetError::ShutDown));
}

/// Blocked putters end, with and without a time limit, and nothing of theirs is stored.
pub(crate) fn z4_blocked_putters_get_their_items_back<K: Kind>() {
    for now in [false, true] {
        let queue = queue::<K>(1);
        queue.put(0).unwrap();
        let putters: Vec<_> = (1..=4)
            .map(|n| {
                let queue = Arc::clone(&queue);
                blocked(move || match n % 2 {
                    0 => queue.put(n).unwrap_err(),
                    _ => queue.put_timeout(n, *delay::LONG).unwrap_err(),
                })
            })
            .collect();
        if now {
            assert_eq!(queue.shutdown_now(), [0]);
        } else {
            queue.shutdown();
        }
        for (n, putter) in (1..).zip(putters) {
            let error = putter.join();
            assert!(error.is_shutdown());
            assert_eq!(error.into_inner(), n);
        }
        assert_eq!(queue.len(), usize::from(!now));
    }
}

/// Blocked getters of an empty queue all end, with and without a time limit.
pub(crate) fn z5_blocked_getters_are_all_woken<K: Kind>() {
    for now in [false, true] {
        let queue = queue::<K>(0);
        let getters: Vec<_> = (0..4)
            .map(|n| {
                let queue = Arc::clone(&queue);
                blocked(move || match n % 2 {
                    0 => queue.get(),
                    _ => queue.get_timeout(*delay::LONG),
                })
            })
            .collect();
        if now {
            assert!(queue.shutdown_now().is_empty());
        } else {
            queue.shutdown();
        }
        for getter in getters {
            assert_eq!(getter.join(), Err(GetError::ShutDown));
        }
    }
}

/// Of three getters and two items exactly one getter goes without.
pub(crate) fn z5_blocked_getters_share_what_is_left<K: Kind>() {
    let queue = queue::<K>(0);
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.get())
        })
        .collect();
    queue.put_many([1, 2]).unwrap();
    queue.shutdown();
    let got: Vec<_> = getters.into_iter().map(CheckedThread::join).collect();
    assert_eq!(got.iter().filter(|got| got.is_ok()).count(), 2);
}

/// A shutdown does not end the work: `join` still waits for it.
pub(crate) fn z6_join_still_needs_task_done_after_shutdown<K: Kind>() {
    let queue = queue_of::<K>(1);
    let joiner = blocked({
        let queue = Arc::clone(&queue);
        move || queue.join()
    });
    queue.shutdown();
    joiner.wait_until_asleep();
    assert!(!queue.join_timeout(Duration::ZERO));
    queue.get().unwrap();
    queue.task_done();
    joiner.join();
}

/// What was in the queue is handed out in its order, and counts as done.
pub(crate) fn z7_shutdown_now_hands_out_what_it_drained<K: Kind>() {
    let items = vec![2, 3, 1, 3];
    let queue = queue::<K>(4);
    queue.put_many(items.clone()).unwrap();
    assert_eq!(queue.shutdown_now(), K::sorted(items));
    assert!(queue.is_empty() && queue.is_shutdown());
    assert_eq!(queue.unfinished_tasks(), 0);
}

/// A normal shutdown can be followed by an immediate one.
pub(crate) fn z7_shutdown_now_after_shutdown_drains_too<K: Kind>() {
    let queue = queue_of::<K>(2);
    queue.shutdown();
    assert_eq!(queue.shutdown_now(), K::sorted(vec![1, 2]));
    assert_eq!(queue.get(), Err(GetError::ShutDown));
}

/// The drain ends the wait of joiners if nothing is in work.
pub(crate) fn z8_joiners_return_after_the_drain_if_nothing_is_in_work<K: Kind>() {
    let queue = queue_of::<K>(3);
    let joiner = blocked({
        let queue = Arc::clone(&queue);
        move || queue.join()
    });
    assert_eq!(queue.shutdown_now().len(), 3);
    joiner.join();
}

/// An item that was got before the drain still holds the joiners.
pub(crate) fn z8_joiners_wait_for_what_is_in_work<K: Kind>() {
    let queue = queue_of::<K>(3);
    queue.get().unwrap();
    let joiner = blocked({
        let queue = Arc::clone(&queue);
        move || queue.join()
    });
    assert_eq!(queue.shutdown_now().len(), 2);
    assert_eq!(queue.unfinished_tasks(), 1);
    joiner.wait_until_asleep();
    queue.task_done();
    joiner.join();
}

/// What was drained is done already. Marked done before it was drained, it is not counted twice.
pub(crate) fn z9_task_done_after_a_drain_panics<K: Kind>() {
    let queue = queue_of::<K>(2);
    queue.task_done();
    assert_eq!(queue.shutdown_now().len(), 2);
    assert_eq!(queue.unfinished_tasks(), 0);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.task_done())).is_err());
    queue.join();
}

/// What was drained counts as done, so `join` says nothing about it: whoever drained it has it.
pub(crate) fn z12_join_returns_after_a_drain_though_the_work_was_not_done<K: Kind>() {
    let queue = queue_of::<K>(2);
    let undone = queue.shutdown_now();
    queue.join();
    assert_eq!(undone.len(), 2);
}

/// Sizes are as true as before.
pub(crate) fn z10_sizes_stay_true_after_shutdown<K: Kind>() {
    let queue = queue::<K>(2);
    queue.put_many([1, 2]).unwrap();
    queue.shutdown();
    assert!(queue.len() == 2 && queue.is_full());
    queue.get().unwrap();
    assert!(queue.len() == 1 && !queue.is_full() && !queue.is_empty());
    drop(queue.shutdown_now());
    assert!(queue.is_empty());
}

/// Writers, readers, joiners and the one who shuts the queue down all end.
pub(crate) fn z_blocked_calls_of_every_kind_end_together<K: Kind>() {
    for round in 0..20 {
        let queue = queue::<K>(2);
        let writers: Vec<_> = (0..4)
            .map(|_| {
                let queue = Arc::clone(&queue);
                test_support::checked_spawn(move || {
                    (0..50).map_while(|n| queue.put(n).ok()).count()
                })
            })
            .collect();
        let readers: Vec<_> = (0..6)
            .map(|_| {
                let queue = Arc::clone(&queue);
                test_support::checked_spawn(move || queue.tasks().count())
            })
            .collect();
        let joiners: Vec<_> = (0..2)
            .map(|_| {
                let queue = Arc::clone(&queue);
                test_support::checked_spawn(move || queue.join())
            })
            .collect();
        let drained = if round % 2 == 0 {
            queue.shutdown();
            0
        } else {
            queue.shutdown_now().len()
        };
        let put: usize = writers.into_iter().map(CheckedThread::join).sum();
        let got: usize = readers.into_iter().map(CheckedThread::join).sum();
        joiners.into_iter().for_each(CheckedThread::join);
        assert_eq!(put, got + drained);
        assert_eq!(queue.unfinished_tasks(), 0);
    }
}
