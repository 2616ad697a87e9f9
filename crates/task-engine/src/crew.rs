//! The worker threads of a pool and their run queue.
//!
//! # States
//!
//! | phase  | submit        | workers                                   | leaves by        |
//! |--------|---------------|-------------------------------------------|------------------|
//! | Open   | queued        | wait when there is nothing to do          | `close`, `break` |
//! | Closed | refused       | run what is queued, then end              | never            |
//! | Broken | refused       | end                                       | never            |
//!
//! # Invariants
//!
//! 1. `looking` counts the workers that are awake and have no task: being started, just woken, or between tasks;
//!    `sleeping` counts those in `work_there`'s queue that nobody is counting on. Who counts on one moves it from one to
//!    the other, under the lock, and wakes one afterwards. Until a worker has noticed, `woken` says so: the first that
//!    takes the lock again, woken or because its time ran out, is the one. Who counts on several wakes one, and leaves it to
//!    that one to wake the next: `left_to_wake` says how many. `finishing` counts workers that are about to look: between the end
//!    of a task and its announcement a worker counts itself, and if it finds that it has to run code of users first
//!    (callbacks, destructors) it takes that back. While the crew is awake nobody counts on anybody, so a worker neither
//!    counts itself nor takes its next task by the roster.
//! 2. After each submit, and after each worker that did not do what it was counted for, every queued task has a worker
//!    that is looking or finishing, or no worker sleeps and the crew is complete (or the system gives no more threads).
//!    So no task stays queued beside an idle worker, nor while another worker could be started; and who waits for each
//!    task before it submits the next is served by one worker (P5, without the flaw of P6).
//! 3. `alive` counts the workers from the moment somebody sets out to start them until they are about to end, or are lost:
//!    a worker that ends the program, or stays asleep because of that, is not counted any more. Should it come back
//!    nevertheless, it leaves all counts alone and ends.
//!
//! # Who may touch what
//!
//! All of `Roster` under `roster`; settings never change. `finishing` goes up without the lock and down under it.
//! `is_awake` and `is_settled` are written under it, the one read under the lock of the inbox and by workers that end a task, the
//! other under that of a local queue. The inbox and the local queues have locks of their own.
//!
//! # Order
//!
//! What comes from outside is begun in the order in which it comes, and so is what one worker submits. A worker takes from
//! the one and the other in turn, so that neither keeps the other waiting. What other workers have submitted it takes when there
//! is nothing else, and one task of theirs at least for every 32nd that it takes, or for every second as long as it finds any,
//! from one queue after the other. So what a worker has submitted that sleeps in the middle of a task, or runs a long one, is begun
//! though more and more comes from outside: the first of it before any other of n workers has taken 32 + 2n tasks.
//!
//! # Lingering
//!
//! A worker that finds nothing looks around before it sleeps, still counted as looking: who waits for each task before it
//! submits the next pays for no wake-up then, nor does who submits many and is overtaken. It looks at the inbox alone, so
//! meanwhile others submit to that past the roster, and by the roster, which puts it into the inbox, what would come into
//! their own queues. It lets others run once, as who submits next may wait for this very CPU; then one worker goes on for some
//! microseconds, and the others sleep, for they would take the CPU from who submits.
//!
//! # Lock order
//!
//! Under `roster` the state of a thread is looked at, and so are the inbox and local queues, whose locks are leaves. Threads are
//! started, tasks dropped, cancelled and refused, and workers woken after it is released.

mod admission;
pub mod current;
mod exit;
pub(crate) mod frames;
mod inbox;
mod interrupt_running;
mod join;
mod local_queue;
mod place;
mod roster;
mod run_queue;
mod settings;
pub(crate) mod source;
mod stats;
mod thread;
mod worker;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32 as ProcessWide; // also in models, whose executions pass

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{Mutex, MutexGuard};
use pythreads_sync_primitives::wait_queue::Signal;
use pythreads_sync_primitives::{Deadline, Exception, shielded};

