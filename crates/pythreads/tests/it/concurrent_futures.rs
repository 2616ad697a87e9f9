//! `pythreads::concurrent::futures`.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use pythreads::concurrent::futures::{
    AsCompleted, BuildError, Completion, DoneAndNotDone, Exception, ExceptionKind, Executor,
    ExecutorExt, Future, InlineExecutor, IntoException, Map, MapLazy, OnDrop, Order, PoolStats,
    Promise, Refused, ReturnWhen, Scope, SharedFuture, SubmitError, Task, TaskBuilder,
    ThreadPoolExecutor, ThreadPoolExecutorBuilder, TimeoutError, Unordered, Waitable, WhenDone,
    as_completed, promise, wait, wait_deadline, wait_timeout,
};
use test_support::{Flag, watchdog};

/// The pool, its futures and its maps.
#[test]
fn the_executor_does_what_it_says() {
    static TOLD: Flag = Flag::new();
    let _watchdog = watchdog();
    let builder: ThreadPoolExecutorBuilder = ThreadPoolExecutor::builder()
        .max_workers(2)
        .order(Order::Lifo);
    let executor: ThreadPoolExecutor = builder.on_drop(OnDrop::CancelPending).build().unwrap();
    let refused: BuildError = ThreadPoolExecutor::builder()
        .max_workers(0)
        .build()
        .unwrap_err();
    assert!(!refused.to_string().is_empty());
    let stats: PoolStats = executor.stats();
    assert_eq!(stats.workers, 0);
    let future: Future<u32> = executor.submit(|| 7);
    future.add_done_callback(|how| {
        assert!(matches!(how, Completion::Finished));
        TOLD.set();
    });
    let shared: SharedFuture<u32> = future.shared();
    assert_eq!(shared.result().unwrap(), &7);
    TOLD.wait();
    let lazy: MapLazy<'_, std::ops::RangeFrom<u32>, u32> = executor.map_lazy(1.., |n| n * 2);
    assert!(lazy.map(Result::unwrap).take(2).eq([2, 4]));
    let map: Map<u32> = executor.map(1..4, |n| n * 2);
    assert_eq!(map.into_vec().unwrap(), [2, 4, 6]);
    let unordered: Unordered<u32> = executor.map(1..4, |n| n * 2).unordered();
    assert_eq!(unordered.map(Result::unwrap).sum::<u32>(), 12);
    let borrowed = String::from("borrowed");
    let length = executor.scope(|scope: &Scope<'_, '_>| scope.submit(|| borrowed.len()).result());
    assert_eq!(length.unwrap(), 8);
}

/// Any executor, and what it is handed.
#[test]
fn executors_do_what_they_say() {
    fn taken_out<T>(refused: Refused<T>) -> T {
        refused.into_inner()
    }
    /// Runs tasks in the caller.
    struct Caller;
    impl Executor for Caller {
        fn accept(&self, task: Task) {
            assert_eq!(task.name(), Some("small"));
            task.run();
        }
    }
    let _watchdog = watchdog();
    let any: &dyn Executor = &Caller;
    let small: TaskBuilder<'_, dyn Executor> = any.task().name("small");
    assert_eq!(small.submit(|| 1).result().unwrap(), 1);
    assert_eq!(InlineExecutor::new().submit(|| 2).result().unwrap(), 2);
    let executor = ThreadPoolExecutor::new(1);
    executor.close();
    let Err(SubmitError::ShutDown(refused)) = executor.try_submit(|| 3) else {
        panic!("it is closed");
    };
    assert_eq!(taken_out(refused)(), 3);
}

/// Results that no task makes, and what goes on with them.
#[test]
fn promises_do_what_they_say() {
    let _watchdog = watchdog();
    let (given, future): (Promise<u32>, Future<u32>) = promise();
    let shared = future.map(|n| n + 1).shared();
    let mut done: Pin<Box<WhenDone<u32>>> = Box::pin(shared.into_future());
    given.set_result(6).unwrap();
    let polled = done.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(shared) = polled else {
        panic!("it is done");
    };
    assert_eq!(shared.try_result().unwrap().unwrap(), &7);
}

/// Waiting for several futures.
#[test]
fn the_waits_do_what_they_say() {
    fn each<W: Waitable>(waitables: Vec<W>) -> DoneAndNotDone<W> {
        wait(waitables, ReturnWhen::AllCompleted)
    }
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let futures = || (0..3).map(|n| executor.submit(move || n)).collect();
    assert_eq!(each(futures()).done.len(), 3);
    let all = ReturnWhen::AllCompleted;
    assert_eq!(wait_timeout(futures(), all, Duration::MAX).done.len(), 3);
    let far = Instant::now() + Duration::from_hours(1);
    assert_eq!(wait_deadline(futures(), all, far).done.len(), 3);
    let completed: AsCompleted<Future<i32>> = as_completed(futures());
    assert_eq!(
        completed
            .map(|future| future.result().unwrap())
            .sum::<i32>(),
        3
    );
}

/// Errors.
#[test]
fn the_errors_do_what_they_say() {
    fn raise(what: impl IntoException) -> Exception {
        what.into_exception()
    }
    let _watchdog = watchdog();
    assert_eq!(raise("down").kind(), ExceptionKind::Error);
    let executor = ThreadPoolExecutor::new(1);
    let go = std::sync::Arc::new(Flag::new());
    let waits = std::sync::Arc::clone(&go);
    let late: TimeoutError<Future<()>> = executor
        .submit(move || waits.wait())
        .try_result()
        .unwrap_err();
    go.set();
    late.into_inner().result().unwrap();
}
