//! Whose is which slot of a block: its items by their numbers.

use std::ops::Range;

/// How many items a block has room for at most.
pub(super) const LENGTH: usize = 256;

/// See the [module](self). The protocol is that of [`slots`](super::slots).
pub(super) struct Account {
    /// So many slots have been given an input.
    inputs: usize,
    /// So many items there are: those, and behind them some that had ended before they came.
    count: usize,
    /// The first item that nobody has started, as far as the account knows.
    next: usize,
    bias: Bias,
    /// Of those that belonged to the owner, the first whose end has not been entered.
    entered: usize,
    /// Whether its outcome is there.
    ended: [bool; LENGTH],
    /// How many outcomes have been fetched, in order.
    fetched: usize,
    /// How many outcomes are missing.
    missing: usize,
}

/// Who starts items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bias {
    /// Whoever comes, under the lock.
    Free,
    /// One cursor, up to this item, without the lock.
    Owned { until: usize },
    /// Whoever comes, for good. Of those that the owner claimed, the ones before this are its own.
    Revoked { kept: usize },
}

impl Account {
    pub(super) fn new() -> Self {
        Self {
            inputs: 0,
            count: 0,
            next: 0,
            bias: Bias::Free,
            entered: 0,
            ended: [false; LENGTH],
            fetched: 0,
            missing: 0,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn next(&self) -> usize {
        self.next
    }

    pub(super) fn bias(&self) -> Bias {
        self.bias
    }

    pub(super) fn missing(&self) -> usize {
        self.missing
    }

    /// The items that nobody has started.
    pub(super) fn waiting(&self) -> Range<usize> {
        self.next..self.inputs
    }

    pub(super) fn fetched(&self) -> usize {
        self.fetched
    }

    pub(super) fn has_ended(&self, place: usize) -> bool {
        place < self.fetched || self.ended[place]
    }

    /// Whether the first outcome that has not been fetched is there.
    pub(super) fn has_first(&self) -> bool {
        self.fetched < self.count && self.ended[self.fetched]
    }

    /// The inputs of so many more items lie in their slots.
    pub(super) fn add_inputs(&mut self, count: usize) {
        assert_eq!(self.inputs, self.count, "none that has ended lies before");
        self.inputs += count;
        self.missing += count;
        self.count += count;
    }

    /// One more item has ended. Returns its place.
    pub(super) fn add_ended(&mut self) -> usize {
        let place = self.count;
        self.ended[place] = true;
        self.count += 1;
        place
    }

    /// The next item is the caller's from now on.
    pub(super) fn start(&mut self) -> Option<usize> {
        assert!(!self.is_owned(), "its owner starts them");
        let place = self.next;
        (place < self.inputs).then(|| {
            self.next += 1;
            place
        })
    }

    /// The items from `next` up to `until` belong to one cursor, as it claims them.
    pub(super) fn own(&mut self, until: usize) {
        assert_eq!(self.bias, Bias::Free, "there is one owner");
        assert!(until <= self.inputs, "only inputs are claimed");
        self.bias = Bias::Owned { until };
        self.entered = self.next;
    }

    pub(super) fn is_owned(&self) -> bool {
        matches!(self.bias, Bias::Owned { .. })
    }

    /// The owner has claimed the items before `started`, and ended those before the last of these.
    pub(super) fn see(&mut self, started: usize) {
        if let Bias::Owned { until } = self.bias {
            self.next = started.min(until);
            self.enter_up_to(started.saturating_sub(1).min(until));
        }
    }

    /// Nobody owns them any more, and the owner keeps what it has been seen to have claimed.
    pub(super) fn revoke(&mut self) {
        self.bias = Bias::Revoked { kept: self.next };
    }

    /// The owner has ended the items before `next`, and does not want to own them any longer. Returns whether that was news, and
    /// whether it keeps the item `next`, if it has claimed that.
    pub(super) fn leave(&mut self, next: usize, has_claimed: bool) -> (bool, bool) {
        let is_news = self.entered < next;
        self.enter_up_to(next);
        let keeps = match self.bias {
            // Somebody tried to revoke them, and has perhaps seen the claim.
            Bias::Owned { until } if has_claimed && next < until => {
                self.next = next + 1;
                self.bias = Bias::Revoked { kept: self.next };
                true
            }
            Bias::Owned { .. } => {
                self.next = next;
                self.bias = Bias::Free;
                false
            }
            Bias::Revoked { kept } => next < kept,
            Bias::Free => unreachable!("it was the owner"),
        };
        (is_news, keeps)
    }

    fn enter_up_to(&mut self, end: usize) {
        if self.entered < end {
            self.ended[self.entered..end].fill(true);
            self.missing -= end - self.entered;
            self.entered = end;
        }
    }

    /// The outcome of the item is there.
    pub(super) fn enter(&mut self, place: usize) {
        self.ended[place] = true;
        self.missing -= 1;
    }

    /// The outcome of the item belongs to the caller.
    pub(super) fn take(&mut self, place: usize) -> bool {
        std::mem::take(&mut self.ended[place])
    }

    /// The outcomes that are there, from the first one that has not been fetched on, belong to the caller.
    pub(super) fn fetch(&mut self) -> Range<usize> {
        let left = &self.ended[self.fetched..self.count];
        let missing = left.iter().position(|ended| !ended);
        let there = missing.unwrap_or(left.len());
        let range = self.fetched..self.fetched + there;
        self.ended[range.clone()].fill(false);
        self.fetched = range.end;
        range
    }
}
