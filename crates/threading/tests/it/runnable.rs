//! `Runnable`.

use pythreads_threading::{ExceptionKind, Runnable, Thread};
use test_support::watchdog;

struct Adder {
    left: u32,
    sum: u32,
}

impl Runnable for Adder {
    fn run(&mut self) {
        while self.left > 0 {
            self.sum += self.left;
            self.left -= 1;
        }
        assert!(self.sum != 0, "nothing to add");
    }
}

/// Joining gives the object back.
#[test]
fn t21_the_object_comes_back() {
    let _watchdog = watchdog();
    let done = Adder { left: 4, sum: 0 }.spawn().join().unwrap();
    assert_eq!((done.left, done.sum), (0, 10));
}

/// As a plain thread, with a name that says its class.
#[test]
fn t21_as_a_plain_thread() {
    let _watchdog = watchdog();
    let thread = Thread::from_runnable(Adder { left: 1, sum: 0 });
    assert!(thread.name().ends_with(" (Adder)"), "{}", thread.name());
    thread.start();
    thread.join().unwrap();
}

/// A panic is the outcome.
#[test]
fn a_panic_in_run_is_the_outcome() {
    let _watchdog = watchdog();
    let outcome = Adder { left: 0, sum: 0 }.spawn().join();
    let exception = outcome.err().unwrap();
    assert_eq!(exception.kind(), ExceptionKind::Panic);
    assert_eq!(exception.message(), "nothing to add");
}
