//! `pythreads::multiprocessing::pool`.

use std::sync::Arc;
use std::time::Duration;

use pythreads::multiprocessing::pool::{
    AsyncResult, BuildError, Chunked, Exception, ExceptionKind, Fallible, MapLazy, StarFn,
    ThreadPool, ThreadPoolBuilder, TimeoutError,
};
use test_support::{Flag, watchdog};

/// Every name has a call.
#[test]
fn each_name_does_what_it_says() {
    let _watchdog = watchdog();
    let builder: ThreadPoolBuilder = ThreadPool::builder().processes(2);
    let pool: ThreadPool = builder.build().unwrap();
    let refused: BuildError = ThreadPool::builder().processes(0).build().unwrap_err();
    assert!(!refused.is_refused());
    let chunked: Chunked<'_> = pool.chunksize(2);
    assert_eq!(chunked.map(0..4, |n| n + 1).unwrap(), [1, 2, 3, 4]);
    assert_eq!(call_star(&u32::pow, (2, 5)), 32);
    let fallible: Fallible<'_> = pool.fallible();
    let exception = fallible.apply(|| Err::<(), _>("down")).unwrap_err();
    assert_eq!(exception.message(), "down");
    let squares: MapLazy<'_, std::ops::RangeFrom<u64>, u64> = pool.imap(1.., |n| n * n);
    assert!(squares.map(Result::unwrap).take(3).eq([1, 4, 9]));
    let result: AsyncResult<u32> = pool.apply_async(|| 7);
    assert_eq!(result.get_timeout(Duration::MAX).unwrap().unwrap(), 7);
    let go = Arc::new(Flag::new());
    let waits = Arc::clone(&go);
    let late: TimeoutError<AsyncResult<()>> = pool
        .apply_async(move || waits.wait())
        .try_get()
        .unwrap_err();
    go.set();
    late.into_inner().get().unwrap();
    let exception: Exception = pool.apply(|| panic!("down")).unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Panic);
}

fn call_star<Args, F: StarFn<Args>>(f: &F, args: Args) -> F::Output {
    f.call(args)
}
