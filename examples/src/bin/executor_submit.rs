//! How do I run a function in a pool and get what it returns?
//!
//! ```python
//! import time
//! from concurrent.futures import ThreadPoolExecutor
//!
//! def do_something(seconds):
//!     print(f"sleeping {seconds} s")
//!     time.sleep(seconds)
//!     return f"done sleeping {seconds} s"
//!
//! with ThreadPoolExecutor() as executor:
//!     f1 = executor.submit(do_something, 0.2)
//!     f2 = executor.submit(do_something, 0.1)
//!     print("both are submitted")
//!     print(f1.result())
//!     print(f2.result())
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::threading::sleep;
use std::time::Duration;

fn do_something(seconds: f64) -> String {
    println!("sleeping {seconds} s");
    sleep(Duration::from_secs_f64(seconds));
    format!("done sleeping {seconds} s")
}

fn main() -> Result<(), Exception> {
    let executor = ThreadPoolExecutor::default();
    let f1 = executor.submit(|| do_something(0.2));
    let f2 = executor.submit(|| do_something(0.1));
    println!("both are submitted");
    println!("{}", f1.result()?);
    println!("{}", f2.result()?);
    Ok(())
} // dropping the executor waits, as leaving Python's `with` does
