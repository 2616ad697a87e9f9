//! What does a lock cost that its holder may take again?

use std::cell::Cell;
use std::hint::black_box;

use parking_lot::ReentrantMutex;
use pythreads::threading::RLock;

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};

/// Rounds in one iteration.
const ROUNDS: u64 = 1_000;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![nested("rlock/depth-1", 1), nested("rlock/depth-8", 8)]
}

/// A number behind such a lock.
trait Counter: Default + 'static {
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
