//! What the algorithms of this crate stand on: atomics, a mutex, per-thread slots and the clock.
//!
//! They take these from here only, so that a model checker can stand in for the system (`docs/verification.md`). In the
//! normal build everything is a re-export, and costs nothing.
//!
//! # What a model replaces
//!
//! | here            | normal build     | in a model                                              |
//! |-----------------|------------------|---------------------------------------------------------|
//! | `atomic`        | std's            | the checker's, made on first use, since `new` is const  |
//! | `Mutex`         | parking_lot's    | the checker's, likewise                                 |
//! | `thread_local!` | std's            | the checker's                                           |
//! | `global!`       | a static         | made anew for each execution                            |
//! | `AccessCheck`   | nothing          | tells the checker of accesses to a cell beside it       |
//! | `now`           | the system's     | stands still until the scenario strikes                 |
//! | the fences      | Linux's, or std's | the checker's                                          |
//! | the wait queue  | parking_lot_core | `wait_queue::model`                                     |
//!
//! A thread of a model is not one of the system, and it never spins: [`IS_MODEL`] says so.

#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
pub mod asymmetric_fence;
#[cfg(any(pythreads_loom, pythreads_shuttle))]
pub mod model;
#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
mod native;

#[cfg(any(pythreads_loom, pythreads_shuttle))]
pub use self::model::{
    AccessCheck, Mutex, MutexGuard, asymmetric_fence, atomic, clock::now, global, thread_local,
};
#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
pub use self::native::{AccessCheck, Mutex, MutexGuard, atomic, global, now, thread_local};

/// Whether a model checker runs the threads.
pub const IS_MODEL: bool = cfg!(any(pythreads_loom, pythreads_shuttle));
