//! The blocks of a [`Fifo`](crate::Fifo): rings, one after the other, with a putter's end and a getter's end that need not
//! know of each other's locks.
//!
//! A ring is a circle of *lines*. A line is [`LINE`] slots and the count of what had been put when the last of them was filled;
//! of numbers and pointers it is a cache line. So an item and the news of it are in one line, and who gets what has just
//! been put waits for that alone; who is further behind waits once for all the items in it.
//!
//! # States of a ring
//!
//! | state  | means                                                       | leaves by                                      |
//! |--------|-------------------------------------------------------------|------------------------------------------------|
//! | in use | the [`Tail`] puts into it                                   | an item is to be put, and no line is empty     |
//! | left   | the `Tail` is in a later ring; `next` leads there           | the [`Head`] has got all of it, and moves on   |
//! | spare  | it is empty; `Spare` holds it, as the only one              | the `Tail` needs a ring, or the queue is empty |
//!
//! As long as the getter keeps up, the first ring stays in use, and nothing is allocated.
//!
//! # Invariants
//!
//! 1. A ring has one `Tail` and one `Head`, neither of which can be cloned; each works through `&mut`, and fills or empties
//!    line after line, slot after slot. Both count from the first ring on.
//! 2. `put` of a line is what had been put when its last item came. So the line that the `Head` is in has `put` less what
//!    had been put when the line was begun for filled slots, and none if that is negative: the line then has the count of the
//!    turn before.
//! 3. `got` is what the `Head` has got, in whole lines. It never passes what was put. The filled slots that it has not emptied
//!    belong to the `Head`, and so do those that it has emptied in a line that `got` does not count; all others are empty,
//!    and belong to the `Tail`.
//! 4. `was_left` is set once, when all lines are filled for the last time and `next` is filled. Nothing is put into the
//!    ring afterwards.
//!
//! # Who may touch what
//!
//! The `Tail` alone writes the `put`s, the `Head` alone `got`; they alone say to whom a slot belongs. `next` is filled by the
//! `Tail` and emptied by the `Head`, under a lock that they never want at the same time; the spare ring goes the other way,
//! under a lock of its own. What is left in the rings belongs to the `Head`, which drops it.
//!
//! # Memory ordering
//!
//! A store of `put` releases the slots that were filled, and a load by the `Head` acquires them; a store of `got` releases
//! the line that was emptied, and a load by the `Tail` acquires it. Each end looks at the other's count only when what it saw
//! last is used up: that is what makes them independent.

#![expect(
    unsafe_code,
    reason = "a slot belongs to the putter and the getter in turn; a lock that both take costs twice as much as either's work"
)]

use std::cell::UnsafeCell;
use std::mem::{self, MaybeUninit};
use std::sync::Arc;

use pythreads_sync_primitives::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{AccessCheck, IS_MODEL, Mutex};

use crate::block::block_len;

/// The end of a ring that is put into.
pub(crate) struct Tail<T> {
    ring: Arc<Ring<T>>,
    place: Place,
    /// What `got` was when it was last looked at.
    got_seen: usize,
    /// Known once a ring was left.
    spare: Option<Arc<Spare<T>>>,
}

/// The end of a ring that is got from.
pub(crate) struct Head<T> {
    ring: Arc<Ring<T>>,
    place: Place,
    /// How many slots of the line were seen filled.
    filled: usize,
    /// If there may be one in it.
    spare: Option<Arc<Spare<T>>>,
}

/// Where an end is: the line, how many slots of it are done, and what had been counted when it was begun.
struct Place {
    line: usize,
    done: usize,
    begun: usize,
}

/// Slots of a line. Of eight bytes each they make a cache line, with the count.
const LINE: usize = if IS_MODEL { 2 } else { 7 };

/// A new ring, and its ends.
pub(crate) fn ring<T>() -> (Tail<T>, Head<T>) {
    let ring = new_ring(0);
    let tail = Tail {
        ring: Arc::clone(&ring),
        place: Place::first(0),
        got_seen: 0,
        spare: None,
    };
    let head = Head {
        ring,
        place: Place::first(0),
        filled: 0,
        spare: None,
    };
    (tail, head)
}

/// How many items were put at one end and not got at the other.
pub(crate) fn len_between<T>(tail: &Tail<T>, head: &Head<T>) -> usize {
    tail.place.count().wrapping_sub(head.place.count())
}

impl Place {
    const fn first(begun: usize) -> Self {
        Self {
            line: 0,
            done: 0,
            begun,
        }
    }

    #[inline]
    fn count(&self) -> usize {
        self.begun.wrapping_add(self.done)
    }

    /// The line after this one, of so many.
    #[inline]
    fn next_of(&self, lines: usize) -> Self {
        let next = self.line + 1;
        Self {
            line: if next < lines { next } else { 0 },
            done: 0,
            begun: self.begun.wrapping_add(LINE),
        }
    }
}

