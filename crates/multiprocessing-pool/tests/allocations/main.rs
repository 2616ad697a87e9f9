//! How much memory an endless `imap` takes. One test, since the counts are the whole process's.

use pythreads_multiprocessing_pool::ThreadPool;
use test_support::counting_alloc::{CountingAllocator, traffic_in_process};
use test_support::watchdog;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const ITEMS: usize = 200_000;

/// Once its window is filled, an `imap` asks for less than a byte for each further item, so it keeps none of them.
#[test]
fn i3_the_memory_of_an_endless_imap_is_flat() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for map in [
        pool.imap(0_u64.., |n| n),
        pool.imap_unordered(0_u64.., |n| n),
    ] {
        let mut results = map.map(Result::unwrap);
        let filled: u64 = results.by_ref().take(20_000).sum();
        let traffic = traffic_in_process(|| results.by_ref().take(ITEMS).sum::<u64>());
        assert!(filled > 0 && traffic.bytes < ITEMS, "{traffic:?}");
    }
}
