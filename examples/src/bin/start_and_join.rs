//! How do I start threads, go on meanwhile, and wait for their end?
//!
//! ```python
//! import threading, time
//!
//! def do_something(seconds):
//!     print(f"sleeping {seconds} s")
//!     time.sleep(seconds)
//!     print(f"slept {seconds} s")
//!
//! t1 = threading.Thread(target=do_something, args=[0.2])
//! t2 = threading.Thread(target=do_something, args=[0.1])
//! t1.start()
//! t2.start()
//! print("the main thread goes on")
//! t1.join()
//! t2.join()
//! print("both threads have ended")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Exception, Thread, sleep};
use std::time::Duration;

fn do_something(seconds: f64) {
    println!("sleeping {seconds} s");
    sleep(Duration::from_secs_f64(seconds));
    println!("slept {seconds} s");
}

fn main() -> Result<(), Exception> {
    let t1 = Thread::new(|| do_something(0.2)); // the closure carries the arguments
    let t2 = Thread::new(|| do_something(0.1));
    t1.start();
    t2.start();
    println!("the main thread goes on");
    t1.join()?;
    t2.join()?;
    println!("both threads have ended");
    Ok(())
}
