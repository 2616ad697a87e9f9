//! What runs at the end of the program.

use std::collections::BTreeMap;

use super::{Phase, STATE, handler};
use crate::error::AtExitError;

pub(super) type Callback = Box<dyn FnOnce() + Send>;

/// The callbacks that have not run, by the order of their registration.
pub(super) struct Callbacks {
    waiting: BTreeMap<u64, Callback>,
    next: u64,
}

impl Callbacks {
    pub(super) const fn new() -> Self {
        Self {
            waiting: BTreeMap::new(),
            next: 0,
        }
    }

    fn add(&mut self, callback: Callback) -> u64 {
        let number = self.next;
        self.next += 1;
        self.waiting.insert(number, callback);
        number
    }

    pub(super) fn take_last(&mut self) -> Option<Callback> {
        self.waiting.pop_last().map(|(_, callback)| callback)
    }
}

/// Registers `f` to be run at the end of the program, before threads are waited for: see [`shutdown`](super::shutdown).
///
/// The last one registered runs first. A panic in one stops nothing else, nor does [`exit`](crate::exit), which ends the
/// callback and leaves the exit code as it is. [`shutdown`](super::shutdown) in one returns at once.
///
/// It must not call `std::process::exit`: that unwinds nothing, so the callback and what called `shutdown` never go on, and
/// where `main` is not [wrapped](crate::main), it aborts the process, being called from within itself.
///
/// # Errors
///
/// If the end of the program has begun; the callback comes back.
///
/// # Differences from Python
///
/// It is the private `threading._register_atexit`, on which executors stand: it runs *before* threads are joined, so it
/// can tell them to end.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Event, register_atexit};
///
/// static STOP: Event = Event::new();
///
/// let at_exit = register_atexit(|| STOP.set()).expect("the program is not ending yet");
/// assert!(at_exit.unregister()); // not needed any more
/// ```
pub fn register_atexit<F>(f: F) -> Result<AtExit, AtExitError<F>>
where
    F: FnOnce() + Send + 'static,
{
    handler::register();
    let mut state = STATE.lock();
    if state.phase == Phase::Running {
        let number = state.callbacks.add(Box::new(f));
        Ok(AtExit { number })
    } else {
        drop(state);
        Err(AtExitError::new(f))
    }
}

/// A registered exit callback. Dropping it changes nothing: the callback stays registered.
#[derive(Debug)]
pub struct AtExit {
    number: u64,
}

impl AtExit {
    /// Takes the callback back, which is dropped; `false` if it has run, or runs at this moment.
    pub fn unregister(self) -> bool {
        let callback = STATE.lock().callbacks.waiting.remove(&self.number);
        // Its drop is user code: after the lock.
        callback.is_some()
    }
}
