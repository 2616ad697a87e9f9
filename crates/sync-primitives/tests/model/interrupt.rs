//! Interrupts: one that is raised ends the wait or is left for later, and is never lost in between.

use std::sync::Arc;

use pythreads_sync_primitives::{Event, check_interrupt, shielded};

use crate::engine::{check, share};
use crate::target::Target;

fn spawn_waiting(event: &Arc<Event>) -> Target<()> {
    let event = Arc::clone(event);
    Target::spawn(move || event.wait())
}

/// Who goes to sleep sees the mark, or who marks sees the sleeper.
#[test]
fn a_sleeper_is_reached() {
    check(|| {
        let target = spawn_waiting(&share(Event::new()));
        target.interrupt();
        assert_eq!(target.join(), None);
    });
}

/// It is delivered or taken back, not both and not neither.
#[test]
fn what_is_taken_back_is_not_delivered() {
    check(|| {
        let event = share(Event::new());
        let target = spawn_waiting(&event);
        target.interrupt();
        if target.take_interrupt_back() {
            event.set();
            assert_eq!(target.join(), Some(()));
        } else {
            assert_eq!(target.join(), None);
        }
    });
}

/// A second one takes the place of the first.
#[test]
fn two_are_delivered_as_one() {
    check(|| {
        let event = share(Event::new());
        let target = spawn_waiting(&event);
        target.interrupt();
        target.interrupt();
        assert_eq!(target.join(), None);
    });
}

/// A shielded wait is not ended, though it is at the address where an interruptible one was; the interrupt comes after.
#[test]
fn a_shield_holds_it_back() {
    check(|| {
        let events = share([Event::new(), Event::new()]);
        let target = Target::spawn({
            let events = Arc::clone(&events);
            move || {
                let [event, begun] = &*events;
                shielded(|| {
                    event.wait();
                    begun.set();
                });
                check_interrupt();
            }
        });
        target.interrupt();
        let [event, begun] = &*events;
        event.set();
        begun.wait();
        assert_eq!(target.join(), None);
    });
}
