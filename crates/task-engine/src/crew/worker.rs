//! What a worker thread does.

use std::cell::Cell;
use std::sync::Arc;

use pythreads_sync_primitives::sync::MutexGuard;
use pythreads_sync_primitives::sync::atomic::Ordering;
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};
use pythreads_sync_primitives::wait_queue::{Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Exception, Spin, yield_once};

use super::local_queue::LocalQueue;
use super::roster::{Phase, Roster};
use super::{Crew, current, frames, source};
use crate::contain::contain;
use crate::node::Work;
use crate::trace;

/// The body of a worker. Never unwinds.
pub(super) fn run(crew: &Arc<Crew>) {
    let name = crew.settings.name();
    trace::worker_started(name);
    current::enter(crew.id);
    frames::run_as_worker(crew, || {
        let initialised = crew.settings.initializer().map_or(Ok(()), contain);
        match initialised {
            _ if current::is_lost() => {}
            Ok(()) => {
                let own = Arc::new(LocalQueue::new(crew.id, crew.settings.order()));
                frames::submitting_to(&own, || Worker::new(crew, &own).work());
                finalize(crew);
            }
            Err(exception) => crew.initializer_failed(&exception),
        }
    });
    trace::worker_stopped(name);
}

/// The current worker takes no more tasks, and submits to no queue of its own.
fn end_tasks() {
    current::end_tasks();
    frames::leave_own_queue();
}

/// The last thing that users have run in a worker. Whoever joins the crew waits for it, by the end of the thread.
fn finalize(crew: &Crew) {
    if current::is_lost() {
        return;
    }
    if let Some(finalizer) = crew.settings.finalizer() {
        drop(thread_record::current().cancel_raise());
        if let Err(exception) = contain(finalizer) {
            trace::finalizer_failed(crew.settings.name(), &exception);
        }
    }
}

/// For each task of this number a worker looks into the queues of others; for every second as long as it finds something there.
const OTHERS_EVERY: u32 = 32;

/// A worker, as the task sees it that it runs.
#[derive(Debug)]
pub struct Worker<'crew> {
    crew: &'crew Arc<Crew>,
    own: &'crew Arc<LocalQueue>,
    /// Of its thread.
    record: Arc<ThreadRecord>,
    /// Whether it looks into its own queue first when it looks for the next task.
    own_first: Cell<bool>,
    /// How many more tasks it takes before it looks into the queues of other workers, whatever else there is.
    until_others: Cell<u32>,
    /// With which of the local queues it begins then.
    others_from: Cell<usize>,
    /// Whether it is counted in `finishing`.
    is_finishing: Cell<bool>,
}

impl<'crew> Worker<'crew> {
    fn new(crew: &'crew Arc<Crew>, own: &'crew Arc<LocalQueue>) -> Self {
        Self {
            crew,
            own,
            record: thread_record::current(),
            own_first: Cell::new(false),
            until_others: Cell::new(OTHERS_EVERY),
            others_from: Cell::new(0),
            is_finishing: Cell::new(false),
        }
    }

    fn work(&self) {
        current::begin_tasks();
        let mut left = self.crew.settings.tasks_per_worker();
        let mut next = {
            let mut roster = self.crew.roster.lock();
            roster.local_queues.push(Arc::clone(self.own));
            self.take_task(roster)
        };
        while let Some(work) = next {
            let has_run = self.run_task(&*work);
            drop(work);
            if current::is_lost() {
                debug_assert!(!self.is_finishing.get(), "it was lost in code of users");
                break;
            }
            if has_run && let Some(left) = &mut left {
                *left -= 1;
                if *left == 0 {
                    end_tasks();
                    return self.make_room();
                }
            }
            next = self.next_task();
        }
        end_tasks();
    }

    /// Runs one task, unless it was taken elsewhere; what was raised in the thread for an earlier task does not hit it.
    fn run_task(&self, work: &dyn Work) -> bool {
        if self.record.has_pending() {
            drop(self.record.cancel_raise());
        }
        work.run_by(self)
    }

    /// The task is about to end: this worker will look for the next one. So who learns of the end and submits another
    /// task finds an idle worker, and wakes none of those that sleep.
    pub(crate) fn task_ends(&self) {
        // ORDERING: Relaxed, a worker that counts itself although nobody sleeps, or does not although somebody has just gone
        // to sleep, costs a look at the roster or a wake-up.
        if self.crew.is_awake.load(Ordering::Relaxed) {
            return;
        }
        self.is_finishing.set(true);
        // ORDERING: Relaxed, the Release that announces the end of the task orders it for those who learn of that.
        self.crew.finishing.fetch_add(1, Ordering::Relaxed);
    }

    /// The worker is about to run code of users after all: who counted on it must count on another one.
    pub(crate) fn user_code_follows(&self) {
        if !self.is_finishing.get() {
            return;
        }
        let next = {
            let mut roster = self.crew.roster.lock();
            self.stop_finishing();
            self.crew.provide(&mut roster)
        };
        self.crew.go_on(next);
    }

