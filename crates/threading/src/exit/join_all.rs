//! Waiting for all threads that the program does not end without.

use pythreads_sync_primitives::thread_record;
use pythreads_sync_primitives::wait_queue::{Wait, WaitKind};

use super::patience::{patience_at_exit, report};
use crate::registry;
use crate::thread::Thread;

/// Joins threads until none is left but daemons and the caller, those included that are started meanwhile.
pub(super) fn join_all() {
    while let Some(thread) = registry::find(is_awaited) {
        let Some(until) = patience_at_exit() else {
            return report("the program ends without having waited for these threads");
        };
        registry::wait_for_a_leave(&thread, Wait::shielded(WaitKind::Thread, until));
        if !registry::contains(&thread) {
            // Only its last instructions remain.
            let _ended = thread.join_shielded(WaitKind::Thread);
        }
    }
}

pub(super) fn is_awaited(thread: &Thread) -> bool {
    !thread.daemon() && thread.ident() != thread_record::current_ident()
}
