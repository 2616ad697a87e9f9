//! What `pythreads-queue` promises, by rule of the behaviour it takes from Python (`z5_…`) or by name.
//!
//! The rules are listed in `docs/conformance/queue.md`.

#![expect(
    clippy::unwrap_used,
    reason = "the rules are checked in functions that are generic over the kind, which clippy does not take for tests"
)]

mod allocations;
mod blocked;
mod conformance;
mod dice;
#[cfg(target_os = "linux")]
mod idle;
mod interrupts;
mod kind;
mod ledger;
mod many;
mod model;
#[cfg(target_os = "linux")]
mod one_cpu;
mod order;
mod priority;
mod producer;
mod queue_task;
mod reentry;
mod ring;
mod simple_queue;
mod storage;
mod tables;

#[global_allocator]
static ALLOCATOR: test_support::counting_alloc::CountingAllocator =
    test_support::counting_alloc::CountingAllocator;
