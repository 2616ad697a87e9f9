//! `Condition`: threads wait, without the lock, until a holder of the lock tells them to look again.
//!
//! # States of a waiter
//!
//! | state    | means                                                       | leaves by                            |
//! |----------|-------------------------------------------------------------|--------------------------------------|
//! | Waiting  | in the condition's queue, counted in `waiters`              | notified, timed out, interrupted     |
//! | Notified | in the lock's queue, or selected there; no longer counted   | has the lock again: returns `true`   |
//! | Leaving  | out of all queues without a notification, still counted     | has the lock again                   |
//!
//! # Invariants
//!
//! 1. `bound` is the address of one raw lock while `waiters` is above 0, and 0 otherwise. It leaves 0 only by a
//!    compare-exchange of a thread that holds that lock, and from then on `bound` and `waiters` are changed only by
//!    threads that hold it.
//! 2. Nobody is woken from the condition's queue by a notification. `notify` moves waiters to the queue of the lock,
//!    which its caller holds; each release of the lock wakes one or two of them. So no thread wakes up to find the lock
//!    taken by its notifier, nor a herd all at once.
//! 3. A waiter is in the queue before it gives up the lock, so who takes the lock afterwards and notifies finds it.
//! 4. A waiter that was moved is notified, whatever ends its wait in the lock's queue.
//!
//! # Memory ordering
//!
//! The lock orders everything but `bound`, whose changes from and to 0 are Acquire and Release: they hand `waiters`
//! from the holders of one lock to those of another.

mod guard;

use std::time::{Duration, Instant};

pub use self::guard::ConditionGuard;
use crate::deadline::Deadline;
use crate::interrupt::check_interrupt;
use crate::spin::yield_once;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::wait_queue::{self, Key, Wait, WaitEnd, WaitKind};

const NO_LOCK: usize = 0;

/// A place where threads that hold a lock wait, giving the lock up meanwhile, until another holder notifies them.
///
/// A wait takes the guard, so waiting without the lock does not compile:
///
/// ```compile_fail,E0061
/// use pythreads_sync_primitives::Condition;
///
/// Condition::new().wait();
/// ```
///
/// ```compile_fail,E0277
/// use pythreads_sync_primitives::{Condition, Lock};
///
/// let lock = Lock::new(0);
/// Condition::new().wait(&mut &lock); // the lock, not its guard
/// ```
///
/// A lock may have several conditions. A condition belongs to the lock of its present waiters; the next ones may use
/// another.
///
/// # Fairness
///
/// Notified are those who have waited longest. They then compete for the lock as any thread does.
///
/// # Panics
///
/// Every call that takes a guard panics at the caller if threads wait here with a guard of another lock.
///
/// # Memory ordering
///
/// That of the lock.
///
/// # Differences from Python
///
/// - A condition has no lock of its own and no `acquire`: `lock` and `condition` are two fields, or two statics.
/// - Calls without the lock (Python's `RuntimeError`) do not compile.
/// - A notification that arrives in time is never lost to a timeout (Python's C12): a wait returns `false` only if
///   nobody notified it.
/// - An interrupt of the thread ends the wait; it unwinds with the lock held, as Python's exceptions do.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::{Condition, Lock};
///
/// static ITEMS: Lock<Vec<u32>> = Lock::new(Vec::new());
/// static CHANGED: Condition = Condition::new();
///
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut items = ITEMS.acquire();
///         items.push(7);
///         CHANGED.notify_one(&items);
///     });
///     let mut items = ITEMS.acquire();
///     CHANGED.wait_for(&mut items, |items| !items.is_empty());
///     assert_eq!(items.pop(), Some(7));
/// });
/// ```
#[derive(Debug, Default)]
pub struct Condition {
    bound: AtomicUsize,
    waiters: AtomicUsize,
}

/// How a wait ended that was not left by unwinding.
#[derive(PartialEq)]
enum End {
    Notified,
    TimedOut,
    /// By an interrupt of which nothing was left to deliver. Others may have notified meanwhile: who has a predicate asks it.
    Nothing,
}

impl Condition {
    /// A condition nobody waits for.
    pub const fn new() -> Self {
        Self {
            bound: AtomicUsize::new(NO_LOCK),
            waiters: AtomicUsize::new(0),
        }
    }

