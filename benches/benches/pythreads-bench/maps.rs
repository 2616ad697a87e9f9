//! Many items through one function, by everybody who has a map: the rivals of both pools.

mod orx;
mod paralight;

use std::hint::black_box;
use std::thread::{self, ScopedJoinHandle};

use beekeeper::bee::CloneQueen;
use beekeeper::bee::stock::Caller;
use beekeeper::hive::{
    Builder as _, ChannelBuilder, ChannelTaskQueues, Hive, Outcome, TaskQueuesBuilder as _,
};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::clock::{Elapsed, Reading};
use crate::rivals::Pool;
use crate::scenario::Scenario;

const DELIVERED: &str = "no item fails";

/// Numbers from 0, and what is done with each. Whatever else it does, it adds one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mapping<F> {
    pub(crate) items: u64,
    pub(crate) function: F,
}

/// One addition, which the optimiser cannot merge with its neighbours.
#[inline]
pub(crate) fn work_1ns(number: u64) -> u64 {
    black_box(number) + 1
}

/// About 100 µs of work on a processor of 2.5 GHz, of which nothing can be left out.
pub(crate) fn work_100us(number: u64) -> u64 {
    const STEPS: u64 = 65_000;
    let mixed = (0..STEPS).fold(number, |mixed, step| {
        black_box(
            mixed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(step),
        )
    });
    black_box(mixed);
    number + 1
}

impl<F: Fn(u64) -> u64 + Copy + Send + Sync + 'static> Mapping<F> {
    /// Measures calls of `map`, without the time that the check takes.
    pub(crate) fn checked(self, mut map: impl FnMut() -> Vec<u64>) -> impl FnMut(u64) -> Elapsed {
        move |iterations| {
            let mut elapsed = Elapsed::default();
            for _ in 0..iterations {
                let start = Reading::now();
                let results = map();
                elapsed += start.elapsed();
                assert!(results.into_iter().eq(1..=self.items));
            }
            elapsed
        }
    }

    /// Ours beside those who split the items between their threads.
    pub(crate) fn scenario<M>(
        self,
        name: &str,
        threads: usize,
        ours: impl Fn(usize, Self) -> M + 'static,
    ) -> Scenario
    where
        M: FnMut() -> Vec<u64> + 'static,
    {
        let scenario =
            Scenario::new(name, "item", self.items).ours(move || self.checked(ours(threads, self)));
        self.with_splitters(scenario, threads)
    }

    /// Those who split the items between their threads, and a loop.
    fn with_splitters(self, scenario: Scenario, threads: usize) -> Scenario {
        let Self { items, function } = self;
        scenario
            .rival("rayon", move || {
                let pool = <rayon::ThreadPool as Pool>::new(threads);
                let map = move || (0..items).into_par_iter().map(function).collect();
                self.checked(move || pool.install(map))
            })
            .rival("orx-parallel", move || {
                self.checked(orx::map(self, threads))
            })
            .rival("paralight", move || {
                self.checked(paralight::map(self, threads))
            })
            .rival("std", move || {
                self.checked(move || in_new_threads(self, threads))
            })
            .floor("loop", move || {
                self.checked(move || (0..items).map(function).collect())
            })
    }

    /// Who makes a task of each item.
    pub(crate) fn with_beekeeper(self, scenario: Scenario, threads: usize) -> Scenario {
        scenario.rival("beekeeper", move || {
            let hive = hive(threads, self.function);
            self.checked(move || hive.map(0..self.items).map(Outcome::unwrap).collect())
        })
    }
}

/// Beekeeper's pool for one function.
pub(crate) type FunctionHive<F> =
    Hive<CloneQueen<Caller<u64, u64, F>>, ChannelTaskQueues<Caller<u64, u64, F>>>;

/// Makes a task of each item.
pub(crate) fn hive<F>(threads: usize, function: F) -> FunctionHive<F>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    ChannelBuilder::default()
        .num_threads(threads)
        .with_worker(Caller::from(function))
        .build()
}

/// A thread for each share of the items, started anew each time: all that std offers.
fn in_new_threads<F>(mapping: Mapping<F>, threads: usize) -> Vec<u64>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync,
{
    thread::scope(|scope| {
        let share = mapping.items.div_ceil(threads as u64);
        let shares = (0..threads as u64).map(|thread| {
            let items =
                (thread * share).min(mapping.items)..((thread + 1) * share).min(mapping.items);
            scope.spawn(move || items.map(mapping.function).collect::<Vec<_>>())
        });
        let shares: Vec<_> = shares.collect();
        let results = shares.into_iter().map(ScopedJoinHandle::join);
        results
            .flat_map(|results| results.expect(DELIVERED))
            .collect()
    })
}
