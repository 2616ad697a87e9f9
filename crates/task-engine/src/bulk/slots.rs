//! The inputs and results of a bulk map, whose items belong to several threads, each to one.
//!
//! The inputs lie in the memory of a `Vec`. Where inputs and results have the same layout, a result takes the place of its input,
//! and the memory becomes that of the results; else the results have memory of their own. The states are the same.
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

use std::alloc::Layout;
use std::fmt;
use std::iter;
use std::mem::{self, ManuallyDrop, needs_drop};
use std::ops::Range;
use std::sync::Arc;

use pythreads_sync_primitives::sync::{AccessCheck, Mutex};

use super::cursor::Cursor;
use crate::contain::drop_contained;

/// See the [module](self).
pub(super) struct Slots<T, R> {
    memory: Memory<T, R>,
    cursor: Arc<Cursor>,
    missing: Mutex<Vec<Range<usize>>>,
}

impl<T, R> Slots<T, R> {
    /// Nothing is claimed. `cursor` counts as many items as there are inputs.
    pub(super) fn new(inputs: Vec<T>, cursor: Arc<Cursor>) -> Self {
        let count = inputs.len();
        assert_eq!(cursor.count(), count, "the cursor is that of these inputs");
        Self {
            memory: Memory::new(inputs),
            cursor,
            missing: Mutex::new(Vec::new()),
        }
    }

    /// Gives the next items to the caller, as [`Cursor::claim`] says.
    pub(super) fn claim(&self, most: impl Fn(usize) -> usize) -> Option<Run<'_, T, R>> {
        let range = self.cursor.claim(most)?;
        self.memory.note_access(range.clone());
        Some(Run {
            slots: self,
            next_input: range.start,
            next_result: range.start,
            end: range.end,
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
        // SAFETY: by invariant 3 all items are done, and nobody else has any; there are as many as there were inputs.
        Some(unsafe { self.memory.take_results(count) })
    }
}

impl<T, R> Drop for Slots<T, R> {
    fn drop(&mut self) {
        let (claimed, count) = (self.cursor.stop(), self.cursor.count());
        self.memory.note_access(0..count);
        // SAFETY: by invariant 3 these are unclaimed, so their inputs are there, and nobody else has any.
        unsafe { self.memory.drop_inputs(claimed..count) };
        let missing = self.missing.get_mut();
        missing.sort_unstable_by_key(|range| range.start);
        let mut next = 0;
        for range in missing.iter().cloned().chain(iter::once(claimed..claimed)) {
            if next < range.start {
                // SAFETY: by invariant 3 what was claimed and is not missing is done, so the results are there; they have not
                // been taken, since then everything would be missing.
                unsafe { self.memory.drop_results(next..range.start) };
            }
            next = range.end;
        }
    }
}

/// The memory of inputs and results, which may be the same.
struct Memory<T, R> {
    first_input: *mut T,
    first_result: *mut R,
    /// Owns the memory of the inputs, unless the results lie there. Empty as far as it knows.
    _inputs: Vec<T>,
    /// Owns the memory of the results. Empty as far as it knows.
    results: Vec<R>,
    /// One for each item.
    access: Vec<AccessCheck>,
}

// SAFETY: it owns its items as `Vec`s do, which are `Send` for the same types.
unsafe impl<T: Send, R: Send> Send for Memory<T, R> {}

// SAFETY: through a shared reference nothing is reached but by unsafe methods, whose callers see to it that nobody else reaches the
// same slots. Each of them moves items out or in, for which `Send` suffices.
unsafe impl<T: Send, R: Send> Sync for Memory<T, R> {}

impl<T, R> Memory<T, R> {
    /// Has a slot for each of the inputs, which are in it, and for its result.
    fn new(mut inputs: Vec<T>) -> Self {
        let access = inputs.iter().map(|_| AccessCheck::new()).collect();
        let is_shared = Layout::new::<T>() == Layout::new::<R>();
        let separate = if is_shared { 0 } else { inputs.len() };
        let results = Vec::with_capacity(separate);
        let first_input = inputs.as_mut_ptr();
        // SAFETY: 0 is no more than the capacity, and no item lies below it.
        unsafe { inputs.set_len(0) };
        let (inputs, mut results) = if is_shared {
            // SAFETY: the two have the same layout, and nothing is in it as far as the `Vec` knows.
            (Vec::new(), unsafe { as_empty(inputs) })
        } else {
            (inputs, results)
        };
        Self {
            first_input,
            first_result: results.as_mut_ptr(),
            _inputs: inputs,
            results,
            access,
        }
    }

    /// The items belong to the current thread.
    fn note_access(&self, items: Range<usize>) {
        self.access[items].iter().for_each(AccessCheck::write);
    }

