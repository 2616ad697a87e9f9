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
//! 1. `looking` counts the workers that are awake and have no task: just started, just woken, or between tasks;
//!    `sleeping` counts those in `work_there`'s queue that nobody has selected. A worker that is selected is moved from
//!    one to the other by its waker, under the lock.
//! 2. After each submit, every queued task has a worker that is looking, or no worker sleeps and the crew is complete.
//!    So no task stays queued beside an idle worker, or while another worker could be started.
//! 3. `alive` counts the workers from the moment somebody sets out to start them until they are about to end.
//!
//! # Who may touch what
//!
//! All of [`Roster`] under `roster`; settings never change.
//!
//! # Lock order
//!
//! Under `roster` only the state of a thread is looked at, whose lock is a leaf. Threads are started, tasks dropped,
//! cancelled and refused, and workers woken after it is released.

pub mod current;
mod exit;
mod settings;
mod worker;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, check_interrupt};
use pythreads_threading::{Thread, ThreadState};

use crate::node::{Work, run_on_this_stack};
use crate::scope::ScopeState;

use self::exit::AtExitGuard;
pub use self::settings::{AtProgramEnd, Settings};

/// A pool's worker threads and the tasks they have not taken yet.
pub struct Crew {
    id: usize,
    settings: Settings,
    roster: Mutex<Roster>,
    /// Announces a queued task, or that the phase changed. Guarded by `roster`. `submit` wakes one, since one task serves
    /// one worker; `close` and a failed initializer wake all.
    work_there: Signal,
    /// Announces that `alive` fell. Guarded by `roster`; signalled by a worker that ends, to all who join.
    worker_gone: Signal,
}

struct Roster {
    phase: Phase,
    queue: VecDeque<Arc<dyn Work>>,
    /// The length at which the queue is looked through for tasks that were taken elsewhere.
    sweep_at: usize,
    alive: usize,
    looking: usize,
    sleeping: usize,
    started: usize,
    threads: Vec<Thread>,
    at_exit: Option<AtExitGuard>,
}

enum Phase {
    Open,
    Closed,
    Broken(Exception),
}

/// A queue shorter than this is not worth sweeping.
const SWEEP_AT_LEAST: usize = 64;

impl Crew {
    /// A crew without workers; they are started as tasks come.
    pub fn new(settings: Settings) -> Arc<Self> {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: Relaxed, only the number itself must be unique.
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let roster = Roster {
            phase: Phase::Open,
            queue: VecDeque::new(),
            sweep_at: SWEEP_AT_LEAST,
            alive: 0,
            looking: 0,
            sleeping: 0,
            started: 0,
            threads: Vec::new(),
            at_exit: None,
        };
        Arc::new(Self {
            id,
            settings,
            roster: Mutex::new(roster),
            work_there: Signal::new(),
            worker_gone: Signal::new(),
        })
    }

    /// The crew's number, never 0.
    pub fn id(&self) -> usize {
        self.id
    }

    /// What it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether it takes no more tasks.
    pub fn is_closed(&self) -> bool {
        !matches!(self.roster.lock().phase, Phase::Open)
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
        while self.reserve_worker(&mut self.roster.lock()).is_some() {
            self.start_worker()
                .inspect_err(|exception| self.worker_not_started(exception))?;
        }
        Ok(())
    }

    /// Queues a task; a task that the crew cannot take is refused, which ends it.
    pub fn submit(self: &Arc<Self>, work: Arc<dyn Work>) {
        let next = {
            let mut roster = self.roster.lock();
            if let Some(exception) = roster.refusal(&self.settings) {
                Next::Refuse(work, exception)
            } else {
                let swept = roster.push(work);
                self.provide_for(roster, swept)
            }
        };
        match next {
            Next::Nothing => {}
            Next::Wake => drop(self.work_there.notify_one()),
            Next::Refuse(work, exception) => work.refuse(exception),
            Next::Start => {
                if let Err(exception) = self.start_worker() {
                    self.worker_not_started(&exception);
                }
            }
        }
    }

    /// Sees to it that invariant 2 holds after a task was queued.
    fn provide_for(&self, mut roster: MutexGuard<'_, Roster>, swept: Vec<Arc<dyn Work>>) -> Next {
        let next = if roster.queue.len() <= roster.looking {
            Next::Nothing
        } else if roster.sleeping > 0 {
            roster.sleeping -= 1;
            roster.looking += 1;
            Next::Wake
        } else {
            self.reserve_worker(&mut roster).unwrap_or(Next::Nothing)
        };
        drop(roster);
        drop(swept);
        next
    }

    /// Counts a worker that the caller is going to start; `None` if the crew is complete.
    fn reserve_worker(&self, roster: &mut Roster) -> Option<Next> {
        if roster.alive >= self.settings.max_workers() || !matches!(roster.phase, Phase::Open) {
            return None;
        }
        roster.alive += 1;
        roster.looking += 1;
        Some(Next::Start)
    }