impl<T> Tail<T> {
    #[inline]
    pub(crate) fn put(&mut self, item: T) {
        let slot = if self.place.done < LINE {
            self.place.done
        } else {
            self.begin_line();
            0
        };
        let line = &self.ring.lines[self.place.line];
        // SAFETY: the line was empty when it was begun, and nobody else has filled this slot; so it is ours (invariant 3).
        unsafe { line.slots[slot].fill(item) };
        self.place.done = slot + 1;
        // ORDERING: Release, pairs with the Acquire in `Line::filled_since`: who sees the count finds the item.
        line.put.store(self.place.count(), Ordering::Release);
    }

    #[inline(never)]
    fn begin_line(&mut self) {
        let next = self.place.next_of(self.ring.lines.len());
        if !self.was_seen_empty(&next) {
            // ORDERING: Acquire, pairs with the Release in `Head::end_line`: the lines up to there are empty.
            self.got_seen = self.ring.ends.got.load(Ordering::Acquire);
        }
        if self.was_seen_empty(&next) {
            self.place = next;
        } else {
            self.leave(next.begun);
        }
    }

    /// Whether what was put into the line when its turn came last has been got.
    fn was_seen_empty(&self, line: &Place) -> bool {
        let others = (self.ring.lines.len() - 1) * LINE;
        line.begun.wrapping_sub(self.got_seen) <= others
    }

    #[cold]
    fn leave(&mut self, count: usize) {
        let spare = self.spare.get_or_insert_default();
        let emptied = spare.lock().take();
        let ring = emptied.map_or_else(|| new_ring(count), begin_again);
        *self.ring.ends.next.lock() = Some(Next {
            ring: Arc::clone(&ring),
            spare: Arc::clone(spare),
        });
        // ORDERING: Release, pairs with the Acquire in `Head::get_elsewhere`: who sees the ring left finds the next one, and all items.
        self.ring.ends.was_left.store(true, Ordering::Release);
        self.ring = ring;
        self.place = Place::first(count);
        self.got_seen = count;
    }
}

impl<T> Head<T> {
    #[inline]
    pub(crate) fn get(&mut self) -> Option<T> {
        let line = &self.ring.lines[self.place.line];
        if self.place.done == self.filled {
            self.filled = line.filled_since(self.place.begun);
            if self.place.done == self.filled {
                return self.get_elsewhere();
            }
        }
        // SAFETY: the slot was seen filled, so it is ours (invariant 3). It is not read again: `done` moves on.
        let item = unsafe { line.slots[self.place.done].empty() };
        self.place.done += 1;
        if self.place.done == LINE {
            self.end_line();
        }
        Some(item)
    }

    #[inline]
    fn end_line(&mut self) {
        self.place = self.place.next_of(self.ring.lines.len());
        self.filled = 0;
        // ORDERING: Release, pairs with the Acquire in `Tail::begin_line`: who sees the count finds the line empty.
        self.ring
            .ends
            .got
            .store(self.place.begun, Ordering::Release);
    }

    /// The line has no more, so if the ring was left before, it has none.
    #[inline(never)]
    fn get_elsewhere(&mut self) -> Option<T> {
        // ORDERING: Acquire, pairs with the Release in `Tail::leave`.
        if !self.ring.ends.was_left.load(Ordering::Acquire) {
            self.give_up_spare();
            return None;
        }
        // It was perhaps filled between the looks.
        let line = &self.ring.lines[self.place.line];
        if line.filled_since(self.place.begun) == self.place.done {
            self.move_on();
        }
        self.get()
    }

    #[cold]
    fn move_on(&mut self) {
        let next = self.ring.ends.next.lock().take();
        let next = next.expect("a ring that was left leads to the next one");
        let left = mem::replace(&mut self.ring, next.ring);
        self.place.line = 0;
        let surplus = next.spare.lock().replace(left);
        drop(surplus);
        self.spare = Some(next.spare);
    }

    /// An emptied queue keeps one ring.
    #[inline]
    fn give_up_spare(&mut self) {
        if let Some(spare) = self.spare.take() {
            let surplus = spare.lock().take();
            drop(surplus);
        }
    }
}

impl<T> Drop for Head<T> {
    /// The items that are left are its own.
    fn drop(&mut self) {
        struct Rest<'head, T>(&'head mut Head<T>);
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Some(item) = self.0.get() {
                    drop(item);
                }
            }
        }
        let rest = Rest(self);
        while let Some(item) = rest.0.get() {
            // If this panics, `rest` goes on.
            drop(item);
        }
    }
}

struct Ring<T, L: ?Sized = [Line<T>]> {
    ends: Ends<T>,
    lines: L,
}

