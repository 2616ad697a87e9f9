//! `sleep`.

use std::time::{Duration, Instant};

use pythreads_threading::sleep;
use test_support::{delay, watchdog};

/// Not shorter than asked for.
#[test]
fn it_lasts_as_long_as_asked_for() {
    let _watchdog = watchdog();
    let start = Instant::now();
    sleep(*delay::SHORT);
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
}

/// Zero returns at once.
#[test]
fn zero_does_not_sleep() {
    let _watchdog = watchdog();
    let start = Instant::now();
    for _ in 0..100 {
        sleep(Duration::ZERO);
    }
    delay::elapsed_within(start, Duration::ZERO, *delay::LONG);
}
