//! Which threads does a program wait for when its main thread has ended?
//!
//! ```python
//! import threading, time
//!
//! def work(kind, seconds):
//!     time.sleep(seconds)
//!     print(f"the {kind} thread has ended")
//!
//! threading.Thread(target=work, args=["daemon", 60], daemon=True).start()
//! threading.Thread(target=work, args=["normal", 0.3]).start()
//! print("the main thread has ended")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Thread, sleep};
use std::time::Duration;

fn work(kind: &str, seconds: f64) {
    sleep(Duration::from_secs_f64(seconds));
    println!("the {kind} thread has ended");
}

fn main() {
    Thread::builder()
        .daemon(true)
        .target(|| work("daemon", 60.0))
        .start(); // dies with the program
    Thread::new(|| work("normal", 0.3)).start(); // is waited for
    println!("the main thread has ended");
}
