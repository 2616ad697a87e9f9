//! What does a lock cost that its holder may take again?

use std::cell::Cell;
use std::hint::black_box;

use parking_lot::ReentrantMutex;
use pythreads::threading::RLock;

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};
use crate::teams::together;

/// Rounds in one iteration.
const ROUNDS: u64 = 1_000;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        nested("rlock/depth-1", 1),
        nested("rlock/depth-8", 8),
        contended("rlock/contended-4", 4),
    ]
}

pub(crate) fn scalable(threads: usize) -> Vec<Scenario> {
    vec![contended("rlock/contended", threads)]
}

/// A number behind such a lock.
trait Counter: Default + Sync + 'static {
    /// Adds one, so many levels deep.
    fn add_one(&self, depth: u32);
    fn take(&self) -> u64;
}

fn nested(name: &str, depth: u32) -> Scenario {
    fn rounds<C: Counter>(depth: u32) -> impl FnMut(u64) -> Elapsed {
        let counter = C::default();
        timed(move || {
            let counter = black_box(&counter);
            (0..ROUNDS).for_each(|_| counter.add_one(black_box(depth)));
            assert_eq!(counter.take(), ROUNDS);
        })
    }
    Scenario::new(name, "round", ROUNDS)
        .ours(move || rounds::<RLock<Cell<u64>>>(depth))
        .rival("parking_lot", move || {
            rounds::<ReentrantMutex<Cell<u64>>>(depth)
        })
}

/// All threads want it all the time.
fn contended(name: &str, threads: usize) -> Scenario {
    fn rounds<C: Counter>(threads: usize) -> impl FnMut(u64) -> Elapsed {
        let counter = C::default();
        move |iterations| {
            let share = (iterations * ROUNDS).div_ceil(threads as u64);
            let elapsed = together(&mut vec![(); threads], |_, ()| {
                (0..share).for_each(|_| counter.add_one(1));
            });
            assert_eq!(counter.take(), share * threads as u64);
            elapsed
        }
    }
    Scenario::new(name, "round", ROUNDS)
        .ours(move || rounds::<RLock<Cell<u64>>>(threads))
        .rival("parking_lot", move || {
            rounds::<ReentrantMutex<Cell<u64>>>(threads)
        })
}

impl Counter for RLock<Cell<u64>> {
    fn add_one(&self, depth: u32) {
        let guard = self.acquire();
        match depth {
            1 => guard.set(guard.get() + 1),
            _ => self.add_one(depth - 1),
        }
    }

    fn take(&self) -> u64 {
        self.acquire().take()
    }
}

impl Counter for ReentrantMutex<Cell<u64>> {
    fn add_one(&self, depth: u32) {
        let guard = self.lock();
        match depth {
            1 => guard.set(guard.get() + 1),
            _ => self.add_one(depth - 1),
        }
    }

    fn take(&self) -> u64 {
        self.lock().take()
    }
}
