//! 100,000 numbers, taken as the results are read, one at a time.

use beekeeper::hive::Outcome;
use pariter::IteratorExt as _;
use pythreads::concurrent::futures::Exception;
use pythreads::multiprocessing::pool::ThreadPool;
use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

use super::DELIVERED;
use crate::maps::{hive, work_1ns};
use crate::rivals::Pool;
use crate::scenario::{Scenario, Size, timed};

/// The results come in the order of the input.
pub(super) fn ordered(size: Size) -> Scenario {
    let (items, threads) = (items(size), size.threads);
    Scenario::new("pool/imap", "item", items)
        .ours(move || {
            let pool = ThreadPool::new(threads);
            timed(move || check_order(items, pool.imap(0..items, work_1ns).map(delivered)))
        })
        .rival("pariter", move || {
            timed(move || check_order(items, by_pariter(items, threads)))
        })
        .rival("beekeeper", move || {
            let hive = hive(threads, work_1ns);
            timed(move || check_order(items, hive.map(0..items).map(Outcome::unwrap)))
        })
}

/// They come as they are there.
pub(super) fn unordered(size: Size) -> Scenario {
    let (items, threads) = (items(size), size.threads);
    Scenario::new("pool/imap-unordered", "item", items)
        .ours(move || {
            let pool = ThreadPool::new(threads);
            timed(move || {
                let results = pool.imap_unordered(0..items, work_1ns);
                check_sum(items, results.map(delivered));
            })
        })
        .rival("pariter", move || {
            timed(move || check_sum(items, by_pariter(items, threads)))
        })
        .rival("beekeeper", move || {
            let hive = hive(threads, work_1ns);
            timed(move || check_sum(items, hive.map_unordered(0..items).map(Outcome::unwrap)))
        })
        .rival("rayon", move || {
            let pool = <rayon::ThreadPool as Pool>::new(threads);
            let results = move || (0..items).par_bridge().map(work_1ns).collect::<Vec<_>>();
            timed(move || check_sum(items, pool.install(results).into_iter()))
        })
}

fn items(size: Size) -> u64 {
    100_000 / size.divisor
}

/// It starts its threads anew each time.
fn by_pariter(items: u64, threads: usize) -> impl Iterator<Item = u64> {
    (0..items).parallel_map_custom(|options| options.threads(threads), work_1ns)
}

fn delivered(result: Result<u64, Exception>) -> u64 {
    result.expect(DELIVERED)
}

fn check_order(items: u64, results: impl Iterator<Item = u64>) {
    assert!(results.eq(1..=items));
}

fn check_sum(items: u64, results: impl Iterator<Item = u64>) {
    assert_eq!(results.sum::<u64>(), items * (items + 1) / 2);
}
