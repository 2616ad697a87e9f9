//! The errors of waits.

use std::error::Error;
use std::fmt;

use sync_wrapper::SyncWrapper;

/// The wait ran out of time; what was waited for goes on.
///
/// It carries the handle that was waited on, if there was one: [`into_inner`](TimeoutError::into_inner) gives it back.
///
/// # Differences from Python
///
/// It is never the failure of a task, so a task that itself failed with a time-out cannot be mistaken for it.
#[must_use = "it holds the handle that was waited on"]
pub struct TimeoutError<H = ()> {
    handle: Refused<H>,
}

impl<H> TimeoutError<H> {
    /// The wait on `handle` ran out.
    #[doc(hidden)]
    pub fn new(handle: H) -> Self {
        Self {
            handle: Refused::new(handle),
        }
    }

    /// The handle that was waited on.
    pub fn into_inner(self) -> H {
        self.handle.into_inner()
    }
}

impl<H> Error for TimeoutError<H> {}

impl<H> fmt::Display for TimeoutError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time ran out")
    }
}

impl<H> fmt::Debug for TimeoutError<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeoutError(..)")
    }
}

/// Something that was not accepted and comes back inside an error.
///
/// It can only be taken out, never looked at in place. So it is `Sync` whatever it holds, and an error that carries a
/// closure can go through `?` into `anyhow::Error`.
#[must_use = "it holds what was not accepted"]
pub struct Refused<T>(SyncWrapper<T>);

impl<T> Refused<T> {
    /// Wraps what is not accepted.
    #[doc(hidden)]
    pub fn new(item: T) -> Self {
        Self(SyncWrapper::new(item))
    }

    /// What was not accepted.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refused(..)")
    }
}

/// The [`Barrier`](crate::Barrier) is broken or was reset, or the time of a thread that waited at it ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenBarrierError {}

impl BrokenBarrierError {
    pub(crate) fn new() -> Self {
        Self {}
    }
}

impl Error for BrokenBarrierError {}

impl fmt::Display for BrokenBarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}
