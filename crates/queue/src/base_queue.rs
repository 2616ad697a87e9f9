//! The engine of all queues: everything but the order of the items, which is the storage's.
//!
//! # States
//!
//! | state       | put        | get                             | leaves by                                   |
//! |-------------|------------|---------------------------------|---------------------------------------------|
//! | `OPEN`      | waits / ok | waits / ok                      | `shutdown`, `shutdown_now`, last `Producer` |
//! | `SHUT_DOWN` | `ShutDown` | ok until empty, then `ShutDown` | never                                       |
//!
//! # Invariants
//!
//! 1. A putter goes to sleep only after it saw, under the lock, the state `OPEN` and no room; a getter only after it saw
//!    the state `OPEN` and no item; a joiner only after it saw unfinished tasks.
//! 2. Whoever ends such a condition tells the signal of those who wait for it, after the lock is released: one thread
//!    for each item or place, everybody when the state changes.
//! 3. A thread that was woken and finds that a newcomer was faster waits on: what woke it is in the newcomer's hands. A
//!    thread whose hook panics passes its wake-up on (`hook`). So nobody sleeps while there is an item or room for it.
//! 4. `len` and `maxsize` are what the storage and `set_maxsize` said last; `unfinished` is puts minus `task_done`s minus
//!    drained items, and never negative.
//!
//! # Who may touch what
//!
//! `state` belongs to who holds the lock. The gauges are written under it and read by anybody: who is about to sleep
//! looks at them for a moment, which costs the others nothing, before it takes the lock again.
//!
//! # Memory ordering
//!
//! The lock orders everything; what a putter did happens before the getter of its item returns.
//!
//! # Lock order
//!
//! `state`, then the lock of a wait queue. Under `state` no user code runs but the storage's hooks and the comparisons of
//! a priority queue (`Storage::RUNS_USER_CODE`); nothing is dropped, and no thread is woken but by a panicking hook.
//!
//! # Panics
//!
//! A panicking hook leaves counters and gauges as they were, releases the lock, and then drops the item it was given.

mod get;
mod get_many;
mod hook;
mod iter;
mod put;
mod put_many;
mod shutdown;
mod size;
mod tasks;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};

use parking_lot::{Mutex, MutexGuard};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Spin, check_interrupt};

use crate::gauge::Gauge;
use crate::producer::Producers;
use crate::storage::Storage;

use self::hook::HookRunner;
pub use self::iter::{Iter, TryIter};

/// What [`Queue`](crate::Queue), [`LifoQueue`](crate::LifoQueue) and [`PriorityQueue`](crate::PriorityQueue) have in
/// common: everything but the order of their items, which `S` decides.
///
/// # Blocking and timeouts
///
/// | | waits | never waits | at most so long | until then |
/// |---|---|---|---|---|
/// | put | [`put`](Self::put) | [`try_put`](Self::try_put) | [`put_timeout`](Self::put_timeout) | [`put_deadline`](Self::put_deadline) |
/// | get | [`get`](Self::get) | [`try_get`](Self::try_get) | [`get_timeout`](Self::get_timeout) | [`get_deadline`](Self::get_deadline) |
///
/// Clocks are monotonic; `Duration::MAX` means for ever. A wait is an interruption point.
///
/// # Fairness
///
/// Sleeping threads are woken first come, first served, one for each item or free place. A running thread may take the
/// item or the place ahead of the one that was woken, which then waits on within its deadline.
///
/// # Memory ordering
///
/// What a thread did before it put an item happens before the get that returns the item.
///
/// # Panics
///
/// If user code under the lock of the queue (the comparison of a priority queue's items, a hook of a user's [`Storage`])
/// panics, the panic reaches who called the queue, and the queue is as before the call. If such code calls its own queue,
/// that call panics instead of waiting for itself.
///
/// # Differences from Python
///
/// - Time limits cannot be negative, infinite or NaN.
/// - The order variants are storages of one type instead of subclasses; `mutex`, `not_empty`, `not_full`,
///   `all_tasks_done` and `queue` are private.
/// - Raising the bound wakes those who wait for room ([`set_maxsize`](Self::set_maxsize)).
/// - Equal items of a priority queue come out in the order they were put, and a failing comparison changes nothing.
/// - A call from inside the queue's own lock panics instead of hanging (Q16).
///
/// # Examples
///
/// ```
/// use pythreads_queue::Queue;
///
/// let queue = Queue::new();
/// queue.put("spam").unwrap();
/// assert_eq!(queue.len(), 1);
/// assert_eq!(queue.get(), Ok("spam"));
/// ```
// Laid out by hand: with the storages of this crate, what a put and a get write fills the first cache line, and what they
// only read the second. Two threads on two queues never meet in one line.
#[repr(C, align(64))]
pub struct BaseQueue<T, S> {
    state: Mutex<State<S>>,
    len: Gauge,
    /// Announces "an item was put" or "the queue was shut down" to getters. Guarded by `state`. Told by a put (one: an
    /// item serves one thread) and by a shutdown (all).
    not_empty: Signal,
    /// Announces "there is room" or "the queue was shut down" to putters. Guarded by `state`. Told by a get (one: it
    /// frees one place, and none if the bound was lowered meanwhile), by `set_maxsize` (as many as there is new room for)
    /// and by a shutdown (all).
    not_full: Signal,
    /// Announces "`unfinished` is zero" to joiners. Guarded by `state`. Told by a `task_done` or a drain that reaches zero
    /// (all: each may go).
    all_done: Signal,
    /// 0: no bound.
    maxsize: Gauge,
    /// [`OPEN`] or [`SHUT_DOWN`].
    phase: Gauge,
    pub(crate) producers: Producers,
    hook_runner: HookRunner,
    items: PhantomData<fn() -> T>,
}

