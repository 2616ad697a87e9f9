//! The threads that are alive, and which of them is the current one.
//!
//! # Invariants
//!
//! 1. A thread of ours is in `THREADS` from before its OS thread exists until its locals have been destroyed; a refused
//!    one has left it before `start` returns. Any other thread is in it from its first `current_thread()` to its end.
//! 2. A thread's [`Place`] says where in `THREADS` it is, and is written under its lock only.
//! 3. Main is not in `THREADS` and counts always.
//!
//! # Lock order
//!
//! The registry's lock is a leaf: no other lock is taken and no user code runs under it. So `enumerate` may be called from
//! anywhere, destructors included (N6).

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::sync::OnceCell;
use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::thread_record;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd};
use slab::Slab;

use crate::current;
use crate::thread::Thread;

static THREADS: Mutex<Slab<Thread>> = Mutex::new(Slab::new());

/// Announces "a thread has left" to the end of the program. Guarded by `THREADS`; signalled by `remove`, to all.
static LEFT: Signal = Signal::new();

/// Where a thread is in the registry, if it is there.
pub(crate) struct Place {
    /// An index of `THREADS`, or `NOWHERE`.
    index: AtomicUsize,
}

const NOWHERE: usize = usize::MAX;

impl Default for Place {
    fn default() -> Self {
        Self {
            index: AtomicUsize::new(NOWHERE),
        }
    }
}

impl Place {
    fn get(&self) -> Option<usize> {
        // ORDERING: Relaxed, the registry's lock orders it (invariant 2).
        let index = self.index.load(Ordering::Relaxed);
        (index != NOWHERE).then_some(index)
    }

    fn set(&self, index: usize) {
        // ORDERING: Relaxed, as in `get`.
        self.index.store(index, Ordering::Relaxed);
    }
}

pub(crate) fn add(thread: Thread) {
    let mut threads = THREADS.lock();
    debug_assert!(
        thread.place().get().is_none(),
        "a thread is registered once"
    );
    let entry = threads.vacant_entry();
    thread.place().set(entry.key());
    entry.insert(thread);
}

pub(crate) fn remove(thread: &Thread) {
    let removed = {
        let mut threads = THREADS.lock();
        thread.place().get().map(|index| {
            thread.place().set(NOWHERE);
            threads.remove(index)
        })
    };
    LEFT.notify_all();
    // Perhaps the last handle, whose drop may run user code: after the lock.
    drop(removed);
}

/// Whether the current thread is main; needs no thread-local that has a destructor.
pub(crate) fn is_main() -> bool {
    thread_record::current_ident() == thread_record::main().ident()
}

pub(crate) fn find(wanted: impl Fn(&Thread) -> bool) -> Option<Thread> {
    let threads = THREADS.lock();
    let found = threads
        .iter()
        .map(|(_, thread)| thread)
        .find(|thread| wanted(thread));
    found.cloned()
}

pub(crate) fn contains(thread: &Thread) -> bool {
    let _threads = THREADS.lock();
    thread.place().get().is_some()
}

/// Sleeps, unless `thread` has left, until some thread leaves.
pub(crate) fn wait_for_a_leave(thread: &Thread, how: Wait) {
    let threads = THREADS.lock();
    if thread.place().get().is_some() {
        let (threads, _end): (_, WaitEnd) = LEFT.wait(threads, how);
        drop(threads);
    }
}

/// The handle of the thread that calls it.
///
/// # Differences from Python
///
/// A thread that something else has started (std, a C library) gets a handle on its first call, as in Python: a daemon,
/// named `Dummy-N`, that leaves [`enumerate`] when the thread ends. Other than in Python it can be joined.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Thread, current_thread};
///
/// let thread = Thread::builder().name("copier").target(|| {
///     assert_eq!(current_thread().name(), "copier");
/// });
/// thread.start();
/// thread.join().unwrap();
/// ```
#[doc(alias = "currentThread")]
pub fn current_thread() -> Thread {
    current::thread()
}

/// The handle of the thread that runs the program's `main`.
///
/// On Linux that is the thread whose number is the process's. Elsewhere it is known by the name that std gives it, `main`, so
/// a thread that somebody else started under this name is taken for it; that is not tested on other systems.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{main_thread, spawn};
///
/// let seen = spawn(main_thread).join().unwrap();
/// assert_eq!(seen, main_thread());
/// assert_eq!(seen.name(), "MainThread");
/// ```
pub fn main_thread() -> Thread {
    static MAIN: OnceCell<Thread> = OnceCell::new();
    MAIN.get_or_init(|| Thread::of_running(thread_record::main()))
        .clone()
}

/// All threads that are alive: main first, then in the order in which they were made.
///
/// Threads that were not started, or have ended, are absent; so are those that something else has started and that never
/// called [`current_thread`].
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Event, Thread, enumerate};
/// use std::sync::Arc;
///
/// let go = Arc::new(Event::new());
/// let thread = Thread::new({
///     let go = Arc::clone(&go);
///     move || go.wait()
/// });
/// thread.start();
/// assert!(enumerate().contains(&thread));
/// go.set();
/// thread.join().unwrap();
/// assert!(!enumerate().contains(&thread));
/// ```
pub fn enumerate() -> Vec<Thread> {
    let mut threads = vec![main_thread()];
    threads.extend(THREADS.lock().iter().map(|(_, thread)| thread.clone()));
    // Idents are given in the order in which threads are made.
    threads[1..].sort_unstable_by_key(Thread::ident);
    threads
}

/// How many threads [`enumerate`] would list.
#[doc(alias = "activeCount")]
pub fn active_count() -> usize {
    1 + THREADS.lock().len()
}

/// The number of the current thread in this process: never 0.
///
/// # Differences from Python
///
/// A number is never used again after its thread has ended.
pub fn get_ident() -> NonZeroU64 {
    thread_record::current_ident()
}

/// The system's number of the current thread; where the system has none, that of [`get_ident`].
pub fn get_native_id() -> u64 {
    let record = thread_record::current();
    record.native_id().unwrap_or_else(|| record.ident().get())
}
