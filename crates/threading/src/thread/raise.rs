//! Raising an exception in a thread, from outside.

use pythreads_sync_primitives::thread_record::Origin;
use pythreads_sync_primitives::{Exception, ExceptionKind, IntoException};

use super::Thread;
use crate::error::{RaiseCause, RaiseError};

impl Thread {
    /// Raises an exception in the thread, which ends the thread unless something in it catches.
    ///
    /// It leaves from what the thread waits in, if that says it is an interruption point, or from the next such wait, or
    /// from [`check_interrupt`](crate::check_interrupt). Destructors run as `finally` blocks do, no panic message is
    /// printed, and [`join`](Self::join) reports it with kind [`Interrupted`](ExceptionKind::Interrupted). One that has
    /// not left yet is replaced by the next.
    ///
    /// It is held back inside [`shielded`](crate::shielded) and while the thread unwinds. If it has to pass an
    /// `extern "C"` frame the process aborts; a std mutex it passes is poisoned; a `catch_unwind` on its way must pass on
    /// what [`Exception::is_interrupt`] recognises.
    ///
    /// # Errors
    ///
    /// If the thread is not alive; if it is not one of ours and not inside [`interruptible`](crate::interruptible); if the
    /// program was built with `panic = "abort"`.
    ///
    /// # Differences from Python
    ///
    /// It is `PyThreadState_SetAsyncExc`, which ends no wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::{Thread, sleep};
    /// use std::time::Duration;
    ///
    /// let thread = Thread::new(|| loop {
    ///     sleep(Duration::from_secs(1)); // regular work
    /// });
    /// thread.start();
    /// thread.raise_exception("stop").unwrap();
    /// assert_eq!(thread.join().unwrap_err().message(), "stop");
    /// ```
    pub fn raise_exception(&self, exception: impl IntoException) -> Result<(), RaiseError> {
        self.raise(Exception::interrupted(exception.into_exception()))
    }

    /// Raises an exception without a cause of its own: see [`raise_exception`](Self::raise_exception).
    ///
    /// # Errors
    ///
    /// As [`raise_exception`](Self::raise_exception).
    pub fn interrupt(&self) -> Result<(), RaiseError> {
        self.raise(Exception::of_kind(
            ExceptionKind::Interrupted,
            "the thread was interrupted",
        ))
    }

    fn raise(&self, exception: Exception) -> Result<(), RaiseError> {
        if cfg!(not(panic = "unwind")) {
            return Err(RaiseCause::Unsupported.into());
        }
        if !self.is_alive() {
            return Err(RaiseCause::NotAlive.into());
        }
        if self.inner.record.raise(exception) {
            return Ok(());
        }
        Err(match self.inner.record.origin() {
            Origin::Started => RaiseCause::NotAlive,
            _ => RaiseCause::Foreign,
        }
        .into())
    }

    /// Takes back an exception that was raised in the thread and has not left yet.
    ///
    /// `false` if there is none, or if it has ended a wait already and is about to leave: it cannot be stopped then, since
    /// others may have been served in place of the thread.
    pub fn cancel_interrupt(&self) -> bool {
        self.inner.record.cancel_raise().is_some()
    }
}
