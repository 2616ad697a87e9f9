//! The slots of a block: inputs that threads start one by one, and outcomes where they belong.
//!
//! As long as one thread alone takes inputs out of a block, it takes no lock: the block is biased towards it. Another one that
//! wants one, too, revokes that, for good.
//!
//! # States
//!
//! | an item is | in its slot                  | leaves by                                                             |
//! |------------|------------------------------|-----------------------------------------------------------------------|
//! | waiting    | its input                    | a start, by a cursor; `end_waiting`                                   |
//! | started    | nothing                      | `Cursor::store`                                                       |
//! | stored     | its result; a failure is with the cursor | its entry in the account, by the cursor or who sees it (below) |
//! | ended      | its result; a failure is in `failures` | `fetch`, `take`                                             |
//! | fetched    | nothing                      | never                                                                 |
//!
//! | bias    | who starts items           | leaves by                                                                   |
//! |---------|----------------------------|-----------------------------------------------------------------------------|
//! | Free    | anybody, under the lock    | `own`                                                                       |
//! | Owned   | the owner, without it      | `settle`, by the owner: Free; `revoke`, by anybody else: Revoked            |
//! | Revoked | anybody, under the lock    | never                                                                       |
//!
//! # Invariants
//!
//! 1. There is one owner at most: the cursor that has called `own` last, until it settles. Only it writes `started`, and only
//!    before it knows that it was revoked.
//! 2. An owner claims the item `next` in three steps: it stores `started = next + 1`, passes the light fence, and finds `next`
//!    below `limit`. Who revokes stores `limit = 0`, passes the heavy one, and then reads `started`. So an owner that goes on
//!    without the lock has been seen. If not, it may have been seen or not, and asks the account, which says what was seen.
//! 3. An owner claims an item after it has stored the result of the one before; after a failure it settles. So all before the
//!    last one claimed have results.
//! 4. A slot belongs to who holds the lock, but from the start of its item until that has ended to its cursor. The account,
//!    which says so, is that of these slots.
//!
//! # Memory ordering
//!
//! The lock orders what is done under it. Outcomes of an owner are published by the Release of `started`, and acquired by
//! who sees that under the lock. Its claims are ordered by the fences (`sync::asymmetric_fence`).

#![expect(
    unsafe_code,
    reason = "one thread moves inputs out and outcomes in, with no lock for each: with one, a tiny item costs 28 ns instead of 7"
)]

use std::cell::{Cell, UnsafeCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::hint;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::thread::yield_now;
use std::time::Duration;

use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{self, AccessCheck, Mutex, MutexGuard, asymmetric_fence};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd};
use pythreads_sync_primitives::{Exception, Spin};

use super::account::{Account, Bias};

type Outcome<R> = Result<R, Exception>;

/// See the [module](self). `N` is what else stands under the lock.
pub(super) struct Slots<I, R, N> {
    row: Box<[Slot<I, R>]>,
    /// One more than the item that the owner claimed last.
    started: AtomicUsize,
    /// The owner may claim the items before it.
    limit: AtomicUsize,
    contents: Mutex<Contents<N>>,
}

struct Contents<N> {
    account: Account,
    /// Of items that have ended without a result.
    failures: BTreeMap<usize, Exception>,
    notes: N,
}

// SAFETY: what lies in a slot is moved in by one thread and out by another, for which `Send` suffices; nobody is lent a
// reference to it. By invariant 4 each slot belongs to one thread at a time. The notes are under the lock.
unsafe impl<I: Send, R: Send, N: Send> Sync for Slots<I, R, N> {}

/// Holds an input, a result or nothing; the account knows.
struct Slot<I, R> {
    access: AccessCheck,
    cell: UnsafeCell<Content<I, R>>,
}

union Content<I, R> {
    input: ManuallyDrop<I>,
    result: ManuallyDrop<R>,
    nothing: (),
}

impl<I, R> Slot<I, R> {
    fn empty() -> Self {
        Self {
            access: AccessCheck::new(),
            cell: UnsafeCell::new(Content { nothing: () }),
        }
    }

    /// # Safety
    ///
    /// The slot belongs to the caller, and what lies there, if anything, is given up.
    #[inline]
    unsafe fn put(&self, content: Content<I, R>) {
        self.access.write();
        // SAFETY: passed on to the caller. A union has no destructor.
        unsafe { *self.cell.get() = content };
    }

    /// # Safety
    ///
    /// The slot belongs to the caller and holds an input, which it does not from then on.
    #[inline]
    unsafe fn take_input(&self) -> I {
        self.access.write();
        // SAFETY: passed on to the caller.
        let content = unsafe { &mut *self.cell.get() };
        // SAFETY: as above; nobody takes it again.
        unsafe { ManuallyDrop::take(&mut content.input) }
    }

