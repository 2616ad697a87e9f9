//! How do I stop an endless thread from outside?
//!
//! ```python
//! import ctypes, threading, time
//!
//! class Stop(Exception):
//!     pass
//!
//! def endless():
//!     try:
//!         while True:
//!             time.sleep(0.01)  # regular work
//!     finally:
//!         print("the thread cleans up")
//!
//! def raise_exception(thread, exception):
//!     ident, exception = ctypes.c_ulong(thread.ident), ctypes.py_object(exception)
//!     ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, exception)
//!
//! threading.excepthook = lambda args: print(f"it ended with {args.exc_type.__name__}")
//! thread = threading.Thread(target=endless)
//! thread.start()
//! time.sleep(0.1)
//! raise_exception(thread, Stop)
//! thread.join()
//! print("it is alive" if thread.is_alive() else "it is not alive")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{RaiseError, Thread, sleep};
use std::time::Duration;

struct Finally;

impl Drop for Finally {
    fn drop(&mut self) {
        println!("the thread cleans up");
    }
}

fn endless() {
    let _finally = Finally;
    loop {
        sleep(Duration::from_millis(10)); // regular work; the exception leaves from what waits
    }
}

fn main() -> Result<(), RaiseError> {
    let thread = Thread::new(endless);
    thread.start();
    sleep(Duration::from_millis(100));
    thread.raise_exception("Stop")?;
    if let Err(exception) = thread.join() {
        println!("it ended with {exception}");
    }
    println!(
        "{}",
        if thread.is_alive() {
            "it is alive"
        } else {
            "it is not alive"
        }
    );
    Ok(())
}
