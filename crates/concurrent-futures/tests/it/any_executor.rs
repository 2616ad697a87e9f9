//! `Executor`, `ExecutorExt`, `Task` and `InlineExecutor`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Exception, ExceptionKind, Executor, ExecutorExt, Future, InlineExecutor, Task,
    ThreadPoolExecutor, as_completed,
};
use pythreads_threading::{WaitKind, current_thread, get_ident, reset_excepthook, set_excepthook};
use test_support::{Flag, watchdog};

use crate::named_pool::NamedPool;
use crate::occupied::Occupied;

/// Keeps what it is given, until it is told what to do with it.
#[derive(Default)]
struct Shelf(Mutex<Vec<Task>>);

impl Shelf {
    fn take(&self) -> Task {
        self.0.lock().remove(0)
    }
}

impl Executor for Shelf {
    fn accept(&self, task: Task) {
        self.0.lock().push(task);
    }
}

/// `submit` and the others are there for any executor, behind a generic parameter as behind `dyn`.
#[test]
fn e3_all_verbs_for_any_executor() {
    fn generic(executor: &(impl Executor + ?Sized)) -> u32 {
        let mapped: Result<Vec<u32>, _> = executor.map(1..4, |n| n * 10).collect();
        let fallible =
            executor.map_fallible([1_u32, 2], |n| if n == 1 { Err("odd") } else { Ok(n) });
        let fallible = fallible.filter_map(Result::ok).sum::<u32>();
        let failed = executor.submit_fallible(|| Err::<(), _>("no")).result();
        assert!(failed.unwrap_err().is_error());
        executor.submit(|| 1_000).result().unwrap() + mapped.unwrap().iter().sum::<u32>() + fallible
    }
    let _watchdog = watchdog();
    let pool = ThreadPoolExecutor::new(2);
    let inline = InlineExecutor::new();
    let all: [&dyn Executor; 2] = [&pool, &inline];
    assert_eq!(all.map(generic), [1_062; 2]);
    assert_eq!((generic(&pool), generic(&inline)), (1_062, 1_062));
    let boxed: Box<dyn Executor> = Box::new(pool);
    let done = Arc::new(Flag::new());
    let told = Arc::clone(&done);
    boxed.execute(move || told.set());
    done.wait();
    boxed.shutdown();
    let refused = boxed.submit(|| ()).result().unwrap_err();
    assert_eq!(refused.kind(), ExceptionKind::ShutDown);
}

/// An executor's `shutdown` does nothing, unless it does something.
#[test]
fn e3_shutdown_may_do_nothing() {
    let shelf = Shelf::default();
    shelf.shutdown();
    let future = shelf.submit(|| 1);
    shelf.take().run();
    assert_eq!(future.result().unwrap(), 1);
}

/// A task is run, refused, or abandoned; its future is cancelled before.
#[test]
fn a_task_ends_in_every_way() {
    let shelf = Shelf::default();
    let ran = shelf.submit(get_ident);
    shelf.take().run();
    assert_eq!(ran.result().unwrap(), get_ident());
    let panicked = shelf.submit(|| panic!("inside"));
    shelf.take().run();
    assert!(panicked.result().unwrap_err().is_panic());
    let refused = shelf.submit(|| ());
    shelf.take().refuse("no time");
    assert_eq!(refused.result().unwrap_err().message(), "no time");
    let dropped = shelf.submit(|| ());
    drop(shelf.take());
    assert_eq!(
        dropped.result().unwrap_err().kind(),
        ExceptionKind::Abandoned
    );
    let cancelled = shelf.submit(|| -> u32 { unreachable!("it was cancelled") });
    assert!(cancelled.cancel());
    shelf.take().run();
    assert!(cancelled.result().unwrap_err().is_cancelled());
}

/// A task knows its name, and keeps it in its exception.
#[test]
fn a_task_has_its_name() {
    let shelf = Shelf::default();
    let failed = shelf
        .task()
        .name("resize")
        .submit_fallible(|| Err::<(), _>("no memory"));
    let task = shelf.take();
    assert_eq!(task.name(), Some("resize"));
    task.run();
    let exception = failed.result().unwrap_err();
    assert_eq!(exception.task_name(), Some("resize"));
    let _unnamed = shelf.submit(|| ());
    assert_eq!(shelf.take().name(), None);
}

