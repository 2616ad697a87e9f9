//! `Producer`: a queue that shuts down when nobody produces any more.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base_queue::BaseQueue;

/// How many producers a queue has.
#[derive(Debug)]
pub(crate) struct Producers(AtomicUsize);

impl Producers {
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn add(&self) {
        // ORDERING: Relaxed, it publishes nothing.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns whether it was the last one.
    fn remove(&self) -> bool {
        // ORDERING: AcqRel, so that what any of the producers put comes before the shutdown by the last one.
        self.0.fetch_sub(1, Ordering::AcqRel) == 1
    }
}

impl<T, S> BaseQueue<T, S> {
    /// A handle to put with: when the last one is dropped, also by a panic, the queue is shut down.
    ///
    /// So the stage of a pipeline that reads the queue ends when the stages that fill it have ended, however many threads
    /// each has. Make the handles before the threads, or clone one that is kept meanwhile: a queue whose last handle is
    /// gone stays shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let lines = Queue::with_maxsize(10);
    /// std::thread::scope(|s| {
    ///     let producer = lines.producer();
    ///     for n in 0..3 {
    ///         let producer = producer.clone();
    ///         s.spawn(move || producer.put(n).unwrap());
    ///     }
    ///     drop(producer);
    ///     assert_eq!(lines.iter().count(), 3); // ends with the last of the three
    /// });
    /// ```
    pub fn producer(&self) -> Producer<'_, T, S> {
        Producer::new(QueueRef::Borrowed(self))
    }

    /// As [`producer`](Self::producer), for a thread that may outlive the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    /// use std::sync::Arc;
    ///
    /// let lines = Arc::new(Queue::new());
    /// let producer = lines.producer_owned();
    /// let thread = std::thread::spawn(move || producer.put("spam").unwrap());
    /// assert_eq!(lines.iter().collect::<Vec<_>>(), ["spam"]);
    /// # thread.join().unwrap();
    /// ```
    pub fn producer_owned(self: &Arc<Self>) -> Producer<'static, T, S> {
        Producer::new(QueueRef::Owned(Arc::clone(self)))
    }
}

/// A queue that is shut down when its last producer is dropped: see [`BaseQueue::producer`].
///
/// It derefs to the queue. Dropped by a hook of the queue's own storage, the last one shuts it down as well, where a call
/// would panic; what that hook puts is still put.
///
/// # Differences from Python
///
/// Python has no such thing: there each stage counts its workers, or sends a sentinel per reader.
#[must_use = "the queue is shut down when its last producer is dropped"]
pub struct Producer<'queue, T, S> {
    queue: QueueRef<'queue, T, S>,
}

enum QueueRef<'queue, T, S> {
    Borrowed(&'queue BaseQueue<T, S>),
    Owned(Arc<BaseQueue<T, S>>),
}

impl<'queue, T, S> Producer<'queue, T, S> {
    fn new(queue: QueueRef<'queue, T, S>) -> Self {
        let producer = Self { queue };
        producer.producers().add();
        producer
    }
}

impl<T, S> Deref for Producer<'_, T, S> {
    type Target = BaseQueue<T, S>;

    fn deref(&self) -> &Self::Target {
        match &self.queue {
            QueueRef::Borrowed(queue) => queue,
            QueueRef::Owned(queue) => queue,
        }
    }
}

impl<T, S> Clone for Producer<'_, T, S> {
    fn clone(&self) -> Self {
        Self::new(match &self.queue {
            QueueRef::Borrowed(queue) => QueueRef::Borrowed(queue),
            QueueRef::Owned(queue) => QueueRef::Owned(Arc::clone(queue)),
        })
    }
}

impl<T, S> Drop for Producer<'_, T, S> {
    fn drop(&mut self) {
        if self.producers().remove() {
            self.shutdown_even_in_hook();
        }
    }
}

impl<T, S> fmt::Debug for Producer<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Producer").field(&**self).finish()
    }
}
