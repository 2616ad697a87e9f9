//! Raising an exception in another thread. What each type does about it stands with the type.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use pythreads_sync_primitives::thread_record::{InTask, Tasks, ThreadRecord, set_tasks};
use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{
    Condition, Event, Exception, Lock, check_interrupt, interruptible, shielded, thread_record,
};
use test_support::{Flag, checked_spawn, watchdog};

use crate::waiting::{interrupt, panic_text, shared, spawn, spawn_interruptible, spawn_waiting};

/// It wakes the thread, unwinds with destructors, and is what `interruptible` returns.
#[test]
fn a_sleeping_thread_is_woken_and_unwinds() {
    struct OnDrop(&'static Flag);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.set();
        }
    }
    let _watchdog = watchdog();
    let dropped = shared(Flag::new());
    let event = shared(Event::new());
    let waiter = spawn_interruptible(WaitKind::Event, || {
        let _on_drop = OnDrop(dropped);
        event.wait();
    });
    waiter.interrupt("stop");
    let exception = waiter.join().unwrap_err();
    assert!(exception.is_interrupted());
    assert_eq!(exception.message(), "stop");
    assert!(dropped.is_set());
}

/// A thread that does not wait goes on until it looks.
#[test]
fn a_running_thread_gets_it_at_the_next_check() {
    let _watchdog = watchdog();
    let outcome = interruptible(|| {
        check_interrupt();
        let record = thread_record::current();
        assert!(record.raise(interrupt("stop")));
        assert!(record.has_pending());
        check_interrupt();
        unreachable!("the check unwinds");
    });
    let outcome: Result<(), _> = outcome;
    assert_eq!(outcome.unwrap_err().message(), "stop");
    assert!(!thread_record::current().has_pending());
    check_interrupt();
}

/// Every wait of this thread is ended, and then there is nothing to deliver.
struct EndsForNothing(NonZeroU64);

impl Tasks for EndsForNothing {
    fn is_in_task(&self) -> bool {
        true
    }

    fn about_to_wait(&self, record: &Arc<ThreadRecord>) -> Option<InTask> {
        (record.ident() == self.0).then(|| InTask {
            number: 1,
            era: 0,
            deadline: Instant::now().into(),
        })
    }

    fn is_interrupted(&self) -> bool {
        false
    }

    fn take_interrupt(&self) -> Option<Exception> {
        None
    }
}

/// It may have cost a notification, so the predicate is asked.
#[test]
fn a_condition_asks_again_after_an_interrupt_that_delivers_nothing() {
    let _watchdog = watchdog();
    let waiter = checked_spawn(|| {
        set_tasks(shared(EndsForNothing(thread_record::current().ident())));
        let lock = Lock::new(());
        let mut asked = 0;
        Condition::new().wait_for(&mut lock.acquire(), |()| {
            asked += 1;
            asked == 2
        });
    });
    waiter.join();
}

/// Verbs that need not sleep do not look.
#[test]
fn a_verb_that_does_not_sleep_is_no_interruption_point() {
    let _watchdog = watchdog();
    let event = Event::new();
    event.set();
    let outcome = interruptible(|| {
        assert!(thread_record::current().raise(interrupt("stop")));
        event.wait();
        drop(Lock::new(()).acquire());
        7
    });
    assert_eq!(outcome.unwrap(), 7);
}

/// A verb that would sleep is left before it does.
#[test]
fn a_verb_that_would_sleep_is_left_at_once() {
    let _watchdog = watchdog();
    let event = Event::new();
    let outcome = interruptible(|| {
        assert!(thread_record::current().raise(interrupt("stop")));
        event.wait();
    });
    assert_eq!(outcome.unwrap_err().message(), "stop");
}

/// A mark that was not delivered is replaced.
#[test]
fn the_second_raise_replaces_the_first() {
    let _watchdog = watchdog();
    let outcome = interruptible(|| {
        let record = thread_record::current();
        assert!(record.raise(interrupt("first")));
        assert!(record.raise(interrupt("second")));
        check_interrupt();
    });
    assert_eq!(outcome.unwrap_err().message(), "second");
}

/// Once; afterwards there is nothing to deliver.
#[test]
fn it_can_be_taken_back() {
    let _watchdog = watchdog();
    let outcome = interruptible(|| {
        let record = thread_record::current();
        assert!(record.cancel_raise().is_none());
        assert!(record.raise(interrupt("stop")));
        assert_eq!(record.cancel_raise().unwrap().message(), "stop");
        assert!(record.cancel_raise().is_none());
        check_interrupt();
        7
    });
    assert_eq!(outcome.unwrap(), 7);
}