use self::exit::AtExitGuard;
use self::inbox::Inbox;
use self::join::join_ended;
use self::local_queue::LocalQueue;
use self::place::Place;
use self::roster::{Phase, Roster};
pub use self::settings::{AtProgramEnd, Order, Settings};
pub use self::stats::PoolStats;
pub use self::thread::lose_current_thread;
use self::thread::{Thread, ThreadState, get_ident, set_loss_hook};
pub use self::worker::Worker;
use crate::interrupt::watch_waits;
use crate::node::{Work, run_on_this_stack};
use crate::scope::ScopeState;

/// A pool's worker threads and the tasks they have not taken yet.
pub struct Crew {
    id: u32,
    settings: Settings,
    /// The roster has it as well.
    inbox: Arc<Inbox>,
    roster: Mutex<Roster>,
    /// See invariant 1.
    finishing: AtomicUsize,
    /// The crew is open, complete, and nobody sleeps, so a submit needs nobody. May be false although it is so.
    is_awake: AtomicBool,
    /// The same, and nobody lingers: so nor does a worker's submit to its own queue, into which who lingers does not look.
    is_settled: AtomicBool,
    /// Announces a queued task, or that the phase changed. Guarded by `roster`. `submit` wakes one, since one task serves
    /// one worker; `close` and a failed initializer wake all.
    work_there: Signal,
    /// Announces that `alive` fell. Guarded by `roster`; signalled by a worker that ends, to all who join.
    worker_gone: Signal,
}

impl Crew {
    /// A crew without workers; they are started as tasks come.
    pub fn new(settings: Settings) -> Arc<Self> {
        static LAST: ProcessWide = ProcessWide::new(0);
        set_loss_hook(frames::abandon_all);
        watch_waits();
        // ORDERING: Relaxed, only the number itself must be unique.
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let inbox = Arc::new(Inbox::new(settings.order()));
        Arc::new(Self {
            id,
            roster: Mutex::new(Roster::new(Arc::clone(&inbox))),
            inbox,
            settings,
            finishing: AtomicUsize::new(0),
            is_awake: AtomicBool::new(false),
            is_settled: AtomicBool::new(false),
            work_there: Signal::new(),
            worker_gone: Signal::new(),
        })
    }

    /// The crew's number, never 0.
    #[inline]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it takes no more tasks.
    pub fn is_closed(&self) -> bool {
        !self.roster.lock().is_open()
    }

    /// Why the crew cannot take a task at this moment.
    pub fn refusal(&self) -> Option<Exception> {
        self.roster.lock().refusal(&self.settings)
    }

    /// Starts all workers now, instead of as tasks come.
    ///
    /// # Errors
    ///
    /// What the system said when it refused a thread; the workers that were started go on.
    pub fn start_all(self: &Arc<Self>) -> Result<(), Exception> {
        for _ in 0..self.settings.max_workers() {
            if !self.reserve_place(&mut self.roster.lock()) {
                break;
            }
            self.start_worker()?;
        }
        Ok(())
    }

    /// Queues a task; a task that the crew cannot take is refused, which ends it.
    pub fn submit(self: &Arc<Self>, work: Arc<dyn Work>) {
        match self.submit_past_roster(work) {
            Ok(shells) => drop(shells),
            Err(work) => self.submit_by_roster(work),
        }
    }

    /// A submit that the roster has no use for: a worker's goes to its own queue, any other one to the inbox. Gives the
    /// task back if it is none.
    fn submit_past_roster(&self, work: Arc<dyn Work>) -> Result<Vec<Arc<dyn Work>>, Arc<dyn Work>> {
        // ORDERING: Relaxed, the lock of the queue orders it (inbox, invariant 2, and local queue, 1).
        let is_awake = || self.is_awake.load(Ordering::Relaxed);
        let is_settled = || self.is_settled.load(Ordering::Relaxed);
        frames::with_own_queue(|own| match own {
            Some(own) if own.is_for(self.id) => own.push_if(is_settled, work),
            _ => self.inbox.push_if(is_awake, work),
        })
    }

