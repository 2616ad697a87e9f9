//! What the reader of a lazy map and its runners share: inputs that nobody has claimed, and results that nobody has
//! fetched.
//!
//! # States
//!
//! | of an input | leaves by                                                                                  |
//! |-------------|--------------------------------------------------------------------------------------------|
//! | waiting     | a claim (a runner, or the reader if it is a worker itself), a cancel, a refusal            |
//! | claimed     | the end of its batch, or the end of the program in its midst                               |
//! | ended       | the fetch of its result, or the drop of the map                                            |
//!
//! # Invariants
//!
//! 1. Inputs are claimed in their order, a batch at a time: `chunksize` of them, fewer only at the end of the input.
//! 2. Each input that is handed in gets one result, unless the map is dropped: from the batch that claimed it, from who
//!    abandoned that batch, or from who cancelled or refused it while it waited.
//! 3. `runners` counts the tasks of this map that are in the run queue or at work, `working` those of them that are in the
//!    midst of a batch. Whoever hands in a batch while every other runner has one to do submits one more, up to the number
//!    of workers. A runner ends only when it has seen, under the lock, that nothing waits. So no input that was handed in waits
//!    beside an idle worker, and while one waits there is a runner. The reader may keep back a few batches while more than
//!    twice as many wait, but not while it waits itself.
//! 4. Who stores the result that the reader sleeps for wakes it, once.
//!
//! # Who may touch what
//!
//! All of `Contents` under `contents`. The hints beside it are read without, by who is about to sleep, to end or to take an
//! input.
//!
//! # Lock order
//!
//! `contents` is taken alone. The function, and the destructors of inputs and results, run outside.

use std::collections::VecDeque;
use std::sync::Arc;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{IS_MODEL, Mutex, MutexGuard};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, Spin, check_interrupt};

use super::results::{Order, Results};
use super::runner::Runner;
use super::{Function, Outcome};
use crate::contain::drop_contained;
use crate::crew::Crew;
use crate::crew::source::Source;
use crate::node::{Work, cancelled};
use crate::state::Phase;

/// See the [module](self).
pub(super) struct Window<T, R> {
    pub(super) crew: Arc<Crew>,
    pub(super) f: Function<T, R>,
    pub(super) chunksize: usize,
    pub(super) contents: Mutex<Contents<T, R>>,
    /// Announces that the next result is there. Guarded by `contents`; signalled by who stores it, to the one reader.
    fetchable: Signal,
    /// How many results may be fetched, or more than that.
    fetchable_now: AtomicUsize,
    waiting: AtomicUsize,
    is_closed: AtomicBool,
}

pub(super) struct Contents<T, R> {
    waiting: VecDeque<T>,
    /// The number of the first of `waiting`, counted from the first input of all.
    next_claim: u64,
    pub(super) results: Results<R>,
    pub(super) runners: usize,
    pub(super) working: usize,
    /// Tasks that are, or were of late, in the run queue.
    tasks: Vec<Arc<dyn Work>>,
    /// Whether the reader sleeps for the next result.
    is_awaited: bool,
    /// Whether the reader, when it last looked, found no result and might not take more inputs.
    is_full: bool,
    refusal: Option<Exception>,
    pub(super) is_dropped: bool,
    /// How many batches may be on their way at once.
    limit: Limit,
}

/// How many batches may be on their way at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    Fixed(usize),
    /// Multiplied when workers are idle while the reader waits.
    Grows {
        now: usize,
        most: usize,
    },
}

impl Limit {
    /// The limit at this moment.
    pub(super) fn now(self) -> usize {
        match self {
            Self::Fixed(limit) | Self::Grows { now: limit, .. } => limit,
        }
    }

    fn grow(&mut self) {
        if let Self::Grows { now, most } = self {
            *now = now.saturating_mul(8).min(*most);
        }
    }
}

/// What came of handing in a batch.
pub(super) struct Standing {
    /// How many batches may be on their way at once.
    pub(super) limit: usize,
    /// Why the crew takes no more. The batch was not taken.
    pub(super) refusal: Option<Exception>,
}

