//! Waiting for time to pass.

use std::time::Duration;

use pythreads_sync_primitives::wait_queue::{self, Key, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};

/// Suspends the current thread for `duration`.
///
/// # Blocking and timeouts
///
/// Never shorter than `duration`; zero lets other threads run, `Duration::MAX` sleeps until interrupted. An interruption
/// point: an exception raised in the thread leaves from here.
///
/// # Differences from Python
///
/// It is Python's `time.sleep`. A `Duration` cannot be negative.
///
/// # Examples
///
/// ```
/// use pythreads_threading::sleep;
/// use std::time::{Duration, Instant};
///
/// let start = Instant::now();
/// sleep(Duration::from_millis(2));
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// ```
pub fn sleep(duration: Duration) {
    if duration.is_zero() {
        return std::thread::yield_now();
    }
    let deadline = Deadline::after(duration);
    // Nobody else knows this address, so only time or an interrupt ends the wait.
    let bed = 0_u8;
    while !deadline.has_passed() {
        let how = Wait::interruptible(WaitKind::Sleep, deadline);
        if wait_queue::wait(Key::of(&bed), how, || true, || ()) == WaitEnd::Interrupted {
            check_interrupt();
        }
    }
}
