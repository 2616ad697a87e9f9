//! Making and starting a `Thread`: its life cycle and its daemon flag.

use std::collections::HashSet;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use pythreads_threading::{
    Exception, Thread, ThreadState, Timer, current_thread, enumerate, main_thread, set_stack_size,
    spawn,
};
use test_support::child::{self, Child};
use test_support::{Counter, Flag, watchdog};

/// More than any system gives.
const TOO_MUCH: usize = 1 << 50;

/// A thread that waits for the flag.
fn waiter(flag: &Arc<Flag>) -> Thread {
    let flag = Arc::clone(flag);
    Thread::new(move || flag.wait())
}

/// What `f` panics with.
fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).unwrap_err();
    Exception::from_panic(payload).message().to_owned()
}

/// Initial, started, stopped; alive in the middle only.
#[test]
fn t1_t14_states_follow_each_other() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let thread = waiter(&go);
    assert_eq!(thread.state(), ThreadState::Initial);
    assert!(!thread.is_alive());
    thread.start();
    assert_eq!(thread.state(), ThreadState::Started);
    assert!(thread.is_alive());
    go.set();
    thread.join().unwrap();
    assert_eq!(thread.state(), ThreadState::Stopped);
    assert!(!thread.is_alive());
}

/// Making a thread runs nothing, and dropping it unstarted drops what it would have run.
#[test]
fn t2_an_unstarted_thread_does_nothing() {
    let _watchdog = watchdog();
    let captured = Arc::new(Flag::new());
    let thread = Thread::new({
        let captured = Arc::clone(&captured);
        move || captured.set()
    });
    assert!(!enumerate().contains(&thread));
    drop(thread);
    assert!(!captured.is_set());
    assert_eq!(Arc::strong_count(&captured), 1);
}

/// The daemon flag is that of the thread that makes the new one, unless said otherwise; main has none.
#[test]
fn t3_daemon_is_inherited() {
    let _watchdog = watchdog();
    assert!(!main_thread().daemon());
    for daemon in [true, false] {
        let maker = Thread::builder().daemon(daemon);
        let made = maker.spawn(|| {
            let inherited = Thread::new(|| ());
            let own = Thread::builder().daemon(!current_thread().daemon());
            (inherited.daemon(), own.target(|| ()).daemon())
        });
        assert_eq!(made.unwrap().join().unwrap(), (daemon, !daemon));
    }
}

/// One start only, also after the end.
#[test]
fn t4_a_second_start_is_refused() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let thread = waiter(&go);
    thread.start();
    assert!(thread.try_start().unwrap_err().is_already_started());
    assert!(panic_of(|| thread.start()).contains("started before"));
    go.set();
    thread.join().unwrap();
    let error = thread.try_start().unwrap_err();
    assert!(error.is_already_started() && !error.is_refused());
    assert!(thread.join().is_ok(), "the outcome is not touched");
}

/// Many threads that start one thread: one succeeds.
#[test]
fn t4_starts_at_the_same_time() {
    let _watchdog = watchdog();
    for _ in 0..50 {
        let runs = Arc::new(Counter::new());
        let thread = Thread::new({
            let runs = Arc::clone(&runs);
            move || runs.add(1)
        });
        let starters: Vec<_> = (0..4)
            .map(|_| {
                let thread = thread.clone();
                spawn(move || thread.try_start().is_ok())
            })
            .collect();
        let started = starters.into_iter().map(|starter| starter.join().unwrap());
        assert_eq!(started.filter(|started| *started).count(), 1);
        thread.join().unwrap();
        assert_eq!(runs.get(), 1);
    }
}

/// A thread that the system refuses is as it was before: not registered, not alive, not to be joined.
#[test]
fn t5_a_refused_thread_leaves_nothing_behind() {
    let _watchdog = watchdog();
    let thread = Thread::builder().stack_size(TOO_MUCH).target(|| ());
    let error = thread.try_start().unwrap_err();
    assert!(error.is_refused() && !error.is_already_started());
    assert!(error.source().is_some());
    assert_eq!(thread.state(), ThreadState::Initial);
    assert!(!enumerate().contains(&thread));
    assert!(panic_of(|| drop(thread.join())).contains("not been started"));
    assert!(panic_of(|| thread.start()).contains("refused"));
}

