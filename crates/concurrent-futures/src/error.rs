//! The errors of this crate.

use std::error::Error;
use std::fmt;

use pythreads_sync_primitives::Refused;

/// The settings of a pool do not make sense.
#[derive(Debug)]
pub struct BuildError {
    reason: &'static str,
}

impl BuildError {
    pub(crate) fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl Error for BuildError {}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

/// A pool did not take a task. The closure comes back.
///
/// Whatever the closure is, the error can go through `?` into `anyhow::Error` or a box, if the closure is `'static`.
#[expect(
    clippy::exhaustive_enums,
    reason = "made to be matched: these are the reasons a pool can have"
)]
pub enum SubmitError<F> {
    /// As many tasks are pending as may be.
    Full(Refused<F>),
    /// The pool was shut down.
    ShutDown(Refused<F>),
    /// The pool's initializer failed.
    Broken(Refused<F>),
}

impl<F> SubmitError<F> {
    /// The closure.
    pub fn into_inner(self) -> F {
        match self {
            Self::Full(refused) | Self::ShutDown(refused) | Self::Broken(refused) => {
                refused.into_inner()
            }
        }
    }

    /// Whether it is worth trying again.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl<F> fmt::Debug for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
            Self::Broken(_) => "Broken(..)",
        })
    }
}

impl<F> Error for SubmitError<F> {}

impl<F> fmt::Display for SubmitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "too many tasks are pending",
            Self::ShutDown(_) => "the pool has been shut down",
            Self::Broken(_) => "the initializer of the pool failed",
        })
    }
}
