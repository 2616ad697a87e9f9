//! Interruptions aimed at random moments at threads that wait in every kind of wait, while what they wait for may happen:
//! more than 10,000 in all.
//!
//! Each round of each scene has a ledger. Every exception raised was delivered once, in the thread it was raised in, or was
//! replaced or taken back at the time. Every notification, permit, item and place was got by one thread. Whoever waits comes
//! to an end, each frame is left once, and nothing is left over, neither a lock nor an exception.

mod ledger;
mod locks;
mod pools;
mod primitives;
mod queues;
mod scene;
mod stage;
mod start;
mod victim;

use test_support::watchdog;

use self::locks::{OfEntrance, OfRLock, OfRead, OfWrite};
use self::pools::{OfAsCompleted, OfAsyncResult, OfFuture, OfLazyMap, OfPool, OfResult, OfWait};
use self::primitives::{
    OfBarrier, OfBoundedSemaphore, OfDoor, OfEvent, OfLock, OfManyPermits, OfRLockTokens,
    OfSemaphore, OfSleep, OfThread, OfTokens,
};
use self::queues::{OfGet, OfPut, OfSimpleGet, OfTasks};
use self::stage::play;

/// `Event::wait`.
#[test]
fn waits_for_an_event() {
    let _watchdog = watchdog();
    play(OfEvent::default());
}

/// `Condition::wait`, whose every return is a notification.
#[test]
fn waits_for_a_condition() {
    let _watchdog = watchdog();
    play(OfDoor::default());
}

/// `Condition::wait_for` over a `Lock`.
#[test]
fn waits_for_a_predicate() {
    let _watchdog = watchdog();
    play(OfTokens::default());
}

/// The same over an `RLock`, all levels of which are given up.
#[test]
fn waits_for_a_predicate_over_an_rlock() {
    let _watchdog = watchdog();
    play(OfRLockTokens::default());
}

/// `Semaphore::acquire`.
#[test]
fn waits_for_a_permit() {
    let _watchdog = watchdog();
    play(OfSemaphore::default());
}

/// `Semaphore::acquire_many`.
#[test]
fn waits_for_many_permits() {
    let _watchdog = watchdog();
    play(OfManyPermits::default());
}

/// `BoundedSemaphore::acquire`.
#[test]
fn waits_for_a_bounded_permit() {
    let _watchdog = watchdog();
    play(OfBoundedSemaphore::default());
}

/// `Barrier::wait`: both pass, or it breaks.
#[test]
fn waits_for_a_barrier() {
    let _watchdog = watchdog();
    play(OfBarrier::default());
}

/// `Thread::join`.
#[test]
fn waits_for_a_thread() {
    let _watchdog = watchdog();
    play(OfThread::default());
}

/// `sleep`.
#[test]
fn waits_for_time() {
    let _watchdog = watchdog();
    play(OfSleep);
}

/// `Lock::acquire`, which is no interruption point.
#[test]
fn waits_for_a_lock() {
    let _watchdog = watchdog();
    play(OfLock::default());
}

/// `Barrier::wait` while an action runs.
#[test]
fn waits_at_the_entrance_of_a_barrier() {
    let _watchdog = watchdog();
    play(OfEntrance::default());
}

/// `RLock::acquire`, which is no interruption point.
#[test]
fn waits_for_an_rlock() {
    let _watchdog = watchdog();
    play(OfRLock::default());
}

/// `RwLock::read`, which is no interruption point.
#[test]
fn waits_to_read() {
    let _watchdog = watchdog();
    play(OfRead::default());
}

/// `RwLock::write`, which is no interruption point.
#[test]
fn waits_to_write() {
    let _watchdog = watchdog();
    play(OfWrite::default());
}

/// `Queue::get`.
#[test]
fn waits_for_an_item() {
    let _watchdog = watchdog();
    play(OfGet::default());
}

/// `Queue::put`.
#[test]
fn waits_for_a_place() {
    let _watchdog = watchdog();
    play(OfPut::default());
}

/// `Queue::join`.
#[test]
fn waits_for_tasks_of_a_queue() {
    let _watchdog = watchdog();
    play(OfTasks::default());
}

/// `SimpleQueue::get`.
#[test]
fn waits_for_a_simple_item() {
    let _watchdog = watchdog();
    play(OfSimpleGet::default());
}

/// `SharedFuture::result`.
#[test]
fn waits_for_a_result() {
    let _watchdog = watchdog();
    play(OfResult::default());
}

/// `wait` for futures.
#[test]
fn waits_for_several_results() {
    let _watchdog = watchdog();
    play(OfWait::default());
}

/// `as_completed`.
#[test]
fn waits_for_the_next_result() {
    let _watchdog = watchdog();
    play(OfAsCompleted::default());
}

/// `ThreadPool::join`.
#[test]
fn waits_for_a_pool() {
    let _watchdog = watchdog();
    play(OfPool::default());
}

/// `Future::result`.
#[test]
fn waits_for_a_result_of_its_own() {
    let _watchdog = watchdog();
    play(OfFuture::default());
}

/// `AsyncResult::wait`.
#[test]
fn waits_for_an_async_result() {
    let _watchdog = watchdog();
    play(OfAsyncResult::default());
}

/// `next` of a lazy map.
#[test]
fn waits_for_a_lazy_map() {
    let _watchdog = watchdog();
    play(OfLazyMap::default());
}
