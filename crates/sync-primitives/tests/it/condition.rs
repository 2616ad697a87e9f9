//! `Condition`: a suite over each kind of lock, and what is said of it besides.

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Condition, Lock, RLock};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::lock_kind::{LockKind, add, for_each_lock_kind, number};
use crate::waiting::{Waiter, panic_text, shared, spawn_interruptible, spawn_waiting};

for_each_lock_kind! {
    c1_a_lock_may_have_several_conditions
    c4_a_waiter_gives_up_the_lock_and_has_it_again_afterwards
    c5_a_wait_returns_whether_it_was_notified
    c6_a_zero_timeout_gives_up_the_lock_for_a_moment
    c7_taking_the_lock_again_is_not_limited
    c8_notify_selects_the_oldest_waiters
    c8_a_notification_without_waiters_is_not_remembered
    c9_nobody_runs_before_the_notifier_releases_the_lock
    c10_notify_all_selects_the_waiters_of_that_moment
    c11_only_a_notification_wakes
    c12_a_notification_is_not_lost_to_a_timeout
    c13_a_predicate_that_holds_is_not_waited_for
    c14_wait_for_has_one_deadline_and_asks_once_more
    c15_a_panic_of_the_predicate_leaves_the_lock_held
    c17_a_notification_passes_over_an_interrupted_waiter
    c18_a_waiter_that_gave_up_takes_no_notification
    interrupt_ends_a_wait_with_the_lock_held
    interrupt_after_the_notification_is_left_for_later
    interrupt_that_ended_a_wait_cannot_be_taken_back
    interrupt_of_wait_for_passes_through
    a_guard_of_another_lock_is_a_bug
}

/// A lock with a condition.
struct Monitor<K: LockKind> {
    lock: K::Lock,
    condition: Condition,
}

impl<K: LockKind> Monitor<K> {
    fn shared() -> &'static Self {
        shared(Self {
            lock: K::new(),
            condition: Condition::new(),
        })
    }

    /// A thread that waits, and returns whether it was notified and what the number was then.
    #[track_caller]
    fn spawn_waiter(&'static self, timeout: Duration) -> Waiter<(bool, usize)> {
        spawn_waiting(WaitKind::Condition, move || {
            let mut guard = K::acquire(&self.lock);
            let notified = self.condition.wait_timeout(&mut guard, timeout);
            (notified, number(&guard))
        })
    }
}

/// Each condition has its own waiters.
fn c1_a_lock_may_have_several_conditions<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let other = shared(Condition::new());
    let first = monitor.spawn_waiter(Duration::MAX);
    let second = spawn_waiting(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        other.wait(&mut guard);
        number(&guard)
    });
    let guard = K::acquire(&monitor.lock);
    add(&guard, 1);
    monitor.condition.notify_all(&guard);
    drop(guard);
    assert_eq!(first.join(), (true, 1));
    assert!(second.is_waiting());
    let guard = K::acquire(&monitor.lock);
    add(&guard, 1);
    other.notify_one(&guard);
    drop(guard);
    assert_eq!(second.join(), 2);
}

/// While a thread waits, others may have the lock; when it returns, it has it.
fn c4_a_waiter_gives_up_the_lock_and_has_it_again_afterwards<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = spawn_waiting(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        monitor.condition.wait(&mut guard);
        checked_spawn(|| K::try_acquire(&monitor.lock).is_none()).join()
    });
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert!(waiter.join(), "somebody else got the lock");
    assert!(!K::locked(&monitor.lock));
}

/// `true` if notified, `false` once the time has run out.
fn c5_a_wait_returns_whether_it_was_notified<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let notified = monitor.spawn_waiter(*delay::LONG);
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert!(notified.join().0);

    let start = Instant::now();
    let mut guard = K::acquire(&monitor.lock);
    assert!(!monitor.condition.wait_timeout(&mut guard, *delay::SHORT));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    let deadline = Instant::now() + *delay::SHORT;
    assert!(!monitor.condition.wait_deadline(&mut guard, deadline));
    assert!(Instant::now() >= deadline);
}

/// Zero does not wait, but a thread that waits for the lock may come between.
fn c6_a_zero_timeout_gives_up_the_lock_for_a_moment<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    let other = spawn_waiting(K::WAIT, || add(&K::acquire(&monitor.lock), 1));
    let start = Instant::now();
    while number(&guard) == 0 {
        assert!(!monitor.condition.wait_timeout(&mut guard, Duration::ZERO));
        assert!(start.elapsed() < *delay::LONG);
    }
    other.join();
    assert!(K::locked(&monitor.lock));
}

