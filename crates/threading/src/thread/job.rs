//! What a thread runs, and what becomes of its result: the part of a thread that knows their types.
//!
//! # States
//!
//! | state   | means                                    | leaves by                                  |
//! |---------|------------------------------------------|--------------------------------------------|
//! | Waiting | the closure has not been called          | `run`, `discard`                           |
//! | Empty   | it runs, or nothing is left of it        | `run` comes to its end                     |
//! | Done    | it has returned, and the result is kept  | `take`, `abandon`                          |
//!
//! # Invariants
//!
//! 1. The closure is called once, in the new OS thread, or dropped. So a refused start can be tried again.
//! 2. A result is kept only while somebody may take it. If nobody can any more, it is dropped at once, by the thread that
//!    has made it or by the one that gave it up; not with the last handle of the thread, which may be anywhere.
//!
//! # Lock order
//!
//! The job's lock is a leaf; no user code runs under it.

use std::mem;

use parking_lot::Mutex;

/// A thread's work, whatever its types are.
pub(crate) trait Work: Send + Sync {
    /// Calls the closure, if it is still there.
    fn run(&self);

    /// Drops the closure, if it is still there.
    fn discard(&self);
}

/// Where the result is fetched.
pub(crate) trait ResultSlot<T>: Send + Sync {
    /// The result, once.
    fn take(&self) -> Option<T>;

    /// Nobody will take the result.
    fn abandon(&self);
}

/// The work of a thread that was not started by us.
pub(super) struct NoWork;

impl Work for NoWork {
    fn run(&self) {}

    fn discard(&self) {}
}

/// The work of a thread of ours.
pub(super) struct Job<F, T> {
    state: Mutex<State<F, T>>,
}

struct State<F, T> {
    stage: Stage<F, T>,
    /// Whether somebody may take the result.
    is_wanted: bool,
}

enum Stage<F, T> {
    Waiting(F),
    Empty,
    Done(T),
}

impl<F, T> Job<F, T> {
    /// `is_wanted` says whether there will be somebody to take the result.
    pub(super) fn new(f: F, is_wanted: bool) -> Self {
        Self {
            state: Mutex::new(State {
                stage: Stage::Waiting(f),
                is_wanted,
            }),
        }
    }

    fn take_closure(&self) -> Option<F> {
        let mut state = self.state.lock();
        match mem::replace(&mut state.stage, Stage::Empty) {
            Stage::Waiting(f) => Some(f),
            other => {
                state.stage = other;
                None
            }
        }
    }
}

impl<F, T> Work for Job<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run(&self) {
        let Some(f) = self.take_closure() else {
            return;
        };
        let result = f();
        let mut state = self.state.lock();
        if state.is_wanted {
            state.stage = Stage::Done(result);
        } else {
            drop(state);
            drop(result);
        }
    }

    fn discard(&self) {
        drop(self.take_closure());
    }
}

impl<F: Send, T: Send> ResultSlot<T> for Job<F, T> {
    fn take(&self) -> Option<T> {
        let mut state = self.state.lock();
        match mem::replace(&mut state.stage, Stage::Empty) {
            Stage::Done(result) => Some(result),
            other => {
                state.stage = other;
                None
            }
        }
    }

    fn abandon(&self) {
        self.state.lock().is_wanted = false;
        drop(self.take());
    }
}
