//! Python's `concurrent.futures` for Rust: everything that runs work and **promises** a result.
//!
//! ```
//! use pythreads_concurrent_futures::{Exception, ThreadPoolExecutor, as_completed};
//!
//! fn main() -> Result<(), Exception> {
//!     let executor = ThreadPoolExecutor::default();
//!     let futures = [3, 1, 2].map(|n| executor.submit(move || n * 10));
//!     for future in as_completed(futures) {
//!         println!("{}", future.result()?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What this is not
//!
//! Processes, subinterpreters and asyncio are Python's own.

mod as_completed;
mod error;
mod executor;
mod future;
mod inline_executor;
mod map;
mod map_lazy;
mod promise;
mod scope;
mod shared_future;
mod task;
mod task_builder;
mod thread_pool_executor;
mod wait;

pub use pythreads_sync_primitives::{
    Exception, ExceptionKind, IntoException, Refused, TimeoutError,
};
pub use pythreads_task_engine::crew::{Order, PoolStats};
pub use pythreads_task_engine::waitable::Waitable;
pub use pythreads_task_engine::watch::Completion;

pub use crate::as_completed::{AsCompleted, as_completed};
pub use crate::error::{BuildError, SubmitError};
pub use crate::executor::{Executor, ExecutorExt};
pub use crate::future::Future;
pub use crate::inline_executor::InlineExecutor;
pub use crate::map::{Map, Unordered};
pub use crate::map_lazy::MapLazy;
pub use crate::promise::{Promise, promise};
pub use crate::scope::Scope;
pub use crate::shared_future::{SharedFuture, WhenDone};
pub use crate::task::Task;
pub use crate::task_builder::TaskBuilder;
pub use crate::thread_pool_executor::{OnDrop, ThreadPoolExecutor, ThreadPoolExecutorBuilder};
pub use crate::wait::{DoneAndNotDone, ReturnWhen, wait, wait_deadline, wait_timeout};
