//! `set_excepthook`. The hook is that of the whole process, so each test runs in a process of its own.

use std::sync::Arc;
use std::time::Duration;

use pythreads_threading::{
    Exception, ExceptionKind, Lock, Thread, current_thread, excepthook, exit, reset_excepthook,
    set_excepthook, sleep, spawn,
};
use test_support::child::{self, Child, Outcome};
use test_support::watchdog;

/// The process in which the test runs again, or `None` if this is it.
fn in_a_child(test: &str) -> Option<Outcome> {
    if child::is_rerun() {
        return None;
    }
    let outcome = Child::rerun_test(&format!("excepthook::{test}")).run();
    outcome.assert_success();
    Some(outcome)
}

type Seen = Arc<Lock<Vec<(ExceptionKind, String)>>>;

/// A hook that notes what it sees, after checking that it runs in the thread.
fn note_all() -> Seen {
    let seen = Seen::default();
    set_excepthook({
        let seen = Arc::clone(&seen);
        move |args| {
            assert_eq!(*args.thread(), current_thread());
            let exception = args.exception();
            seen.acquire()
                .push((exception.kind(), exception.message().to_owned()));
        }
    });
    seen
}

/// Called for every exception that ends a thread, of whatever kind, before the thread has ended.
#[test]
fn h1_called_for_all_kinds() {
    let _watchdog = watchdog();
    if in_a_child("h1_called_for_all_kinds").is_some() {
        return;
    }
    let seen = note_all();
    let interrupted = Thread::new(|| sleep(Duration::MAX));
    interrupted.start();
    interrupted.raise_exception("enough").unwrap();
    assert!(interrupted.join().is_err());
    assert!(spawn(|| panic!("panic")).join().is_err());
    assert!(spawn(|| exit(1)).join().is_err());
    assert!(spawn(|| Exception::new("error").resume()).join().is_err());
    spawn(|| ()).join().unwrap();
    let expected = [
        (ExceptionKind::Interrupted, "enough"),
        (ExceptionKind::Panic, "panic"),
        (ExceptionKind::Exit, "exit with code 1"),
        (ExceptionKind::Error, "error"),
    ];
    let seen = seen.acquire().clone();
    assert!(
        seen.iter()
            .map(|(kind, message)| (*kind, message.as_str()))
            .eq(expected)
    );
}

/// Without a hook: nothing for threads that were ended on purpose, std's message for panics, a line for the rest.
#[test]
fn h2_h3_what_is_printed_without_a_hook() {
    let _watchdog = watchdog();
    let Some(outcome) = in_a_child("h2_h3_what_is_printed_without_a_hook") else {
        let named = |name| Thread::builder().name(name);
        assert!(named("exits").spawn(|| exit(1)).unwrap().join().is_err());
        assert!(
            named("panics")
                .spawn(|| panic!("one"))
                .unwrap()
                .join()
                .is_err()
        );
        let fails = || Exception::new("two").resume();
        assert!(named("fails").spawn(fails).unwrap().join().is_err());
        return;
    };
    let count = |text| outcome.stderr.matches(text).count();
    assert_eq!(count("'exits'"), 0, "{outcome}");
    assert_eq!(count("thread 'panics'"), 1, "{outcome}");
    assert_eq!(count("thread 'fails' ended with"), 1, "{outcome}");
    assert_eq!(count("\"two\""), 1, "{outcome}");
}

/// A hook that fails is reported; the thread ends as it would have.
#[test]
fn h4_h5_a_hook_that_fails() {
    let _watchdog = watchdog();
    let Some(outcome) = in_a_child("h4_h5_a_hook_that_fails") else {
        set_excepthook(|_| panic!("the hook's own"));
        let exception = spawn(|| panic!("the thread's")).join().unwrap_err();
        assert_eq!(exception.message(), "the thread's");
        set_excepthook(|_| exit(1));
        assert!(spawn(|| panic!("the thread's")).join().is_err());
        return;
    };
    assert!(
        outcome.stderr.contains("the excepthook failed with"),
        "{outcome}"
    );
}

/// It is looked up when it is needed, and can be reset.
#[test]
fn h6_looked_up_late() {
    let _watchdog = watchdog();
    if in_a_child("h6_looked_up_late").is_some() {
        return;
    }
    let thread = Thread::new(|| panic!("on purpose"));
    let seen = note_all();
    thread.start();
    assert!(thread.join().is_err());
    reset_excepthook();
    assert!(spawn(|| panic!("unseen")).join().is_err());
    assert_eq!(seen.acquire().len(), 1);
}

/// Executors can report through it.
#[test]
fn it_can_be_called() {
    let _watchdog = watchdog();
    if in_a_child("it_can_be_called").is_some() {
        return;
    }
    let seen = note_all();
    excepthook(&Exception::new("a task failed"));
    assert_eq!(
        *seen.acquire(),
        [(ExceptionKind::Error, "a task failed".to_owned())]
    );
}

/// So does one whose destructor fails, in the thread that is the last to use it.
#[test]
fn h4_h5_a_hook_whose_destructor_fails() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the destructor's own");
        }
    }
    let _watchdog = watchdog();
    let Some(outcome) = in_a_child("h4_h5_a_hook_whose_destructor_fails") else {
        for hook_fails in [false, true] {
            let bomb = Bomb;
            set_excepthook(move |_| {
                let _bomb = &bomb;
                reset_excepthook();
                assert!(!hook_fails, "the hook's own");
            });
            let exception = spawn(|| panic!("the thread's")).join().unwrap_err();
            assert_eq!(exception.message(), "the thread's");
        }
        return;
    };
    let reported = outcome.stderr.matches("the excepthook failed with").count();
    assert_eq!(reported, 3, "{outcome}");
}
