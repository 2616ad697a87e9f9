//! How is an update lost without a lock, and kept with one?
//!
//! ```python
//! import threading, time
//!
//! lock = threading.Lock()
//! unlucky = threading.Barrier(2)  # makes the unlucky moment certain
//! value = 0
//!
//! def update_without_lock():
//!     global value
//!     copy = value
//!     unlucky.wait()  # the other thread has read, too
//!     value = copy + 1
//!
//! def update_with_lock():
//!     global value
//!     with lock:
//!         copy = value
//!         time.sleep(0.05)  # the other thread must wait
//!         value = copy + 1
//!
//! def run_twice(update):
//!     global value
//!     value = 0
//!     threads = [threading.Thread(target=update) for _ in range(2)]
//!     for t in threads: t.start()
//!     for t in threads: t.join()
//!     return value
//!
//! print(f"2 updates without a lock: {run_twice(update_without_lock)}")
//! print(f"2 updates with a lock: {run_twice(update_with_lock)}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Barrier, BrokenBarrierError, Exception, Lock, sleep, spawn};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

static UNLUCKY: Barrier = Barrier::new(2); // makes the unlucky moment certain
static RACY: AtomicU32 = AtomicU32::new(0); // Rust has no racy integers; this is the nearest to one
static VALUE: Lock<u32> = Lock::new(0); // the lock contains what it protects

fn update_without_lock() -> Result<(), BrokenBarrierError> {
    let copy = RACY.load(Relaxed);
    UNLUCKY.wait()?; // the other thread has read, too
    RACY.store(copy + 1, Relaxed);
    Ok(())
}

fn update_with_lock() {
    let mut value = VALUE.acquire();
    let copy = *value;
    sleep(Duration::from_millis(50)); // the other thread must wait
    *value = copy + 1;
}

fn main() -> Result<(), Exception> {
    for thread in [spawn(update_without_lock), spawn(update_without_lock)] {
        thread.join()?.map_err(Exception::new)?;
    }
    println!("2 updates without a lock: {}", RACY.load(Relaxed));

    for thread in [spawn(update_with_lock), spawn(update_with_lock)] {
        thread.join()?;
    }
    println!("2 updates with a lock: {}", *VALUE.acquire());
    Ok(())
}
