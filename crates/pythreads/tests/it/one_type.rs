//! A type that several modules show is one and the same, so that values go from one to the other.

use pythreads::concurrent::futures;
use pythreads::multiprocessing::pool;
use pythreads::threading;
use test_support::watchdog;

/// An exception of a thread, a future and a pool goes through the same function.
#[test]
fn exceptions_are_of_one_type() {
    fn messages<const N: usize>(exceptions: [threading::Exception; N]) -> [String; N] {
        exceptions.map(|exception| {
            assert_eq!(exception.kind(), pool::ExceptionKind::Panic);
            exception.message().to_owned()
        })
    }
    let _watchdog = watchdog();
    let of_a_thread: futures::Exception = threading::spawn(|| panic!("thread")).join().unwrap_err();
    let executor = futures::ThreadPoolExecutor::new(1);
    let of_a_future: pool::Exception = executor.submit(|| panic!("future")).result().unwrap_err();
    let threads = pool::ThreadPool::new(1);
    let of_a_pool: threading::Exception = threads.apply(|| panic!("pool")).unwrap_err();
    assert_eq!(
        messages([of_a_thread, of_a_future, of_a_pool]),
        ["thread", "future", "pool"]
    );
}

/// The error of a wait that ran out of time is one type, too.
#[test]
fn timeouts_are_of_one_type() {
    fn handle<H>(late: threading::TimeoutError<H>) -> H {
        late.into_inner()
    }
    let _watchdog = watchdog();
    let executor = futures::ThreadPoolExecutor::new(1);
    let threads = pool::ThreadPool::new(1);
    let go = threading::Event::new();
    let waits = std::sync::Arc::new(go);
    let wait = || {
        let waits = std::sync::Arc::clone(&waits);
        move || waits.wait()
    };
    let future = handle(executor.submit(wait()).try_result().unwrap_err());
    let result = handle(threads.apply_async(wait()).try_get().unwrap_err());
    waits.set();
    future.result().unwrap();
    result.get().unwrap();
}

/// A worker of either pool is a thread of `threading`, with its name in the list.
#[test]
fn workers_are_threads_of_threading() {
    let _watchdog = watchdog();
    let executor = futures::ThreadPoolExecutor::builder()
        .thread_name_prefix("one-executor")
        .build()
        .unwrap();
    let threads = pool::ThreadPool::builder()
        .processes(1)
        .thread_name_prefix("one-pool")
        .build()
        .unwrap();
    let workers: [threading::Thread; 2] = [
        executor.submit(threading::current_thread).result().unwrap(),
        threads.apply(threading::current_thread).unwrap(),
    ];
    for (worker, name) in workers.iter().zip(["one-executor_0", "one-pool_0"]) {
        assert_eq!(worker.name(), name);
        assert!(threading::enumerate().contains(worker));
    }
}

/// A result of a pool can be waited for beside a future of an executor.
#[test]
fn results_of_both_pools_are_waited_for_together() {
    let _watchdog = watchdog();
    let executor = futures::ThreadPoolExecutor::new(1);
    let threads = pool::ThreadPool::new(1);
    let (future, result) = (executor.submit(|| 1), threads.apply_async(|| 2));
    let both: [&dyn futures::Waitable; 2] = [&future, &result];
    let both = futures::wait(both, futures::ReturnWhen::AllCompleted);
    assert_eq!(both.done.len(), 2);
    assert_eq!(future.result().unwrap() + result.get().unwrap(), 3);
}
