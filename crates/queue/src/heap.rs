//! `PriorityQueue` and its storage `Heap`: smallest first, equal items in the order they were put.
//!
//! What is put goes into a block, the *young* one, at its place in the order. A block that is full becomes a *run*: nothing
//! is put into it any more. The runs are a heap, in the order of their first items. So the next item is the first one of the
//! young block or of the first run, and what is looked at on the way is little, however long the queue is.
//!
//! # Invariants
//!
//! 1. The young block and each run are in order, equal items in that of their `put`.
//! 2. No run comes before its parent (the run at `(i - 1) / 4`), in the order of their first items and then of numbers.
//! 3. Runs are numbered as they are made, and everything in one was put before anything in a later one or in the young
//!    block. So equal items come out in the order of their `put`.
//! 4. Every comparison of one call comes before its first move. So a comparison that panics changes nothing, and one that
//!    contradicts itself costs order, but no item.

use std::collections::VecDeque;
use std::fmt;
use std::mem::{needs_drop, replace, take};

use crate::base_queue::BaseQueue;
use crate::block::{SHORT, block_len};
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
///
/// It grows by blocks of 256 items, or fewer if they are large. Emptied, it keeps one.
pub struct Heap<T> {
    young: VecDeque<T>,
    runs: Vec<Run<T>>,
    /// The number of the next run.
    next: u64,
    len: usize,
    /// An empty block that may become the next young one.
    spare: VecDeque<T>,
}

/// What is left of a block.
struct Run<T> {
    first: T,
    rest: VecDeque<T>,
    number: u64,
}

impl<T> Run<T> {
    /// Removes the first item, if it is not the only one. Returns the block as well once that is nearly empty: what is left
    /// may stay for long, and goes on in a smaller one.
    #[inline]
    fn get(&mut self) -> Option<(T, Option<VecDeque<T>>)> {
        let next = self.rest.pop_front()?;
        let item = replace(&mut self.first, next);
        let left = self.rest.len();
        let moves = left == 0 || left == block_len::<T>() / 8;
        Some((item, moves.then(|| self.leave_block())))
    }

    #[cold]
    fn leave_block(&mut self) -> VecDeque<T> {
        let rest = VecDeque::with_capacity(self.rest.len());
        let mut block = replace(&mut self.rest, rest);
        self.rest.extend(block.drain(..));
        block
    }
}

/// Two would make the heap twice as high, and more would have to be compared.
const CHILDREN: usize = 4;

fn parent_of(place: usize) -> usize {
    (place - 1) / CHILDREN
}

impl<T> Heap<T> {
    /// An empty one.
    pub const fn new() -> Self {
        Self {
            young: VecDeque::new(),
            runs: Vec::new(),
            next: 0,
            len: 0,
            spare: VecDeque::new(),
        }
    }

    /// Nothing is left but what was kept for more.
    #[cold]
    fn let_go(&mut self) {
        self.spare = VecDeque::new();
        if self.runs.capacity() > SHORT {
            self.runs = Vec::new();
        }
    }
}

impl<T: Ord> Heap<T> {
    /// Behind all that are not larger.
    #[inline]
    fn place_in_young(&self, item: &T) -> usize {
        match self.young.back() {
            Some(last) if last.cmp(item).is_gt() => {
                self.young.partition_point(|other| other.cmp(item).is_le())
            }
            _ => self.young.len(),
        }
    }

    /// The young block is full, or none: it becomes a run, and another one takes its place.
    #[cold]
    fn begin_block(&mut self) {
        let mut place = self.runs.len();
        let target = self
            .young
            .front()
            .map_or(place, |first| self.place_of_run(first));
        // From here on nothing is compared (invariant 4).
        let block = match take(&mut self.spare) {
            spare if spare.capacity() > 0 => spare,
            _ => VecDeque::with_capacity(block_len::<T>()),
        };
        let mut rest = replace(&mut self.young, block);
        let Some(first) = rest.pop_front() else {
            return;
        };
        self.runs.push(Run {
            first,
            rest,
            number: self.next,
        });
        self.next += 1;
        while place > target {
            let parent = parent_of(place);
            self.runs.swap(place, parent);
            place = parent;
        }
    }

    /// Where a new run belongs: it climbs past every ancestor that is larger.
    fn place_of_run(&self, first: &T) -> usize {
        let mut place = self.runs.len();
        while place > 0 {
            let parent = parent_of(place);
            if self.runs[parent].first.cmp(first).is_le() {
                break;
            }
            place = parent;
        }
        place
    }

