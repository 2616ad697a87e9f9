//! Waiting for all threads that the program does not end without.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::wait_queue::{Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, thread_record};

use crate::dump::ThreadReport;
use crate::registry;
use crate::thread::Thread;

/// After how long a waiting program says what it waits for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Joins threads until none is left but daemons and the caller, those included that are started meanwhile.
pub(super) fn join_all(deadline: Deadline) {
    let mut report_at = Instant::now().checked_add(PATIENCE);
    while let Some(thread) = next() {
        if deadline.has_passed() {
            return report("the program ends without having waited for these threads");
        }
        if report_at.is_some_and(|at| at <= Instant::now()) {
            report_at = None;
            report("the program will end when these threads have ended");
        }
        let until = match (report_at, deadline) {
            (Some(at), Deadline::At(end)) => at.min(end).into(),
            (Some(at), _) => at.into(),
            (None, deadline) => deadline,
        };
        registry::wait_for_a_leave(&thread, Wait::shielded(WaitKind::Thread, until));
        if !registry::contains(&thread) {
            // Only its last instructions remain.
            let _ended = thread.join_shielded(Deadline::Never);
        }
    }
}

fn next() -> Option<Thread> {
    registry::find(is_awaited)
}

fn is_awaited(thread: &Thread) -> bool {
    !thread.daemon() && thread.ident() != thread_record::current_ident()
}

fn report(what: &str) {
    let mut text = format!("{what}:\n");
    let threads = registry::enumerate();
    let awaited = threads
        .iter()
        .filter(|thread| thread.is_alive() && is_awaited(thread));
    for thread in awaited {
        let _infallible = writeln!(text, "  {}", ThreadReport::of(thread));
    }
    // There is nobody to tell that it could not be told.
    let _ = io::stderr().write_all(text.as_bytes());
}
