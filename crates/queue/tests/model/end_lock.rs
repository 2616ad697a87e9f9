//! The lock of an end of a queue. Who finds it held sleeps at once here.

use std::sync::Arc;

use self::source::EndLock;
use crate::engine::{check, share, spawn};
use crate::plain::Plain;

// A queue has the checker's mutex in its place.
#[path = "../../src/end_lock.rs"]
mod source;

/// Holders are alone, see what those before them did, and nobody sleeps while the lock is free.
fn take_turns(threads: usize, each: usize) {
    let lock = share(EndLock::new(Plain::default()));
    let work = move |lock: Arc<EndLock<Plain>>| {
        for _ in 0..each {
            lock.lock().add(1);
        }
    };
    let others: Vec<_> = (1..threads)
        .map(|_| {
            let lock = Arc::clone(&lock);
            spawn(move || work(lock))
        })
        .collect();
    work(Arc::clone(&lock));
    for other in others {
        other.join().unwrap();
    }
    assert_eq!(lock.lock().get(), threads * each);
}

#[test]
fn two_take_turns() {
    check(|| take_turns(2, 2));
}

#[test]
fn three_take_turns() {
    check(|| take_turns(3, 1));
}

/// Who may write has a guard to itself, however it waited for it.
#[test]
fn the_patient_take_turns_with_the_others() {
    check(|| {
        let lock = share(EndLock::new(0));
        let other = spawn({
            let lock = Arc::clone(&lock);
            move || *lock.lock_steadily() += 1
        });
        *lock.lock() += 1;
        other.join().unwrap();
        assert_eq!(*lock.lock(), 2);
    });
}
