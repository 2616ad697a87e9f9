//! Delivering an exception that another thread has raised in this one.
//!
//! `threading`'s `Thread::raise_exception` marks the target's [record](crate::thread_record). The target finds the mark
//! when a public verb would have to sleep, or in [`check_interrupt`], and unwinds from there. The panic hook stays
//! silent, destructors run as `finally` blocks do, and whoever started the thread catches the exception at its base.
//!
//! What is meant for one task of a pool, and not for its thread, hangs on the task. The layer that knows tasks answers for it
//! by [`set_tasks`](crate::thread_record::set_tasks), at the same places.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::exception::Exception;
use crate::thread_record::{self, Tasks};

/// Leaves by unwinding if an interrupt is pending for the current thread, and does nothing otherwise.
///
/// A loop that computes without ever waiting calls it to be stoppable. Held back inside [`shielded`] and while the thread
/// is unwinding.
///
/// # Differences from Python
///
/// Python looks for such an exception between any two bytecodes; here the places are chosen: this function, and every
/// public verb that would have slept.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::check_interrupt;
///
/// for n in 0..1_000 {
///     check_interrupt(); // nobody raised anything: goes on
///     std::hint::black_box(n);
/// }
/// ```
pub fn check_interrupt() {
    let record = thread_record::current();
    let tasks = thread_record::tasks();
    if !(record.has_pending() || tasks.is_some_and(Tasks::is_in_task))
        || !record.is_open_to_interrupts()
    {
        return;
    }
    let raised = record.has_pending().then(|| record.take_raised()).flatten();
    if let Some(exception) = raised.or_else(|| tasks?.take_interrupt()) {
        drop(record);
        resume_unwind(Box::new(exception));
    }
}

/// Runs `f` with interrupts held back; one that arrives meanwhile is delivered at the next chance after it.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::shielded;
///
/// let written = shielded(|| 2 + 2); // no interrupt can leave half of this undone
/// assert_eq!(written, 4);
/// ```
pub fn shielded<R>(f: impl FnOnce() -> R) -> R {
    struct Lower;
    impl Drop for Lower {
        fn drop(&mut self) {
            thread_record::current().shield(false);
        }
    }
    thread_record::current().shield(true);
    let _lower = Lower;
    f()
}

/// Runs `f` on a thread that this library did not start, and catches an interrupt raised in it meanwhile.
///
/// Makes the current thread a legal target of `Thread::raise_exception` for as long as `f` runs. An interrupt that was
/// not delivered before `f` ended is dropped.
///
/// # Errors
///
/// The exception, of kind [`Interrupted`](crate::ExceptionKind::Interrupted), if `f` was left by an interrupt.
///
/// # Panics
///
/// A panic of `f` itself passes through.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::interruptible;
///
/// assert_eq!(interruptible(|| 7).unwrap(), 7);
/// ```
pub fn interruptible<R>(f: impl FnOnce() -> R) -> Result<R, Exception> {
    struct Close;
    impl Drop for Close {
        fn drop(&mut self) {
            thread_record::current().remove_catcher();
        }
    }
    thread_record::current().add_catcher();
    let close = Close;
    let outcome = catch_unwind(AssertUnwindSafe(f));
    drop(close);
    outcome.or_else(|payload| {
        if Exception::is_interrupt(&*payload) {
            Err(Exception::from_panic(payload))
        } else {
            resume_unwind(payload)
        }
    })
}
