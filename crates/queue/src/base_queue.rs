//! The engine of all queues: everything but the order of the items, which is the storage's.
//!
//! # States
//!
//! | state       | put        | get                             | leaves by                                   |
//! |-------------|------------|---------------------------------|---------------------------------------------|
//! | `OPEN`      | waits / ok | waits / ok                      | `shutdown`, `shutdown_now`, last `Producer` |
//! | `SHUT_DOWN` | `ShutDown` | ok until empty, then `ShutDown` | never                                       |
//!
//! # The two ends
//!
//! Items come in at the *tail* and go out at the *head*, each with a lock of its own. The storage is the tail's; the first getter
//! takes off it the end that is got from (`Storage::take_head`). From then on a putter and a getter meet only in the storage,
//! which orders what passes through it. What each end does it counts, in a counter that only it writes: `put_count` and
//! `got_count`. So the length is a difference, and a put need not know of the gets but in a queue that may be full.
//!
//! Most storages have one end (`Storage::HAS_TWO_ENDS`): a stack's and a heap's next item depends on the last put. They are got
//! from at the tail, under its lock; the head's lock is then taken by who sleeps or shuts down alone. Whoever finds the tail's
//! lock held waits *steadily*: it looks rarely, so that the holder takes it many times more before lock and storage move to
//! another CPU.
//!
//! # Invariants
//!
//! 1. The end that is got from is in the storage, or at the head. What was put under the tail's lock is found there by who
//!    gets later, as if both were under one lock.
//! 2. `put_count - got_count` is the length. Both only grow, so who holds the tail's lock finds the length no shorter than it is,
//!    and who holds the getters' no longer. An item is counted after it was stored, so it may have been got before: without
//!    the tail's lock the difference may be -1, which is 0. (For a storage with one end, `got_count` is what makes the
//!    difference what the storage says.)
//! 3. A thread goes to sleep only after it saw, under both locks, why: a putter the state `OPEN` and no room; a getter the
//!    state `OPEN` and no item; a joiner unfinished tasks. It is in the queue of the signal before it releases either.
//! 4. Whoever ends such a condition tells the signal of those who wait for it: one thread for each item or place, everybody
//!    when the state changes. A put changes it under the tail's lock, a get under the getters', so by 3 neither can miss a
//!    sleeper. It looks for one under the lock, and wakes it after that is released.
//! 5. A thread that was woken and finds that a newcomer was faster waits on: what woke it is in the newcomer's hands. A
//!    thread whose hook panics passes its wake-up on (`hook`). So nobody sleeps while there is an item or room for it.
//! 6. `done_count` is at most `put_count`, and the difference is the unfinished tasks: puts minus `task_done`s minus drained
//!    items.
//! 7. The state changes under both locks, or under the tail's by who is inside a hook: the storage has one end then. So a
//!    getter that finds no item and then the state `SHUT_DOWN` has missed no put: the shutdown came before it took its lock, or
//!    from its own hook, and every put before that.
//! 8. `got_news` is what `got_count` was a moment ago, at most 15 gets. Where the bound is small (`news_mask` is 0), it is the same to
//!    who holds the getters' lock, and stands for `got_count` with everybody else.
//!
//! # Who may touch what
//!
//! What is inside a lock belongs to who holds it. `put_count` is written under the tail's lock, `got_count` and `got_news` under
//! the getters', `maxsize` and `phase` under both (but see 7); anybody may read them. They lie apart from the ends: a look at
//! what another thread is writing costs it the cache line. So a getter that looks around takes its own lock and looks into the
//! storage, and not at the tail; a putter looks at `got_news` alone (8). `done_count` is changed without a lock, and who makes it
//! equal to `put_count` takes the tail's lock for a moment before it tells the joiners: by 3 they are in the queue then.
//!
//! # Memory ordering
//!
//! The locks order everything but what passes from one end of a storage to the other, which is the storage's, and
//! `done_count`, which is released by who is done and acquired by joiners. Who reads a gauge without its lock may see what it
//! was a moment ago: then a getter finds nothing or a putter no room, as if it had come earlier, and by 3 it does not sleep
//! on that.
//!
//! # Lock order
//!
//! The head's lock, the tail's, then that of a wait queue. Under them no user code runs but the storage's hooks and the
//! comparisons of a priority queue (`Storage::RUNS_USER_CODE`), which hold the tail's, and so are refused before they want
//! either; nothing is dropped but empty blocks, and no thread is woken but by a hook that panics or drops the last producer or
//! the last unfinished task.
//!
//! # Panics
//!
//! A panicking hook leaves counters and gauges as they were, releases the lock, and then drops the item that it has left in its
//! slot (`Storage::put_from`). By default that is none: a user's `put` takes the item, and drops it in the hook.