/// A task that comes to a pool through another executor is at home there: a worker that waits for it runs it.
#[test]
fn p23_tasks_from_outside_are_claimed() {
    /// Hands on what it is given.
    struct Front(ThreadPoolExecutor);
    impl Executor for Front {
        fn accept(&self, task: Task) {
            self.0.accept(task);
        }
    }
    let _watchdog = watchdog();
    let front = Arc::new(Front(ThreadPoolExecutor::new(1)));
    let inner = Arc::clone(&front);
    let nested = front.submit_fallible(move || {
        let inner = inner.submit(|| 7);
        inner.result()
    });
    assert_eq!(nested.result().unwrap(), 7);
}

/// Inline, a task runs in its caller, before `submit` returns.
#[test]
fn inline_runs_in_the_caller() {
    let executor = InlineExecutor::new();
    let here = get_ident();
    let future = executor.submit(get_ident);
    assert!(future.done());
    assert_eq!(future.result().unwrap(), here);
    let panicked = executor.submit(|| -> u32 { panic!("inside") });
    assert!(panicked.result().unwrap_err().is_panic());
    assert_eq!(executor.map([1, 2], |n| n + 1).into_vec().unwrap(), [2, 3]);
    let odd = executor.map_fallible([1, 2], |n| if n == 1 { Ok(n) } else { Err("even") });
    assert_eq!(odd.flatten().count(), 1);
    let named = executor
        .task()
        .name("inline")
        .submit_fallible(|| Err::<(), _>("no"));
    assert_eq!(named.result().unwrap_err().task_name(), Some("inline"));
}

/// Inline, a task may submit; after a shutdown nothing runs.
#[test]
fn inline_nests_and_shuts_down() {
    let executor = Arc::new(InlineExecutor::new());
    let inner = Arc::clone(&executor);
    let nested = executor.submit_fallible(move || inner.submit(|| 3).result());
    assert_eq!(nested.result().unwrap(), 3);
    executor.shutdown();
    assert!(executor.is_shutdown());
    let refused = executor.submit_fallible(|| Ok::<_, Exception>(1));
    assert_eq!(
        refused.result().unwrap_err().kind(),
        ExceptionKind::ShutDown
    );
}

/// Inline, what `execute` runs reports its panic to the excepthook, in the caller.
#[test]
fn inline_execute_reports() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&seen);
    set_excepthook(move |args| hook.lock().push(args.thread().name()));
    InlineExecutor::new().execute(|| panic!("nobody waits"));
    reset_excepthook();
    assert!(seen.lock().contains(&current_thread().name()));
}

/// A lazy map works on any executor, also behind `dyn`: no more inputs are taken than its buffer holds, failures stay in their
/// place, and an input that panics comes after all results (M13 to M15).
#[test]
fn m8_m13_m15_a_lazy_map_of_tasks() {
    let _watchdog = watchdog();
    let pool = ThreadPoolExecutor::new(2);
    let executor: &dyn Executor = &pool;
    let taken = Cell::new(0_u32);
    let inputs = || {
        (0..).inspect(|n| {
            taken.set(n + 1);
            assert!(*n < 6, "no more inputs");
        })
    };
    for (chunksize, is_ordered) in [(1, true), (2, true), (1, false), (2, false)] {
        let f = |n: u32| {
            assert_ne!(n, 3, "no three");
            n
        };
        let map = executor
            .map_lazy(inputs(), f)
            .buffersize(1)
            .chunksize(chunksize);
        let map = if is_ordered { map } else { map.unordered() };
        let mut results = Vec::new();
        for (n, result) in (0..).zip(map) {
            assert!(taken.get() <= n + 1 + u32::try_from(chunksize).unwrap());
            results.push(result.map_err(|exception| exception.message().contains("no three")));
        }
        assert_eq!(
            results.pop(),
            Some(Err(false)),
            "the input's own panic is the last"
        );
        assert_eq!(results, [Ok(0), Ok(1), Ok(2), Err(true), Ok(4), Ok(5)]);
    }
}

