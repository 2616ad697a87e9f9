//! An eager map: one function over inputs that are all taken at once, with each result in its place.
//!
//! The inputs stand in blocks (`block`), which costs next to nothing for each, and a few runners (`runner`), tasks of the crew,
//! run them. But each input is still started by itself: whoever has nothing else to do takes the next one, also out of a block
//! that another thread is in the midst of. So none waits behind one that is slow, or that waits for it.
//! As long as nobody else wants one of them, a thread takes those of a block without a lock (`slots`).
//!
//! Inputs are handed over as they come. If their iterator knows how many there are, and gives them quickly, they are handed
//! over in groups that grow.

mod account;
mod block;
mod feed;
mod items;
mod progress;
mod run;
mod runner;
mod slots;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError, sync};

use self::block::{LENGTH, Wanted};
pub(crate) use self::items::{Items, Standing};
pub(crate) use self::run::Run;
pub(crate) use self::runner::Runner;
use crate::contain::drop_contained;
use crate::crew::Crew;

type Outcome<R> = Result<R, Exception>;

/// A group of inputs is taken within this time, or is one of 256 at most; the next one is larger if it took much less.
const QUICK: Duration = Duration::from_micros(20);

/// And to so many at most.
const MOST: usize = 16 * LENGTH;

/// The results, for their one reader, as it sees them. Dropped after it was read, it cancels what has not started.
pub struct EagerMap<R> {
    results: Arc<dyn Results<R>>,
    /// Fetched, and not handed out yet.
    ready: VecDeque<Outcome<R>>,
    /// Of the next result to fetch.
    position: usize,
    left: usize,
    is_read: bool,
    /// Results come as they end.
    is_unordered: bool,
}

/// Where the results come from.
pub(crate) trait Results<R>: Items {
    /// Moves the results that are there into `ready`, from the one at `position` on, which nobody has fetched; all before it
    /// have been.
    fn fetch(&self, position: usize, ready: &mut VecDeque<Outcome<R>>);

    /// As `fetch`, up to the first failure.
    fn fetch_results(&self, position: usize, results: &mut Vec<R>) -> Result<(), Exception>;