mod get;
mod get_many;
mod getter;
mod hook;
mod iter;
mod put;
mod put_many;
mod shutdown;
mod size;
mod tasks;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pythreads_sync_primitives::sync::atomic::AtomicUsize;
#[cfg(any(pythreads_loom, pythreads_shuttle))]
use pythreads_sync_primitives::sync::{Mutex as EndLock, MutexGuard as EndGuard};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};

#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
use crate::end_lock::{EndGuard, EndLock};
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
/// panics, the panic reaches who called the queue, and the item in question was neither put nor got. What the same call did
/// before stays done: see [`put_many`](Self::put_many), [`get_many`](Self::get_many), which then does not panic, and
/// [`shutdown_now`](Self::shutdown_now). If such code calls its own queue, that call panics instead of waiting for itself.
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
// Each end has cache lines of its own: a putter and a getter that run at the same time do not meet in one. What both read lies in
// a line that is seldom written.
pub struct BaseQueue<T, S> {
    tail: CacheLines<Tail<S>>,
    head: CacheLines<Head<S>>,
    common: CacheLines<Common>,
    tasks: CacheLines<Tasks>,
    items: PhantomData<fn() -> T>,
}

/// Where items come in.
#[repr(C)]
struct Tail<S> {
    state: EndLock<TailState<S>>,
    /// How many items were ever put.
    put_count: Gauge,
    hook_runner: HookRunner,
}

#[repr(C)]
struct TailState<S> {
    /// What `got_count` was when somebody last looked. It is never more than it is now.
    got_seen: usize,
    storage: S,
}

/// Where items go out.
struct Head<S> {
    state: EndLock<HeadState<S>>,
    /// How many items were ever got; `put_count` less the length, whatever the storage did.
    got_count: Gauge,
    /// What `got_count` was when it last had none of the bits of `news_mask` (invariant 8).
    got_news: CacheLines<Gauge>,
}

/// What both ends look at each time, and what changes rarely.
struct Common {
    /// 0: no bound.
    maxsize: Gauge,
    /// [`news_mask`] of `maxsize`.
    news_mask: Gauge,
    /// [`OPEN`] or [`SHUT_DOWN`].
    phase: Gauge,
    /// Announces "an item was put" or "the queue was shut down" to getters. Guarded by both locks. Told by a put (one:
    /// an item serves one thread) and by a shutdown (all).
    not_empty: Signal,
    /// Announces "there is room" or "the queue was shut down" to putters. Guarded by both locks. Told by a get (one:
    /// it frees one place, and none if the bound was lowered meanwhile), by `set_maxsize` (as many as there is new room
    /// for) and by a shutdown (all).
    not_full: Signal,
}

struct HeadState<S> {
    /// The end of the tail's storage that is got from, once something was got.
    storage: Option<S>,
}

/// Who has still to say `task_done`, and who waits for it.
struct Tasks {
    /// How many items are done: `put_count` less the unfinished tasks.
    done_count: AtomicUsize,
    /// Announces "all tasks are done" to joiners. Guarded by both locks. Told by a `task_done` or a drain that ends the
    /// last (all: each may go).
    all_done: Signal,
    producers: Producers,
}

#[repr(align(64))]
struct CacheLines<T>(T);

impl<T> Deref for CacheLines<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// How many gets a putter that looks around hears of together, less one: to look at what a getter writes each time delays it.
/// With little room it hears of each.
const fn news_mask(maxsize: usize) -> usize {
    match maxsize {
        1..64 => 0,
        _ => 15,
    }
}

