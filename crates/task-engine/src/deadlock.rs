//! Who waits for whom, and what is done about a wait that would never end.
//!
//! A worker that is about to sleep without a deadline until tasks end enters itself among the [`Sleepers`] and follows, under
//! their lock, what it waits for. If that can end, it sleeps. If not, nobody would ever wake it, and this is the last
//! moment at which somebody notices, because every other member of the circle sleeps already. Then
//!
//! 1. a sleeper in that circle that waits, among others, for a task of its own crew which nobody has taken, is told to run
//!    it: a wait for the *first* of several tasks or items, or for the end of a scope;
//! 2. if there is none, this wait fails with an exception of kind Deadlock, or, if it cannot fail (the end of a scope, a wait
//!    that would have to unwind while its thread unwinds already), another one of the circle does.
//!
//! That is repeated until the wait can end, or nothing is left to try.
//!
//! # What can end
//!
//! | | can end if |
//! |---|---|
//! | a done task | always |
//! | a running task | its thread is no sleeper, or a sleeper whose wait can end |
//! | a task that is put together from parts | all of them can |
//! | an unstarted task of a crew | one of its workers is no sleeper, or its wait can end, or it may start another worker |
//! | any other unstarted task | always: somebody outside may run it |
//! | a wait for one task | the task can |
//! | a wait for the first of several | one of them can |
//! | the end of a scope | all of its tasks can |
//! | an item of an eager map | as a task |
//!
//! What cannot be worked out from these rules, beginning with nothing, will never end, unless somebody from outside cancels
//! a task or interrupts a thread or a task. Waits with a deadline, for room in a bounded crew, of readers of lazy maps, of threads
//! that are no workers, for locks, events and queues are not followed: who waits so is no sleeper here, so all of it can end.
//! Nobody gets a Deadlock whose wait would have ended; circles that lead through such a wait are missed.
//!
//! # Invariants
//!
//! 1. A sleeper is entered before it sleeps. It leaves before its thread runs anything else (code of users, a task), and what
//!    ended its wait can be seen for as long as it is there: a done task stays done, and a token is taken afterwards.
//! 2. A sleeper is told once. From then on its wait counts as one that can end, since it will. It sees what it was told
//!    before it sleeps, or is woken.
//! 3. When nobody holds the lock, every sleeper's wait can end, but for circles in which nobody can claim or fail. So only
//!    who goes to sleep has to look, and who brings an unstarted task that somebody waits for to a crew: before it, somebody
//!    outside could run it. Who waits says so, in the task's state word, before it looks for the task's crew.
//!
//! # Lock order
//!
//! The sleepers' lock, then one of: a scope's, that of a set of completions (and under it a roster's), a roster's, a wait
//! queue's, that of an eager map's run (and under it a block's) or of its feed. None of their holders takes the sleepers'
//! lock.

mod circle;

use std::ptr;
use std::sync::Arc;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use pythreads_sync_primitives::sync::{Mutex, global};
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};
use pythreads_sync_primitives::wait_queue;
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};

use self::circle::Circle;
pub(crate) use self::circle::is_unstarted;
use crate::completions::Completions;
use crate::crew::{Crew, current, frames};
use crate::eager_map::Items;
use crate::interrupt;
use crate::node::{Header, Work};
use crate::scope::ScopeState;

/// What a worker waits for.
#[derive(Clone)]
pub(crate) enum Awaited {
    /// The end of this task.
    Task(Arc<dyn Work>),
    /// The end of the first of these.
    FirstOf(Arc<Completions>),
    /// The end of all tasks of a scope of this crew.
    ScopeEnd(Arc<ScopeState>, Arc<Crew>),
    /// The outcome of the item at this position.
    Item(Arc<dyn Items>, usize),
    /// The outcome of any item that is left.
    AnyItem(Arc<dyn Items>),
}

/// How a wait can say that it would never end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fails {
    ByReturning,
    /// Not while the thread is unwinding.
    ByUnwinding,
    Never,
}

/// What a sleeper is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Run one of the tasks you wait for.
    Claim,
    /// Your wait would never end.
    Fail,
}

/// The exception of a wait that would never end.
pub(crate) fn exception() -> Exception {
    Exception::of_kind(
        ExceptionKind::Deadlock,
        "the wait would never end: tasks wait for each other",
    )
}

/// A wait of the current thread, as far as it is followed.
pub(crate) struct Followed {
    fails: Fails,
    has_to_look: bool,
    sleeper: Option<Arc<Sleeper>>,
}

