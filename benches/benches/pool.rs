//! What does a map over borrowed data cost, beside a loop?

use std::thread::{self, ScopedJoinHandle};

use criterion::{Bencher, Throughput};
use pythreads::multiprocessing::pool::ThreadPool;
use pythreads_benches::{WORKERS, settings};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

const ITEMS: u64 = 10_000;

fn main() {
    let mut criterion = settings();
    let mut group = criterion.benchmark_group("pool/map-tiny");
    group.throughput(Throughput::Elements(ITEMS));
    let pool = ThreadPool::new(WORKERS);
    group.bench_function("pythreads", |b| {
        map_of(b, |items| pool.map(items, double).expect("no item fails"));
    });
    let builder = rayon::ThreadPoolBuilder::new().num_threads(WORKERS);
    let pool = builder.build().expect("the system gives two threads");
    group.bench_function("rayon", |b| {
        map_of(b, |items| {
            pool.install(|| items.par_iter().map(double).collect())
        });
    });
    group.bench_function("std-scope", |b| map_of(b, in_new_threads));
    group.bench_function("loop", |b| {
        map_of(b, |items| items.iter().map(double).collect());
    });
    group.finish();
    criterion.final_summary();
}

/// One multiplication, which the optimiser cannot merge with its neighbours.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the items are borrowed, and large ones would be"
)]
fn double(item: &u64) -> u64 {
    std::hint::black_box(*item) * 2
}

/// A thread for each share of the items, started anew each time: all that std offers.
fn in_new_threads(items: &[u64]) -> Vec<u64> {
    thread::scope(|scope| {
        let share = items.len().div_ceil(WORKERS);
        let of_a_share = |share: &[u64]| share.iter().map(double).collect::<Vec<_>>();
        let threads: Vec<_> = items
            .chunks(share)
            .map(|share| scope.spawn(move || of_a_share(share)))
            .collect();
        let results = threads.into_iter().map(ScopedJoinHandle::join);
        results
            .flat_map(|results| results.expect("no item fails"))
            .collect()
    })
}

fn map_of(b: &mut Bencher<'_>, map: impl Fn(&[u64]) -> Vec<u64>) {
    let items: Vec<u64> = (0..ITEMS).collect();
    b.iter(|| {
        let doubled = map(&items);
        assert!(doubled.into_iter().eq((0..ITEMS).map(|n| n * 2)));
    });
}
