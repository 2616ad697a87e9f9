//! The view `fallible()`: functions that return a `Result`.

use std::num::ParseIntError;
use std::sync::Arc;

use pollster::block_on;
use pythreads_concurrent_futures::{Future, ReturnWhen, wait};
use pythreads_multiprocessing_pool::{AsyncResult, Exception, ExceptionKind, ThreadPool};
use pythreads_threading::Lock;
use test_support::watchdog;

fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

fn divide(a: u32, b: u32) -> Result<u32, String> {
    a.checked_div(b).ok_or_else(|| String::from("by zero"))
}

/// An `Err` is raised: it is the exception of the call, with its type.
#[test]
fn y7_an_error_is_the_exception_of_the_call() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let calls = pool.fallible();
    let texts = [String::from("1"), String::from("x")];
    assert_eq!(calls.apply(|| parse(&texts[0])).unwrap(), 1);
    let exceptions = [
        calls.apply(|| parse(&texts[1])).unwrap_err(),
        calls.apply_async(|| parse("x")).get().unwrap_err(),
        calls.map(&texts, |text| parse(text)).unwrap_err(),
        calls.map_async(["1", "x"], parse).get().unwrap_err(),
        calls.imap(["x"], parse).next().unwrap().unwrap_err(),
    ];
    for exception in exceptions {
        assert_eq!(exception.kind(), ExceptionKind::Error);
        assert!(exception.downcast_ref::<ParseIntError>().is_some());
    }
    assert_eq!(calls.map_async(["1", "2"], parse).get().unwrap(), [1, 2]);
}

/// A callback is told of an `Err` as of an exception, not of a value.
#[test]
fn u3_a_callback_is_told_of_an_error_as_an_exception() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let told = Arc::new(Lock::new(Vec::new()));
    let callback = || {
        let told = Arc::clone(&told);
        move |failed: bool| told.acquire().push(failed)
    };
    let results = [("1", false), ("x", true)].map(|(text, fails)| {
        let tell = callback();
        let one = pool
            .fallible()
            .apply_async_with(move || parse(text), move |outcome| tell(outcome.is_err()));
        assert_eq!(one.get().is_err(), fails);
        let tell = callback();
        let many = pool
            .fallible()
            .map_async_with([text], parse, move |outcome| tell(outcome.is_err()));
        many.get().is_err()
    });
    assert_eq!(results, [false, true]);
    assert_eq!(*told.acquire(), [false, false, true, true]);
}

/// An `Err` ends its chunk, as a panic does; other chunks are run.
#[test]
fn m7_an_error_ends_its_chunk() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let ran = Lock::new(Vec::new());
    let exception = pool.fallible().chunksize(4).map(0..8, |n| {
        ran.acquire().push(n);
        if n == 1 { Err("one") } else { Ok(n) }
    });
    assert_eq!(exception.unwrap_err().message(), "one");
    let mut ran = ran.into_inner();
    ran.sort_unstable();
    assert_eq!(ran, [0, 1, 4, 5, 6, 7]);
}

/// In an `imap` it costs its item only.
#[test]
fn i5_an_error_costs_its_item_only() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for chunksize in [1, 3] {
        let calls = pool.chunksize(chunksize).fallible();
        let map = calls.imap(["1", "x", "3"], parse);
        let ends: Vec<_> = map.map(Result::ok).collect();
        assert_eq!(ends, [Some(1), None, Some(3)]);
        let mut ends: Vec<_> = calls
            .imap_unordered(["1", "x", "3"], parse)
            .map(Result::ok)
            .collect();
        ends.sort_unstable();
        assert_eq!(ends, [None, Some(1), Some(3)]);
    }
}

/// `starmap` takes such functions, too.
#[test]
fn m11_starmap_takes_functions_that_fail() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let calls = pool.fallible();
    assert_eq!(calls.starmap([(6, 3), (8, 2)], divide).unwrap(), [2, 4]);
    let exceptions: [Exception; 3] = [
        calls.starmap([(6, 0)], divide).unwrap_err(),
        calls.starmap_async([(6, 0)], divide).get().unwrap_err(),
        calls
            .starmap_async_with([(6, 0)], divide, |outcome| assert!(outcome.is_err()))
            .get()
            .unwrap_err(),
    ];
    assert_eq!(exceptions.map(|e| e.message().to_owned()), ["by zero"; 3]);
}

/// A closed pool refuses, and calls nothing.
#[test]
fn z1_a_closed_pool_refuses_functions_that_fail() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    pool.close();
    let calls = pool.fallible();
    let exceptions = [
        calls.apply(|| parse("1")).unwrap_err(),
        calls.apply_async(|| parse("1")).get().unwrap_err(),
        calls.map(["1"], parse).unwrap_err(),
        calls.map_async(["1"], parse).get().unwrap_err(),
        calls.imap(["1"], parse).next().unwrap().unwrap_err(),
    ];
    assert!(
        exceptions
            .iter()
            .all(|e| e.kind() == ExceptionKind::ShutDown)
    );
}

/// A result of the pool becomes a future, can be awaited, and is waited for beside others.
#[test]
fn u2_a_result_becomes_a_future() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let future: Future<u32> = pool.apply_async(|| 1).into();
    assert_eq!(future.map(|n| n + 1).result().unwrap(), 2);
    let result: AsyncResult<u32> = pool.apply_async(|| 3);
    assert_eq!(wait([&result], ReturnWhen::AllCompleted).done.len(), 1);
    assert_eq!(block_on(result.into_future()).unwrap(), 3);
    assert_eq!(block_on(async { pool.apply_async(|| 4).await }).unwrap(), 4);
}