    /// Only under the roster's lock, so that nobody who counts on the worker finds it neither finishing nor looking.
    fn stop_finishing(&self) {
        if self.is_finishing.take() {
            // ORDERING: Relaxed, read under the roster's lock.
            self.crew.finishing.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The next task, after one has been run.
    fn next_task(&self) -> Option<Arc<dyn Work>> {
        let until_others = self.until_others.get();
        self.until_others.set(until_others.saturating_sub(1));
        if !self.is_finishing.get()
            && until_others > 0
            && let Some(work) = self.next_without_roster()
        {
            return Some(work);
        }
        let mut roster = self.crew.roster.lock();
        self.stop_finishing();
        roster.looking += 1;
        self.take_task(roster)
    }

    /// What comes next, for a worker that nobody counts on: a task fewer is nothing that the account need know.
    fn next_without_roster(&self) -> Option<Arc<dyn Work>> {
        let own_first = self.own_first.replace(!self.own_first.get());
        let first = if own_first { self.own.pop() } else { None };
        first
            .or_else(|| self.crew.inbox.pop())
            .or_else(|| if own_first { None } else { self.own.pop() })
    }

    /// What another worker has submitted, if it is time to look: that one may be asleep in the middle of a task, and there may
    /// always be something else.
    fn next_of_others(&self, roster: &Roster) -> Option<Arc<dyn Work>> {
        if self.until_others.get() > 0 {
            return None;
        }
        let found = roster.next_of_others(self.own, self.others_from.get());
        self.until_others
            .set(found.as_ref().map_or(OTHERS_EVERY, |_| 1));
        let (work, at) = found?;
        self.others_from.set(at + 1);
        Some(work)
    }

    /// The worker has run as many tasks as it may: another one takes its place.
    fn make_room(&self) {
        let (replace, shells) = {
            let mut roster = self.crew.roster.lock();
            self.stop_finishing();
            self.crew.unsettle();
            let shells = roster.retire(self.own);
            let replace = roster.is_open() || roster.queued() > 0;
            if replace {
                roster.looking += 1;
            } else {
                roster.alive -= 1;
            }
            (replace, shells)
        };
        drop(shells);
        if replace {
            // A refusal ends what nobody else would run.
            drop(self.crew.start_worker());
        }
        self.crew.worker_gone.notify_all();
    }

    /// Takes the next task for this worker, which is looking, or waits for one; `None` when the worker has to end.
    fn take_task(&self, mut roster: MutexGuard<'crew, Roster>) -> Option<Arc<dyn Work>> {
        let crew = self.crew;
        let mut has_lingered = false;
        loop {
            let own_first = self.own_first.replace(!self.own_first.get());
            let next = self
                .next_of_others(&roster)
                .or_else(|| roster.next_task(self.own, own_first))
                .or_else(|| {
                    crew.unsettle();
                    roster.next_task(self.own, own_first)
                });
            if next.is_some() {
                roster.looking -= 1;
                return next;
            }
            if !roster.is_open() || roster.idle_workers_end {
                roster.looking -= 1;
                return self.leave(roster);
            }
            if !has_lingered {
                has_lingered = true;
                roster = self.linger(roster);
                continue;
            }
            roster.looking -= 1;
            roster.sleeping += 1;
            // Who counts a sleeper as looking wakes one afterwards, under no lock. So whoever wakes first, by itself or not,
            // is the one that is counted on (invariant 1), and one that is woken after that sleeps on.
            let until = crew.settings.end_of_idleness();
            let mut is_late = false;
            while roster.woken == 0 && !is_late {
                let end;
                (roster, end) = crew
                    .work_there
                    .wait(roster, Wait::shielded(WaitKind::Idle, until));
                is_late = matches!(end, WaitEnd::TimedOut { .. });
            }
            if roster.woken == 0 {
                roster.sleeping -= 1;
                return self.leave(roster);
            }
            roster.woken -= 1;
            has_lingered = false;
            if roster.left_to_wake > 0 {
                roster.left_to_wake -= 1;
                drop(roster);
                _ = crew.work_there.notify_one();
                roster = crew.roster.lock();
            }
        }
    }

    /// Looks around for a moment, without the lock, after others have run that wait for this very CPU. All but one do so once.
    fn linger(&self, mut roster: MutexGuard<'crew, Roster>) -> MutexGuard<'crew, Roster> {
        let crew = self.crew;
        let is_first = roster.lingering == 0;
        roster.lingering += 1;
        crew.settle(&roster);
        drop(roster);
        yield_once();
        if is_first {
            let spin = Spin::new();
            while crew.inbox.seems_empty() && spin.pause() {}
        }
        let mut roster = crew.roster.lock();
        roster.lingering -= 1;
        roster
    }

    /// The worker, which is counted as alive only, has nothing to do any more.
    fn leave(&self, mut roster: MutexGuard<'crew, Roster>) -> Option<Arc<dyn Work>> {
        self.crew.unsettle();
        roster.alive -= 1;
        let shells = roster.retire(self.own);
        debug_assert!(shells.is_empty(), "the queue is empty");
        drop(roster);
        self.crew.worker_gone.notify_all();
        None
    }
}

impl Crew {
    /// Breaks the crew (P20): nothing that is queued will run, and nothing more is taken.
    fn initializer_failed(&self, exception: &Exception) {
        trace::initializer_failed(self.settings.name(), exception);
        let (stranded, sources, refusal) = {
            let mut roster = self.roster.lock();
            self.unsettle();
            if !matches!(roster.phase, Phase::Broken(_)) {
                roster.phase = Phase::Broken(exception.clone());
            }
            roster.looking -= 1;
            roster.alive -= 1;
            let refusal = roster.refusal(&self.settings);
            let (stranded, sources) = (roster.take_all(), roster.sources.all());
            self.wake_all(roster);
            (stranded, sources, refusal)
        };
        self.open_the_gate();
        let refusal = refusal.unwrap_or_else(|| exception.clone());
        source::tell_closed(sources, &refusal);
        for work in stranded {
            work.refuse(refusal.clone());
        }
        self.worker_gone.notify_all();
    }
}
