//! `TimeoutError`, `Refused` and `BrokenBarrierError`.

use std::cell::Cell;
use std::error::Error;

use pythreads_sync_primitives::{Barrier, BrokenBarrierError, Refused, TimeoutError};

/// What was waited on comes back.
#[test]
fn a_timeout_error_gives_the_handle_back() {
    let error = TimeoutError::new(String::from("handle"));
    assert_eq!(error.to_string(), "the time ran out");
    assert_eq!(format!("{error:?}"), "TimeoutError(..)");
    assert_eq!(error.into_inner(), "handle");
}

/// Even around a handle that may not be shared, `?` works.
#[test]
fn a_timeout_error_can_be_boxed_whatever_it_holds() {
    fn fails() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err(TimeoutError::new(Cell::new(1)))?;
        Ok(())
    }
    assert_eq!(fails().unwrap_err().to_string(), "the time ran out");
}

/// It can only be taken out.
#[test]
fn what_was_refused_comes_back() {
    let refused = Refused::new(Cell::new(3));
    assert_eq!(format!("{refused:?}"), "Refused(..)");
    assert_eq!(refused.into_inner().get(), 3);
}

/// It is an error like any other.
#[test]
fn a_broken_barrier_is_an_error() {
    fn fails() -> Result<usize, Box<dyn Error + Send + Sync>> {
        let barrier = Barrier::new(2);
        barrier.abort();
        Ok(barrier.wait()?)
    }
    let error = fails().unwrap_err();
    assert_eq!(error.to_string(), "the barrier is broken");
    assert!(error.is::<BrokenBarrierError>());
}
