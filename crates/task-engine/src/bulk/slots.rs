//! The inputs and results of a bulk map: two `Vec`s whose items belong to several threads, each to one.
//!
//! # States
//!
//! | an item is | its input                    | its result       | leaves by                                     |
//! |------------|------------------------------|------------------|-----------------------------------------------|
//! | unclaimed  | in its slot                  | none             | a claim; the drop of all, which drops it      |
//! | claimed    | in its slot, or its run's    | none             | its run, which stores a result or has none    |
//! | done       | gone                         | in its slot      | `take_results`, or the drop of all, which drops it |
//! | missing    | gone                         | none             | never                                         |
//!
//! # Invariants
//!
//! 1. The cursor hands out each item once. What it has handed out belongs to one [`Run`] until that is dropped.
//! 2. A run that is dropped, in whatever way, leaves no input in its slots, and has noted in `missing` which of its items have no
//!    result.
//! 3. A run borrows the `Slots`. So for who has them by `&mut`, or drops them, there is none: an item that was handed out is done
//!    unless it is noted as missing, and an item that was not is unclaimed.
//!
//! # Memory ordering
//!
//! The cursor orders nothing: whatever shares the `Slots`, and gives them back, orders what their maker did before the runs, and
//! those before their end.

#![expect(
    unsafe_code,
    reason = "several threads move items out of one `Vec` and into another, with no copy and no lock for each"
)]

use std::fmt;
use std::iter;
use std::mem::{self, MaybeUninit, needs_drop};
use std::ops::Range;
use std::slice::{self, IterMut};
use std::sync::Arc;

use pythreads_sync_primitives::sync::{AccessCheck, Mutex};

use super::cursor::Cursor;
use crate::contain::drop_contained;

/// See the [module](self).
pub(super) struct Slots<T, R> {
    inputs: Memory<T>,
    results: Memory<R>,
    cursor: Arc<Cursor>,
    missing: Mutex<Vec<Range<usize>>>,
}

/// The memory of a `Vec` that is empty as far as it knows.
struct Memory<T> {
    vec: Vec<T>,
    /// Where `vec` begins.
    first: *mut T,
    /// One for each slot.
    access: Vec<AccessCheck>,
}

// SAFETY: it owns its items as a `Vec` does, which is `Send` for the same types.
unsafe impl<T: Send> Send for Memory<T> {}

// SAFETY: through a shared reference nothing is reached but by `slots`, whose callers see to it that nobody else reaches the same
// slots. Each of them moves items out or in, for which `T: Send` suffices.
unsafe impl<T: Send> Sync for Memory<T> {}

impl<T> Memory<T> {
    /// Has `count` slots, in the first of which are `items`.
    fn new(mut items: Vec<T>, count: usize) -> Self {
        let first = items.as_mut_ptr();
        // SAFETY: 0 is no more than the capacity, and no item lies below it.
        unsafe { items.set_len(0) };
        Self {
            vec: items,
            first,
            access: (0..count).map(|_| AccessCheck::new()).collect(),
        }
    }

    /// Some of the slots.
    ///
    /// # Safety
    ///
    /// They lie within the memory, and as long as the caller has them nobody else is given any of them.
    unsafe fn slots(&self, range: Range<usize>) -> IterMut<'_, MaybeUninit<T>> {
        self.access[range.clone()]
            .iter()
            .for_each(AccessCheck::write);
        // SAFETY: within the memory, as the caller says.
        let first = unsafe { self.first.add(range.start) };
        // SAFETY: `first` is that of a `Vec`, so aligned and not null, and the slots after it lie in the same allocation. They
        // are the caller's alone. A slot without an item is uninitialised, which these may be.
        let slots =
            unsafe { slice::from_raw_parts_mut(first.cast::<MaybeUninit<T>>(), range.len()) };
        slots.iter_mut()
    }

    /// The memory as a `Vec` again. Leaves none.
    ///
    /// # Safety
    ///
    /// Each slot has its item, and nobody else has any of them.
    unsafe fn take(&mut self) -> Vec<T> {
        let access = mem::take(&mut self.access);
        access.iter().for_each(AccessCheck::write);
        let mut items = mem::take(&mut self.vec);
        // SAFETY: the caller says that all slots have their items, and there is one for each entry of `access`.
        unsafe { items.set_len(access.len()) };
        items
    }
}

impl<T, R> Slots<T, R> {
    /// Nothing is claimed. `cursor` counts as many items as there are inputs.
    pub(super) fn new(inputs: Vec<T>, cursor: Arc<Cursor>) -> Self {
        let count = inputs.len();
        assert_eq!(cursor.count(), count, "the cursor is that of these inputs");
        Self {
            inputs: Memory::new(inputs, count),
            results: Memory::new(Vec::with_capacity(count), count),
            cursor,
            missing: Mutex::new(Vec::new()),
        }
    }