/// Written by the [`Head`] for each line, and by the [`Tail`] once.
#[repr(align(64))]
struct Ends<T> {
    got: AtomicUsize,
    was_left: AtomicBool,
    next: Mutex<Option<Next<T>>>,
}

/// What the [`Head`] finds in a ring that was left.
struct Next<T> {
    ring: Arc<Ring<T>>,
    spare: Arc<Spare<T>>,
}

/// A ring that the [`Head`] has left, for the [`Tail`] to use again: a getter that frees what a putter has allocated makes both
/// wait for the allocator.
type Spare<T> = Mutex<Option<Arc<Ring<T>>>>;

/// Written by the [`Tail`] alone.
#[repr(C)]
struct Line<T> {
    put: AtomicUsize,
    slots: [Slot<T>; LINE],
}

impl<T> Line<T> {
    /// How many of its slots were filled, if that was begun when so many items had been put.
    #[inline]
    fn filled_since(&self, begun: usize) -> usize {
        // ORDERING: Acquire, pairs with the Release in `Tail::put`.
        let filled = self.put.load(Ordering::Acquire).wrapping_sub(begun);
        // More than there are slots is less than nothing: by invariant 2 the line has not been begun.
        if filled <= LINE { filled } else { 0 }
    }
}

/// As many as make a block, and two in a model.
const fn lines<T>() -> usize {
    if IS_MODEL {
        return 2;
    }
    block_len::<T>() / LINE
}

/// A ring of so many [`lines`], in one allocation.
fn new_ring<T>(count: usize) -> Arc<Ring<T>> {
    match const { lines::<T>() } {
        36 => ring_of::<T, 36>(count),
        18 => ring_of::<T, 18>(count),
        9 => ring_of::<T, 9>(count),
        4 => ring_of::<T, 4>(count),
        _ => ring_of::<T, 2>(count),
    }
}

/// Takes a ring into use again, of which everything has been got. What is counted in it is less than what had been put, and so
/// says that there is nothing in it.
fn begin_again<T>(ring: Arc<Ring<T>>) -> Arc<Ring<T>> {
    // ORDERING: Relaxed, the locks order it under which the ring was found and will be found.
    ring.ends.was_left.store(false, Ordering::Relaxed);
    ring
}

/// Made where it is to be: of large items it would not fit on the stack.
fn ring_of<T, const LINES: usize>(count: usize) -> Arc<Ring<T>> {
    let mut ring = Arc::<Ring<T, [Line<T>; LINES]>>::new_uninit();
    let place = Arc::get_mut(&mut ring)
        .expect("nobody else knows it")
        .as_mut_ptr();
    let ends = Ends {
        got: AtomicUsize::new(count),
        was_left: AtomicBool::new(false),
        next: Mutex::new(None),
    };
    // SAFETY: it points into the allocation, which is ours alone.
    let ends_place = unsafe { &raw mut (*place).ends };
    // SAFETY: as above.
    unsafe { ends_place.write(ends) };
    for line in 0..LINES {
        // SAFETY: as above.
        let line = unsafe { &raw mut (*place).lines[line] };
        // SAFETY: as above.
        let put = unsafe { &raw mut (*line).put };
        // SAFETY: as above.
        unsafe { put.write(AtomicUsize::new(count)) };
        for slot in 0..LINE {
            // SAFETY: as above.
            let access = unsafe { &raw mut (*line).slots[slot].access };
            // SAFETY: as above.
            unsafe { access.write(AccessCheck::new()) };
        }
    }
    // SAFETY: all is made but the items, which need not be.
    let ring = unsafe { ring.assume_init() };
    if IS_MODEL {
        // A checker's objects are made on first use, which must not be that of two threads.
        let puts = ring.lines.each_ref().map(|line| &line.put);
        let _made = format!("{puts:?}{:?}{:?}", ring.ends.got, ring.ends.was_left);
    }
    ring
}

struct Slot<T> {
    item: UnsafeCell<MaybeUninit<T>>,
    access: AccessCheck,
}

// SAFETY: a slot belongs to one thread at a time (invariant 3 of the module), and passes items from one to the other.
unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// # Safety
    ///
    /// The slot must belong to the caller. What is in it is forgotten.
    #[inline]
    unsafe fn fill(&self, item: T) {
        self.access.write();
        // SAFETY: nobody else has a reference to the cell's content (the caller's promise).
        unsafe { *self.item.get() = MaybeUninit::new(item) };
    }

    /// # Safety
    ///
    /// The slot must belong to the caller and be filled. Afterwards it is empty.
    #[inline]
    unsafe fn empty(&self) -> T {
        self.access.read();
        // SAFETY: nobody else has a reference to the cell's content (the caller's promise).
        let item = unsafe { &*self.item.get() };
        // SAFETY: it is filled, and nobody reads it a second time (the caller's promise).
        unsafe { item.assume_init_read() }
    }
}
