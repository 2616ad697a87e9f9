//! How do a producer and a consumer share a bounded queue, and end without losing a message?
//!
//! ```python
//! import queue, random, threading, time  # Python 3.13 for shutdown
//! from concurrent.futures import ThreadPoolExecutor
//!
//! def producer(pipeline, event):
//!     produced = 0
//!     while not event.is_set():
//!         pipeline.put(random.randint(1, 101))
//!         produced += 1
//!     pipeline.shutdown()  # no more messages: ends the consumer, too
//!     return produced
//!
//! def consumer(pipeline):
//!     consumed = 0
//!     while True:
//!         try:
//!             pipeline.get()
//!         except queue.ShutDown:
//!             return consumed
//!         consumed += 1
//!
//! pipeline = queue.Queue(maxsize=10)
//! event = threading.Event()
//! with ThreadPoolExecutor(max_workers=2) as executor:
//!     produced = executor.submit(producer, pipeline, event)
//!     consumed = executor.submit(consumer, pipeline)
//!     time.sleep(0.1)
//!     event.set()
//! print(f"produced {produced.result()}, consumed {consumed.result()}, left {pipeline.qsize()}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::queue::Queue;
use pythreads::threading::{Event, sleep};
use std::time::Duration;

fn producer(pipeline: &Queue<u32>, event: &Event) -> usize {
    let mut produced = 0;
    while !event.is_set() && pipeline.put(fastrand::u32(1..=101)).is_ok() {
        produced += 1;
    }
    pipeline.shutdown(); // no more messages: ends the consumer, too
    produced
}

fn consumer(pipeline: &Queue<u32>) -> usize {
    pipeline.iter().count()
}

fn main() -> Result<(), Exception> {
    let pipeline = Queue::with_maxsize(10);
    let event = Event::new();
    let executor = ThreadPoolExecutor::new(2);
    let (produced, consumed) = executor.scope(|s| {
        let produced = s.submit(|| producer(&pipeline, &event));
        let consumed = s.submit(|| consumer(&pipeline));
        sleep(Duration::from_millis(100));
        event.set();
        (produced.result(), consumed.result())
    });
    println!(
        "produced {}, consumed {}, left {}",
        produced?,
        consumed?,
        pipeline.len()
    );
    Ok(())
}
