//! The public behaviour of everything that waits. Names of tests carry the ids of the rules that they check, which are
//! listed in `docs/conformance/threading.md`.

#![expect(
    clippy::unwrap_used,
    reason = "all of this is test code, also what is not marked `#[test]`"
)]

mod allocations;
mod auto_traits;
mod barrier;
mod condition;
mod error;
mod event;
mod exception;
mod interrupt;
mod lock;
mod lock_kind;
mod rlock;
mod rwlock;
mod semaphore;
mod stress;
mod waiting;

use test_support::counting_alloc::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
