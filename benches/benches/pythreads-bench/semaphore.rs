//! What does a permit cost?

#![expect(
    clippy::disallowed_types,
    reason = "a semaphore by std's mutex and condition variable is a rival"
)]

use std::hint::black_box;
use std::sync::{Condvar, Mutex, PoisonError};

use pythreads::threading::Semaphore;

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};
use crate::teams::together;

/// Permits taken and given back in one iteration.
const PERMITS: u64 = 1_000;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![uncontended(), contended("semaphore/contended", 4)]
}

pub(crate) fn scalable(threads: usize) -> Vec<Scenario> {
    vec![contended("semaphore/contended", threads)]
}

/// Something that only so many may have.
trait Permits: Sync + 'static {
    fn new(permits: usize) -> Self;
    /// Takes a permit, runs `work`, and gives the permit back.
    fn with(&self, work: impl FnOnce());
    fn available(&self) -> usize;
}

fn uncontended() -> Scenario {
    fn permits<P: Permits>() -> impl FnMut(u64) -> Elapsed {
        let permits = P::new(1);
        timed(move || {
            let permits = black_box(&permits);
            (0..PERMITS).for_each(|_| permits.with(|| ()));
            assert_eq!(permits.available(), 1);
        })
    }
    Scenario::new("semaphore/uncontended", "permit", PERMITS)
        .ours(permits::<Semaphore>)
        .rival("tokio", permits::<tokio::sync::Semaphore>)
        .rival("async-lock", permits::<AsyncLock>)
        .rival("std", permits::<StdPermits>)
        .rival("parking_lot", permits::<ParkingLotPermits>)
}

/// So many threads and half as many permits.
fn contended(name: &str, threads: usize) -> Scenario {
    fn permits<P: Permits>(threads: usize) -> impl FnMut(u64) -> Elapsed {
        let present = threads.div_ceil(2);
        let permits = OnItsOwnLine(P::new(present));
        move |iterations| {
            let permits = permits.get();
            let share = (iterations * PERMITS).div_ceil(threads as u64);
            let elapsed = together(&mut vec![(); threads], |_, ()| {
                let mut done = 0;
                (0..share).for_each(|_| permits.with(|| done += 1));
                assert_eq!(black_box(done), share);
            });
            assert_eq!(permits.available(), present);
            elapsed
        }
    }
    Scenario::new(name, "permit", PERMITS)
        .ours(move || permits::<Semaphore>(threads))
        .rival("tokio", move || permits::<tokio::sync::Semaphore>(threads))
        .rival("async-lock", move || permits::<AsyncLock>(threads))
        .rival("std", move || permits::<StdPermits>(threads))
        .rival("parking_lot", move || permits::<ParkingLotPermits>(threads))
}

/// What threads contend for shares no cache line with anything else, which would decide the ratio.
#[repr(align(128))]
struct OnItsOwnLine<P>(P);

impl<P> OnItsOwnLine<P> {
    fn get(&self) -> &P {
        &self.0
    }
}

impl Permits for Semaphore {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn with(&self, work: impl FnOnce()) {
        let _permit = self.acquire();
        work();
    }

    fn available(&self) -> usize {
        Semaphore::available(self)
    }
}

impl Permits for tokio::sync::Semaphore {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    /// Tries first: waiting makes a waker, which who has only one permit to take would not.
    fn with(&self, work: impl FnOnce()) {
        let permit = self.try_acquire().or_else(|_| self.blocking_acquire());
        work();
        drop(permit.expect("nobody closes it"));
    }

    fn available(&self) -> usize {
        self.available_permits()
    }
}

struct AsyncLock {
    permits: async_lock::Semaphore,
    size: usize,
}

impl Permits for AsyncLock {
    fn new(permits: usize) -> Self {
        Self {
            permits: async_lock::Semaphore::new(permits),
            size: permits,
        }
    }

    fn with(&self, work: impl FnOnce()) {
        let _permit = self.permits.acquire_blocking();
        work();
    }

    fn available(&self) -> usize {
        let taken: Vec<_> = (0..self.size)
            .map_while(|_| self.permits.try_acquire())
            .collect();
        taken.len()
    }
}

struct StdPermits {
    free: Mutex<usize>,
    returned: Condvar,
}

impl Permits for StdPermits {
    fn new(permits: usize) -> Self {
        Self {
            free: Mutex::new(permits),
            returned: Condvar::new(),
        }
    }

    fn with(&self, work: impl FnOnce()) {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.returned.wait_while(free, |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
        work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.returned.notify_one();
    }

    fn available(&self) -> usize {
        *self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct ParkingLotPermits {
    free: parking_lot::Mutex<usize>,
    returned: parking_lot::Condvar,
}

impl Permits for ParkingLotPermits {
    fn new(permits: usize) -> Self {
        Self {
            free: parking_lot::Mutex::new(permits),
            returned: parking_lot::Condvar::new(),
        }
    }

    fn with(&self, work: impl FnOnce()) {
        let mut free = self.free.lock();
        self.returned.wait_while(&mut free, |free| *free == 0);
        *free -= 1;
        drop(free);
        work();
        *self.free.lock() += 1;
        self.returned.notify_one();
    }

    fn available(&self) -> usize {
        *self.free.lock()
    }
}
