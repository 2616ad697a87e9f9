//! Python's queue module for Rust: FIFO, LIFO, priority and simple queues with timeouts, task tracking and shutdown.

mod base_queue;
mod error;
mod fifo;
mod gauge;
mod heap;
mod lifo;
mod patience;
mod prioritized;
mod producer;
mod queue_task;
mod simple_queue;
mod storage;
mod unput;

pub use crate::base_queue::{BaseQueue, Iter, TryIter};
pub use crate::error::{GetError, PutError};
pub use crate::fifo::{Fifo, Queue};
pub use crate::heap::{Heap, PriorityQueue};
pub use crate::lifo::{Lifo, LifoQueue};
pub use crate::prioritized::Prioritized;
pub use crate::producer::Producer;
pub use crate::queue_task::{QueueTask, Tasks};
pub use crate::simple_queue::SimpleQueue;
pub use crate::storage::Storage;
pub use crate::unput::Unput;
