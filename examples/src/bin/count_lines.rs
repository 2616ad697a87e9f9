//! How many lines have the files of a folder? (The example of the project's README.)
//!
//! ```python
//! import sys
//! from concurrent.futures import ThreadPoolExecutor, as_completed
//! from pathlib import Path
//!
//! def count_lines(path):
//!     return len(path.read_text().splitlines())
//!
//! folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
//! total = 0
//! with ThreadPoolExecutor() as pool:
//!     counts = {pool.submit(count_lines, path): path for path in folder.iterdir()}
//!     for count in as_completed(counts):
//!         try:
//!             print(f"{count.result():>6}  {counts[count]}")
//!             total += count.result()
//!         except (OSError, UnicodeDecodeError) as e:
//!             print(f"{counts[count]}: {e}", file=sys.stderr)
//! print(f"{total:>6}  total")
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

use pythreads::concurrent::futures::{ThreadPoolExecutor, as_completed};
use std::path::{Path, PathBuf};
use std::{env, error::Error, fs, io};

fn count_lines(path: &Path) -> io::Result<usize> {
    Ok(fs::read_to_string(path)?.lines().count())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let entries = fs::read_dir(folder)?;
    let files: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    let pool = ThreadPoolExecutor::default();

    // Tasks borrow `files`: no Arc, no clone, no 'static.
    let total = pool.scope(|s| {
        let counts = files
            .iter()
            .map(|path| (s.submit_fallible(|| count_lines(path)), path));
        let mut total = 0;
        // In the order in which they finish. An io::Error or a panic: both are values.
        for (count, path) in as_completed(counts) {
            match count.result() {
                Ok(n) => {
                    println!("{n:>6}  {}", path.display());
                    total += n;
                }
                Err(e) => eprintln!("{}: {e}", path.display()),
            }
        }
        total
    }); // here all tasks have ended,
    println!("{total:>6}  total");
    Ok(())
} // and here all threads
