//! Pools whose queue is bounded.

use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{
    ExceptionKind, Executor, ExecutorExt, Future, SubmitError, Task, ThreadPoolExecutor,
};
use pythreads_threading::{Thread, interruptible, spawn};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn bounded(max_pending: usize) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(1);
    builder.max_pending(max_pending).build().unwrap()
}

/// Beyond the bound a closure comes back, as it was; with room it is taken.
#[test]
fn p24_what_is_too_much_comes_back() {
    let _watchdog = watchdog();
    let executor = bounded(2);
    let busy = Occupied::one(&executor);
    let queued = [1, 2].map(|n| executor.try_submit(move || n).unwrap());
    let text = String::from("kept");
    let refused = executor.try_submit(move || text).unwrap_err();
    assert!(refused.is_full());
    assert_eq!((refused.into_inner())(), "kept");
    busy.release();
    assert_eq!(queued.map(|future| future.result().unwrap()), [1, 2]);
    assert_eq!(executor.try_submit(|| 3).unwrap().result().unwrap(), 3);
}

type Submit = fn(&ThreadPoolExecutor) -> Option<Future<u32>>;

/// `submit` and its kin wait for room, and go on when a task is begun.
#[test]
fn p24_submit_waits_for_room() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let submit: [Submit; 5] = [
        |pool| Some(pool.submit(|| 1)),
        |pool| Some(pool.submit_fallible(|| Ok::<_, String>(1))),
        |pool| Some(pool.task().submit(|| 1)),
        |pool| pool.submit_timeout(Duration::MAX, || 1).ok(),
        |pool| {
            pool.execute(|| ());
            None
        },
    ];
    for submit in submit {
        let busy = Occupied::one(&executor);
        let queued = executor.submit(|| 0);
        let pool = Arc::clone(&executor);
        let submitter = checked_spawn(move || submit(&pool));
        submitter.wait_until_asleep();
        busy.release();
        if let Some(future) = submitter.join() {
            assert_eq!(future.result().unwrap(), 1);
        }
        assert_eq!(queued.result().unwrap(), 0);
    }
}

/// A cancelled task makes room, though its shell stands in the queue still.
#[test]
fn p24_a_cancel_makes_room() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let _busy = Occupied::one(&executor);
    for n in 0..100 {
        let queued = executor.try_submit(|| ()).unwrap();
        assert!(executor.try_submit(move || n).unwrap_err().is_full());
        assert!(queued.cancel());
    }
    let queued = executor.submit(|| ());
    let pool = Arc::clone(&executor);
    let submitter = checked_spawn(move || drop(pool.submit(|| ())));
    submitter.wait_until_asleep();
    assert!(queued.cancel());
    submitter.join();
    assert_eq!(executor.cancel_pending(), 1);
}

/// A limited submit gives up in time, with the closure.
#[test]
fn p24_time_runs_out() {
    let _watchdog = watchdog();
    let executor = bounded(1);
    let _busy = Occupied::one(&executor);
    let _queued = executor.submit(|| ());
    let start = Instant::now();
    assert!(
        executor
            .submit_timeout(*delay::SHORT, || 1)
            .unwrap_err()
            .is_full()
    );
    assert!(start.elapsed() >= *delay::SHORT);
    let refused = executor.submit_deadline(start, || 2).unwrap_err();
    assert_eq!((refused.into_inner())(), 2);
    assert_eq!(executor.cancel_pending(), 1);
}

/// A worker of the pool never waits for room, so tasks may submit whatever the bound.
#[test]
fn p24_a_worker_never_waits() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let pool = Arc::clone(&executor);
    let sum = executor.submit_fallible(move || {
        let plain: Vec<_> = (0..10).map(|n| pool.submit(move || n)).collect();
        let tried = pool.try_submit(|| 100).unwrap();
        let any = ExecutorExt::submit(&*pool, || 1_000);
        pool.execute(|| ());
        let plain: Result<Vec<u32>, _> = plain.into_iter().map(Future::result).collect();
        Ok::<_, pythreads_concurrent_futures::Exception>(
            plain?.iter().sum::<u32>() + tried.result()? + any.result()?,
        )
    });
    assert_eq!(sum.result().unwrap(), 1_145);
    // The one that nobody waits for may be pending still, so this waits for room.
    assert_eq!(executor.submit(|| 1).result().unwrap(), 1);
}

/// Borrowing tasks wait for room as well.
#[test]
fn p24_a_scope_waits_for_room() {
    let _watchdog = watchdog();
    let executor = bounded(1);
    let numbers: Vec<u32> = (0..100).collect();
    let sum = executor.scope(|s| {
        let futures: Vec<_> = numbers.iter().map(|n| s.submit(move || *n)).collect();
        s.execute(|| assert_eq!(numbers.len(), 100));
        futures
            .into_iter()
            .map(|future| future.result().unwrap())
            .sum::<u32>()
    });
    assert_eq!(sum, 4_950);
}

/// Who waits for room hears that the pool was shut down, and so does who comes later.
#[test]
fn p13_shut_down_while_waiting_for_room() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let busy = Occupied::one(&executor);
    let _queued = executor.submit(|| ());
    let pool = Arc::clone(&executor);
    let limited = checked_spawn(move || pool.submit_timeout(Duration::MAX, || 1).map(drop));
    let pool = Arc::clone(&executor);
    let unlimited = checked_spawn(move || pool.submit(|| 1).result().map(drop));
    limited.wait_until_asleep();
    unlimited.wait_until_asleep();
    executor.close();
    assert!(matches!(limited.join(), Err(SubmitError::ShutDown(_))));
    assert!(unlimited.join().is_err());
    assert!(matches!(
        executor.try_submit(|| 1),
        Err(SubmitError::ShutDown(_))
    ));
    busy.release();
    executor.shutdown();
}