const OPEN: usize = 0;
const SHUT_DOWN: usize = 1;

impl<T, S> UnwindSafe for BaseQueue<T, S> {}
impl<T, S> RefUnwindSafe for BaseQueue<T, S> {}

impl<T, S> BaseQueue<T, S> {
    /// A queue around an empty storage.
    pub(crate) const fn from_empty(storage: S, maxsize: usize) -> Self {
        Self::from_filled(storage, 0, maxsize)
    }

    /// A queue around a storage that holds so many items.
    const fn from_filled(storage: S, len: usize, maxsize: usize) -> Self {
        let got_count = 0_usize.wrapping_sub(len);
        // Beyond any count of puts, the tasks of a storage that claims to hold more are not counted.
        let tasks = if len > isize::MAX as usize {
            isize::MAX as usize
        } else {
            len
        };
        Self {
            tail: CacheLines(Tail {
                state: EndLock::new(TailState {
                    storage,
                    got_seen: got_count,
                }),
                put_count: Gauge::new(0),
                hook_runner: HookRunner::new(),
            }),
            head: CacheLines(Head {
                state: EndLock::new(HeadState { storage: None }),
                got_count: Gauge::new(got_count),
                got_news: CacheLines(Gauge::new(got_count)),
            }),
            common: CacheLines(Common {
                maxsize: Gauge::new(maxsize),
                news_mask: Gauge::new(news_mask(maxsize)),
                phase: Gauge::new(OPEN),
                not_empty: Signal::new(),
                not_full: Signal::new(),
            }),
            tasks: CacheLines(Tasks {
                done_count: AtomicUsize::new(0_usize.wrapping_sub(tasks)),
                all_done: Signal::new(),
                producers: Producers::new(),
            }),
            items: PhantomData,
        }
    }

    pub(crate) fn producers(&self) -> &Producers {
        &self.tasks.producers
    }

    #[track_caller]
    #[inline]
    fn lock_tail(&self) -> EndGuard<'_, TailState<S>> {
        self.refuse_reentry();
        self.tail.state.lock()
    }

    /// Who runs under the tail's lock would wait for itself.
    #[track_caller]
    #[inline]
    fn refuse_reentry(&self) {
        assert!(
            !self.tail.hook_runner.is_current_thread(),
            "a queue was called by the storage or the comparison that it is calling itself"
        );
    }

    #[inline]
    fn lock_head(&self) -> EndGuard<'_, HeadState<S>> {
        self.head.state.lock()
    }

    /// If `must_wait`, asked under both locks, sleeps until `signal` is told or `deadline` has passed; delivers an interrupt,
    /// with the locks released.
    #[track_caller]
    fn sleep_if(&self, must_wait: impl FnOnce() -> bool, signal: &Signal, deadline: Deadline) {
        let mut held = Some((self.lock_head(), self.lock_tail()));
        if !must_wait() {
            return;
        }
        let end = signal.sleep(&mut held, Wait::interruptible(WaitKind::Queue, deadline));
        drop(held);
        if end == WaitEnd::Interrupted {
            check_interrupt();
        }
    }

    fn has_room(&self) -> bool {
        let maxsize = self.maxsize();
        maxsize == 0 || self.len() < maxsize
    }
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// The tail's lock, to put or to get.
    #[track_caller]
    #[inline]
    fn lock_storage(&self) -> EndGuard<'_, TailState<S>> {
        if S::RUNS_USER_CODE {
            self.refuse_reentry();
        }
        // Both putters and getters want it, and who gets it finds the storage in the cache of who had it last. So it pays to
        // let one of them go on for a while.
        #[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
        if !S::HAS_TWO_ENDS {
            return self.tail.state.lock_steadily();
        }
        self.tail.state.lock()
    }

    /// A queue that keeps its items in `storage`, at most `maxsize` of them; 0 means without a bound.
    ///
    /// What `storage` holds already counts as put.
    pub fn with_storage(storage: S, maxsize: usize) -> Self {
        let len = storage.len();
        Self::from_filled(storage, len, maxsize)
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
