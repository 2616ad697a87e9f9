//! In which order tasks are begun.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{Executor, ExecutorExt, Order, Task, ThreadPoolExecutor};
use test_support::{Counter, Flag, watchdog};

use crate::occupied::Occupied;

fn ordered(order: Order) -> ThreadPoolExecutor {
    let builder = ThreadPoolExecutor::builder().max_workers(1);
    builder.order(order).build().unwrap()
}

/// What the only worker ran, in its order, of what `submit` queued.
fn run_order(
    executor: &ThreadPoolExecutor,
    submit: impl Fn(&dyn Fn(i32) -> Box<dyn FnOnce() + Send>),
) -> Vec<i32> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let busy = Occupied::one(executor);
    submit(&|n| {
        let seen = Arc::clone(&seen);
        Box::new(move || seen.lock().push(n))
    });
    busy.release();
    executor.shutdown();
    let seen = seen.lock();
    seen.clone()
}

/// The oldest first, unless told otherwise; the newest first, if told so.
#[test]
fn p24_fifo_and_lifo() {
    let _watchdog = watchdog();
    for (order, expected) in [(Order::Fifo, [0, 1, 2]), (Order::Lifo, [2, 1, 0])] {
        let executor = ordered(order);
        let seen = run_order(&executor, |note| {
            (0..3).for_each(|n| executor.execute(note(n)));
        });
        assert_eq!(seen, expected);
    }
}

/// The smallest priority first; equal ones, and those without one, in order of submission.
#[test]
fn p24_priority_is_stable() {
    let _watchdog = watchdog();
    let executor = ordered(Order::Priority);
    let seen = run_order(&executor, |note| {
        for n in 0..20 {
            executor.task().priority(5).execute(note(100 + n));
            executor.execute(note(n));
            executor.task().priority(-1).execute(note(n - 100));
        }
    });
    let expected: Vec<i32> = (-100..-80).chain(0..20).chain(100..120).collect();
    assert_eq!(seen, expected);
}

/// A worker's own submits are ordered as well.
#[test]
fn p24_own_submits_are_ordered() {
    let _watchdog = watchdog();
    for (order, expected) in [(Order::Lifo, [2, 1, 0]), (Order::Priority, [0, 1, 2])] {
        let executor = Arc::new(ordered(order));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (pool, notes) = (Arc::clone(&executor), Arc::clone(&seen));
        let submitted = executor.submit(move || {
            for n in 0..3 {
                let notes = Arc::clone(&notes);
                pool.execute(move || notes.lock().push(n));
            }
        });
        submitted.result().unwrap();
        executor.shutdown();
        assert_eq!(*seen.lock(), expected);
    }
}

/// What a worker has submitted that is asleep in the middle of a task does not wait until nothing more comes from outside.
#[test]
fn p7_who_sleeps_keeps_nothing_waiting() {
    const FROM_OUTSIDE: usize = 1000;
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(2));
    let other = Occupied::one(&executor);
    let [busy, queued, submitted] = [(); 3].map(|()| Arc::new(Flag::new()));
    let begun = Arc::new(Counter::new());
    let sleeper = {
        let (pool, begun) = (Arc::clone(&executor), Arc::clone(&begun));
        let (busy, queued, submitted) = (
            Arc::clone(&busy),
            Arc::clone(&queued),
            Arc::clone(&submitted),
        );
        executor.submit(move || {
            busy.set();
            queued.wait();
            let (has_come, before) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
            for _ in 0..3 {
                let (begun, before) = (Arc::clone(&begun), Arc::clone(&before));
                pool.execute(move || before.add(begun.get()));
            }
            let came = Arc::clone(&has_come);
            pool.execute(move || came.set());
            submitted.set();
            has_come.wait();
            before.get()
        })
    };
    busy.wait();
    for _ in 0..FROM_OUTSIDE {
        let begun = Arc::clone(&begun);
        executor.execute(move || begun.add(1));
    }
    queued.set();
    submitted.wait();
    other.release();
    let before = sleeper.result().unwrap();
    assert!(
        before <= 32 + 33 + 34,
        "{before} in all began before the three"
    );
    executor.shutdown();
    assert_eq!(begun.get(), FROM_OUTSIDE);
}

/// An awaited task is begun at once, whatever its priority: who waits for it has its own.
#[test]
fn p23_a_wait_is_no_matter_of_priority() {
    let _watchdog = watchdog();
    let executor = Arc::new(ordered(Order::Priority));
    let pool = Arc::clone(&executor);
    let first = executor.task().priority(-1).submit_fallible(move || {
        let low = pool.task().priority(100).submit(|| 7);
        pool.execute(|| ());
        low.result()
    });
    assert_eq!(first.result().unwrap(), 7);
}

/// Cancels, and scopes, find their tasks in every order; shells are swept.
#[test]
fn p24_every_order_gives_tasks_back() {
    let _watchdog = watchdog();
    for order in [Order::Fifo, Order::Lifo, Order::Priority] {
        let executor = ordered(order);
        let busy = Occupied::one(&executor);
        for _ in 0..1_000 {
            assert!(executor.submit(|| ()).cancel());
        }
        let left = [(); 3].map(|()| executor.submit(|| ()));
        assert_eq!(executor.stats().pending, 3);
        assert_eq!(executor.cancel_pending(), 3);
        assert!(
            left.iter()
                .all(pythreads_concurrent_futures::Future::cancelled)
        );
        busy.release();
        let scoped = executor.scope(|s| s.map(0..100, |n: u32| n).into_vec());
        assert_eq!(scoped.unwrap().len(), 100);
        let cancelled = catch_unwind(AssertUnwindSafe(|| {
            executor.scope(|s| -> u32 {
                let _queued = [(); 10].map(|()| s.submit(|| ()));
                panic!("leaves the scope");
            })
        }));
        assert!(cancelled.is_err());
    }
}

/// A priority where it says nothing is a mistake of who asks for it; the task is abandoned.
#[test]
#[should_panic(expected = "build it with Order::Priority")]
fn p24_a_priority_needs_an_order() {
    let _watchdog = watchdog();
    let _future = ordered(Order::Fifo).task().priority(1).submit(|| ());
}

/// An executor of one's own sees the priority.
#[test]
fn p24_tasks_know_their_priority() {
    struct Sees(Mutex<Vec<i32>>);
    impl Executor for Sees {
        fn accept(&self, task: Task) {
            self.0.lock().push(task.priority());
        }
    }
    let executor = Sees(Mutex::default());
    executor.task().priority(3).execute(|| ());
    executor.execute(|| ());
    assert_eq!(*executor.0.lock(), [3, 0]);
}

/// The items of a map have their places in the order of the pool, each by itself, and a scope's as well.
#[test]
fn p24_items_of_a_map_are_ordered() {
    let _watchdog = watchdog();
    let executor = ordered(Order::Lifo);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |n| seen.lock().push(n);
    let busy = Occupied::one(&executor);
    let noted = Arc::clone(&seen);
    drop(executor.map(0..3, move |n| noted.lock().push(n)));
    executor.scope(|s| {
        drop(s.map(10..13, note));
        busy.release();
    });
    executor.shutdown();
    assert_eq!(*seen.lock(), [12, 11, 10, 2, 1, 0]);
}
