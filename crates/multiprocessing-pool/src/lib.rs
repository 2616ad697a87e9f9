//! Python's `multiprocessing.pool.ThreadPool` for Rust, without its hangs: bulk work over a fixed crew.
//!
//! ```
//! use pythreads_multiprocessing_pool::{Exception, ThreadPool};
//!
//! fn main() -> Result<(), Exception> {
//!     let pool = ThreadPool::new(4);
//!     let squares = pool.map(0..10, |n: u64| n * n)?;
//!     assert_eq!(squares, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
//!     Ok(())
//! }
//! ```
//!
//! # What this is not
//!
//! The process pool is Python's own.

mod async_result;
mod gather;
mod star_fn;
mod thread_pool;

pub use pythreads_concurrent_futures::MapLazy;
pub use pythreads_sync_primitives::{Exception, ExceptionKind, TimeoutError};

pub use crate::async_result::AsyncResult;
pub use crate::star_fn::StarFn;
pub use crate::thread_pool::{BuildError, Chunked, Fallible, ThreadPool, ThreadPoolBuilder};
