//! Every scenario here is run by shuttle, in many of the orders its threads can run in. A whole pool is too long for loom.
//!
//! `cargo xtask model` runs them; `docs/verification.md` says what that shows and how to replay a failure. The bugs that
//! `cargo xtask model --mutants` plants, to see that they are found, are listed in `mutants.md`.

#![cfg(pythreads_shuttle)]
#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code, also what is not marked `#[test]`"
)]

mod closing;
#[path = "../../../sync-primitives/tests/model/engine.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "no scenario here has a time limit"
)]
mod engine;
#[path = "../../../sync-primitives/tests/model/plain.rs"]
#[expect(dead_code, reason = "nothing is added up here")]
mod plain;
