//! The table of queues as the model checkers see it: a list of waiters per key, under a mutex of the checker's.
//!
//! It promises what `parking_lot_core` promises, and no more:
//!
//! - Each queue has a lock of its own, so operations on different keys order nothing between them.
//! - Callbacks run under that lock; `before_sleep` runs when the waiter is in the queue and the lock is free again.
//! - A selected waiter may return while its waker still holds the lock.
//! - A waiter whose time is over leaves by itself, under the lock of the queue in which it is by then, unless it was
//!   selected before.

#![expect(
    clippy::disallowed_types,
    reason = "these lists are the model's own: no model thread switches while it holds their mutex"
)]

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Choice, Key, Slept, Waiter, Woken};
use crate::deadline::Deadline;
use crate::sync::Mutex;
use crate::sync::model::{Condvar, clock, lazy_static};

lazy_static! {
    static ref TABLE: Table = Table::default();
}

#[derive(Default)]
struct Table {
    /// In the order in which they were first used: their addresses differ from one execution to the next.
    queues: std::sync::Mutex<Vec<(Key, Arc<Queue>)>>,
    /// Everybody who has slept with a deadline.
    timed: std::sync::Mutex<Vec<Arc<Sleeper>>>,
}

type Queue = Mutex<VecDeque<Arc<Sleeper>>>;

struct Sleeper {
    waiter: Waiter,
    /// Changes under the locks of the old and the new queue.
    queue: std::sync::Mutex<Key>,
    /// The word of the waker that selected it.
    word: Mutex<Option<usize>>,
    /// Announces "there is a word, or the clock has struck". Under `word`.
    woken: Condvar,
}

/// Makes what all threads share. A scenario calls it first, so that sharing it orders nothing.
pub fn begin() {
    drop(TABLE.queues.lock());
    clock::now();
}

/// Lets the time of all waits run out: the sleeping ones may end from now on, and later ones do not sleep long.
pub fn strike() {
    clock::strike();
    let sleepers = TABLE.timed.lock().expect(NOT_POISONED).clone();
    for sleeper in sleepers {
        let _word = sleeper.word.lock();
        sleeper.woken.notify_one();
    }
}

/// See [`lot`](super::lot).
pub(super) fn sleep(
    key: Key,
    waiter: &Waiter,
    deadline: Deadline,
    enter: impl FnOnce() -> bool,
    before_sleep: impl FnOnce(),
) -> Slept {
    let sleeper = Arc::new(Sleeper {
        waiter: waiter.clone(),
        queue: std::sync::Mutex::new(key),
        word: Mutex::new(None),
        woken: Condvar::new(),
    });
    let (_, queue) = queue_of(key);
    let mut waiters = queue.lock();
    if !enter() {
        return Slept::Refused;
    }
    waiters.push_back(Arc::clone(&sleeper));
    drop(waiters);
    before_sleep();
    let is_timed = deadline != Deadline::Never;
    if is_timed {
        let mut timed = TABLE.timed.lock().expect(NOT_POISONED);
        timed.push(Arc::clone(&sleeper));
    }
    match sleeper.sleep(is_timed) {
        Some(word) => Slept::Selected(word),
        None => sleeper.leave(),
    }
}

/// See [`wake`](super::wake).
pub(super) fn wake(
    key: Key,
    mut choose: impl FnMut(&Waiter) -> Choice,
    decided: impl FnOnce(Woken) -> usize,
) -> Woken {
    let (_, queue) = queue_of(key);
    let mut waiters = queue.lock();
    let mut selected = Vec::new();
    let mut at = 0;
    while let Some(sleeper) = waiters.get(at) {
        match choose(&sleeper.waiter) {
            Choice::Select => selected.extend(waiters.remove(at)),
            Choice::Skip => at += 1,
            Choice::Stop => break,
        }
    }
    let woken = Woken {
        selected: selected.len(),
        more: !waiters.is_empty(),
    };
    let word = decided(woken);
    for sleeper in selected {
        *sleeper.word.lock() = Some(word);
        sleeper.woken.notify_one();
    }
    woken
}

/// See [`move_waiters`](super::move_waiters).
pub(super) fn move_waiters(from: Key, to: Key, all: bool, prepare: impl FnOnce()) -> usize {
    let (source, target) = (queue_of(from), queue_of(to));
    let (mut source, mut target) = if source.0 < target.0 {
        let first = source.1.lock();
        (first, target.1.lock())
    } else {
        let first = target.1.lock();
        (source.1.lock(), first)
    };
    prepare();
    let count = if all {
        source.len()
    } else {
        source.len().min(1)
    };
    for sleeper in source.drain(..count) {
        *sleeper.queue.lock().expect(NOT_POISONED) = to;
        target.push_back(sleeper);
    }
    count
}

impl Sleeper {
    /// Sleeps until selected, and then returns the word, or until its time is over.
    fn sleep(&self, is_timed: bool) -> Option<usize> {
        let mut word = self.word.lock();
        while word.is_none() && !(is_timed && clock::has_struck()) {
            word = word.wait(&self.woken);
        }
        *word
    }

    /// Takes the thread, whose time is over, out of the queue, unless it was selected.
    fn leave(self: &Arc<Self>) -> Slept {
        loop {
            let key = *self.queue.lock().expect(NOT_POISONED);
            let (_, queue) = queue_of(key);
            let mut waiters = queue.lock();
            if key != *self.queue.lock().expect(NOT_POISONED) {
                continue;
            }
            if let Some(word) = *self.word.lock() {
                return Slept::Selected(word);
            }
            waiters.retain(|waiter| !Arc::ptr_eq(waiter, self));
            return Slept::TimedOut { ended_in: key };
        }
    }
}

/// The queue with this key, and its number, which gives two of them their order.
fn queue_of(key: Key) -> (usize, Arc<Queue>) {
    let mut queues = TABLE.queues.lock().expect(NOT_POISONED);
    let number = queues.iter().position(|(other, _)| *other == key);
    let number = number.unwrap_or_else(|| {
        queues.push((key, Arc::default()));
        queues.len() - 1
    });
    (number, Arc::clone(&queues[number].1))
}

const NOT_POISONED: &str = "a panic ends the execution";
