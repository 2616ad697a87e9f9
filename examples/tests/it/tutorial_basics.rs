//! Starting, awaiting and stopping threads; a first executor.

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::threading::{Event, Thread, sleep};
use std::time::Duration;
use test_support::watchdog;

fn do_something(x: u64) -> &'static str {
    sleep(Duration::from_millis(10 * x));
    "Done sleeping!"
}

/// `threading.Thread(target=do_something, args=[2])`: threads that nobody waits for go on.
#[test]
fn starting() {
    let _watchdog = watchdog();
    let t1 = Thread::new(|| {
        do_something(2);
    });
    let t2 = Thread::new(|| {
        do_something(1);
    });

    t1.start();
    t2.start();
}

/// `t1.join()`
#[test]
fn joining() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let t1 = Thread::new(|| {
        do_something(2);
    });
    t1.start();
    t1.join()?;
    assert!(!t1.is_alive());
    Ok(())
}

static CLEANED_UP: Event = Event::new();

/// `finally` is a destructor.
struct Finally;

impl Drop for Finally {
    fn drop(&mut self) {
        CLEANED_UP.set();
    }
}

/// An exception from outside ends an endless loop, and its clean-up runs.
#[test]
fn stopping() {
    let _watchdog = watchdog();
    let t1 = Thread::new(|| {
        let _finally = Finally;
        loop {
            sleep(Duration::from_millis(10)); // regular work; an interruption point
        }
    });
    t1.start();
    sleep(Duration::from_millis(30)); // do some computation

    t1.raise_exception("stop").unwrap();
    let exception = t1.join().unwrap_err();
    assert_eq!(exception.to_string(), "stop");
    assert!(CLEANED_UP.is_set());
}

/// `threading.Thread(target=do_something, args=[2], daemon=True)`
#[test]
fn daemon() {
    let _watchdog = watchdog();
    let t1 = Thread::builder().daemon(true).target(|| {
        do_something(2);
    });
    t1.start();
    assert!(t1.daemon());
}

/// `with concurrent.futures.ThreadPoolExecutor() as executor: …`
#[test]
fn executor() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::default();
    let f1 = executor.submit(|| do_something(2));
    assert_eq!(f1.result()?, "Done sleeping!");
    Ok(())
} // leaving the block waits, as Python's `with` does