    /// Moves an input out of its slot.
    ///
    /// # Safety
    ///
    /// There is such a slot, its input is there, and nobody else has the item.
    unsafe fn take_input(&self, slot: usize) -> T {
        // SAFETY: the slot lies within the memory, as the caller says.
        let input = unsafe { self.first_input.add(slot) };
        // SAFETY: it holds an input, which the caller owns from now on: nobody reads it again.
        unsafe { input.read() }
    }

    /// Moves a result into its slot.
    ///
    /// # Safety
    ///
    /// There is such a slot, neither an input nor a result is there, and nobody else has the item.
    unsafe fn put_result(&self, slot: usize, result: R) {
        // SAFETY: the slot lies within the memory, as the caller says.
        let place = unsafe { self.first_result.add(slot) };
        // SAFETY: the place is the caller's alone, and holds nothing.
        unsafe { place.write(result) };
    }

    /// Drops inputs, each by itself, whatever their destructors do.
    ///
    /// # Safety
    ///
    /// As for [`take_input`](Self::take_input), for each of the slots.
    unsafe fn drop_inputs(&self, slots: Range<usize>) {
        if needs_drop::<T>() {
            for slot in slots {
                // SAFETY: passed on to the caller; each slot is passed once.
                drop_contained(unsafe { self.take_input(slot) });
            }
        }
    }

    /// Drops results, each by itself, whatever their destructors do.
    ///
    /// # Safety
    ///
    /// There are such slots, their results are there, and nobody else has the items.
    unsafe fn drop_results(&self, slots: Range<usize>) {
        if needs_drop::<R>() {
            for slot in slots {
                // SAFETY: the slot lies within the memory, as the caller says.
                let result = unsafe { self.first_result.add(slot) };
                // SAFETY: it holds a result, which belongs to the caller, and each slot is read once.
                drop_contained(unsafe { result.read() });
            }
        }
    }

    /// The first `count` results as a `Vec`. Leaves no memory.
    ///
    /// # Safety
    ///
    /// There are such slots, their results are there, and nobody else has any of them.
    unsafe fn take_results(&mut self, count: usize) -> Vec<R> {
        self.note_access(0..count);
        let mut results = mem::take(&mut self.results);
        // SAFETY: the memory has room for as many, and the caller says that they are there.
        unsafe { results.set_len(count) };
        results
    }
}

/// The same memory for items of another type.
///
/// # Safety
///
/// The two have the same layout, and `items` is empty.
unsafe fn as_empty<T, R>(items: Vec<T>) -> Vec<R> {
    let mut items = ManuallyDrop::new(items);
    let (first, capacity) = (items.as_mut_ptr().cast(), items.capacity());
    // SAFETY: a `Vec` has allocated it for so many items of the same size and alignment, and has been forgotten; none of them
    // is there.
    unsafe { Vec::from_raw_parts(first, 0, capacity) }
}

/// Items that the current thread has claimed.
///
/// # Invariants
///
/// 4. The inputs from `next_input` to `end` are in their slots. The items from `next_result` to `end` are neither done nor missing,
///    and `next_result` is at most `next_input`: in the slots between the two there is nothing.
pub(super) struct Run<'slots, T, R> {
    slots: &'slots Slots<T, R>,
    next_input: usize,
    next_result: usize,
    end: usize,
    missing: Vec<Range<usize>>,
}

impl<T, R> Run<'_, T, R> {
    /// How many inputs are left.
    pub(super) fn len(&self) -> usize {
        self.end - self.next_input
    }

    /// Takes the next input out.
    pub(super) fn next_input(&mut self) -> Option<T> {
        if self.next_input == self.end {
            return None;
        }
        let item = self.next_input;
        self.next_input += 1;
        // SAFETY: by invariant 4 the input is there, and by invariant 1 the item is ours.
        Some(unsafe { self.slots.memory.take_input(item) })
    }

    /// The result of the first item whose input has been taken and that has none.
    pub(super) fn store(&mut self, result: R) {
        let item = self.next_result();
        // SAFETY: by invariant 4 nothing is there, and by invariant 1 the item is ours.
        unsafe { self.slots.memory.put_result(item, result) };
    }

    /// The next item that has no result will not have one. Returns its number.
    pub(super) fn skip(&mut self) -> usize {
        let item = self.next_result();
        self.missing.push(item..item + 1);
        item
    }

    fn next_result(&mut self) -> usize {
        let item = self.next_result;
        assert!(item < self.next_input, "a result without an input");
        self.next_result += 1;
        item
    }
}

impl<T, R> Drop for Run<'_, T, R> {
    fn drop(&mut self) {
        // SAFETY: by invariant 4 their inputs are there, nobody asks for them any more, and by invariant 1 the items are ours.
        unsafe { self.slots.memory.drop_inputs(self.next_input..self.end) };
        let left = self.next_result..self.end;
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
