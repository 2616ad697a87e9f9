//! What runs in the midst of a task and is no part of it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pythreads_concurrent_futures::ExceptionKind;
use pythreads_threading::{current_thread, sleep};
use test_support::{Counter, Flag, checked_spawn, watchdog};

use super::{LONG, kind};
use crate::named_pool::NamedPool;

/// Sleeps when it is dropped.
#[derive(Debug)]
struct Sleepy(Arc<Counter>);

impl Drop for Sleepy {
    fn drop(&mut self) {
        sleep(Duration::from_millis(1));
        self.0.add(1);
    }
}

impl std::fmt::Display for Sleepy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sleepy")
    }
}

impl std::error::Error for Sleepy {}

/// Callbacks and destructors that run in the midst of a task are no part of it.
#[test]
fn callbacks_in_its_midst_are_not_hit() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let executor = Arc::clone(&pool.executor);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let undisturbed = Arc::new(Counter::new());
    let count = Arc::clone(&undisturbed);
    let outer = pool.executor.submit(move || {
        says.set();
        gate.wait();
        let captured = Sleepy(Arc::clone(&count));
        let other = executor.submit(move || drop(captured));
        let told = Sleepy(count);
        other.add_done_callback(move |_| {
            sleep(Duration::from_millis(1));
            drop(told);
        });
        assert!(other.cancel());
        sleep(LONG);
    });
    started.wait();
    assert!(outer.interrupt());
    go.set();
    assert_eq!(kind(outer), ExceptionKind::Interrupted);
    assert_eq!(undisturbed.get(), 2);
}

/// What comes too late for a task is dropped by whoever runs it, though not as a part of the task that is below it.
#[test]
fn a_late_exception_of_a_claimed_task_is_dropped_undisturbed() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let executor = Arc::clone(&pool.executor);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let slot = Arc::new(Mutex::new(None));
    let shown = Arc::clone(&slot);
    let outer = pool.executor.submit(move || {
        let inner = Arc::new(executor.submit(move || {
            says.set();
            gate.wait();
        }));
        *shown.lock() = Some(Arc::clone(&inner));
        inner.wait();
        sleep(LONG);
    });
    started.wait();
    let undisturbed = Arc::new(Counter::new());
    let late = Sleepy(Arc::clone(&undisturbed));
    assert!(slot.lock().take().unwrap().raise_exception(late));
    assert!(outer.interrupt());
    go.set();
    assert_eq!(kind(outer), ExceptionKind::Interrupted);
    assert_eq!(undisturbed.get(), 1);
}

/// The same for what a task has failed with that nobody but a callback asks for.
#[test]
fn the_error_of_a_claimed_task_is_dropped_undisturbed() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let executor = Arc::clone(&pool.executor);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let undisturbed = Arc::new(Counter::new());
    let count = Arc::clone(&undisturbed);
    let outer = pool.executor.submit(move || {
        let (says, gate) = (&says, &gate);
        executor.scope(|s| {
            let inner = s.submit_fallible(move || {
                says.set();
                gate.wait();
                Err::<(), _>(Sleepy(count))
            });
            inner.add_done_callback(|_| ());
        });
        sleep(LONG);
    });
    started.wait();
    assert!(outer.interrupt());
    go.set();
    assert_eq!(kind(outer), ExceptionKind::Interrupted);
    assert_eq!(undisturbed.get(), 1);
}

/// What was raised in a worker for an item that has ended is dropped before the next one, as a part of neither.
#[test]
fn a_late_exception_of_an_item_is_dropped_undisturbed() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let undisturbed = Arc::new(Counter::new());
    let count = Arc::clone(&undisturbed);
    let reader = checked_spawn({
        let executor = Arc::clone(&pool.executor);
        move || {
            let map = executor.map_lazy(0..2, move |n| {
                if n == 0 {
                    let late = Sleepy(Arc::clone(&count));
                    current_thread().raise_exception(late).unwrap();
                    says.set();
                    gate.wait();
                }
                n
            });
            map.buffersize(2).map(Result::unwrap).collect::<Vec<_>>()
        }
    });
    started.wait();
    reader.wait_until_asleep();
    assert_eq!(pool.executor.interrupt_running(), 1);
    go.set();
    assert_eq!(reader.join(), [0, 1]);
    assert_eq!(undisturbed.get(), 1);
}