    /// # Safety
    ///
    /// As [`take_input`](Self::take_input), of a result.
    #[inline]
    unsafe fn take_result(&self) -> R {
        self.access.write();
        // SAFETY: passed on to the caller.
        let content = unsafe { &mut *self.cell.get() };
        // SAFETY: as above; nobody takes it again.
        unsafe { ManuallyDrop::take(&mut content.result) }
    }
}

impl<I, R, N> Slots<I, R, N> {
    pub(super) fn new(capacity: usize, notes: N) -> Self {
        let contents = Contents {
            account: Account::new(),
            failures: BTreeMap::new(),
            notes,
        };
        Self {
            row: (0..capacity).map(|_| Slot::empty()).collect(),
            started: AtomicUsize::new(0),
            limit: AtomicUsize::new(0),
            contents: Mutex::new(contents),
        }
    }

    /// How many items there is room for.
    pub(super) fn capacity(&self) -> usize {
        self.row.len()
    }

    pub(super) fn lock(&self) -> Locked<'_, I, R, N> {
        Locked::new(self, self.contents.lock())
    }

    /// Whether the owner, if there is one, is about to have started all items before `end`: then who wants one of these had
    /// better look elsewhere.
    pub(super) fn owner_ends_soon(&self, end: usize) -> bool {
        /// Much less than it costs to revoke; enough for some quick items.
        const LOOK: Duration = Duration::from_micros(1);
        /// What it costs, in such looks.
        const PRICE: usize = 4;
        // On one CPU, and in a model, nobody goes on meanwhile.
        if !Spin::new().pause() {
            return false;
        }
        loop {
            // ORDERING: Relaxed, nothing rests on what is seen here.
            let before = self.started.load(Ordering::Relaxed);
            let since = sync::now();
            while sync::now().duration_since(since) < LOOK {
                hint::spin_loop();
            }
            // ORDERING: Relaxed, as above.
            let started = self.started.load(Ordering::Relaxed);
            // ORDERING: Relaxed, as above.
            let is_the_owners = self.limit.load(Ordering::Relaxed) >= end;
            let left = end.saturating_sub(started);
            if !is_the_owners || left > PRICE * started.saturating_sub(before) {
                return false;
            }
            if left == 0 {
                return true;
            }
        }
    }

    /// What lies in the slots, for who drops them.
    pub(super) fn take_all(&mut self) -> (Vec<I>, Vec<Outcome<R>>) {
        let mut locked = self.lock();
        if locked.contents.account.is_owned() {
            // Its owner was forgotten. What it claimed last is lost.
            locked.contents.account.revoke();
        }
        (locked.take_waiting(), locked.take_ended())
    }
}

impl<I, R, N> fmt::Debug for Slots<I, R, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _contents = self.contents.lock();
        f.debug_struct("Slots")
            .field("started", &self.started)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The lock is held as long as this exists.
#[must_use = "the lock is released as soon as this is dropped"]
pub(super) struct Locked<'slots, I, R, N> {
    slots: &'slots Slots<I, R, N>,
    contents: MutexGuard<'slots, Contents<N>>,
}

impl<'slots, I, R, N> Locked<'slots, I, R, N> {
    fn new(slots: &'slots Slots<I, R, N>, contents: MutexGuard<'slots, Contents<N>>) -> Self {
        let mut locked = Self { slots, contents };
        if locked.contents.account.is_owned() {
            // ORDERING: Acquire, pairs with the Release in `Cursor::next_input`.
            let started = slots.started.load(Ordering::Acquire);
            locked.contents.account.see(started);
        }
        locked
    }

    pub(super) fn account(&self) -> &Account {
        &self.contents.account
    }

    /// Gives up the lock, sleeps until notified or the wait ends otherwise, and takes the lock again.
    pub(super) fn wait(self, signal: &Signal, how: Wait) -> (Self, WaitEnd) {
        let (contents, end) = signal.wait(self.contents, how);
        (Self::new(self.slots, contents), end)
    }

    /// Adds inputs, for which there is room.
    pub(super) fn add(&mut self, inputs: impl Iterator<Item = I>) {
        let places = self.account().count()..;
        let empty = &self.slots.row[places.start..];
        let mut count = 0;
        for (input, slot) in inputs.zip(empty) {
            let input = ManuallyDrop::new(input);
            // SAFETY: the account has not given it away yet, so it is nobody's but of who has the lock (invariant 4).
            unsafe { slot.put(Content { input }) };
            count += 1;
        }
        self.contents.account.add_inputs(count);
    }

