//! What a scope has lent, and the wait until it has all of it back.
//!
//! It is apart from the threads of the system, so that a model can show what the unsafe code in [`erased`](super::erased)
//! rests on: invariants 1 and 2 (`tests/model/scope.rs`).
//!
//! # Invariants
//!
//! 1. `running` counts the scope's bodies that exist: each goes up before its thread can start, and down after the body
//!    has been run or dropped. So at zero nothing is left that borrows.
//! 2. [`Tally::wait_for_threads`], and so `scope`, does not return, nor unwind, before `running` is zero. The wait has no
//!    deadline and no interrupt ends it.
//! 3. After it has gone down, a thread touches nothing of the scope but the tally, which it shares.
//! 4. A thread is in `threads` before the body that started it is over. The scope joins all in it, and only a thread that
//!    ends the program leaves its body existing then: it may still borrow, so the caller cannot go on and is lost, too.
//!
//! # Lock order
//!
//! Under the tally's lock only the state of a thread is looked at, whose lock is a leaf; no user code runs under it.

use std::fmt;
use std::mem;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};

use super::erased;

/// A thread, for who waits for it.
pub(crate) trait Joinable {
    fn has_ended(&self) -> bool;

    /// Waits until it has ended, or is not to be waited for because it ends the program.
    fn wait_for_end(self);
}

/// What the threads of a scope share with it.
pub(crate) struct Tally<T> {
    state: Mutex<State<T>>,
    /// Announces "`running` is zero" to the scope's caller, if one of the threads ended the program. Guarded by `state`.
    idle: Signal,
}

struct State<T> {
    running: usize,
    /// Those that the scope has not joined.
    threads: Vec<T>,
    /// At how many of them those that have ended are joined.
    sweep_at: usize,
    /// The threads that failed and that nobody has joined.
    failed: Vec<(NonZeroU64, String, Exception)>,
}

impl<T> Default for Tally<T> {
    fn default() -> Self {
        let state = State {
            running: 0,
            threads: Vec::new(),
            sweep_at: 0,
            failed: Vec::new(),
        };
        Self {
            state: Mutex::new(state),
            idle: Signal::new(),
        }
    }
}

impl<T: Joinable> Tally<T> {
    /// Notes a thread that has been started.
    pub(crate) fn add(&self, thread: T) {
        const SWEEP_AT_LEAST: usize = 32;
        let ended: Vec<T> = {
            let mut state = self.state.lock();
            let mut ended = Vec::new();
            if state.threads.len() >= state.sweep_at.max(SWEEP_AT_LEAST) {
                ended.extend(state.threads.extract_if(.., |thread| thread.has_ended()));
                state.sweep_at = 2 * state.threads.len();
            }
            state.threads.push(thread);
            ended
        };
        join(ended);
    }

    /// Returns a thread that failed and that nobody has joined, and why. `lose_caller` is called if a thread ended the
    /// program, so that the caller cannot go on.
    pub(crate) fn wait_for_threads(
        &self,
        lose_caller: impl FnOnce(),
    ) -> Option<(String, Exception)> {
        let mut lose_caller = Some(lose_caller);
        loop {
            let threads = mem::take(&mut self.state.lock().threads);
            join(threads);
            let mut state = self.state.lock();
            if !state.threads.is_empty() {
                continue;
            }
            if state.running == 0 {
                let failed = mem::take(&mut state.failed);
                drop(state);
                let mut failed = failed.into_iter();
                return failed.next().map(|(_, name, exception)| (name, exception));
            }
            if let Some(lose) = lose_caller.take() {
                drop(state);
                // By invariant 4.
                lose();
            } else {
                let how = Wait::shielded(WaitKind::Pool, Deadline::Never);
                drop(self.idle.wait(state, how));
            }
        }
    }
}

impl<T> Tally<T> {
    /// How many bodies exist.
    pub(super) fn running(&self) -> usize {
        self.state.lock().running
    }

    /// In a thread of the scope that has failed.
    pub(super) fn note_failure(&self, exception: Exception) {
        let thread = crate::current_thread();
        let failure = (thread.ident(), thread.name(), exception);
        self.state.lock().failed.push(failure);
    }

    /// Somebody has looked at how the thread ended.
    pub(super) fn forgive(&self, ident: NonZeroU64) {
        let forgiven = {
            let mut state = self.state.lock();
            let found = state
                .failed
                .iter()
                .position(|(failed, ..)| *failed == ident);
            found.map(|index| state.failed.remove(index))
        };
        drop(forgiven);
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.state.lock().threads.len()
    }
}

impl<T> fmt::Debug for Tally<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").finish_non_exhaustive()
    }
}

fn join<T: Joinable>(threads: Vec<T>) {
    threads.into_iter().for_each(T::wait_for_end);
}

/// What a thread of a scope runs. The fields are dropped in this order: what borrows, then the count (invariant 1).
pub(crate) struct Body<T> {
    body: erased::Body,
    running: Running<T>,
}

impl<T> Body<T> {
    /// A body that borrows from around a scope. Until it has been run or dropped, [`Tally::wait_for_threads`] does not
    /// return: who lends must call it before what is lent goes.
    pub(crate) fn lend(tally: &Arc<Tally<T>>, body: Box<dyn FnOnce() + Send + '_>) -> Self {
        let running = Running::enter(tally);
        Self {
            // By invariants 1 and 2 it is gone before what it borrows.
            body: erased::erase(body),
            running,
        }
    }

    /// In the new thread.
    pub(crate) fn run(self) {
        let Self { body, running } = self;
        let outcome = catch_unwind(AssertUnwindSafe(body));
        match outcome.map_err(Exception::from_panic) {
            Ok(()) => drop(running),
            Err(exception) => {
                running.leave_with(exception.clone());
                exception.resume();
            }
        }
    }
}

impl<T> fmt::Debug for Body<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// A body that exists.
struct Running<T> {
    tally: Arc<Tally<T>>,
}

impl<T> Running<T> {
    fn enter(tally: &Arc<Tally<T>>) -> Self {
        tally.state.lock().running += 1;
        Self {
            tally: Arc::clone(tally),
        }
    }

    /// In the thread whose body has failed.
    fn leave_with(self, exception: Exception) {
        if exception.kind() != ExceptionKind::Exit {
            self.tally.note_failure(exception);
        }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        let mut state = self.tally.state.lock();
        state.running -= 1;
        let idle = state.running == 0;
        drop(state);
        if idle {
            self.tally.idle.notify_one();
        }
    }
}