/// A broken pool says so.
#[test]
fn p20_broken_while_waiting_for_room() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let executor = ThreadPoolExecutor::builder().max_workers(1).max_pending(1);
    let executor = executor.initializer(move || {
        gate.wait();
        panic!("no tools");
    });
    let executor = Arc::new(executor.build().unwrap());
    let first = executor.submit(|| ());
    let pool = Arc::clone(&executor);
    let waiter = checked_spawn(move || pool.submit_timeout(Duration::MAX, || 1).map(drop));
    waiter.wait_until_asleep();
    go.set();
    assert!(matches!(waiter.join(), Err(SubmitError::Broken(_))));
    assert!(first.result().is_err());
}

/// The wait for room can be interrupted; the closure is dropped, and nothing is lost.
#[test]
fn p24_the_wait_can_be_interrupted() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| ());
    let closure = Arc::new(());
    let (pool, inside) = (Arc::clone(&executor), Arc::clone(&closure));
    let waiter = spawn(move || drop(pool.submit(move || drop(inside))));
    interrupt_asleep(waiter.thread());
    assert!(waiter.join().unwrap_err().is_interrupted());
    assert_eq!(Arc::strong_count(&closure), 1);
    busy.release();
    queued.result().unwrap();
    executor.try_submit(|| ()).unwrap().result().unwrap();
}

/// An interrupt of the wait for room abandons a task that was made elsewhere: its future ends.
#[test]
fn p24_an_interrupt_abandons_the_task() {
    /// Hands tasks to another thread.
    struct Sent(SyncSender<Task>);
    impl Executor for Sent {
        fn accept(&self, task: Task) {
            self.0.send(task).unwrap();
        }
    }
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| ());
    let (sender, tasks) = mpsc::sync_channel(1);
    let pool = Arc::clone(&executor);
    let forwarder = spawn(move || pool.accept(tasks.recv().unwrap()));
    let future = Sent(sender).submit(|| 5);
    interrupt_asleep(forwarder.thread());
    assert!(forwarder.join().unwrap_err().is_interrupted());
    assert_eq!(
        future.result().unwrap_err().kind(),
        ExceptionKind::Abandoned
    );
    busy.release();
    queued.result().unwrap();
    executor.try_submit(|| ()).unwrap().result().unwrap();
}

/// An interrupt of a lazy map that waits for room loses no input.
#[test]
fn m14_an_interrupt_for_want_of_room_loses_no_input() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(1));
    let busy = Occupied::one(&executor);
    let queued = executor.submit(|| ());
    let interrupted = Arc::new(Flag::new());
    let (pool, tells) = (Arc::clone(&executor), Arc::clone(&interrupted));
    let reader = spawn(move || {
        let any: &dyn Executor = &*pool;
        let mut map = any.map_lazy(0..5, |n| n).buffersize(2).chunksize(2);
        let first = interruptible(|| map.next());
        assert!(first.unwrap_err().is_interrupted());
        assert_eq!(map.size_hint(), (2, Some(5)));
        tells.set();
        map.map(Result::unwrap).collect::<Vec<u32>>()
    });
    interrupt_asleep(reader.thread());
    interrupted.wait();
    busy.release();
    assert_eq!(reader.join().unwrap(), [0, 1, 2, 3, 4]);
    queued.result().unwrap();
}

/// Interrupts a thread once it sleeps.
fn interrupt_asleep(thread: &Thread) {
    while thread.is_alive() && !sleeps(thread) {
        std::thread::yield_now();
    }
    thread.raise_exception("stop").unwrap();
}

fn sleeps(thread: &Thread) -> bool {
    let dump = pythreads_threading::dump();
    let mut threads = dump.threads().iter();
    threads.any(|report| report.ident() == thread.ident() && report.waiting().is_some())
}

/// Many producers and a small bound: all tasks run once, and never are more pending.
#[test]
fn p24_many_producers() {
    let _watchdog = watchdog();
    let executor = Arc::new(
        ThreadPoolExecutor::builder()
            .max_workers(2)
            .max_pending(3)
            .build()
            .unwrap(),
    );
    let producers = [1, 10, 100, 1_000].map(|weight| {
        let executor = Arc::clone(&executor);
        checked_spawn(move || {
            let futures: Vec<_> = (0..200).map(|_| executor.submit(move || weight)).collect();
            futures
                .into_iter()
                .map(|future| future.result().unwrap())
                .sum::<u32>()
        })
    });
    assert_eq!(
        producers.map(test_support::CheckedThread::join),
        [200, 2_000, 20_000, 200_000]
    );
}

/// No room at all is refused by the builder.
#[test]
fn p2_no_room_is_refused() {
    let error = ThreadPoolExecutor::builder()
        .max_pending(0)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("room"));
}

/// A map waits for room for each of its items.
#[test]
fn p24_a_map_waits_for_room() {
    let _watchdog = watchdog();
    let executor = Arc::new(bounded(2));
    let busy = Occupied::one(&executor);
    let taken = Arc::new(Counter::new());
    let mapping = checked_spawn({
        let (executor, taken) = (Arc::clone(&executor), Arc::clone(&taken));
        move || {
            let items = (0..10_u32).inspect(|_| taken.add(1));
            executor.map(items, |n| n).into_vec().unwrap()
        }
    });
    taken.wait_for(3);
    mapping.wait_until_asleep();
    assert_eq!((taken.get(), executor.stats().pending), (3, 2));
    busy.release();
    assert_eq!(mapping.join().into_iter().sum::<u32>(), 45);
}
