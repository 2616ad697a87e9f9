//! The items of a run, as those see them who follow a wait for one.

use std::ptr;

use super::Outcome;
use super::run::Run;
use crate::deadlock::Verdict;

/// See the [module](self). Called under the sleepers' lock, so only ours are taken.
pub(crate) trait Items: Send + Sync {
    /// The crew whose workers run them.
    fn home(&self) -> u32;

    /// Tells this map from others, as long as it lives.
    fn address(&self) -> usize;

    /// Where the item at this position stands. It has not been fetched.
    fn standing(&self, position: usize) -> Standing;

    /// What is left for a reader who wants any; `None` if there is an outcome for it.
    fn left(&self) -> Option<Left>;

    /// Wakes the reader, who waits for the item at the position, or for any, after `tell` under the lock of its wait.
    fn tell(&self, position: Option<usize>, tell: &dyn Fn());
}

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    Started,
    Ended,
}

/// What is left for a reader who wants any outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left {
    /// Outcomes that have not come. Counted before `waiting`, so that an item which is started meanwhile makes the difference
    /// larger.
    pub(crate) missing: usize,
    /// Items that nobody has started.
    pub(crate) waiting: usize,
}

/// What ended a reader's wait.
pub(super) enum Waited {
    IsThere,
    TimedOut,
    Told(Verdict),
}

impl<I, R, F> Items for Run<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn home(&self) -> u32 {
        self.crew.id()
    }

    fn address(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    fn standing(&self, position: usize) -> Standing {
        let block = self.block_of(position);
        block.map_or(Standing::Ended, |block| {
            block.standing(position - block.first)
        })
    }

    fn left(&self) -> Option<Left> {
        let missing = self.feed.missing()?;
        let waiting = self.count_waiting();
        Some(Left { missing, waiting })
    }

    fn tell(&self, position: Option<usize>, tell: &dyn Fn()) {
        match position.map(|position| self.block_of(position)) {
            Some(Some(block)) => block.tell_reader(tell),
            Some(None) => tell(),
            None => self.feed.tell_reader(tell),
        }
    }
}
