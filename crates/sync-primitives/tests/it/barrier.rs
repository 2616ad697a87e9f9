//! `Barrier`.

use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Barrier, BrokenBarrierError, interruptible};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::waiting::{
    Waiter, interrupt, panic_text, shared, spawn, spawn_interruptible, spawn_waiting,
};

type Outcome = Result<usize, BrokenBarrierError>;

/// A thread that waits at the barrier, which is not complete yet.
#[track_caller]
fn spawn_party(barrier: &'static Barrier) -> Waiter<Outcome> {
    spawn_waiting(WaitKind::Barrier, || barrier.wait())
}

/// A barrier is for one thread at least.
#[test]
fn b1_no_parties_are_a_bug() {
    let _watchdog = watchdog();
    let text = panic_text(|| Barrier::new(0));
    assert!(text.contains("at least one thread"), "{text}");
    assert_eq!(Barrier::new(3).parties(), 3);
}

/// Threads go through cycle after cycle in step.
#[test]
fn b2_cycles_follow_each_other_in_step() {
    const PARTIES: usize = 5;
    const CYCLES: usize = 100;
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(PARTIES));
    let arrived = shared(AtomicUsize::new(0));
    let threads: Vec<_> = (0..PARTIES)
        .map(|_| {
            checked_spawn(|| {
                for cycle in 0..CYCLES {
                    // ORDERING: Relaxed, the barrier orders it.
                    arrived.fetch_add(1, Ordering::Relaxed);
                    barrier.wait().unwrap();
                    // ORDERING: Relaxed, the barrier orders it.
                    let seen = arrived.load(Ordering::Relaxed);
                    assert!(seen >= (cycle + 1) * PARTIES, "somebody was left behind");
                    barrier.wait().unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join();
    }
    assert_eq!(barrier.n_waiting(), 0);
    assert!(!barrier.broken());
}

/// The first gets 0, the last `parties - 1`.
#[test]
fn b3_wait_returns_the_place() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(3));
    for _ in 0..2 {
        let first = spawn_party(barrier);
        let second = spawn_party(barrier);
        assert_eq!(barrier.wait(), Ok(2));
        assert_eq!(first.join(), Ok(0));
        assert_eq!(second.join(), Ok(1));
    }
}

/// The last thread runs it, once, before the others go on; they see what it did.
#[test]
fn b4_the_action_runs_before_anybody_goes_on() {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    let _watchdog = watchdog();
    let last = std::thread::current().id();
    let barrier = shared(Barrier::new(3).with_action(move || {
        assert_eq!(std::thread::current().id(), last);
        // ORDERING: Relaxed, the barrier orders it.
        DONE.fetch_add(1, Ordering::Relaxed);
    }));
    for cycle in 1..=3 {
        let others = [(); 2].map(|()| {
            spawn_waiting(WaitKind::Barrier, || {
                barrier.wait().unwrap();
                // ORDERING: Relaxed, the barrier orders it.
                DONE.load(Ordering::Relaxed)
            })
        });
        barrier.wait().unwrap();
        assert_eq!(others.map(Waiter::join), [cycle; 2]);
    }
}

/// No lock is held: the action may look at the barrier, and other threads may too.
#[test]
fn b4_the_action_may_use_its_barrier() {
    static BARRIER: once::Barrier = once::Barrier::new();
    let _watchdog = watchdog();
    let barrier = BARRIER.set(Barrier::new(2).with_action(|| {
        let barrier = BARRIER.get();
        assert_eq!(barrier.n_waiting(), 2);
        assert!(!barrier.broken());
        assert_eq!(checked_spawn(|| barrier.n_waiting()).join(), 2);
        let text = panic_text(|| barrier.wait());
        assert!(text.contains("waits at its own barrier"), "{text}");
    }));
    let other = spawn_party(barrier);
    assert_eq!(barrier.wait(), Ok(1));
    assert_eq!(other.join(), Ok(0));
}

/// A barrier whose action refers to it.
mod once {
    use std::sync::OnceLock;

    pub(super) struct Barrier(OnceLock<super::Barrier>);

    impl Barrier {
        pub(super) const fn new() -> Self {
            Self(OnceLock::new())
        }

        pub(super) fn set(&'static self, barrier: super::Barrier) -> &'static super::Barrier {
            self.0.get_or_init(|| barrier)
        }

        pub(super) fn get(&'static self) -> &'static super::Barrier {
            self.0.get().unwrap()
        }
    }
}

/// The panic goes on in the last thread; the others find the barrier broken.
#[test]
fn b5_a_panic_of_the_action_breaks_the_barrier() {
    let _watchdog = watchdog();
    let mut runs = 0;
    let barrier = shared(Barrier::new(3).with_action(move || {
        runs += 1;
        assert!(runs > 1, "the first run");
    }));
    let others = [(); 2].map(|()| spawn_party(barrier));
    let text = panic_text(|| barrier.wait());
    assert_eq!(text, "the first run");
    assert!(others.map(Waiter::join).iter().all(Result::is_err));
    assert!(barrier.broken());
    assert!(barrier.wait().is_err());
    // The action is still there.
    barrier.reset();
    let others = [(); 2].map(|()| spawn_party(barrier));
    assert_eq!(barrier.wait(), Ok(2));
    assert!(others.map(Waiter::join).iter().all(Result::is_ok));
}

/// One thread whose time runs out breaks the barrier for all.
#[test]
fn b6_a_timeout_breaks_the_barrier() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(3));
    let other = spawn_party(barrier);
    let start = Instant::now();
    assert!(barrier.wait_timeout(*delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(other.join().is_err());
    assert!(barrier.broken());
    barrier.reset();
    let deadline = Instant::now() + *delay::SHORT;
    assert!(barrier.wait_deadline(deadline).is_err());
    assert!(Instant::now() >= deadline);
}

/// No time at all is enough for the last to arrive, and for nobody else.
#[test]
fn b6_zero_breaks_the_barrier_unless_it_is_complete() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    let other = spawn_party(barrier);
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Ok(1));
    assert_eq!(other.join(), Ok(0));
    assert!(barrier.wait_timeout(Duration::ZERO).is_err());
    assert!(barrier.broken());
}

/// The barrier's own timeout is for `wait`; an explicit one wins.
#[test]
fn b6_the_default_timeout_can_be_overridden() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2).with_timeout(*delay::SHORT));
    assert!(barrier.wait().is_err());
    barrier.reset();
    let patient = spawn_waiting(WaitKind::Barrier, || barrier.wait_timeout(Duration::MAX));
    assert_eq!(barrier.wait(), Ok(1));
    assert_eq!(patient.join(), Ok(0));
}

