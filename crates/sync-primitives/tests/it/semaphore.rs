//! `Semaphore` and `BoundedSemaphore`: a suite that both pass, and what they differ in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{BoundedSemaphore, Permit, Semaphore};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::waiting::{Waiter, panic_text, shared, spawn_interruptible, spawn_waiting};

trait SemaphoreKind: Send + Sync + 'static {
    fn new(permits: usize) -> Self;
    fn acquire(&self) -> Permit<'_>;
    fn try_acquire(&self) -> Option<Permit<'_>>;
    fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>>;
    fn acquire_deadline(&self, deadline: Instant) -> Option<Permit<'_>>;
    fn acquire_many(&self, n: usize) -> Permit<'_>;
    fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>>;
    fn acquire_many_timeout(&self, n: usize, timeout: Duration) -> Option<Permit<'_>>;
    fn acquire_many_deadline(&self, n: usize, deadline: Instant) -> Option<Permit<'_>>;
    fn acquire_owned(self: &Arc<Self>) -> Permit<'static>;
    fn try_acquire_owned(self: &Arc<Self>) -> Option<Permit<'static>>;
    fn acquire_owned_timeout(self: &Arc<Self>, timeout: Duration) -> Option<Permit<'static>>;
    fn acquire_owned_deadline(self: &Arc<Self>, deadline: Instant) -> Option<Permit<'static>>;
    fn release(&self);
    fn release_many(&self, n: usize);
    fn available(&self) -> usize;

    /// A shared semaphore that had `total` permits, of which `taken` were taken for good.
    fn with_taken(total: usize, taken: usize) -> &'static Self
    where
        Self: Sized,
    {
        let semaphore = shared(Self::new(total));
        if taken > 0 {
            semaphore.acquire_many(taken).forget();
        }
        semaphore
    }
}

macro_rules! forward {
    ($kind:ident) => {
        impl SemaphoreKind for $kind {
            fn new(permits: usize) -> Self {
                Self::new(permits)
            }
            fn acquire(&self) -> Permit<'_> {
                self.acquire()
            }
            fn try_acquire(&self) -> Option<Permit<'_>> {
                self.try_acquire()
            }
            fn acquire_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
                self.acquire_timeout(timeout)
            }
            fn acquire_deadline(&self, deadline: Instant) -> Option<Permit<'_>> {
                self.acquire_deadline(deadline)
            }
            fn acquire_many(&self, n: usize) -> Permit<'_> {
                self.acquire_many(n)
            }
            fn try_acquire_many(&self, n: usize) -> Option<Permit<'_>> {
                self.try_acquire_many(n)
            }
            fn acquire_many_timeout(&self, n: usize, timeout: Duration) -> Option<Permit<'_>> {
                self.acquire_many_timeout(n, timeout)
            }
            fn acquire_many_deadline(&self, n: usize, deadline: Instant) -> Option<Permit<'_>> {
                self.acquire_many_deadline(n, deadline)
            }
            fn acquire_owned(self: &Arc<Self>) -> Permit<'static> {
                $kind::acquire_owned(self)
            }
            fn try_acquire_owned(self: &Arc<Self>) -> Option<Permit<'static>> {
                $kind::try_acquire_owned(self)
            }
            fn acquire_owned_timeout(
                self: &Arc<Self>,
                timeout: Duration,
            ) -> Option<Permit<'static>> {
                $kind::acquire_owned_timeout(self, timeout)
            }
            fn acquire_owned_deadline(
                self: &Arc<Self>,
                deadline: Instant,
            ) -> Option<Permit<'static>> {
                $kind::acquire_owned_deadline(self, deadline)
            }
            fn release(&self) {
                self.release();
            }
            fn release_many(&self, n: usize) {
                self.release_many(n);
            }
            fn available(&self) -> usize {
                self.available()
            }
        }
    };
}

forward!(Semaphore);
forward!(BoundedSemaphore);

macro_rules! suite {
    ($($test:ident)*) => {
        mod of_semaphore {
            $(
                #[test]
                fn $test() {
                    super::$test::<super::Semaphore>();
                }
            )*
        }

        mod of_bounded_semaphore {
            $(
                #[test]
                fn $test() {
                    super::$test::<super::BoundedSemaphore>();
                }
            )*
        }
    };
}

