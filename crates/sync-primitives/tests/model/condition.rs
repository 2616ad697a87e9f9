//! `Condition`: no notification is lost, to whatever ends a wait.

use std::sync::Arc;

use pythreads_sync_primitives::{Condition, Lock, LockGuard, interruptible};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::target::Target;

/// A condition, and under its lock what its waiters wait for.
#[derive(Debug, Default)]
struct Desk {
    lock: Lock<State>,
    changed: Condition,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    items: usize,
}

impl Desk {
    fn take(&self) {
        let mut state = self.begin();
        self.changed.wait_for(&mut state, |state| state.items > 0);
        state.items -= 1;
    }

    /// Notifies one waiter of one item.
    fn put(&self) {
        let mut state = self.lock.acquire();
        state.items += 1;
        self.changed.notify_one(&state);
    }

    /// Instead of a waiter that was notified and took nothing.
    fn notify_again(&self) {
        self.changed.notify_one(&self.lock.acquire());
    }

    /// One wait, whatever there is; whether it was notified.
    fn wait_timed(&self) -> bool {
        let mut state = self.begin();
        self.changed.wait_timeout(&mut state, SOON)
    }

    /// One wait, whatever there is; whether it was notified. It is caught before the lock is released, because for a
    /// checker all threads unwind at a time.
    fn wait_interruptible(&self) -> bool {
        let mut state = self.begin();
        interruptible(|| self.changed.wait(&mut state)).is_ok()
    }

    fn begin(&self) -> LockGuard<'_, State> {
        let mut state = self.lock.acquire();
        state.waiting += 1;
        state
    }
}

fn spawn_with<T: Send + 'static>(
    desk: &Arc<Desk>,
    body: impl FnOnce(&Desk) -> T + Send + 'static,
) -> JoinHandle<T> {
    let desk = Arc::clone(desk);
    spawn(move || body(&desk))
}

/// One notification for each item is enough, however they fall.
#[test]
fn each_notification_serves_one() {
    check(|| {
        let desk = share(Desk::default());
        let takers = [spawn_with(&desk, Desk::take), spawn_with(&desk, Desk::take)];
        desk.put();
        desk.put();
        join(takers);
        assert_eq!(desk.lock.acquire().items, 0);
    });
}

/// All who wait are moved to the lock, and each release wakes the next.
#[test]
fn notify_all_reaches_all() {
    check(|| {
        let desk = share(Desk::default());
        let takers = [spawn_with(&desk, Desk::take), spawn_with(&desk, Desk::take)];
        let mut state = desk.lock.acquire();
        state.items = 2;
        desk.changed.notify_all(&state);
        drop(state);
        join(takers);
        assert_eq!(desk.lock.acquire().items, 0);
    });
}

/// Of two waiters one is notified, also if the time of the other runs out.
#[test]
fn a_timeout_takes_no_notification() {
    check(|| {
        let desk = share(Desk::default());
        let timed = spawn_with(&desk, Desk::wait_timed);
        let taker = spawn_with(&desk, Desk::take);
        desk.put();
        strike();
        if timed.join().unwrap() {
            desk.notify_again();
        }
        taker.join().unwrap();
    });
}

/// Who was notified was so whatever happens before it has the lock again.
#[test]
fn a_notified_waiter_is_not_timed_out() {
    check(|| {
        let desk = share(Desk::default());
        let timed = spawn_with(&desk, Desk::wait_timed);
        let state = desk.lock.acquire();
        let waits = state.waiting == 1;
        desk.changed.notify_one(&state);
        strike();
        drop(state);
        assert_eq!(timed.join().unwrap(), waits);
    });
}

/// As with time: an interrupt that comes after the notification is left for later.
#[test]
fn a_notified_waiter_is_not_interrupted() {
    check(|| {
        let desk = share(Desk::default());
        let target = Target::spawn({
            let desk = Arc::clone(&desk);
            move || desk.wait_interruptible()
        });
        let state = desk.lock.acquire();
        let waits = state.waiting == 1;
        desk.changed.notify_one(&state);
        target.interrupt();
        drop(state);
        assert_eq!(target.join() == Some(true), waits);
    });
}

/// Of two waiters one is notified, also if the other is interrupted.
#[test]
fn an_interrupt_takes_no_notification() {
    check(|| {
        let desk = share(Desk::default());
        let target = Target::spawn({
            let desk = Arc::clone(&desk);
            move || desk.wait_interruptible()
        });
        let taker = spawn_with(&desk, Desk::take);
        desk.put();
        target.interrupt();
        if target.join() == Some(true) {
            desk.notify_again();
        }
        taker.join().unwrap();
    });
}

/// A waiter is still there for a notification after an interrupt that was taken back.
#[test]
fn an_interrupt_that_was_taken_back_costs_no_notification() {
    check(|| {
        let desk = share(Desk::default());
        let target = Target::spawn({
            let desk = Arc::clone(&desk);
            move || desk.wait_interruptible()
        });
        target.interrupt();
        let taken_back = target.take_interrupt_back();
        let state = desk.lock.acquire();
        let waits = state.waiting == 1;
        desk.changed.notify_one(&state);
        drop(state);
        if taken_back && !waits {
            // It came later than the notification.
            target.interrupt();
        }
        assert_eq!(target.join() == Some(true), taken_back && waits);
    });
}
