//! `RLock`: Python's `threading.RLock`, a lock that its holder may acquire again.
//!
//! # States
//!
//! | owner        | depth   | means                                    |
//! |--------------|---------|------------------------------------------|
//! | 0            | any     | free, or being taken or released         |
//! | thread ident | above 0 | held by that thread, acquired that often |
//!
//! # Invariants
//!
//! 1. `owner` and `depth` are written only by the thread that holds `raw`. So a thread that finds its own ident in `owner`
//!    holds the lock, and a thread that does not hold it never finds its own ident there.
//! 2. `depth` counts the guards of the owner that are alive or were forgotten. Guards do not leave their thread.
//!
//! # Memory ordering
//!
//! `raw` orders everything; `owner` and `depth` are `Relaxed`.

#![expect(
    unsafe_code,
    reason = "a lock shares its value although the value is not `Sync`; the owner's ident says with whom"
)]

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::raw_lock::RawLock;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::thread_record;
use crate::wait_queue::{WaitEnd, WaitKind};

const NOBODY: u64 = 0;

/// A lock around a value that the thread that holds it may acquire again.
///
/// Its guards lend the value shared, since a thread may have several: put a `Cell` or a `RefCell` inside to change it. A
/// panic while it is held releases it, and a thread that ends with a forgotten guard leaves it held for ever (R5).
///
/// # Fairness
///
/// As [`Lock`](crate::Lock): a running thread may take a free lock ahead of sleeping ones, but a thread that has waited
/// for a millisecond is handed the lock. Who holds it never waits for it.
///
/// # Memory ordering
///
/// What a holder did before it released the lock for good happens before the next acquisition by another thread returns.
///
/// # Differences from Python
///
/// - The lock guards its value; `static LOCK: RLock = RLock::new(());` stands beside its data as Python's does.
/// - Guards cannot be sent to another thread, so release by another thread (Python's `RuntimeError`) does not compile:
///
/// ```compile_fail,E0277
/// use pythreads_sync_primitives::RLock;
///
/// static LOCK: RLock = RLock::new(());
/// let guard = LOCK.acquire();
/// std::thread::scope(|s| {
///     s.spawn(move || drop(guard));
/// });
/// ```
///
/// - Waiting for a lock is not interruptible.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::RLock;
/// use std::cell::Cell;
///
/// static TOTAL: RLock<Cell<u32>> = RLock::new(Cell::new(0));
///
/// fn add(n: u32) {
///     let total = TOTAL.acquire();
///     total.set(total.get() + n);
/// }
///
/// let total = TOTAL.acquire();
/// add(1); // acquires it again
/// add(2);
/// assert_eq!(total.get(), 3);
/// ```
pub struct RLock<T: ?Sized = ()> {
    raw: RawLock,
    owner: AtomicU64,
    depth: AtomicUsize,
    value: T,
}

// SAFETY: the lock lends `&T` to the threads that hold it, one thread after another (invariant 1), which is as if the
// value were sent along and asks for `T: Send` and no more. While a `Condition` has taken it from a thread that still
// has guards, `T` is `Sync` (see `ConditionGuard`).
unsafe impl<T: ?Sized + Send> Sync for RLock<T> {}
impl<T: ?Sized> UnwindSafe for RLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RLock<T> {}

