//! `Barrier`: all threads of a cycle agree how it ended.

use std::sync::Arc;
use std::time::Duration;

use pythreads_sync_primitives::{Barrier, BrokenBarrierError};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::plain::Plain;
use crate::target::Target;

type Passed = Result<usize, BrokenBarrierError>;

fn spawn_waiting(barrier: &Arc<Barrier>) -> JoinHandle<Passed> {
    let barrier = Arc::clone(barrier);
    spawn(move || barrier.wait())
}

/// It serves one cycle after another; a quick thread does not run into the cycle of a slow one.
#[test]
fn cycles_follow_each_other() {
    check(|| {
        let barrier = share(Barrier::new(2));
        let number = share(Plain::default());
        let other = spawn({
            let (barrier, number) = (Arc::clone(&barrier), Arc::clone(&number));
            move || {
                number.add(1);
                let first = barrier.wait().unwrap();
                (first, barrier.wait().unwrap())
            }
        });
        let first = barrier.wait().unwrap();
        assert_eq!(number.get(), 1);
        let second = barrier.wait().unwrap();
        let others = other.join().unwrap();
        assert_eq!((first + others.0, second + others.1), (1, 1));
    });
}

/// Three threads get three places.
#[test]
fn each_thread_has_its_place() {
    check(|| {
        let barrier = share(Barrier::new(3));
        let others = [spawn_waiting(&barrier), spawn_waiting(&barrier)];
        let place = barrier.wait().unwrap();
        let [one, other] = others.map(|thread| thread.join().unwrap().unwrap());
        assert_eq!((1 << place) | (1 << one) | (1 << other), 0b111);
        assert_eq!(barrier.n_waiting(), 0);
    });
}

/// Either all pass in time, or it breaks for all.
#[test]
fn a_timeout_breaks_it_for_all() {
    check(|| {
        let barrier = share(Barrier::new(2).with_timeout(SOON));
        let others = spawn_waiting(&barrier);
        let patient = spawn({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait_timeout(Duration::MAX)
        });
        strike();
        let passed = others.join().unwrap().is_ok();
        assert_eq!(patient.join().unwrap().is_ok(), passed);
        assert_eq!(barrier.broken(), !passed);
    });
}

/// Who waits beside one that gives up does not wait for ever.
#[test]
fn a_timeout_ends_the_wait_of_others() {
    check(|| {
        let barrier = share(Barrier::new(3));
        let timed = spawn({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait_timeout(SOON)
        });
        let patient = spawn_waiting(&barrier);
        strike();
        assert!(join([timed, patient]).iter().all(Result::is_err));
        assert!(barrier.broken());
    });
}

/// As with time.
#[test]
fn an_interrupt_breaks_it_for_all() {
    check(|| {
        let barrier = share(Barrier::new(2));
        let target = Target::spawn({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait()
        });
        let patient = spawn_waiting(&barrier);
        target.interrupt();
        let targets = target.join();
        let passed = patient.join().unwrap().is_ok();
        assert_eq!(targets.is_some_and(|passed| passed.is_ok()), passed);
        assert_eq!(barrier.broken(), !passed);
    });
}

/// One that was taken back breaks nothing.
#[test]
fn an_interrupt_that_was_taken_back_breaks_nothing() {
    check(|| {
        let barrier = share(Barrier::new(2));
        let target = Target::spawn({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait()
        });
        let patient = spawn_waiting(&barrier);
        target.interrupt();
        if target.take_interrupt_back() {
            assert!(patient.join().unwrap().is_ok());
            assert!(target.join().is_some_and(|passed| passed.is_ok()));
        } else {
            let passed = patient.join().unwrap().is_ok();
            assert_eq!(target.join().is_some_and(|end| end.is_ok()), passed);
        }
    });
}

/// Who has arrived learns how its cycle ended, whatever has become of the barrier since.
#[test]
fn a_reset_ends_the_present_cycle_only() {
    check(|| {
        let barrier = share(Barrier::new(2).with_timeout(SOON));
        let others = [spawn_waiting(&barrier), spawn_waiting(&barrier)];
        barrier.reset();
        strike();
        let [one, other] = others.map(|thread| thread.join().unwrap().is_ok());
        assert_eq!(one, other);
    });
}

/// No thread hangs after an abort.
#[test]
fn an_abort_reaches_all() {
    check(|| {
        let barrier = share(Barrier::new(2));
        let others = [spawn_waiting(&barrier), spawn_waiting(&barrier)];
        barrier.abort();
        let [one, other] = others.map(|thread| thread.join().unwrap().is_ok());
        assert_eq!(one, other);
        assert!(barrier.broken());
        assert!(barrier.wait().is_err());
    });
}

/// The action runs once, before any of them goes on; who comes meanwhile waits for its end.
#[test]
fn the_action_comes_first() {
    check(|| {
        let number = share(Plain::default());
        let acted = Arc::clone(&number);
        let barrier = share(Barrier::new(1).with_action(move || acted.add(1)));
        let other = spawn({
            let (barrier, number) = (Arc::clone(&barrier), Arc::clone(&number));
            move || {
                barrier.wait().unwrap();
                assert!(number.get() >= 1);
            }
        });
        barrier.wait().unwrap();
        assert!(number.get() >= 1);
        other.join().unwrap();
        assert_eq!(number.get(), 2);
    });
}

/// Who gives up at the entrance breaks at most the next cycle: the complete one passes.
#[test]
fn a_complete_cycle_passes_whoever_leaves_the_entrance() {
    check(|| {
        let acted = share(Plain::default());
        let number = Arc::clone(&acted);
        let barrier = share(Barrier::new(1).with_action(move || number.add(1)));
        let extra = spawn({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait_timeout(SOON)
        });
        let patient = spawn_waiting(&barrier);
        strike();
        let outcomes = join([extra, patient]);
        let passed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        // A thread alone is a complete cycle, so the one that first came in has passed.
        assert!(passed >= 1);
        assert_eq!(barrier.broken(), passed == 1);
        assert_eq!(acted.get(), passed);
    });
}
