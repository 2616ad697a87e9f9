//! What a release and a newcomer that is quicker than its look into the queue make of a waiter.

use std::sync::mpsc;
use std::time::Duration;

use test_support::{CheckedThread, checked_spawn, watchdog};

use super::{LOCKED, Ordering, RawLock, is_free};
use crate::deadline::Deadline;
use crate::thread_record;
use crate::wait_queue::WaitKind;

/// A thread that has run out of patience: it takes the lock, waits to be told, and gives it back.
fn spawn_passed_for_long(lock: &'static RawLock) -> (CheckedThread<()>, mpsc::Sender<()>) {
    let (told, leave) = mpsc::channel();
    let (sender, receiver) = mpsc::channel();
    let thread = checked_spawn(move || {
        drop(sender.send(thread_record::current()));
        assert!(lock.acquire(WaitKind::Lock, Deadline::Never));
        leave.recv().expect("the test tells it to leave");
        lock.release();
    });
    let record = receiver.recv().expect("the thread sends its record");
    while record
        .waiting()
        .is_none_or(|waiting| waiting.elapsed < Duration::from_millis(2))
    {
        std::thread::yield_now();
    }
    (thread, told)
}

/// The newcomer is the last one that passes: what it releases is reserved, and nobody else takes it (invariants 3, 4).
#[test]
fn one_newcomer_passes_and_no_other() {
    static LOCK: RawLock = RawLock::new();
    let _watchdog = watchdog();
    assert!(LOCK.try_acquire());
    let (passed, told) = spawn_passed_for_long(&LOCK);

    // A release up to its look into the queue, in which a newcomer is quicker.
    LOCK.word.fetch_sub(LOCKED, Ordering::Release);
    assert!(LOCK.try_acquire());
    LOCK.serve();
    // The newcomer's release, likewise.
    LOCK.word.fetch_sub(LOCKED, Ordering::Release);
    assert!(LOCK.is_locked());
    assert!(!LOCK.try_acquire());
    LOCK.serve();
    assert!(!LOCK.try_acquire());

    told.send(()).expect("the waiter has the lock");
    passed.join();
    assert!(is_free(LOCK.word.load(Ordering::Relaxed)));
}

/// A release that comes late to the queue leaves the lock to who has it by then.
#[test]
fn a_late_look_takes_the_lock_from_nobody() {
    static LOCK: RawLock = RawLock::new();
    let _watchdog = watchdog();
    assert!(LOCK.try_acquire());
    let (passed, told) = spawn_passed_for_long(&LOCK);

    LOCK.word.fetch_sub(LOCKED, Ordering::Release);
    LOCK.serve();
    LOCK.serve();
    assert!(!LOCK.try_acquire());

    told.send(()).expect("the waiter has the lock");
    passed.join();
    assert!(is_free(LOCK.word.load(Ordering::Relaxed)));
}
