//! How long the end of the program waits, and when it says for whom.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;

use super::STATE;
use super::join_all::is_awaited;
use crate::dump::ThreadReport;
use crate::registry;
use crate::stderr::say;

/// After how long a waiting program says what it waits for.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Until when a wait that is a part of the program's end may sleep, before it asks again; `None` when the time for all of
/// them is up. If they have taken long, it is said here whom they are for.
#[doc(hidden)]
pub fn patience_at_exit() -> Option<Deadline> {
    let (overdue, until) = {
        let mut state = STATE.lock();
        if state.deadline.has_passed() {
            return None;
        }
        let overdue = state.report_at.take_if(|at| *at <= Instant::now());
        let until = match (state.report_at, state.deadline) {
            (Some(at), Deadline::At(end)) => at.min(end).into(),
            (Some(at), _) => at.into(),
            (None, deadline) => deadline,
        };
        (overdue.is_some(), until)
    };
    if overdue {
        report("the program will end when these threads have ended");
    }
    Some(until)
}

pub(super) fn report(what: &str) {
    let mut text = format!("{what}:\n");
    let threads = registry::enumerate();
    let awaited = threads
        .iter()
        .filter(|thread| thread.is_alive() && is_awaited(thread));
    for thread in awaited {
        let _infallible = writeln!(text, "  {}", ThreadReport::of(thread));
    }
    say(&text);
}
