//! A block of neighbours: the inputs that nobody has started, and the results that nobody has fetched.
//!
//! # States
//!
//! | of an input | leaves by                                                         |
//! |-------------|-------------------------------------------------------------------|
//! | waiting     | a start (the first one waiting), or the end of all that wait      |
//! | started     | the store of its outcome                                          |
//! | ended       | the fetch of its outcome, which the reader does in order          |
//!
//! # Invariants
//!
//! 1. Inputs are started in their order, each by one thread, and each gets one outcome: from that thread, from who abandoned
//!    it, or from who ended it while it waited.
//! 2. Who stores the outcome that the reader waits for wakes it.
//! 3. Outcomes of a block that is not kept leave with who stores them: no outcome is in it afterwards.
//!
//! # Who may touch what
//!
//! All of `Contents` under `contents`. One lock serves the outcome of an input and the start of the next, so a thread that is
//! alone in a block pays one uncontended lock for each.
//!
//! # Lock order
//!
//! `contents` is a leaf. Inputs and outcomes are dropped, and the reader woken, after it is released.

use std::collections::VecDeque;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, Spin, check_interrupt};

use super::Outcome;
use super::feed::Feed;
use super::items::{Standing, Waited};
use crate::contain::drop_contained;
use crate::deadlock::{Awaited, Followed};

/// How many inputs a block has room for.
pub(super) const LENGTH: usize = 256;

pub(super) struct Block<I, R> {
    /// The position of its first input.
    pub(super) first: usize,
    contents: Mutex<Contents<I, R>>,
    /// Announces what is awaited of the outcomes that have not been fetched. Guarded by `contents`; signalled by who stores
    /// the last of it, to the one reader.
    is_there: Signal,
}

struct Contents<I, R> {
    /// Nobody has started them.
    waiting: VecDeque<I>,
    /// The place of the first of `waiting`.
    next: usize,
    /// Before it starts the input at this place, a runner makes room for tasks that were queued earlier.
    room_at: Option<usize>,
    /// Nobody has fetched them; the first one has the place `fetched`.
    outcomes: VecDeque<Option<Outcome<R>>>,
    fetched: usize,
    awaited: Option<Wanted>,
    /// How many outcomes are missing.
    missing: usize,
    /// One of the outcomes is a failure.
    has_failed: bool,
    fate: Fate,
}

/// What the reader waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// The first outcome that has not been fetched.
    First,
    /// All of the block; if one of them has failed, the first. So a reader that wants all is not woken for each.
    All,
}

/// What becomes of outcomes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They stay here until they are fetched.
    Kept,
    /// They go to the reader as they come.
    Fed,
    /// Nobody wants them.
    Dropped,
}

/// An outcome that does not stay in its block, and what becomes of it.
type Surplus<R> = Option<(Fate, Outcome<R>)>;

impl<I, R> Block<I, R> {
    pub(super) fn new(first: usize) -> Self {
        let contents = Contents {
            waiting: VecDeque::new(),
            next: 0,
            room_at: None,
            outcomes: VecDeque::new(),
            fetched: 0,
            awaited: None,
            missing: 0,
            has_failed: false,
            fate: Fate::Kept,
        };
        Self {
            first,
            contents: Mutex::new(contents),
            is_there: Signal::new(),
        }
    }

    /// Adds inputs that wait; if they come `after_others`, behind tasks that were queued before.
    pub(super) fn add(&self, inputs: impl Iterator<Item = I>, after_others: bool) {
        let mut contents = self.contents.lock();
        if after_others && contents.room_at.is_none() {
            contents.room_at = Some(contents.next + contents.waiting.len());
        }
        contents.waiting.extend(inputs);
        let length = contents.next + contents.waiting.len() - contents.fetched;
        contents.missing += length - contents.outcomes.len();
        contents.outcomes.resize_with(length, || None);
    }

    /// Adds inputs that will not be run. No others are added afterwards.
    pub(super) fn add_ended(&self, count: usize, exception: &Exception) {
        let failed = std::iter::repeat_with(|| Some(Err(exception.clone()))).take(count);
        let mut contents = self.contents.lock();
        contents.outcomes.extend(failed);
        contents.has_failed = true;
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.waiting() > 0
    }

    /// Whether an input has been started.
    pub(super) fn is_begun(&self) -> bool {
        self.contents.lock().next > 0
    }

    /// How many inputs wait.
    pub(super) fn waiting(&self) -> usize {
        self.contents.lock().waiting.len()
    }

    /// Where the input at `place` stands.
    pub(super) fn standing(&self, place: usize) -> Standing {
        let contents = self.contents.lock();
        if place >= contents.next {
            return Standing::Waiting;
        }
        let index = place.checked_sub(contents.fetched);
        let outcome = index.and_then(|index| contents.outcomes.get(index));
        match outcome {
            Some(None) => Standing::Started,
            Some(Some(_)) | None => Standing::Ended,
        }
    }

    /// Wakes the reader, after `tell` under the lock.
    pub(super) fn tell_reader(&self, tell: &dyn Fn()) {
        {
            let _contents = self.contents.lock();
            tell();
        }
        self.is_there.notify_one();
    }

    /// Whether inputs wait that are behind other tasks; asked once for each such place.
    pub(super) fn asks_for_room(&self) -> bool {
        let mut contents = self.contents.lock();
        let asks = contents.is_room_due();
        if asks {
            contents.room_at = None;
        }
        asks && !contents.waiting.is_empty()
    }

