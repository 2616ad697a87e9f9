//! How do I write a thread as a class, and read its attributes after its end?
//!
//! ```python
//! import threading
//!
//! class MyThread(threading.Thread):
//!     def __init__(self, n_max):
//!         super().__init__()
//!         self.n_max = n_max
//!         self.n = 0
//!
//!     def run(self):
//!         while self.n < self.n_max:
//!             self.n += 1
//!
//! my_thread = MyThread(1_000_000)
//! my_thread.start()
//! my_thread.join()
//! print(f"counted to {my_thread.n}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Exception, Runnable};

struct MyThread {
    n_max: u64,
    n: u64,
}

impl Runnable for MyThread {
    fn run(&mut self) {
        while self.n < self.n_max {
            self.n += 1;
        }
    }
}

fn main() -> Result<(), Exception> {
    let my_thread = MyThread {
        n_max: 1_000_000,
        n: 0,
    }
    .spawn();
    let my_thread = my_thread.join()?; // the thread owns its object while it runs; `join` gives it back
    println!("counted to {}", my_thread.n);
    Ok(())
}
