//! The span in which a task runs: one of its own, or that of who submitted it.
//!
//! Without the feature `tracing` there is none. Who listens is user code, so each call of it is contained.

#[cfg(feature = "tracing")]
pub(crate) use self::listening::TaskSpan;
#[cfg(not(feature = "tracing"))]
pub(crate) use self::silent::TaskSpan;

#[cfg(feature = "tracing")]
mod listening {
    use std::fmt;
    use std::time::Instant;

    use pythreads_sync_primitives::Exception;
    use tracing::field::{Empty, debug};
    use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
    use tracing::{Level, Span};

    use crate::contain::contain;

    /// See the [module](super). Kept from the submit until the task has ended.
    pub(crate) struct TaskSpan {
        span: Span,
        submitted_at: Instant,
    }

    impl TaskSpan {
        /// Whether a look for listeners is worth it. One load.
        #[inline]
        pub(crate) fn may_be_wanted(inherits: bool) -> bool {
            inherits || Level::DEBUG <= STATIC_MAX_LEVEL && Level::DEBUG <= LevelFilter::current()
        }

        /// Whether a task that is submitted now would get one.
        pub(crate) fn is_wanted(inherits: bool) -> bool {
            if inherits {
                return contain(Span::current).is_ok_and(|current| !current.is_none());
            }
            Self::is_enabled()
        }

        fn is_enabled() -> bool {
            let is_enabled = || tracing::span_enabled!(target: "pythreads::task", Level::DEBUG, "task", pool, name, queue_time, outcome);
            contain(is_enabled).unwrap_or(false)
        }

        /// A span for a task that is being submitted, if anybody listens.
        #[inline]
        pub(crate) fn new(pool: &str, name: Option<&str>, inherits: bool) -> Option<Self> {
            if inherits {
                let current = contain(Span::current).ok()?;
                return (!current.is_none()).then(|| Self::of(current));
            }
            if !Self::is_enabled() {
                return None;
            }
            let new = || tracing::debug_span!(target: "pythreads::task", "task", pool, name, queue_time = Empty, outcome = Empty);
            contain(new).ok().map(Self::of)
        }

        fn of(span: Span) -> Self {
            Self {
                span,
                submitted_at: Instant::now(),
            }
        }

        /// Runs `f` in the span.
        pub(crate) fn run<R>(&self, f: impl FnOnce() -> R) -> R {
            drop(contain(|| {
                let queue_time = debug(self.submitted_at.elapsed());
                self.span.record("queue_time", queue_time)
            }));
            let entered = contain(|| self.span.enter());
            let result = f();
            drop(contain(|| drop(entered)));
            result
        }

        /// The task has ended.
        pub(crate) fn end(self, outcome: Result<(), &Exception>) {
            drop(contain(move || match outcome {
                Ok(()) => drop(self.span.record("outcome", "finished")),
                Err(exception) => {
                    let kind = exception.kind();
                    self.span.record("outcome", tracing::field::display(kind));
                }
            }));
        }
    }

    impl fmt::Debug for TaskSpan {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("TaskSpan").field(&self.span).finish()
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod silent {
    use pythreads_sync_primitives::Exception;

    /// See the [module](super).
    #[derive(Debug)]
    pub(crate) enum TaskSpan {}

    impl TaskSpan {
        #[inline]
        pub(crate) fn may_be_wanted(_inherits: bool) -> bool {
            false
        }

        pub(crate) fn is_wanted(_inherits: bool) -> bool {
            false
        }

        #[inline]
        pub(crate) fn new(_pool: &str, _name: Option<&str>, _inherits: bool) -> Option<Self> {
            None
        }

        pub(crate) fn run<R>(&self, _f: impl FnOnce() -> R) -> R {
            match *self {}
        }

        pub(crate) fn end(self, _outcome: Result<(), &Exception>) {
            match self {}
        }
    }
}
