//! Two fences that make a pair: one for who passes often, which costs next to nothing where the system does the other's work for
//! both, and one for who passes rarely.
//!
//! If a thread stores and then loads with [`light`] between, and another one with [`heavy`] between, at least one of them sees
//! what the other one has stored, as with a sequentially consistent fence in both. Two that pass `light` are not ordered.
//!
//! # States
//!
//! | `IS_CHEAP` | `light` is                 | leaves by                                                     |
//! |------------|----------------------------|---------------------------------------------------------------|
//! | `false`    | a fence                    | the system's promise to do the fence in all threads           |
//! | `true`     | nothing that the CPU sees  | never                                                         |
//!
//! # Invariants
//!
//! 1. `IS_CHEAP` is set after the system has promised it, so from then on `heavy` is the system's fence in all threads.
//! 2. Before, every `light` is a fence of its own, which makes a pair with either.
//!
//! # Memory ordering
//!
//! `heavy` begins with a fence of its own, and then looks at `IS_CHEAP`. Who reads there later, in `light`, that it is set, acquires
//! that, and so what it loads next is no older than what was stored before that fence.
//!
//! A thread may pass `heavy` before the promise is there while a second one gets it and a third one already counts on it. That
//! takes a store that is seen by all others at once, which not every CPU has: the promise is asked for where it does.
//!
//! The method is that of Linux's `membarrier`, whose manual shows it; the promise costs some milliseconds if there are other threads
//! already, so it is asked for by who passes `heavy`, and by who has passed `light` a thousand times.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, compiler_fence, fence};

static IS_CHEAP: AtomicBool = AtomicBool::new(false);
/// How often `light` was a fence.
static PASSED: AtomicU32 = AtomicU32::new(0);

/// Who passes has stored, and loads next. For who does it often.
#[inline]
pub fn light() {
    // ORDERING: Acquire, see the memory ordering.
    if IS_CHEAP.load(Ordering::Acquire) {
        // ORDERING: SeqCst, pairs with the system's fence in `heavy`.
        compiler_fence(Ordering::SeqCst);
    } else {
        at_first();
    }
}

#[cold]
fn at_first() {
    const ENOUGH: u32 = 1_000;
    // ORDERING: SeqCst, pairs with the one in `heavy`.
    fence(Ordering::SeqCst);
    // ORDERING: Relaxed, a number that nothing else depends on.
    if PASSED.fetch_add(1, Ordering::Relaxed) == ENOUGH {
        ask_for_the_promise();
    }
}

/// Who passes has stored, and loads next. For who does it rarely: a system call where that makes the other one cheap.
///
/// `false` if the system has gone back on its promise: then nothing is ordered, and who passes must not rely on it.
#[must_use]
pub fn heavy() -> bool {
    // ORDERING: SeqCst, pairs with the one in `at_first`, which all pass as long as there is no promise.
    fence(Ordering::SeqCst);
    !ask_for_the_promise() || system::fence_all_threads()
}

/// Whether the system has given it.
fn ask_for_the_promise() -> bool {
    // ORDERING: Relaxed, who asks again gets the same answer.
    if !IS_CHEAP.load(Ordering::Relaxed) && system::promise() {
        // ORDERING: SeqCst, pairs with the Acquire in `light`; it is as seldom as that.
        IS_CHEAP.store(true, Ordering::SeqCst);
    }
    // ORDERING: SeqCst, after the fence in `heavy`; another thread may have got the promise.
    IS_CHEAP.load(Ordering::SeqCst)
}

#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
mod system {
    use rustix::thread::{MembarrierCommand, membarrier};

    /// From now on `fence_all_threads` is to be had.
    pub(super) fn promise() -> bool {
        membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
    }

    /// Each running thread of the process passes a fence before this returns, and each other one before it runs again.
    pub(super) fn fence_all_threads() -> bool {
        membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
)))]
mod system {
    pub(super) fn promise() -> bool {
        false
    }

    pub(super) fn fence_all_threads() -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
