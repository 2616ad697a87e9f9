//! `then`, `map`, `and_then`, `on_done`.

use std::panic::panic_any;
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Exception, ExceptionKind, Future, ReturnWhen, ThreadPoolExecutor, promise, wait,
};
use pythreads_threading::{current_thread, get_ident};
use test_support::{Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

/// So many that a frame for each would overflow any stack.
const LINKS: u64 = 1_000_000;

/// `then` is given each outcome: a value, a failure, a cancel.
#[test]
fn then_is_given_the_outcome() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let kind = |outcome: Result<u32, Exception>| outcome.map_err(|exception| exception.kind());
    let returned = executor.submit(|| 7).then(kind);
    let failed = executor.submit_fallible(|| Err::<u32, _>("no")).then(kind);
    let queued = executor.submit(|| 8).shared();
    let cancelled = queued.clone();
    assert!(cancelled.cancel());
    drop(cancelled);
    let cancelled = queued.try_unwrap().unwrap().then(kind);
    busy.release();
    assert_eq!(returned.result().unwrap(), Ok(7));
    assert_eq!(failed.result().unwrap(), Err(ExceptionKind::Error));
    assert_eq!(cancelled.result().unwrap(), Err(ExceptionKind::Cancelled));
}

/// `map` and `and_then` go on with a value, and hand a failure on as it is.
#[test]
fn values_go_on_and_failures_pass() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let parse = |text: &'static str| executor.submit(move || text).and_then(str::parse::<u32>);
    assert_eq!(parse("21").map(|n| 2 * n).result().unwrap(), 42);
    let failed = parse("half").map(|_| -> u32 { unreachable!("it has failed") });
    let failed = failed.and_then(Ok::<_, Exception>);
    let exception = failed.result().unwrap_err();
    assert!(
        exception
            .downcast_ref::<std::num::ParseIntError>()
            .is_some()
    );
}

/// A panic of the function becomes the exception of the new future.
#[test]
fn a_panic_is_the_new_futures() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let panicked = executor.submit(|| 1).map(|_| -> u32 { panic_any(17_u8) });
    let exception = panicked.result().unwrap_err();
    assert_eq!(exception.payload_ref::<u8>(), Some(&17));
}

/// It runs in the thread that ends the task, or at once where the task has ended.
#[test]
fn it_runs_where_the_task_ends() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::builder()
        .thread_name_prefix("then")
        .build()
        .unwrap();
    let busy = Occupied::one(&executor);
    let name = |()| current_thread().name();
    let done = executor.submit(|| ());
    done.wait();
    assert_eq!(done.map(|()| get_ident()).result().unwrap(), get_ident());
    let go = Arc::new(Flag::new());
    let later = executor.submit({
        let go = Arc::clone(&go);
        move || go.wait()
    });
    let later = later.map(name);
    go.set();
    assert!(later.result().unwrap().starts_with("then_"));
    drop(busy);
}

/// Callbacks that were there before run before what goes on with the result.
#[test]
fn callbacks_come_first() {
    let _watchdog = watchdog();
    let (promise, future) = promise();
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..3 {
        let order = Arc::clone(&order);
        future.add_done_callback(move |_| order.lock().push(n));
    }
    let last = Arc::clone(&order);
    let future = future.map(move |()| last.lock().push(3));
    promise.set_result(()).unwrap();
    future.result().unwrap();
    assert_eq!(*order.lock(), [0, 1, 2, 3]);
}

/// A cancel of the new future leaves the task alone, and one of the task is seen by what follows.
#[test]
fn cancels_go_one_way() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let ran = Arc::new(Flag::new());
    let next = executor.submit({
        let ran = Arc::clone(&ran);
        move || ran.set()
    });
    let next = next.map(|()| -> u32 { unreachable!("it was cancelled") });
    assert!(next.cancel());
    let queued = executor.submit(|| ());
    let follower = queued.map(|()| 1);
    executor.close();
    assert_eq!(executor.cancel_pending(), 2);
    assert!(follower.result().unwrap_err().is_cancelled());
    assert!(!ran.is_set(), "the pool's cancel took it");
    busy.release();
    assert!(next.result().unwrap_err().is_cancelled());
}

