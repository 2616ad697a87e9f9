//! What is inside a heap stays in order.

use std::cmp::Ordering;

use super::{Heap, parent_of};
use crate::block::{SHORT, block_len};
use crate::storage::Storage;

/// Compared by the key alone. So large that a block holds few.
struct Wide {
    key: u64,
    number: u64,
    _rest: [u64; 128],
}

impl PartialEq for Wide {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Wide {}
impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl Wide {
    fn place(&self) -> (u64, u64) {
        (self.key, self.number)
    }
}

/// Invariants 1 to 3, and the length.
fn check(heap: &Heap<Wide>) {
    assert!(heap.young.iter().is_sorted_by_key(Wide::place));
    let mut len = heap.young.len();
    for (place, run) in heap.runs.iter().enumerate() {
        let items = || std::iter::once(&run.first).chain(&run.rest);
        assert!(items().is_sorted_by_key(Wide::place));
        len += items().count();
        let is_older = |other: &Wide| items().all(|item| item.number < other.number);
        assert!(heap.young.iter().all(is_older));
        for other in heap.runs.iter().filter(|other| other.number > run.number) {
            assert!(is_older(&other.first) && other.rest.iter().all(is_older));
        }
        if place > 0 {
            let parent = &heap.runs[parent_of(place)];
            let key = |run: &super::Run<Wide>| (run.first.key, run.number);
            assert!(key(parent) < key(run));
        }
    }
    assert_eq!(heap.len(), len);
}

/// Whatever is put and got, in whatever order: what comes out is the smallest, and of equal ones the oldest.
#[test]
fn the_order_is_kept_over_many_runs() {
    let mut seed = 7_u64;
    let mut dice = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut heap = Heap::new();
    let mut model = std::collections::BTreeSet::new();
    let mut most_runs = 0;
    for number in 0..6_000 {
        // It grows, then it shrinks, and most keys come several times.
        if dice(100) < if number < 3_000 { 60 } else { 40 } {
            let key = dice(100);
            heap.put(Wide {
                key,
                number,
                _rest: [0; 128],
            });
            model.insert((key, number));
        } else {
            assert_eq!(heap.get().map(|item| item.place()), model.pop_first());
        }
        if number % 20 == 0 {
            check(&heap);
        }
        most_runs = most_runs.max(heap.runs.len());
    }
    assert!(most_runs > 20, "{most_runs}");
}

/// A run whose items are nearly all gone does not keep its block, nor does an emptied heap keep more than one.
#[test]
fn what_is_left_of_a_run_takes_little_room() {
    let mut heap = Heap::new();
    let block = block_len::<u64>() as u64;
    for far in 1..=3 {
        for n in 0..100 * block {
            // The last ones of each block stay long.
            heap.put(if n % block < far { u64::MAX } else { n });
        }
        for _ in 0..99 * (block - far) {
            heap.get();
        }
        let room: usize = heap.runs.iter().map(|run| run.rest.capacity()).sum();
        assert!(heap.runs.len() >= 99 && room <= 101 * block_len::<u64>() / 8);
        while heap.get().is_some() {}
        assert_eq!((heap.spare.capacity(), heap.runs.capacity()), (0, 0));
        assert!(heap.young.capacity() <= block_len::<u64>());
    }
}

/// Nor does it keep a long list of runs, however their blocks went from one to the other.
#[test]
fn an_emptied_heap_keeps_no_long_list() {
    let mut seed = 7_u64;
    let mut dice = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut most_runs = 0;
    for _ in 0..40 {
        let mut heap = Heap::new();
        for _ in 0..=dice(4) {
            for _ in 0..=dice(3_000) {
                heap.put(Wide {
                    key: dice(1_000),
                    number: 0,
                    _rest: [0; 128],
                });
            }
            most_runs = most_runs.max(heap.runs.len());
            for _ in 0..dice(heap.len() as u64 + 1) {
                heap.get();
            }
        }
        while heap.get().is_some() {}
        assert_eq!(heap.spare.capacity(), 0);
        assert!(heap.runs.capacity() <= SHORT, "{}", heap.runs.capacity());
    }
    assert!(most_runs > 10 * SHORT, "{most_runs}");
}
