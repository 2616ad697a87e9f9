//! `SharedFuture`.

use std::future::{Future as _, IntoFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{SharedFuture, ThreadPoolExecutor, promise};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

/// All who wait read the same value, in place.
#[test]
fn all_readers_share_the_value() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| String::from("shared")).shared();
    let readers = [(); 4].map(|()| {
        let future = future.clone();
        let reader = checked_spawn(move || future.result().unwrap().as_ptr().addr());
        reader.wait_until_asleep();
        reader
    });
    busy.release();
    let here = future.result().unwrap().as_ptr().addr();
    for reader in readers {
        assert_eq!(reader.join(), here);
    }
}

/// All who wait are told the same exception.
#[test]
fn f6_all_readers_share_the_exception() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let future: SharedFuture<()> = executor.submit(|| panic!("for all")).into();
    let readers = [(); 4].map(|()| {
        let future = future.clone();
        checked_spawn(move || future.exception().unwrap())
    });
    for reader in readers {
        assert_eq!(reader.join().message(), "for all");
    }
    assert_eq!(future.result().unwrap_err().message(), "for all");
}

/// A callback is given the future, and with it the value.
#[test]
fn f12_callbacks_are_given_the_future() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let future = executor.submit(|| 1).shared();
    let seen = Arc::new(Mutex::new(Vec::new()));
    for n in [10, 20] {
        let seen = Arc::clone(&seen);
        future.add_done_callback(move |future| seen.lock().push(n + future.result().unwrap()));
    }
    busy.release();
    executor.submit(|| ()).result().unwrap();
    future.add_done_callback({
        let seen = Arc::clone(&seen);
        move |future| seen.lock().push(30 + future.result().unwrap())
    });
    assert_eq!(*seen.lock(), [11, 21, 31]);
}

/// The last handle becomes a future that gives the value away; any other comes back.
#[test]
fn only_the_last_handle_unwraps() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let first = executor.submit(|| String::from("mine")).shared();
    let second = first.clone();
    let first = first.try_unwrap().unwrap_err();
    drop(second);
    assert_eq!(first.try_unwrap().unwrap().result().unwrap(), "mine");
}

/// Any of the handles may cancel.
#[test]
fn f3_any_handle_cancels() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let first = executor.submit(|| ()).shared();
    let second = first.clone();
    assert!(!first.done());
    assert!(second.cancel() && first.cancel());
    assert!(first.cancelled() && first.done() && !first.running());
    assert!(first.result().unwrap_err().is_cancelled());
    drop(busy);
}

/// A limited look lends the result, or says that the time ran out; nothing is lost.
#[test]
fn f4_time_runs_out_by_reference() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let future = executor
        .submit(move || {
            gate.wait();
            String::from("late")
        })
        .shared();
    let start = Instant::now();
    assert!(future.try_result().is_err());
    assert!(future.result_timeout(*delay::SHORT).is_err());
    assert!(future.result_deadline(start).is_err());
    assert!(start.elapsed() >= *delay::SHORT);
    go.set();
    assert_eq!(
        future.result_timeout(Duration::MAX).unwrap().unwrap(),
        "late"
    );
    assert_eq!(future.result_deadline(start).unwrap().unwrap(), "late");
    assert_eq!(future.try_result().unwrap().unwrap(), "late");
    let failed = executor.submit_fallible(|| Err::<(), _>("no")).shared();
    failed.wait();
    assert!(failed.try_result().unwrap().unwrap_err().is_error());
}

/// Counts wake-ups.
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed, the test looks after it has waited for the task.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Several clones are awaited at once, each with the waker it was last polled with, and give the future back, done.
#[test]
fn f19_clones_are_awaited_at_once() {
    let (given, future) = promise();
    let future = future.shared();
    let counters = [(); 4].map(|()| Arc::new(Wakes(AtomicUsize::new(0))));
    let waker = |n: usize| Waker::from(Arc::clone(&counters[n]));
    let mut awaited = [0; 3].map(|_: i32| Box::pin(future.clone().into_future()));
    for (n, one) in awaited.iter_mut().enumerate() {
        assert!(
            one.as_mut()
                .poll(&mut Context::from_waker(&waker(n)))
                .is_pending()
        );
    }
    // The first moves to another task, the last is not awaited any more.
    assert!(
        awaited[0]
            .as_mut()
            .poll(&mut Context::from_waker(&waker(3)))
            .is_pending()
    );
    let [mut first, mut second, last] = awaited;
    drop(last);
    given.set_result(7).unwrap();
    // ORDERING: Relaxed, this thread woke them.
    let counts = counters.each_ref().map(|one| one.0.load(Ordering::Relaxed));
    assert_eq!(counts, [0, 1, 0, 1]);
    for one in [&mut first, &mut second] {
        let Poll::Ready(done) = one.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it is done");
        };
        assert_eq!(done.try_result().unwrap().unwrap(), &7);
    }
}
