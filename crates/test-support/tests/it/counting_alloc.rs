//! Counted allocations.

use std::hint::black_box;

use test_support::counting_alloc::{
    CountingAllocator, Memory, allocations, allocations_in_process, memory, traffic_in_process,
};
use test_support::{checked_spawn, watchdog};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Each way to ask for memory counts once, and giving it back does not count.
#[test]
fn every_way_to_allocate_counts() {
    let _watchdog = watchdog();
    assert_eq!(allocations(|| ()), 0);
    assert_eq!(allocations(|| Box::new(1)), 1);
    assert_eq!(allocations(|| vec![0_u8; 1000]), 1);
    let mut grown = Vec::with_capacity(1);
    grown.push(1);
    assert_eq!(allocations(|| grown.push(2)), 1);
    assert_eq!(allocations(|| drop(grown)), 0);
}

/// The most and the last are told apart, and a block that is made larger counts twice meanwhile.
#[test]
fn memory_is_counted_in_bytes() {
    let _watchdog = watchdog();
    let taken = memory(|| {
        drop(black_box(vec![0_u8; 1000]));
        black_box(vec![0_u8; 300])
    });
    let expected = Memory {
        most: 1000,
        kept: 300,
    };
    assert_eq!(taken, expected);
    let mut grown = Vec::<u8>::with_capacity(100);
    let taken = memory(|| grown.reserve_exact(150));
    let expected = Memory {
        most: 150,
        kept: 50,
    };
    assert_eq!(taken, expected);
}

/// Other threads count for the process, not for the caller.
#[test]
fn threads_are_counted_apart() {
    let _watchdog = watchdog();
    let mut own = 0;
    let in_process = allocations_in_process(|| {
        let allocate = || (0..1000).for_each(|n| drop(black_box(Box::new(n))));
        own = allocations(|| checked_spawn(allocate).join());
    });
    assert!(own < 1000, "{own}");
    assert!(in_process >= 1000 + own, "{in_process}");
}

/// The bytes are those asked for; growing counts what it adds, giving back nothing.
#[test]
fn bytes_are_counted() {
    let _watchdog = watchdog();
    let traffic = traffic_in_process(|| {
        let mut grown = black_box(Vec::<u8>::with_capacity(100_000));
        grown.reserve_exact(250_000);
        drop(black_box(grown));
    });
    // Other threads of the harness may allocate a little meanwhile.
    assert!(traffic.allocations >= 2, "{traffic:?}");
    assert!((250_000..1_000_000).contains(&traffic.bytes), "{traffic:?}");
}