    /// Whether the next item is in the young block. Equal ones in a run are older.
    #[inline]
    fn is_young_next(&self) -> bool {
        match (self.young.front(), self.runs.first()) {
            (Some(young), Some(run)) => young.cmp(&run.first).is_lt(),
            (young, _) => young.is_some(),
        }
    }

    /// Removes the first item of the first run.
    fn get_old(&mut self) -> Option<T> {
        let first = self.runs.first()?;
        if let Some(next) = first.rest.front() {
            let target = self.place_of(next, first.number, self.runs.len());
            // From here on nothing is compared (invariant 4).
            let (item, block) = self.runs[0].get()?;
            if let Some(block) = block.filter(|block| block.capacity() >= block_len::<T>()) {
                self.spare = block;
            }
            self.move_first(target);
            return Some(item);
        }
        // It was the last of its run: the last run takes the seat.
        let last = self.runs.len() - 1;
        let target = self.place_of(&self.runs[last].first, self.runs[last].number, last);
        // From here on nothing is compared (invariant 4).
        let run = self.runs.swap_remove(0);
        self.move_first(target);
        Some(run.first)
    }

    /// Where a run with this first item and number belongs, if the first run is gone and there are `len` seats.
    ///
    /// It often stays first. If not, it goes down along the smallest children to the bottom, and then up again to where it
    /// fits: it usually belongs near the bottom, so this takes fewer comparisons than looking on the way down.
    fn place_of(&self, first: &T, number: u64, len: usize) -> usize {
        let comes_before = |place: usize| {
            let run = &self.runs[place];
            first.cmp(&run.first).then(number.cmp(&run.number)).is_lt()
        };
        let mut place = 0;
        loop {
            let child = place * CHILDREN + 1;
            if child >= len {
                break;
            }
            let smallest = self.smallest_of(child, len.min(child + CHILDREN));
            if place == 0 && comes_before(smallest) {
                return 0;
            }
            place = smallest;
        }
        while place > 0 && comes_before(place) {
            place = parent_of(place);
        }
        place
    }

    /// The smallest of the runs from `first` to before `end`.
    #[inline]
    fn smallest_of(&self, first: usize, end: usize) -> usize {
        // Plain data is compared without jumps, and then two comparisons at a time are faster than one after the other.
        // Data behind pointers is not, and then the processor guesses ahead and fetches what it may need next.
        if !needs_drop::<T>() && end - first == CHILDREN {
            let left = self.smaller(first, first + 1);
            let right = self.smaller(first + 2, first + 3);
            return self.smaller(left, right);
        }
        (first + 1..end).fold(first, |smallest, place| self.smaller(smallest, place))
    }

    #[inline]
    fn smaller(&self, left: usize, right: usize) -> usize {
        let (a, b) = (&self.runs[left], &self.runs[right]);
        let order = b.first.cmp(&a.first).then(b.number.cmp(&a.number));
        if order.is_lt() { right } else { left }
    }

    /// The first run goes down to `target`, and each one on the way up by one.
    fn move_first(&mut self, target: usize) {
        let mut place = target;
        while place > 0 {
            self.runs.swap(0, place);
            place = parent_of(place);
        }
    }
}

impl<T: Ord> Storage<T> for Heap<T> {
    const IS_EXACT: bool = true;

    fn put(&mut self, item: T) {
        self.put_from(&mut Some(item));
    }

    fn get(&mut self) -> Option<T> {
        let item = if self.is_young_next() {
            self.young.pop_front()
        } else {
            self.get_old()
        };
        if item.is_some() {
            self.len -= 1;
            if self.len == 0 && self.spare.capacity() > 0 {
                self.let_go();
            }
        }
        item
    }

    fn len(&self) -> usize {
        self.len
    }

    fn put_from(&mut self, slot: &mut Option<T>) {
        let Some(item) = slot.as_ref() else {
            return;
        };
        if self.young.capacity() == 0 || self.young.len() >= block_len::<T>() {
            self.begin_block();
        }
        let place = self.place_in_young(item);
        // From here on nothing is compared (invariant 4).
        if let Some(item) = slot.take() {
            self.young.insert(place, item);
            self.len += 1;
        }
    }

    fn take_all(&mut self) -> Option<Self> {
        Some(take(self))
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
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
