//! `wait_queue::Signal`: a change that is announced under the mutex is not missed.

use std::sync::Arc;

use pythreads_sync_primitives::Deadline;
use pythreads_sync_primitives::check_interrupt;
use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};

use crate::engine::{JoinHandle, SOON, check, share, spawn, strike};
use crate::target::Target;

#[derive(Debug, Default)]
struct Store {
    items: Mutex<usize>,
    not_empty: Signal,
}

impl Store {
    fn put(&self) {
        *self.items.lock() += 1;
        self.not_empty.notify_one();
    }

    /// Takes an item; `false` if the wait ended otherwise and there still was none.
    fn take(&self, how: Wait) -> bool {
        let mut items = self.items.lock();
        while *items == 0 {
            let (again, end) = self.not_empty.wait(items, how);
            items = again;
            if matches!(end, WaitEnd::TimedOut { .. } | WaitEnd::Interrupted) && *items == 0 {
                drop(items);
                if end == WaitEnd::Interrupted {
                    check_interrupt();
                }
                return false;
            }
        }
        *items -= 1;
        true
    }
}

const FOR_EVER: Deadline = Deadline::Never;

fn spawn_taking(store: &Arc<Store>, deadline: fn() -> Deadline) -> JoinHandle<bool> {
    let store = Arc::clone(store);
    spawn(move || store.take(Wait::shielded(WaitKind::Queue, deadline())))
}

/// Each item reaches a thread that waits for one.
#[test]
fn each_notification_serves_one() {
    check(|| {
        let store = share(Store::default());
        let takers = [(); 2].map(|()| spawn_taking(&store, || FOR_EVER));
        store.put();
        store.put();
        for taker in takers {
            assert!(taker.join().unwrap());
        }
    });
}

/// Everybody hears what is said to all.
#[test]
fn notify_all_reaches_all() {
    check(|| {
        let store = share(Store::default());
        let takers = [(); 2].map(|()| spawn_taking(&store, || FOR_EVER));
        *store.items.lock() += 2;
        store.not_empty.notify_all();
        for taker in takers {
            assert!(taker.join().unwrap());
        }
    });
}

/// An item does not lie beside a sleeper because another one gave up.
#[test]
fn a_timeout_takes_no_notification() {
    check(|| {
        let store = share(Store::default());
        let timed = spawn_taking(&store, || Deadline::after(SOON));
        let patient = spawn_taking(&store, || FOR_EVER);
        store.put();
        strike();
        if timed.join().unwrap() {
            store.put();
        }
        assert!(patient.join().unwrap());
    });
}

/// As with time.
#[test]
fn an_interrupt_takes_no_notification() {
    check(|| {
        let store = share(Store::default());
        let target = Target::spawn({
            let store = Arc::clone(&store);
            move || store.take(Wait::interruptible(WaitKind::Queue, FOR_EVER))
        });
        let patient = spawn_taking(&store, || FOR_EVER);
        store.put();
        target.interrupt();
        if target.join() == Some(true) {
            store.put();
        }
        assert!(patient.join().unwrap());
    });
}
