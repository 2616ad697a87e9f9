//! Many items through one small function, by the executor's own map.

use pythreads::concurrent::futures::ThreadPoolExecutor;

use super::DELIVERED;
use crate::maps::{Mapping, work_1ns, work_100us};
use crate::scenario::{Scenario, Size};

pub(super) fn scenarios(size: Size) -> Vec<Scenario> {
    vec![tiny(size), of_100us(size)]
}

/// A million numbers, about 1 ns of work for each.
fn tiny(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 1_000_000 / size.divisor,
        function: work_1ns,
    };
    mapping.scenario("executor/map-tiny-1m", size.threads, ours)
}

/// 1,000 numbers, 100 µs of work for each.
fn of_100us(size: Size) -> Scenario {
    let mapping = Mapping {
        items: 1_000 / size.divisor,
        function: work_100us,
    };
    let scenario = mapping.scenario("executor/map-100us", size.threads, ours);
    mapping.with_beekeeper(scenario, size.threads)
}

fn ours<F>(threads: usize, mapping: Mapping<F>) -> impl FnMut() -> Vec<u64>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    let executor = ThreadPoolExecutor::new(threads);
    let map = move || executor.map(0..mapping.items, mapping.function).into_vec();
    move || map().expect(DELIVERED)
}
