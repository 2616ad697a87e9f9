//! `pythreads::threading`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use pythreads::threading::{
    AtExit, AtExitError, Barrier, BoundedSemaphore, BoxError, BrokenBarrierError, Condition,
    ConditionGuard, Event, ExceptHookArgs, Exception, ExceptionKind, IntoException, JoinHandle,
    Local, Lock, LockGuard, Permit, RLock, RLockGuard, RaiseError, Refused, Runnable, RwLock,
    RwLockReadGuard, RwLockWriteGuard, Scope, ScopedJoinHandle, Semaphore, SerializedIter,
    SerializedIterator, StartError, SystemExit, TeeView, Thread, ThreadBuilder, ThreadDump,
    ThreadHook, ThreadReport, ThreadState, TimeoutError, Timer, WaitKind, Waiting, active_count,
    add_thread_hook, check_interrupt, concurrent_tee, current_thread, dump, enumerate, excepthook,
    exit, exit_now, get_ident, get_native_id, interruptible, main, main_thread, register_atexit,
    reset_excepthook, scope, serialize_iterator, set_excepthook, set_exit_timeout, set_stack_size,
    shielded, shutdown, sleep, spawn, stack_size,
};
use test_support::child::{self, Child};
use test_support::watchdog;

/// What waits.
#[test]
fn the_primitives_do_what_they_say() {
    fn notify(condition: &Condition, guard: &impl ConditionGuard) {
        condition.notify_all(guard);
    }
    static LOCK: Lock<u32> = Lock::new(1);
    let _watchdog = watchdog();
    let mut guard: LockGuard<'_, u32> = LOCK.acquire();
    *guard += 1;
    assert_eq!(*guard, 2);
    notify(&Condition::new(), &guard);
    let rlock = RLock::new(3);
    let outer: RLockGuard<'_, i32> = rlock.acquire();
    assert_eq!((*rlock.acquire(), *outer), (3, 3));
    let shared = RwLock::new(4);
    let mut writer: RwLockWriteGuard<'_, i32> = shared.write();
    *writer += 1;
    drop(writer);
    let reader: RwLockReadGuard<'_, i32> = shared.read();
    assert_eq!(*reader, 5);
    let semaphore = Semaphore::new(1);
    let permit: Permit<'_> = semaphore.acquire();
    assert!(semaphore.try_acquire().is_none());
    drop(permit);
    assert_eq!(BoundedSemaphore::new(2).available(), 2);
    let event = Event::new();
    event.set();
    event.wait();
    assert_eq!(Barrier::new(1).wait().unwrap(), 0);
    let aborted = Barrier::new(2);
    aborted.abort();
    let _broken: BrokenBarrierError = aborted.wait().unwrap_err();
}

/// What starts threads, and what is known of them.
#[test]
fn the_threads_do_what_they_say() {
    struct Job(u32);
    impl Runnable for Job {
        fn run(&mut self) {
            self.0 += 1;
        }
    }
    static INITIAL: Local<u32> = Local::new(|| 7);
    let _watchdog = watchdog();
    let builder: ThreadBuilder = Thread::builder().name("umbrella");
    let thread = builder.target(|| ());
    assert_eq!(thread.state(), ThreadState::Initial);
    thread.start();
    let again: StartError = thread.try_start().unwrap_err();
    assert!(!again.to_string().is_empty());
    thread.join().unwrap();
    let dead: RaiseError = thread.interrupt().unwrap_err();
    assert!(!dead.to_string().is_empty());
    let handle: JoinHandle<u32> = spawn(|| INITIAL.get());
    assert_eq!(handle.join().unwrap(), 7);
    assert_eq!(Job(1).spawn().join().unwrap().0, 2);
    let sum = scope(|scope: &Scope<'_, '_>| {
        let handle: ScopedJoinHandle<'_, u32> = scope.spawn(|| 3);
        handle.join().unwrap()
    });
    assert_eq!(sum, 3);
    assert_eq!(current_thread().ident(), get_ident());
    assert!(get_native_id() > 0);
    assert!(active_count() >= 1 && !enumerate().is_empty());
    assert_eq!(main_thread().name(), "MainThread");
    let timer = Timer::new(Duration::ZERO, || ());
    timer.start();
    timer.join().unwrap();
    sleep(Duration::ZERO);
    let before = stack_size();
    assert_eq!(set_stack_size(before), before);
}