suite! {
    s1_any_initial_value_up_to_the_maximum
    s2_acquire_takes_one_or_waits
    s3_try_acquire_never_waits
    s4_a_timeout_limits_the_wait
    s5_the_timeout_is_one_deadline_over_all_wake_ups
    s6_release_many_wakes_as_many_as_it_is_enough_for
    s6_zero_permits_are_a_bug
    s10_waiters_are_served_in_their_order
    s10_nobody_passes_a_waiter_that_wants_more_than_there_is
    s10_who_gives_up_lets_those_behind_it_through
    s10_a_waiter_that_was_passed_for_long_is_handed_a_permit
    s10_what_a_woken_waiter_cannot_use_goes_to_the_next
    s11_a_permit_is_given_back_on_every_way_out
    owned_permits_keep_the_semaphore_alive
    interrupt_ends_a_wait_without_a_permit
    interrupt_that_ended_a_wait_cannot_be_taken_back
    interrupt_of_a_large_wish_lets_those_behind_it_through
}

/// Zero is allowed, and so is the largest number.
fn s1_any_initial_value_up_to_the_maximum<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    assert!(S::new(0).try_acquire().is_none());
    let most = S::new(Semaphore::MAX_PERMITS);
    assert_eq!(most.available(), Semaphore::MAX_PERMITS);
    let all = most.acquire_many(Semaphore::MAX_PERMITS);
    assert_eq!(most.available(), 0);
    drop(all);
    assert_eq!(most.available(), Semaphore::MAX_PERMITS);
    panic_text(|| S::new(Semaphore::MAX_PERMITS + 1));
}

/// As long as there are permits nobody waits; then one release lets one through.
fn s2_acquire_takes_one_or_waits<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(2, 0);
    semaphore.acquire().forget();
    semaphore.acquire().forget();
    assert_eq!(semaphore.available(), 0);
    let through = shared(Counter::new());
    let waiters = [(); 2].map(|()| {
        spawn_waiting(WaitKind::Semaphore, || {
            semaphore.acquire().forget();
            through.add(1);
        })
    });
    for n in 1..=2 {
        semaphore.release();
        through.wait_for(n);
        assert_eq!(through.get(), n);
        assert_eq!(semaphore.available(), 0);
    }
    waiters.into_iter().for_each(Waiter::join);
}

/// It succeeds exactly as often as there are permits.
fn s3_try_acquire_never_waits<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(7, 0);
    let tries: Vec<_> = (0..4)
        .map(|_| {
            checked_spawn(|| {
                let taken = (0..3).filter_map(|_| semaphore.try_acquire());
                taken.map(Permit::forget).count()
            })
        })
        .collect();
    let taken: usize = tries.into_iter().map(|thread| thread.join()).sum();
    assert_eq!(taken, 7);
    assert!(semaphore.try_acquire_many(1).is_none());
}

/// Zero and the past try once; a timed wait that fails takes nothing.
fn s4_a_timeout_limits_the_wait<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(2, 1);
    let long_ago = Instant::now();
    drop(semaphore.acquire_timeout(Duration::ZERO).unwrap());
    drop(semaphore.acquire_timeout(Duration::MAX).unwrap());
    drop(semaphore.acquire_deadline(long_ago).unwrap());
    drop(semaphore.acquire_many_timeout(1, Duration::ZERO).unwrap());
    drop(semaphore.acquire_many_deadline(1, long_ago).unwrap());
    assert!(semaphore.acquire_many_timeout(2, Duration::ZERO).is_none());
    assert!(semaphore.acquire_many_deadline(2, long_ago).is_none());
    let start = Instant::now();
    assert!(semaphore.acquire_many_timeout(2, *delay::SHORT).is_none());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    let _last = semaphore.acquire();
    let start = Instant::now();
    assert!(semaphore.acquire_timeout(*delay::SHORT).is_none());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    let deadline = Instant::now() + *delay::SHORT;
    assert!(semaphore.acquire_deadline(deadline).is_none());
    assert!(Instant::now() >= deadline);
    assert_eq!(semaphore.available(), 0);
}

/// A waiter that is woken and finds the permit gone does not wait longer for it.
fn s5_the_timeout_is_one_deadline_over_all_wake_ups<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(1, 1);
    let waiter = spawn_waiting(WaitKind::Semaphore, || {
        let start = Instant::now();
        let got_it = semaphore.acquire_timeout(*delay::MEDIUM).is_some();
        (got_it, start.elapsed())
    });
    // What is released is taken again at once, as far as the waiter is not quicker.
    let start = Instant::now();
    while !waiter.is_finished() {
        semaphore.release();
        semaphore.acquire().forget();
        assert!(start.elapsed() < *delay::LONG);
    }
    let (got_it, elapsed) = waiter.join();
    assert!(got_it || elapsed >= *delay::MEDIUM);
}

/// Three permits serve three of four waiters.
fn s6_release_many_wakes_as_many_as_it_is_enough_for<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(9, 9);
    let through = shared(Counter::new());
    let waiters = [(); 4].map(|()| {
        spawn_waiting(WaitKind::Semaphore, || {
            semaphore.acquire().forget();
            through.add(1);
        })
    });
    semaphore.release_many(3);
    through.wait_for(3);
    assert_eq!((through.get(), semaphore.available()), (3, 0));
    semaphore.release_many(3);
    through.wait_for(4);
    waiters.into_iter().for_each(Waiter::join);
    assert_eq!(semaphore.available(), 2);
}