impl<T, R> Window<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    pub(super) fn new(
        crew: Arc<Crew>,
        f: Function<T, R>,
        chunksize: usize,
        order: Order,
        limit: Limit,
    ) -> Arc<Self> {
        let contents = Contents {
            waiting: VecDeque::new(),
            next_claim: 0,
            results: Results::new(order),
            runners: 0,
            working: 0,
            tasks: Vec::new(),
            is_awaited: false,
            is_full: false,
            refusal: None,
            is_dropped: false,
            limit,
        };
        Arc::new(Self {
            crew,
            f,
            chunksize,
            contents: Mutex::new(contents),
            fetchable: Signal::new(),
            fetchable_now: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
        })
    }

    /// Hands in the first `whole` inputs of `batch`, which make batches, and moves results that are there to `ready`. `full`:
    /// the reader may not take more inputs, and will wait if there are none.
    pub(super) fn exchange(
        self: &Arc<Self>,
        batch: &mut Vec<T>,
        whole: usize,
        ready: &mut VecDeque<Outcome<R>>,
        full: bool,
    ) -> Standing {
        /// So many that the lock is held for a moment only.
        const AT_ONCE: usize = 64;
        let mut contents = self.contents.lock();
        let refusal = contents.refusal.clone();
        if refusal.is_none() && whole > 0 {
            contents.results.expect(whole);
            contents.waiting.extend(batch.drain(..whole));
        }
        if ready.is_empty() {
            contents.results.fetch(AT_ONCE, ready);
        }
        contents.is_full = full && ready.is_empty();
        let limit = contents.limit.now();
        let runner = contents.needs_runner(self);
        self.note_hints(&contents);
        drop(contents);
        if runner {
            self.crew.submit(self.new_runner());
        }
        Standing { limit, refusal }
    }

    /// A task for the run queue, which has been counted.
    pub(super) fn new_runner(self: &Arc<Self>) -> Arc<dyn Work> {
        let task = Runner::task(self);
        let shells: Vec<_> = {
            let tasks = &mut self.contents.lock().tasks;
            let shells = tasks.extract_if(.., |task| task.header().phase() != Phase::Pending);
            let shells = shells.collect();
            tasks.push(Arc::clone(&task));
            shells
        };
        drop(shells);
        task
    }

    /// Whether as many batches wait as keep the runners busy while the reader is away, as far as can be told without the lock.
    pub(super) fn is_stocked(&self) -> bool {
        const ENOUGH: usize = if IS_MODEL { 1 } else { 32 };
        // ORDERING: Relaxed, a hint.
        self.waiting.load(Ordering::Relaxed) >= ENOUGH.saturating_mul(self.chunksize)
    }

    /// Whether the crew takes no more, as far as can be told without the lock.
    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed, a hint; the refusal is read under the lock.
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Claims the next batch, into `inputs`; the number of its first input, or `None` if nothing waits.
    pub(super) fn claim(&self, contents: &mut Contents<T, R>, inputs: &mut Vec<T>) -> Option<u64> {
        let count = contents.waiting.len().min(self.chunksize);
        if count == 0 {
            return None;
        }
        inputs.extend(contents.waiting.drain(..count));
        let first = contents.next_claim;
        contents.next_claim += count as u64;
        self.note_hints(contents);
        Some(first)
    }

    /// Stores the results of a batch; `true` if the reader has to be woken. If the map was dropped they stay where they are.
    #[must_use = "the reader may be asleep"]
    pub(super) fn store(
        &self,
        contents: &mut Contents<T, R>,
        first: u64,
        outcomes: &mut Vec<Outcome<R>>,
    ) -> bool {
        if contents.is_dropped {
            return false;
        }
        for (place, outcome) in (first..).zip(outcomes.drain(..)) {
            contents.results.store(place, outcome);
        }
        self.note_hints(contents);
        contents.turns_to_reader()
    }

    /// To be called after `contents` was released.
    pub(super) fn wake_reader(&self) {
        self.fetchable.notify_one();
    }

    /// A runner that has nothing to do looks out for more for a moment.
    pub(super) fn linger(&self) {
        // ORDERING: Relaxed, as in `look_out_for`.
        look_out_for(|| self.waiting.load(Ordering::Relaxed) > 0);
    }

    /// A task of this map will not be run. Without any other, nobody would run what waits.
    pub(super) fn runner_lost(&self, exception: &Exception) {
        let mut contents = self.contents.lock();
        contents.runners -= 1;
        if contents.runners == 0 {
            self.fail_waiting(contents, exception);
        }
    }

    /// Ends all inputs that wait with `exception`, and returns how many that were.
    fn fail_waiting(
        &self,
        mut contents: MutexGuard<'_, Contents<T, R>>,
        exception: &Exception,
    ) -> usize {
        let inputs = std::mem::take(&mut contents.waiting);
        let (first, count) = (contents.next_claim, inputs.len());
        contents.next_claim += count as u64;
        let mut outcomes = vec_of_failures(count, exception);
        let wakes = self.store(&mut contents, first, &mut outcomes);
        self.note_hints(&contents);
        drop(contents);
        if wakes {
            self.wake_reader();
        }
        inputs.into_iter().for_each(drop_contained);
        count
    }

    /// Whether the reader, a worker of the crew, should run the next batch itself: the one it waits for, or, if it waits
    /// for any, one as long as nobody runs another.
    pub(super) fn claim_for_reader(&self, inputs: &mut Vec<T>) -> Option<u64> {
        let mut contents = self.contents.lock();
        let is_its_turn = match contents.results.awaited() {
            Some(place) => contents.next_claim == place,
            None => contents.working == 0,
        };
        if contents.results.has_next() || !is_its_turn {
            return None;
        }
        self.claim(&mut contents, inputs)
    }

    /// Sleeps until the next result is there; `false` if the deadline passed first. An interruption point.
    pub(super) fn wait(&self, deadline: Deadline) -> bool {
        /// With fewer it would soon be here again, and in the way of the runners.
        const PLENTY: usize = 16;
        // ORDERING: Relaxed, as in `look_out_for`.
        look_out_for(|| self.fetchable_now.load(Ordering::Relaxed) >= PLENTY);
        let how = Wait::interruptible(WaitKind::Future, deadline);
        let mut contents = self.contents.lock();
        loop {
            if contents.results.has_next() {
                contents.is_awaited = false;
                return true;
            }
            contents.is_awaited = true;
            let end;
            (contents, end) = self.fetchable.wait(contents, how);
            match end {
                WaitEnd::TimedOut { .. } if !contents.results.has_next() => {
                    contents.is_awaited = false;
                    return false;
                }
                WaitEnd::Interrupted => {
                    contents.is_awaited = false;
                    drop(contents);
                    check_interrupt();
                    contents = self.contents.lock();
                }
                _ => {}
            }
        }
    }
}

