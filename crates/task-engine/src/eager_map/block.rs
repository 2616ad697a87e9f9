//! A block of neighbours: the inputs that nobody has started, and the results that nobody has fetched.
//!
//! # Invariants
//!
//! 1. Inputs are started in their order, each by one thread, and each gets one outcome: from that thread, from who abandoned
//!    it, or from who ended it while it waited.
//! 2. Who enters the outcome that the reader waits for wakes it. An owner enters when it ends, or one of its items fails. So
//!    there is no owner while the reader sleeps for the first outcome alone, and none after an item has failed.
//! 3. Outcomes of a block that is not kept leave with who enters them: no outcome is in it afterwards. Nobody owns such a block.
//!
//! # Who may touch what
//!
//! `slots` says to whom each item belongs; all of `Notes` is under its lock. A thread that is alone in a block takes that
//! once. When it is not, one lock serves the outcome of an input and the start of the next.
//!
//! # Lock order
//!
//! The lock of `slots` is a leaf. Inputs and outcomes are dropped, and the reader woken, after it is released.

use std::collections::VecDeque;

use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, Spin, check_interrupt};

use super::Outcome;
pub(super) use super::account::LENGTH;
use super::feed::Feed;
use super::items::{Standing, Waited};
use super::slots::{self, Slots};
use crate::contain::drop_contained;
use crate::deadlock::{Awaited, Followed};

pub(super) struct Block<I, R> {
    /// The position of its first input.
    pub(super) first: usize,
    slots: Slots<I, R, Notes>,
    /// Announces what is awaited of the outcomes that have not been fetched. Guarded by the lock of `slots`; signalled by who
    /// enters the last of it, to the one reader.
    is_there: Signal,
}

pub(super) struct Notes {
    /// Before it starts the input at this place, a runner makes room for tasks that were queued earlier.
    room_at: Option<usize>,
    awaited: Option<Wanted>,
    fate: Fate,
}

type Locked<'block, I, R> = slots::Locked<'block, I, R, Notes>;