/// Other than in Python it can be started again.
#[test]
fn t5_a_refused_thread_can_be_started_again() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        // The size is that of the whole process.
        Child::rerun_test("start::t5_a_refused_thread_can_be_started_again")
            .run()
            .assert_success();
        return;
    }
    let runs = Arc::new(Counter::new());
    let thread = Thread::new({
        let runs = Arc::clone(&runs);
        move || runs.add(1)
    });
    set_stack_size(TOO_MUCH);
    assert!(thread.try_start().unwrap_err().is_refused());
    set_stack_size(0);
    thread.start();
    thread.join().unwrap();
    assert_eq!(runs.get(), 1);
}

/// The ident is known before the start, the system's number once the thread runs; both stay.
#[test]
fn t6_t16_idents() {
    let _watchdog = watchdog();
    let thread = Thread::new(|| ());
    let ident = thread.ident();
    assert_eq!(thread.native_id(), None);
    thread.start();
    thread.join().unwrap();
    assert_eq!(thread.ident(), ident);
    assert!(thread.native_id().is_some());
}

/// The body is called once, and what it captured is dropped in the thread.
#[test]
fn t7_t8_the_body_runs_once_and_is_dropped() {
    let _watchdog = watchdog();
    let captured = Arc::new(Counter::new());
    let thread = Thread::new({
        let captured = Arc::clone(&captured);
        move || captured.add(1)
    });
    thread.start();
    thread.join().unwrap();
    assert_eq!(captured.get(), 1);
    assert_eq!(Arc::strong_count(&captured), 1, "the handle keeps nothing");
}

/// The daemon flag can be set until the start.
#[test]
fn t20_daemon_is_settled_by_the_start() {
    let _watchdog = watchdog();
    let thread = Thread::builder().daemon(true).target(|| ());
    thread.set_daemon(false);
    assert!(!thread.daemon());
    thread.start();
    assert!(panic_of(|| thread.set_daemon(true)).contains("started"));
    thread.join().unwrap();
    assert!(panic_of(|| thread.set_daemon(true)).contains("started"));
    assert!(!thread.daemon());
}

/// Bugs panic at the line of who makes them.
#[test]
fn bugs_are_reported_at_the_callers_line() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let outcome = Child::rerun_test("start::bugs_are_reported_at_the_callers_line")
            // A backtrace names this file, too.
            .env("RUST_BACKTRACE", "0")
            .run();
        outcome.assert_success();
        let reports = outcome.stderr.matches("tests/it/start.rs:").count();
        assert_eq!(reports, BUGS.len(), "{outcome}");
        return;
    }
    for bug in BUGS {
        assert!(catch_unwind(bug).is_err());
    }
}

const BUGS: [fn(); 6] = [
    || Thread::builder().stack_size(TOO_MUCH).target(|| ()).start(),
    || drop(Thread::new(|| ()).join()),
    || drop(Thread::new(|| ()).join_timeout(Duration::ZERO)),
    || drop(current_thread().join()),
    || current_thread().set_daemon(true),
    || drop(Timer::repeating(Duration::ZERO, || ())),
];

/// Handles are equal if they name the same thread.
#[test]
#[expect(
    clippy::mutable_key_type,
    reason = "equality and hash look at the ident, which never changes"
)]
fn handles_are_compared_by_identity() {
    let _watchdog = watchdog();
    let (one, other) = (Thread::new(|| ()), Thread::new(|| ()));
    assert_eq!(one, one.clone());
    assert_ne!(one, other);
    let set: HashSet<_> = [one.clone(), one, other].into_iter().collect();
    assert_eq!(set.len(), 2);
}

/// Debug shows name, state, daemon flag and ident.
#[test]
fn t17_debug() {
    let _watchdog = watchdog();
    let thread = Thread::builder().name("n").daemon(true).target(|| ());
    let ident = thread.ident();
    assert_eq!(
        format!("{thread:?}"),
        format!("Thread(n, initial daemon {ident})")
    );
    thread.set_daemon(false);
    thread.start();
    thread.join().unwrap();
    assert_eq!(format!("{thread:?}"), format!("Thread(n, stopped {ident})"));
}

/// The size of the stack is that which was asked for.
#[test]
fn the_stack_can_be_large() {
    fn deep(left: u32) -> u64 {
        let frame = std::hint::black_box([u64::from(left); 128]);
        if left == 0 {
            frame[0]
        } else {
            deep(left - 1) + frame[1]
        }
    }
    let _watchdog = watchdog();
    let builder = Thread::builder().stack_size(64 << 20);
    let handle = builder.spawn(|| deep(20_000)).unwrap();
    assert_eq!(handle.join().unwrap(), 20_000 * 20_001 / 2);
}