/// A wait whose time has run out returns when it has the lock, however late.
fn c7_taking_the_lock_again_is_not_limited<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = monitor.spawn_waiter(*delay::MEDIUM);
    let guard = K::acquire(&monitor.lock);
    waiter.until_waiting(K::WAIT);
    assert!(!waiter.is_finished());
    add(&guard, 1);
    drop(guard);
    assert_eq!(waiter.join(), (false, 1));
}

/// `notify(n)` wakes the first `n` that began to wait, and nobody else.
fn c8_notify_selects_the_oldest_waiters<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let woken = shared(Counter::new());
    let waiters: Vec<_> = (0..5)
        .map(|_| {
            spawn_waiting(WaitKind::Condition, move || {
                let mut guard = K::acquire(&monitor.lock);
                monitor.condition.wait(&mut guard);
                woken.add(1);
                number(&guard)
            })
        })
        .collect();
    for (value, n, expected) in [(1, 0, 0), (2, 1, 1), (3, 3, 4), (4, 5, 5), (5, 1, 5)] {
        let guard = K::acquire(&monitor.lock);
        add(&guard, 1);
        assert_eq!(number(&guard), value);
        monitor.condition.notify(&guard, n);
        drop(guard);
        woken.wait_for(expected);
    }
    let seen: Vec<_> = waiters.into_iter().map(Waiter::join).collect();
    assert_eq!(seen, [2, 3, 3, 3, 4]);
    assert_eq!(woken.get(), 5);
}

/// Who begins to wait after the notification is not woken by it.
fn c8_a_notification_without_waiters_is_not_remembered<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    monitor.condition.notify(&guard, 7);
    monitor.condition.notify_all(&guard);
    assert!(!monitor.condition.wait_timeout(&mut guard, *delay::SHORT));
}

/// A notified thread goes on waiting until the lock is released.
fn c9_nobody_runs_before_the_notifier_releases_the_lock<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiters: Vec<_> = (0..3)
        .map(|_| monitor.spawn_waiter(Duration::MAX))
        .collect();
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_all(&guard);
    assert!(waiters.iter().all(Waiter::is_waiting));
    add(&guard, 1);
    drop(guard);
    for waiter in waiters {
        assert_eq!(waiter.join(), (true, 1));
    }
}

/// Those who wait are woken, those who come later are not.
fn c10_notify_all_selects_the_waiters_of_that_moment<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let first: Vec<_> = (0..9)
        .map(|_| monitor.spawn_waiter(Duration::MAX))
        .collect();
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_all(&guard);
    drop(guard);
    for waiter in first {
        assert!(waiter.join().0);
    }
    let late = monitor.spawn_waiter(*delay::SHORT);
    assert!(!late.join().0);
}

/// Neither the lock nor another condition wakes a waiter.
fn c11_only_a_notification_wakes<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let other = Condition::new();
    let waiter = monitor.spawn_waiter(Duration::MAX);
    for _ in 0..100 {
        let guard = K::acquire(&monitor.lock);
        add(&guard, 1);
        other.notify_all(&guard);
        drop(guard);
    }
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert_eq!(waiter.join(), (true, 100));
}

/// A waiter that was notified in time returns `true`, although its time runs out before it has the lock.
fn c12_a_notification_is_not_lost_to_a_timeout<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = monitor.spawn_waiter(*delay::MEDIUM);
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    waiter.until_waiting(K::WAIT); // its time has run out, and it takes the lock again
    drop(guard);
    assert!(waiter.join().0);
}

/// The predicate is asked first, once, and the lock is not given up.
fn c13_a_predicate_that_holds_is_not_waited_for<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    let mut asked = 0;
    monitor.condition.wait_for(&mut guard, |_| {
        asked += 1;
        true
    });
    assert_eq!(asked, 1);

    drop(guard);
    let waiter = spawn_waiting(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        let reached = |n: &AtomicUsize| number(&n) == 2;
        monitor.condition.wait_for(&mut guard, reached);
        number(&guard)
    });
    for _ in 0..2 {
        let guard = K::acquire(&monitor.lock);
        add(&guard, 1);
        monitor.condition.notify_all(&guard);
        drop(guard);
    }
    assert_eq!(waiter.join(), 2);
}

