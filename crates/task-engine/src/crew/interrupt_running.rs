//! Interrupting all that the workers of a crew are in the middle of.

use std::ptr;
use std::sync::Arc;

use super::Crew;
use super::frames;
use super::local_queue::LocalQueue;
use crate::deadlock;

impl Crew {
    /// Raises an exception in the midst of all that the workers do, the caller's own task apart: see
    /// [`interrupt`](crate::interrupt). Returns how many workers were at work.
    pub fn interrupt_running(self: &Arc<Self>) -> usize {
        if cfg!(not(panic = "unwind")) {
            return 0;
        }
        let caller = frames::with_own_queue(|own| own.map(ptr::from_ref));
        let is_caller = |worker: &LocalQueue| caller.is_some_and(|own| ptr::eq(own, worker));
        let (mut workers, at_work) = {
            let roster = self.roster.lock();
            let idle = roster.sleeping + roster.looking;
            (
                roster.local_queues.clone(),
                roster.alive.saturating_sub(idle),
            )
        };
        let others = workers.len();
        workers.retain(|worker| !is_caller(worker));
        let callers = others - workers.len();
        deadlock::mark_crew(self, || {
            for worker in &workers {
                worker.begin_era();
            }
        });
        for worker in &workers {
            worker.wake_worker();
        }
        at_work.saturating_sub(callers)
    }
}
