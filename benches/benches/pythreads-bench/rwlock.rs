//! What does it cost to read what is seldom written?

#![expect(clippy::disallowed_types, reason = "std's lock is a rival")]

use std::hint::black_box;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use pythreads::threading::RwLock;

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};
use crate::teams::together;

/// Accesses in one iteration.
const ACCESSES: u64 = 1_000;
/// Every such access of the mixed scenario writes.
const WRITE_EVERY: u64 = 10;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![read(), mixed()]
}

/// A number behind such a lock.
trait Cell: Default + Sync + 'static {
    fn get(&self) -> u64;
    fn add_one(&self);
}

/// One thread, which only reads.
fn read() -> Scenario {
    fn reads<C: Cell>() -> impl FnMut(u64) -> Elapsed {
        let cell = C::default();
        cell.add_one();
        timed(move || {
            let cell = black_box(&cell);
            let sum: u64 = (0..ACCESSES).map(|_| cell.get()).sum();
            assert_eq!(sum, ACCESSES);
        })
    }
    Scenario::new("rwlock/read", "access", ACCESSES)
        .ours(reads::<RwLock<u64>>)
        .rival("std", reads::<std::sync::RwLock<u64>>)
        .rival("parking_lot", reads::<parking_lot::RwLock<u64>>)
}

/// Two threads, which write at every tenth access.
fn mixed() -> Scenario {
    fn accesses<C: Cell>() -> impl FnMut(u64) -> Elapsed {
        let cell = C::default();
        move |iterations| {
            let share = iterations * ACCESSES / 2;
            let before = cell.get();
            let seen = AtomicU64::new(0);
            let elapsed = together(&mut [(); 2], |_, ()| {
                let largest = (0..share).fold(0, |largest, access| {
                    if access % WRITE_EVERY == 0 {
                        cell.add_one();
                        largest
                    } else {
                        largest.max(cell.get())
                    }
                });
                // ORDERING: Relaxed, the team's end orders it.
                seen.fetch_max(largest, Ordering::Relaxed);
            });
            let writes = 2 * share.div_ceil(WRITE_EVERY);
            assert_eq!(cell.get(), before + writes);
            assert!(seen.into_inner() <= before + writes);
            elapsed
        }
    }
    Scenario::new("rwlock/mixed", "access", ACCESSES)
        .ours(accesses::<RwLock<u64>>)
        .rival("std", accesses::<std::sync::RwLock<u64>>)
        .rival("parking_lot", accesses::<parking_lot::RwLock<u64>>)
}

impl Cell for RwLock<u64> {
    fn get(&self) -> u64 {
        *self.read()
    }

    fn add_one(&self) {
        *self.write() += 1;
    }
}

impl Cell for std::sync::RwLock<u64> {
    fn get(&self) -> u64 {
        *self.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_one(&self) {
        *self.write().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}

impl Cell for parking_lot::RwLock<u64> {
    fn get(&self) -> u64 {
        *self.read()
    }

    fn add_one(&self) {
        *self.write() += 1;
    }
}