/// Where a thread is in a block.
pub(super) type Cursor<'block, I, R> = slots::Cursor<'block, I, R, Notes>;

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
    /// An empty one.
    pub(super) fn new(first: usize, capacity: usize) -> Self {
        let notes = Notes {
            room_at: None,
            awaited: None,
            fate: Fate::Kept,
        };
        Self {
            first,
            slots: Slots::new(capacity, notes),
            is_there: Signal::new(),
        }
    }

    /// The position of the input that comes after its last one.
    pub(super) fn end(&self) -> usize {
        self.first + self.slots.capacity()
    }

    /// Adds inputs that wait; if they come `after_others`, behind tasks that were queued before.
    pub(super) fn add(&self, inputs: impl Iterator<Item = I>, after_others: bool) {
        let mut slots = self.slots.lock();
        if after_others && slots.room_at.is_none() {
            slots.room_at = Some(slots.account().count());
        }
        slots.add(inputs);
    }

    /// Adds inputs that will not be run. No others are added afterwards.
    pub(super) fn add_ended(&self, count: usize, exception: &Exception) {
        let mut slots = self.slots.lock();
        for _ in 0..count {
            slots.add_failed(exception.clone());
        }
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.waiting() > 0
    }

    /// Whether an input has been started.
    pub(super) fn is_begun(&self) -> bool {
        self.slots.lock().account().waiting().start > 0
    }

    /// How many inputs wait.
    pub(super) fn waiting(&self) -> usize {
        self.slots.lock().account().waiting().len()
    }

    /// Where the input at `place` stands.
    pub(super) fn standing(&self, place: usize) -> Standing {
        let slots = self.slots.lock();
        let account = slots.account();
        if account.waiting().contains(&place) {
            Standing::Waiting
        } else if account.has_ended(place) {
            Standing::Ended
        } else {
            Standing::Started
        }
    }

    /// Wakes the reader, after `tell` under the lock.
    pub(super) fn tell_reader(&self, tell: &dyn Fn()) {
        {
            let _slots = self.slots.lock();
            tell();
        }
        self.is_there.notify_one();
    }

    /// Whether inputs wait that are behind other tasks; asked once for each such place.
    pub(super) fn asks_for_room(&self) -> bool {
        let mut slots = self.slots.lock();
        let asks = slots.is_room_due();
        if asks {
            slots.room_at = None;
        }
        asks && !slots.account().waiting().is_empty()
    }

    /// For a thread that comes here.
    pub(super) fn cursor(&self) -> Cursor<'_, I, R> {
        Cursor::new(&self.slots)
    }

    /// Starts the next input; none that is behind other tasks, for who heeds that, and none of an owner that is about to
    /// start it.
    #[inline]
    pub(super) fn next_input(
        &self,
        cursor: &Cursor<'_, I, R>,
        feed: &Feed<R>,
        heeds_room: bool,
    ) -> Option<I> {
        let input = cursor.next_input();
        input.or_else(|| self.next_input_under_lock(cursor, feed, heeds_room))
    }

    #[inline(never)]
    fn next_input_under_lock(
        &self,
        cursor: &Cursor<'_, I, R>,
        feed: &Feed<R>,
        heeds_room: bool,
    ) -> Option<I> {
        loop {
            let mut slots = self.slots.lock();
            let surplus = slots.settle_with(cursor);
            let wakes = slots.wakes();
            let is_owned = slots.account().is_owned();
            let end = slots.account().waiting().end;
            let next = if is_owned {
                None
            } else {
                slots.start_or_own(cursor, heeds_room)
            };
            drop(slots);
            self.tell(wakes, surplus, feed);
            if is_owned {
                if self.slots.owner_ends_soon(end) {
                    return None;
                }
                drop(self.slots.lock().revoke());
                continue;
            }
            return match next? {
                Next::Started(input) => Some(input),
                Next::Owned => match cursor.next_input() {
                    None => continue,
                    input => input,
                },
            };
        }
    }

    /// Starts the input at `place`, if it is the next one, and no owner is about to start it.
    pub(super) fn start_at(&self, cursor: &Cursor<'_, I, R>, place: usize) -> Option<I> {
        let mut slots = self.slots.lock();
        if slots.account().is_owned() {
            let waiting = slots.account().waiting();
            if waiting.start > place {
                return None;
            }
            drop(slots);
            if self.slots.owner_ends_soon(waiting.end) {
                return None;
            }
            slots = self.slots.lock().revoke();
        }
        let is_next = slots.account().waiting().start == place;
        is_next.then(|| slots.start(cursor)).flatten()
    }

    /// The thread goes away. It has stored what came of its last input.
    pub(super) fn leave(&self, cursor: &Cursor<'_, I, R>, feed: &Feed<R>) {
        let mut slots = self.slots.lock();
        let surplus = slots.settle_with(cursor);
        let wakes = slots.wakes();
        drop(slots);
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
        let mut slots = self.slots.lock().revoke();
        let inputs = slots.end_waiting(exception);
        let fate = slots.fate;
        let surplus = match fate {
            Fate::Kept => Vec::new(),
            Fate::Fed | Fate::Dropped => slots.take_ended(),
        };
        let wakes = slots.wakes();
        drop(slots);
        self.tell(wakes, None, feed);
        for outcome in surplus {
            self.tell(false, Some((fate, outcome)), feed);
        }
        let count = inputs.len();
        inputs.into_iter().for_each(drop_contained);
        count
    }

    /// Moves the outcomes that are there into `ready`, in order; `true` if all that the block has room for have been fetched.
    pub(super) fn fetch(&self, ready: &mut VecDeque<Outcome<R>>) -> bool {
        let mut slots = self.slots.lock();
        slots.fetch(ready);
        slots.account().fetched() == self.slots.capacity()
    }

    /// As [`fetch`](Self::fetch), up to the first failure.
    pub(super) fn fetch_results(&self, results: &mut Vec<R>) -> Result<bool, Exception> {
        let mut slots = self.slots.lock();
        let mut ready = VecDeque::new();
        if slots.has_failed() {
            slots.fetch(&mut ready);
        } else {
            slots.fetch_results(results);
        }
        let is_all = slots.account().fetched() == self.slots.capacity();
        drop(slots);
        for outcome in ready {
            results.push(outcome?);
        }
        Ok(is_all)
    }

    /// Outcomes do not stay here any more. Returns those that are there, for the caller to see to.
    pub(super) fn let_go(&self, fate: Fate) -> Vec<Outcome<R>> {
        let mut slots = self.slots.lock().revoke();
        slots.fate = fate;
        slots.take_ended()
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
        let mut slots = self.slots.lock();
        loop {
            if slots.has(wanted) {
                return Waited::IsThere;
            }
            if deadline.has_passed() {
                return Waited::TimedOut;
            }
            drop(slots);
            let looks_again = spin.pause();
            if !looks_again {
                followed.look(awaited);
                if let Some(verdict) = followed.take_verdict() {
                    return Waited::Told(verdict);
                }
            }
            slots = self.slots.lock();
            if looks_again || slots.has(wanted) {
                continue;
            }
            if let Wanted::First = wanted {
                slots = slots.revoke();
            }
            if slots.has(wanted) || followed.is_told() {
                continue;
            }
            slots.awaited = Some(wanted);
            let end;
            (slots, end) = slots.wait(&self.is_there, how);
            slots.awaited = None;
            if end == WaitEnd::Interrupted {
                drop(slots);
                followed.stop();
                check_interrupt();
                slots = self.slots.lock();
            }
        }
    }
}

