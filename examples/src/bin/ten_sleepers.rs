//! How long do ten threads take that each sleep for a second?
//!
//! ```python
//! import threading, time
//!
//! def do_something(seconds):
//!     print(f"sleeping {seconds} s")
//!     time.sleep(seconds)
//!     print("done sleeping")
//!
//! start = time.perf_counter()
//! threads = [threading.Thread(target=do_something, args=[1]) for _ in range(10)]
//! for t in threads:
//!     t.start()
//! for t in threads:
//!     t.join()
//! print(f"finished in {time.perf_counter() - start:.1f} s")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Exception, Thread, sleep};
use std::time::{Duration, Instant};

fn do_something(seconds: u64) {
    println!("sleeping {seconds} s");
    sleep(Duration::from_secs(seconds));
    println!("done sleeping");
}

fn main() -> Result<(), Exception> {
    let start = Instant::now();
    let threads: Vec<Thread> = (0..10).map(|_| Thread::new(|| do_something(1))).collect();
    for t in &threads {
        t.start();
    }
    for t in &threads {
        t.join()?;
    }
    println!("finished in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
