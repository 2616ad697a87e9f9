//! What a raise and the end of a wait owe each other.

use std::sync::atomic::Ordering;

use test_support::{checked_spawn, watchdog};

use super::current;
use crate::deadline::Deadline;
use crate::wait_queue::{Key, Wait, WaitEnd, WaitKind, wait, wake_up_to};

/// Invariant 4: the address that a raise uses stays good until the raise is through, so the thread does not leave.
#[test]
fn a_selected_thread_stays_in_its_wait_while_somebody_raises() {
    let _watchdog = watchdog();
    let place = 0_u8;
    let key = Key::of(&place);
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = checked_spawn(move || {
        let entered = || drop(sender.send(current()));
        let how = Wait::interruptible(WaitKind::Event, Deadline::Never);
        wait(key, how, || true, entered)
    });
    let record = receiver.recv().expect("the thread sends its record");

    let raising = record.mailbox.lock();
    record.pending.store(true, Ordering::SeqCst);
    assert_eq!(wake_up_to(key, 1).selected, 1);
    while record.interruptible_at.load(Ordering::SeqCst) != 0 {
        std::thread::yield_now();
    }
    // Not in our queue any more: what it sleeps for is the mailbox.
    thread.wait_until_asleep();
    drop(raising);

    assert_eq!(thread.join(), WaitEnd::Selected(0));
}