/// What comes of asking for the next input.
enum Next<I> {
    Started(I),
    /// The cursor starts it by itself.
    Owned,
}

impl<I, R> Locked<'_, I, R> {
    fn is_room_due(&self) -> bool {
        let next = self.account().waiting().start;
        self.room_at.is_some_and(|place| next >= place)
    }

    /// Nobody owns the block.
    fn start_or_own(&mut self, cursor: &Cursor<'_, I, R>, heeds_room: bool) -> Option<Next<I>> {
        let room_at = self.room_at.filter(|_| heeds_room);
        if !cursor.has_claimed() {
            if heeds_room && self.is_room_due() {
                return None;
            }
            let end = self.account().waiting().end;
            let until = room_at.map_or(end, |place| end.min(place));
            if self.may_be_owned() && self.own(cursor, until) {
                return Some(Next::Owned);
            }
        }
        self.start(cursor).map(Next::Started)
    }

    /// Whether nobody has to learn of the ends of items one by one.
    fn may_be_owned(&self) -> bool {
        let awaits_one = matches!(self.awaited, Some(Wanted::First));
        self.fate == Fate::Kept && !self.has_failed() && !awaits_one
    }

    /// Enters what the cursor has stored.
    fn settle_with(&mut self, cursor: &Cursor<'_, I, R>) -> Surplus<R> {
        let place = self.settle(cursor)?;
        let fate = self.fate;
        if fate == Fate::Kept {
            return None;
        }
        let outcome = self.take(place);
        outcome.map(|outcome| (fate, outcome))
    }

    fn has(&self, wanted: Wanted) -> bool {
        match wanted {
            Wanted::All if self.account().missing() == 0 => true,
            Wanted::All if !self.has_failed() => false,
            Wanted::First | Wanted::All => self.account().has_first(),
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

impl<I, R> Drop for Block<I, R> {
    fn drop(&mut self) {
        let (inputs, outcomes) = self.slots.take_all();
        inputs.into_iter().for_each(drop_contained);
        outcomes.into_iter().for_each(drop_contained);
    }
}