impl Followed {
    pub(crate) fn new(deadline: Deadline, fails: Fails) -> Self {
        Self {
            fails,
            has_to_look: deadline == Deadline::Never && current::is_worker(),
            sleeper: None,
        }
    }

    /// Whether the thread, which is about to sleep, has to [look](Self::look) first.
    pub(crate) fn has_to_look(&self) -> bool {
        self.has_to_look
    }

    /// Enters the thread among the sleepers and follows what it waits for. Takes locks.
    pub(crate) fn look(&mut self, awaited: impl FnOnce() -> Awaited) {
        if std::mem::take(&mut self.has_to_look) {
            self.sleeper = Sleeper::of_current_thread(awaited(), self.fails);
            if let Some(sleeper) = &self.sleeper {
                let mut sleepers = SLEEPERS.lock();
                if interrupt::is_interrupted_on_top() {
                    sleeper.note_interrupt();
                }
                sleepers.enter(sleeper);
            }
        }
    }

    /// Whether others see the thread among the sleepers.
    pub(crate) fn is_sleeper(&self) -> bool {
        self.sleeper.is_some()
    }

    /// Whether there is something to do instead of sleeping. Touches an atomic only.
    pub(crate) fn is_told(&self) -> bool {
        let told = self.sleeper.as_ref().and_then(|sleeper| sleeper.verdict());
        told.is_some()
    }

    /// What there is to do instead of sleeping; then the thread is no sleeper any more.
    pub(crate) fn take_verdict(&mut self) -> Option<Verdict> {
        let verdict = self.sleeper.as_ref()?.verdict()?;
        self.stop();
        Some(verdict)
    }

    /// The thread does something else now, before it looks again and sleeps.
    pub(crate) fn stop(&mut self) {
        if let Some(sleeper) = self.sleeper.take() {
            SLEEPERS.lock().leave(&sleeper);
            self.has_to_look = true;
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.stop();
    }
}

global! {
    static SLEEPERS: Mutex<Sleepers> = const { Mutex::new(Sleepers::new()) };
}

/// The workers that sleep, without a deadline, until tasks end.
struct Sleepers {
    all: Vec<Arc<Sleeper>>,
    /// How often a task has come to a crew while somebody waited for it.
    homecomings: u64,
}

impl Sleepers {
    const fn new() -> Self {
        Self {
            all: Vec::new(),
            homecomings: 0,
        }
    }

    /// Enters a sleeper, and sees to it that its wait can end.
    fn enter(&mut self, sleeper: &Arc<Sleeper>) {
        self.all.push(Arc::clone(sleeper));
        sleeper.sort(self.homecomings);
        self.look_for(self.all.len() - 1);
    }

    /// Sees to it that all waits can end, after a task has come to a crew.
    fn look_again(&mut self) {
        self.homecomings += 1;
        for sleeper in &self.all {
            sleeper.sort(self.homecomings);
        }
        (0..self.all.len()).for_each(|caller| self.look_for(caller));
    }

    /// Sees to it that this sleeper's wait can end.
    fn look_for(&self, caller: usize) {
        if Circle::is_out_of_question(&self.all, caller) {
            return;
        }
        while let Some((told, verdict)) = Circle::way_out(&self.all, caller) {
            self.all[told].tell(verdict);
        }
    }

    fn note_interrupts(&self, is_marked: impl Fn(&Sleeper) -> bool) {
        for sleeper in self.all.iter().filter(|sleeper| is_marked(sleeper)) {
            sleeper.note_interrupt();
        }
    }

    fn leave(&mut self, sleeper: &Arc<Sleeper>) {
        self.all.retain(|other| !Arc::ptr_eq(other, sleeper));
    }
}

/// A task that somebody waits for has come to a crew, whose workers, if all of them sleep, have to run it.
pub(crate) fn look_again() {
    SLEEPERS.lock().look_again();
}

/// Marks a running task by `mark`, and notes that who sleeps in its midst leaves the wait; `false` if it was not marked.
pub(crate) fn mark_task(number: usize, mark: impl FnOnce() -> bool) -> bool {
    let sleepers = SLEEPERS.lock();
    let marked = mark();
    if marked {
        sleepers.note_interrupts(|sleeper| sleeper.on_top == Some(number));
    }
    marked
}

/// Marks all that workers of a crew are in the middle of by `mark`, and notes which of them leave their waits.
pub(crate) fn mark_crew(crew: &Arc<Crew>, mark: impl FnOnce()) {
    let sleepers = SLEEPERS.lock();
    mark();
    sleepers
        .note_interrupts(|sleeper| sleeper.on_top.is_some() && Arc::ptr_eq(&sleeper.crew, crew));
}

/// A worker that sleeps, or is about to.
struct Sleeper {
    crew: Arc<Crew>,
    /// Whether it may run tasks of its crew: not so in an initializer.
    may_claim: bool,
    fails: bool,
    /// What it is in the middle of.
    runs: Vec<Runs>,
    awaited: Awaited,
    /// The thread, if an interrupt ends the wait.
    interruptible: Option<Arc<ThreadRecord>>,
    /// What is on top of its stack, if that can be interrupted: see [`interrupt`].
    on_top: Option<usize>,
    /// Whether it is.
    is_interrupted: AtomicBool,
    verdict: AtomicU8,
}

/// What a sleeper is in the middle of. The addresses are good for as long as it is.
pub(crate) struct Runs {
    what: Running,
    scope: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    Task { address: usize },
    Item { run: usize, position: usize },
}

impl Runs {
    pub(crate) fn task(header: &Header) -> Self {
        let address = ptr::from_ref(header).addr();
        Self::of(Running::Task { address }, header.scope())
    }