/// Notifications do not prolong it; after the last wait the predicate decides.
fn c14_wait_for_has_one_deadline_and_asks_once_more<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    let mut asked = 0;
    let mut ask = |_: &AtomicUsize| {
        asked += 1;
        false
    };
    let condition = &monitor.condition;
    assert!(!condition.wait_for_timeout(&mut guard, Duration::ZERO, &mut ask));
    assert!(!condition.wait_for_deadline(&mut guard, Instant::now(), &mut ask));
    assert_eq!(asked, 4);

    // True only at the second look, which comes after the time has run out.
    let mut looks = 0;
    let second = |_: &AtomicUsize| {
        looks += 1;
        looks == 2
    };
    assert!(condition.wait_for_timeout(&mut guard, *delay::SHORT, second));
    drop(guard);

    let start = Instant::now();
    let waiter = spawn_waiting(WaitKind::Condition, move || {
        let mut guard = K::acquire(&monitor.lock);
        monitor
            .condition
            .wait_for_timeout(&mut guard, *delay::MEDIUM, |_| false)
    });
    while !waiter.is_finished() {
        let guard = K::acquire(&monitor.lock);
        monitor.condition.notify_all(&guard);
        drop(guard);
        assert!(start.elapsed() < *delay::LONG, "notifications prolong it");
    }
    assert!(!waiter.join());
    delay::elapsed_within(start, *delay::MEDIUM, *delay::LONG);
}

/// It passes through, nobody stays registered, and the guard works.
fn c15_a_panic_of_the_predicate_leaves_the_lock_held<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    let mut looks = 0;
    let text = panic_text(|| {
        let _ = monitor
            .condition
            .wait_for_timeout(&mut guard, *delay::SHORT, |_| {
                looks += 1;
                assert!(looks == 1, "the second look");
                false
            });
    });
    assert_eq!(text, "the second look");
    assert!(!checked_spawn(|| K::try_acquire(&monitor.lock).is_some()).join());
    add(&guard, 1);
    drop(guard);
    assert!(!K::locked(&monitor.lock));
    // Nobody is bound to the lock any more.
    let other = K::new();
    monitor.condition.notify_all(&K::acquire(&other));
}

/// A notification goes to the next waiter that still waits.
fn c17_a_notification_passes_over_an_interrupted_waiter<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let interrupted = spawn_interruptible(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        monitor.condition.wait(&mut guard);
    });
    let next = monitor.spawn_waiter(Duration::MAX);
    let guard = K::acquire(&monitor.lock);
    interrupted.interrupt("stop");
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert!(interrupted.join().is_err());
    assert!(next.join().0);
}

/// A waiter whose time ran out has left the queue: the next one gets the notification.
fn c18_a_waiter_that_gave_up_takes_no_notification<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let mut guard = K::acquire(&monitor.lock);
    assert!(!monitor.condition.wait_timeout(&mut guard, *delay::SHORT));
    drop(guard);
    let next = monitor.spawn_waiter(Duration::MAX);
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert!(next.join().0);
}

/// While it unwinds, the thread has the lock: destructors may rely on it.
fn interrupt_ends_a_wait_with_the_lock_held<K: LockKind>() {
    struct OnDrop<'a, K: LockKind>(&'a Monitor<K>, &'a Flag);
    impl<K: LockKind> Drop for OnDrop<'_, K> {
        fn drop(&mut self) {
            if K::locked(&self.0.lock) {
                self.1.set();
            }
        }
    }
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let was_held = shared(Flag::new());
    let waiter = spawn_interruptible(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        let _on_drop = OnDrop(monitor, was_held);
        monitor.condition.wait(&mut guard);
    });
    // Taking the lock again is neither limited nor interruptible.
    let guard = K::acquire(&monitor.lock);
    waiter.interrupt("stop");
    waiter.until_waiting(K::WAIT);
    assert!(!waiter.is_finished());
    drop(guard);
    let exception = waiter.join().unwrap_err();
    assert!(exception.is_interrupted());
    assert_eq!(exception.message(), "stop");
    assert!(was_held.is_set());
    assert!(!K::locked(&monitor.lock));
}

/// Selected wins: the wait returns, and the interrupt comes at the next chance.
fn interrupt_after_the_notification_is_left_for_later<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let returned = shared(Flag::new());
    let waiter = spawn_interruptible(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        monitor.condition.wait(&mut guard);
        returned.set();
        monitor.condition.wait(&mut guard);
    });
    let guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&guard);
    waiter.interrupt("stop");
    drop(guard);
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    assert!(returned.is_set());
}

/// What has ended a wait leaves from it, also while the lock is not to be had: others may have been notified in its place.
fn interrupt_that_ended_a_wait_cannot_be_taken_back<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = spawn_interruptible(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        monitor.condition.wait(&mut guard);
    });
    let guard = K::acquire(&monitor.lock);
    waiter.interrupt("stop");
    waiter.until_waiting(K::WAIT);
    assert!(waiter.record.cancel_raise().is_none());
    monitor.condition.notify_one(&guard);
    drop(guard);
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
}

