//! A library that starts threads, for programs that know nothing of Rust.

use pythreads_threading::{Event, Thread, register_atexit, shutdown};

/// Starts a thread that ends once the end of the program, or of the library, has begun.
#[unsafe(no_mangle)]
pub extern "C" fn start(daemon: bool) {
    static STOP: Event = Event::new();
    let _registered = register_atexit(|| {
        println!("callback");
        STOP.set();
    });
    let work = || {
        STOP.wait();
        println!("the thread has ended");
    };
    Thread::builder().daemon(daemon).target(work).start();
}

/// Starts a thread, and waits until it has ended.
#[unsafe(no_mangle)]
pub extern "C" fn start_and_join() {
    let _registered = register_atexit(|| println!("callback"));
    let thread = Thread::new(|| ());
    thread.start();
    let _outcome = thread.join();
}

/// Does what the end of the program does.
#[unsafe(no_mangle)]
pub extern "C" fn end() {
    shutdown();
}