    /// An item of an eager map, whose run has this address.
    pub(crate) fn item(run: usize, position: usize, scope: Option<&Arc<ScopeState>>) -> Self {
        Self::of(Running::Item { run, position }, scope)
    }

    fn of(what: Running, scope: Option<&Arc<ScopeState>>) -> Self {
        let scope = scope.map(|scope| Arc::as_ptr(scope).addr());
        Self { what, scope }
    }
}

const TOLD_NOTHING: u8 = 0;
const CLAIM: u8 = 1;
const FAIL: u8 = 2;

impl Sleeper {
    /// `None` if the thread is no worker.
    fn of_current_thread(awaited: Awaited, fails: Fails) -> Option<Arc<Self>> {
        let mut runs = Vec::new();
        let crew = frames::current_worker(&mut runs)?;
        let record = thread_record::current();
        let is_interruptible =
            !matches!(awaited, Awaited::ScopeEnd(..)) && record.is_open_to_interrupts();
        Some(Arc::new(Self {
            crew,
            may_claim: current::is_in_task(),
            fails: match fails {
                Fails::ByReturning => true,
                Fails::ByUnwinding => !std::thread::panicking(),
                Fails::Never => false,
            },
            runs,
            awaited,
            interruptible: is_interruptible.then_some(record),
            on_top: interrupt::number_on_top(),
            is_interrupted: AtomicBool::new(false),
            verdict: AtomicU8::new(TOLD_NOTHING),
        }))
    }

    /// Sorts what it waits for by the homes that the tasks have by now.
    fn sort(&self, homecomings: u64) {
        if let Awaited::FirstOf(completions) = &self.awaited {
            completions.sort(homecomings);
        }
    }

    fn verdict(&self) -> Option<Verdict> {
        // ORDERING: Relaxed, what it says to do is protected by locks of its own; the teller wakes the sleeper afterwards.
        match self.verdict.load(Ordering::Relaxed) {
            CLAIM => Some(Verdict::Claim),
            FAIL => Some(Verdict::Fail),
            _ => None,
        }
    }

    /// Whether it leaves its wait, whatever becomes of what it waits for.
    fn leaves(&self) -> bool {
        self.verdict().is_some()
            || self
                .interruptible
                .as_ref()
                .is_some_and(|thread| thread.has_pending() || self.is_interrupted())
    }

    /// To be called under the sleepers' lock.
    fn note_interrupt(&self) {
        // ORDERING: Relaxed, the sleepers' lock orders it.
        self.is_interrupted.store(true, Ordering::Relaxed);
    }

    fn is_interrupted(&self) -> bool {
        // ORDERING: Relaxed, as above.
        self.is_interrupted.load(Ordering::Relaxed)
    }

    fn tell(&self, verdict: Verdict) {
        let number = match verdict {
            Verdict::Claim => CLAIM,
            Verdict::Fail => FAIL,
        };
        // ORDERING: Relaxed, as in `verdict`: the sleeper looks for it under the lock that is taken next.
        let write = || self.verdict.store(number, Ordering::Relaxed);
        match &self.awaited {
            Awaited::Task(work) => {
                write();
                wait_queue::wake_up_to(work.header().state.key(), usize::MAX);
            }
            Awaited::FirstOf(completions) => completions.tell(write),
            Awaited::ScopeEnd(scope, _) => scope.tell(write),
            Awaited::Item(items, position) => items.tell(Some(*position), &write),
            Awaited::AnyItem(items) => items.tell(None, &write),
        }
    }
}
