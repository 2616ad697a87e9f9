//! How does a thread hand back a result?
//!
//! ```python
//! import queue, threading, time
//!
//! def func(q_out):
//!     print("the thread works ...")
//!     time.sleep(0.1)
//!     q_out.put(42)
//!
//! results = queue.SimpleQueue()
//! thread = threading.Thread(target=func, args=[results])
//! thread.start()
//! print(f"{results.get()} from the queue")
//! thread.join()
//! ```
//!
//! In Rust a thread started with `spawn` can simply return it: `spawn(func).join()?`.

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::queue::SimpleQueue;
use pythreads::threading::{Exception, Thread, sleep};
use std::time::Duration;

static RESULTS: SimpleQueue<u32> = SimpleQueue::new();

fn func(q_out: &SimpleQueue<u32>) {
    println!("the thread works ...");
    sleep(Duration::from_millis(100));
    q_out.put(42);
}

fn main() -> Result<(), Exception> {
    let thread = Thread::new(|| func(&RESULTS));
    thread.start();
    println!("{} from the queue", RESULTS.get());
    thread.join()
}