/// Nothing is released or acquired; it panics at the caller.
fn s6_zero_permits_are_a_bug<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(3, 1);
    assert!(panic_text(|| semaphore.release_many(0)).contains("0 permits"));
    assert!(panic_text(|| semaphore.acquire_many(0)).contains("0 permits"));
    panic_text(|| semaphore.try_acquire_many(0));
    panic_text(|| semaphore.acquire_many_timeout(0, *delay::LONG));
    panic_text(|| semaphore.acquire_many_deadline(0, Instant::now()));
    panic_text(|| semaphore.acquire_many(Semaphore::MAX_PERMITS + 1));
    assert_eq!(semaphore.available(), 2);
}

/// First come, first served.
fn s10_waiters_are_served_in_their_order<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(5, 5);
    let waiters: Vec<_> = (0..5)
        .map(|_| spawn_waiting(WaitKind::Semaphore, || semaphore.acquire().forget()))
        .collect();
    for waiter in waiters {
        semaphore.release();
        waiter.join();
    }
    assert_eq!(semaphore.available(), 0);
}

/// Two permits are there and not to be had, while the first waiter wants three.
fn s10_nobody_passes_a_waiter_that_wants_more_than_there_is<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(5, 3);
    let large = spawn_waiting(WaitKind::Semaphore, || semaphore.acquire_many(3).forget());
    assert_eq!(semaphore.available(), 2);
    assert!(semaphore.try_acquire().is_none());
    assert!(semaphore.acquire_timeout(*delay::SHORT).is_none());
    let small = spawn_waiting(WaitKind::Semaphore, || semaphore.acquire().forget());
    semaphore.release();
    large.join();
    assert!(small.is_waiting());
    semaphore.release();
    small.join();
    assert_eq!(semaphore.available(), 0);
}

/// When a waiter that wanted too much gives up, the permits go to those who waited behind it.
fn s10_who_gives_up_lets_those_behind_it_through<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(5, 3);
    let large = spawn_waiting(WaitKind::Semaphore, || {
        semaphore.acquire_many_timeout(3, *delay::MEDIUM).is_some()
    });
    let small =
        [(); 2].map(|()| spawn_waiting(WaitKind::Semaphore, || semaphore.acquire().forget()));
    assert!(!large.join());
    small.into_iter().for_each(Waiter::join);
    assert_eq!(semaphore.available(), 0);
}

/// After a millisecond of waiting, a release hands it the permit: no running thread can be quicker.
fn s10_a_waiter_that_was_passed_for_long_is_handed_a_permit<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(1, 0);
    for _ in 0..20 {
        let permit = semaphore.acquire();
        let leave = shared(Flag::new());
        let waiter = spawn_waiting(WaitKind::Semaphore, || {
            let _permit = semaphore.acquire();
            leave.wait();
        });
        waiter.until_out_of_patience();
        drop(permit);
        assert!(semaphore.try_acquire().is_none());
        leave.set();
        waiter.join();
        assert_eq!(semaphore.available(), 1);
    }
}

/// A waiter that is woken and finds too little, because another thread was quicker, wakes those for whom it is enough.
fn s10_what_a_woken_waiter_cannot_use_goes_to_the_next<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    for _ in 0..100 {
        let semaphore = S::with_taken(6, 6);
        let large = spawn_waiting(WaitKind::Semaphore, || semaphore.acquire_many(3).forget());
        let small = spawn_waiting(WaitKind::Semaphore, || semaphore.acquire_many(2).forget());
        semaphore.release_many(3);
        if let Some(permit) = semaphore.try_acquire() {
            permit.forget();
            small.join();
            semaphore.release_many(3);
            large.join();
        } else {
            large.join();
            semaphore.release_many(2);
            small.join();
        }
        assert_eq!(semaphore.available(), 0);
    }
}

/// Also when the code panics.
fn s11_a_permit_is_given_back_on_every_way_out<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::new(4);
    panic_text(|| {
        let _one = semaphore.acquire();
        let _many = semaphore.acquire_many(3);
        assert!(semaphore.try_acquire().is_some(), "none is left");
    });
    assert_eq!(semaphore.available(), 4);
}

