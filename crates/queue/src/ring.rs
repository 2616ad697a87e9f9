//! The blocks of a [`Fifo`](crate::Fifo): rings, one after the other, with a putter's end and a getter's end that need not
//! know of each other's locks.
//!
//! # States of a ring
//!
//! | state  | means                                                       | leaves by                                      |
//! |--------|-------------------------------------------------------------|------------------------------------------------|
//! | in use | the [`Tail`] puts into it                                   | it is full when an item is to be put           |
//! | left   | the `Tail` is in a later ring; `next` leads there           | the [`Head`] has got all of it, and moves on   |
//!
//! As long as the getter keeps up, the first ring stays in use, and nothing is allocated.
//!
//! # Invariants
//!
//! 1. A ring has one `Tail` and one `Head`, neither of which can be cloned; each works through `&mut`.
//! 2. `put` and `got` are what the two have counted, from the first ring on, in steps of [`STEP`]. `got` never passes `put`,
//!    and `put` is never ahead by more than the slots there are. The slots from `got` to `put` hold items, and belong to the
//!    `Head`; the others are empty, and belong to the `Tail`.
//! 3. `LEFT` is set in `put` once, with the last put done and `next` filled. Nothing is put into the ring afterwards.
//!
//! # Who may touch what
//!
//! Everybody may read `put` and `got`; they alone say to whom a slot belongs. `next` is filled by the `Tail` and emptied by the
//! `Head`, under a lock that they never want at the same time. What is left in the rings belongs to the `Head`, which drops it.
//!
//! # Memory ordering
//!
//! A store of `put` releases the slot that was filled, and a load by the `Head` acquires it; a store of `got` releases the
//! slot that was emptied, and a load by the `Tail` acquires it. Each end reads its own count from itself, and looks at the
//! other's only when what it saw last is used up: that is what makes them independent.

#![expect(
    unsafe_code,
    reason = "a slot belongs to the putter and the getter in turn; a lock that both take costs twice as much as either's work"
)]

#[cfg(any(pythreads_loom, pythreads_shuttle))]
use std::array;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;

use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};
use pythreads_sync_primitives::sync::{AccessCheck, IS_MODEL, Mutex};

use crate::block::block_len;

/// The end of a ring that is put into.
pub(crate) struct Tail<T> {
    ring: Arc<Ring<T>>,
    put: usize,
    /// What `got` was when it was last looked at.
    got_seen: usize,
}

/// The end of a ring that is got from.
pub(crate) struct Head<T> {
    ring: Arc<Ring<T>>,
    got: usize,
    /// What `put` was when it was last looked at.
    put_seen: usize,
}

/// Counts are even: the lowest bit of `put` says whether the ring was left.
const STEP: usize = 2;
const LEFT: usize = 1;

/// A new ring, and its ends.
pub(crate) fn ring<T>() -> (Tail<T>, Head<T>) {
    let ring = new_ring(0);
    (Tail::of(Arc::clone(&ring), 0), Head::of(ring, 0))
}

/// How many items were put at one end and not got at the other.
pub(crate) fn len_between<T>(tail: &Tail<T>, head: &Head<T>) -> usize {
    tail.put.wrapping_sub(head.got) / STEP
}

impl<T> Tail<T> {
    fn of(ring: Arc<Ring<T>>, count: usize) -> Self {
        Self {
            ring,
            put: count,
            got_seen: count,
        }
    }

    #[inline]
    pub(crate) fn put(&mut self, item: T) {
        if self.seems_full() {
            self.make_room();
        }
        // SAFETY: fewer slots are filled than there are, so the one at `put` is empty and ours (invariant 2).
        unsafe { self.ring.slot(self.put).fill(item) };
        self.put = self.put.wrapping_add(STEP);
        // ORDERING: Release, pairs with the Acquire in `Head::look`: who sees the count finds the item.
        self.ring.tail.put.store(self.put, Ordering::Release);
    }

    #[inline]
    fn seems_full(&self) -> bool {
        self.put.wrapping_sub(self.got_seen) == self.ring.slots.len() * STEP
    }

    #[cold]
    fn make_room(&mut self) {
        // ORDERING: Acquire, pairs with the Release in `Head::get`: the slots up to there are empty.
        self.got_seen = self.ring.head.got.load(Ordering::Acquire);
        if !self.seems_full() {
            return;
        }
        let next = new_ring(self.put);
        *self.ring.head.next.lock() = Some(Arc::clone(&next));
        // ORDERING: Release, as in `put`: who sees the ring left finds the next.
        self.ring.tail.put.store(self.put | LEFT, Ordering::Release);
        *self = Self::of(next, self.put);
    }
}