/// Time that runs out while the action runs counts as well.
#[test]
fn b6_a_timeout_during_the_action_breaks_the_barrier() {
    let _watchdog = watchdog();
    let acting = shared(Flag::new());
    let go_on = shared(Flag::new());
    let barrier = shared(Barrier::new(2).with_action(|| {
        acting.set();
        go_on.wait();
    }));
    let hasty = spawn_waiting(WaitKind::Barrier, || barrier.wait_timeout(*delay::MEDIUM));
    let last = spawn(|| barrier.wait());
    acting.wait();
    assert!(hasty.join().is_err());
    assert!(barrier.broken());
    go_on.set();
    assert!(last.join().is_err());
    barrier.reset();
    assert!(barrier.wait_timeout(Duration::ZERO).is_err());
}

/// Nobody waits at a broken barrier.
#[test]
fn b7_a_broken_barrier_fails_at_once() {
    let _watchdog = watchdog();
    let barrier = Barrier::new(2);
    barrier.abort();
    assert!(barrier.broken());
    for _ in 0..2 {
        assert!(barrier.wait().is_err());
        assert!(barrier.wait_timeout(Duration::MAX).is_err());
    }
    assert_eq!(barrier.n_waiting(), 0);
}

/// With waiters or without.
#[test]
fn b8_abort_breaks_it_for_all_waiters() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(4));
    let waiters = [(); 3].map(|()| spawn_party(barrier));
    assert_eq!(barrier.n_waiting(), 3);
    barrier.abort();
    assert!(waiters.map(Waiter::join).iter().all(Result::is_err));
    assert!(barrier.broken());
}

/// The waiters fail, the barrier is whole and empty.
#[test]
fn b9_reset_fails_the_waiters_and_nobody_else() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(3));
    let waiters = [(); 2].map(|()| spawn_party(barrier));
    barrier.reset();
    assert!(!barrier.broken());
    assert_eq!(barrier.n_waiting(), 0);
    assert!(waiters.map(Waiter::join).iter().all(Result::is_err));
    let waiters = [(); 2].map(|()| spawn_party(barrier));
    assert_eq!(barrier.wait(), Ok(2));
    assert!(waiters.map(Waiter::join).iter().all(Result::is_ok));
}

