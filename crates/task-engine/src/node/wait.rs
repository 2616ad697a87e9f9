//! Waiting for the end of one task.

use std::sync::Arc;

use pythreads_sync_primitives::wait_queue::{self, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, Spin, check_interrupt, yield_once};

use super::Work;
use crate::deadlock::{self, Awaited, Fails, Followed, Verdict};

/// Waits until the task is done; `false` if the deadline passed first. An interruption point.
///
/// A worker of the task's own crew that waits without a deadline runs the task itself, if nobody has taken it yet. So
/// tasks may wait for tasks of their own pool, at any depth and with any number of workers.
///
/// # Errors
///
/// Of kind Deadlock: the wait would never end. Not if the caller cannot take an error now.
pub(crate) fn wait(
    work: &dyn Work,
    deadline: Deadline,
    fails: Fails,
    shared: impl Fn() -> Arc<dyn Work>,
) -> Result<bool, Exception> {
    let header = work.header();
    if header.phase().is_done() {
        return Ok(true);
    }
    if deadline == Deadline::Never {
        work.help();
        if header.phase().is_done() {
            return Ok(true);
        }
    }
    sleep_until_done(work, deadline, fails, shared)
}

fn sleep_until_done(
    work: &dyn Work,
    deadline: Deadline,
    fails: Fails,
    shared: impl Fn() -> Arc<dyn Work>,
) -> Result<bool, Exception> {
    let header = work.header();
    // Who has to run the task may wait for this very CPU, and be quick.
    yield_once();
    let spin = Spin::new();
    let mut followed = Followed::new(deadline, fails);
    loop {
        if header.phase().is_done() {
            return Ok(true);
        }
        if deadline.has_passed() {
            return Ok(false);
        }
        if spin.pause() {
            continue;
        }
        if followed.has_to_look() && !header.state.announce_waiting() {
            return Ok(true);
        }
        followed.look(|| Awaited::Task(shared()));
        match followed.take_verdict() {
            Some(Verdict::Claim) => {
                work.help();
                continue;
            }
            Some(Verdict::Fail) => return Err(deadlock::exception()),
            None => {}
        }
        let end = wait_queue::wait(
            header.state.key(),
            Wait::interruptible(WaitKind::Future, deadline),
            || header.state.announce_waiting() && !followed.is_told(),
            || (),
        );
        if end == WaitEnd::Interrupted {
            followed.stop();
            check_interrupt();
        }
    }
}
