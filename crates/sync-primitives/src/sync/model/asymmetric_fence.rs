//! Both fences cost the same here.

#[cfg(pythreads_loom)]
use loom::sync::atomic as checker;
#[cfg(pythreads_shuttle)]
use shuttle::sync::atomic as checker;

use super::atomic::Ordering;

/// As the system's.
pub fn light() {
    checker::fence(Ordering::SeqCst);
}

/// As the system's.
#[must_use]
pub fn heavy() -> bool {
    checker::fence(Ordering::SeqCst);
    true
}
