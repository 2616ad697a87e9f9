//! The results of a lazy map that nobody has fetched yet, in the order in which they are handed out.

use std::collections::VecDeque;

use super::Outcome;

/// In which order results are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As their inputs came.
    Input,
    /// As they come.
    Completion,
}

/// # Invariants
///
/// 1. In [`Order::Input`] `slots[i]` is that of the input number `first + i`, and there is one for each input that was
///    taken and whose result has not been fetched. In [`Order::Completion`] all slots are filled.
pub(super) struct Results<R> {
    order: Order,
    first: u64,
    slots: VecDeque<Option<Outcome<R>>>,
}

impl<R> Results<R> {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            first: 0,
            slots: VecDeque::new(),
        }
    }

    /// As many more inputs have been taken.
    pub(super) fn expect(&mut self, inputs: usize) {
        if self.order == Order::Input {
            self.slots.extend((0..inputs).map(|_| None));
        }
    }

    /// The result of the input number `place`, which was expected and has none yet.
    pub(super) fn store(&mut self, place: u64, outcome: Outcome<R>) {
        match self.order {
            Order::Completion => self.slots.push_back(Some(outcome)),
            Order::Input => {
                let slot = usize::try_from(place - self.first).map(|at| &mut self.slots[at]);
                *slot.expect("a slot in memory") = Some(outcome);
            }
        }
    }

    /// Whether the next one is there.
    pub(super) fn has_next(&self) -> bool {
        matches!(self.slots.front(), Some(Some(_)))
    }

    /// How many can be handed out at least, or, where it is not known how many follow the next one, a great number.
    pub(super) fn fetchable(&self) -> usize {
        match self.order {
            _ if !self.has_next() => 0,
            Order::Input => usize::MAX,
            Order::Completion => self.slots.len(),
        }
    }

    /// The number of the input whose result is the next one; `None` if any will do.
    pub(super) fn awaited(&self) -> Option<u64> {
        (self.order == Order::Input).then_some(self.first)
    }

    /// Moves those that can be handed out, at most `limit`, to the end of `to`.
    pub(super) fn fetch(&mut self, limit: usize, to: &mut VecDeque<Outcome<R>>) {
        for _ in 0..limit {
            match self.slots.pop_front() {
                Some(Some(outcome)) => to.push_back(outcome),
                Some(None) => return self.slots.push_front(None),
                None => return,
            }
            self.first += 1;
        }
    }

    /// All that are there, in whatever order; none are handed out any more.
    pub(super) fn take_all(&mut self) -> VecDeque<Option<Outcome<R>>> {
        std::mem::take(&mut self.slots)
    }
}
