//! Waiting for the end of a crew.

use pythreads_sync_primitives::wait_queue::{Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt, shielded};

use super::Crew;
use super::thread::{Thread, get_ident};

impl Crew {
    /// Waits until all workers of a closed crew have ended; `false` if the deadline passed first. An interruption point.
    pub fn join(&self, deadline: Deadline) -> bool {
        let how = Wait::interruptible(WaitKind::Pool, deadline);
        loop {
            match self.wait_for_workers(how) {
                WaitEnd::Interrupted => check_interrupt(),
                WaitEnd::TimedOut { .. } => return false,
                _ => return self.join_threads(deadline),
            }
        }
    }

    /// Waits until all workers of a closed crew have ended, whatever happens.
    pub fn join_shielded(&self) {
        let end = self.wait_for_workers(Wait::shielded(WaitKind::Pool, Deadline::Never));
        debug_assert_eq!(
            end,
            WaitEnd::NotNeeded,
            "nothing but the workers' end ends this wait"
        );
        shielded(|| self.join_threads(Deadline::Never));
    }

    /// Waits until no worker is alive.
    pub(super) fn wait_for_workers(&self, how: Wait) -> WaitEnd {
        let mut roster = self.roster.lock();
        while roster.alive > 0 {
            let (again, end) = self.worker_gone.wait(roster, how);
            roster = again;
            if roster.alive > 0 && matches!(end, WaitEnd::Interrupted | WaitEnd::TimedOut { .. }) {
                return end;
            }
        }
        WaitEnd::NotNeeded
    }

    /// Joins threads whose workers have ended: what remains of them are the destructors of their thread-locals.
    fn join_threads(&self, deadline: Deadline) -> bool {
        let threads = self.roster.lock().threads.clone();
        if !threads.iter().all(|thread| join_ended(thread, deadline)) {
            return false;
        }
        // Only now, so that another one who joins waits as well.
        let joined = {
            let mut roster = self.roster.lock();
            (std::mem::take(&mut roster.threads), roster.at_exit.take())
        };
        drop(joined);
        true
    }
}

/// Gives the system back what it keeps of a thread whose worker has ended; `false` if the deadline passed first.
pub(super) fn join_ended(thread: &Thread, deadline: Deadline) -> bool {
    if thread.ident() == get_ident() {
        // It ends the program.
        return true;
    }
    if let Deadline::At(at) = deadline {
        return thread.join_deadline(at).is_ok();
    }
    // A worker never fails: its tasks' panics are their own.
    let _ended = thread.join();
    true
}
