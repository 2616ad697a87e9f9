//! The map of orx-parallel, in a pool of rayon's, which its authors recommend.

use orx_parallel::{IntoParIter as _, Par as _, Runner};

use super::Mapping;
use crate::rivals::Pool;

pub(super) fn map<F>(mapping: Mapping<F>, threads: usize) -> impl FnMut() -> Vec<u64>
where
    F: Fn(u64) -> u64 + Copy + Send + Sync + 'static,
{
    let pool = <rayon::ThreadPool as Pool>::new(threads);
    let items = usize::try_from(mapping.items).expect("the items fit into memory");
    move || {
        (0..items)
            .into_par()
            .runner(Runner::adaptive_with_pool(&pool))
            .map(|item| (mapping.function)(item as u64))
            .collect()
    }
}
