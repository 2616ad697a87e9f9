//! `Permit`: what a semaphore gives out.

use std::fmt;
use std::sync::Arc;

use crate::bounded_semaphore::BoundedSemaphore;
use crate::raw_semaphore::RawSemaphore;
use crate::semaphore::Semaphore;

/// Permits of a [`Semaphore`] or [`BoundedSemaphore`]; dropping it gives them back, also while unwinding.
///
/// Giving back never fails and never panics. Where somebody has called `release` for what this one was to give back, there
/// is no room for it any more, and what is too much of a [`BoundedSemaphore`] or of
/// [`MAX_PERMITS`](Semaphore::MAX_PERMITS) is left out without a word: that release was the mistake, and the one that
/// panics is a release too many.
///
/// Any thread may drop it. `Permit<'static>`, from `acquire_owned` or from a semaphore in a `static`, can be moved into a
/// thread or a task.
#[must_use = "the permits are given back as soon as it is dropped"]
pub struct Permit<'semaphore> {
    origin: Origin<'semaphore>,
    count: usize,
}

enum Origin<'semaphore> {
    Borrowed {
        raw: &'semaphore RawSemaphore,
        limit: usize,
    },
    Owned(Arc<Semaphore>),
    OwnedBounded(Arc<BoundedSemaphore>),
}

impl<'semaphore> Permit<'semaphore> {
    #[inline]
    pub(crate) fn borrowed(raw: &'semaphore RawSemaphore, limit: usize, count: usize) -> Self {
        let origin = Origin::Borrowed { raw, limit };
        Self { origin, count }
    }

    /// Keeps the permits: nobody gives them back, unless somebody calls `release`.
    ///
    /// This is how a bare `acquire()` of Python is written.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_sync_primitives::Semaphore;
    ///
    /// static ITEMS: Semaphore = Semaphore::new(1);
    ///
    /// ITEMS.acquire().forget();
    /// assert_eq!(ITEMS.available(), 0);
    /// ITEMS.release();
    /// assert_eq!(ITEMS.available(), 1);
    /// ```
    pub fn forget(mut self) {
        // Not `mem::forget`, which would leak the `Arc`.
        self.count = 0;
    }
}

impl Permit<'static> {
    pub(crate) fn owned(semaphore: Arc<Semaphore>) -> Self {
        let origin = Origin::Owned(semaphore);
        Self { origin, count: 1 }
    }

    pub(crate) fn owned_bounded(semaphore: Arc<BoundedSemaphore>) -> Self {
        let origin = Origin::OwnedBounded(semaphore);
        Self { origin, count: 1 }
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.count == 0 {
            return;
        }
        // It cannot be more than there is room for, unless somebody released what this one was to give back.
        match &self.origin {
            Origin::Borrowed { raw, limit } => raw.release_at_most(self.count, *limit),
            Origin::Owned(semaphore) => semaphore.give_back(self.count),
            Origin::OwnedBounded(semaphore) => semaphore.give_back(self.count),
        }
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}