/// A timer, a dump, and what they say of a thread that waits.
#[test]
fn the_dump_does_what_it_says() {
    let _watchdog = watchdog();
    let (ready, go) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let thread = Thread::builder().name("dumped").target({
        let (ready, go) = (Arc::clone(&ready), Arc::clone(&go));
        move || {
            ready.set();
            go.wait();
        }
    });
    thread.start();
    ready.wait();
    let waiting: Waiting = loop {
        let dump: ThreadDump = dump();
        let mut reports = dump.threads().iter();
        let report: Option<&ThreadReport> = reports.find(|report| report.name() == "dumped");
        if let Some(waiting) = report.and_then(ThreadReport::waiting) {
            break waiting;
        }
    };
    assert_eq!(waiting.kind, WaitKind::Event);
    go.set();
    thread.join().unwrap();
}

/// What ends a wait or a thread early.
#[test]
fn the_exceptions_do_what_they_say() {
    fn raise(what: impl IntoException) -> Exception {
        what.into_exception()
    }
    let _watchdog = watchdog();
    let error: BoxError = "boxed".into();
    assert_eq!(raise(error).kind(), ExceptionKind::Error);
    assert_eq!(interruptible(|| shielded(|| 1)).unwrap(), 1);
    check_interrupt();
    let thread = spawn(|| sleep(Duration::MAX));
    let late: TimeoutError<JoinHandle<()>> = thread.join_timeout(Duration::ZERO).unwrap_err();
    let thread = late.into_inner();
    thread.thread().raise_exception("enough").unwrap();
    assert!(thread.join().unwrap_err().is_interrupted());
    let exited = spawn(|| exit(3)).join().map(|never: ()| never).unwrap_err();
    assert_eq!(exited.downcast_ref::<SystemExit>().unwrap().code(), 3);
    assert_eq!(size_of::<Refused<u8>>(), 1);
}

/// Iterators for several threads.
#[test]
fn the_iterators_do_what_they_say() {
    let _watchdog = watchdog();
    let shared: SerializedIterator<std::ops::Range<u32>> = serialize_iterator(0..3);
    let iter: SerializedIter<'_, std::ops::Range<u32>> = shared.iter();
    assert_eq!(iter.collect::<Vec<_>>(), [0, 1, 2]);
    let views: Vec<TeeView<std::ops::Range<u32>>> = concurrent_tee(0..2, 2);
    for view in views {
        assert_eq!(view.collect::<Vec<_>>(), [0, 1]);
    }
}

/// What changes the whole process, in a process of its own: hooks and the end of the program.
#[test]
fn the_hooks_and_the_end_do_what_they_say() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        set_exit_timeout(Duration::from_secs(1));
        set_excepthook(|args: &ExceptHookArgs<'_>| println!("hook: {}", args.exception()));
        excepthook(&Exception::new("called"));
        let hook: ThreadHook = add_thread_hook(|| println!("a thread starts"));
        spawn(|| ()).join().unwrap();
        hook.remove();
        reset_excepthook();
        let registered: Result<AtExit, AtExitError<_>> =
            register_atexit(|| println!("the program ends"));
        assert!(registered.is_ok());
        let code = main(|| println!("the program runs"));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
        shutdown();
        exit_now(5);
    }
    let outcome = Child::rerun_test("threading::the_hooks_and_the_end_do_what_they_say").run();
    assert_eq!(outcome.code, Some(5), "{outcome}");
    let said = [
        "hook: called",
        "a thread starts",
        "the program runs",
        "the program ends",
    ];
    let places = said.map(|line| outcome.stdout.find(line));
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{outcome}"
    );
}
