//! A condition variable for the state behind one of our own short-lived mutexes.

use super::{Choice, Key, Wait, WaitEnd, Waiter, wait, wake};
use crate::sync::MutexGuard;
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Announces a change of the state behind a `parking_lot::Mutex`; who waits for it gives the mutex up meanwhile.
///
/// # Invariants
///
/// 1. `sleepers` counts the threads in this queue, and never fewer than there are: it goes up under the mutex before
///    the thread enters the queue, and down when the thread is selected (by its waker) or gives up (by itself).
/// 2. A thread is in the queue before it gives the mutex up, so who changes the state under the mutex and looks at
///    `sleepers` afterwards finds it. No wake-up is lost and none is made for nothing.
#[derive(Debug, Default)]
pub struct Signal {
    sleepers: AtomicUsize,
}

impl Signal {
    /// A signal nobody waits for.
    pub const fn new() -> Self {
        Self {
            sleepers: AtomicUsize::new(0),
        }
    }

    /// Gives up the mutex, sleeps until notified or the wait ends otherwise, and takes the mutex again.
    ///
    /// The guard must always be of the same mutex. Taking it again is neither limited nor interrupted.
    pub fn wait<'mutex, T>(
        &self,
        guard: MutexGuard<'mutex, T>,
        how: Wait,
    ) -> (MutexGuard<'mutex, T>, WaitEnd) {
        let mutex = MutexGuard::mutex(&guard);
        let mut held = Some(guard);
        let end = self.sleep(&mut held, how);
        (held.unwrap_or_else(|| mutex.lock()), end)
    }

    /// Gives up what is `held`, sleeps until notified or the wait ends otherwise. What the thread has not slept for, because
    /// it was interrupted before, is held still.
    ///
    /// That is the guard of one mutex, always the same; or the guards of two, and then the state may be changed and the
    /// signal told under either.
    pub fn sleep<G>(&self, held: &mut Option<G>, how: Wait) -> WaitEnd {
        // ORDERING: Relaxed, the mutex orders it (invariant 2).
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        let end = wait(Key::of(self), how, || true, || drop(held.take()));
        if !matches!(end, WaitEnd::Selected(_)) {
            // ORDERING: Relaxed, a count that is too high for a moment costs its reader one look at an empty queue.
            self.sleepers.fetch_sub(1, Ordering::Relaxed);
        }
        end
    }

    /// Whether anybody waits. Exact for who holds the mutex, but for waits that end by themselves meanwhile.
    #[inline]
    pub fn is_awaited(&self) -> bool {
        // ORDERING: Relaxed, the mutex orders it (invariant 2).
        self.sleepers.load(Ordering::Relaxed) != 0
    }

    /// Wakes the thread that has waited longest; `false` if nobody waits.
    pub fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    /// Wakes at most `limit` threads, oldest first, and returns how many.
    pub fn notify(&self, limit: usize) -> usize {
        if !self.is_awaited() {
            return 0;
        }
        let mut left = limit;
        let choose = |_: &Waiter| {
            if left == 0 {
                return Choice::Stop;
            }
            left -= 1;
            Choice::Select
        };
        let woken = wake(Key::of(self), choose, |woken| {
            // ORDERING: Relaxed, as above.
            self.sleepers.fetch_sub(woken.selected, Ordering::Relaxed);
            0
        });
        woken.selected
    }

    /// Wakes everybody who waits now.
    pub fn notify_all(&self) -> usize {
        self.notify(usize::MAX)
    }
}