    /// Adds an item that has failed.
    pub(super) fn add_failed(&mut self, exception: Exception) {
        let place = self.contents.account.add_ended();
        self.contents.failures.insert(place, exception);
    }

    /// Whether an outcome is a failure that has not been taken.
    pub(super) fn has_failed(&self) -> bool {
        !self.contents.failures.is_empty()
    }

    /// There is no owner any more, except for one that is the caller's own cursor. Gives up the lock if it has to try again.
    pub(super) fn revoke(mut self) -> Self {
        while self.contents.account.is_owned() {
            // ORDERING: Relaxed, the fence orders it (invariant 2).
            self.slots.limit.store(0, Ordering::Relaxed);
            let is_ordered = asymmetric_fence::heavy();
            let slots = self.slots;
            if !is_ordered {
                // The owner will find out by itself.
                drop(self);
                yield_now();
                self = slots.lock();
                continue;
            }
            // ORDERING: Acquire, as in `new`.
            let started = slots.started.load(Ordering::Acquire);
            self.contents.account.see(started);
            self.contents.account.revoke();
        }
        self
    }

    /// The cursor starts the next items up to `until` without the lock from now on, if nobody has been hindered by that before.
    pub(super) fn own(&mut self, cursor: &Cursor<'_, I, R, N>, until: usize) -> bool {
        cursor.check(self.slots);
        let account = &mut self.contents.account;
        if account.bias() != Bias::Free || account.next() >= until {
            return false;
        }
        account.own(until);
        let next = account.next();
        // ORDERING: Relaxed, who else looks at it has the lock.
        self.slots.started.store(next, Ordering::Relaxed);
        // ORDERING: Relaxed, only the cursor looks at it without.
        self.slots.limit.store(until, Ordering::Relaxed);
        cursor.next.set(next);
        cursor.is_owner.set(true);
        true
    }

    /// Enters what the cursor has stored, and ends its ownership. Returns the last item that was entered.
    pub(super) fn settle(&mut self, cursor: &Cursor<'_, I, R, N>) -> Option<usize> {
        cursor.check(self.slots);
        let next = cursor.next.get();
        let item = cursor.item.replace(Item::None);
        assert_ne!(item, Item::Started, "an item has no outcome yet");
        let contents = &mut *self.contents;
        if let Some(exception) = cursor.failure.take() {
            contents.failures.insert(next - 1, exception);
        }
        let has_entered = if cursor.is_owner.replace(false) {
            // ORDERING: Relaxed, it is the cursor's own store.
            let has_claimed = self.slots.started.load(Ordering::Relaxed) > next;
            let (has_entered, keeps) = contents.account.leave(next, has_claimed);
            if keeps {
                cursor.item.set(Item::Claimed);
            }
            has_entered
        } else {
            if item == Item::Ended {
                contents.account.enter(next - 1);
            }
            item == Item::Ended
        };
        has_entered.then(|| next - 1)
    }

    /// The cursor starts the next item.
    pub(super) fn start(&mut self, cursor: &Cursor<'_, I, R, N>) -> Option<I> {
        cursor.check(self.slots);
        assert!(!cursor.is_owner.get(), "an owner starts items by itself");
        let place = match cursor.item.get() {
            Item::None => self.contents.account.start()?,
            Item::Claimed => cursor.next.get(),
            item => unreachable!("the item before is {item:?}"),
        };
        cursor.next.set(place + 1);
        cursor.item.set(Item::Started);
        // SAFETY: it waited, and has just become the cursor's; or the owner's, by a claim that was seen (invariants 2 and 4).
        Some(unsafe { self.slots.row[place].take_input() })
    }

    /// The inputs that wait, whose items will not end.
    fn take_waiting(&mut self) -> Vec<I> {
        let mut inputs = Vec::with_capacity(self.account().waiting().len());
        while let Some(place) = self.contents.account.start() {
            // SAFETY: it waited, and is the caller's now (invariant 4).
            inputs.push(unsafe { self.slots.row[place].take_input() });
        }
        inputs
    }

    /// Ends all items that wait, with a failure. Nobody may own them.
    pub(super) fn end_waiting(&mut self, exception: &Exception) -> Vec<I> {
        let places = self.account().waiting();
        let inputs = self.take_waiting();
        for place in places {
            self.contents.failures.insert(place, exception.clone());
            self.contents.account.enter(place);
        }
        inputs
    }

    /// The outcome of an item, if it is there.
    pub(super) fn take(&mut self, place: usize) -> Option<Outcome<R>> {
        let is_there = self.contents.account.take(place);
        // SAFETY: the account says that it is there, and that it is the caller's now.
        is_there.then(|| unsafe { self.take_outcome(place) })
    }

