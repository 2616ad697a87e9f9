//! A thread whose end a test cannot forget to look at.

use std::any::Any;
use std::panic::{self, Location};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::{delay, proc_task};

/// Starts a thread that is named after the line that calls this, and must be seen to end.
///
/// # Panics
///
/// If the system refuses to start a thread.
#[track_caller]
pub fn checked_spawn<T, F>(f: F) -> CheckedThread<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let name = name_after(Location::caller());
    let tid = Arc::new(OnceLock::new());
    let handle = thread::Builder::new().name(name.clone()).spawn({
        let tid = Arc::clone(&tid);
        move || {
            tid.set(proc_task::current_tid())
                .expect("only this thread sets its number");
            f()
        }
    });
    CheckedThread {
        handle: Some(handle.unwrap_or_else(|error| panic!("cannot start thread {name}: {error}"))),
        name,
        tid,
    }
}

/// A thread that is joined, and whose panic is raised again, by [`join`](Self::join) or on drop.
///
/// While a test is already panicking, dropping it leaves the thread alone: it may wait for something
/// the test no longer does, and the test's own message is the one to read.
#[derive(Debug)]
#[must_use = "dropping it joins the thread on the spot"]
pub struct CheckedThread<T> {
    /// `None` once it has been joined.
    handle: Option<JoinHandle<T>>,
    name: String,
    /// Set by the thread itself, first thing; `None` inside where the system does not tell.
    tid: Arc<OnceLock<Option<u32>>>,
}

impl<T> CheckedThread<T> {
    /// Waits for the thread and returns what it returned.
    ///
    /// # Panics
    ///
    /// If the thread panicked: with its message and name, or with its payload if that is no text.
    #[track_caller]
    pub fn join(mut self) -> T {
        let handle = self.handle.take().expect("only `join` and `drop` take it");
        match handle.join() {
            Ok(value) => value,
            Err(payload) => raise_again(&self.name, payload),
        }
    }

    /// Whether the thread has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the thread sleeps in the kernel: it is blocked in what it called last.
    ///
    /// The thread should announce that it is about to block (a [`Flag`](crate::Flag)) and the test
    /// should wait for that first, or it may find the thread asleep in something earlier.
    /// Only Linux can answer; elsewhere this gives the thread [`SHORT`](delay::SHORT) to get there.
    ///
    /// # Panics
    ///
    /// If the thread ends, or stays awake for half as long as the watchdog gives to a whole test.
    #[track_caller]
    pub fn wait_until_asleep(&self) {
        let start = Instant::now();
        while !self.is_asleep() {
            assert!(
                !self.is_finished(),
                "thread {} ended instead of blocking",
                self.name
            );
            assert!(
                start.elapsed() < *delay::WAIT_LIMIT,
                "thread {} did not block within {:?}",
                self.name,
                *delay::WAIT_LIMIT
            );
        }
    }

    /// Looks twice: asleep both times and not awake in between.
    fn is_asleep(&self) -> bool {
        let Some(&tid) = self.tid.get() else {
            thread::yield_now();
            return false;
        };
        let Some(tid) = tid else {
            pause(*delay::SHORT);
            return true;
        };
        let before = proc_task::sleeps_if_asleep(tid);
        pause(Duration::from_millis(1));
        before.is_some() && before == proc_task::sleeps_if_asleep(tid)
    }
}

impl<T> Drop for CheckedThread<T> {
    #[track_caller]
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        if let Some(Err(payload)) = self.handle.take().map(JoinHandle::join) {
            raise_again(&self.name, payload);
        }
    }
}

/// `queue.rs:42`, which also fits into the 15 characters that Linux keeps of a thread's name.
fn name_after(caller: &Location<'_>) -> String {
    let file = Path::new(caller.file()).file_name().unwrap_or_default();
    format!("{}:{}", file.display(), caller.line())
}

#[track_caller]
fn raise_again(name: &str, payload: Box<dyn Any + Send>) -> ! {
    match payload_text(&*payload) {
        Some(text) => panic!("thread {name} panicked: {text}"),
        None => panic::resume_unwind(payload),
    }
}

fn payload_text(payload: &(dyn Any + Send)) -> Option<&str> {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| payload.downcast_ref::<&str>().copied())
}

#[expect(
    clippy::disallowed_methods,
    reason = "nobody announces that another thread has fallen asleep: one must look again"
)]
fn pause(delay: Duration) {
    thread::sleep(delay);
}
