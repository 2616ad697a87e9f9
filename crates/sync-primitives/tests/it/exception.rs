//! `Exception` and `IntoException`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::mem::size_of;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use pythreads_sync_primitives::{BoxError, Exception, ExceptionKind};
use test_support::{Flag, checked_spawn, watchdog};

use crate::waiting::{interrupt, shared};

/// An error with a cause.
#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// A panic's payload that panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in the destructor");
    }
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file")
}

fn caught<R>(f: impl FnOnce() -> R) -> Exception {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => Exception::from_panic(payload),
    }
}

/// Text, errors and boxed errors are of kind Error; an exception stays what it is.
#[test]
fn what_can_be_raised() {
    let text = [Exception::new("text"), Exception::new(String::from("text"))];
    for exception in text {
        assert_eq!(exception.kind(), ExceptionKind::Error);
        assert!(exception.is_error() && !exception.is_panic() && !exception.is_cancelled());
        assert_eq!(exception.message(), "text");
        assert_eq!(exception.to_string(), "text");
        assert_eq!(format!("{exception:?}"), "Exception(error: \"text\")");
        assert_eq!(exception.thread_name(), None);
    }
    assert_eq!(Exception::new(not_found()).message(), "no such file");
    let boxed: BoxError = Box::new(not_found());
    assert!(Exception::new(boxed).downcast_ref::<io::Error>().is_some());

    let cancelled = Exception::of_kind(ExceptionKind::Cancelled, "cancelled");
    assert!(Exception::new(cancelled.clone()).is_cancelled());
    let boxed: BoxError = Box::new(cancelled);
    assert!(Exception::new(boxed).is_cancelled());
}

/// `?` takes it into the error types that programs use.
#[test]
fn it_is_an_error_that_crosses_threads() {
    fn fails() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(Exception::new("text"))?;
        Ok(())
    }
    assert_eq!(fails().unwrap_err().to_string(), "text");
    assert_eq!(size_of::<Result<(), Exception>>(), size_of::<usize>());
}

/// The first of the type, through sources and through other exceptions.
#[test]
fn downcast_finds_what_is_in_the_chain() {
    let exception = Exception::new(Outer(not_found()));
    assert!(exception.downcast_ref::<Outer>().is_some());
    let inner = exception.downcast_ref::<io::Error>().unwrap();
    assert_eq!(inner.kind(), io::ErrorKind::NotFound);
    assert!(exception.downcast_ref::<fmt::Error>().is_none());

    let raised = Exception::interrupted(exception);
    assert!(raised.is_interrupted());
    assert_eq!(raised.message(), "outer");
    assert!(raised.downcast_ref::<io::Error>().is_some());
    let cause = raised.downcast_ref::<Exception>().unwrap();
    assert!(cause.is_error());
    assert!(Exception::new("text").downcast_ref::<Exception>().is_none());
}

/// What it displays is the error's own message, so its source is what comes after the error.
#[test]
fn its_source_is_that_of_the_error() {
    let exception = Exception::new(Outer(not_found()));
    assert_eq!(exception.to_string(), "outer");
    assert_eq!(exception.source().unwrap().to_string(), "no such file");
    assert!(Exception::new("text").source().is_none());
}

/// An interrupt stays one, and an exit is not turned into one.
#[test]
fn interrupted_wraps_once() {
    let once = Exception::interrupted(Exception::new("stop"));
    let twice = Exception::interrupted(once);
    assert!(
        twice
            .downcast_ref::<Exception>()
            .is_some_and(Exception::is_error)
    );
    let exit = Exception::of_kind(ExceptionKind::Exit, "exit 3");
    assert_eq!(Exception::interrupted(exit).kind(), ExceptionKind::Exit);
}

