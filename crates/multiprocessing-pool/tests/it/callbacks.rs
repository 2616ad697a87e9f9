//! Callbacks of asynchronous calls.

use std::error::Error;
use std::io;
use std::sync::Arc;

use pythreads_multiprocessing_pool::{AsyncResult, Exception, ExceptionKind, ThreadPool};
use pythreads_threading::{Lock, exit, get_ident};
use test_support::{Counter, Flag, watchdog};

use crate::busy::Busy;

/// What a callback was told: each outcome in turn.
#[derive(Clone, Default)]
struct Told<T>(Arc<Lock<Vec<Result<T, ExceptionKind>>>>);

impl<T: Clone + Send + 'static> Told<T> {
    fn new() -> Self {
        Self(Arc::new(Lock::new(Vec::new())))
    }

    fn callback(&self) -> impl FnOnce(Result<&T, &Exception>) + Send + 'static {
        let told = Arc::clone(&self.0);
        move |outcome| {
            let outcome = outcome.cloned().map_err(Exception::kind);
            told.acquire().push(outcome);
        }
    }

    fn take(&self) -> Vec<Result<T, ExceptionKind>> {
        std::mem::take(&mut *self.0.acquire())
    }
}

/// A callback is told the value, once, in a worker.
#[test]
fn u3_a_callback_is_told_the_value() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let told = Told::new();
    let result = pool.apply_async_with(|| 5, told.callback());
    assert_eq!(result.get().unwrap(), 5);
    assert_eq!(told.take(), [Ok(5)]);
    let threads = Arc::new(Lock::new(Vec::new()));
    pool.apply_async_with(get_ident, {
        let threads = Arc::clone(&threads);
        move |ident| threads.acquire().extend([*ident.unwrap(), get_ident()])
    })
    .wait();
    let threads = threads.acquire();
    assert_eq!(threads[0], threads[1]);
}

/// A callback is told why the function failed.
#[test]
fn u3_a_callback_is_told_the_exception() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let told = Told::new();
    let result = pool.apply_async_with(|| panic!("bad"), told.callback());
    let exception = result.get().unwrap_err();
    assert_eq!(exception.message(), "bad");
    assert_eq!(told.take(), [Err(ExceptionKind::Panic)]);
}

/// The callback of a map is told the whole list, or the exception of the first failure.
#[test]
fn u3_the_callback_of_a_map_is_told_the_list() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let told = Told::new();
    pool.map_async_with(0..3, |n| n * 2, told.callback()).wait();
    assert_eq!(told.take(), [Ok(vec![0, 2, 4])]);
    let add = |a: i32, b: i32| a + b;
    pool.starmap_async_with([(1, 2)], add, told.callback())
        .wait();
    let chunked = pool.chunksize(1);
    chunked
        .starmap_async_with([(3, 4)], add, told.callback())
        .wait();
    assert_eq!(told.take(), [Ok(vec![3]), Ok(vec![7])]);
    let fails = |n| assert_ne!(n, 1);
    let told = Told::new();
    chunked.map_async_with(0..3, fails, told.callback()).wait();
    assert_eq!(told.take(), [Err(ExceptionKind::Panic)]);
}

/// The result is not ready while the callback runs, and is once it has returned.
#[test]
fn u4_callback_runs_before_ready() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    assert_told_before_ready(|running, release| {
        pool.apply_async_with(
            || vec![1],
            move |_| {
                running.set();
                release.wait();
            },
        )
    });
}

/// As for a single call: the callback of a map runs before the result is ready.
#[test]
fn u4_callback_of_a_map_runs_before_ready() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    assert_told_before_ready(|running, release| {
        pool.map_async_with([1], |n| n, {
            move |_| {
                running.set();
                release.wait();
            }
        })
    });
}

fn assert_told_before_ready(call: impl FnOnce(Arc<Flag>, Arc<Flag>) -> AsyncResult<Vec<i32>>) {
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let result = call(Arc::clone(&running), Arc::clone(&release));
    running.wait();
    assert!(!result.ready());
    release.set();
    assert_eq!(result.get().unwrap(), [1]);
}

/// A callback that is slow delays no other call.
#[test]
fn u5_a_slow_callback_delays_nobody_else() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let slow = pool.apply_async_with(|| (), {
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move |_| {
            running.set();
            release.wait();
        }
    });
    running.wait();
    let told = Told::new();
    let other = pool.apply_async_with(|| 1, told.callback());
    assert_eq!(other.get().unwrap(), 1);
    assert_eq!(told.take(), [Ok(1)]);
    release.set();
    slow.get().unwrap();
}

/// A callback can wait for another call of its pool, although that has one worker (Python: for ever).
#[test]
fn u5_a_callback_may_wait_for_another_call() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let sum = Arc::new(Counter::new());
    let busy = Busy::new(&pool, 1);
    let first = pool.apply_async_with(|| 1, {
        let (pool, sum) = (Arc::clone(&pool), Arc::clone(&sum));
        move |outcome: Result<&usize, _>| {
            sum.add(*outcome.unwrap());
            sum.add(pool.apply(|| 2).unwrap());
            sum.add(
                pool.map_async([4, 8], |n| n)
                    .get()
                    .unwrap()
                    .into_iter()
                    .sum(),
            );
        }
    });
    busy.release();
    assert_eq!((first.get().unwrap(), sum.get()), (1, 15));
}