/// Python's way out of a failure: abort, then reset, then go on.
#[test]
fn b9_reset_repairs_a_broken_barrier() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    for _ in 0..3 {
        let waiter = spawn_party(barrier);
        barrier.abort();
        barrier.reset();
        assert!(waiter.join().is_err());
        let waiter = spawn_party(barrier);
        assert_eq!(barrier.wait(), Ok(1));
        assert_eq!(waiter.join(), Ok(0));
    }
}

/// The cycle fails; arrivals wait until the action has ended, then begin the next one.
#[test]
fn b9_reset_during_the_action_ends_the_cycle() {
    let _watchdog = watchdog();
    let acting = shared(Counter::new());
    let go_on = shared(Flag::new());
    let barrier = shared(Barrier::new(2).with_action(|| {
        acting.add(1);
        go_on.wait();
    }));
    let first = spawn_party(barrier);
    let last = spawn(|| barrier.wait());
    acting.wait_for(1);
    barrier.reset();
    assert!(first.join().is_err());
    let next = [(); 2].map(|()| spawn_party(barrier));
    assert_eq!(barrier.n_waiting(), 0);
    go_on.set();
    assert!(last.join().is_err());
    let mut places = next.map(|waiter| waiter.join().unwrap());
    places.sort_unstable();
    assert_eq!(places, [0, 1]);
    assert_eq!(acting.get(), 2);
}

/// It is counted while the barrier fills.
#[test]
fn b10_n_waiting_counts_those_who_have_arrived() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(3));
    assert_eq!(barrier.n_waiting(), 0);
    let first = spawn_party(barrier);
    assert_eq!(barrier.n_waiting(), 1);
    let second = spawn_party(barrier);
    assert_eq!(barrier.n_waiting(), 2);
    assert_eq!(
        format!("{barrier:?}"),
        "Barrier { parties: 3, n_waiting: 2, broken: false, .. }"
    );
    barrier.wait().unwrap();
    assert_eq!(barrier.n_waiting(), 0);
    first.join().unwrap();
    second.join().unwrap();
}

/// One thread never waits.
#[test]
fn b11_a_barrier_for_one_lets_it_through() {
    let _watchdog = watchdog();
    let runs = shared(Counter::new());
    let barrier = Barrier::new(1).with_action(|| runs.add(1));
    for run in 1..=3 {
        assert_eq!(barrier.wait(), Ok(0));
        assert_eq!(runs.get(), run);
    }
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Ok(0));
}

/// Threads beyond the parties belong to the next cycle.
#[test]
fn b12_extra_threads_join_the_next_cycle() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    let passed = shared(Counter::new());
    let threads: Vec<_> = (0..5)
        .map(|_| {
            spawn(|| {
                let place = barrier.wait();
                passed.add(1);
                place
            })
        })
        .collect();
    passed.wait_for(4);
    while barrier.n_waiting() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(barrier.wait(), Ok(1));
    let places = threads.into_iter().map(|thread| thread.join().unwrap());
    assert_eq!(places.sum::<usize>(), 2);
}

/// Threads that arrive while the action runs wait for its end, and not longer than they said.
#[test]
fn b12_an_extra_thread_waits_for_the_action() {
    let _watchdog = watchdog();
    let acting = shared(Counter::new());
    let go_on = shared(Flag::new());
    let barrier = shared(Barrier::new(1).with_action(|| {
        acting.add(1);
        go_on.wait();
    }));
    let actor = spawn(|| barrier.wait());
    acting.wait_for(1);
    let extra = spawn_party(barrier);
    assert_eq!(acting.get(), 1);
    go_on.set();
    assert_eq!(actor.join(), Ok(0));
    assert_eq!(extra.join(), Ok(0));
    assert_eq!(acting.get(), 2);
}

/// Who comes while the action runs belongs to the next cycle, and breaks that one.
#[test]
fn b6_a_timeout_at_the_entrance_breaks_the_next_cycle() {
    let _watchdog = watchdog();
    let acting = shared(Flag::new());
    let go_on = shared(Flag::new());
    let barrier = shared(Barrier::new(2).with_action(|| {
        acting.set();
        go_on.wait();
    }));
    let first = spawn_party(barrier);
    let last = spawn(|| barrier.wait());
    acting.wait();
    let patient = spawn_party(barrier);
    assert!(barrier.wait_timeout(*delay::SHORT).is_err());
    assert!(barrier.broken());
    assert!(patient.join().is_err());
    assert!(barrier.wait().is_err());
    go_on.set();
    assert_eq!(first.join(), Ok(0));
    assert_eq!(last.join(), Ok(1));
    assert!(barrier.broken());
    assert!(barrier.wait().is_err());
    barrier.reset();
    let next = spawn_party(barrier);
    assert_eq!(barrier.wait(), Ok(1));
    assert_eq!(next.join(), Ok(0));
}

