//! How many items are claimed at a time.

use std::time::Duration;

use super::{Sizes, default_chunksize};

const QUICK: Duration = Duration::ZERO;
const SLOW: Duration = Duration::from_millis(1);

fn sizes(items: usize, workers: usize) -> Sizes {
    Sizes {
        most: default_chunksize(items, workers),
        workers,
        adapt: true,
        one_each: false,
        are_chunks: false,
    }
}

/// As Python computes it (M2): a quarter of each worker's share, rounded up; here at least one.
#[test]
fn m2_the_default_chunksize_is_pythons() {
    let expected = [
        (0, 1, 1),
        (1, 1, 1),
        (4, 1, 1),
        (5, 1, 2),
        (8, 2, 1),
        (9, 2, 2),
        (17, 2, 3),
        (100, 4, 7),
        (1_000, 8, 32),
        (usize::MAX, usize::MAX, 1),
    ];
    for (items, workers, chunksize) in expected {
        assert_eq!(default_chunksize(items, workers), chunksize, "{items}");
    }
}

/// Runs begin with one item, and grow to that while they are quick, whatever is left.
#[test]
fn quick_runs_grow_to_the_default_chunksize() {
    let sizes = sizes(1_000, 2);
    let mut size = sizes.first();
    let mut seen = vec![size];
    for _ in 0..9 {
        size = sizes.next(size, sizes.limit(size, 1_000), QUICK);
        seen.push(size);
    }
    assert_eq!(seen, [1, 2, 4, 8, 16, 32, 64, 125, 125, 125]);
}

/// Slow ones shrink, to one item at the least.
#[test]
fn slow_runs_shrink_to_one_item() {
    let sizes = sizes(1_000, 2);
    let mut size = 100;
    let mut seen = Vec::new();
    for _ in 0..8 {
        size = sizes.next(size, size, SLOW);
        seen.push(size);
    }
    assert_eq!(seen, [50, 25, 12, 6, 3, 1, 1, 1]);
}

/// At the end all are short, so that the workers end together.
#[test]
fn the_last_runs_are_short() {
    let sizes = sizes(1_000, 2);
    let limits = [1_000, 400, 100, 9, 4, 1].map(|left| sizes.limit(125, left));
    assert_eq!(limits, [125, 100, 25, 3, 1, 1]);
}
