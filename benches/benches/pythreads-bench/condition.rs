//! What does it cost to wait until another thread says that something has changed?

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "std's mutex, condition variable and parking are rivals"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use pythreads::threading::{Condition, Lock};

use crate::clock::{Elapsed, Reading};
use crate::scenario::Scenario;
use crate::teams::together;

/// How many threads are woken together.
const HERD: usize = 64;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![ping_pong(), notify_all()]
}

/// A number, and those who wait until it has grown.
pub(crate) trait Turn: Default + Sync + 'static {
    /// Waits until the number is at least this.
    fn wait_for(&self, number: u64);
    /// Adds one, and wakes one or all who wait.
    fn advance(&self, all: bool);
}

/// Two threads, two conditions: each waits until the other has had its turn.
fn ping_pong() -> Scenario {
    fn rounds<T: Turn>() -> impl FnMut(u64) -> Elapsed {
        move |iterations| {
            let turns = [T::default(), T::default()];
            let elapsed = together(&mut [(); 2], |number, ()| {
                for round in 1..=iterations {
                    if number == 0 {
                        turns[1].advance(false);
                        turns[0].wait_for(round);
                    } else {
                        turns[1].wait_for(round);
                        turns[0].advance(false);
                    }
                }
            });
            for turn in &turns {
                turn.wait_for(iterations);
            }
            elapsed
        }
    }
    Scenario::new("condition/ping-pong", "round", 1)
        .ours(rounds::<OurTurn>)
        .rival("std", rounds::<StdTurn>)
        .rival("parking_lot", rounds::<ParkingLotTurn>)
        .floor("std park", || park_and_unpark)
}

/// The least it can be: no lock, no condition, one waker that is known.
fn park_and_unpark(iterations: u64) -> Elapsed {
    let turns: Arc<[AtomicU64; 2]> = Arc::default();
    let wait_for = |turn: &AtomicU64, number| {
        // ORDERING: Acquire, pairs with the Release of the other thread's turn.
        while turn.load(Ordering::Acquire) < number {
            thread::park();
        }
    };
    let caller = thread::current();
    let other = thread::spawn({
        let turns = Arc::clone(&turns);
        move || {
            for round in 1..=iterations {
                wait_for(&turns[1], round);
                // ORDERING: Release, pairs with the Acquire of who waits.
                turns[0].fetch_add(1, Ordering::Release);
                caller.unpark();
            }
        }
    });
    let start = Reading::now();
    for round in 1..=iterations {
        // ORDERING: Release, pairs with the Acquire of who waits.
        turns[1].fetch_add(1, Ordering::Release);
        other.thread().unpark();
        wait_for(&turns[0], round);
    }
    let elapsed = start.elapsed();
    other.join().expect("no check of the other thread fails");
    elapsed
}

/// One thread wakes 64, then waits until the last of them has seen it.
fn notify_all() -> Scenario {
    fn herds<T: Turn>() -> impl FnMut(u64) -> Elapsed {
        move |iterations| {
            let (start, seen) = (T::default(), Seen::<T>::default());
            together(&mut [(); HERD + 1], |number, ()| {
                for round in 1..=iterations {
                    if number == 0 {
                        start.advance(true);
                        seen.all.wait_for(round);
                    } else {
                        start.wait_for(round);
                        seen.by_one_more();
                    }
                }
            })
        }
    }
    Scenario::new("condition/notify-all-64", "herd", 1)
        .ours(herds::<OurTurn>)
        .rival("std", herds::<StdTurn>)
        .rival("parking_lot", herds::<ParkingLotTurn>)
}

/// Advances when the whole herd has seen something.
#[derive(Default)]
struct Seen<T> {
    by: AtomicU64,
    all: T,
}

impl<T: Turn> Seen<T> {
    fn by_one_more(&self) {
        // ORDERING: Relaxed, only counted; `all` orders what follows.
        let before = self.by.fetch_add(1, Ordering::Relaxed);
        if (before + 1).is_multiple_of(HERD as u64) {
            self.all.advance(false);
        }
    }
}

#[derive(Default)]
struct OurTurn {
    number: Lock<u64>,
    grown: Condition,
}

impl Turn for OurTurn {
    fn wait_for(&self, number: u64) {
        let mut guard = self.number.acquire();
        self.grown.wait_for(&mut guard, |now| *now >= number);
    }

    fn advance(&self, all: bool) {
        let mut guard = self.number.acquire();
        *guard += 1;
        if all {
            self.grown.notify_all(&guard);
        } else {
            self.grown.notify_one(&guard);
        }
    }
}

#[derive(Default)]
pub(crate) struct StdTurn {
    number: Mutex<u64>,
    grown: Condvar,
}

impl Turn for StdTurn {
    fn wait_for(&self, number: u64) {
        let guard = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let guard = self.grown.wait_while(guard, |now| *now < number);
        drop(guard.unwrap_or_else(PoisonError::into_inner));
    }

    /// Wakes without the lock, which is std's best way.
    fn advance(&self, all: bool) {
        *self.number.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        if all {
            self.grown.notify_all();
        } else {
            self.grown.notify_one();
        }
    }
}

#[derive(Default)]
pub(crate) struct ParkingLotTurn {
    number: parking_lot::Mutex<u64>,
    grown: parking_lot::Condvar,
}

impl Turn for ParkingLotTurn {
    fn wait_for(&self, number: u64) {
        let mut guard = self.number.lock();
        self.grown.wait_while(&mut guard, |now| *now < number);
    }

    /// Wakes under the lock, so that it can move who waits to the lock's queue.
    fn advance(&self, all: bool) {
        let mut guard = self.number.lock();
        *guard += 1;
        if all {
            self.grown.notify_all();
        } else {
            self.grown.notify_one();
        }
        drop(guard);
    }
}
