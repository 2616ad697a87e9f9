//! What can I ask a future, and what can I tell it?
//!
//! ```python
//! from concurrent.futures import ThreadPoolExecutor, TimeoutError
//! from threading import Event
//!
//! started, go = Event(), Event()
//!
//! def slow():
//!     started.set()
//!     go.wait()
//!     return 9
//!
//! def fail():
//!     raise ValueError("no luck")
//!
//! with ThreadPoolExecutor(max_workers=1) as executor:
//!     future, queued, failing = map(executor.submit, [slow, slow, fail])
//!     started.wait()
//!     print("running:", future.running(), queued.running())
//!     print("cancel:", future.cancel(), queued.cancel())
//!     print("cancelled:", future.cancelled(), queued.cancelled())
//!     print("done:", future.done(), queued.done())
//!     try:
//!         future.result(timeout=0.01)
//!     except TimeoutError:
//!         print("no result yet")
//!     future.add_done_callback(lambda f: print("callback:", f.result()))
//!     go.set()
//!     print("exception:", future.exception(timeout=10))
//!     print("result:", future.result(timeout=10))
//!     print("exception:", failing.exception())
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::concurrent::futures::ThreadPoolExecutor;
use pythreads::threading::Event;
use std::error::Error;
use std::time::Duration;

static STARTED: Event = Event::new();
static GO: Event = Event::new();

fn slow() -> u32 {
    STARTED.set();
    GO.wait();
    9
}

fn fail() -> Result<u32, &'static str> {
    Err("no luck")
}

fn main() -> Result<(), Box<dyn Error>> {
    let executor = ThreadPoolExecutor::new(1);
    let (future, queued) = (executor.submit(slow), executor.submit(slow));
    let failing = executor.submit_fallible(fail);
    STARTED.wait();
    println!("running: {} {}", future.running(), queued.running());
    println!("cancel: {} {}", future.cancel(), queued.cancel());
    println!("cancelled: {} {}", future.cancelled(), queued.cancelled());
    println!("done: {} {}", future.done(), queued.done());
    let Err(late) = future.result_timeout(Duration::from_millis(10)) else {
        return Err("it waits for GO".into());
    };
    println!("no result yet");
    let future = late.into_inner().shared(); // Python's future: everybody may read the result
    future.add_done_callback(|f| println!("callback: {}", f.result().unwrap_or(&0)));
    GO.set();
    if future.wait_timeout(Duration::from_secs(10)) {
        println!("exception: {:?}", future.exception());
        println!("result: {}", future.result()?);
    }
    println!("exception: {}", failing.exception().ok_or("it must fail")?);
    Ok(())
}
