//! Eager maps in circles of waits.

use std::sync::Arc;

use pythreads_concurrent_futures::{Exception, Map};
use test_support::{Counter, Flag, delay, watchdog};

use super::{Table, is_deadlock, pool};

/// A worker that reads a map of its own pool is told what it would be told of tasks: an item waits for the reader.
#[test]
fn p23_a_map_whose_item_waits_for_its_reader_is_reported() {
    let _watchdog = watchdog();
    let reads: [fn(Map<bool>) -> Vec<bool>; 3] = [
        |map| map.map(Result::unwrap).collect(),
        |map| map.unordered().map(Result::unwrap).collect(),
        |map| map.into_vec().unwrap(),
    ];
    for workers in 1..=3 {
        for read in reads {
            for items in [1, 3, 600] {
                let executor = pool(workers);
                let table = Table::of(1);
                let (inner, of_item) = (Arc::clone(&executor), Arc::clone(&table));
                let reader = executor.submit(move || {
                    let items = inner.map(0..items, move |n| {
                        n + 1 == items
                            && of_item
                                .get(0)
                                .result()
                                .is_err_and(|exception| is_deadlock(&exception))
                    });
                    read(items).into_iter().filter(|told| *told).count()
                });
                table.enter(0, reader);
                let told = match table.get(0).result() {
                    Ok(told) => *told,
                    Err(exception) => usize::from(is_deadlock(&exception)),
                };
                assert_eq!(told, 1, "{workers} workers, {items} items");
                assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
            }
        }
    }
}

/// The same if the map was made elsewhere, and read by a worker of another pool.
#[test]
fn p23_a_map_that_another_pool_reads_is_reported() {
    let _watchdog = watchdog();
    for unordered in [false, true] {
        let (own, other) = (pool(2), pool(1));
        let table = Table::of(1);
        let of_item = Arc::clone(&table);
        let map = own.map(0..10, move |n| {
            n == 5
                && of_item
                    .get(0)
                    .result()
                    .is_err_and(|exception| is_deadlock(&exception))
        });
        let reader = other.submit(move || {
            if unordered {
                map.unordered()
                    .filter(|told| *told.as_ref().unwrap())
                    .count()
            } else {
                map.filter(|told| *told.as_ref().unwrap()).count()
            }
        });
        table.enter(0, reader);
        let told = match table.get(0).result() {
            Ok(told) => *told,
            Err(exception) => usize::from(is_deadlock(&exception)),
        };
        assert_eq!(told, 1);
    }
}

/// The claims of one wait for any item after the other cost the same, however many items there are.
#[test]
fn p23_many_items_on_a_saturated_pool() {
    const ITEMS: usize = 100_000;
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || inner.map(0..ITEMS, |n| n).unordered().count());
    assert_eq!(outer.result().unwrap(), ITEMS);
}

/// Items that wait for a thread outside are no circle, whoever reads them and from wherever.
#[test]
fn p23_items_that_wait_for_somebody_outside_are_left_alone() {
    let _watchdog = watchdog();
    for round in 0..12_usize {
        let (workers, unordered) = (1 + round % 3, round % 2 == 0);
        let executor = pool(workers);
        let (go, begun) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
        let inner = Arc::clone(&executor);
        let outer = executor.submit({
            let (go, begun) = (Arc::clone(&go), Arc::clone(&begun));
            move || {
                let map = inner.map(0..300, move |n| {
                    begun.add(1);
                    go.wait();
                    n
                });
                let sum = |results: &mut dyn Iterator<Item = _>| -> Result<u64, Exception> {
                    results.sum()
                };
                if unordered {
                    sum(&mut map.unordered())
                } else {
                    sum(&mut { map })
                }
            }
        });
        begun.wait_for(1);
        pythreads_threading::sleep(*delay::SHORT); // the others fall asleep
        go.set();
        assert_eq!(outer.result().unwrap().unwrap(), 300 * 299 / 2);
    }
}

/// A map inside each item of a map, over a scope, on pools with fewer workers than maps.
#[test]
fn p23_maps_inside_maps_end() {
    let _watchdog = watchdog();
    for workers in 1..=3 {
        let executor = pool(workers);
        let sum = executor.scope(|s| {
            let executor = &executor;
            let items = s.map(0..20_u64, move |n| {
                let inner: u64 =
                    executor.scope(|s| s.map(0..n, |m| m).unordered().map(Result::unwrap).sum());
                inner + executor.map(0..n, |m| m).map(Result::unwrap).sum::<u64>()
            });
            items.unordered().map(Result::unwrap).sum::<u64>()
        });
        assert_eq!(sum, (0..20).map(|n: u64| n * n.saturating_sub(1)).sum());
    }
}
