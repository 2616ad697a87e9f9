//! Every scenario here is run by loom and by shuttle, in all or in many of the orders its threads can run in.
//!
//! `cargo xtask model` runs them; `docs/verification.md` says what that shows and how to replay a failure. The bugs that
//! `cargo xtask model --mutants` plants, to see that they are found, are listed in `mutants.md`.

#![cfg(any(pythreads_loom, pythreads_shuttle))]
#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code, also what is not marked `#[test]`"
)]

mod bulk;
#[cfg(pythreads_shuttle)] // too long for loom
mod deadlock;
#[cfg(pythreads_shuttle)] // too long for loom
mod eager_map;
#[path = "../../../sync-primitives/tests/model/engine.rs"]
mod engine;
#[cfg(pythreads_shuttle)] // too long for loom
mod exit;
#[cfg(pythreads_shuttle)] // too long for loom
mod gate;
mod interrupt;
#[cfg(pythreads_shuttle)] // too long for loom
mod lazy_map;
mod node;
#[path = "../../../sync-primitives/tests/model/plain.rs"]
mod plain;
#[cfg(pythreads_shuttle)] // too long for loom
mod pool;
mod slots;
mod task;
