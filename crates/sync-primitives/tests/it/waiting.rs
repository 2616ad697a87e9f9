//! Threads that wait, as a test sees and interrupts them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::thread_record::{self, ThreadRecord};
use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Exception, interruptible};
use test_support::{CheckedThread, checked_spawn, delay};

/// A thread of a test, with its record.
#[must_use = "dropping it joins the thread on the spot"]
pub(crate) struct Waiter<T> {
    thread: CheckedThread<T>,
    pub(crate) record: Arc<ThreadRecord>,
}

/// Starts a thread that is going to wait.
#[track_caller]
pub(crate) fn spawn<T, F>(f: F) -> Waiter<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    let thread = checked_spawn(move || {
        sender.send(thread_record::current()).unwrap();
        f()
    });
    let record = receiver.recv().unwrap();
    Waiter { thread, record }
}

/// Starts a thread that is going to wait for `kind`, and waits until it does.
#[track_caller]
pub(crate) fn spawn_waiting<T, F>(kind: WaitKind, f: F) -> Waiter<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let waiter = spawn(f);
    waiter.until_waiting(kind);
    waiter
}

/// Starts a thread that may be interrupted while it waits for `kind`, and waits until it does.
#[track_caller]
pub(crate) fn spawn_interruptible<T, F>(kind: WaitKind, f: F) -> Waiter<Result<T, Exception>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    spawn_waiting(kind, || interruptible(f))
}

impl<T> Waiter<T> {
    /// Waits until the thread sleeps in a wait queue for `kind`, or is about to.
    ///
    /// A thread shows what it waits for when it has locked the queue, before it is in it. So whoever takes the queue's lock
    /// after this has returned finds it there, as if it slept. Nobody is told about it, hence the loop.
    #[track_caller]
    pub(crate) fn until_waiting(&self, kind: WaitKind) {
        let start = Instant::now();
        while self.record.waiting().is_none_or(|seen| seen.kind != kind) {
            assert!(
                !self.thread.is_finished(),
                "the thread ended instead of waiting"
            );
            assert!(
                start.elapsed() < *delay::LONG,
                "the thread waits for {:?}",
                self.record.waiting()
            );
            thread::yield_now();
        }
    }

    /// Waits until the thread, which waits, has done so for longer than it lets others pass.
    #[track_caller]
    pub(crate) fn until_out_of_patience(&self) {
        let elapsed = || self.record.waiting().map(|waiting| waiting.elapsed);
        while elapsed().expect("the thread waits") < Duration::from_millis(2) {
            thread::yield_now();
        }
    }

    /// Whether the thread waits for something.
    pub(crate) fn is_waiting(&self) -> bool {
        self.record.waiting().is_some()
    }

    /// Whether the thread has ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Raises an exception with this text in the thread.
    #[track_caller]
    pub(crate) fn interrupt(&self, text: &str) {
        assert!(self.record.raise(interrupt(text)), "nobody would catch it");
    }

    #[track_caller]
    pub(crate) fn join(self) -> T {
        self.thread.join()
    }
}

/// What `Thread::raise_exception` raises.
pub(crate) fn interrupt(text: &str) -> Exception {
    Exception::interrupted(Exception::new(text))
}

/// Lives for ever, so that threads of a test can share it by reference.
pub(crate) fn shared<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// The message of the panic of `f`, which must panic.
#[track_caller]
pub(crate) fn panic_text<R>(f: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        panic!("it did not panic");
    };
    Exception::from_panic(payload).message().to_owned()
}
