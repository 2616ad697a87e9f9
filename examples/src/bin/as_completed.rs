//! How do I take results in the order in which they are ready?
//!
//! ```python
//! import time
//! from concurrent.futures import ThreadPoolExecutor, as_completed
//!
//! def do_something(seconds):
//!     time.sleep(seconds)
//!     return f"done sleeping {seconds} s"
//!
//! with ThreadPoolExecutor(max_workers=3) as executor:
//!     futures = {executor.submit(do_something, s): s for s in [0.5, 0.1, 0.3]}
//!     for future in as_completed(futures):
//!         print(f"{futures[future]}: {future.result()}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor, as_completed};
use pythreads::threading::sleep;
use std::time::Duration;

fn do_something(seconds: f64) -> String {
    sleep(Duration::from_secs_f64(seconds));
    format!("done sleeping {seconds} s")
}

fn main() -> Result<(), Exception> {
    let executor = ThreadPoolExecutor::new(3);
    let futures = [0.5, 0.1, 0.3].map(|s| (executor.submit(move || do_something(s)), s));
    for (future, seconds) in as_completed(futures) {
        println!("{seconds}: {}", future.result()?);
    }
    Ok(())
}
