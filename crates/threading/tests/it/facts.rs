//! Auto traits, sizes, and that errors are errors.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::Debug;
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pythreads_threading::{
    AtExit, AtExitError, ExceptHookArgs, JoinHandle, Local, RaiseError, Runnable, Scope,
    ScopedJoinHandle, SerializedIterator, StartError, SystemExit, TeeView, Thread, ThreadBuilder,
    ThreadDump, ThreadHook, ThreadReport, ThreadState, Timer,
};
use test_support::watchdog;

fn is_shared<T: Send + Sync + UnwindSafe + RefUnwindSafe + Debug>() {}
fn is_error<E: Error + Send + Sync + 'static>() {}
fn is_handle<T: Clone + Eq + Hash>() {}
fn is_send<T: Send>() {}

/// What is handed from thread to thread can be, whatever it carries.
#[test]
fn auto_traits() {
    let _watchdog = watchdog();
    is_shared::<Thread>();
    is_shared::<ThreadBuilder>();
    is_shared::<ThreadState>();
    is_shared::<JoinHandle<Cell<u8>>>();
    is_shared::<ScopedJoinHandle<'_, Cell<u8>>>();
    is_shared::<Scope<'_, '_>>();
    is_shared::<Timer>();
    is_shared::<Local<u8>>();
    is_shared::<Local<RefCell<u8>>>();
    is_shared::<AtExit>();
    is_shared::<ThreadHook>();
    is_shared::<ThreadDump>();
    is_shared::<ThreadReport>();
    is_shared::<SerializedIterator<std::vec::IntoIter<Cell<u8>>>>();
    is_send::<TeeView<std::vec::IntoIter<Cell<u8>>>>();
    is_send::<ExceptHookArgs<'_>>();
    is_send::<Box<dyn Runnable>>();
    is_handle::<Thread>();
}

/// Errors go through `?` everywhere.
#[test]
fn errors() {
    let _watchdog = watchdog();
    is_error::<StartError>();
    is_error::<RaiseError>();
    is_error::<AtExitError<Cell<u8>>>();
    is_error::<SystemExit>();
}

/// Handles are small.
#[test]
fn sizes() {
    let _watchdog = watchdog();
    assert_eq!(size_of::<Thread>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<JoinHandle<[u8; 1000]>>(), 4 * size_of::<usize>());
    assert_eq!(size_of::<Timer>(), 3 * size_of::<usize>());
}