/// A cancelled follower does not keep its task from running.
#[test]
fn the_task_of_a_cancelled_follower_runs() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let ran = Arc::new(Flag::new());
    let seen = Arc::clone(&ran);
    assert!(executor.submit(move || seen.set()).map(|()| ()).cancel());
    busy.release();
    ran.wait();
}

/// `on_done` gets the outcome, a panic in it harms nobody, and what was panicked with can be taken out.
#[test]
fn on_done_gets_the_outcome() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (given, got) = promise();
    let panicked = executor.submit(|| panic_any(String::from("moved")));
    panicked.on_done(move |outcome: Result<(), _>| {
        let payload = outcome.unwrap_err().into_panic().unwrap();
        given
            .set_result(*payload.downcast::<String>().unwrap())
            .unwrap();
    });
    assert_eq!(got.result().unwrap(), "moved");
    executor.submit(|| ()).on_done(|_| panic!("nobody cares"));
    assert_eq!(executor.submit(|| 3).result().unwrap(), 3);
}

/// A worker that waits for the end of a chain runs the task at its beginning.
#[test]
fn p23_a_wait_claims_the_beginning() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let pool = Arc::clone(&executor);
    let sum = executor.submit_fallible(move || {
        let chain = pool.submit(|| 1).map(|n| n + 1).map(|n| n + 1);
        let pair = [
            pool.submit(|| 4).map(|n| n + 1),
            pool.submit(|| 5).map(|n| n + 1),
        ];
        let pair = wait(pair, ReturnWhen::AllCompleted).done;
        let pair: Result<Vec<u32>, _> = pair.into_iter().map(Future::result).collect();
        Ok::<_, Exception>(chain.result()? + pair?.iter().sum::<u32>())
    });
    assert_eq!(sum.result().unwrap(), 14);
}

/// A limited wait claims nothing, in a chain as elsewhere.
#[test]
fn p23_a_limited_wait_does_not_claim() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let pool = Arc::clone(&executor);
    let waited = executor.submit(move || {
        let chain = pool.submit(|| 1).map(|n| n + 1);
        chain.wait_timeout(*delay::SHORT)
    });
    assert!(!waited.result().unwrap());
}

fn chain(mut future: Future<u64>) -> Future<u64> {
    for _ in 0..LINKS {
        future = future.map(|n| n + 1);
    }
    future
}

/// A chain of a million links runs without a frame for each, wherever it is run from.
#[test]
fn a_long_chain_runs() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let first = executor.submit(move || {
        gate.wait();
        0
    });
    let last = chain(first);
    go.set();
    assert_eq!(last.result().unwrap(), LINKS);

    let (promise, first) = promise();
    let last = chain(first);
    promise.set_result(0).unwrap();
    assert_eq!(last.result().unwrap(), LINKS);
    let done = executor.submit(|| 0);
    done.wait();
    assert_eq!(chain(done).result().unwrap(), LINKS);
}

/// A chain of a million links is dropped without a frame for each: by a cancel, with its future, or with a broken promise.
#[test]
fn a_long_chain_is_dropped() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let cancelled = chain(executor.submit(|| 0));
    assert_eq!(executor.cancel_pending(), 1);
    assert!(cancelled.result().unwrap_err().is_cancelled());

    drop(chain(executor.submit(|| 0)));
    let last_cancelled = chain(executor.submit(|| 0));
    assert!(last_cancelled.cancel());

    let (broken, first) = promise::<u64>();
    let last = chain(first);
    drop(broken);
    let exception = last.result().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Abandoned);
    busy.release();
}

/// Taking a link's place, cancelling it and ending its task race: each link ends once.
#[test]
fn ends_race_with_links() {
    let _watchdog = watchdog();
    for n in 0..500 {
        let (promise, future) = promise();
        let giver = checked_spawn(move || promise.set_result(n));
        let next = future.map(|n| n + 1);
        let cancelled = n % 2 == 0 && next.cancel();
        let outcome = next.result();
        assert_eq!(outcome.is_err(), cancelled);
        assert!(cancelled || outcome.unwrap() == n + 1);
        giver.join().unwrap();
    }
}
