//! What the benchmarks have in common. What each of them asks, and of whom, stands in README.md.

use std::time::Duration;

use criterion::Criterion;

/// How many workers each pool has, ours and the rivals'.
pub const WORKERS: usize = 2;

/// Short measurements: what is compared differs by more than a few per cent, and the machine is shared.
pub fn settings() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30)
        .configure_from_args()
}
