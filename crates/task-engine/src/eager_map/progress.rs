//! How far a run has come: its blocks, who works on them, and what stays true of both (see the [run](super::run)).

use std::collections::VecDeque;
use std::sync::Arc;

use pythreads_sync_primitives::Exception;

use super::block::{Block, LENGTH};
use crate::node::Work;

pub(super) struct Progress<I, R, F> {
    /// Until the run has ended.
    pub(super) f: Option<Arc<F>>,
    /// With outcomes that have not been fetched, in their order.
    pub(super) blocks: VecDeque<Arc<Block<I, R>>>,
    /// All of their inputs had been started when another one came, or a runner made room there. Before all of `fresh`.
    pub(super) refilled: VecDeque<Arc<Block<I, R>>>,
    /// Nobody has worked on them.
    pub(super) fresh: VecDeque<Arc<Block<I, R>>>,
    /// Somebody does, or did.
    pub(super) begun: Vec<Arc<Block<I, R>>>,
    /// How many inputs have been handed over.
    pub(super) taken: usize,
    /// How many there will be at most, as far as that is known.
    pub(super) expected: Option<usize>,
    /// How many tasks the crew had been given when the last of them were.
    pub(super) crew_given: usize,
    pub(super) runners: usize,
    pub(super) inside: usize,
    /// Runners that are, or were of late, in the run queue.
    pub(super) tasks: Vec<Arc<dyn Work>>,
    pub(super) refusal: Option<Exception>,
    pub(super) is_complete: bool,
    /// A thread that is inside will not go on.
    pub(super) is_abandoned: bool,
    /// There is no reader any more.
    pub(super) is_disowned: bool,
}

impl<I, R, F> Progress<I, R, F> {
    pub(super) fn new(f: F) -> Self {
        Self {
            f: Some(Arc::new(f)),
            blocks: VecDeque::new(),
            expected: None,
            refilled: VecDeque::new(),
            fresh: VecDeque::new(),
            begun: Vec::new(),
            taken: 0,
            crew_given: 0,
            runners: 0,
            inside: 0,
            tasks: Vec::new(),
            refusal: None,
            is_complete: false,
            is_abandoned: false,
            is_disowned: false,
        }
    }

    /// The one with room for the next input.
    pub(super) fn last_block(&mut self) -> Arc<Block<I, R>> {
        match self.blocks.back() {
            Some(block) if block.end() > self.taken => Arc::clone(block),
            _ => {
                let block = Arc::new(Block::new(self.taken, self.capacity()));
                self.blocks.push_back(Arc::clone(&block));
                block
            }
        }
    }

    /// For so many inputs a block has room that comes next.
    fn capacity(&self) -> usize {
        const AT_FIRST: usize = 16;
        let left = self.expected.and_then(|all| all.checked_sub(self.taken));
        let wanted = match left {
            Some(left @ 1..) => left,
            // It is not known, or they are more than their iterator has said.
            Some(0) | None => self.taken.max(AT_FIRST),
        };
        wanted.min(LENGTH)
    }

    /// The block of a position whose outcome has not been fetched.
    pub(super) fn block_of(&self, position: usize) -> Option<Arc<Block<I, R>>> {
        let is_before = |block: &Arc<Block<I, R>>| block.end() <= position;
        let number = match self.blocks.front() {
            Some(first) if !is_before(first) => 0,
            _ => self.blocks.partition_point(is_before),
        };
        self.blocks.get(number).cloned()
    }

    /// A block with inputs that wait; one that nobody works on, if there is one.
    pub(super) fn next_block(&mut self) -> Option<Arc<Block<I, R>>> {
        self.begun.retain(|block| block.has_waiting());
        let first = self.refilled.pop_front();
        if let Some(block) = first.or_else(|| self.fresh.pop_front()) {
            self.begun.push(Arc::clone(&block));
            return Some(block);
        }
        self.begun.first().cloned()
    }

    /// The next runner begins with a block, from which the current one goes away.
    pub(super) fn put_back(&mut self, block: &Arc<Block<I, R>>) {
        let place = self
            .begun
            .iter()
            .position(|begun| Arc::ptr_eq(begun, block));
        if let Some(place) = place {
            self.refilled.push_front(self.begun.remove(place));
        }
    }

    /// The block with the first input that waits.
    pub(super) fn first_block(&mut self) -> Option<Arc<Block<I, R>>> {
        self.begun.retain(|block| block.has_waiting());
        let begun = self.begun.first().cloned();
        begun.or_else(|| self.next_block())
    }

    /// Somebody will work on a block, the first of those whose outcomes have not been fetched.
    pub(super) fn begin(&mut self, block: &Arc<Block<I, R>>) {
        if self
            .fresh
            .front()
            .is_some_and(|first| Arc::ptr_eq(first, block))
        {
            self.begun.retain(|block| block.has_waiting());
            self.begun.extend(self.fresh.pop_front());
        }
    }

    /// How many inputs nobody has started.
    pub(super) fn waiting(&self) -> usize {
        let begun = self.begun.iter().chain(&self.refilled);
        let begun = begun.map(|block| block.waiting());
        let fresh = match (self.fresh.front(), self.fresh.back()) {
            (Some(first), Some(last)) => last.first - first.first + last.waiting(),
            _ => 0,
        };
        begun.sum::<usize>() + fresh
    }

    /// Inputs that wait have been added to `block`, the last one.
    pub(super) fn list(&mut self, block: Arc<Block<I, R>>) {
        let is_it = |listed: &Arc<Block<I, R>>| Arc::ptr_eq(listed, &block);
        let mut begun = self.begun.iter().chain(&self.refilled);
        if !self.fresh.back().is_some_and(is_it) && !begun.any(is_it) {
            if block.is_begun() {
                self.refilled.push_back(block);
            } else {
                self.fresh.push_back(block);
            }
        }
    }

    pub(super) fn has_waiting(&self) -> bool {
        let begun = self.begun.iter().chain(&self.refilled);
        let mut listed = self.fresh.iter().chain(begun);
        listed.any(|block| block.has_waiting())
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_complete && self.inside == 0 && !self.has_waiting()
    }
}