    /// Takes a task out that a worker is about to run because it waits for it, if that is the one it submitted last.
    pub(crate) fn take_newest(work: &dyn Work) {
        let taken = frames::with_own_queue(|own| own.and_then(|own| own.take_newest(work)));
        drop(taken);
    }

    fn submit_by_roster(self: &Arc<Self>, work: Arc<dyn Work>) {
        self.queue_unless(work, |roster| !roster.is_open());
    }

    /// Queues a task that goes on with work the crew has taken before, so a closed crew takes it as well. Only for a worker,
    /// which is there to run what is queued.
    pub(crate) fn requeue(self: &Arc<Self>, work: Arc<dyn Work>) {
        self.queue_unless(work, |roster| matches!(roster.phase, Phase::Broken(_)));
    }

    fn queue_unless(self: &Arc<Self>, work: Arc<dyn Work>, refuses: impl FnOnce(&Roster) -> bool) {
        let mut roster = self.roster.lock();
        if refuses(&roster)
            && let Some(exception) = roster.refusal(&self.settings)
        {
            drop(roster);
            return work.refuse(exception);
        }
        let shells = self.inbox.push(work);
        let next = self.provide(&mut roster);
        self.settle(&roster);
        drop(roster);
        drop(shells);
        self.go_on(next);
    }

    /// Whether tasks wait for a worker.
    pub(crate) fn has_queued(&self) -> bool {
        self.roster.lock().queued() > 0
    }

    /// How many tasks have been given to the crew, other than by its workers' own submits and for eager maps.
    pub(crate) fn tasks_given(&self) -> usize {
        self.inbox.given()
    }

    /// Queues several tasks at once: the crew takes all of them, or refuses each. The workers they need wake one another.
    pub fn submit_all(self: &Arc<Self>, works: Vec<Arc<dyn Work>>) {
        let mut roster = self.roster.lock();
        if let Some(exception) = roster.refusal(&self.settings) {
            drop(roster);
            return works
                .into_iter()
                .for_each(|work| work.refuse(exception.clone()));
        }
        let mut shells = Vec::new();
        let (mut to_wake, mut to_start) = (0_usize, 0);
        for work in works {
            shells.append(&mut self.inbox.push(work));
            match self.provide(&mut roster) {
                Next::Nothing => {}
                Next::Wake => to_wake += 1,
                Next::Start => to_start += 1,
            }
        }
        roster.left_to_wake += to_wake.saturating_sub(1);
        drop(roster);
        drop(shells);
        if to_wake > 0 {
            self.work_there.notify_one();
        }
        (0..to_start).for_each(|_| self.go_on(Next::Start));
    }

    /// Finds somebody for a task that was queued, or that lost the worker it counted on (invariant 2).
    fn provide(&self, roster: &mut Roster) -> Next {
        if self.wake_for(roster) {
            Next::Wake
        } else if self.has_room(roster) && !self.is_provided_for(roster) {
            self.reserve_place(roster);
            Next::Start
        } else {
            Next::Nothing
        }
    }

    fn is_provided_for(&self, roster: &Roster) -> bool {
        // ORDERING: Relaxed, see `Worker::task_ends`; it falls under the lock only.
        let finishing = self.finishing.load(Ordering::Relaxed);
        roster.queued() <= roster.looking + finishing
    }

    /// Whether another worker may be started.
    fn has_room(&self, roster: &Roster) -> bool {
        roster.alive < self.settings.max_workers() && !matches!(roster.phase, Phase::Broken(_))
    }

    /// Notes who may submit past the roster: a task needs nobody, since nobody sleeps or could be started.
    fn settle(&self, roster: &Roster) {
        let is_awake = roster.is_open() && roster.sleeping == 0 && !self.has_room(roster);
        let is_settled = is_awake && roster.lingering == 0;
        // ORDERING: Relaxed, written under the roster; see `submit_past_roster`.
        self.is_awake.store(is_awake, Ordering::Relaxed);
        self.is_settled.store(is_settled, Ordering::Relaxed);
    }

