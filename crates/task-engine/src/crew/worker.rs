//! What a worker thread does.

use std::sync::Arc;

use parking_lot::MutexGuard;
use pythreads_sync_primitives::wait_queue::{Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, thread_record};

use super::{Crew, Phase, Roster, current};
use crate::contain::contain;
use crate::node::Work;
use crate::trace;

/// The body of a worker. Never unwinds.
pub(super) fn run(crew: &Arc<Crew>) {
    let name = crew.settings.name();
    trace::worker_started(name);
    current::enter(crew.id);
    match crew.settings.initializer().map_or(Ok(()), contain) {
        Ok(()) => work(crew),
        Err(exception) => crew.initializer_failed(&exception),
    }
    trace::worker_stopped(name);
}

fn work(crew: &Arc<Crew>) {
    current::begin_tasks();
    let mut left = crew.settings.tasks_per_worker();
    let mut next = crew.first_task();
    while let Some(work) = next {
        let has_run = run_task(&*work);
        drop(work);
        if has_run && let Some(left) = &mut left {
            *left -= 1;
            if *left == 0 {
                current::end_tasks();
                return crew.replace_worker();
            }
        }
        next = crew.next_task();
    }
    current::end_tasks();
}

/// Runs one task, unless it was taken elsewhere; what was raised in the thread for an earlier task does not hit it.
fn run_task(work: &dyn Work) -> bool {
    drop(thread_record::current().cancel_raise());
    work.run()
}

impl Crew {
    /// The first task for a new worker, which was counted as looking when it was started.
    fn first_task(&self) -> Option<Arc<dyn Work>> {
        self.take_task(self.roster.lock())
    }

    /// The next task for a worker that has run one.
    fn next_task(&self) -> Option<Arc<dyn Work>> {
        let mut roster = self.roster.lock();
        roster.looking += 1;
        self.take_task(roster)
    }

    /// Takes the oldest task, or waits for one; `None` when the worker has to end.
    fn take_task<'crew>(
        &'crew self,
        mut roster: MutexGuard<'crew, Roster>,
    ) -> Option<Arc<dyn Work>> {
        loop {
            if let Some(work) = roster.queue.pop_front() {
                roster.looking -= 1;
                return Some(work);
            }
            if !matches!(roster.phase, Phase::Open) {
                roster.looking -= 1;
                roster.alive -= 1;
                drop(roster);
                self.worker_gone.notify_all();
                return None;
            }
            roster.looking -= 1;
            roster.sleeping += 1;
            // Who wakes this worker has moved it back from `sleeping` to `looking` (invariant 1).
            let end;
            (roster, end) = self
                .work_there
                .wait(roster, Wait::shielded(WaitKind::Idle, Deadline::Never));
            debug_assert!(
                matches!(end, WaitEnd::Selected(_)),
                "nothing else ends a worker's sleep"
            );
        }
    }

    /// The current worker has run as many tasks as it may: another one takes its place.
    fn replace_worker(self: &Arc<Self>) {
        let replace = {
            let mut roster = self.roster.lock();
            let replace = matches!(roster.phase, Phase::Open) || !roster.queue.is_empty();
            if replace {
                roster.looking += 1;
            } else {
                roster.alive -= 1;
            }
            replace
        };
        if replace && let Err(exception) = self.start_worker() {
            self.worker_not_started(&exception);
        }
        self.worker_gone.notify_all();
    }

    /// Breaks the crew (P20): nothing that is queued will run, and nothing more is taken.
    fn initializer_failed(&self, exception: &Exception) {
        trace::initializer_failed(self.settings.name(), exception);
        let (stranded, refusal) = {
            let mut roster = self.roster.lock();
            roster.phase = Phase::Broken(exception.clone());
            roster.looking -= 1;
            roster.alive -= 1;
            let refusal = roster.refusal(&self.settings);
            let stranded = std::mem::take(&mut roster.queue);
            self.wake_all(roster);
            (stranded, refusal)
        };
        for work in stranded {
            work.refuse(refusal.clone().unwrap_or_else(|| exception.clone()));
        }
        self.worker_gone.notify_all();
    }
}
