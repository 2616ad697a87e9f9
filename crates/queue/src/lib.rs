//! Python's `queue` module for Rust: everything that hands over values between threads.
//!
//! [`Queue`] (first in, first out), [`LifoQueue`] (last in, first out) and [`PriorityQueue`] (smallest first) are one
//! engine, [`BaseQueue`], over three storages; a user can write a fourth ([`Storage`]). [`SimpleQueue`] is for when
//! nothing may fail. Users of `pythreads` find them in `pythreads::queue`.
//!
//! ```
//! use pythreads_queue::Queue;
//!
//! let queue = Queue::with_maxsize(10);
//! let sum: u32 = std::thread::scope(|s| {
//!     s.spawn(|| {
//!         for i in 0..100 {
//!             if queue.put(i).is_err() {
//!                 break; // somebody else shut it down
//!             }
//!         }
//!         queue.shutdown(); // no more items …
//!     });
//!     queue.iter().sum() // … so this ends
//! });
//! assert_eq!(sum, 4950);
//! ```
//!
//! # From Python
//!
//! | Python | here |
//! |---|---|
//! | `Queue(maxsize=10)` | [`Queue::with_maxsize(10)`](Queue::with_maxsize), also in a `static` |
//! | `q.put(x)`, `q.put(x, timeout=t)` | [`put`](BaseQueue::put), [`put_timeout`](BaseQueue::put_timeout) |
//! | `q.put_nowait(x)`, `q.put(x, block=False)` | [`try_put`](BaseQueue::try_put) |
//! | `q.get()`, `q.get(timeout=t)` | [`get`](BaseQueue::get), [`get_timeout`](BaseQueue::get_timeout) |
//! | `q.get_nowait()` | [`try_get`](BaseQueue::try_get) |
//! | `except Full`, `Empty`, `ShutDown` | [`PutError`], which hands the item back, and [`GetError`] |
//! | `q.qsize()`, `q.empty()`, `q.full()` | [`len`](BaseQueue::len), [`is_empty`](BaseQueue::is_empty), [`is_full`](BaseQueue::is_full) |
//! | `while True: x = q.get() … q.task_done()` | `for task in q.tasks()`: [`tasks`](BaseQueue::tasks) |
//! | `q.join()` | [`join`](BaseQueue::join), which can have a time limit |
//! | `q.shutdown()`, `q.shutdown(immediate=True)` | [`shutdown`](BaseQueue::shutdown), [`shutdown_now`](BaseQueue::shutdown_now) |
//! | a sentinel for each consumer | [`producer`](BaseQueue::producer) |
//! | `(priority, count, item)` | [`Prioritized`] |
//!
//! # Borrowed items
//!
//! A queue of references is declared after what it borrows, as with any container whose destructor drops items: a `Queue<&T>`
//! does not compile where it would outlive its `T`.
//!
//! # Cost
//!
//! A queue is some hundreds of bytes, so that its two ends do not share a cache line, and allocates nothing until an item is put.
//! Then each kind allocates blocks of 256 items (fewer if they are large), which are neither copied nor kept when they are
//! empty, but for one: 8.8 bytes for each `u64` of a long queue. What is left of the blocks of a `PriorityQueue` when items
//! leave it in another order than they came takes up to eight times its room.
//!
//! In a `Queue` and a `SimpleQueue` a put locks one end and a get the other, and they meet when one has used up what it saw of
//! the other. `LifoQueue`, `PriorityQueue` and storages of users have one end. Who has to wait looks around for some 20 µs,
//! about what a sleep costs, before it sleeps. Waiting allocates nothing.
//!
//! # What this is not
//!
//! Not a channel with two ends: anybody who sees a queue can put and get. There is no `select` over several queues, and no
//! queue between processes.

#![expect(
    clippy::disallowed_macros,
    reason = "`patience` keeps a number for each thread, which needs no destructor"
)]

mod base_queue;
mod block;
#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
mod end_lock;
mod error;
mod fifo;
mod gauge;
mod heap;
mod lifo;
mod patience;
mod prioritized;
mod producer;
mod queue_task;
mod ring;
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
