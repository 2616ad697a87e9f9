//! The errors of this crate.

use std::error::Error;
use std::fmt;

use pythreads_sync_primitives::{Exception, Refused};

/// A pool could not be made: its settings do not make sense, or the system refused a thread.
#[derive(Debug)]
pub struct BuildError {
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Setting(&'static str),
    Refused(Exception),
}

impl BuildError {
    pub(crate) fn new(reason: &'static str) -> Self {
        Self {
            cause: Cause::Setting(reason),
        }
    }

    pub(crate) fn refused(exception: Exception) -> Self {
        Self {
            cause: Cause::Refused(exception),
        }
    }

    /// Whether the system refused a thread, so that trying again later may help.
    pub fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused(_))
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Setting(_) => None,
            Cause::Refused(exception) => exception.source(),
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Setting(reason) => f.write_str(reason),
            Cause::Refused(exception) => exception.fmt(f),
        }
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
