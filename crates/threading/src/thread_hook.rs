//! What runs in each new thread before its body.
//!
//! # Lock order
//!
//! `HOOKS` is a leaf. The hooks themselves, user code, run after it has been released.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_sync_primitives::Exception;

type Hook = Arc<dyn Fn() + Send + Sync>;

static HOOKS: Mutex<Hooks> = Mutex::new(Hooks {
    by_number: BTreeMap::new(),
    next: 0,
});

struct Hooks {
    by_number: BTreeMap<u64, Hook>,
    next: u64,
}

/// Runs `hook` in each thread that is started from now on, before its body; hooks run in the order in which they were added.
///
/// For profilers, and to set up what every thread needs. A hook that panics ends the thread as its body would, which then
/// does not run, nor do later hooks.
///
/// # Differences from Python
///
/// It is the seat of `threading.settrace` and `setprofile`. There is no tracing to install here, so the hook is called
/// once; threads that run already are left alone.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{add_thread_hook, spawn};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static STARTED: AtomicU32 = AtomicU32::new(0);
///
/// let hook = add_thread_hook(|| {
///     STARTED.fetch_add(1, Ordering::Relaxed);
/// });
/// spawn(|| ()).join().unwrap();
/// hook.remove();
/// spawn(|| ()).join().unwrap();
/// assert_eq!(STARTED.load(Ordering::Relaxed), 1);
/// ```
#[doc(alias = "settrace")]
#[doc(alias = "setprofile")]
pub fn add_thread_hook(hook: impl Fn() + Send + Sync + 'static) -> ThreadHook {
    let mut hooks = HOOKS.lock();
    let number = hooks.next;
    hooks.next += 1;
    hooks.by_number.insert(number, Arc::new(hook));
    ThreadHook { number }
}

/// A hook that was added. Dropping it changes nothing: the hook stays.
#[derive(Debug)]
pub struct ThreadHook {
    number: u64,
}

impl ThreadHook {
    /// Takes the hook back. A thread that is just starting may still run it.
    pub fn remove(self) {
        let removed = HOOKS.lock().by_number.remove(&self.number);
        // Its drop is user code: after the lock.
        drop(removed);
    }
}

/// In a new thread.
pub(crate) fn run_all() {
    let hooks: Vec<Hook> = HOOKS.lock().by_number.values().cloned().collect();
    let outcome = catch_unwind(AssertUnwindSafe(|| hooks.iter().for_each(|hook| hook())));
    for hook in hooks {
        // This may be its last user, and its drop is user code: what that panics with ends nobody's thread.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(hook)));
        drop(dropped.map_err(Exception::from_panic));
    }
    if let Err(payload) = outcome {
        resume_unwind(payload);
    }
}
