//! `apply` and `apply_async`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pythreads_multiprocessing_pool::{Exception, ExceptionKind, ThreadPool};
use pythreads_threading::{Event, Thread};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;
use crate::tracked::Tracked;

/// The function runs in a worker, borrows from the caller's stack, and its value comes back.
#[test]
fn k1_apply_borrows_and_returns_the_value() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let caller = pythreads_threading::get_ident();
    let words = [String::from("one"), String::from("two")];
    let (worker, first) = pool
        .apply(|| (pythreads_threading::get_ident(), &words[0]))
        .unwrap();
    assert_ne!(worker, caller);
    assert!(std::ptr::eq(first, &raw const words[0]));
}

/// A function that waits for a call of its own pool, at any depth, ends although the pool has one worker.
#[test]
fn k3_nested_apply_ends_with_one_worker() {
    fn depth(pool: &ThreadPool, left: usize) -> usize {
        match left {
            0 => 0,
            _ => 1 + pool.apply(|| depth(pool, left - 1)).unwrap(),
        }
    }
    let _watchdog = watchdog();
    assert_eq!(depth(&ThreadPool::new(1), 1_000), 1_000);
}

/// A result of the same pool can be waited for in the only worker, without a limit and with the longest one.
#[test]
fn k3_nested_apply_async_ends_with_one_worker() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let sum = pool.apply(|| {
        let one = pool.apply_async(|| 1).get().unwrap();
        let two = pool.apply_async(|| 2).get_timeout(Duration::MAX);
        let four = pool.apply_async_with(|| 4, |_| ());
        four.wait();
        one + two.unwrap().unwrap() + four.get().unwrap()
    });
    assert_eq!(sum.unwrap(), 7);
}

/// A wait with a limit, in the only worker, ends when the time is over: it never runs the task itself.
#[test]
fn k3_nested_wait_with_a_limit_ends_in_time() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let start = Instant::now();
    let late = pool.apply(|| {
        let late = pool.apply_async(|| ()).get_timeout(*delay::SHORT);
        late.unwrap_err().into_inner()
    });
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    late.unwrap().get().unwrap();
}

/// A panic is the error of the call, and the worker goes on.
#[test]
fn y6_a_panic_is_the_error_of_the_call() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let exception = pool.apply(|| panic!("no {}", "luck")).unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message()),
        (ExceptionKind::Panic, "no luck")
    );
    let exception = pool.apply_async(|| panic!("none")).get().unwrap_err();
    assert_eq!(exception.message(), "none");
    assert_eq!(pool.apply(|| 1).unwrap(), 1);
}

/// What is raised in a worker ends its call and not the worker (Python: the pool is dead).
#[test]
fn y6_an_exception_raised_in_a_worker_ends_its_call_only() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let (worker, never) = (Arc::new(Event::new()), Event::new());
    let thread = Arc::new(std::sync::OnceLock::new());
    let call = pool.apply_async({
        let (worker, thread) = (Arc::clone(&worker), Arc::clone(&thread));
        move || {
            assert!(thread.set(pythreads_threading::current_thread()).is_ok());
            worker.set();
            never.wait();
        }
    });
    worker.wait();
    let thread: &Thread = thread.get().unwrap();
    thread.raise_exception("stop").unwrap();
    let exception = call.get().unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message()),
        (ExceptionKind::Interrupted, "stop")
    );
    assert!(pool.apply(pythreads_threading::current_thread).unwrap() == *thread);
}

/// An exception is handed on, not wrapped: what was raised can be found in it.
#[test]
fn y7_a_raised_exception_arrives_as_itself() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let result = pool.apply_async(|| {
        Exception::new(io::Error::from(io::ErrorKind::NotFound)).resume();
    });
    for _ in 0..2 {
        let exception = result.get_ref().unwrap_err();
        assert!(exception.is_error());
        let error: &io::Error = exception.downcast_ref().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}

/// A result that is not ready comes back out of a wait with a limit, and can be waited for again.
#[test]
fn u1_a_wait_that_ran_out_of_time_loses_nothing() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let result = pool.apply_async(|| 42);
    let result = result.try_get().unwrap_err().into_inner();
    let result = result.get_timeout(Duration::ZERO).unwrap_err().into_inner();
    let start = Instant::now();
    let result = result.get_timeout(*delay::SHORT).unwrap_err().into_inner();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    let result = result.get_deadline(start).unwrap_err().into_inner();
    assert!(!result.wait_timeout(*delay::SHORT));
    assert!(!result.wait_deadline(start));
    busy.release();
    result.wait();
    assert_eq!(result.try_get().unwrap().unwrap(), 42);
}

/// A value can be looked at as often as one likes, and then be taken.
#[test]
fn u1_a_value_is_lent_any_number_of_times() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let result = pool.apply_async(|| String::from("lent"));
    let (first, second) = (result.get_ref().unwrap(), result.get_ref().unwrap());
    assert!(std::ptr::eq(first, second));
    assert_eq!(
        result.get_deadline(Instant::now()).unwrap().unwrap(),
        "lent"
    );
}

