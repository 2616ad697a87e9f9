//! The guards a condition can wait with.

use std::ops::Deref;

use crate::lock::LockGuard;
use crate::rlock::RLockGuard;
use crate::wait_queue::{Key, WaitEnd, WaitKind};

/// The guards that [`Condition`](crate::Condition) works with: those of [`Lock<T>`](crate::Lock), and those of
/// [`RLock<T>`](crate::RLock) where `T: Sync`.
///
/// An `RLock` needs `T: Sync` because a wait gives up all levels while the thread's outer guards still lend `&T`.
///
/// It is sealed: no other type can implement it.
#[diagnostic::on_unimplemented(
    message = "a `Condition` cannot wait with `{Self}`",
    label = "not a guard of a `Lock`, or of an `RLock` whose value is `Sync`",
    note = "pass `&mut guard`, where `guard` comes from `Lock::acquire` or `RLock::acquire`",
    note = "an `RLock<T>` needs `T: Sync`, because outer guards still lend `&T` while the condition waits"
)]
pub trait ConditionGuard: Deref + Held {}

/// What a condition does with the lock behind a guard.
#[expect(
    unnameable_types,
    reason = "the trait above is sealed by what nobody else can name"
)]
pub trait Held {
    /// The queue of the lock; also tells one lock from another.
    #[doc(hidden)]
    fn queue(&self) -> Key;

    /// Whether the current thread may speak for the lock. A shared guard of an `RLock` may have been lent to another
    /// thread while its own thread waits and has given the lock up.
    #[doc(hidden)]
    fn is_held_here(&self) -> bool;

    /// Makes the next release look into the queue.
    #[doc(hidden)]
    fn expect_waiters(&self);

    /// Releases the lock completely; returns how often it was held.
    #[doc(hidden)]
    fn give_up(&self) -> usize;

    /// Takes the lock again as often, after a wait that may have ended in the lock's queue.
    #[doc(hidden)]
    fn take_back(&self, levels: usize, end: WaitEnd);
}

impl<T: ?Sized> ConditionGuard for LockGuard<'_, T> {}

impl<T: ?Sized> Held for LockGuard<'_, T> {
    fn queue(&self) -> Key {
        self.raw().key()
    }

    fn is_held_here(&self) -> bool {
        // A wait borrows the guard mutably, so nobody else has it then.
        true
    }

    fn expect_waiters(&self) {
        self.raw().expect_waiters();
    }

    fn give_up(&self) -> usize {
        self.raw().release();
        1
    }

    fn take_back(&self, _levels: usize, end: WaitEnd) {
        self.raw().acquire_after(end, WaitKind::Lock);
    }
}

impl<T: ?Sized + Sync> ConditionGuard for RLockGuard<'_, T> {}

impl<T: ?Sized + Sync> Held for RLockGuard<'_, T> {
    fn queue(&self) -> Key {
        self.raw().key()
    }

    fn is_held_here(&self) -> bool {
        self.is_owned()
    }

    fn expect_waiters(&self) {
        self.raw().expect_waiters();
    }

    fn give_up(&self) -> usize {
        self.give_up()
    }

    fn take_back(&self, levels: usize, end: WaitEnd) {
        self.take_back(levels, end);
    }
}
