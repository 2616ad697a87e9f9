//! Waiting for the end of a thread.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Deadline, Exception, TimeoutError, thread_record};

use super::Thread;
use super::state::{Joined, Outcome};

impl Thread {
    /// Waits until the thread has ended, and tells how. It may be called any number of times, by many threads.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. Returns after the thread's locals have been destroyed and its OS thread has ended. An
    /// interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// Why the thread ended early: it panicked, or somebody raised an exception in it.
    ///
    /// # Panics
    ///
    /// If the thread has not been started, or if it is the one that calls.
    ///
    /// # Memory ordering
    ///
    /// All that the thread did happens before the return.
    ///
    /// # Differences from Python
    ///
    /// Python returns `None` always and leaves the exception to the excepthook. A thread that something else has started
    /// can be joined too, once it has called [`current_thread`](crate::current_thread): the wait ends with the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Thread;
    ///
    /// let thread = Thread::new(|| std::panic::resume_unwind(Box::new("no such file")));
    /// thread.start();
    /// assert_eq!(thread.join().unwrap_err().message(), "no such file");
    /// ```
    #[track_caller]
    pub fn join(&self) -> Result<(), Exception> {
        loop {
            if let Some(outcome) = self.join_until(Deadline::Never) {
                return outcome;
            }
        }
    }

    /// As [`join`](Self::join), waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<Result<(), Exception>, TimeoutError> {
        let outcome = self.join_until(Deadline::after(timeout));
        outcome.ok_or_else(|| TimeoutError::new(()))
    }

    /// As [`join`](Self::join), waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    pub fn join_deadline(&self, deadline: Instant) -> Result<Result<(), Exception>, TimeoutError> {
        let outcome = self.join_until(deadline.into());
        outcome.ok_or_else(|| TimeoutError::new(()))
    }

    /// `None` if the deadline passed.
    #[track_caller]
    pub(crate) fn join_until(&self, deadline: Deadline) -> Option<Outcome> {
        assert!(
            self.ident() != thread_record::current_ident(),
            "a thread cannot join itself: it would wait for its own end"
        );
        match self.inner.life.join(deadline) {
            Joined::Stopped(outcome) => Some(outcome),
            Joined::TimedOut => None,
            Joined::NotStarted => panic!("join of a thread that has not been started"),
        }
    }

    /// As `join`, for the ends of the program and of scopes: no interrupt ends it, nothing panics. `kind` is what it is
    /// shown as.
    pub(crate) fn join_shielded(&self, kind: WaitKind) -> Joined {
        self.inner.life.join_shielded(kind)
    }
}
