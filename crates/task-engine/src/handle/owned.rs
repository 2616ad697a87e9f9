//! The two places where a handle uses its ownership of the outcome.

#![expect(
    unsafe_code,
    reason = "the handle is the owner that `Outcome::take` and `peek` ask for"
)]

use pythreads_sync_primitives::Exception;

use super::Handle;

impl<T> Handle<T> {
    /// Takes the outcome of a task that is finished or failed, if it has not been taken.
    pub(super) fn take_outcome(&mut self) -> Option<Result<T, Exception>> {
        if !self.phase().has_outcome() {
            return None;
        }
        // SAFETY: this is the task's only handle, and `&mut self` excludes a reference lent by `peek_outcome`.
        unsafe { self.node.take() }
    }

    /// Looks at the outcome of a task that is finished or failed.
    pub(super) fn peek_outcome(&self) -> Option<&Result<T, Exception>> {
        if !self.phase().has_outcome() {
            return None;
        }
        // SAFETY: this is the task's only handle, and `take_outcome` needs `&mut self`.
        unsafe { self.node.peek() }
    }
}
