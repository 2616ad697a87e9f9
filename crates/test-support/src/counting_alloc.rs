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
//! [`memory`] says how many bytes it takes.
//!
//! An allocation is a call of `alloc`, `alloc_zeroed` or `realloc`, whether or not it succeeds.
//! Its bytes are those asked for; a `realloc` counts what it adds.
//!
//! The process is counted only while somebody asks, so that a program which measures time may have
//! this allocator too: threads then share no counter.
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
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The system's allocator, with every call counted per thread and, on demand, for the whole process.
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
    traffic_in_process(work).allocations
}

/// How much memory the calling thread takes in `work`, beyond what it had before.
///
/// What `work` returns is kept meanwhile. While a block is made larger, the old and the new one count.
///
/// # Panics
///
/// If [`CountingAllocator`] is not this program's global allocator.
#[track_caller]
pub fn memory<R>(work: impl FnOnce() -> R) -> Memory {
    assert_installed();
    let before = HELD.get();
    MOST.set(before);
    let result = black_box(work());
    let memory = Memory {
        most: MOST.get().wrapping_sub(before),
        kept: HELD.get().wrapping_sub(before),
    };
    drop(result);
    memory
}

/// Bytes that a piece of code took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The most it had at a time.
    pub most: usize,
    /// What it had at the end.
    pub kept: usize,
}

/// What has been asked of the allocator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// How many times.
    pub allocations: usize,
    /// How many bytes in all.
    pub bytes: usize,
}

/// What all threads together ask of the allocator while the calling thread is in `work`.
///
/// Only meaningful while nobody else asks.
///
/// # Panics
///
/// If [`CountingAllocator`] is not this program's global allocator.
#[track_caller]
pub fn traffic_in_process<R>(work: impl FnOnce() -> R) -> Traffic {
    assert_installed();
    let asking = Asking::new();
    let before = Traffic::so_far();
    let _result = black_box(work());
    let after = Traffic::so_far();
    drop(asking);
    Traffic {
        allocations: after.allocations - before.allocations,
        bytes: after.bytes - before.bytes,
    }
}

impl Traffic {
    fn so_far() -> Self {
        // ORDERING: Relaxed, statistics; the work that is counted orders what it waits for.
        let [allocations, bytes] =
            [&ALLOCATIONS, &BYTES].map(|count| count.load(Ordering::Relaxed));
        Self { allocations, bytes }
    }
}

/// The process is counted as long as one of these lives.
struct Asking;

impl Asking {
    fn new() -> Self {
        // ORDERING: Relaxed; the threads that are counted are started or told to work after this.
        ASKING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        // ORDERING: Relaxed, what is counted too long does no harm.
        ASKING.fetch_sub(1, Ordering::Relaxed);
    }
}

static INSTALLED: AtomicBool = AtomicBool::new(false);
static ASKING: AtomicUsize = AtomicUsize::new(0);
static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static IN_THREAD: Cell<usize> = const { Cell::new(0) };
    /// Bytes that the thread has allocated less those it has given back; it may give back what others have allocated.
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

fn count_bytes(taken: usize, given_back: usize) {
    let held = HELD.get().wrapping_add(taken);
    if held.wrapping_sub(MOST.get()).cast_signed() > 0 {
        MOST.set(held);
    }
    HELD.set(held.wrapping_sub(given_back));
}

fn count_one(bytes: usize) {
    IN_THREAD.set(IN_THREAD.get().wrapping_add(1));
    // ORDERING: Relaxed, all four are statistics; the flag is written once, so that it stays shared.
    if !INSTALLED.load(Ordering::Relaxed) {
        INSTALLED.store(true, Ordering::Relaxed);
    }
    if ASKING.load(Ordering::Relaxed) > 0 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The runtime allocates before `main`, so a process that counted nothing does not count.
#[track_caller]
fn assert_installed() {
    // ORDERING: Relaxed, the start of this thread left it set.
    let is_installed = INSTALLED.load(Ordering::Relaxed);
    assert!(
        is_installed,
        "this program needs `#[global_allocator] static ALLOCATOR: CountingAllocator = CountingAllocator;`"
    );
}

// SAFETY: `GlobalAlloc` asks for (a) methods that do not unwind and (b) memory that fits its layout
// and stays valid until it is deallocated.
// (a) counting adds to some numbers, wrapping, and touches thread-locals that have no destructor;
//     `System` does not unwind.
// (b) every call is passed on unchanged to `System`, which fulfils the contract.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_one(layout.size());
        count_bytes(layout.size(), 0);
        // SAFETY: the caller's layout has a size above zero, by the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_one(layout.size());
        count_bytes(layout.size(), 0);
        // SAFETY: the caller's layout has a size above zero, by the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count_one(new_size.saturating_sub(layout.size()));
        count_bytes(new_size, layout.size());
        // SAFETY: by the contract of `realloc` the block came from this allocator, hence from
        // `System`, with this layout, and the new size is above zero and fits.
        unsafe { System.realloc(block, layout, new_size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count_bytes(0, layout.size());
        // SAFETY: by the contract of `dealloc` the block came from this allocator, hence from
        // `System`, with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
