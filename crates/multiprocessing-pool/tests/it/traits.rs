//! What compiles: auto traits and sizes.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pythreads_concurrent_futures::Waitable;
use pythreads_multiprocessing_pool::{
    AsyncResult, BuildError, Chunked, Exception, Fallible, MapLazy, ThreadPool, ThreadPoolBuilder,
};

fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe + Debug>() {}
fn sent<T: Send + Debug>() {}
fn unpin<T: Unpin>() {}
fn error<T: Error + Send + Sync + 'static>() {}
fn waitable<T: Waitable>() {}

/// What can be shared is, what can be sent is, and errors cross threads.
#[test]
fn auto_traits() {
    shared::<ThreadPool>();
    shared::<Chunked<'_>>();
    shared::<Fallible<'_>>();
    shared::<AsyncResult<String>>();
    sent::<AsyncResult<Cell<u8>>>();
    sent::<MapLazy<'_, std::iter::Repeat<u8>, Cell<u8>>>();
    sent::<ThreadPoolBuilder>();
    unpin::<AsyncResult<String>>();
    error::<BuildError>();
    error::<Exception>();
    waitable::<AsyncResult<String>>();
}

/// A result is a pointer to its task, whatever its type; a pool is a pointer to its crew.
#[test]
fn sizes() {
    assert_eq!(size_of::<AsyncResult<[u64; 100]>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<ThreadPool>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Exception>>(), size_of::<usize>());
}
