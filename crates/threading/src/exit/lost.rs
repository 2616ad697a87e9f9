//! Threads that will not go on: the one that ends the program, and those that would take away what it borrows.
//!
//! Nobody is to wait for such a thread. So its handle ends, and before that whatever the layers above have it in the middle
//! of: they leave a hook.
//!
//! A thread that only called `shutdown` does come back. It is not waited for all the same.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pythreads_sync_primitives::{Exception, ExceptionKind, shielded};

use super::STATE;
use crate::{current, registry};

/// Has `hook` called in each thread that is lost, before its handle ends. There is one hook: that of the pools.
#[doc(hidden)]
pub fn set_loss_hook(hook: fn()) {
    STATE.lock().loss_hook = Some(hook);
}

/// The current thread will not go on, since the thread that ends the program borrows from it.
#[doc(hidden)]
pub fn lose_current_thread() {
    shielded(|| lose("the thread lends something to one that ends the program"));
}

pub(super) fn lose(why: &str) {
    let hook = STATE.lock().loss_hook;
    if let Some(hook) = hook
        && let Err(payload) = catch_unwind(AssertUnwindSafe(hook))
    {
        drop(Exception::from_panic(payload));
    }
    let thread = current::thread();
    if thread != registry::main_thread() {
        thread.leave(|| Err(Exception::of_kind(ExceptionKind::Exit, why)));
    }
}
