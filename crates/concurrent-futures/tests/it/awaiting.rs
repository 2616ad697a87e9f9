//! `Future` in async code.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use pythreads_concurrent_futures::{Completion, Exception, Future, ThreadPoolExecutor};
use test_support::{Flag, watchdog};

use crate::occupied::Occupied;

fn one_worker() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

struct SetsFlag(Flag);

impl Wake for SetsFlag {
    fn wake(self: Arc<Self>) {
        self.0.set();
    }
}

fn poll<T>(future: &mut Future<T>, flag: &Arc<SetsFlag>) -> Poll<Result<T, Exception>> {
    let waker = Waker::from(Arc::clone(flag));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// It can be awaited: its end wakes the waker it was polled with last.
#[test]
fn f19_it_can_be_awaited() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let busy = Occupied::one(&executor);
    let mut future = executor.submit(|| 9);
    let [early, late] = [(), ()].map(|()| Arc::new(SetsFlag(Flag::new())));
    assert!(poll(&mut future, &early).is_pending());
    assert!(poll(&mut future, &late).is_pending());
    busy.release();
    late.0.wait();
    assert!(!early.0.is_set());
    assert!(matches!(poll(&mut future, &late), Poll::Ready(Ok(9))));
    let again = catch_unwind(AssertUnwindSafe(|| poll(&mut future, &late)));
    assert!(again.is_err(), "a future is not polled again");
    let told = Arc::new(Flag::new());
    future.add_done_callback({
        let told = Arc::clone(&told);
        move |completion| {
            assert!(matches!(completion, Completion::Finished));
            told.set();
        }
    });
    assert!(told.is_set());
}

/// A poll leaves an exception where it is.
#[test]
fn f19_an_awaited_failure_stays() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let mut future = executor.submit(|| panic!("stays"));
    future.wait();
    let wakes = Arc::new(SetsFlag(Flag::new()));
    assert!(matches!(poll(&mut future, &wakes), Poll::Ready(Err(_))));
    assert_eq!(future.exception().unwrap().message(), "stays");
    assert_eq!(future.result().unwrap_err().message(), "stays");
}