    /// Gives up the lock, waits until notified, and takes the lock again.
    ///
    /// There are no wake-ups without a notification, but another thread may have taken the lock in between: use
    /// [`wait_for`](Self::wait_for), or look again in a loop.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point; taking the lock again is not.
    #[track_caller]
    pub fn wait<G: ConditionGuard>(&self, guard: &mut G) {
        let notified = self.wait_until(guard, Deadline::Never);
        debug_assert!(notified, "a wait without a deadline ends when notified");
    }

    /// Gives up the lock, waits until notified, at most `timeout`, and takes the lock again; `false` means that the time
    /// ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero gives up the lock and takes it again; `Duration::MAX` waits without limit. The timeout does not limit taking
    /// the lock again. An interruption point.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn wait_timeout<G: ConditionGuard>(&self, guard: &mut G, timeout: Duration) -> bool {
        self.wait_until(guard, Deadline::after(timeout))
    }

    /// Gives up the lock, waits until notified, until `deadline` at the latest, and takes the lock again; `false` means
    /// that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past gives up the lock and takes it again. The deadline does not limit taking the lock again. An
    /// interruption point.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn wait_deadline<G: ConditionGuard>(&self, guard: &mut G, deadline: Instant) -> bool {
        self.wait_until(guard, deadline.into())
    }

    /// Waits until `predicate` holds. It is asked first, and again, with the lock held, after each notification.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit, and not at all if it holds already. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// A panic of the predicate passes through, with the lock held by the guard.
    #[track_caller]
    pub fn wait_for<G, P>(&self, guard: &mut G, predicate: P)
    where
        G: ConditionGuard,
        P: FnMut(&G::Target) -> bool,
    {
        let holds = self.wait_for_until(guard, Deadline::Never, predicate);
        debug_assert!(holds, "a wait without a deadline ends when it holds");
    }

    /// Waits until `predicate` holds, at most `timeout` in all; returns what the predicate said last.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero asks, gives up the lock, takes it again and asks once more; `Duration::MAX` waits without limit. The timeout
    /// does not limit taking the lock again. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// A panic of the predicate passes through, with the lock held by the guard.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn wait_for_timeout<G, P>(&self, guard: &mut G, timeout: Duration, predicate: P) -> bool
    where
        G: ConditionGuard,
        P: FnMut(&G::Target) -> bool,
    {
        self.wait_for_until(guard, Deadline::after(timeout), predicate)
    }

    /// Waits until `predicate` holds, until `deadline` at the latest; returns what the predicate said last.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past asks, gives up the lock, takes it again and asks once more. The deadline does not limit
    /// taking the lock again. An interruption point, if it has to wait.
    ///
    /// # Panics
    ///
    /// A panic of the predicate passes through, with the lock held by the guard.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn wait_for_deadline<G, P>(&self, guard: &mut G, deadline: Instant, predicate: P) -> bool
    where
        G: ConditionGuard,
        P: FnMut(&G::Target) -> bool,
    {
        self.wait_for_until(guard, deadline.into(), predicate)
    }

    /// Notifies the thread that has waited longest. It runs when the caller, and who else is before it, has released the
    /// lock.
    ///
    /// Without waiters it does nothing: it is not remembered.
    ///
    /// # Panics
    ///
    /// With a guard of another lock than the waiters', or with the guard of an `RLock` that another thread holds.
    #[doc(alias = "notify()")]
    #[inline]
    #[track_caller]
    pub fn notify_one<G: ConditionGuard>(&self, guard: &G) {
        self.notify(guard, 1);
    }

    /// Notifies the `n` threads that have waited longest, or all if there are fewer. Zero notifies nobody.
    ///
    /// # Panics
    ///
    /// As [`notify_one`](Self::notify_one).
    #[inline]
    #[track_caller]
    pub fn notify<G: ConditionGuard>(&self, guard: &G, n: usize) {
        assert!(
            guard.is_held_here(),
            "notify of a Condition by a thread that does not hold the RLock whose guard it was lent"
        );
        // ORDERING: Relaxed: if it is bound to the lock the caller holds, that lock orders it. If not, nobody waits with it.
        let bound = self.bound.load(Ordering::Relaxed);
        if bound != NO_LOCK {
            self.notify_waiters(guard, n, bound);
        }
    }

    /// Notifies everybody who waits now.
    ///
    /// # Panics
    ///
    /// As [`notify_one`](Self::notify_one).
    #[doc(alias = "notifyAll")]
    #[inline]
    #[track_caller]
    pub fn notify_all<G: ConditionGuard>(&self, guard: &G) {
        self.notify(guard, usize::MAX);
    }

    #[track_caller]
    fn wait_for_until<G, P>(&self, guard: &mut G, deadline: Deadline, mut predicate: P) -> bool
    where
        G: ConditionGuard,
        P: FnMut(&G::Target) -> bool,
    {
        let mut holds = predicate(&**guard);
        while !holds {
            let end = self.wait_once(guard, deadline);
            holds = predicate(&**guard);
            if end == End::TimedOut || deadline.has_passed() {
                break;
            }
        }
        holds
    }

    #[track_caller]
    fn wait_until<G: ConditionGuard>(&self, guard: &mut G, deadline: Deadline) -> bool {
        loop {
            match self.wait_once(guard, deadline) {
                End::Notified => return true,
                End::TimedOut => return false,
                End::Nothing => {}
            }
        }
    }

    #[track_caller]
    fn wait_once<G: ConditionGuard>(&self, guard: &mut G, deadline: Deadline) -> End {
        self.enter(guard.queue());
        let how = Wait::interruptible(WaitKind::Condition, deadline);
        let mut levels = None;
        let give_up = || {
            levels = Some(guard.give_up());
            yield_once();
        };
        let end = wait_queue::wait(self.key(), how, || true, give_up);
        if let Some(levels) = levels {
            guard.take_back(levels, end);
        }
        match end {
            // By invariants 2 and 4.
            WaitEnd::Selected(_) | WaitEnd::TimedOut { moved: true } => End::Notified,
            WaitEnd::TimedOut { moved: false } => {
                self.leave(1);
                End::TimedOut
            }
            WaitEnd::Interrupted | WaitEnd::NotNeeded => {
                self.leave(1);
                check_interrupt();
                End::Nothing
            }
        }
    }

    /// Counts the current thread, which holds `lock`, as a waiter.
    #[track_caller]
    fn enter(&self, lock: Key) {
        let address = lock.address();
        // ORDERING: Acquire, pairs with the Release in `leave`; Relaxed where it is bound to the lock the caller holds.
        let bound =
            self.bound
                .compare_exchange(NO_LOCK, address, Ordering::Acquire, Ordering::Relaxed);
        assert_bound_to(address, bound.err().unwrap_or(address));
        // ORDERING: Relaxed, the lock orders it (invariant 1).
        self.waiters.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts `gone` waiters less, if any; the current thread holds the lock they were bound to.
    fn leave(&self, gone: usize) {
        // ORDERING: Relaxed, the lock orders it (invariant 1).
        if gone > 0 && self.waiters.fetch_sub(gone, Ordering::Relaxed) == gone {
            // ORDERING: Release, pairs with the Acquire in `enter`.
            self.bound.store(NO_LOCK, Ordering::Release);
        }
    }

    /// Notifies at most `n` of the waiters that are bound to the lock `bound`.
    #[cold]
    #[track_caller]
    fn notify_waiters<G: ConditionGuard>(&self, guard: &G, n: usize, bound: usize) {
        assert_bound_to(guard.queue().address(), bound);
        // ORDERING: Relaxed, the lock orders it (invariant 1).
        let waiters = self.waiters.load(Ordering::Relaxed);
        if waiters == 0 || n == 0 {
            return;
        }
        let moved = if n >= waiters {
            self.move_to(guard, true)
        } else {
            (0..n).map(|_| self.move_to(guard, false)).sum()
        };
        self.leave(moved);
    }

    /// Moves one waiter, or all, to the queue of the lock behind `guard`.
    fn move_to<G: ConditionGuard>(&self, guard: &G, all: bool) -> usize {
        wait_queue::move_waiters(self.key(), guard.queue(), all, || guard.expect_waiters())
    }

    fn key(&self) -> Key {
        Key::of(self)
    }
}

#[track_caller]
fn assert_bound_to(lock: usize, bound: usize) {
    assert!(
        lock == bound,
        "a Condition was given a guard of another lock than the one its waiters hold"
    );
}