/// `wait` tells nothing but readiness; `successful` has no answer before.
#[test]
fn u2_successful_has_an_answer_when_ready() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let good = pool.apply_async(|| ());
    let bad = pool.apply_async(|| panic!("bad"));
    assert_eq!((good.ready(), good.successful()), (false, None));
    busy.release();
    bad.wait();
    assert!(good.wait_timeout(Duration::ZERO) && bad.wait_timeout(Duration::MAX));
    assert_eq!((good.ready(), good.successful()), (true, Some(true)));
    assert_eq!((bad.ready(), bad.successful()), (true, Some(false)));
}

/// When a result can be seen, the worker has let go of the function and what it captured.
#[test]
fn u8_captures_are_gone_when_the_result_is_ready() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for _ in 0..200 {
        let captured = Arc::new(());
        let calls = [
            pool.apply_async({
                let captured = Arc::clone(&captured);
                move || drop(captured)
            }),
            pool.apply_async_with(
                {
                    let captured = Arc::clone(&captured);
                    move || assert_eq!(*captured, ())
                },
                |_| (),
            ),
        ];
        for call in &calls {
            call.wait();
        }
        assert_eq!(Arc::strong_count(&captured), 1);
    }
}

/// A result that nobody takes is dropped with its handle or, if that went first, by the worker.
#[test]
fn u8_a_result_that_nobody_takes_is_dropped() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let value = Arc::new(());
    let ready = pool.apply_async({
        let value = Arc::clone(&value);
        move || value
    });
    ready.wait();
    drop(ready);
    assert_eq!(Arc::strong_count(&value), 1);
    drop(pool.apply_async({
        let value = Arc::clone(&value);
        move || value
    }));
    pool.close();
    pool.join();
    assert_eq!(Arc::strong_count(&value), 1);
}

/// A panic in the destructor of a result that nobody takes ends no worker and reaches nobody.
#[test]
fn u8_a_result_that_panics_when_dropped_ends_no_worker() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    drop(pool.apply_async(|| Bomb));
    let kept = pool.apply_async(|| Bomb);
    busy.release();
    kept.wait();
    drop(kept);
    assert_eq!(pool.apply(|| 1).unwrap(), 1);
}

/// A call that borrows and has not started when the pool is terminated ends as cancelled, its function dropped.
#[test]
fn u7_a_borrowing_call_is_cancelled_by_terminate() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let busy = Busy::new(&pool, 1);
    let caller = checked_spawn({
        let pool = Arc::clone(&pool);
        move || {
            let (frame, ran) = (Tracked::new(), AtomicUsize::new(0));
            let exception = pool
                .apply(|| {
                    frame.look();
                    // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
                    ran.fetch_add(1, Ordering::SeqCst);
                })
                .unwrap_err();
            (ran.into_inner(), exception)
        }
    });
    caller.wait_until_asleep();
    pool.terminate();
    let (ran, exception) = caller.join();
    assert_eq!((ran, exception.kind()), (0, ExceptionKind::Cancelled));
    busy.release();
}

/// A call that borrows and runs when the pool is terminated is waited for.
#[test]
fn z5_a_borrowing_call_that_runs_outlives_terminate() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let caller = checked_spawn({
        let pool = Arc::clone(&pool);
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move || {
            let frame = Tracked::new();
            pool.apply(|| {
                running.set();
                release.wait();
                frame.look();
                7
            })
        }
    });
    running.wait();
    pool.terminate();
    caller.wait_until_asleep();
    release.set();
    assert_eq!(caller.join().unwrap(), 7);
}

/// A thread that is interrupted in `apply` unwinds after its running call has ended, not before.
#[test]
fn k1_an_interrupted_apply_waits_for_its_call() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let caller = Thread::new({
        let (pool, running, release) = (
            Arc::clone(&pool),
            Arc::clone(&running),
            Arc::clone(&release),
        );
        move || {
            let frame = Tracked::new();
            let result = pool.apply(|| {
                running.set();
                release.wait();
                frame.look();
            });
            unreachable!("interrupted, and not {result:?}");
        }
    });
    caller.start();
    running.wait();
    caller.raise_exception("enough").unwrap();
    let early = caller.join_timeout(*delay::SHORT);
    assert!(early.is_err(), "it did not wait: {early:?}");
    release.set();
    let exception = caller.join().unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message()),
        (ExceptionKind::Interrupted, "enough")
    );
}

/// A call that exits, as `sys.exit` does in Python, ends by itself and not its worker, its pool or the program.
#[test]
fn y6_an_exit_ends_its_call_only() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let worker = pool.apply(pythreads_threading::get_ident).unwrap();
    let exits = || -> u32 { pythreads_threading::exit(3) };
    let exceptions = [
        pool.apply(exits).unwrap_err(),
        pool.apply_async(exits).get().unwrap_err(),
        pool.map([1], |_| exits()).unwrap_err(),
        pool.map_async([1], move |_| exits()).get().unwrap_err(),
        pool.imap([1], move |_| exits())
            .next()
            .unwrap()
            .unwrap_err(),
    ];
    for exception in exceptions {
        assert_eq!(exception.kind(), ExceptionKind::Exit);
    }
    assert_eq!(pool.apply(pythreads_threading::get_ident).unwrap(), worker);
}
