//! Interrupts of running tasks: each is delivered once, in the midst of its task, or is void when that ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pythreads_sync_primitives::{
    Barrier, Condition, Deadline, Event, Exception, ExceptionKind, Lock, check_interrupt,
};
use pythreads_task_engine::extras::{Extras, Options};
use pythreads_task_engine::handle::{Handle, task, task_with};
use pythreads_task_engine::interrupt::watch_waits;
use pythreads_task_engine::node::Work;

use crate::engine::{SOON, check, share, spawn, strike};
use crate::plain::Plain;

/// Runs `f`, and whether an interrupt has left it. To the checkers an unwinding thread is all of them, so it is caught before
/// anything of theirs is dropped.
fn interrupted(f: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => false,
        Err(payload) => {
            assert!(Exception::is_interrupt(&*payload));
            true
        }
    }
}

fn new_task<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> (Arc<dyn Work>, Handle<T>) {
    watch_waits();
    let (work, handle) = task(|| Ok(f()), 0);
    let _looked_at = format!("{handle:?}");
    (work, handle)
}

fn raised() -> Exception {
    Exception::of_kind(ExceptionKind::Interrupted, "stop")
}

/// It ends the wait of the task, whenever it comes: nobody else would.
#[test]
fn it_ends_a_wait() {
    check(|| {
        let (work, handle) = new_task(|| {
            let never = share(Event::new());
            interrupted(|| never.wait())
        });
        let runner = spawn({
            let work = Arc::clone(&work);
            move || work.run()
        });
        if work.interrupt(raised()) {
            assert!(handle.result().unwrap());
            assert!(runner.join().unwrap());
        } else {
            // It has not begun: nobody would end it.
            let _is_cancelled = work.cancel() || stop(&work);
            assert!(handle.result().unwrap_or(true));
            runner.join().unwrap();
        }
    });
}

/// Until it is marked.
fn stop(work: &Arc<dyn Work>) -> bool {
    assert!(work.interrupt(raised()), "it runs");
    true
}

/// It meets what the task waits for: either ends the wait, and what is left is found by the next one, or is void.
#[test]
fn it_meets_the_end_of_a_wait() {
    check(|| {
        let event = share(Event::new());
        let (work, handle) = new_task({
            let event = Arc::clone(&event);
            move || {
                let first = interrupted(|| event.wait());
                let second = interrupted(check_interrupt);
                assert!(!(first && second), "it was delivered twice");
                first || second
            }
        });
        let runner = spawn({
            let work = Arc::clone(&work);
            move || work.run()
        });
        let other = spawn({
            let work = Arc::clone(&work);
            move || work.interrupt(raised())
        });
        event.set();
        let was_hit = handle.result().unwrap();
        let was_marked = other.join().unwrap();
        runner.join().unwrap();
        assert!(was_marked || !was_hit);
    });
}

/// The task ends meanwhile: the next one in the same thread is not hit, nor is the thread's own wait.
#[test]
fn it_is_void_when_the_task_ends() {
    check(|| {
        let (work, handle) = new_task(check_twice);
        let (next, after) = new_task(check_twice);
        let event = share(Event::new());
        let runner = spawn({
            let (work, event) = (Arc::clone(&work), Arc::clone(&event));
            move || {
                work.run();
                next.run();
                assert!(!interrupted(|| event.wait()));
            }
        });
        let _is_marked = work.interrupt(raised());
        event.set();
        runner.join().unwrap();
        assert!(handle.result().unwrap() <= 1);
        assert_eq!(after.result().unwrap(), 0);
    });
}

fn check_twice() -> usize {
    [(); 2]
        .into_iter()
        .filter(|()| interrupted(check_interrupt))
        .count()
}

/// A task runs another one on top of itself: only its own code is hit, by the wait before or the one after.
#[test]
fn it_passes_by_a_task_on_top() {
    check(|| {
        let (inner, of_inner) = new_task(check_twice);
        let (outer, of_outer) = new_task(move || {
            inner.run();
            check_twice()
        });
        let runner = spawn({
            let outer = Arc::clone(&outer);
            move || outer.run()
        });
        let is_marked = outer.interrupt(raised());
        runner.join().unwrap();
        assert_eq!(of_inner.result().unwrap(), 0);
        assert!(of_outer.result().unwrap() <= usize::from(is_marked));
    });
}

/// One that was delivered before its interrupter has looked for a sleeper ends no other wait: the barrier stays whole.
#[test]
fn what_was_delivered_ends_no_later_wait() {
    check(|| {
        let barrier = share(Barrier::new(2));
        let (work, started, handle) = new_stuck_task({
            let barrier = Arc::clone(&barrier);
            move || barrier.wait().is_ok()
        });
        let runner = spawn({
            let work = Arc::clone(&work);
            move || work.run()
        });
        started.wait();
        assert!(work.interrupt(raised()));
        assert!(barrier.wait().is_ok());
        assert!(handle.result().unwrap());
        runner.join().unwrap();
    });
}

