//! The events and spans this crate emits, always outside its locks. Without the feature `tracing` they are nothing.
//!
//! Who listens is user code: its panic costs it the event and nobody else anything.

use pythreads_sync_primitives::Exception;

#[cfg(feature = "tracing")]
use crate::contain::contain;
#[cfg(feature = "tracing")]
use crate::crew::frames;

mod task_span;

pub(crate) use self::task_span::TaskSpan;

#[cfg(feature = "tracing")]
fn emit(event: impl FnOnce()) {
    drop(contain(event));
}

pub(crate) fn worker_started(pool: &str) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::debug!(target: "pythreads::pool", pool, "worker started"));
    #[cfg(not(feature = "tracing"))]
    let _ = pool;
}

pub(crate) fn worker_stopped(pool: &str) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::debug!(target: "pythreads::pool", pool, "worker stopped"));
    #[cfg(not(feature = "tracing"))]
    let _ = pool;
}

pub(crate) fn initializer_failed(pool: &str, exception: &Exception) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::error!(target: "pythreads::pool", pool, %exception, "initializer failed"));
    #[cfg(not(feature = "tracing"))]
    let _ = (pool, exception);
}

pub(crate) fn finalizer_failed(pool: &str, exception: &Exception) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::error!(target: "pythreads::pool", pool, %exception, "finalizer failed"));
    #[cfg(not(feature = "tracing"))]
    let _ = (pool, exception);
}

pub(crate) fn callback_panicked(exception: &Exception) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::error!(target: "pythreads::task", %exception, "a done callback panicked"));
    #[cfg(not(feature = "tracing"))]
    let _ = exception;
}

/// The last one who could have asked how a task failed is gone.
pub(crate) fn failure_unseen(exception: &Exception) {
    #[cfg(feature = "tracing")]
    frames::run_aside(|| {
        let (kind, task) = (exception.kind(), exception.task_name());
        emit(
            || tracing::warn!(target: "pythreads::task", %kind, task, %exception, "a task failed unseen"),
        );
    });
    #[cfg(not(feature = "tracing"))]
    let _ = exception;
}

pub(crate) fn destructor_panicked(exception: &Exception) {
    #[cfg(feature = "tracing")]
    emit(|| tracing::error!(target: "pythreads::task", %exception, "a destructor panicked"));
    #[cfg(not(feature = "tracing"))]
    let _ = exception;
}
