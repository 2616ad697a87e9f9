//! How do I show a progress bar while a pool works?
//!
//! ```python
//! import time
//! from concurrent.futures import ThreadPoolExecutor, as_completed
//! from tqdm import tqdm
//!
//! def work(n):
//!     time.sleep(0.01 * n)
//!     return n * n
//!
//! with ThreadPoolExecutor(max_workers=4) as executor:
//!     squares = list(tqdm(executor.map(work, range(10)), total=10))
//!     print(sum(squares))
//!     futures = [executor.submit(work, n) for n in range(10)]
//!     print(sum(f.result() for f in tqdm(as_completed(futures), total=10)))
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor, as_completed};
use pythreads::threading::sleep;
use std::time::Duration;

fn work(n: u64) -> u64 {
    sleep(Duration::from_millis(10 * n));
    n * n
}

fn main() -> Result<(), Exception> {
    let executor = ThreadPoolExecutor::new(4);

    // A `Map` knows its length, so the bar needs no total. It goes to stderr.
    let squares: Vec<u64> = executor
        .map(0..10, work)
        .progress()
        .collect::<Result<_, _>>()?;
    println!("{}", squares.iter().sum::<u64>());

    // In the order in which they are ready, with a bar of one's own.
    let futures = (0..10).map(|n| executor.submit(move || work(n)));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} in {elapsed}");
    let bar = ProgressBar::new(10).with_style(style.expect("the template is one"));
    let mut sum = 0;
    for future in as_completed(futures).progress_with(bar) {
        sum += future.result()?;
    }
    println!("{sum}");
    Ok(())
}
