//! Whom an interrupt reaches, and the words of waits.

use std::sync::Arc;

use test_support::{CheckedThread, checked_spawn, watchdog};

use super::{Choice, Key, Wait, WaitEnd, WaitKind, move_waiters, wait, wake, wake_up_to};
use crate::deadline::Deadline;
use crate::exception::Exception;
use crate::thread_record::{self, ThreadRecord};

/// A thread that waits in the queue `key`, and its record.
fn spawn_waiting(key: Key, how: Wait) -> (CheckedThread<WaitEnd>, Arc<ThreadRecord>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = checked_spawn(move || {
        let entered = || drop(sender.send(thread_record::current()));
        // It catches nothing, but makes the thread a target.
        thread_record::current().add_catcher();
        wait(key, how, || true, entered)
    });
    let record = receiver.recv().expect("the thread sends its record");
    (thread, record)
}

const FOR_EVER: Deadline = Deadline::Never;

/// It is left for the next wait.
#[test]
fn a_shielded_wait_is_not_interrupted() {
    let _watchdog = watchdog();
    let place = 0_u8;
    let key = Key::of(&place);
    let (thread, record) = spawn_waiting(key, Wait::shielded(WaitKind::Lock, FOR_EVER));
    assert!(record.raise(Exception::new("stop")));
    assert_eq!(wake_up_to(key, 1).selected, 1);
    assert_eq!(thread.join(), WaitEnd::Selected(0));
}

/// It has been notified: it is found neither where it was nor where it is.
#[test]
fn a_moved_waiter_is_not_interrupted() {
    let _watchdog = watchdog();
    let places = [0_u8; 2];
    let [from, to] = [Key::of(&places[0]), Key::of(&places[1])];
    let (thread, record) = spawn_waiting(from, Wait::interruptible(WaitKind::Lock, FOR_EVER));
    assert_eq!(move_waiters(from, to, false, || ()), 1);
    assert!(record.raise(Exception::new("stop")));
    assert_eq!(wake_up_to(to, 1).selected, 1);
    assert_eq!(thread.join(), WaitEnd::Selected(0));
}

/// The thread that is meant, and not the one before it.
#[test]
fn an_interrupt_ends_the_wait_of_its_thread() {
    let _watchdog = watchdog();
    let place = 0_u8;
    let key = Key::of(&place);
    let how = Wait::interruptible(WaitKind::Lock, FOR_EVER);
    let (first, _) = spawn_waiting(key, how);
    let (second, record) = spawn_waiting(key, how);
    assert!(record.raise(Exception::new("stop")));
    assert!(record.cancel_raise().is_none(), "it has ended a wait");
    assert_eq!(second.join(), WaitEnd::Interrupted);
    assert_eq!(wake_up_to(key, usize::MAX).selected, 1);
    assert_eq!(first.join(), WaitEnd::Selected(0));
}

/// A waker looks at the waiters in their order and gives the same word to all it selects.
#[test]
fn a_waker_chooses() {
    let _watchdog = watchdog();
    let place = 0_u8;
    let key = Key::of(&place);
    let threads = [1, 2, 3].map(|want| {
        let how = Wait::shielded(WaitKind::Semaphore, FOR_EVER).wanting(want);
        spawn_waiting(key, how).0
    });
    let mut seen = Vec::with_capacity(3);
    let choose = |waiter: &super::Waiter| {
        seen.push(waiter.want());
        match waiter.want() {
            2 => Choice::Skip,
            _ => Choice::Select,
        }
    };
    let woken = wake(key, choose, |_| 7);
    assert_eq!(seen, [1, 2, 3]);
    assert_eq!((woken.selected, woken.more), (2, true));
    let woken = wake(key, |_| Choice::Select, |_| 8);
    assert_eq!((woken.selected, woken.more), (1, false));
    let ends = threads.map(CheckedThread::join);
    assert_eq!(ends, [7, 8, 7].map(WaitEnd::Selected));
}

/// Zero, one or more; `moved` tells where the time ran out.
#[test]
fn a_wait_ends_by_its_deadline_wherever_it_is() {
    let _watchdog = watchdog();
    let places = [0_u8; 2];
    let [from, to] = [Key::of(&places[0]), Key::of(&places[1])];
    let how = Wait::shielded(
        WaitKind::Lock,
        Deadline::after(*test_support::delay::MEDIUM),
    );
    let (moved, _) = spawn_waiting(from, how);
    assert_eq!(move_waiters(from, to, true, || ()), 1);
    let (stayed, _) = spawn_waiting(from, how);
    assert_eq!(moved.join(), WaitEnd::TimedOut { moved: true });
    assert_eq!(stayed.join(), WaitEnd::TimedOut { moved: false });
    let refused = wait(from, how, || false, || ());
    assert_eq!(refused, WaitEnd::NotNeeded);
}
