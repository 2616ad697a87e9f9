//! What does a short critical section cost?

#![expect(
    clippy::disallowed_types,
    reason = "std's mutex is a rival, and its barrier starts the threads of all"
)]

use std::sync::{Barrier, PoisonError};
use std::thread;
use std::time::Instant;

use criterion::{Bencher, BenchmarkGroup, Throughput, measurement::WallTime};
use pythreads::threading::Lock;
use pythreads_benches::settings;

/// Sections in one iteration.
const SECTIONS: u64 = 1_000;

/// A number behind a lock.
trait Counter: Sync {
    fn add_one(&self);
    fn take(&self) -> u64;
}

impl Counter for Lock<u64> {
    fn add_one(&self) {
        *self.acquire() += 1;
    }

    fn take(&self) -> u64 {
        std::mem::take(&mut *self.acquire())
    }
}

impl Counter for std::sync::Mutex<u64> {
    fn add_one(&self) {
        *self.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn take(&self) -> u64 {
        std::mem::take(&mut *self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counter for parking_lot::Mutex<u64> {
    fn add_one(&self) {
        *self.lock() += 1;
    }

    fn take(&self) -> u64 {
        std::mem::take(&mut *self.lock())
    }
}

fn main() {
    let mut criterion = settings();
    let mut group = criterion.benchmark_group("lock/uncontended");
    each_lock(&mut group, uncontended, uncontended, uncontended);
    group.finish();
    let mut group = criterion.benchmark_group("lock/contended-2");
    each_lock(&mut group, contended, contended, contended);
    group.finish();
    criterion.final_summary();
}

fn each_lock(
    group: &mut BenchmarkGroup<'_, WallTime>,
    ours: fn(&mut Bencher<'_>, &Lock<u64>),
    std: fn(&mut Bencher<'_>, &std::sync::Mutex<u64>),
    parking_lot: fn(&mut Bencher<'_>, &parking_lot::Mutex<u64>),
) {
    group.throughput(Throughput::Elements(SECTIONS));
    group.bench_function("pythreads", |b| ours(b, &Lock::new(0)));
    group.bench_function("std", |b| std(b, &std::sync::Mutex::new(0)));
    group.bench_function("parking_lot", |b| {
        parking_lot(b, &parking_lot::Mutex::new(0));
    });
}

fn uncontended(b: &mut Bencher<'_>, counter: &impl Counter) {
    b.iter(|| {
        (0..SECTIONS).for_each(|_| counter.add_one());
        assert_eq!(counter.take(), SECTIONS);
    });
}

/// Two threads at once, each with half of the sections.
fn contended(b: &mut Bencher<'_>, counter: &impl Counter) {
    b.iter_custom(|iterations| {
        let gate = Barrier::new(3);
        let elapsed = thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    gate.wait();
                    (0..iterations * SECTIONS / 2).for_each(|_| counter.add_one());
                    gate.wait();
                });
            }
            gate.wait();
            let start = Instant::now();
            gate.wait();
            start.elapsed()
        });
        assert_eq!(counter.take(), iterations * SECTIONS);
        elapsed
    });
}
