//! What does a map cost that may borrow, beside others that may?

mod imap;

use std::hint::black_box;
use std::time::Duration;

use pythreads::multiprocessing::pool::ThreadPool;
use pythreads::threading::sleep;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::maps::{Mapping, work_1ns};
use crate::rivals::Pool;
use crate::scenario::{Scenario, Size};

const DELIVERED: &str = "no item fails";

pub(crate) fn scenarios(size: Size) -> Vec<Scenario> {
    vec![
        map_tiny(size),
        map_10ms(size),
        imap::ordered(size),
        imap::unordered(size),
        starmap(size),
    ]
}

pub(crate) fn scalable(size: Size) -> Vec<Scenario> {
    vec![map_tiny(size), imap::ordered(size), starmap(size)]
}

/// A million numbers, about 1 ns of work for each.
fn map_tiny(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 1_000_000 / size.divisor,
        function: work_1ns,
    };
    mapping.scenario("pool/map-tiny-1m", size.threads, ours)
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
    let scenario = mapping.scenario("pool/map-10ms", size.threads, ours);
    mapping.with_beekeeper(scenario, size.threads)
}

fn ours<F>(threads: usize, mapping: Mapping<F>) -> impl FnMut() -> Vec<u64>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    let pool = ThreadPool::new(threads);
    let map = move || pool.map(0..mapping.items, mapping.function);
    move || map().expect(DELIVERED)
}

/// 100,000 pairs through a function of two parameters.
fn starmap(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 100_000 / size.divisor,
        function: work_1ns,
    };
    let pairs = move || {
        (0..mapping.items)
            .map(|number| (number, 1))
            .collect::<Vec<_>>()
    };
    let add = |one, other| black_box(one) + other;
    Scenario::new("pool/starmap", "item", mapping.items)
        .ours(move || {
            let (pool, pairs) = (ThreadPool::new(size.threads), pairs());
            let map = move || pool.starmap(&pairs, add);
            mapping.checked(move || map().expect(DELIVERED))
        })
        .rival("rayon", move || {
            let (pool, pairs) = (<rayon::ThreadPool as Pool>::new(size.threads), pairs());
            let map = move || {
                pairs
                    .par_iter()
                    .map(|&(one, other)| add(one, other))
                    .collect()
            };
            mapping.checked(move || pool.install(&map))
        })
        .floor("loop", move || {
            let pairs = pairs();
            let map = move || pairs.iter().map(|&(one, other)| add(one, other)).collect();
            mapping.checked(map)
        })
}
