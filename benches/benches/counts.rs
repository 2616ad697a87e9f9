//! How many instructions does the uncontended way through each primitive take, beside its rivals'?
//!
//! Counted under callgrind, so one run is enough and a busy machine does not matter. `cargo xtask counts` runs it. Ours fail
//! when they need over two per cent more than is recorded here, with the compiler of the workspace's `rust-version`; where
//! fewer do, lower the number. The figures and what they mean are in docs/performance.md.
#![expect(
    missing_docs,
    unused_qualifications,
    reason = "gungraun's macros write public items and long paths"
)]

use std::array;
use std::hint::black_box;

use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use parking_lot::{Condvar, Mutex, ReentrantMutex};
use pythreads::queue::Queue;
use pythreads::threading::{Condition, Event, Lock, RLock, RwLock, Semaphore};

/// Rounds in one measurement: enough to make what happens once disappear.
const ROUNDS: u64 = 1_000;

/// Fails where a round takes over two per cent more instructions than these.
fn at_most(instructions_per_round: u64) -> LibraryBenchmarkConfig {
    let limit = instructions_per_round * ROUNDS * 102 / 100;
    let mut callgrind = Callgrind::default();
    callgrind.hard_limits([(EventKind::Ir, limit)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

/// A thousand rounds with `thing`, of which the optimiser knows nothing.
fn repeat<T>(thing: T, mut round: impl FnMut(&T)) {
    let thing = black_box(thing);
    (0..ROUNDS).for_each(|_| round(black_box(&thing)));
}

#[library_benchmark(config = at_most(12))]
fn lock_ours() {
    repeat(Lock::new(0_u64), |lock| *lock.acquire() += 1);
}

#[library_benchmark]
fn lock_parking_lot() {
    repeat(Mutex::new(0_u64), |lock| *lock.lock() += 1);
}

#[library_benchmark]
fn lock_std() {
    repeat(std::sync::Mutex::new(0_u64), |lock| {
        *lock.lock().unwrap() += 1;
    });
}

#[library_benchmark(config = at_most(26))]
fn rlock_ours() {
    repeat(RLock::new(0_u64), |lock| drop(black_box(lock.acquire())));
}

#[library_benchmark]
fn rlock_parking_lot() {
    repeat(ReentrantMutex::new(0_u64), |lock| {
        drop(black_box(lock.lock()));
    });
}

#[library_benchmark(config = at_most(175))]
fn rlock_depth_8_ours() {
    repeat(RLock::new(0_u64), |lock| {
        drop(black_box(array::from_fn::<_, 8, _>(|_| lock.acquire())));
    });
}

#[library_benchmark]
fn rlock_depth_8_parking_lot() {
    repeat(ReentrantMutex::new(0_u64), |lock| {
        drop(black_box(array::from_fn::<_, 8, _>(|_| lock.lock())));
    });
}

#[library_benchmark(config = at_most(43))]
fn semaphore_ours() {
    repeat(Semaphore::new(1), |semaphore| {
        drop(black_box(semaphore.acquire()));
    });
}

#[library_benchmark]
fn semaphore_tokio() {
    repeat(tokio::sync::Semaphore::new(1), |semaphore| {
        drop(black_box(semaphore.try_acquire().unwrap()));
    });
}

#[library_benchmark(config = at_most(7))]
fn event_is_set_ours() {
    repeat(Event::new(), |event| {
        black_box(event.is_set());
    });
}

#[library_benchmark(config = at_most(13))]
fn event_set_ours() {
    repeat(Event::new(), Event::set);
}

#[library_benchmark(config = at_most(7))]
fn condition_notify_without_waiters_ours() {
    let lock = Lock::new(());
    let guard = lock.acquire();
    repeat(Condition::new(), |condition| condition.notify_one(&guard));
}

#[library_benchmark]
fn condition_notify_without_waiters_parking_lot() {
    repeat(Condvar::new(), |condition| {
        black_box(condition.notify_one());
    });
}

#[library_benchmark(config = at_most(19))]
fn rwlock_read_ours() {
    repeat(RwLock::new(0_u64), |lock| {
        black_box(*lock.read());
    });
}

#[library_benchmark]
fn rwlock_read_parking_lot() {
    repeat(parking_lot::RwLock::new(0_u64), |lock| {
        black_box(*lock.read());
    });
}

#[library_benchmark(config = at_most(12))]
fn rwlock_write_ours() {
    repeat(RwLock::new(0_u64), |lock| *lock.write() += 1);
}

#[library_benchmark]
fn rwlock_write_parking_lot() {
    repeat(parking_lot::RwLock::new(0_u64), |lock| *lock.write() += 1);
}

#[library_benchmark(config = at_most(168))]
fn queue_put_get_ours() {
    repeat(Queue::new(), |queue| {
        queue.put(1_u64).unwrap();
        black_box(queue.get().unwrap());
    });
}

#[library_benchmark]
fn queue_put_get_crossbeam() {
    repeat(crossbeam_channel::unbounded(), |(sender, receiver)| {
        sender.send(1_u64).unwrap();
        black_box(receiver.recv().unwrap());
    });
}

library_benchmark_group!(
    name = uncontended,
    benchmarks = [
        lock_ours,
        lock_parking_lot,
        lock_std,
        rlock_ours,
        rlock_parking_lot,
        rlock_depth_8_ours,
        rlock_depth_8_parking_lot,
        semaphore_ours,
        semaphore_tokio,
        event_is_set_ours,
        event_set_ours,
        condition_notify_without_waiters_ours,
        condition_notify_without_waiters_parking_lot,
        rwlock_read_ours,
        rwlock_read_parking_lot,
        rwlock_write_ours,
        rwlock_write_parking_lot,
        queue_put_get_ours,
        queue_put_get_crossbeam,
    ]
);

main!(library_benchmark_groups = uncontended);