    /// Starts a worker that has been reserved.
    fn start_worker(self: &Arc<Self>) -> Result<(), Exception> {
        self.register_at_exit();
        let number = {
            let mut roster = self.roster.lock();
            roster.started += 1;
            roster.started - 1
        };
        let crew = Arc::clone(self);
        let thread = Thread::builder()
            .name(&self.settings.worker_name(number))
            .daemon(self.settings.daemon())
            .target(move || worker::run(&crew));
        let ended: Vec<Thread> = {
            let mut roster = self.roster.lock();
            let has_ended = |thread: &mut Thread| thread.state() == ThreadState::Stopped;
            let ended = roster.threads.extract_if(.., has_ended).collect();
            roster.threads.push(thread.clone());
            ended
        };
        join_ended(ended);
        thread.try_start().map_err(|error| {
            self.roster.lock().threads.retain(|other| *other != thread);
            Exception::new(error)
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
            match &roster.at_exit {
                Some(_) => registered,
                None => std::mem::replace(&mut roster.at_exit, registered),
            }
        };
        drop(surplus);
    }

    /// The system refused a worker (P14): without any other worker nobody would ever run what is queued.
    fn worker_not_started(&self, exception: &Exception) {
        let stranded = {
            let mut roster = self.roster.lock();
            roster.alive -= 1;
            roster.looking -= 1;
            if roster.alive == 0 {
                std::mem::take(&mut roster.queue)
            } else {
                VecDeque::new()
            }
        };
        for work in stranded {
            work.refuse(exception.clone());
        }
        self.worker_gone.notify_all();
    }

    /// Takes no more tasks; what is queued is still run.
    pub fn close(&self) {
        let mut roster = self.roster.lock();
        if matches!(roster.phase, Phase::Open) {
            roster.phase = Phase::Closed;
        }
        self.wake_all(roster);
    }

    fn wake_all(&self, mut roster: MutexGuard<'_, Roster>) {
        roster.looking += std::mem::take(&mut roster.sleeping);
        drop(roster);
        self.work_there.notify_all();
    }

    /// Cancels what is queued, and returns how many tasks it cancelled.
    pub fn cancel_pending(&self) -> usize {
        let queue = std::mem::take(&mut self.roster.lock().queue);
        queue
            .into_iter()
            .filter(|work| !work.header().phase().is_done() && work.cancel())
            .count()
    }

    /// Cancels what is queued of one scope.
    pub(crate) fn cancel_of_scope(&self, scope: &Arc<ScopeState>) {
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

    fn take_of_scope(&self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let mut roster = self.roster.lock();
        let is_of_scope = |work: &Arc<dyn Work>| {
            work.header()
                .scope()
                .is_some_and(|other| Arc::ptr_eq(other, scope))
        };
        let place = roster.queue.iter().position(is_of_scope)?;
        roster.queue.remove(place)
    }

    /// Waits until all workers of a closed crew have ended; `false` if the deadline passed first. An interruption point.
    pub fn join(&self, deadline: Deadline) -> bool {
        let how = Wait::interruptible(WaitKind::Pool, deadline);
        loop {
            match self.join_once(how, 0) {
                WaitEnd::Interrupted => check_interrupt(),
                WaitEnd::TimedOut { .. } => return false,
                _ => break,
            }
        }
        self.join_threads();
        true
    }

    /// Waits until all workers of a closed crew have ended, whatever happens.
    pub fn join_shielded(&self) {
        let end = self.join_once(Wait::shielded(WaitKind::Pool, Deadline::Never), 0);
        debug_assert_eq!(
            end,
            WaitEnd::NotNeeded,
            "nothing but the workers' end ends this wait"
        );
        self.join_threads();
    }

    /// Waits until at most `but` workers are alive.
    fn join_once(&self, how: Wait, but: usize) -> WaitEnd {
        let mut roster = self.roster.lock();
        while roster.alive > but {
            let (again, end) = self.worker_gone.wait(roster, how);
            roster = again;
            if roster.alive > but && matches!(end, WaitEnd::Interrupted | WaitEnd::TimedOut { .. })
            {
                return end;
            }
        }
        WaitEnd::NotNeeded
    }

    /// Joins threads whose workers have ended: a wait for the system only.
    fn join_threads(&self) {
        let (threads, at_exit) = {
            let mut roster = self.roster.lock();
            (std::mem::take(&mut roster.threads), roster.at_exit.take())
        };
        drop(at_exit);
        join_ended(threads);
    }
}

/// Gives the system back what it keeps of threads whose workers have ended.
fn join_ended(threads: Vec<Thread>) {
    for thread in threads {
        // A worker never fails: its tasks' panics are their own.
        let _ended = pythreads_sync_primitives::shielded(|| thread.join());
    }
}

/// What is left to do after the lock was released.
enum Next {
    Nothing,
    Wake,
    Start,
    Refuse(Arc<dyn Work>, Exception),
}

impl Roster {
    fn refusal(&self, settings: &Settings) -> Option<Exception> {
        match &self.phase {
            Phase::Open => None,
            Phase::Broken(cause) => {
                let message = format!("the initializer of {} failed: {cause}", settings.name());
                Some(Exception::of_kind(ExceptionKind::BrokenPool, &message))
            }
            Phase::Closed => {
                let message = format!("{} has been shut down", settings.name());
                Some(Exception::of_kind(ExceptionKind::ShutDown, &message))
            }
        }
    }

    /// Queues a task, and returns shells of tasks that were claimed or cancelled elsewhere, to be dropped outside.
    fn push(&mut self, work: Arc<dyn Work>) -> Vec<Arc<dyn Work>> {
        let mut swept = Vec::new();
        if self.queue.len() >= self.sweep_at {
            let is_shell =
                |work: &Arc<dyn Work>| work.header().phase() != crate::state::Phase::Pending;
            for work in std::mem::take(&mut self.queue) {
                if is_shell(&work) {
                    swept.push(work);
                } else {
                    self.queue.push_back(work);
                }
            }
            self.sweep_at = SWEEP_AT_LEAST.max(2 * self.queue.len());
        }
        self.queue.push_back(work);
        swept
    }
}

impl fmt::Debug for Crew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roster = self.roster.lock();
        f.debug_struct("Crew")
            .field("name", &self.settings.name())
            .field("workers", &roster.alive)
            .field("queued", &roster.queue.len())
            .finish_non_exhaustive()
    }
}
