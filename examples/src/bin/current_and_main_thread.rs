//! Which thread, and which process, does this code run in?
//!
//! ```python
//! import os, threading
//!
//! def who_am_i():
//!     me = threading.current_thread()
//!     role = "the main thread" if me is threading.main_thread() else "another thread"
//!     print(f"{me.name}: {role} of process {os.getpid()}, ident {me.ident}, native id {me.native_id}")
//!
//! who_am_i()
//! thread = threading.Thread(name="any_name", target=who_am_i)
//! thread.start()
//! thread.join()
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Exception, Thread, current_thread, get_native_id, main_thread};
use std::process;

fn who_am_i() {
    let me = current_thread();
    let role = if me == main_thread() {
        "the main thread"
    } else {
        "another thread"
    };
    let (name, process) = (me.name(), process::id());
    let (ident, native) = (me.ident(), get_native_id());
    println!("{name}: {role} of process {process}, ident {ident}, native id {native}");
}

fn main() -> Result<(), Exception> {
    who_am_i();
    let thread = Thread::builder().name("any_name").target(who_am_i);
    thread.start();
    thread.join()
}