/// The same for a waiter that has to be in the queue when it is notified.
#[test]
fn what_was_delivered_costs_no_notification() {
    check(|| {
        let desk = share((Lock::new(false), Condition::new()));
        let (work, started, handle) = new_stuck_task({
            let desk = Arc::clone(&desk);
            move || {
                let (is_ready, changed) = &*desk;
                let mut is_ready = is_ready.acquire();
                while !*is_ready {
                    changed.wait(&mut is_ready);
                }
            }
        });
        let runner = spawn({
            let work = Arc::clone(&work);
            move || work.run()
        });
        started.wait();
        assert!(work.interrupt(raised()));
        let (is_ready, changed) = &*desk;
        let mut is_ready = is_ready.acquire();
        *is_ready = true;
        changed.notify_one(&is_ready);
        drop(is_ready);
        handle.result().unwrap();
        runner.join().unwrap();
    });
}

/// A task that says that it has begun, waits until it is interrupted, and goes on with `f`.
fn new_stuck_task<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> (Arc<dyn Work>, Arc<Event>, Handle<T>) {
    let started = share(Event::new());
    let its_start = Arc::clone(&started);
    let (work, handle) = new_task(move || {
        let never = share(Event::new());
        its_start.set();
        assert!(interrupted(|| never.wait()));
        f()
    });
    (work, started, handle)
}

/// Two that come one after the other are one, or two that are delivered one after the other.
#[test]
fn a_second_one_replaces_the_first() {
    check(|| {
        let hits = share(Plain::default());
        let (work, handle) = new_task({
            let hits = Arc::clone(&hits);
            move || hits.add(check_twice())
        });
        let runner = spawn({
            let work = Arc::clone(&work);
            move || work.run()
        });
        let marks = [(); 2].map(|()| work.interrupt(raised()));
        handle.result().unwrap();
        runner.join().unwrap();
        let marks = marks.into_iter().filter(|is_marked| *is_marked).count();
        assert!(hits.get() <= marks);
    });
}

/// The deadline of a task ends its waits, once.
#[test]
fn a_deadline_ends_a_wait() {
    check(|| {
        watch_waits();
        let Deadline::At(deadline) = Deadline::after(SOON) else {
            panic!("the time has an end");
        };
        let mut options = Options::default();
        options.deadline = Some(deadline);
        let body = || {
            let never = share(Event::new());
            let was_hit = interrupted(|| never.wait());
            Ok(was_hit && !interrupted(check_interrupt))
        };
        let (work, handle) = task_with(body, 0, Some(Extras::new(options)));
        let _looked_at = format!("{handle:?}");
        let runner = spawn(move || work.run());
        strike();
        match handle.result() {
            Ok(once) => assert!(once),
            Err(exception) => assert_eq!(exception.kind(), ExceptionKind::DeadlineExceeded),
        }
        runner.join().unwrap();
    });
}

/// Two interrupt all that runs: a wait is ended by one that is delivered, whichever of them comes late.
#[cfg(pythreads_shuttle)] // too long for loom
#[test]
fn what_was_delivered_in_a_pool_ends_no_later_wait() {
    check(|| {
        let crew = crate::pool::crew(1);
        let started = share(Event::new());
        let barrier = share(Barrier::new(2));
        let stuck = crate::pool::submit(&crew, {
            let (started, barrier) = (Arc::clone(&started), Arc::clone(&barrier));
            move || {
                let never = share(Event::new());
                started.set();
                assert!(interrupted(|| never.wait()));
                let mut is_whole = true;
                let was_hit = interrupted(|| is_whole = barrier.wait().is_ok());
                assert!(is_whole, "it broke, and nothing was delivered");
                was_hit
            }
        });
        started.wait();
        let other = spawn({
            let crew = Arc::clone(&crew);
            move || crew.interrupt_running()
        });
        crew.interrupt_running();
        let is_whole = barrier.wait().is_ok();
        assert_eq!(stuck.result().unwrap(), !is_whole);
        other.join().unwrap();
        crate::pool::end(&crew);
    });
}

/// All that runs in a pool is interrupted, what begins later is not.
#[cfg(pythreads_shuttle)] // too long for loom
#[test]
fn what_runs_in_a_pool() {
    crate::pool::check(|| {
        let crew = crate::pool::crew(1);
        let started = share(Event::new());
        let stuck = crate::pool::submit(&crew, {
            let started = Arc::clone(&started);
            move || {
                started.set();
                let never = share(Event::new());
                interrupted(|| never.wait())
            }
        });
        let next = crate::pool::submit(&crew, check_twice);
        started.wait();
        assert!(crew.interrupt_running() <= 1);
        assert!(stuck.result().unwrap());
        assert_eq!(next.result().unwrap(), 0);
        crate::pool::end(&crew);
    });
}
