//! What does a map cost that may borrow, beside others that may?

use std::time::Duration;

use pythreads::multiprocessing::pool::ThreadPool;
use pythreads::threading::sleep;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::clock::Elapsed;
use crate::maps::Mapping;
use crate::rivals::Pool;
use crate::scenario::{Scenario, Size, timed};

const DELIVERED: &str = "no item fails";

pub(crate) fn scenarios(size: Size) -> Vec<Scenario> {
    vec![map_tiny(size), map_10ms(size), starmap(size)]
}

pub(crate) fn scalable(size: Size) -> Vec<Scenario> {
    vec![map_tiny(size), starmap(size)]
}

/// A million numbers, one added to each.
fn map_tiny(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 1_000_000 / size.divisor,
        function: |number| number + 1,
    };
    let scenario = Scenario::new("pool/map-tiny-1m", "item", mapping.items)
        .ours(move || ours(size.threads, mapping));
    mapping.with_splitters(scenario, size.threads)
}

/// 100 numbers, 10 ms of waiting for each.
fn map_10ms(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 100 / size.divisor.min(25),
        function: |number| {
            sleep(Duration::from_millis(10));
            number + 1
        },
    };
    let scenario = Scenario::new("pool/map-10ms", "item", mapping.items)
        .ours(move || ours(size.threads, mapping));
    let scenario = mapping.with_splitters(scenario, size.threads);
    mapping.with_beekeeper(scenario, size.threads)
}

fn ours<F>(threads: usize, mapping: Mapping<F>) -> impl FnMut(u64) -> Elapsed
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    let pool = ThreadPool::new(threads);
    let map = move || pool.map(0..mapping.items, mapping.function);
    mapping.checked(move || map().expect(DELIVERED))
}

/// 100,000 pairs through a function of two parameters.
fn starmap(size: Size) -> Scenario {
    let items = 100_000 / size.divisor;
    let pairs: std::sync::Arc<[(u64, u64)]> = (0..items).map(|number| (number, 1)).collect();
    let pairs_of_rayon = std::sync::Arc::clone(&pairs);
    let pairs_of_loop = std::sync::Arc::clone(&pairs);
    let check = move |sums: Vec<u64>| assert!(sums.into_iter().eq(1..=items));
    let add = |one: u64, other: u64| one + other;
    Scenario::new("pool/starmap", "item", items)
        .ours(move || {
            let (pool, pairs) = (ThreadPool::new(size.threads), std::sync::Arc::clone(&pairs));
            timed(move || check(pool.starmap(pairs.iter().copied(), add).expect(DELIVERED)))
        })
        .rival("rayon", move || {
            let pool = <rayon::ThreadPool as Pool>::new(size.threads);
            let pairs = std::sync::Arc::clone(&pairs_of_rayon);
            timed(move || {
                let sums = pairs.par_iter().map(|&(one, other)| add(one, other));
                check(pool.install(|| sums.collect()));
            })
        })
        .floor("loop", move || {
            let pairs = std::sync::Arc::clone(&pairs_of_loop);
            timed(move || check(pairs.iter().map(|&(one, other)| add(one, other)).collect()))
        })
}
