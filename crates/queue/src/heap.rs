//! `PriorityQueue` and its storage `Heap`: smallest first, equal items in the order they were put.
//!
//! # Invariants
//!
//! 1. No entry comes before its parent (the entry at `(i - 1) / 2`), in the order of items and then of numbers.
//! 2. Numbers are given in the order of `put`, so two entries are never equal, and equal items keep that order.
//! 3. Every comparison of one call comes before its first move. So a comparison that panics changes nothing, and one that
//!    contradicts itself costs order, but no item.

use std::fmt;

use crate::base_queue::BaseQueue;
use crate::block::block_len;
use crate::storage::Storage;

/// A queue that hands out the smallest item first; equal items in the order they were put.
///
/// All its methods are those of [`BaseQueue`]. See there for its guarantees and its differences from Python.
///
/// Items are compared by [`Ord`], so tuples compare field by field; [`Prioritized`](crate::Prioritized) compares a priority
/// alone; for largest first wrap in [`Reverse`](std::cmp::Reverse).
///
/// # Panics
///
/// A comparison that panics reaches who called `put` or `get`; the queue is as it was before. A comparison that calls the
/// queue it is made for panics.
///
/// # Differences from Python
///
/// In Python equal items come out in no particular order, and an item whose comparison fails stays in the queue
/// uncounted (O3, O4).
///
/// # Examples
///
/// ```
/// use pythreads_queue::{Prioritized, PriorityQueue};
///
/// let queue = PriorityQueue::new();
/// queue.put(Prioritized { priority: 2, item: "later" }).unwrap();
/// queue.put(Prioritized { priority: 1, item: "first" }).unwrap();
/// queue.put(Prioritized { priority: 1, item: "second" }).unwrap();
/// assert_eq!(queue.get().unwrap().item, "first");
/// assert_eq!(queue.get().unwrap().item, "second");
/// ```
pub type PriorityQueue<T> = BaseQueue<T, Heap<T>>;

impl<T: Ord> BaseQueue<T, Heap<T>> {
    /// An empty queue without a bound.
    pub const fn new() -> Self {
        Self::with_maxsize(0)
    }

    /// An empty queue for at most `maxsize` items; 0 means without a bound.
    pub const fn with_maxsize(maxsize: usize) -> Self {
        Self::from_empty(Heap::new(), maxsize)
    }
}

/// The storage of a [`PriorityQueue`]: smallest first, equal items in the order they were put.
pub struct Heap<T> {
    entries: Vec<Entry<T>>,
    /// The number of the next entry.
    next: u64,
}

struct Entry<T> {
    item: T,
    number: u64,
}

impl<T> Heap<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            next: 0,
        }
    }
}

impl<T: Ord> Heap<T> {
    fn comes_before(&self, left: usize, right: usize) -> bool {
        let (left, right) = (&self.entries[left], &self.entries[right]);
        left.item
            .cmp(&right.item)
            .then(left.number.cmp(&right.number))
            .is_lt()
    }

    /// Where a new entry with `item` belongs: it climbs past every ancestor that is larger.
    fn place_of(&self, item: &T) -> usize {
        let mut place = self.entries.len();
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.entries[parent].item.cmp(item).is_le() {
                break;
            }
            place = parent;
        }
        place
    }

    /// Grows by a quarter: doubling would leave half of the memory unused.
    fn make_room(&mut self) {
        let len = self.entries.len();
        if len == self.entries.capacity() {
            self.entries.reserve_exact((len / 4).max(block_len::<T>()));
        }
    }

    /// Where the last entry belongs once the first one is gone and it has taken its seat.
    ///
    /// Goes down along the smaller children to the bottom, then up again to where the last entry fits. It usually
    /// belongs near the bottom, so this takes about half as many comparisons as looking at it on the way down.
    fn place_of_last(&self) -> usize {
        let last = self.entries.len() - 1;
        let mut place = 0;
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            if left >= last {
                break;
            }
            place = if right < last && self.comes_before(right, left) {
                right
            } else {
                left
            };
        }
        while place > 0 && self.comes_before(last, place) {
            place = (place - 1) / 2;
        }
        place
    }
}

impl<T: Ord> Storage<T> for Heap<T> {
    fn put(&mut self, item: T) {
        self.put_from(&mut Some(item));
    }

    fn get(&mut self) -> Option<T> {
        if self.entries.is_empty() {
            return None;
        }
        let target = self.place_of_last();
        // From here on nothing is compared (invariant 3).
        let first = self.entries.swap_remove(0);
        // Seats counted from 1, the ancestors of a seat are what is left of it when bits are cut off its end.
        let seat = target + 1;
        let mut place = 0;
        for cut in (0..seat.ilog2()).rev() {
            let next = (seat >> cut) - 1;
            self.entries.swap(place, next);
            place = next;
        }
        Some(first.item)
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn put_from(&mut self, slot: &mut Option<T>) {
        let Some(item) = slot.as_ref() else {
            return;
        };
        let target = self.place_of(item);
        // From here on nothing is compared (invariant 3).
        let mut place = self.entries.len();
        self.make_room();
        self.entries.extend(slot.take().map(|item| Entry {
            item,
            number: self.next,
        }));
        self.next += 1;
        while place > target {
            let parent = (place - 1) / 2;
            self.entries.swap(place, parent);
            place = parent;
        }
    }

    fn take_all(&mut self) -> Option<Self> {
        let rest = Self {
            entries: Vec::new(),
            next: self.next,
        };
        Some(std::mem::replace(self, rest))
    }
}

impl<T> Default for Heap<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Heap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap")
            .field("len", &self.entries.len())
            .finish_non_exhaustive()
    }
}
