//! `RLock`: what it adds to the raw lock is the owner.

use std::sync::Arc;

use pythreads_sync_primitives::{Condition, RLock};

use crate::engine::{JoinHandle, check, share, spawn};
use crate::plain::Plain;

type Counted = Arc<RLock<Plain>>;

fn counted() -> Counted {
    share(RLock::default())
}

fn spawn_adding(lock: &Counted) -> JoinHandle<()> {
    let lock = Arc::clone(lock);
    spawn(move || add_twice(&lock))
}

fn add_twice(lock: &RLock<Plain>) {
    let outer = lock.acquire();
    outer.add(1);
    let inner = lock.acquire();
    assert_eq!(lock.depth(), 2);
    drop(outer);
    inner.add(1);
    assert!(lock.owned());
    drop(inner);
    assert!(!lock.owned());
}

/// Only its owner acquires it again, and it is free after the owner's last release.
#[test]
fn owners_are_alone() {
    check(|| {
        let lock = counted();
        let other = spawn_adding(&lock);
        add_twice(&lock);
        other.join().unwrap();
        assert_eq!(lock.acquire().get(), 4);
    });
}

/// A thread that tries while another one comes and goes gets it whole or not at all.
#[test]
fn a_passer_by_is_not_taken_for_the_owner() {
    check(|| {
        let lock = counted();
        let other = spawn_adding(&lock);
        if let Some(held) = lock.try_acquire() {
            assert_eq!(lock.depth(), 1);
            held.add(1);
            assert_eq!(held.get() % 2, 1);
            held.add(1);
        }
        assert_eq!(lock.depth(), 0);
        other.join().unwrap();
        assert_eq!(lock.acquire().get() % 2, 0);
    });
}

/// A wait gives up all levels and takes them back.
#[test]
fn a_condition_gives_up_all_levels() {
    check(|| {
        let both = share((counted(), Condition::new()));
        let waiter = spawn({
            let both = Arc::clone(&both);
            move || {
                let (lock, condition) = &*both;
                let _outer = lock.acquire();
                let mut inner = lock.acquire();
                condition.wait_for(&mut inner, |number| number.get() == 1);
                assert_eq!(lock.depth(), 2);
            }
        });
        let (lock, condition) = &*both;
        let held = lock.acquire();
        held.add(1);
        condition.notify_one(&held);
        drop(held);
        waiter.join().unwrap();
    });
}