/// A thread in which nobody would catch it is no target.
#[test]
fn a_thread_without_a_catcher_is_refused() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let waiter = spawn_waiting(WaitKind::Event, || event.wait());
    assert!(!waiter.record.raise(interrupt("stop")));
    assert!(!waiter.record.has_pending());
    event.set();
    waiter.join();
}

/// `shielded` holds it back, however deep, and lets it through afterwards.
#[test]
fn a_shield_holds_it_back() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let shields_left = shared(Flag::new());
    let waiter = spawn_interruptible(WaitKind::Event, || {
        shielded(|| {
            shielded(|| event.wait());
            check_interrupt();
        });
        shields_left.set();
        check_interrupt();
    });
    waiter.interrupt("stop");
    assert!(waiter.is_waiting());
    event.set();
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    assert!(shields_left.is_set());
}

/// The shield ends with its frame, also by a panic.
#[test]
fn a_shield_ends_with_a_panic() {
    let _watchdog = watchdog();
    let outcome = interruptible(|| {
        let text = panic_text(|| shielded(|| panic!("inside")));
        assert_eq!(text, "inside");
        assert!(thread_record::current().raise(interrupt("stop")));
        check_interrupt();
    });
    assert_eq!(outcome.unwrap_err().message(), "stop");
}

/// Destructors that wait while the thread unwinds are left alone.
#[test]
fn an_unwinding_thread_is_left_alone() {
    struct WaitOnDrop(&'static Event, &'static Flag);
    impl Drop for WaitOnDrop {
        fn drop(&mut self) {
            self.0.wait();
            check_interrupt();
            self.1.set();
        }
    }
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let cleaned_up = shared(Flag::new());
    let waiter = spawn_interruptible(WaitKind::Event, || {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let _wait = WaitOnDrop(event, cleaned_up);
            panic!("unwinds");
        }));
        let _payload = outcome.unwrap_err();
        check_interrupt();
    });
    waiter.interrupt("stop");
    assert!(waiter.is_waiting());
    event.set();
    assert_eq!(waiter.join().unwrap_err().message(), "stop");
    assert!(cleaned_up.is_set());
}

/// What was raised and not delivered is dropped with the last catcher, not with an inner one.
#[test]
fn the_end_of_interruptible_drops_what_was_not_delivered() {
    let _watchdog = watchdog();
    let outer = interruptible(|| {
        let inner = interruptible(|| {
            assert!(thread_record::current().raise(interrupt("late")));
        });
        assert!(inner.is_ok());
        assert!(thread_record::current().has_pending());
    });
    assert!(outer.is_ok());
    assert!(!thread_record::current().has_pending());
    assert!(!thread_record::current().raise(interrupt("nobody is there")));
}

/// Other panics pass through it, and close it.
#[test]
fn interruptible_lets_panics_pass() {
    let _watchdog = watchdog();
    let text = panic_text(|| interruptible(|| panic!("its own")));
    assert_eq!(text, "its own");
    assert!(!thread_record::current().raise(interrupt("nobody is there")));
}

/// A `catch_unwind` can tell it apart, and pass it on.
#[test]
fn an_interrupt_can_be_recognised_and_passed_on() {
    let _watchdog = watchdog();
    let outcome = interruptible(|| {
        thread_record::current().raise(interrupt("stop"));
        let payload = catch_unwind(check_interrupt).unwrap_err();
        assert!(Exception::is_interrupt(&*payload));
        let panic = catch_unwind(|| panic!("no interrupt")).unwrap_err();
        assert!(!Exception::is_interrupt(&*panic));
        std::panic::resume_unwind(payload);
    });
    let outcome: Result<(), _> = outcome;
    assert_eq!(outcome.unwrap_err().message(), "stop");
}

/// Who waits for what, for as long as it waits.
#[test]
fn a_record_tells_what_its_thread_waits_for() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let waiter = spawn_waiting(WaitKind::Event, || event.wait());
    let waiting = waiter.record.waiting().unwrap();
    assert_eq!(waiting.kind, WaitKind::Event);
    assert_eq!(waiting.address, std::ptr::from_ref(event).addr());
    event.set();
    let record = Arc::clone(&waiter.record);
    waiter.join();
    assert!(record.waiting().is_none());
}

/// Idents are never 0, never the same, and those the thread itself sees.
#[test]
fn idents_are_unique() {
    let _watchdog = watchdog();
    let own = thread_record::current_ident();
    assert_eq!(own, thread_record::current().ident());
    let mut idents: Vec<_> = (0..5)
        .map(|_| spawn(thread_record::current_ident))
        .map(|thread| {
            let ident = thread.record.ident();
            assert_eq!(thread.join(), ident);
            ident
        })
        .collect();
    idents.push(own);
    idents.sort_unstable();
    idents.dedup();
    assert_eq!(idents.len(), 6);
}