impl<T> Head<T> {
    fn of(ring: Arc<Ring<T>>, count: usize) -> Self {
        Self {
            ring,
            got: count,
            put_seen: count,
        }
    }

    #[inline]
    pub(crate) fn get(&mut self) -> Option<T> {
        if self.got == self.put_seen && !self.look() {
            return None;
        }
        // SAFETY: `put` is past `got`, so this slot is filled and ours (invariant 2). It is not read again: `got` moves on.
        let item = unsafe { self.ring.slot(self.got).empty() };
        self.got = self.got.wrapping_add(STEP);
        // ORDERING: Release, pairs with the Acquire in `Tail::make_room`: who sees the count finds the slot empty.
        self.ring.head.got.store(self.got, Ordering::Release);
        Some(item)
    }

    /// Looks for more items, and says whether there are any.
    #[inline]
    fn look(&mut self) -> bool {
        loop {
            // ORDERING: Acquire, pairs with the Releases in `Tail`.
            let put = self.ring.tail.put.load(Ordering::Acquire);
            self.put_seen = put & !LEFT;
            if self.got != self.put_seen {
                return true;
            }
            if put & LEFT == 0 {
                return false;
            }
            self.move_on();
        }
    }

    #[cold]
    fn move_on(&mut self) {
        let next = self.ring.head.next.lock().take();
        self.ring = next.expect("a ring that was left leads to the next one");
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

struct Ring<T, S: ?Sized = [Slot<T>]> {
    tail: TailLine,
    head: HeadLine<T>,
    slots: S,
}

/// Written by the [`Tail`].
#[repr(align(64))]
struct TailLine {
    put: AtomicUsize,
}

/// Written by the [`Head`], but for `next`, of which it hears from the `Tail`.
#[repr(align(64))]
struct HeadLine<T> {
    got: AtomicUsize,
    next: Mutex<Option<Arc<Ring<T>>>>,
}

impl<T> Ring<T> {
    #[inline]
    fn slot(&self, count: usize) -> &Slot<T> {
        &self.slots[(count / STEP) & (self.slots.len() - 1)]
    }
}

/// As many as make a block, but no more than fit into 32 KiB, and at least one: a ring is made on the stack. Of large items a
/// copy costs more than the allocation of a ring.
const fn ring_len<T>() -> usize {
    let mut len = block_len::<T>();
    while len > 1 && len * size_of::<T>() > 32 << 10 {
        len /= 2;
    }
    len
}

/// A ring of [`ring_len`] slots, in one allocation.
fn new_ring<T>(count: usize) -> Arc<Ring<T>> {
    fn of_len<T, const LEN: usize>(count: usize) -> Arc<Ring<T, [Slot<T>; LEN]>> {
        const { assert!(LEN.is_power_of_two()) };
        let ring = Arc::new(Ring {
            tail: TailLine {
                put: AtomicUsize::new(count),
            },
            head: HeadLine {
                got: AtomicUsize::new(count),
                next: Mutex::new(None),
            },
            slots: empty_slots(),
        });
        if IS_MODEL {
            // A checker's objects are made on first use, which must not be that of two threads.
            let _made = format!("{:?}{:?}", ring.tail.put, ring.head.got);
        }
        ring
    }
    match const { ring_len::<T>() } {
        256 => of_len::<T, 256>(count),
        128 => of_len::<T, 128>(count),
        64 => of_len::<T, 64>(count),
        32 => of_len::<T, 32>(count),
        16 => of_len::<T, 16>(count),
        8 => of_len::<T, 8>(count),
        4 => of_len::<T, 4>(count),
        2 => of_len::<T, 2>(count),
        _ => of_len::<T, 1>(count),
    }
}

struct Slot<T> {
    item: UnsafeCell<MaybeUninit<T>>,
    access: AccessCheck,
}

// SAFETY: a slot belongs to one thread at a time (invariant 2 of the module), and passes items from one to the other.
unsafe impl<T: Send> Sync for Slot<T> {}

/// Where nothing is optimised, an array made by calls takes the stack a dozen times its size, a constant one four times.
#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
const fn empty_slots<T, const LEN: usize>() -> [Slot<T>; LEN] {
    [const {
        Slot {
            item: UnsafeCell::new(MaybeUninit::uninit()),
            access: AccessCheck::new(),
        }
    }; LEN]
}

/// A checker's objects are no constants.
#[cfg(any(pythreads_loom, pythreads_shuttle))]
fn empty_slots<T, const LEN: usize>() -> [Slot<T>; LEN] {
    array::from_fn(|_| Slot {
        item: UnsafeCell::new(MaybeUninit::uninit()),
        access: AccessCheck::new(),
    })
}

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
