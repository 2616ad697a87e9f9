//! What does it cost to tell another thread that something has happened?

#![expect(
    clippy::disallowed_types,
    reason = "an event by std's mutex and condition variable is a rival"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use event_listener::Listener as _;
use pythreads::threading::Event;
use rsevents::{Awaitable as _, EventState, ManualResetEvent};

use crate::clock::Elapsed;
use crate::scenario::{Scenario, timed};
use crate::teams::together;

/// Looks in one iteration.
const LOOKS: u64 = 1_000;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![set_wake(), is_set()]
}

/// Something that has happened, or has not.
trait Flag: Sync + 'static {
    fn new() -> Self;
    fn set(&self);
    fn clear(&self);
    fn is_set(&self) -> bool;
    fn wait(&self);
}

/// Two threads, two events: each sets the other's and waits for its own.
fn set_wake() -> Scenario {
    fn rounds<F: Flag>() -> impl FnMut(u64) -> Elapsed {
        move |iterations| {
            let flags = [F::new(), F::new()];
            let elapsed = together(&mut [(); 2], |number, ()| {
                let (own, others) = (&flags[number], &flags[1 - number]);
                for _ in 0..iterations {
                    if number == 0 {
                        others.set();
                    }
                    own.wait();
                    own.clear();
                    if number == 1 {
                        others.set();
                    }
                }
            });
            assert!(flags.iter().all(|flag| !flag.is_set()));
            elapsed
        }
    }
    Scenario::new("event/set-wake", "round", 1)
        .ours(rounds::<Event>)
        .rival("std", rounds::<StdFlag>)
        .rival("parking_lot", rounds::<ParkingLotFlag>)
        .rival("event-listener", rounds::<ListenerFlag>)
        .rival("rsevents", rounds::<ManualResetEvent>)
}

fn is_set() -> Scenario {
    fn looks<F: Flag>() -> impl FnMut(u64) -> Elapsed {
        let flag = F::new();
        flag.set();
        timed(move || {
            let set = (0..LOOKS).filter(|_| black_box(&flag).is_set()).count();
            assert_eq!(set as u64, LOOKS);
        })
    }
    Scenario::new("event/is-set", "look", LOOKS)
        .ours(looks::<Event>)
        .rival("std", looks::<StdFlag>)
        .rival("rsevents", looks::<ManualResetEvent>)
}

impl Flag for Event {
    fn new() -> Self {
        Self::new()
    }

    fn set(&self) {
        Event::set(self);
    }

    fn clear(&self) {
        Event::clear(self);
    }

    fn is_set(&self) -> bool {
        Event::is_set(self)
    }

    fn wait(&self) {
        Event::wait(self);
    }
}

/// What can be looked at without a lock.
#[derive(Default)]
struct State(AtomicBool);

impl State {
    fn set(&self) {
        // ORDERING: Release, pairs with the Acquire in `is_set`.
        self.0.store(true, Ordering::Release);
    }

    fn clear(&self) {
        // ORDERING: Relaxed, nothing is read on the strength of it.
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `set`.
        self.0.load(Ordering::Acquire)
    }
}

/// The lock only for those who wait.
struct StdFlag {
    state: State,
    lock: Mutex<()>,
    changed: Condvar,
}

impl StdFlag {
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flag for StdFlag {
    fn new() -> Self {
        Self {
            state: State::default(),
            lock: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    fn set(&self) {
        let guard = self.lock();
        self.state.set();
        drop(guard);
        self.changed.notify_all();
    }

    fn clear(&self) {
        self.state.clear();
    }

    fn is_set(&self) -> bool {
        self.state.is_set()
    }

    fn wait(&self) {
        if !self.is_set() {
            let guard = self.changed.wait_while(self.lock(), |()| !self.is_set());
            drop(guard.unwrap_or_else(PoisonError::into_inner));
        }
    }
}

struct ParkingLotFlag {
    state: State,
    lock: parking_lot::Mutex<()>,
    changed: parking_lot::Condvar,
}

impl Flag for ParkingLotFlag {
    fn new() -> Self {
        Self {
            state: State::default(),
            lock: parking_lot::Mutex::new(()),
            changed: parking_lot::Condvar::new(),
        }
    }

    fn set(&self) {
        let guard = self.lock.lock();
        self.state.set();
        self.changed.notify_all();
        drop(guard);
    }

    fn clear(&self) {
        self.state.clear();
    }

    fn is_set(&self) -> bool {
        self.state.is_set()
    }

    fn wait(&self) {
        if !self.is_set() {
            let mut guard = self.lock.lock();
            self.changed.wait_while(&mut guard, |()| !self.is_set());
        }
    }
}

/// As the documentation of event-listener builds it.
struct ListenerFlag {
    state: State,
    changed: event_listener::Event,
}

impl Flag for ListenerFlag {
    fn new() -> Self {
        Self {
            state: State::default(),
            changed: event_listener::Event::new(),
        }
    }

    fn set(&self) {
        self.state.set();
        self.changed.notify(usize::MAX);
    }

    fn clear(&self) {
        self.state.clear();
    }

    fn is_set(&self) -> bool {
        self.state.is_set()
    }

    fn wait(&self) {
        while !self.is_set() {
            event_listener::listener!(self.changed => listener);
            if self.is_set() {
                break;
            }
            listener.wait();
        }
    }
}

impl Flag for ManualResetEvent {
    fn new() -> Self {
        Self::new(EventState::Unset)
    }

    fn set(&self) {
        ManualResetEvent::set(self);
    }

    fn clear(&self) {
        self.reset();
    }

    fn is_set(&self) -> bool {
        self.wait0()
    }

    fn wait(&self) {
        rsevents::Awaitable::wait(self);
    }
}
