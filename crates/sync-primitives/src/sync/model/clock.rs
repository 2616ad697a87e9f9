//! Time as a choice of the checker.
//!
//! The clock stands still until a thread of the scenario strikes it, with
//! [`wait_queue::strike`](crate::wait_queue::strike). From then on every deadline has passed as soon as somebody looks,
//! and everybody has run out of patience. As the checker chooses when that thread runs, it tries every moment.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::atomic::{AtomicBool, Ordering};
use super::lazy_static;

lazy_static! {
    static ref STRUCK: AtomicBool = AtomicBool::new(false);
}

const HOUR: Duration = Duration::from_hours(1);
const AGES: Duration = Duration::from_hours(24 * 365 * 100);

/// The time. After the strike an hour passes between one look and the next, so that deadlines set late pass as well.
pub fn now() -> Instant {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    static LATE_LOOKS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    // Relaxed: that time has passed orders nothing.
    if STRUCK.load(Ordering::Relaxed) {
        *START + AGES + HOUR * LATE_LOOKS.fetch_add(1, Ordering::Relaxed)
    } else {
        *START
    }
}

/// Whether the time of the sleepers is over. Unlike [`now`] it never misses a strike that has happened.
pub(crate) fn has_struck() -> bool {
    STRUCK.fetch_or(false, Ordering::Relaxed)
}

pub(crate) fn strike() {
    STRUCK.fetch_or(true, Ordering::Relaxed);
}
