//! What the types are: auto traits, sizes, errors.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::marker::{PhantomData, PhantomPinned};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use pythreads_concurrent_futures::{
    AsCompleted, BuildError, Completion, DoneAndNotDone, Exception, Executor, Future,
    InlineExecutor, Map, MapLazy, OnDrop, Promise, ReturnWhen, Scope, SharedFuture, SubmitError,
    Task, TaskBuilder, ThreadPoolExecutor, ThreadPoolExecutorBuilder, TimeoutError, Unordered,
    WhenDone,
};

trait Otherwise {
    const LACKS: bool = true;
}

impl<T: ?Sized> Otherwise for T {}

/// Whether a type lacks a trait: the inherent constant, there if it has the trait, comes before the other trait's.
macro_rules! lacks {
    ($type:ty: $bound:path) => {{
        struct Probe<T: ?Sized>(PhantomData<T>);
        impl<T: ?Sized + $bound> Probe<T> {
            #[expect(dead_code, reason = "the type lacks the trait")]
            const LACKS: bool = false;
        }
        <Probe<$type>>::LACKS
    }};
}

fn sent<T: Send>() {}
fn shared<T: Send + Sync>() {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
fn unpin<T: Unpin>() {}

/// `Send`, not `Sync`.
type Unshared = Cell<u8>;

/// Send, Sync, and both unwind safeties of each type.
#[test]
fn auto_traits() {
    shared::<Future<u8>>();
    sent::<Future<Unshared>>();
    assert!(lacks!(Future<Unshared>: Sync));
    assert!(lacks!(Future<Rc<()>>: Send));
    unwind_safe::<Future<&mut Unshared>>();
    unpin::<Future<PhantomPinned>>();

    shared::<SharedFuture<u8>>();
    assert!(lacks!(SharedFuture<Unshared>: Send));
    assert!(lacks!(SharedFuture<Unshared>: Sync));
    unwind_safe::<SharedFuture<Unshared>>();

    shared::<Promise<u8>>();
    shared::<Promise<Unshared>>();
    unwind_safe::<Promise<Unshared>>();
    sent::<WhenDone<u8>>();
    unpin::<WhenDone<PhantomPinned>>();

    shared::<ThreadPoolExecutor>();
    unwind_safe::<ThreadPoolExecutor>();
    shared::<ThreadPoolExecutorBuilder>();
    shared::<InlineExecutor>();
    unwind_safe::<InlineExecutor>();
    shared::<Task>();
    unwind_safe::<Task>();
    shared::<TaskBuilder<'_, dyn Executor>>();
    shared::<Scope<'_, '_>>();

    shared::<AsCompleted<Future<u8>>>();
    shared::<Map<u8>>();
    sent::<Map<Unshared>>();
    assert!(lacks!(Map<Unshared>: Sync));
    sent::<MapLazy<'_, std::iter::Repeat<Unshared>, Unshared>>();
    shared::<Unordered<u8>>();
    shared::<DoneAndNotDone<Future<u8>>>();

    shared::<Exception>();
    unwind_safe::<Exception>();
    shared::<Completion>();
    shared::<ReturnWhen>();
    shared::<OnDrop>();
}

/// Debug without `T: Debug`.
#[test]
fn debug_everywhere() {
    struct Plain;
    fn shows<T: Debug>() {}
    shows::<Future<Plain>>();
    shows::<SharedFuture<Plain>>();
    shows::<WhenDone<Plain>>();
    shows::<Promise<Plain>>();
    shows::<Map<Plain>>();
    shows::<Unordered<Plain>>();
    shows::<AsCompleted<Future<Plain>>>();
    shows::<ThreadPoolExecutor>();
    shows::<ThreadPoolExecutorBuilder>();
    shows::<InlineExecutor>();
    shows::<Task>();
    shows::<TaskBuilder<'_, dyn Executor>>();
    shows::<SubmitError<Plain>>();
    shows::<Scope<'_, '_>>();
    shows::<TimeoutError<Future<Plain>>>();
}

/// Errors go through `?` into a box and across threads.
#[test]
fn errors_are_errors() {
    fn is_error<E: Error + Send + Sync + 'static>() {}
    is_error::<BuildError>();
    is_error::<SubmitError<Unshared>>();
    is_error::<Exception>();
    is_error::<TimeoutError>();
    is_error::<TimeoutError<Future<Unshared>>>();
}

/// The types that are moved about are small.
#[test]
fn sizes() {
    const WORD: usize = size_of::<usize>();
    assert_eq!(size_of::<Exception>(), WORD);
    assert_eq!(size_of::<Result<(), Exception>>(), WORD);
    assert_eq!(size_of::<Future<[u8; 100]>>(), 2 * WORD);
    assert_eq!(size_of::<Option<Future<u8>>>(), 2 * WORD);
    assert_eq!(size_of::<SharedFuture<[u8; 100]>>(), WORD);
}