    /// Gives the next items to the caller, as [`Cursor::claim`] says.
    pub(super) fn claim(&self, most: impl Fn(usize) -> usize) -> Option<Run<'_, T, R>> {
        let range = self.cursor.claim(most)?;
        // SAFETY: the range lies below the number of inputs, and by invariant 1 nobody else is given it.
        let inputs = unsafe { self.inputs.slots(range.clone()) };
        // SAFETY: as above; the memory of the results has room for as many.
        let results = unsafe { self.results.slots(range.clone()) };
        Some(Run {
            slots: self,
            end: range.end,
            inputs,
            results,
            missing: Vec::new(),
        })
    }

    /// All results, if there is one of each item. Leaves none.
    pub(super) fn take_results(&mut self) -> Option<Vec<R>> {
        let (claimed, count) = (self.cursor.stop(), self.cursor.count());
        let missing = self.missing.get_mut();
        if claimed < count || !missing.is_empty() {
            return None;
        }
        // What is taken is in its slot no more.
        missing.extend(iter::once(0..count));
        // SAFETY: by invariant 3 all items are done, and nobody else has any.
        Some(unsafe { self.results.take() })
    }
}

impl<T, R> Drop for Slots<T, R> {
    fn drop(&mut self) {
        let (claimed, count) = (self.cursor.stop(), self.cursor.count());
        // SAFETY: the range lies below the number of inputs, and nobody else has any.
        let unclaimed = unsafe { self.inputs.slots(claimed..count) };
        // SAFETY: by invariant 3 these are unclaimed, so their inputs are there.
        unsafe { drop_items(unclaimed) };
        let missing = self.missing.get_mut();
        missing.sort_unstable_by_key(|range| range.start);
        let mut next = 0;
        for range in missing.iter().cloned().chain(iter::once(claimed..claimed)) {
            if next < range.start {
                // SAFETY: as above; what is done has not been taken, since then everything would be missing.
                let done = unsafe { self.results.slots(next..range.start) };
                // SAFETY: by invariant 3 what was claimed and is not missing is done, so the results are there.
                unsafe { drop_items(done) };
            }
            next = range.end;
        }
    }
}

/// Drops the items, each by itself, whatever their destructors do.
///
/// # Safety
///
/// Each slot has its item, which belongs to the caller.
unsafe fn drop_items<T>(slots: IterMut<'_, MaybeUninit<T>>) {
    if !needs_drop::<T>() {
        return;
    }
    for slot in slots {
        // SAFETY: passed on to the caller; each slot is passed once.
        drop_contained(unsafe { slot.assume_init_read() });
    }
}

/// Items that the current thread has claimed.
///
/// # Invariants
///
/// 4. `inputs` are the slots whose inputs are there, and `results` those of the items that are neither done nor missing.
pub(super) struct Run<'slots, T, R> {
    slots: &'slots Slots<T, R>,
    end: usize,
    inputs: IterMut<'slots, MaybeUninit<T>>,
    results: IterMut<'slots, MaybeUninit<R>>,
    missing: Vec<Range<usize>>,
}

impl<T, R> Run<'_, T, R> {
    /// How many inputs are left.
    pub(super) fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Takes the next input out.
    pub(super) fn next_input(&mut self) -> Option<T> {
        let slot = self.inputs.next()?;
        // SAFETY: by invariant 4 the input is there, and it has just left `inputs`.
        Some(unsafe { slot.assume_init_read() })
    }

    /// The result of the next item that has none.
    pub(super) fn store(&mut self, result: R) {
        let slot = self.results.next();
        slot.expect("an item without a result").write(result);
    }

    /// The next item that has no result will not have one. Returns its number.
    pub(super) fn skip(&mut self) -> usize {
        let item = self.end - self.results.len();
        self.results.next().expect("an item without a result");
        self.missing.push(item..item + 1);
        item
    }
}

impl<T, R> Drop for Run<'_, T, R> {
    fn drop(&mut self) {
        // SAFETY: by invariant 4 their inputs are there, and nobody asks for them any more.
        unsafe { drop_items(mem::take(&mut self.inputs)) };
        let left = self.end - self.results.len()..self.end;
        if !left.is_empty() {
            self.missing.push(left);
        }
        if !self.missing.is_empty() {
            self.slots.missing.lock().append(&mut self.missing);
        }
    }
}

impl<T, R> fmt::Debug for Slots<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}
