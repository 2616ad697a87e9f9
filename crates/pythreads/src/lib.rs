//! Python's `threading`, `queue`, `concurrent.futures` and `multiprocessing.pool.ThreadPool` for Rust: Python's names and
//! semantics, Rust's grammar and safety.
//!
//! This crate is names only. Its paths are Python's, and each module is a crate that can be depended on alone:
//!
//! | path | crate |
//! |---|---|
//! | [`pythreads::threading`](threading) | `pythreads-threading` |
//! | [`pythreads::queue`](queue) | `pythreads-queue` |
//! | [`pythreads::concurrent::futures`](concurrent::futures) | `pythreads-concurrent-futures` |
//! | [`pythreads::multiprocessing::pool`](multiprocessing::pool) | `pythreads-multiprocessing-pool` |
//!
//! ```
//! use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
//!
//! fn main() -> Result<(), Exception> {
//!     let executor = ThreadPoolExecutor::new(3);
//!     let lengths = executor.map(["one", "three"], str::len);
//!     assert_eq!(lengths.into_vec()?, [3, 5]);
//!     Ok(())
//! }
//! ```

#![forbid(unsafe_code)]

#[doc(inline)]
pub use pythreads_queue as queue;
#[doc(inline)]
pub use pythreads_threading as threading;

/// Python's package `concurrent`.
pub mod concurrent {
    #[doc(inline)]
    pub use pythreads_concurrent_futures as futures;
}

/// Python's package `multiprocessing`.
pub mod multiprocessing {
    #[doc(inline)]
    pub use pythreads_multiprocessing_pool as pool;
}
