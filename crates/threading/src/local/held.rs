//! One thread's value, in a table that all threads share.

#![expect(
    unsafe_code,
    reason = "the table drops values of other threads, so they must be `Send` also where `Arc<T>` is not"
)]

use std::num::NonZeroU64;
use std::sync::Arc;

use pythreads_sync_primitives::thread_record::current_ident;

/// A value and the thread it belongs to.
///
/// # Invariants
///
/// 1. Unless `T: Sync`, only the owner gets to the value. Idents are never used again, so nobody can pass for it.
pub(crate) struct Held<T> {
    value: Arc<T>,
    owner: NonZeroU64,
}

// SAFETY: what another thread than the owner can do with it is to drop it, or, if `T: Sync`, to share the value
// (invariant 1). All handles that the owner took stay with the owner, since `Arc<T>` itself is not `Send` unless `T: Sync`.
// So at most the last drop of the value happens in another thread, for which `T: Send` suffices; the count is atomic.
unsafe impl<T: Send> Send for Held<T> {}

impl<T> Held<T> {
    /// The value of the current thread.
    pub(super) fn of_current(value: Arc<T>) -> Self {
        Self {
            value,
            owner: current_ident(),
        }
    }

    /// The value, if the current thread is the owner.
    pub(super) fn own(&self) -> Option<Arc<T>> {
        (self.owner == current_ident()).then(|| Arc::clone(&self.value))
    }

    /// The value, for any thread.
    pub(super) fn shared(&self) -> Arc<T>
    where
        T: Sync,
    {
        Arc::clone(&self.value)
    }
}