/// A panic of the callback becomes the result, later calls end, and the pool can be joined (Python: all hang).
#[test]
fn u6_a_panic_of_the_callback_becomes_the_result() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let one = pool.apply_async_with(|| 1, |_| panic!("in the callback"));
    let map = pool.map_async_with([1, 2], |n| n, |_| panic!("in the callback"));
    let later = pool.apply_async(|| 3);
    assert_eq!(one.get().unwrap_err().message(), "in the callback");
    assert_eq!(map.get().unwrap_err().message(), "in the callback");
    assert_eq!(later.get().unwrap(), 3);
    pool.close();
    pool.join();
}

/// A panic of a callback that is told of a failure takes that failure's place, and the failure is chained to it.
#[test]
fn u6_a_panic_of_the_callback_of_a_failure_becomes_the_result() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let result = pool.apply_async_with(
        || panic!("in the function"),
        |outcome: Result<&(), _>| {
            outcome.unwrap_err();
            panic!("in the callback");
        },
    );
    let exception = result.get().unwrap_err();
    assert_eq!(exception.message(), "in the callback");
    let handled = exception.source().unwrap();
    assert_eq!(handled.to_string(), "in the function");
    assert!(handled.source().is_none());
    assert_eq!(pool.apply(|| 1).unwrap(), 1);
}

/// So does its exit (Python's `SystemExit`), and nothing else ends: neither the worker, nor the pool, nor the program.
#[test]
fn u6_an_exit_of_the_callback_becomes_the_result() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let worker = pool.apply(get_ident).unwrap();
    let calls = [
        pool.apply_async_with(Vec::<u8>::new, |_| exit(3)),
        pool.map_async_with([1_u8], |n| n, |_| exit(3)),
        pool.map_async_with([0_u8; 0], |n| n, |_| exit(3)),
    ];
    for call in calls {
        assert_eq!(call.get().unwrap_err().kind(), ExceptionKind::Exit);
    }
    assert_eq!(pool.apply(get_ident).unwrap(), worker);
    pool.close();
    pool.join();
}

/// An error that was being handled can be found in what the callback raised; a failure that is raised again is not chained
/// to itself.
#[test]
fn u6_what_was_being_handled_is_found() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let fails = || Err::<(), _>(io::Error::from(io::ErrorKind::NotFound));
    let call = |callback: fn(&Exception)| {
        let callback = move |outcome: Result<&(), &Exception>| callback(outcome.unwrap_err());
        let result = pool.fallible().apply_async_with(fails, callback);
        result.get().unwrap_err()
    };
    let raised = call(|_| panic!("in the callback"));
    assert!(raised.is_panic());
    let handled: &io::Error = raised.downcast_ref().unwrap();
    assert_eq!(handled.kind(), io::ErrorKind::NotFound);
    let raised_again = call(|exception| exception.clone().resume());
    assert!(raised_again.is_error() && raised_again.source().is_none());
}

/// A panic in the destructors of a failed map's results hides nothing from the callback.
#[test]
fn u6_a_panic_of_results_that_are_dropped_is_told() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let told = Arc::new(Counter::new());
    let result = pool.chunksize(1).map_async_with(
        0..2,
        |n| {
            assert_eq!(n, 0);
            Bomb
        },
        {
            let told = Arc::clone(&told);
            move |outcome| {
                assert!(outcome.is_err());
                told.add(1);
            }
        },
    );
    assert!(result.get().is_err());
    assert_eq!(told.get(), 1);
}

/// The callback of an empty map runs, before the call returns (Python: never).
#[test]
fn m5_the_callback_of_an_empty_map_runs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let told = Told::new();
    let result = pool.map_async_with([0; 0], |n| n, told.callback());
    assert!(result.ready());
    assert_eq!(told.take(), [Ok(vec![])]);
    busy.release();
}

/// Callbacks of calls that a closed pool refuses are told so.
#[test]
fn z1_a_callback_is_told_of_a_refusal() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    pool.close();
    let told = Told::new();
    pool.apply_async_with(Vec::new, told.callback()).wait();
    pool.map_async_with([0], |n: i32| n, told.callback()).wait();
    pool.map_async_with([0; 0], |n: i32| n, told.callback())
        .wait();
    assert_eq!(told.take(), vec![Err(ExceptionKind::ShutDown); 3]);
}

/// Callbacks of calls that `terminate` cancels are told so before it returns, each once.
#[test]
fn u7_a_callback_is_told_of_a_cancellation() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let told = Told::new();
    let results = [
        pool.apply_async_with(Vec::new, told.callback()),
        pool.chunksize(1)
            .map_async_with(0..3, |n: i32| n, told.callback()),
    ];
    pool.terminate();
    assert_eq!(told.take(), vec![Err(ExceptionKind::Cancelled); 2]);
    pool.terminate();
    for result in results {
        assert!(result.get().unwrap_err().is_cancelled());
    }
    busy.release();
    assert_eq!(told.take(), []);
}

/// A callback that panics inside `terminate` stops neither that nor the other callbacks.
#[test]
fn u7_a_panic_of_a_callback_does_not_leave_terminate() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let told = Told::new();
    let bad = pool.apply_async_with(|| (), |_| panic!("in the callback"));
    let good = pool.apply_async_with(|| 1, told.callback());
    pool.terminate();
    assert_eq!(told.take(), [Err(ExceptionKind::Cancelled)]);
    assert_eq!(bad.get().unwrap_err().message(), "in the callback");
    assert!(good.get().unwrap_err().is_cancelled());
    busy.release();
}

/// Dropping the result does not silence the callback.
#[test]
fn u3_the_callback_of_a_dropped_result_runs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let told = Told::new();
    drop(pool.apply_async_with(|| vec![1], told.callback()));
    drop(pool.map_async_with([2], |n| n, told.callback()));
    busy.release();
    pool.close();
    pool.join();
    assert_eq!(told.take(), [Ok(vec![1]), Ok(vec![2])]);
}