    /// Stores what came of the input at a place, if there was one, and starts the next; none that is behind other tasks, for
    /// who heeds that.
    pub(super) fn go_on(
        &self,
        ended: Option<(usize, Outcome<R>)>,
        feed: &Feed<R>,
        heeds_room: bool,
    ) -> Option<(usize, I)> {
        let mut contents = self.contents.lock();
        let surplus = ended.and_then(|(place, outcome)| contents.store(place, outcome));
        let wakes = contents.wakes();
        let stops = heeds_room && contents.is_room_due();
        let next = if stops { None } else { contents.start() };
        drop(contents);
        self.tell(wakes, surplus, feed);
        next
    }

    /// Starts the input at `place`, if it is the next one.
    pub(super) fn start_at(&self, place: usize) -> Option<I> {
        let mut contents = self.contents.lock();
        let is_next = contents.next == place;
        let started = is_next.then(|| contents.start()).flatten();
        started.map(|(_, input)| input)
    }

    /// Stores what came of the input at `place`.
    pub(super) fn store(&self, place: usize, outcome: Outcome<R>, feed: &Feed<R>) {
        let mut contents = self.contents.lock();
        let surplus = contents.store(place, outcome);
        let wakes = contents.wakes();
        drop(contents);
        self.tell(wakes, surplus, feed);
    }

    fn tell(&self, wakes: bool, surplus: Surplus<R>, feed: &Feed<R>) {
        if wakes {
            self.is_there.notify_one();
        }
        match surplus {
            None => {}
            Some((Fate::Fed, outcome)) => feed.push(outcome),
            Some((_, outcome)) => drop_contained(outcome),
        }
    }

    /// Ends all inputs that wait, and returns how many.
    pub(super) fn end_waiting(&self, exception: &Exception, feed: &Feed<R>) -> usize {
        let mut contents = self.contents.lock();
        let mut inputs = Vec::with_capacity(contents.waiting.len());
        let mut surplus = Vec::new();
        while let Some((place, input)) = contents.start() {
            inputs.push(input);
            surplus.extend(contents.store(place, Err(exception.clone())));
        }
        let wakes = contents.wakes();
        drop(contents);
        self.tell(wakes, None, feed);
        for outcome in surplus {
            self.tell(false, Some(outcome), feed);
        }
        let count = inputs.len();
        inputs.into_iter().for_each(drop_contained);
        count
    }

    /// Moves the outcomes that are there into `ready`, in order; `true` if all that the block has room for have been fetched.
    pub(super) fn fetch(&self, ready: &mut VecDeque<Outcome<R>>) -> bool {
        let mut contents = self.contents.lock();
        while let Some(Some(_)) = contents.outcomes.front() {
            let outcome = contents.outcomes.pop_front().flatten();
            contents.has_failed &= !matches!(outcome, Some(Err(_)));
            ready.extend(outcome);
            contents.fetched += 1;
        }
        contents.fetched == LENGTH
    }

    /// Outcomes do not stay here any more. Returns those that are there, for the caller to see to.
    pub(super) fn let_go(&self, fate: Fate) -> Vec<Outcome<R>> {
        let mut contents = self.contents.lock();
        contents.fate = fate;
        contents
            .outcomes
            .iter_mut()
            .filter_map(Option::take)
            .collect()
    }

    /// Waits for what is wanted, followed as a wait for what is `awaited`. An interruption point.
    pub(super) fn wait(
        &self,
        wanted: Wanted,
        deadline: Deadline,
        followed: &mut Followed,
        awaited: &dyn Fn() -> Awaited,
    ) -> Waited {
        let how = Wait::interruptible(WaitKind::Future, deadline);
        let spin = Spin::new();
        let mut contents = self.contents.lock();
        loop {
            if contents.has(wanted) {
                return Waited::IsThere;
            }
            if deadline.has_passed() {
                return Waited::TimedOut;
            }
            drop(contents);
            let looks_again = spin.pause();
            if !looks_again {
                followed.look(awaited);
                if let Some(verdict) = followed.take_verdict() {
                    return Waited::Told(verdict);
                }
            }
            contents = self.contents.lock();
            if looks_again || contents.has(wanted) || followed.is_told() {
                continue;
            }
            contents.awaited = Some(wanted);
            let end;
            (contents, end) = self.is_there.wait(contents, how);
            contents.awaited = None;
            if end == WaitEnd::Interrupted {
                drop(contents);
                followed.stop();
                check_interrupt();
                contents = self.contents.lock();
            }
        }
    }
}

impl<I, R> Contents<I, R> {
    fn is_room_due(&self) -> bool {
        self.room_at.is_some_and(|place| self.next >= place)
    }

    fn start(&mut self) -> Option<(usize, I)> {
        let input = self.waiting.pop_front()?;
        self.next += 1;
        Some((self.next - 1, input))
    }

    fn store(&mut self, place: usize, outcome: Outcome<R>) -> Surplus<R> {
        if self.fate != Fate::Kept {
            return Some((self.fate, outcome));
        }
        self.missing -= 1;
        self.has_failed |= outcome.is_err();
        if let Some(slot) = self.outcomes.get_mut(place - self.fetched) {
            *slot = Some(outcome);
        }
        None
    }

    fn has(&self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::All if self.missing == 0 => true,
            Wanted::All if !self.has_failed => false,
            Wanted::First | Wanted::All => matches!(self.outcomes.front(), Some(Some(_))),
        }
    }

    /// Whether the reader is to be woken; only one is told to.
    fn wakes(&mut self) -> bool {
        let wakes = self.awaited.is_some_and(|wanted| self.has(wanted));
        if wakes {
            self.awaited = None;
        }
        wakes
    }
}
