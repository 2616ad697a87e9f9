//! Who wants to hear of a task's end: callbacks, waits for several tasks, async wakers.
//!
//! # Invariants
//!
//! 1. A watcher is added under the list's lock while the task is not done, or not added at all. The thread that ends the
//!    task moves the state first and takes the list second. So each watcher is told exactly once.
//! 2. User code (callbacks, wakers) runs after the lock is released: sinks first, which run none, then wakers, callbacks
//!    last, in the order added.

use std::fmt;
use std::sync::Arc;
use std::task::Waker;

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::Mutex;

use crate::contain::contain;
use crate::state::State;
use crate::trace;

/// How a task ended. It never holds the result, which has one owner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Completion {
    /// It has a result.
    Finished,
    /// It panicked, returned an error, was refused or abandoned.
    Failed(Exception),
    /// It was cancelled before it ran.
    Cancelled,
}

impl Completion {
    pub(crate) fn of<T>(outcome: &Result<T, Exception>) -> Self {
        match outcome {
            Ok(_) => Self::Finished,
            Err(exception) => Self::Failed(exception.clone()),
        }
    }
}

/// Hears of the ends of several tasks.
pub trait Sink: Send + Sync {
    /// The task registered under `token` is done. Runs no user code and takes no lock but the sink's own.
    fn completed(&self, token: usize);
}

type Callback = Box<dyn FnOnce(&Completion) + Send>;

pub(crate) enum Watcher {
    Callback(Callback),
    Sink(Arc<dyn Sink>, usize),
    Waker(Waker),
}

/// The watchers of one task.
#[derive(Default)]
pub(crate) struct Watchers {
    list: Mutex<Vec<Watcher>>,
}

impl Watchers {
    /// Adds a watcher, or gives it back if the task is done.
    pub(crate) fn add(&self, state: &State, watcher: Watcher) -> Result<(), Watcher> {
        let mut list = self.list.lock();
        let is_in_time = match watcher {
            Watcher::Callback(_) => state.watch(),
            Watcher::Sink(..) | Watcher::Waker(_) => !state.phase().is_done(),
        };
        if !is_in_time {
            return Err(watcher);
        }
        list.push(watcher);
        Ok(())
    }

    /// Replaces this task's waker, or gives the new one back if the task is done.
    pub(crate) fn set_waker(&self, state: &State, waker: &Waker) -> bool {
        let new = waker.clone();
        let old = {
            let mut list = self.list.lock();
            if state.phase().is_done() {
                return false;
            }
            let slot = list
                .iter_mut()
                .find(|watcher| matches!(watcher, Watcher::Waker(_)));
            if let Some(slot) = slot {
                Some(std::mem::replace(slot, Watcher::Waker(new)))
            } else {
                list.push(Watcher::Waker(new));
                None
            }
        };
        drop(old);
        true
    }

    /// Forgets the sink `sink`, which no longer wants to hear.
    pub(crate) fn remove_sink(&self, sink: &Arc<dyn Sink>) {
        let removed: Vec<Watcher> = {
            let mut list = self.list.lock();
            let is_it = |watcher: &mut Watcher| matches!(watcher, Watcher::Sink(other, _) if Arc::ptr_eq(other, sink));
            list.extract_if(.., is_it).collect()
        };
        drop(removed);
    }

    /// Tells those who wait for several tasks, and returns the others, who run code of users. Only for the thread that ended
    /// the task, after it has moved the state.
    pub(crate) fn tell_sinks(&self) -> Vec<Watcher> {
        let mut list = std::mem::take(&mut *self.list.lock());
        list.retain(|watcher| {
            if let Watcher::Sink(sink, token) = watcher {
                sink.completed(*token);
            }
            !matches!(watcher, Watcher::Sink(..))
        });
        list
    }
}

/// Wakes the wakers, then runs the callbacks.
pub(crate) fn tell(watchers: Vec<Watcher>, completion: &Completion) {
    let mut callbacks = Vec::new();
    for watcher in watchers {
        match watcher {
            Watcher::Sink(sink, token) => sink.completed(token),
            Watcher::Waker(waker) => drop(contain(|| waker.wake())),
            Watcher::Callback(callback) => callbacks.push(callback),
        }
    }
    for callback in callbacks {
        call(callback, completion);
    }
}

/// Runs a done callback; its panic is logged and goes no further (F14).
pub(crate) fn call(callback: impl FnOnce(&Completion), completion: &Completion) {
    if let Err(exception) = contain(|| callback(completion)) {
        trace::callback_panicked(&exception);
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watchers(..)")
    }
}