const OPEN: usize = 0;
const SHUT_DOWN: usize = 1;

struct State<S> {
    storage: S,
    unfinished: usize,
}

impl<T, S> UnwindSafe for BaseQueue<T, S> {}
impl<T, S> RefUnwindSafe for BaseQueue<T, S> {}

impl<T, S> BaseQueue<T, S> {
    /// A queue around an empty storage.
    pub(crate) const fn from_empty(storage: S, maxsize: usize) -> Self {
        Self {
            state: Mutex::new(State {
                storage,
                unfinished: 0,
            }),
            len: Gauge::new(0),
            not_empty: Signal::new(),
            not_full: Signal::new(),
            all_done: Signal::new(),
            maxsize: Gauge::new(maxsize),
            phase: Gauge::new(OPEN),
            producers: Producers::new(),
            hook_runner: HookRunner::new(),
            items: PhantomData,
        }
    }

    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, State<S>> {
        match self.state.try_lock() {
            Some(state) => state,
            None => self.lock_held(),
        }
    }

    /// Somebody holds the lock: normally another thread, for a moment.
    #[cold]
    #[track_caller]
    fn lock_held(&self) -> MutexGuard<'_, State<S>> {
        assert!(
            !self.hook_runner.is_current_thread(),
            "a queue was called by the storage or the comparison that it is calling itself"
        );
        // Rather than make the holder wake it, it lets the holder get on: that keeps the queue in one CPU's cache for longer.
        let spin = Spin::new();
        while spin.pause() {
            if let Some(state) = self.state.try_lock() {
                return state;
            }
        }
        self.state.lock()
    }

    /// Sleeps until `signal` is told or `deadline` has passed; delivers an interrupt, with the lock released.
    fn sleep<'queue>(
        &'queue self,
        signal: &Signal,
        state: MutexGuard<'queue, State<S>>,
        deadline: Deadline,
    ) -> MutexGuard<'queue, State<S>> {
        let how = Wait::interruptible(WaitKind::Queue, deadline);
        let (state, end) = signal.wait(state, how);
        if end != WaitEnd::Interrupted {
            return state;
        }
        drop(state);
        check_interrupt();
        self.lock()
    }

    fn has_room(&self) -> bool {
        let maxsize = self.maxsize.get();
        maxsize == 0 || self.len.get() < maxsize
    }
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// A queue that keeps its items in `storage`, at most `maxsize` of them; 0 means without a bound.
    ///
    /// What `storage` holds already counts as put.
    pub fn with_storage(storage: S, maxsize: usize) -> Self {
        let len = storage.len();
        let mut queue = Self::from_empty(storage, maxsize);
        queue.len.set(len);
        queue.state.get_mut().unfinished = len;
        queue
    }

    /// Stores the item in `slot`; returns how many getters that may serve.
    fn store(&self, state: &mut State<S>, slot: &mut Option<T>) -> usize {
        let before = self.len.get();
        let in_hook = S::RUNS_USER_CODE.then(|| self.hook_runner.enter(&self.not_full));
        state.storage.put_from(slot);
        let len = state.storage.len();
        if let Some(in_hook) = in_hook {
            in_hook.leave();
        }
        self.len.set(len);
        // A user's storage may have started with any length.
        state.unfinished = state.unfinished.saturating_add(1);
        len.saturating_sub(before).max(1)
    }

    /// Takes the next item, and returns it with how many putters may be served now.
    fn take(&self, state: &mut State<S>) -> Option<(T, usize)> {
        let before = self.len.get();
        let in_hook = S::RUNS_USER_CODE.then(|| self.hook_runner.enter(&self.not_empty));
        let item = state.storage.get();
        let len = state.storage.len();
        if let Some(in_hook) = in_hook {
            in_hook.leave();
        }
        // A storage that has nothing to give is empty, whatever it says: else getters would not spin but run.
        let Some(item) = item else {
            self.len.set(0);
            return None;
        };
        self.len.set(len);
        let room = self.maxsize.get().saturating_sub(len);
        Some((item, before.saturating_sub(len).max(1).min(room)))
    }
}

impl<T, S: Storage<T> + Default> Default for BaseQueue<T, S> {
    fn default() -> Self {
        Self::with_storage(S::default(), 0)
    }
}

impl<T, S> fmt::Debug for BaseQueue<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaseQueue")
            .field("len", &self.len())
            .field("maxsize", &self.maxsize())
            .field("is_shutdown", &self.is_shutdown())
            .finish_non_exhaustive()
    }
}
