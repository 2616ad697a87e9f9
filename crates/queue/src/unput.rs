//! `Unput`: what `put_many` could not put.

use std::collections::VecDeque;
use std::fmt;
use std::iter::{Fuse, FusedIterator};

/// The items that were not put, in their order: what had been taken from the iterator already, then the rest of it.
#[must_use = "it holds the items that were not put"]
pub struct Unput<I: Iterator> {
    pub(crate) taken: VecDeque<I::Item>,
    rest: Fuse<I>,
}

impl<I: Iterator> Unput<I> {
    /// At most so many items are taken before they are put.
    const BATCH: usize = 32;

    pub(crate) fn new(items: I) -> Self {
        let expected = items.size_hint().0.clamp(1, Self::BATCH);
        Self {
            taken: VecDeque::with_capacity(expected),
            rest: items.fuse(),
        }
    }

    /// Takes a batch from the iterator, which is short if the iterator ends or somebody is in a `hurry`.
    pub(crate) fn take_batch(&mut self, hurry: impl Fn() -> bool) {
        while self.taken.len() < Self::BATCH {
            let Some(item) = self.rest.next() else {
                return;
            };
            self.taken.push_back(item);
            if hurry() {
                return;
            }
        }
    }
}

impl<I: Iterator> Iterator for Unput<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.taken.pop_front().or_else(|| self.rest.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.rest.size_hint();
        let taken = self.taken.len();
        (
            least.saturating_add(taken),
            most.and_then(|most| most.checked_add(taken)),
        )
    }
}

impl<I: Iterator> FusedIterator for Unput<I> {}

impl<I: Iterator> fmt::Debug for Unput<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unput")
            .field("taken", &self.taken.len())
            .finish_non_exhaustive()
    }
}