/// As with time.
#[test]
fn interrupt_at_the_entrance_breaks_the_next_cycle() {
    let _watchdog = watchdog();
    let acting = shared(Flag::new());
    let go_on = shared(Flag::new());
    let barrier = shared(Barrier::new(2).with_action(|| {
        acting.set();
        go_on.wait();
    }));
    let first = spawn_party(barrier);
    let last = spawn(|| barrier.wait());
    acting.wait();
    let extra = spawn_interruptible(WaitKind::Barrier, || barrier.wait());
    extra.interrupt("stop");
    assert_eq!(extra.join().unwrap_err().message(), "stop");
    assert!(barrier.broken());
    go_on.set();
    assert_eq!(first.join(), Ok(0));
    assert_eq!(last.join(), Ok(1));
    assert!(barrier.broken());
}

/// The thread unwinds, the others get the error.
#[test]
fn interrupt_breaks_the_barrier() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(3));
    let other = spawn_party(barrier);
    let waiter = spawn_interruptible(WaitKind::Barrier, || barrier.wait());
    waiter.interrupt("stop");
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    assert!(other.join().is_err());
    assert!(barrier.broken());
    assert_eq!(barrier.n_waiting(), 0);
}

/// Who was interrupted before it came does not count as a party that waits.
#[test]
fn interrupt_that_is_pending_breaks_the_barrier_on_arrival() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    let ready = shared(Flag::new());
    let raised = shared(Flag::new());
    let thread = spawn(|| {
        interruptible(|| {
            ready.set();
            raised.wait();
            barrier.wait()
        })
    });
    ready.wait();
    thread.interrupt("stop");
    raised.set();
    assert!(thread.join().is_err());
    assert!(barrier.broken());
}

/// The cycle was complete: the interrupt is left for later.
#[test]
fn interrupt_after_the_cycle_passed_is_left_for_later() {
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    for _ in 0..50 {
        let waiter = spawn_interruptible(WaitKind::Barrier, || barrier.wait());
        assert_eq!(barrier.wait(), Ok(1));
        let _too_late = waiter.record.raise(interrupt("stop"));
        assert_eq!(waiter.join().unwrap(), Ok(0));
    }
}

/// All pass or nobody does, with timeouts and interrupts at all moments.
#[test]
fn b2_all_parties_of_a_cycle_end_alike() {
    const PARTIES: usize = 3;
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(PARTIES));
    for round in 0..300 {
        let timeout = Duration::from_micros(round % 100);
        let threads = [Duration::MAX, timeout, Duration::MAX]
            .map(|timeout| checked_spawn(move || barrier.wait_timeout(timeout)));
        let outcomes = threads.map(|thread| thread.join());
        let passed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert!(passed == 0 || passed == PARTIES, "{outcomes:?}");
        assert_eq!(barrier.broken(), passed == 0);
        barrier.reset();
    }
}

/// Also if the last one arrives in the moment in which the time of another runs out.
#[test]
fn b6_the_last_moment_is_decided_for_all_alike() {
    const ROUNDS: u32 = 2_000;
    let _watchdog = watchdog();
    let barrier = shared(Barrier::new(2));
    let (send_deadline, deadlines) = mpsc::channel::<Instant>();
    let (send_outcome, outcomes) = mpsc::channel();
    let other = checked_spawn(move || {
        for deadline in deadlines {
            send_outcome.send(barrier.wait_deadline(deadline)).unwrap();
        }
    });
    for round in 0..ROUNDS {
        let deadline = Instant::now() + Duration::from_micros(100);
        send_deadline.send(deadline).unwrap();
        let arrival = deadline + Duration::from_micros((round % 120).into());
        // The other may need this very CPU to arrive.
        while barrier.n_waiting() == 0 && !barrier.broken() {
            std::thread::yield_now();
        }
        while Instant::now() < arrival {
            hint::spin_loop();
        }
        let outcome = barrier.wait();
        assert_eq!(outcome.is_ok(), outcomes.recv().unwrap().is_ok());
        barrier.reset();
    }
    drop(send_deadline);
    other.join();
}
