//! When a wait gives up: the one type behind the `_timeout` and `_deadline` columns of every verb.

use std::time::{Duration, Instant};

use crate::sync;

/// The moment at which a wait ends by itself.
///
/// A duration that the clock cannot represent (`Duration::MAX`) means *never*, so that it can be passed where
/// Python takes `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deadline {
    /// The wait has no end of its own.
    Never,
    /// The wait ends at this moment of the monotonic clock.
    At(Instant),
}

impl Deadline {
    /// The moment `timeout` from now.
    pub fn after(timeout: Duration) -> Self {
        sync::now()
            .checked_add(timeout)
            .map_or(Self::Never, Self::At)
    }

    /// Whether the moment has come.
    pub fn has_passed(self) -> bool {
        match self {
            Self::Never => false,
            Self::At(at) => sync::now() >= at,
        }
    }

    /// The one that comes first.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, other) => other,
            (own, Self::Never) => own,
            (Self::At(own), Self::At(other)) => Self::At(own.min(other)),
        }
    }

    /// The moment, if there is one.
    pub fn instant(self) -> Option<Instant> {
        match self {
            Self::Never => None,
            Self::At(at) => Some(at),
        }
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Self::At(at)
    }
}
