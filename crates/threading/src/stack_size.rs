//! How large the stacks of new threads are.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Zero where std is to decide.
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// How large the stacks of threads are that are started from now on, in bytes; 0 where nothing was set, which means std's
/// default.
///
/// # Differences from Python
///
/// It only reads. Python's `stack_size()` also goes back to the default.
pub fn stack_size() -> usize {
    // ORDERING: Relaxed, a number that stands for itself.
    BYTES.load(Ordering::Relaxed)
}

/// Sets how large the stacks of threads are that are started from now on, and returns what was set before; 0 means std's
/// default. [`ThreadBuilder::stack_size`](crate::ThreadBuilder::stack_size) goes before it.
///
/// # Differences from Python
///
/// No size is refused here. The system rounds a small one up to what it needs; with one that is too large for it, it refuses to
/// start threads ([`StartError::is_refused`](crate::StartError::is_refused)).
///
/// # Examples
///
/// ```
/// use pythreads_threading::{set_stack_size, stack_size};
///
/// let before = set_stack_size(4 << 20);
/// assert_eq!(stack_size(), 4 << 20);
/// set_stack_size(before);
/// ```
pub fn set_stack_size(bytes: usize) -> usize {
    // ORDERING: Relaxed, a number that stands for itself.
    BYTES.swap(bytes, Ordering::Relaxed)
}
