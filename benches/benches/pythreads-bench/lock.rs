//! What does a short critical section cost?

#![expect(clippy::disallowed_types, reason = "std's mutex is a rival")]

use std::hint::black_box;
use std::mem;
use std::sync::{Mutex, PoisonError};

use pythreads::threading::Lock;

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};
use crate::teams::together;

/// Sections in one iteration.
const SECTIONS: u64 = 1_000;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        uncontended(),
        contended("lock/contended-2", 2),
        contended("lock/contended-4", 4),
    ]
}

pub(crate) fn scalable(threads: usize) -> Vec<Scenario> {
    vec![contended("lock/contended", threads)]
}

/// A number behind a lock.
trait Counter: Default + Sync + 'static {
    fn add_one(&self);
    fn take(&self) -> u64;
}

fn uncontended() -> Scenario {
    fn sections<C: Counter>() -> impl FnMut(u64) -> Elapsed {
        let counter = C::default();
        timed(move || {
            let counter = black_box(&counter);
            (0..SECTIONS).for_each(|_| counter.add_one());
            assert_eq!(counter.take(), SECTIONS);
        })
    }
    Scenario::new("lock/uncontended", "section", SECTIONS)
        .ours(sections::<Lock<u64>>)
        .rival("std", sections::<Mutex<u64>>)
        .rival("parking_lot", sections::<parking_lot::Mutex<u64>>)
}

/// All threads want it all the time.
fn contended(name: &str, threads: usize) -> Scenario {
    fn sections<C: Counter>(threads: usize) -> impl FnMut(u64) -> Elapsed {
        let counter = C::default();
        move |iterations| {
            let share = (iterations * SECTIONS).div_ceil(threads as u64);
            let elapsed = together(&mut vec![(); threads], |_, ()| {
                (0..share).for_each(|_| counter.add_one());
            });
            assert_eq!(counter.take(), share * threads as u64);
            elapsed
        }
    }
    Scenario::new(name, "section", SECTIONS)
        .ours(move || sections::<Lock<u64>>(threads))
        .rival("std", move || sections::<Mutex<u64>>(threads))
        .rival("parking_lot", move || {
            sections::<parking_lot::Mutex<u64>>(threads)
        })
}

impl Counter for Lock<u64> {
    fn add_one(&self) {
        *self.acquire() += 1;
    }

    fn take(&self) -> u64 {
        mem::take(&mut *self.acquire())
    }
}

impl Counter for Mutex<u64> {
    fn add_one(&self) {
        *self.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn take(&self) -> u64 {
        mem::take(&mut *self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counter for parking_lot::Mutex<u64> {
    fn add_one(&self) {
        *self.lock() += 1;
    }

    fn take(&self) -> u64 {
        mem::take(&mut *self.lock())
    }
}
