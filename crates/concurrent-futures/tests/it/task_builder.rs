//! Names and deadlines of tasks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{ExceptionKind, ThreadPoolExecutor};
use pythreads_threading::{ExceptHookArgs, dump, reset_excepthook, set_excepthook};
use test_support::{Counter, Flag, watchdog};

use crate::occupied::Occupied;

/// The dump shows the task with the thread that is in the middle of it, and forgets it afterwards.
#[test]
fn a_name_is_in_the_dump() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .thread_name_prefix("named");
    let executor = executor.build().unwrap();
    let shown = || {
        let dump = dump();
        let worker = dump
            .threads()
            .iter()
            .find(|thread| thread.name() == "named_0");
        let worker = worker.expect("the worker lives");
        (
            worker.task_name().map(String::from),
            worker.to_string().contains("in task 'resize'"),
        )
    };
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let named = executor.task().name("resize").submit(move || {
        says.set();
        gate.wait();
    });
    started.wait();
    assert_eq!(shown(), (Some(String::from("resize")), true));
    go.set();
    named.result().unwrap();
    let unnamed = Occupied::one(&executor);
    assert_eq!(shown(), (None, false));
    drop(unnamed);
}

/// A named task inside another: the dump shows the inner one, then the outer one again.
#[test]
fn names_nest() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let pool = Arc::clone(&executor);
    let names = executor.task().name("outer").submit_fallible(move || {
        let name = || {
            let here = pythreads_threading::current_thread().ident();
            let dump = dump();
            let thread = dump.threads().iter().find(|thread| thread.ident() == here);
            thread.and_then(|thread| thread.task_name().map(String::from))
        };
        let inner = pool.task().name("inner").submit(name).result()?;
        let unnamed = pool.submit(name).result()?;
        Ok::<_, pythreads_concurrent_futures::Exception>([inner, unnamed, name()])
    });
    let names = names.result().unwrap().map(Option::unwrap);
    assert_eq!(names, ["inner", "outer", "outer"]);
}

/// However a named task ends without a result, its exception tells which one it was.
#[test]
fn a_name_is_in_each_exception() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let task = |name| executor.task().name(name);
    let panicked = task("panics").submit(|| panic!("inside"));
    let failed = task("fails").submit_fallible(|| Err::<(), _>("no"));
    let late = task("is late").deadline(Instant::now()).submit(|| ());
    let cancelled = task("is cancelled").submit(|| ());
    assert!(cancelled.cancel());
    busy.release();
    executor.submit(|| ()).result().unwrap();
    executor.close();
    let refused = task("is refused").submit(|| ());
    let names = [panicked, failed, late, cancelled, refused]
        .map(|future| future.result().unwrap_err().task_name().map(String::from));
    let expected = ["panics", "fails", "is late", "is cancelled", "is refused"];
    assert_eq!(names.map(Option::unwrap), expected);
}

/// What one task hands on from another keeps the name of where it came from.
#[test]
fn the_first_name_stays() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let source = executor
        .task()
        .name("source")
        .submit_fallible(|| Err::<(), _>("no"));
    let handed_on = executor
        .task()
        .name("user")
        .submit_fallible(move || source.result());
    assert_eq!(handed_on.result().unwrap_err().task_name(), Some("source"));
}

/// A task whose deadline has passed is not begun: its closure is dropped, its future fails.
#[test]
fn a_late_task_is_not_begun() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let closure = Arc::new(());
    let inside = Arc::clone(&closure);
    let late = executor
        .task()
        .deadline(Instant::now())
        .submit(move || -> u32 { unreachable!("{inside:?}") });
    let in_time = executor
        .task()
        .deadline(Instant::now() + Duration::from_hours(1))
        .submit(|| 2);
    busy.release();
    assert_eq!(
        late.exception().unwrap().kind(),
        ExceptionKind::DeadlineExceeded
    );
    assert_eq!(Arc::strong_count(&closure), 1);
    assert_eq!(in_time.result().unwrap(), 2);
}

/// A late task that nobody waits for is reported.
#[test]
fn a_late_executed_task_is_reported() {
    let _watchdog = watchdog();
    let told = Arc::new(Counter::new());
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let (tells, seen) = (Arc::clone(&told), Arc::clone(&kinds));
    set_excepthook(move |args: &ExceptHookArgs<'_>| {
        seen.lock().push(args.exception().kind());
        tells.add(1);
    });
    let executor = ThreadPoolExecutor::new(1);
    executor.task().deadline(Instant::now()).execute(|| ());
    told.wait_for(1);
    reset_excepthook();
    assert!(kinds.lock().contains(&ExceptionKind::DeadlineExceeded));
}