/// `wait_for` is interrupted as `wait` is.
fn interrupt_of_wait_for_passes_through<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = spawn_interruptible(WaitKind::Condition, || {
        let mut guard = K::acquire(&monitor.lock);
        monitor.condition.wait_for(&mut guard, |_| false);
    });
    waiter.interrupt("stop");
    assert!(waiter.join().is_err());
    assert!(!K::locked(&monitor.lock));
}

/// Waiting and notifying panic at the caller, and disturb nobody.
fn a_guard_of_another_lock_is_a_bug<K: LockKind>() {
    let _watchdog = watchdog();
    let monitor = Monitor::<K>::shared();
    let waiter = monitor.spawn_waiter(Duration::MAX);
    let other = K::new();
    let mut guard = K::acquire(&other);
    let text = panic_text(|| monitor.condition.notify_one(&guard));
    assert!(text.contains("guard of another lock"), "{text}");
    let text = panic_text(|| monitor.condition.wait(&mut guard));
    assert!(text.contains("guard of another lock"), "{text}");
    assert!(K::locked(&other));
    let right_guard = K::acquire(&monitor.lock);
    monitor.condition.notify_one(&right_guard);
    drop(right_guard);
    assert!(waiter.join().0);
    // Now that nobody waits, it may belong to the other lock.
    assert!(!monitor.condition.wait_timeout(&mut guard, Duration::ZERO));
}

/// Waiters get the lock one by one, and leave no thread behind: what Python's `test_notify` does, many times.
#[test]
fn c10_the_same_condition_serves_again_and_again() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new(0));
    let condition = shared(Condition::new());
    for round in 1..=20 {
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                spawn_waiting(WaitKind::Condition, move || {
                    let mut phase = lock.acquire();
                    condition.wait_for(&mut phase, |phase| *phase == round);
                })
            })
            .collect();
        let mut phase = lock.acquire();
        *phase = round;
        condition.notify_all(&phase);
        drop(phase);
        waiters.into_iter().for_each(Waiter::join);
    }
}

/// Two threads hand one item to and fro: no notification gets lost.
#[test]
fn c8_every_notification_arrives() {
    const ROUNDS: u32 = 2_000;
    let _watchdog = watchdog();
    let turn = shared(Lock::new(0));
    let changed = shared(Condition::new());
    let play = |mine: u32| {
        move || {
            for _ in 0..ROUNDS {
                let mut turn = turn.acquire();
                changed.wait_for(&mut turn, |turn| turn % 2 == mine);
                *turn += 1;
                changed.notify_one(&turn);
            }
        }
    };
    let even = checked_spawn(play(0));
    let odd = checked_spawn(play(1));
    even.join();
    odd.join();
    assert_eq!(*turn.acquire(), 2 * ROUNDS);
}

/// A condition can be used with one lock after another, also while notified threads still are on their way.
#[test]
fn c1_the_next_waiters_may_use_another_lock() {
    let _watchdog = watchdog();
    let first = shared(Lock::new(()));
    let second = shared(Lock::new(()));
    let condition = shared(Condition::new());
    let waiter = spawn_waiting(WaitKind::Condition, || condition.wait(&mut first.acquire()));
    let guard = first.acquire();
    condition.notify_one(&guard);
    let mut other = second.acquire();
    assert!(!condition.wait_timeout(&mut other, Duration::ZERO));
    drop(guard);
    waiter.join();
}

/// `Duration::MAX` is for ever.
#[test]
fn c6_the_longest_timeout_does_not_overflow() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new(false));
    let condition = shared(Condition::new());
    let waiter = spawn_waiting(WaitKind::Condition, || {
        let mut set = lock.acquire();
        condition.wait_for_timeout(&mut set, Duration::MAX, |set| *set)
    });
    let mut set = lock.acquire();
    *set = true;
    condition.notify_one(&set);
    drop(set);
    assert!(waiter.join());
}

/// A guard that was lent to another thread does not speak for the lock, which its own thread may have given up.
#[test]
fn c2_a_lent_guard_of_an_rlock_notifies_nobody() {
    let _watchdog = watchdog();
    let lock = RLock::new(());
    let condition = Condition::new();
    let guard = lock.acquire();
    std::thread::scope(|threads| {
        let text = threads.spawn(|| panic_text(|| condition.notify_one(&guard)));
        assert!(text.join().unwrap().contains("does not hold the RLock"));
    });
    condition.notify_one(&guard);
}