impl<T, R> Window<T, R> {
    /// Nobody will fetch anything any more. Never unwinds.
    pub(super) fn abandon_reading(&self) {
        let mut contents = self.contents.lock();
        contents.is_dropped = true;
        let inputs = std::mem::take(&mut contents.waiting);
        let results = contents.results.take_all();
        let tasks = std::mem::take(&mut contents.tasks);
        self.note_hints(&contents);
        drop(contents);
        cancel_all(tasks);
        inputs.into_iter().for_each(drop_contained);
        results.into_iter().for_each(drop_contained);
    }

    fn note_hints(&self, contents: &Contents<T, R>) {
        // ORDERING: Relaxed, see `linger` and `wait`.
        self.waiting
            .store(contents.waiting.len(), Ordering::Relaxed);
        // ORDERING: as above.
        self.fetchable_now
            .store(contents.results.fetchable(), Ordering::Relaxed);
    }
}

/// Returns when the hint says so, or after a moment. Who acts on a hint looks again under the lock.
fn look_out_for(hint: impl Fn() -> bool) {
    let spin = Spin::new();
    while !hint() {
        if !spin.pause() {
            return;
        }
    }
}

/// Those that are not in the run queue any more are not touched.
fn cancel_all(tasks: Vec<Arc<dyn Work>>) {
    for task in tasks {
        task.cancel();
    }
}

impl<T, R> Contents<T, R> {
    /// Counts another runner, if one is needed (invariant 3).
    pub(super) fn needs_runner(&mut self, window: &Window<T, R>) -> bool {
        let batches = self.waiting.len().div_ceil(window.chunksize);
        let needs = batches > self.runners - self.working
            && self.runners < window.crew.settings().max_workers();
        self.runners += usize::from(needs);
        needs
    }

    /// Whether anything waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A runner has nothing to do. If that is because the reader may not take more inputs, it may from now on.
    pub(super) fn runner_is_idle(&mut self) {
        if std::mem::take(&mut self.is_full) {
            self.limit.grow();
        }
    }

    /// Whether the reader sleeps for a result that is there now; it is woken once.
    fn turns_to_reader(&mut self) -> bool {
        let turns = self.is_awaited && self.results.has_next();
        self.is_awaited &= !turns;
        turns
    }
}

pub(super) fn vec_of_failures<R>(count: usize, exception: &Exception) -> Vec<Outcome<R>> {
    (0..count).map(|_| Err(exception.clone())).collect()
}

impl<T, R> Source for Window<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    fn crew_closed(&self, refusal: &Exception) {
        self.contents.lock().refusal.get_or_insert(refusal.clone());
        // ORDERING: Relaxed, see `is_closed`.
        self.is_closed.store(true, Ordering::Relaxed);
    }

    fn cancel_pending(&self) -> usize {
        let mut contents = self.contents.lock();
        let tasks = std::mem::take(&mut contents.tasks);
        let count = self.fail_waiting(contents, &cancelled());
        cancel_all(tasks);
        count
    }
}
