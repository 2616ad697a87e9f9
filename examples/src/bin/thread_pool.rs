//! How do I use a pool's `apply` and `map`, with and without waiting?
//!
//! ```python
//! from multiprocessing.pool import ThreadPool
//!
//! def square(x):
//!     return x * x
//!
//! def half(x):
//!     if x % 2:
//!         raise ValueError(f"{x} is odd")
//!     return x // 2
//!
//! def callback(result):
//!     print("callback:", result)
//!
//! def error_callback(error):
//!     print("error callback:", error)
//!
//! pool = ThreadPool(processes=4)
//! print("apply:", pool.apply(square, [3]))
//! print("map:", pool.map(square, range(5)))
//! result = pool.apply_async(square, [10])
//! print("apply_async:", result.get(timeout=10))
//! pool.map_async(half, [2, 4], callback=callback, error_callback=error_callback).wait()
//! pool.map_async(half, [2, 3], callback=callback, error_callback=error_callback).wait()
//! pool.close()
//! pool.join()
//! print("closed and joined")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::Exception;
use pythreads::multiprocessing::pool::ThreadPool;
use std::error::Error;
use std::time::Duration;

fn square(x: u32) -> u32 {
    x * x
}

fn half(x: u32) -> u32 {
    if x % 2 == 1 {
        Exception::new(format!("{x} is odd")).resume(); // Python's raise; a panic would do as well
    }
    x / 2
}

fn callback(outcome: Result<&Vec<u32>, &Exception>) {
    match outcome {
        Ok(results) => println!("callback: {results:?}"),
        Err(error) => println!("error callback: {error}"),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let pool = ThreadPool::new(4);
    println!("apply: {}", pool.apply(|| square(3))?);
    println!("map: {:?}", pool.map(0..5, square)?);
    let result = pool.apply_async(|| square(10));
    println!(
        "apply_async: {}",
        result.get_timeout(Duration::from_secs(10))??
    );
    pool.map_async_with([2, 4], half, callback).wait();
    pool.map_async_with([2, 3], half, callback).wait();
    pool.close();
    pool.join();
    println!("closed and joined");
    Ok(())
}