    /// All outcomes that are there.
    pub(super) fn take_ended(&mut self) -> Vec<Outcome<R>> {
        let places = 0..self.account().count();
        places.filter_map(|place| self.take(place)).collect()
    }

    /// Moves the outcomes that are there, from the first one that has not been fetched on, into `ready`.
    pub(super) fn fetch(&mut self, ready: &mut VecDeque<Outcome<R>>) {
        let places = self.contents.account.fetch();
        // SAFETY: as in `take`, for each of them.
        ready.extend(places.map(|place| unsafe { self.take_outcome(place) }));
    }

    /// As [`fetch`](Self::fetch), if no item has failed.
    pub(super) fn fetch_results(&mut self, results: &mut Vec<R>) {
        assert!(!self.has_failed(), "all outcomes are results");
        let places = self.contents.account.fetch();
        // SAFETY: as in `take`, for each of them; none has failed.
        let take = |slot: &Slot<I, R>| unsafe { slot.take_result() };
        results.extend(self.slots.row[places].iter().map(take));
    }

    /// # Safety
    ///
    /// The account has just given it to the caller.
    unsafe fn take_outcome(&mut self, place: usize) -> Outcome<R> {
        match self.contents.failures.remove(&place) {
            Some(exception) => Err(exception),
            // SAFETY: the item has ended, and not with a failure, so its result is there (invariant 4).
            None => Ok(unsafe { self.slots.row[place].take_result() }),
        }
    }
}

impl<I, R, N> Deref for Locked<'_, I, R, N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.contents.notes
    }
}

impl<I, R, N> DerefMut for Locked<'_, I, R, N> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.contents.notes
    }
}

/// Where a thread is in a block.
pub(super) struct Cursor<'slots, I, R, N> {
    slots: &'slots Slots<I, R, N>,
    /// One more than the item that it started last; if it is the owner, the item that it starts next.
    next: Cell<usize>,
    item: Cell<Item>,
    /// What came of it, if it has no result.
    failure: Cell<Option<Exception>>,
    is_owner: Cell<bool>,
}

/// The state of the item that a cursor started last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// There is nothing to be entered, or only what the owner's next claim says.
    None,
    /// It was claimed, but not started: the item `next`.
    Claimed,
    Started,
    /// It is to be entered.
    Ended,
}

impl<'slots, I, R, N> Cursor<'slots, I, R, N> {
    pub(super) fn new(slots: &'slots Slots<I, R, N>) -> Self {
        Self {
            slots,
            next: Cell::new(0),
            item: Cell::new(Item::None),
            failure: Cell::new(None),
            is_owner: Cell::new(false),
        }
    }

    fn check(&self, slots: &Slots<I, R, N>) {
        assert!(ptr::eq(self.slots, slots), "the cursor is of these slots");
    }

    /// Which item it started last.
    pub(super) fn place(&self) -> usize {
        self.next.get().saturating_sub(1)
    }

    /// Whether it has claimed an item that it has to start.
    pub(super) fn has_claimed(&self) -> bool {
        self.item.get() == Item::Claimed
    }

    /// Whether an item has been started that has no outcome.
    pub(super) fn is_in_item(&self) -> bool {
        self.item.get() == Item::Started
    }

    /// Starts the next item without the lock, if it may.
    #[inline]
    pub(super) fn next_input(&self) -> Option<I> {
        if !self.is_owner.get() || self.item.get() != Item::None {
            return None;
        }
        let place = self.next.get();
        // ORDERING: Release, pairs with the Acquire of who sees it under the lock: the outcomes of the items before are there.
        self.slots.started.store(place + 1, Ordering::Release);
        asymmetric_fence::light();
        // ORDERING: Relaxed, the fence orders it (invariant 2).
        if place >= self.slots.limit.load(Ordering::Relaxed) {
            return None;
        }
        self.next.set(place + 1);
        self.item.set(Item::Started);
        // SAFETY: it waited when the cursor became the owner, and nobody else claims it (invariants 1 and 2).
        Some(unsafe { self.slots.row[place].take_input() })
    }

    /// Stores what came of the item that it is in.
    #[inline]
    pub(super) fn store(&self, outcome: Outcome<R>) {
        assert!(self.is_in_item(), "there is an item without an outcome");
        let is_noted = match outcome {
            Ok(result) => {
                let result = ManuallyDrop::new(result);
                // SAFETY: the item is the cursor's, and its input has been taken (invariant 4).
                unsafe { self.slots.row[self.place()].put(Content { result }) };
                self.is_owner.get()
            }
            Err(exception) => {
                self.failure.set(Some(exception));
                false
            }
        };
        self.item
            .set(if is_noted { Item::None } else { Item::Ended });
    }
}
