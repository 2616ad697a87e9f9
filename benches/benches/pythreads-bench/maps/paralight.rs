//! The map of paralight, into a vector that it does not grow.

use paralight::iter::{
    ExactParallelSourceExt as _, IntoExactParallelRefMutSource as _, IntoExactParallelSource as _,
    ParallelIteratorExt as _, ZipableSource as _,
};
use paralight::threads::{CpuPinningPolicy, RangeStrategy, ThreadCount, ThreadPoolBuilder};

use super::Mapping;

pub(super) fn map<F>(mapping: Mapping<F>, threads: usize) -> impl FnMut() -> Vec<u64>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    let mut pool = ThreadPoolBuilder {
        num_threads: ThreadCount::try_from(threads).expect("a number of threads"),
        range_strategy: RangeStrategy::WorkStealing,
        cpu_pinning: CpuPinningPolicy::No,
    }
    .build();
    let items = usize::try_from(mapping.items).expect("the items fit into memory");
    move || {
        let mut results = vec![0; items];
        (results.par_iter_mut(), (0..items).into_par_iter())
            .zip_eq()
            .with_thread_pool(&mut pool)
            .for_each(|(result, item)| *result = (mapping.function)(item as u64));
        results
    }
}