impl<T> RLock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self {
            raw: RawLock::new(),
            owner: AtomicU64::new(NOBODY),
            depth: AtomicUsize::new(0),
            value,
        }
    }

    /// The value; nobody can hold the lock any more.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: ?Sized> RLock<T> {
    /// Acquires the lock, waiting until it is free or the current thread's.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit, and not at all if the current thread holds it; not interruptible.
    ///
    /// # Panics
    ///
    /// If the current thread holds it `usize::MAX` times.
    pub fn acquire(&self) -> RLockGuard<'_, T> {
        let held = self.hold(|raw| raw.acquire(WaitKind::RLock, Deadline::Never));
        debug_assert!(held, "a wait without a deadline ends with the lock");
        self.guard()
    }

    /// Acquires the lock if it is free, or the current thread's, at this moment.
    #[doc(alias = "acquire(blocking=False)")]
    pub fn try_acquire(&self) -> Option<RLockGuard<'_, T>> {
        self.hold(RawLock::try_acquire).then(|| self.guard())
    }

    /// Acquires the lock, waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero tries once; `Duration::MAX` waits without limit. Not interruptible.
    pub fn acquire_timeout(&self, timeout: Duration) -> Option<RLockGuard<'_, T>> {
        self.try_acquire()
            .or_else(|| self.acquire_until(Deadline::after(timeout)))
    }

    /// Acquires the lock, waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past tries once. Not interruptible.
    pub fn acquire_deadline(&self, deadline: Instant) -> Option<RLockGuard<'_, T>> {
        self.acquire_until(deadline.into())
    }

    fn acquire_until(&self, deadline: Deadline) -> Option<RLockGuard<'_, T>> {
        self.hold(|raw| raw.acquire(WaitKind::RLock, deadline))
            .then(|| self.guard())
    }

    /// Counts one acquisition more if the lock is the current thread's, or if `take` makes it so.
    fn hold(&self, take: impl FnOnce(&RawLock) -> bool) -> bool {
        let me = thread_record::current_ident();
        // ORDERING: Relaxed, by invariant 1.
        if self.owner.load(Ordering::Relaxed) == me.get() {
            let depth = self.depth.load(Ordering::Relaxed);
            let depth = depth
                .checked_add(1)
                .expect("an RLock is held at most usize::MAX times");
            self.depth.store(depth, Ordering::Relaxed);
            return true;
        }
        let taken = take(&self.raw);
        if taken {
            self.own(me, 1);
        }
        taken
    }

    /// Notes that the current thread, `me`, which has just taken `raw`, holds the lock `depth` times.
    fn own(&self, me: NonZeroU64, depth: usize) {
        // ORDERING: Relaxed, by invariant 1.
        self.owner.store(me.get(), Ordering::Relaxed);
        self.depth.store(depth, Ordering::Relaxed);
    }

    fn disown(&self) {
        // ORDERING: Relaxed, by invariant 1.
        self.owner.store(NOBODY, Ordering::Relaxed);
        self.raw.release();
    }

    fn guard(&self) -> RLockGuard<'_, T> {
        RLockGuard {
            lock: self,
            value: PhantomData,
            not_send: PhantomData,
        }
    }

    /// Whether anybody holds the lock; stale as soon as it returns, unless it is the current thread.
    pub fn locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// Whether the current thread holds the lock.
    #[doc(alias = "_is_owned")]
    pub fn owned(&self) -> bool {
        // ORDERING: Relaxed, by invariant 1.
        self.owner.load(Ordering::Relaxed) == thread_record::current_ident().get()
    }

    /// How often the current thread holds the lock; 0 if it does not.
    #[doc(alias = "_recursion_count")]
    pub fn depth(&self) -> usize {
        if self.owned() {
            // ORDERING: Relaxed, by invariant 1.
            self.depth.load(Ordering::Relaxed)
        } else {
            0
        }
    }

    /// The value, without locking: `&mut self` shows that nobody holds the lock.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Default> Default for RLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_acquire() {
            Some(guard) => f.debug_tuple("RLock").field(&&*guard).finish(),
            None => f.write_str("RLock(<locked>)"),
        }
    }
}

/// One acquisition of an [`RLock`]; dropping the last one of its thread releases the lock.
///
/// They may be dropped in any order. It is not `Send`.
#[must_use = "the lock is released as soon as its guard is dropped"]
pub struct RLockGuard<'lock, T: ?Sized = ()> {
    lock: &'lock RLock<T>,
    /// Sharing a guard shares the value, so it is `Sync` only if `T` is.
    value: PhantomData<&'lock T>,
    /// By invariant 2.
    not_send: PhantomData<MutexGuard<'static, ()>>,
}

impl<T: ?Sized> RLockGuard<'_, T> {
    pub(crate) fn raw(&self) -> &RawLock {
        &self.lock.raw
    }

    /// Whether the current thread is the one that holds the lock.
    pub(crate) fn is_owned(&self) -> bool {
        self.lock.owned()
    }

    /// Releases the lock however often it is held, and returns how often that was.
    pub(crate) fn give_up(&self) -> usize {
        let depth = self.lock.depth();
        self.lock.disown();
        depth
    }

    /// Takes back what [`give_up`](Self::give_up) gave up, after a wait that may have ended in the lock's queue.
    pub(crate) fn take_back(&self, depth: usize, end: WaitEnd) {
        self.lock.raw.acquire_after(end, WaitKind::RLock);
        self.lock.own(thread_record::current_ident(), depth);
    }
}

impl<T: ?Sized> Drop for RLockGuard<'_, T> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, by invariant 1: this thread holds the lock, since it has a guard.
        let depth = self.lock.depth.load(Ordering::Relaxed);
        if depth == 1 {
            self.lock.disown();
        } else {
            // ORDERING: Relaxed, as above.
            self.lock.depth.store(depth - 1, Ordering::Relaxed);
        }
    }
}

impl<T: ?Sized> Deref for RLockGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.lock.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
