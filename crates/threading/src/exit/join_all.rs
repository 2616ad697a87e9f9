//! Waiting for all threads that the program does not end without.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;

use pythreads_sync_primitives::wait_queue::{Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, thread_record};

use crate::registry;
use crate::thread::Thread;

/// After how long a waiting program says what it waits for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Joins threads until none is left but daemons and the caller, those included that are started meanwhile.
pub(super) fn join_all() {
    let mut report_at = Deadline::after(PATIENCE);
    while let Some(thread) = next() {
        registry::wait_for_a_leave(&thread, Wait::shielded(WaitKind::Thread, report_at));
        if registry::contains(&thread) {
            if report_at.has_passed() {
                report();
                report_at = Deadline::Never;
            }
            continue;
        }
        // It has left the registry: only its last instructions remain.
        let _ended = thread.join_shielded(Deadline::Never);
    }
}

fn next() -> Option<Thread> {
    let me = thread_record::current_ident();
    registry::find(|thread| !thread.daemon() && thread.ident() != me)
}

fn report() {
    let me = thread_record::current_ident();
    let threads = registry::enumerate();
    let awaited = threads
        .iter()
        .filter(|thread| thread.is_alive() && !thread.daemon() && thread.ident() != me);
    let mut text = String::from("the program ends when these threads have ended:\n");
    for thread in awaited {
        let _ = writeln!(text, "  {thread:?}");
    }
    // There is nobody to tell that it could not be told.
    let _ = io::stderr().write_all(text.as_bytes());
}