/// They can be moved away, and give back to a semaphore that nobody else has.
fn owned_permits_keep_the_semaphore_alive<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = Arc::new(S::new(2));
    let first = semaphore.acquire_owned();
    let second = semaphore.try_acquire_owned().unwrap();
    assert!(semaphore.try_acquire_owned().is_none());
    assert!(semaphore.acquire_owned_timeout(*delay::SHORT).is_none());
    assert!(semaphore.acquire_owned_deadline(Instant::now()).is_none());
    checked_spawn(move || drop(first)).join();
    drop(semaphore.acquire_owned_timeout(Duration::ZERO).unwrap());
    drop(semaphore.acquire_owned_deadline(Instant::now()).unwrap());
    assert_eq!(semaphore.available(), 1);
    let weak = Arc::downgrade(&semaphore);
    drop(semaphore);
    second.forget();
    assert!(weak.upgrade().is_none(), "a forgotten permit leaks nothing");
}

/// The permit that comes afterwards goes to somebody else.
fn interrupt_ends_a_wait_without_a_permit<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(1, 1);
    let waiter = spawn_interruptible(WaitKind::Semaphore, || semaphore.acquire().forget());
    waiter.interrupt("stop");
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    semaphore.release();
    assert_eq!(semaphore.available(), 1);
    drop(semaphore.acquire());
}

/// What has ended a wait leaves from it.
fn interrupt_that_ended_a_wait_cannot_be_taken_back<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(1, 1);
    let waiter = spawn_interruptible(WaitKind::Semaphore, || semaphore.acquire().forget());
    // Who was on its way into the queue is there once another thread has had the queue's lock.
    assert!(semaphore.try_acquire().is_none());
    waiter.interrupt("stop");
    let taken_back = waiter.record.cancel_raise();
    assert!(taken_back.is_none());
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
}

/// As when its time runs out.
fn interrupt_of_a_large_wish_lets_those_behind_it_through<S: SemaphoreKind>() {
    let _watchdog = watchdog();
    let semaphore = S::with_taken(5, 4);
    let large = spawn_interruptible(WaitKind::Semaphore, || semaphore.acquire_many(2).forget());
    let small = spawn_waiting(WaitKind::Semaphore, || semaphore.acquire().forget());
    large.interrupt("stop");
    assert!(large.join().is_err());
    small.join();
    assert_eq!(semaphore.available(), 0);
}

/// A plain semaphore only has an upper limit of its kind.
#[test]
fn s7_a_semaphore_may_be_released_above_its_initial_value() {
    let _watchdog = watchdog();
    let semaphore = Semaphore::default();
    semaphore.release_many(3);
    assert_eq!(semaphore.available(), 4);
    let text = panic_text(|| semaphore.release_many(Semaphore::MAX_PERMITS - 3));
    assert!(
        text.contains("more permits than a Semaphore can have"),
        "{text}"
    );
    assert_eq!(semaphore.available(), 4);
    semaphore.release_many(Semaphore::MAX_PERMITS - 4);
    panic_text(|| semaphore.release());
    assert_eq!(semaphore.available(), Semaphore::MAX_PERMITS);
}

/// Nothing is released, not even the part that would have fitted.
#[test]
fn s8_release_beyond_the_bound_is_a_bug() {
    let _watchdog = watchdog();
    let semaphore = BoundedSemaphore::default();
    panic_text(|| semaphore.release());
    semaphore.acquire().forget();
    let text = panic_text(|| semaphore.release_many(2));
    assert!(text.contains("beyond its initial value"), "{text}");
    assert_eq!(semaphore.available(), 0);
    semaphore.release();
    assert_eq!(semaphore.available(), 1);
    panic_text(|| BoundedSemaphore::new(0).release());
}

/// Zero is the first thing that is looked at.
#[test]
fn s9_the_number_is_looked_at_before_the_bound() {
    let _watchdog = watchdog();
    let semaphore = BoundedSemaphore::new(1);
    assert!(panic_text(|| semaphore.release_many(0)).contains("0 permits"));
}

/// It would wait for ever.
#[test]
fn s8_more_than_the_bound_cannot_be_acquired() {
    let _watchdog = watchdog();
    let semaphore = BoundedSemaphore::new(2);
    let text = panic_text(|| semaphore.acquire_many(3));
    assert!(
        text.contains("more permits than a BoundedSemaphore ever has"),
        "{text}"
    );
    assert_eq!(semaphore.available(), 2);
}

/// A permit that somebody else has given back already gives back nothing, and does not panic.
#[test]
fn s8_a_permit_dropped_at_the_bound_does_not_pass_it() {
    let _watchdog = watchdog();
    let semaphore = BoundedSemaphore::new(3);
    let two = semaphore.acquire_many(2);
    semaphore.release();
    drop(two);
    assert_eq!(semaphore.available(), 3);
    let owned = Arc::new(BoundedSemaphore::new(1));
    let permit = owned.acquire_owned();
    owned.release();
    drop(permit);
    assert_eq!(owned.available(), 1);
}
