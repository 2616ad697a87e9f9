//! The errors of this crate.

use std::error::Error;
use std::fmt;
use std::io;

use pythreads_sync_primitives::Refused;

/// Why a thread was not started.
#[derive(Debug)]
pub struct StartError {
    cause: StartCause,
}

#[derive(Debug)]
enum StartCause {
    AlreadyStarted,
    Refused(io::Error),
}

impl StartError {
    pub(crate) fn already_started() -> Self {
        Self {
            cause: StartCause::AlreadyStarted,
        }
    }

    pub(crate) fn refused(error: io::Error) -> Self {
        Self {
            cause: StartCause::Refused(error),
        }
    }

    /// What `start` and its like do with it, at their caller's line: not in a closure, which would have a line of its own.
    #[track_caller]
    pub(crate) fn panic(&self) -> ! {
        match self.source() {
            Some(source) => panic!("{self}: {source}"),
            None => panic!("{self}"),
        }
    }

    /// Whether it had been started before.
    pub fn is_already_started(&self) -> bool {
        matches!(self.cause, StartCause::AlreadyStarted)
    }

    /// Whether the system refused one more thread; it can be tried again.
    pub fn is_refused(&self) -> bool {
        matches!(self.cause, StartCause::Refused(_))
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            StartCause::AlreadyStarted => None,
            StartCause::Refused(error) => Some(error),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cause {
            StartCause::AlreadyStarted => "the thread has been started before",
            StartCause::Refused(_) => "the system refused to start a thread",
        })
    }
}

/// Why an exception could not be raised in a thread.
#[derive(Debug)]
pub struct RaiseError {
    cause: RaiseCause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RaiseCause {
    NotAlive,
    Foreign,
    Unsupported,
}

impl From<RaiseCause> for RaiseError {
    fn from(cause: RaiseCause) -> Self {
        Self { cause }
    }
}

impl RaiseError {
    /// Whether the thread has not been started, or has ended.
    pub fn is_not_alive(&self) -> bool {
        self.cause == RaiseCause::NotAlive
    }

    /// Whether it is a thread that this library did not start and that is not inside
    /// [`interruptible`](crate::interruptible): nobody would catch the exception.
    pub fn is_foreign(&self) -> bool {
        self.cause == RaiseCause::Foreign
    }

    /// Whether the program was built with `panic = "abort"`, where nothing can be raised.
    pub fn is_unsupported(&self) -> bool {
        self.cause == RaiseCause::Unsupported
    }
}

impl Error for RaiseError {}

impl fmt::Display for RaiseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cause {
            RaiseCause::NotAlive => "the thread is not alive",
            RaiseCause::Foreign => "nobody would catch an exception in that thread",
            RaiseCause::Unsupported => {
                "nothing can be raised in a program built with panic = \"abort\""
            }
        })
    }
}

/// The end of the program has begun, so no exit callback is taken any more; the callback comes back.
#[must_use = "it holds the callback that was not registered"]
pub struct AtExitError<F> {
    callback: Refused<F>,
}

impl<F> AtExitError<F> {
    pub(crate) fn new(callback: F) -> Self {
        Self {
            callback: Refused::new(callback),
        }
    }

    /// The callback.
    pub fn into_inner(self) -> F {
        self.callback.into_inner()
    }
}

impl<F> Error for AtExitError<F> {}

impl<F> fmt::Display for AtExitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the end of the program has begun")
    }
}

impl<F> fmt::Debug for AtExitError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtExitError(..)")
    }
}
