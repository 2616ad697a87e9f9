//! How do I run one function over many values, and read the results in the values' order?
//!
//! ```python
//! import time
//! from concurrent.futures import ThreadPoolExecutor
//!
//! def do_something(seconds):
//!     time.sleep(seconds)
//!     return f"done sleeping {seconds} s"
//!
//! start = time.perf_counter()
//! with ThreadPoolExecutor(max_workers=5) as executor:
//!     for result in executor.map(do_something, [0.5, 0.4, 0.3, 0.2, 0.1]):
//!         print(result)
//! print(f"finished in {time.perf_counter() - start:.1f} s")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::threading::sleep;
use std::time::{Duration, Instant};

fn do_something(seconds: f64) -> String {
    sleep(Duration::from_secs_f64(seconds));
    format!("done sleeping {seconds} s")
}

fn main() -> Result<(), Exception> {
    let start = Instant::now();
    let executor = ThreadPoolExecutor::new(5);
    for result in executor.map([0.5, 0.4, 0.3, 0.2, 0.1], do_something) {
        println!("{}", result?);
    }
    println!("finished in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
