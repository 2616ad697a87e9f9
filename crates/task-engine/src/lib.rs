//! The engine under both pools of `pythreads`. It has no API for users: use `pythreads-concurrent-futures` or
//! `pythreads-multiprocessing-pool`.
//!
//! | module | noun |
//! |---|---|
//! | [`state`] | the phases of a task, and who may move it from one to the next |
//! | [`node`] | a task: closure, state and result in one allocation |
//! | [`handle`] | the one owner of a task's result |
//! | [`pledge`] | the other end of a handle whose result no task makes |
//! | [`watch`] | who wants to hear of a task's end |
//! | [`crew`] | the worker threads of a pool and their run queue |
//! | [`bulk`] | one function over inputs that are all there, whose results come together |
//! | [`eager_map`] | one function over inputs that are all taken at once |
//! | [`lazy_map`] | one function over inputs that are taken as results are read |
//! | [`extras`] | what a task has beside them, in a second allocation |
//! | [`interrupt`] | raising an exception in the midst of a running task |
//! | `gate` | how many tasks may be pending |
//! | [`completions`] | the ends of several tasks, in the order in which they happen |
//! | `deadlock` | who waits for whom, and what is done about a wait that would never end |
//! | [`scope`] | tasks that borrow from the caller's stack |
//! | [`waitable`] | what `wait` and `as_completed` take |
//! | [`contain`] | running user code so that its panic stays inside |
//! | `job` | what a task does, and what becomes of it if it does not run |

#![cfg_attr(
    not(any(pythreads_loom, pythreads_shuttle)), // the checkers have macros of their own
    expect(
        clippy::disallowed_macros,
        reason = "`crew::current` and `crew::frames` must work in exit handlers, where `Local` is gone"
    )
)]

pub mod bulk;
pub mod completions;
pub mod contain;
pub mod crew;
mod deadlock;
pub mod eager_map;
pub mod extras;
mod gate;
pub mod handle;
pub mod interrupt;
mod job;
pub mod lazy_map;
pub mod node;
pub mod pledge;
pub mod scope;
pub mod state;
mod trace;
pub mod waitable;
pub mod watch;
