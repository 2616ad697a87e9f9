//! Raising exceptions in threads.

use std::io;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pythreads_threading::{
    Event, Exception, ExceptionKind, Lock, Thread, check_interrupt, current_thread, exit,
    interruptible, main_thread, shielded, sleep, spawn,
};
use test_support::{Flag, checked_spawn, watchdog};

/// A thread that announces itself and then does `f` for ever.
fn endless(f: impl Fn() + Send + 'static) -> Thread {
    let ready = Arc::new(Flag::new());
    let thread = Thread::new({
        let ready = Arc::clone(&ready);
        move || {
            ready.set();
            loop {
                f();
            }
        }
    });
    thread.start();
    ready.wait();
    thread
}

#[track_caller]
fn assert_interrupted(thread: &Thread, message: &str) {
    let exception = thread.join().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Interrupted);
    assert_eq!(exception.message(), message);
}

/// It ends a sleep, a wait, a join, and a loop that looks.
#[test]
fn it_leaves_from_where_the_thread_waits() {
    static NEVER: Event = Event::new();
    let _watchdog = watchdog();
    let waits: [fn(); 6] = [
        || sleep(Duration::MAX),
        || sleep(Duration::from_millis(1)),
        || NEVER.wait(),
        || assert!(!NEVER.wait_timeout(Duration::from_mins(1))),
        || main_thread().join().unwrap(),
        check_interrupt,
    ];
    for wait in waits {
        let thread = endless(wait);
        thread.raise_exception("enough").unwrap();
        assert_interrupted(&thread, "enough");
    }
}

/// Destructors run, and the exception keeps its cause.
#[test]
fn destructors_run_and_the_cause_stays() {
    static CLEANED: Flag = Flag::new();
    struct Finally;
    impl Drop for Finally {
        fn drop(&mut self) {
            CLEANED.set();
        }
    }
    let _watchdog = watchdog();
    let thread = Thread::new(|| {
        let _finally = Finally;
        sleep(Duration::MAX);
    });
    thread.start();
    thread
        .raise_exception(io::Error::from(io::ErrorKind::TimedOut))
        .unwrap();
    let exception = thread.join().unwrap_err();
    let cause: &io::Error = exception.downcast_ref().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::TimedOut);
    assert!(CLEANED.is_set());
}

/// `interrupt` raises without a cause.
#[test]
fn interrupt_has_no_cause() {
    let _watchdog = watchdog();
    let thread = endless(|| sleep(Duration::MAX));
    thread.interrupt().unwrap();
    assert_interrupted(&thread, "the thread was interrupted");
}

/// Raised between start and first instruction it is not lost.
#[test]
fn it_may_come_before_the_thread_runs() {
    let _watchdog = watchdog();
    for _ in 0..100 {
        let thread = Thread::new(|| sleep(Duration::MAX));
        thread.start();
        thread.raise_exception("early").unwrap();
        assert_interrupted(&thread, "early");
    }
}

/// One that has not left yet is replaced by the next, or taken back.
#[test]
fn it_can_be_replaced_and_taken_back() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let handle = spawn({
        let go = Arc::clone(&go);
        move || {
            go.wait(); // no wait of ours
            check_interrupt();
        }
    });
    let thread = handle.thread();
    thread.raise_exception("first").unwrap();
    assert!(thread.cancel_interrupt());
    assert!(!thread.cancel_interrupt());
    thread.raise_exception("second").unwrap();
    thread.raise_exception("third").unwrap();
    go.set();
    assert_eq!(handle.join().unwrap_err().message(), "third");
}

/// Held back inside `shielded`, and delivered after.
#[test]
fn shielded_holds_it_back() {
    let _watchdog = watchdog();
    let (ready, raised) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let finished = Arc::new(AtomicBool::new(false));
    let thread = Thread::new({
        let (ready, raised) = (Arc::clone(&ready), Arc::clone(&raised));
        let finished = Arc::clone(&finished);
        move || {
            shielded(|| {
                ready.set();
                raised.wait(); // no wait of ours
                sleep(Duration::from_millis(1));
                check_interrupt();
                finished.store(true, Ordering::Relaxed);
            });
            sleep(Duration::MAX);
        }
    });
    thread.start();
    ready.wait();
    thread.raise_exception("enough").unwrap();
    raised.set();
    assert_interrupted(&thread, "enough");
    assert!(finished.load(Ordering::Relaxed));
}