    /// To be called under the roster before a worker lingers or sleeps, before `alive` falls and when the phase changes; what
    /// is there to do is looked at afterwards.
    fn unsettle(&self) {
        // ORDERING: Relaxed, as in `settle`.
        self.is_awake.store(false, Ordering::Relaxed);
        self.is_settled.store(false, Ordering::Relaxed);
    }

    /// Counts a sleeping worker as looking, if a task needs one; the caller wakes it.
    fn wake_for(&self, roster: &mut Roster) -> bool {
        let wakes = roster.sleeping > 0 && !self.is_provided_for(roster);
        if wakes {
            roster.sleeping -= 1;
            roster.looking += 1;
            roster.woken += 1;
        }
        wakes
    }

    /// Counts a worker that the caller is going to start, unless the crew is complete.
    fn reserve_place(&self, roster: &mut Roster) -> bool {
        let reserves = self.has_room(roster);
        if reserves {
            roster.alive += 1;
            roster.looking += 1;
        }
        reserves
    }

    /// Does what was decided under the lock.
    fn go_on(self: &Arc<Self>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Wake => _ = self.work_there.notify_one(),
            // A refusal ends what nobody else would run.
            Next::Start => drop(self.start_worker()),
        }
    }

    /// Starts a worker whose place has been reserved. If the system refuses, the place is given up.
    fn start_worker(self: &Arc<Self>) -> Result<(), Exception> {
        self.register_at_exit();
        let number = {
            let mut roster = self.roster.lock();
            roster.started += 1;
            roster.started - 1
        };
        let place = Place::new(self);
        let settled = place.settled();
        let thread = Thread::builder()
            .name(&self.settings.worker_name(number))
            .daemon(self.settings.daemon())
            .target(move || place.take());
        let ended: Vec<Thread> = {
            let mut roster = self.roster.lock();
            let ended = roster.threads.extract_if(.., has_ended).collect();
            roster.threads.push(thread.clone());
            ended
        };
        shielded(|| {
            for thread in &ended {
                join_ended(thread, Deadline::Never);
            }
        });
        thread.try_start().map_err(|error| {
            self.roster.lock().threads.retain(|other| *other != thread);
            let exception = Exception::new(error);
            if settled.settle() {
                self.worker_not_started(&exception);
            }
            exception
        })
    }

    /// Sees to it that the program's end waits for the workers, unless they are daemons.
    fn register_at_exit(self: &Arc<Self>) {
        if self.settings.daemon() || self.roster.lock().at_exit.is_some() {
            return;
        }
        let registered = AtExitGuard::register(self);
        let surplus = {
            let mut roster = self.roster.lock();
            roster.idle_workers_end |= registered.is_none();
            match &roster.at_exit {
                Some(_) => registered,
                None => std::mem::replace(&mut roster.at_exit, registered),
            }
        };
        drop(surplus);
    }

    /// A place is given up (P14): another worker must do what this one was counted for, and without any nobody would ever
    /// run what is queued.
    fn worker_not_started(&self, exception: &Exception) {
        let mut stranded = Vec::new();
        let wakes = {
            let mut roster = self.roster.lock();
            self.unsettle();
            roster.alive -= 1;
            roster.looking -= 1;
            if roster.alive == 0 {
                stranded = roster.take_all();
            }
            self.wake_for(&mut roster)
        };
        if wakes {
            self.work_there.notify_one();
        }
        for work in stranded {
            work.refuse(exception.clone());
        }
        self.worker_gone.notify_all();
    }

    /// The current thread, a worker, will not go on. What is queued is run by the others; without any it is cancelled, and
    /// later tasks start a worker.
    fn lose_worker(self: &Arc<Self>) {
        if !current::lose() {
            return;
        }
        let (shells, stranded, next) = {
            let mut roster = self.roster.lock();
            self.unsettle();
            roster.alive -= 1;
            if !current::is_in_task() {
                roster.looking -= 1;
            }
            let retire = |own: Option<&LocalQueue>| own.map(|own| roster.retire(own));
            let shells = frames::with_own_queue(retire);
            frames::leave_own_queue();
            if roster.alive == 0 {
                (shells, roster.take_all(), Next::Nothing)
            } else {
                (shells, Vec::new(), self.provide(&mut roster))
            }
        };
        drop(shells);
        cancel_all(&stranded);
        self.go_on(next);
        self.worker_gone.notify_all();
    }

    /// Takes no more tasks; what is queued is still run.
    pub fn close(&self) {
        let mut roster = self.roster.lock();
        self.unsettle();
        if roster.is_open() {
            roster.phase = Phase::Closed;
        }
        let refusal = roster.refusal(&self.settings);
        let sources = roster.sources.all();
        self.wake_all(roster);
        self.open_the_gate();
        if let Some(refusal) = refusal {
            source::tell_closed(sources, &refusal);
        }
    }

    fn wake_all(&self, mut roster: MutexGuard<'_, Roster>) {
        let sleeping = std::mem::take(&mut roster.sleeping);
        roster.looking += sleeping;
        roster.woken += sleeping;
        roster.left_to_wake = 0;
        drop(roster);
        self.work_there.notify_all();
    }

    /// Cancels what is queued, and returns how many tasks it cancelled.
    pub fn cancel_pending(&self) -> usize {
        let (queue, sources) = {
            let roster = self.roster.lock();
            (roster.take_all(), roster.sources.all())
        };
        source::cancel_pending(sources) + cancel_all(&queue)
    }

    /// Cancels what is queued of one scope.
    pub(crate) fn cancel_of_scope(&self, scope: &Arc<ScopeState>) {
        scope.cancel_sources();
        while let Some(work) = self.take_of_scope(scope) {
            work.cancel();
        }
    }

    /// A worker that waits for a whole scope of its own crew runs what nobody has taken yet.
    pub(crate) fn help_scope(&self, scope: &Arc<ScopeState>) {
        if !current::may_claim(self.id) {
            return;
        }
        while let Some(work) = self.take_of_scope(scope) {
            run_on_this_stack(&*work);
        }
    }

    /// Whether a task of the scope has not been taken.
    pub(crate) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        self.roster.lock().has_of_scope(scope)
    }

    /// Whether nobody takes a task as long as so many of the workers do not go on: there is no other one, and none will be
    /// started.
    pub(crate) fn depends_on(&self, workers: usize) -> bool {
        let alive = self.roster.lock().alive;
        alive <= workers && alive >= self.settings.max_workers()
    }

    /// Looks through all that is queued, unless the scope's tasks have all ended.
    fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        if scope.is_settled() {
            return None;
        }
        self.roster.lock().take_of_scope(scope)
    }
}

/// A thread that ends the program counts as ended while it still runs.
fn has_ended(thread: &mut Thread) -> bool {
    thread.state() == ThreadState::Stopped && thread.ident() != get_ident()
}

/// Returns how many it cancelled. All are, before code of users runs: that may wait for any of them.
fn cancel_all(queue: &[Arc<dyn Work>]) -> usize {
    let begun: Vec<_> = queue
        .iter()
        .filter_map(|work| Some((work, work.header().begin_cancel().ok()?)))
        .collect();
    let count = begun.len();
    for (work, begun) in begun {
        work.cancel_rest(begun);
    }
    count
}

/// What is left to do after the lock was released.
#[derive(Clone, Copy)]
#[must_use = "a worker has been counted on"]
enum Next {
    Nothing,
    Wake,
    Start,
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roster = self.roster.lock();
        f.debug_struct("Crew")
            .field("name", &self.settings.name())
            .field("workers", &roster.alive)
            .field("queued", &roster.queued())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