    /// Waits for what is wanted from `position` on, as in `fetch`; `false` if the deadline passed first. An interruption point.
    /// `shared` is this.
    ///
    /// # Panics
    ///
    /// With an exception of kind Deadlock, if the wait would never end.
    fn wait(&self, position: usize, wanted: Wanted, deadline: Deadline, shared: Shared<'_>)
    -> bool;

    /// From now on results are fetched as they end, of which so many have not been fetched.
    fn give_up_order(&self, left: usize);

    /// Moves the results into `ready` that have ended since the last call.
    fn fetch_ended(&self, ready: &mut VecDeque<Outcome<R>>);

    /// As `wait`, for any result.
    fn wait_for_any(&self, deadline: Deadline, shared: Shared<'_>) -> bool;

    /// Cancels what has not started.
    fn cancel_rest(&self);

    /// Nobody will fetch results any more.
    fn disown(&self);
}

/// A map itself, for those who follow a wait for it.
type Shared<'map> = &'map dyn Fn() -> Arc<dyn Items>;

impl<R> EagerMap<R> {
    /// Takes all inputs and hands them over to `crew`, which calls `f` with each.
    ///
    /// # Panics
    ///
    /// With the panic of the inputs; those that came before are run.
    pub fn new<I, F>(crew: &Arc<Crew>, inputs: impl IntoIterator<Item = I>, f: F) -> Self
    where
        I: Send + 'static,
        R: Send + 'static,
        F: Fn(I) -> Outcome<R> + Send + Sync + 'static,
    {
        let run = Run::new(crew, f, None, |run| Runner::task(run), |run| run.clone());
        let results: Arc<dyn Results<R>> = run.clone();
        Self::start(results, &run, inputs)
    }

    /// Hands the inputs over to `run`, whose results are `results`.
    pub(crate) fn start<I, F>(
        results: Arc<dyn Results<R>>,
        run: &Arc<Run<I, R, F>>,
        inputs: impl IntoIterator<Item = I>,
    ) -> Self
    where
        I: Send,
        R: Send,
        F: Fn(I) -> Outcome<R> + Send + Sync,
    {
        // If the inputs panic, it is dropped, after what came has been handed over.
        let mut map = Self {
            results,
            ready: VecDeque::new(),
            position: 0,
            left: 0,
            is_read: false,
            is_unordered: false,
        };
        let mut hand_over = HandOver {
            run,
            group: Vec::new(),
        };
        let mut inputs = inputs.into_iter();
        let (least, most) = inputs.size_hint();
        let in_groups = most == Some(least);
        run.begin(most);
        let mut size = 1;
        let mut since = sync::now();
        loop {
            // A group ends with its block, which is worked on at once and would not be done otherwise.
            let most = size.max(LENGTH) - map.left % LENGTH;
            let is_end = hand_over.fill(&mut inputs, size.min(most), since);
            map.left += hand_over.group.len();
            if is_end {
                break;
            }
            run.take(&mut hand_over.group);
            if in_groups {
                let now = sync::now();
                size = match now.duration_since(since) {
                    took if took < QUICK / 4 => MOST.min(2 * size),
                    took if took < QUICK => size,
                    _ => 1,
                };
                since = now;
            }
        }
        drop(hand_over);
        map
    }

    /// How many results have not been handed out.
    pub fn len(&self) -> usize {
        self.left
    }

    /// Whether all results have been handed out.
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// From now on, results come in the order in which they end.
    pub fn give_up_order(&mut self) {
        self.is_unordered = true;
        self.results.give_up_order(self.left - self.ready.len());
    }

    /// From now on, a drop cancels what has not started.
    pub fn mark_read(&mut self) {
        self.is_read = true;
    }

    /// The next result, if it is there; `None` after the last one.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub fn try_next(&mut self) -> Result<Option<Outcome<R>>, TimeoutError> {
        self.mark_read();
        if self.left == 0 {
            return Ok(None);
        }
        if self.ready.is_empty() {
            self.fetch();
        }
        let next = self.ready.pop_front().ok_or(TimeoutError::new(()))?;
        self.left -= 1;
        Ok(Some(next))
    }

    /// Waits for the next result; `None` after the last one. An interruption point.
    ///
    /// # Errors
    ///
    /// If the deadline passed first. Nothing is lost.
    ///
    /// # Panics
    ///
    /// With an exception of kind Deadlock, as an interrupt does, if the wait would never end.
    pub fn next_until(&mut self, deadline: Deadline) -> Result<Option<Outcome<R>>, TimeoutError> {
        loop {
            let next = self.try_next();
            if next.is_ok() {
                return next;
            }
            if !self.wait(Wanted::First, deadline) {
                return next;
            }
        }
    }

    /// Waits for all results, in their order. An interruption point.
    ///
    /// # Errors
    ///
    /// The exception of the first failed input in their order; what has not started is cancelled.
    ///
    /// # Panics
    ///
    /// As [`next_until`](Self::next_until).
    pub fn into_vec(mut self) -> Result<Vec<R>, Exception> {
        debug_assert!(!self.is_unordered, "the order was given up");
        self.mark_read();
        let mut all = Vec::with_capacity(self.left);
        for outcome in std::mem::take(&mut self.ready) {
            all.push(outcome?);
        }
        self.left -= all.len();
        while self.left > 0 {
            let before = all.len();
            self.results.fetch_results(self.position, &mut all)?;
            let count = all.len() - before;
            self.position += count;
            self.left -= count;
            if count == 0 {
                self.wait(Wanted::All, Deadline::Never);
            }
        }
        Ok(all)
    }

    fn wait(&self, wanted: Wanted, deadline: Deadline) -> bool {
        let results = &self.results;
        let shared = || Arc::clone(results) as Arc<dyn Items>;
        if self.is_unordered {
            results.wait_for_any(deadline, &shared)
        } else {
            results.wait(self.position, wanted, deadline, &shared)
        }
    }

    fn fetch(&mut self) {
        if self.is_unordered {
            self.results.fetch_ended(&mut self.ready);
        } else {
            self.results.fetch(self.position, &mut self.ready);
            self.position += self.ready.len();
        }
    }
}

/// Hands over what is left of the inputs when there are no more, or they panic.
struct HandOver<'run, I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    run: &'run Arc<Run<I, R, F>>,
    group: Vec<I>,
}

impl<I, R, F> HandOver<'_, I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    /// Takes so many inputs, or fewer if they come slowly; `true` if there are no more.
    fn fill(&mut self, inputs: &mut impl Iterator<Item = I>, count: usize, since: Instant) -> bool {
        while self.group.len() < count {
            let wanted = LENGTH.min(count - self.group.len());
            let before = self.group.len();
            self.group.extend(inputs.take(wanted));
            if self.group.len() - before < wanted {
                return true;
            }
            if count > LENGTH && sync::now().duration_since(since) >= QUICK {
                break;
            }
        }
        false
    }
}

impl<I, R, F> Drop for HandOver<'_, I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn drop(&mut self) {
        self.run.take(&mut self.group);
        self.run.no_more();
    }
}

impl<R> Drop for EagerMap<R> {
    fn drop(&mut self) {
        if self.is_read {
            self.results.cancel_rest();
        }
        self.results.disown();
        std::mem::take(&mut self.ready)
            .into_iter()
            .for_each(drop_contained);
    }
}

impl<R> fmt::Debug for EagerMap<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EagerMap")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