/// A thread that is not alive cannot be a target.
#[test]
fn it_needs_a_living_target() {
    let _watchdog = watchdog();
    let thread = Thread::new(|| ());
    assert!(thread.raise_exception("early").unwrap_err().is_not_alive());
    thread.start();
    thread.join().unwrap();
    assert!(thread.raise_exception("late").unwrap_err().is_not_alive());
    assert!(!thread.cancel_interrupt());
}

/// A thread of somebody else is a target only where it says that it catches.
#[test]
fn foreign_threads_must_be_interruptible() {
    let _watchdog = watchdog();
    let me = current_thread();
    assert!(
        me.raise_exception("nobody catches")
            .unwrap_err()
            .is_foreign()
    );
    let caught = interruptible(|| {
        me.raise_exception("caught").unwrap();
        sleep(Duration::MAX);
    });
    assert_eq!(caught.unwrap_err().message(), "caught");
    assert!(me.raise_exception("again").unwrap_err().is_foreign());
    check_interrupt();
}

/// An `interruptible` in a thread of ours catches, and the thread goes on.
#[test]
fn interruptible_catches_in_our_threads_too() {
    let _watchdog = watchdog();
    let handle = spawn(|| {
        let caught = interruptible(|| sleep(Duration::MAX)).unwrap_err();
        (caught.message().to_owned(), current_thread().is_alive())
    });
    handle.thread().raise_exception("caught").unwrap();
    assert_eq!(handle.join().unwrap(), ("caught".to_owned(), true));
}

/// A `catch_unwind` on its way can recognise it and pass it on.
#[test]
fn catch_unwind_can_pass_it_on() {
    let _watchdog = watchdog();
    let thread = endless(|| {
        if let Err(payload) = catch_unwind(|| sleep(Duration::MAX)) {
            assert!(Exception::is_interrupt(&*payload));
            resume_unwind(payload);
        }
    });
    thread.raise_exception("passed on").unwrap();
    assert_interrupted(&thread, "passed on");
}

/// A plain lock is no interruption point; the guard held elsewhere is released by the unwinding.
#[test]
fn locks_are_released_on_its_way() {
    let _watchdog = watchdog();
    let lock = Arc::new(Lock::new(0));
    let held = Arc::new(Flag::new());
    let holder = Thread::new({
        let (lock, held) = (Arc::clone(&lock), Arc::clone(&held));
        move || {
            let _guard = lock.acquire();
            held.set();
            sleep(Duration::MAX);
        }
    });
    holder.start();
    held.wait();
    let waiter = checked_spawn({
        let lock = Arc::clone(&lock);
        move || *lock.acquire()
    });
    waiter.wait_until_asleep();
    holder.raise_exception("enough").unwrap();
    assert_eq!(waiter.join(), 0);
    assert_interrupted(&holder, "enough");
}

/// `exit` ends its thread only; the handle says so, and destructors run.
#[test]
fn exit_ends_a_thread() {
    let _watchdog = watchdog();
    let captured = Arc::new(());
    let handle = spawn({
        let captured = Arc::clone(&captured);
        move || -> u32 {
            assert_eq!(Arc::strong_count(&captured), 2);
            exit(3)
        }
    });
    let exception = handle.join().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Exit);
    assert_eq!(Arc::strong_count(&captured), 1);
}

/// Raising while the thread ends: it either ends it or is refused, and never hits another.
#[test]
fn it_races_with_the_end() {
    let _watchdog = watchdog();
    for _ in 0..300 {
        let thread = Thread::new(check_interrupt);
        thread.start();
        let raised = thread.raise_exception("now").is_ok();
        let outcome = thread.join();
        assert!(raised || outcome.is_ok());
        spawn(check_interrupt).join().unwrap();
    }
}
