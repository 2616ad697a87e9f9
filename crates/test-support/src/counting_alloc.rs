//! Counts allocations, for tests that pin how many a piece of code makes.
//!
//! A test binary installs the allocator and asks:
//!
//! ```
//! use test_support::counting_alloc::{CountingAllocator, allocations};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator;
//!
//! # fn main() {
//! assert_eq!(allocations(|| Box::new(1)), 1);
//! assert_eq!(allocations(|| [0; 64]), 0);
//! # }
//! ```
//!
//! An allocation is a call of `alloc`, `alloc_zeroed` or `realloc`, whether or not it succeeds.
//!
//! # Memory ordering
//! The counters are statistics: no other memory is read on the strength of their values.
#![expect(
    unsafe_code,
    reason = "a global allocator cannot be written without: GlobalAlloc is an unsafe trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, with every call counted per thread and for the whole process.
#[derive(Debug, Default)]
pub struct CountingAllocator;

/// How many allocations the calling thread makes in `work`. Dropping what it returns is not counted.
///
/// What `work` returns is used as far as the optimiser can tell, so its allocations are made; others
/// may be optimised away.
///
/// # Panics
///
/// If [`CountingAllocator`] is not this program's global allocator.
#[track_caller]
pub fn allocations<R>(work: impl FnOnce() -> R) -> usize {
    assert_installed();
    let before = IN_THREAD.get();
    let _result = black_box(work());
    IN_THREAD.get() - before
}

/// How many allocations all threads together make while the calling thread is in `work`.
///
/// Only meaningful in a test binary that runs one test at a time.
///
/// # Panics
///
/// If [`CountingAllocator`] is not this program's global allocator.
#[track_caller]
pub fn allocations_in_process<R>(work: impl FnOnce() -> R) -> usize {
    assert_installed();
    // ORDERING: Relaxed, a statistic; `work` itself orders what it waits for.
    let before = IN_PROCESS.load(Ordering::Relaxed);
    let _result = black_box(work());
    // ORDERING: Relaxed, as above.
    IN_PROCESS.load(Ordering::Relaxed) - before
}

static IN_PROCESS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static IN_THREAD: Cell<usize> = const { Cell::new(0) };
}

fn count_one() {
    IN_THREAD.set(IN_THREAD.get().wrapping_add(1));
    // ORDERING: Relaxed, a statistic.
    IN_PROCESS.fetch_add(1, Ordering::Relaxed);
}

/// The runtime allocates before `main`, so a process that counted nothing does not count.
#[track_caller]
fn assert_installed() {
    // ORDERING: Relaxed, only compared with zero, which the start of this thread left behind.
    let counted = IN_PROCESS.load(Ordering::Relaxed);
    assert!(
        counted > 0,
        "this program needs `#[global_allocator] static ALLOCATOR: CountingAllocator = CountingAllocator;`"
    );
}

// SAFETY: `GlobalAlloc` asks for (a) methods that do not unwind and (b) memory that fits its layout
// and stays valid until it is deallocated.
// (a) counting adds to two numbers, wrapping, and touches a thread-local that has no destructor;
//     `System` does not unwind.
// (b) every call is passed on unchanged to `System`, which fulfils the contract.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: the caller's layout has a size above zero, by the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_one();
        // SAFETY: the caller's layout has a size above zero, by the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count_one();
        // SAFETY: by the contract of `realloc` the block came from this allocator, hence from
        // `System`, with this layout, and the new size is above zero and fits.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: by the contract of `dealloc` the block came from this allocator, hence from
        // `System`, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
