//! Every scenario here is run by loom and by shuttle, in all or in many of the orders its threads can run in; the histories
//! by shuttle alone.
//!
//! `cargo xtask model` runs them; `docs/verification.md` says what that shows and how to replay a failure. The bugs that
//! `cargo xtask model --mutants` plants, to see that they are found, are listed in `mutants.md`.

#![cfg(any(pythreads_loom, pythreads_shuttle))]
#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code, also what is not marked `#[test]`"
)]

mod end_lock;
mod ends;
#[path = "../../../sync-primitives/tests/model/engine.rs"]
mod engine;
// loom may answer a load with what was there before, unless something orders the two: no order of time to hold it to.
#[cfg(pythreads_shuttle)]
mod history;
#[path = "../../../sync-primitives/tests/model/plain.rs"]
mod plain;
mod ring;
#[expect(
    dead_code,
    reason = "what else there is, is for the models of interrupts"
)]
#[path = "../../../sync-primitives/tests/model/target.rs"]
mod target;
