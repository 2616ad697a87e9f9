//! `Semaphore`: there are never more holders than permits, and no permit lies beside a sleeper who could have it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pythreads_sync_primitives::{BoundedSemaphore, Permit, Semaphore};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::plain::Plain;
use crate::target::Target;

/// A semaphore that counts how often its permits were taken; alone, if there is but one.
#[derive(Debug)]
struct Counted {
    semaphore: Semaphore,
    taken: Plain,
}

impl Counted {
    fn new(permits: usize) -> Arc<Self> {
        share(Self {
            semaphore: Semaphore::new(permits),
            taken: Plain::default(),
        })
    }

    /// Takes a permit for a moment.
    fn visit(&self) {
        let _permit = self.semaphore.acquire();
        self.taken.add(1);
    }

    /// Takes permits for good.
    fn keep(&self, n: usize) {
        self.semaphore.acquire_many(n).forget();
    }

    fn keep_timed(&self, n: usize) -> bool {
        let permit = self.semaphore.acquire_many_timeout(n, SOON);
        permit.map(Permit::forget).is_some()
    }
}

fn spawn_with<T: Send + 'static>(
    counted: &Arc<Counted>,
    body: impl FnOnce(&Counted) -> T + Send + 'static,
) -> JoinHandle<T> {
    let counted = Arc::clone(counted);
    spawn(move || body(&counted))
}

/// With one permit it is a lock, and the permit is there again at the end.
#[test]
fn holders_of_one_permit_are_alone() {
    check(|| {
        let counted = Counted::new(1);
        let threads = [
            spawn_with(&counted, Counted::visit),
            spawn_with(&counted, Counted::visit),
        ];
        counted.visit();
        join(threads);
        assert_eq!(counted.semaphore.available(), 1);
        assert_eq!(counted.taken.get(), 3);
    });
}

/// Who has run out of patience is granted its permit, which no newcomer gets as well.
#[test]
fn a_granted_permit_is_taken_once() {
    check(|| {
        let counted = Counted::new(0);
        let passed = spawn_with(&counted, Counted::visit);
        strike();
        let newcomer = spawn_with(&counted, Counted::visit);
        counted.semaphore.release();
        join([passed, newcomer]);
        assert_eq!(counted.semaphore.available(), 1);
        assert_eq!(counted.taken.get(), 2);
    });
}

/// Who gives up waiting takes no permit with it.
#[test]
fn a_timeout_costs_nobody_a_permit() {
    check(|| {
        let counted = Counted::new(0);
        let timed = spawn_with(&counted, |counted| counted.keep_timed(1));
        let patient = spawn_with(&counted, |counted| counted.keep(1));
        counted.semaphore.release();
        strike();
        if timed.join().unwrap() {
            counted.semaphore.release();
        }
        patient.join().unwrap();
        assert_eq!(counted.semaphore.available(), 0);
    });
}

/// As with time.
#[test]
fn an_interrupt_costs_nobody_a_permit() {
    check(|| {
        let counted = Counted::new(0);
        let target = Target::spawn({
            let counted = Arc::clone(&counted);
            move || counted.keep(1)
        });
        let patient = spawn_with(&counted, |counted| counted.keep(1));
        counted.semaphore.release();
        target.interrupt();
        if target.join().is_some() {
            counted.semaphore.release();
        }
        patient.join().unwrap();
        assert_eq!(counted.semaphore.available(), 0);
    });
}

/// One who wants many is reached by permits that come one by one, and others still get theirs.
#[test]
fn many_are_gathered() {
    check(|| {
        let counted = Counted::new(0);
        let greedy = spawn_with(&counted, |counted| counted.keep(2));
        let modest = spawn_with(&counted, |counted| counted.keep(1));
        for _ in 0..3 {
            counted.semaphore.release();
        }
        join([greedy, modest]);
        assert_eq!(counted.semaphore.available(), 0);
    });
}

/// When the first in the queue, for whom there was too little, gives up, those behind it are served.
#[test]
fn who_gives_up_clears_the_way() {
    check(|| {
        let counted = Counted::new(1);
        let greedy = spawn_with(&counted, |counted| counted.keep_timed(2));
        let modest = spawn_with(&counted, |counted| counted.keep(1));
        strike();
        modest.join().unwrap();
        assert!(!greedy.join().unwrap());
        assert_eq!(counted.semaphore.available(), 0);
    });
}

/// A waiter that was promised permits and finds that a newcomer was quicker leaves the rest to those behind it.
#[test]
fn a_broken_promise_serves_the_next() {
    check(|| {
        let counted = Counted::new(0);
        let spawn_keeping = |n| {
            let counted = Arc::clone(&counted);
            Target::spawn(move || counted.keep(n))
        };
        let semaphore = &counted.semaphore;
        let greedy = spawn_keeping(2);
        let greedy_is_first = greedy.is_waiting();
        let modest = spawn_keeping(1);
        // Who was on its way into the queue is there once another thread has had the queue's lock.
        let both_wait = greedy_is_first && modest.is_waiting() && semaphore.try_acquire().is_none();
        semaphore.release_many(2);
        let newcomer_was_quicker = semaphore.try_acquire().map(Permit::forget).is_some();
        if both_wait && newcomer_was_quicker {
            modest.join();
            semaphore.release_many(2);
        } else {
            semaphore.release_many(1 + usize::from(newcomer_was_quicker));
            modest.join();
        }
        greedy.join();
        assert_eq!(semaphore.available(), 0);
    });
}

/// Whether the permit was accepted. The refusal is caught at once, because for a checker all threads unwind at a time.
fn releases(semaphore: &BoundedSemaphore) -> bool {
    catch_unwind(AssertUnwindSafe(|| semaphore.release())).is_ok()
}

/// Of two threads that release one permit too many, one is refused, whoever wakes up meanwhile.
#[test]
fn a_bound_refuses_one_release_of_two() {
    check(|| {
        let semaphore = share(BoundedSemaphore::new(1));
        semaphore.acquire().forget();
        let others = [(); 2].map(|()| {
            let semaphore = Arc::clone(&semaphore);
            spawn(move || releases(&semaphore))
        });
        let [one, other] = join(others);
        assert!(one != other);
        assert_eq!(semaphore.available(), 1);
    });
}

/// A waiter is let through by a bounded semaphore as well, and its permit comes back.
#[test]
fn a_bounded_permit_is_taken_once() {
    check(|| {
        let semaphore = share(BoundedSemaphore::new(1));
        let number = share(Plain::default());
        let others = [(); 2].map(|()| {
            let (semaphore, number) = (Arc::clone(&semaphore), Arc::clone(&number));
            spawn(move || {
                let _permit = semaphore.acquire();
                number.add(1);
            })
        });
        join(others);
        assert_eq!((number.get(), semaphore.available()), (2, 1));
    });
}

/// A permit that somebody else has given back already adds nothing when it is dropped.
#[test]
fn a_permit_is_not_given_back_beyond_the_bound() {
    check(|| {
        let semaphore = share(BoundedSemaphore::new(1));
        let stray = spawn({
            let semaphore = Arc::clone(&semaphore);
            move || releases(&semaphore)
        });
        drop(semaphore.acquire());
        stray.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}