/// With the panic's text and the name of the thread.
#[test]
fn a_panic_is_told_with_its_thread() {
    let _watchdog = watchdog();
    let exception = checked_spawn(|| caught(|| panic!("{} bottles", 99))).join();
    assert!(exception.is_panic());
    assert_eq!(exception.message(), "99 bottles");
    assert!(exception.thread_name().is_some());
    assert_eq!(caught(|| panic!("literal")).message(), "literal");
    let other = caught(|| panic_any(17_u8));
    assert_eq!(other.message(), "(a panic whose payload is not text)");
}

/// As long as it may be shared; the value itself goes to the last handle.
#[test]
fn the_payload_can_be_read_by_all_and_taken_by_the_last() {
    let exception = caught(|| panic_any(17_u8));
    assert_eq!(exception.payload_ref::<u8>(), Some(&17));
    assert_eq!(exception.payload_ref::<u16>(), None);
    let other = exception.clone();
    let exception = exception.into_panic().unwrap_err();
    assert_eq!(exception.payload_ref::<u8>(), Some(&17));
    drop(other);
    assert_eq!(exception.into_panic().unwrap().downcast_ref(), Some(&17_u8));
    assert!(Exception::new("text").into_panic().is_err());
}

/// Also around a payload that may not be shared, which then nobody can see.
#[test]
fn it_is_sync_whatever_the_payload_is() {
    let _watchdog = watchdog();
    let exception = caught(|| panic_any(Cell::new(1)));
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(exception.is_panic()));
        assert_eq!(exception.payload_ref::<u8>(), None);
    });
    let payload = exception.into_panic().unwrap();
    assert_eq!(payload.downcast_ref::<Cell<i32>>(), Some(&Cell::new(1)));
}

/// A panic goes on as itself, anything else as an exception.
#[test]
fn resume_goes_on() {
    let panic = caught(|| panic!("its own"));
    assert_eq!(caught(|| panic.resume()).message(), "its own");
    let again = caught(|| Exception::new("text").resume());
    assert!(again.is_error());
    let shared = caught(|| panic!("its own"));
    let _other = shared.clone();
    assert!(caught(|| shared.resume()).is_panic());
}

/// Only what was raised in a thread, or asks it to exit.
#[test]
fn is_interrupt_tells_raised_exceptions() {
    assert!(Exception::is_interrupt(&interrupt("stop")));
    let exit = Exception::of_kind(ExceptionKind::Exit, "exit 3");
    assert!(Exception::is_interrupt(&exit));
    assert!(!Exception::is_interrupt(&Exception::new("text")));
    assert!(!Exception::is_interrupt(&"text"));
}

/// The panic of a payload's destructor ends where the exception is dropped.
#[test]
fn a_payload_that_panics_on_drop_hurts_nobody() {
    let exception = caught(|| panic_any(PanicsOnDrop));
    let other = exception.clone();
    drop(exception);
    drop(other);
}

/// Neither its message nor its destructor can do harm.
#[test]
fn an_error_that_panics_hurts_nobody() {
    #[derive(Debug)]
    struct Wild(&'static Flag);
    impl fmt::Display for Wild {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic_any(PanicsOnDrop)
        }
    }
    impl Error for Wild {}
    impl Drop for Wild {
        fn drop(&mut self) {
            self.0.set();
            panic!("in the destructor");
        }
    }
    let dropped = shared(Flag::new());
    let exception = Exception::new(Wild(dropped));
    assert_eq!(exception.message(), "(an error whose message panicked)");
    assert!(exception.downcast_ref::<Wild>().is_some());
    drop(exception);
    assert!(dropped.is_set());
}

/// As messages show them.
#[test]
fn kinds_have_names() {
    let names = [
        (ExceptionKind::Panic, "panic"),
        (ExceptionKind::Interrupted, "interrupted"),
        (ExceptionKind::ShutDown, "shut down"),
        (ExceptionKind::Abandoned, "abandoned"),
        (ExceptionKind::Deadlock, "deadlock"),
    ];
    for (kind, name) in names {
        assert_eq!(kind.to_string(), name);
    }
}