/// Dropped, it cancels what has not started; a pool that is closed ends it with one failure for each that was on its way; time
/// that runs out loses nothing.
#[test]
fn m9_m16_a_lazy_map_of_tasks_ends() {
    let _watchdog = watchdog();
    let pool = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&pool);
    let mut map = ExecutorExt::map_lazy(&pool, 0..4, |n: u32| n).buffersize(2);
    assert_eq!(map.size_hint(), (0, Some(4)));
    assert!(map.try_next().is_err());
    assert!(map.next_timeout(Duration::from_millis(1)).is_err());
    assert_eq!(map.size_hint(), (2, Some(4)));
    assert_eq!(pool.stats().pending, 2);
    drop(map);
    assert_eq!(pool.stats().pending, 0);
    let mut map = ExecutorExt::map_lazy(&pool, 0.., |n: u32| n).buffersize(2);
    assert!(map.try_next().is_err() && map.try_next().is_err());
    pool.close();
    busy.release();
    let results: Vec<_> = map.map(|item| item.map_err(|it| it.kind())).collect();
    assert_eq!(results[..2], [Ok(0), Ok(1)]);
    assert!(
        results.len() <= 4
            && results[2..]
                .iter()
                .all(|it| *it == Err(ExceptionKind::ShutDown))
    );

    let inline = InlineExecutor::new();
    let taken = Cell::new(0);
    let mut map = inline.map_lazy((0..).inspect(|n| taken.set(n + 1)), |n: u32| n);
    assert_eq!((map.next().unwrap().unwrap(), taken.get()), (0, 1));
    assert_eq!((map.next().unwrap().unwrap(), taken.get()), (1, 2));
}

/// A task comes to a pool whose only worker sleeps for it already: that worker runs it.
#[test]
fn p23_a_task_comes_to_the_pool_that_sleeps_for_it() {
    type WaitFor = fn(Future<u32>) -> u32;
    let ways: [WaitFor; 4] = [
        |future| future.result().unwrap(),
        |future| future.map(|n| n).result().unwrap(),
        |future| as_completed([future]).next().unwrap().result().unwrap(),
        |future| {
            let mut futures = as_completed([future.map(|n| n)]);
            futures.next().unwrap().result().unwrap()
        },
    ];
    for way in ways {
        let _watchdog = watchdog();
        let shelf = Arc::new(Shelf::default());
        let pool = NamedPool::new(1);
        let given = Arc::clone(&shelf);
        let waits = pool.executor.submit(move || way(given.submit(|| 7)));
        pool.until_asleep(1, WaitKind::Future);
        pool.executor.accept(shelf.take());
        assert_eq!(waits.result().unwrap(), 7);
    }
}

/// A panic of `accept` loses no input of a lazy map; what it had run by then has failed.
#[test]
fn m14_a_panic_of_accept_loses_no_input() {
    /// Panics at the first task, which it drops or runs.
    struct Startled {
        runs: bool,
        is_calm: AtomicBool,
    }
    impl Executor for Startled {
        fn accept(&self, task: Task) {
            // ORDERING: Relaxed, one thread uses it.
            let is_calm = self.is_calm.swap(true, Ordering::Relaxed);
            if is_calm || self.runs {
                task.run();
            }
            assert!(is_calm, "startled");
        }
    }
    let _watchdog = watchdog();
    let results = [false, true].map(|runs| {
        let executor = Startled {
            runs,
            is_calm: AtomicBool::new(false),
        };
        let mut map = executor.map_lazy(0..3, |n| n).chunksize(2);
        assert!(catch_unwind(AssertUnwindSafe(|| map.next())).is_err());
        let results = map.map(|result| result.map_err(|exception| exception.kind()));
        results.collect::<Vec<_>>()
    });
    let lost = Err(ExceptionKind::Abandoned);
    assert_eq!(results, [[Ok(0), Ok(1), Ok(2)], [lost, lost, Ok(2)]]);
}
