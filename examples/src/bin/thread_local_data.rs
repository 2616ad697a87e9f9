//! How does each thread get a variable of its own?
//!
//! ```python
//! import threading
//!
//! thread_data = threading.local()
//!
//! def other():
//!     print(f"the other thread begins with x = {getattr(thread_data, 'x', 0)}")
//!     thread_data.x = 20
//!     print(f"the other thread has x = {thread_data.x}")
//!
//! thread_data.x = 10
//! thread = threading.Thread(target=other)
//! thread.start()
//! thread.join()
//! print(f"the main thread still has x = {thread_data.x}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Exception, Local, Thread};

static X: Local<u32> = Local::new(|| 0);

fn other() {
    println!("the other thread begins with x = {}", X.get());
    X.set(20);
    println!("the other thread has x = {}", X.get());
}

fn main() -> Result<(), Exception> {
    X.set(10);
    let thread = Thread::new(other);
    thread.start();
    thread.join()?;
    println!("the main thread still has x = {}", X.get());
    Ok(())
}
