//! Looking around for a moment before going to sleep.
//!
//! A thread that sleeps is back some 30 µs after it was woken, and waking it costs its waker 5 µs; a hand-over between two
//! running threads takes less than one. So who is about to sleep keeps looking for about as long as the sleep would cost:
//! then it never pays more than twice what the better choice would have cost it. Without it two threads with a bounded
//! queue between them fall into a step in which each sleeps while the other works.

use std::thread::yield_now;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Spin;

/// About what it costs to sleep and be woken.
const COST_OF_SLEEP: Duration = Duration::from_micros(20);

/// Looks until it has `found` something or it is time to sleep. On one CPU it does not look: nobody else runs meanwhile.
pub(crate) fn look_around(found: impl Fn() -> bool) {
    let spin = Spin::new();
    let mut others_run = false;
    while spin.pause() {
        others_run = true;
        if found() {
            return;
        }
    }
    if !others_run {
        return;
    }
    let start = Instant::now();
    while start.elapsed() < COST_OF_SLEEP && !found() {
        yield_now();
    }
}
