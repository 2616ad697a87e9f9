//! Looking around for a moment before going to sleep.
//!
//! A thread that sleeps is back some 30 µs after it was woken, and waking it costs its waker 5 µs; a hand-over between two
//! running threads takes less than one. So who is about to sleep keeps looking for about as long as the sleep would cost:
//! then it never pays more than twice what the better choice would have cost it. Without it two threads with a bounded
//! queue between them fall into a step in which each sleeps while the other works.
//!
//! It yields before it looks at all: who has to bring about the change may be waiting for this very CPU, and if it runs on
//! another one, it gets on undisturbed and leaves more than a single item or place.

use std::thread::yield_now;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Glance;

/// About what it costs to sleep and be woken.
const COST_OF_SLEEP: Duration = Duration::from_micros(20);

/// Looks until it has `found` something or it is time to sleep. On one CPU it does not look: nobody else runs meanwhile.
pub(crate) fn look_around(found: impl Fn() -> bool) {
    let glance = Glance::new();
    let mut others_run = false;
    while glance.again() {
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
