//! One run of an eager map: its blocks, and who works on them.
//!
//! # Invariants
//!
//! 1. `runners` counts the tasks of this map that are queued or at work. Whoever hands over inputs submits more of them, one
//!    for each input at most, up to the number of workers; a runner ends only when it has seen, under `progress`, that nothing
//!    waits, or has queued another one in its place. So no input waits beside an idle worker, and while one waits there is a
//!    runner.
//! 2. Every block with inputs that wait is in `begun`, `refilled` or `fresh`. Nothing of a block in `fresh` has been started,
//!    and all of them but the last are full: so they can be counted without a look at each.
//! 3. `inside` counts the threads that may call the function, or drop inputs. A thread is counted before it starts or ends an
//!    input. The run has ended when no more inputs come, none waits and nobody is inside: that is found out once, by who makes
//!    the last of it true. It then drops the function and tells the scope, if the run borrows. What is left is an empty shell,
//!    apart from outcomes that the reader owns.
//! 4. Inputs that are handed over when others have given the crew tasks since the last ones were begin where runners make
//!    room: they go to the end of the queue, if anything is queued. So no input is begun before a task that was queued first.
//! 5. If there is no reader, outcomes are dropped before their thread leaves, or, if they were being fed to the reader when it
//!    went, before the run has ended.
//!
//! # Who may touch what
//!
//! All of `Progress` under `progress`.
//!
//! # Lock order
//!
//! Under `progress` the locks of blocks may be taken, and no other. User code runs outside, and tasks are submitted there.

use std::collections::VecDeque;
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};

use super::block::{Block, Fate, Wanted};
use super::feed::Feed;
use super::items::Waited;
use super::progress::Progress;
use super::runner::Place;
use super::{Outcome, Results, Shared};
use crate::contain::{contain, drop_contained};
use crate::crew::source::Source;
use crate::crew::{Crew, current};
use crate::deadlock::{self, Awaited, Fails, Followed, Verdict};
use crate::node::{Work, cancelled, with_enough_stack};
use crate::scope::ScopeState;
use crate::state::Phase;

/// See the [module](self).
pub(crate) struct Run<I, R, F> {
    pub(super) crew: Arc<Crew>,
    /// What it borrows from, if it does.
    pub(super) scope: Option<Arc<ScopeState>>,
    /// A new runner, and the run itself, without a lifetime: the scope's promise, if it borrows.
    new_runner: fn(&Arc<Self>) -> Arc<dyn Work>,
    as_source: fn(&Arc<Self>) -> Arc<dyn Source>,
    progress: Mutex<Progress<I, R, F>>,
    pub(super) feed: Feed<R>,
}

impl<I, R, F> Run<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    pub(crate) fn new(
        crew: &Arc<Crew>,
        f: F,
        scope: Option<Arc<ScopeState>>,
        new_runner: fn(&Arc<Self>) -> Arc<dyn Work>,
        as_source: fn(&Arc<Self>) -> Arc<dyn Source>,
    ) -> Arc<Self> {
        Arc::new(Self {
            crew: Arc::clone(crew),
            scope,
            new_runner,
            as_source,
            progress: Mutex::new(Progress::new(f)),
            feed: Feed::new(),
        })
    }

    /// Before the first input of so many at most.
    pub(super) fn begin(self: &Arc<Self>, expected: Option<usize>) {
        self.progress.lock().expected = expected;
        let source = (self.as_source)(self);
        if let Some(scope) = &self.scope {
            scope.task_created();
            scope.add_source(&source);
        }
        if let Err(refusal) = self.crew.add_source(&source) {
            self.progress.lock().refusal = Some(refusal);
        }
    }

    /// Takes inputs over, in the order given.
    pub(super) fn take(self: &Arc<Self>, inputs: &mut Vec<I>) {
        let count = inputs.len();
        let mut refused = Vec::new();
        let runners = {
            let mut progress = self.progress.lock();
            let refusal = progress.refusal.clone();
            // Without a runner a new one is queued, behind whatever is.
            let crew_given = self.crew.tasks_given();
            let mut after_others = crew_given != progress.crew_given && progress.runners > 0;
            progress.crew_given = crew_given;
            let mut inputs = inputs.drain(..);
            while inputs.len() > 0 {
                let block = progress.last_block();
                let now = inputs.len().min(block.end() - progress.taken);
                progress.taken += now;
                let inputs = inputs.by_ref().take(now);
                if let Some(refusal) = &refusal {
                    block.add_ended(now, refusal);
                    refused.extend(inputs);
                } else {
                    block.add(inputs, std::mem::take(&mut after_others));
                    progress.list(block);
                }
            }
            let most = self.crew.settings().max_workers() - progress.runners;
            let runners = if refusal.is_none() {
                count.min(most)
            } else {
                0
            };
            progress.runners += runners;
            runners
        };
        refused.into_iter().for_each(drop_contained);
        self.submit_runners(runners);
    }

    fn submit_runners(self: &Arc<Self>, count: usize) {
        if count == 0 {
            return;
        }
        let runners: Vec<_> = (0..count).map(|_| (self.new_runner)(self)).collect();
        self.note_tasks(&runners);
        self.crew.submit_all(runners);
    }

    fn note_tasks(&self, runners: &[Arc<dyn Work>]) {
        let ended: Vec<_> = {
            let mut progress = self.progress.lock();
            let has_left = |task: &mut Arc<dyn Work>| task.header().phase() != Phase::Pending;
            let ended = progress.tasks.extract_if(.., has_left).collect();
            progress.tasks.extend(runners.iter().cloned());
            ended
        };
        drop(ended);
    }

    /// No more inputs come.
    pub(super) fn no_more(&self) {
        self.progress.lock().is_complete = true;
        self.end_if_over();
    }

    /// What a runner does.
    pub(super) fn work(self: &Arc<Self>) {
        let Some(f) = self.enter() else {
            self.progress.lock().runners -= 1;
            return;
        };
        while let Some(block) = self.next_block() {
            let place = Place::new(self, &block, Some(self));
            place.run_all(&*f);
            let mut goes_on = !place.is_abandoned.get();
            while goes_on && block.asks_for_room() {
                goes_on = !self.makes_room(&block);
                if goes_on {
                    place.run_all(&*f);
                    goes_on = !place.is_abandoned.get();
                }
            }
            if !goes_on {
                break;
            }
        }
        drop_contained(f);
        self.leave();
    }

    /// If tasks are queued, another runner is queued behind them and goes on in the place of this one, with the same block.
    fn makes_room(self: &Arc<Self>, block: &Arc<Block<I, R>>) -> bool {
        if !self.crew.has_queued() {
            return false;
        }
        self.progress.lock().put_back(block);
        let runner = (self.new_runner)(self);
        self.note_tasks(std::slice::from_ref(&runner));
        self.crew.requeue(runner);
        true
    }

    /// The function, for a thread that is counted as inside from now on; `None` if the run has ended.
    fn enter(&self) -> Option<Arc<F>> {
        let mut progress = self.progress.lock();
        let f = progress.f.clone();
        progress.inside += usize::from(f.is_some());
        f
    }

    fn leave(&self) {
        self.progress.lock().inside -= 1;
        self.end_if_over();
    }

    /// Finds out whether the run has ended (invariant 3).
    fn end_if_over(&self) {
        let (f, tasks, is_abandoned, is_disowned) = {
            let mut progress = self.progress.lock();
            if !progress.is_over() {
                return;
            }
            let Some(f) = progress.f.take() else {
                return;
            };
            let tasks = std::mem::take(&mut progress.tasks);
            (f, tasks, progress.is_abandoned, progress.is_disowned)
        };
        if is_disowned {
            self.feed.drop_all();
        }
        // They would find nothing to do.
        for task in tasks {
            task.cancel();
        }
        drop_contained(f);
        match &self.scope {
            Some(scope) if is_abandoned => scope.abandoned_task_ended(),
            Some(scope) => scope.task_ended(),
            None => {}
        }
    }

    /// A block with inputs that wait, for a runner; one that nobody works on, if there is one. Without any the runner ends.
    fn next_block(&self) -> Option<Arc<Block<I, R>>> {
        let mut progress = self.progress.lock();
        let block = progress.next_block();
        progress.runners -= usize::from(block.is_none());
        block
    }

    /// Ends all inputs that wait, and returns how many.
    fn end_waiting(&self, exception: &Exception) -> usize {
        let blocks: Vec<_> = {
            let mut progress = self.progress.lock();
            if progress.f.is_none() {
                return 0;
            }
            // The inputs are in no list any more, and yet not dropped.
            progress.inside += 1;
            let fresh = std::mem::take(&mut progress.fresh);
            let begun = std::mem::take(&mut progress.begun);
            let refilled = std::mem::take(&mut progress.refilled);
            begun.into_iter().chain(refilled).chain(fresh).collect()
        };
        let ended = blocks
            .iter()
            .map(|block| block.end_waiting(exception, &self.feed))
            .sum();
        self.leave();
        ended
    }

    /// A runner will not run. If it was the last, nobody else would run what waits.
    pub(super) fn runner_lost(&self, exception: &Exception) {
        let is_last = {
            let mut progress = self.progress.lock();
            progress.runners -= 1;
            progress.runners == 0
        };
        if is_last {
            self.end_waiting(exception);
        }
    }

    /// A thread that is inside will not go on; another one has to, if it is a runner and the last.
    pub(super) fn abandoned(&self, runner: Option<&Arc<Self>>) {
        let (is_first, needs_another) = {
            let mut progress = self.progress.lock();
            let is_first = !std::mem::replace(&mut progress.is_abandoned, true);
            progress.runners -= usize::from(runner.is_some());
            let needs_another = runner.is_some() && progress.runners == 0 && progress.has_waiting();
            progress.runners += usize::from(needs_another);
            (is_first, needs_another)
        };
        if let (true, Some(scope)) = (is_first, &self.scope) {
            scope.task_abandoned();
        }
        if let (true, Some(run)) = (needs_another, runner) {
            run.crew.requeue((run.new_runner)(run));
        }
    }

    /// A worker that waits for the input at `position` runs it, if nobody has started it.
    fn help(&self, block: &Arc<Block<I, R>>, position: usize) {
        let Some(f) = self.enter() else {
            return;
        };
        self.progress.lock().begin(block);
        let place = Place::new(self, block, None);
        if let Some(input) = block.start_at(&place.cursor, position - block.first) {
            place.run_one(&*f, input);
        }
        drop_contained(f);
        self.leave();
    }

    /// A worker that waits for any input runs one that nobody has started.
    fn help_with_any(&self) {
        let Some(f) = self.enter() else {
            return;
        };
        let block = self.progress.lock().first_block();
        if let Some(block) = block {
            let place = Place::new(self, &block, None);
            if let Some(input) = block.next_input(&place.cursor, &self.feed, false) {
                place.run_one(&*f, input);
            }
        }
        drop_contained(f);
        self.leave();
    }

    /// A worker that waits for all runs what nobody has started in the block.
    fn help_all(&self, block: &Arc<Block<I, R>>) {
        let Some(f) = self.enter() else {
            return;
        };
        self.progress.lock().begin(block);
        let place = Place::new(self, block, None);
        let run = || with_enough_stack(|| place.run_all(&*f));
        if let Err(_no_memory) = contain(run) {
            // Others run it.
        }
        drop_contained(f);
        self.leave();
    }

    /// The block of a position whose outcome has not been fetched.
    pub(super) fn block_of(&self, position: usize) -> Option<Arc<Block<I, R>>> {
        self.progress.lock().block_of(position)
    }

    /// All of the first block.
    fn first_is_fetched(&self) {
        let fetched = self.progress.lock().blocks.pop_front();
        drop(fetched);
    }

    /// How many inputs nobody has started.
    pub(super) fn count_waiting(&self) -> usize {
        self.progress.lock().waiting()
    }

    fn all_blocks(&self) -> Vec<Arc<Block<I, R>>> {
        self.progress.lock().blocks.iter().cloned().collect()
    }
}

impl<I, R, F> Results<R> for Run<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn fetch(&self, position: usize, ready: &mut VecDeque<Outcome<R>>) {
        if let Some(block) = self.block_of(position)
            && block.fetch(ready)
        {
            self.first_is_fetched();
        }
    }

    fn fetch_results(&self, position: usize, results: &mut Vec<R>) -> Result<(), Exception> {
        if let Some(block) = self.block_of(position)
            && block.fetch_results(results)?
        {
            self.first_is_fetched();
        }
        Ok(())
    }

    fn wait(
        &self,
        position: usize,
        wanted: Wanted,
        deadline: Deadline,
        shared: Shared<'_>,
    ) -> bool {
        let Some(block) = self.block_of(position) else {
            return true;
        };
        if deadline == Deadline::Never && current::may_claim(self.crew.id()) {
            match wanted {
                Wanted::First => self.help(&block, position),
                Wanted::All => self.help_all(&block),
            }
        }
        let mut followed = Followed::new(deadline, Fails::ByUnwinding);
        // Who is followed waits for one after the other, as for tasks: a failure of the first ends the wait for all.
        let wanted = if followed.has_to_look() {
            Wanted::First
        } else {
            wanted
        };
        let awaited = || Awaited::Item(shared(), position);
        loop {
            match block.wait(wanted, deadline, &mut followed, &awaited) {
                Waited::IsThere => return true,
                Waited::TimedOut => return false,
                Waited::Told(Verdict::Claim) => self.help(&block, position),
                Waited::Told(Verdict::Fail) => deadlock::exception().resume(),
            }
        }
    }

    fn give_up_order(&self, left: usize) {
        self.feed.expect(left);
        for block in self.all_blocks() {
            let there = block.let_go(Fate::Fed);
            for outcome in there {
                self.feed.push(outcome);
            }
        }
    }

    fn fetch_ended(&self, ready: &mut VecDeque<Outcome<R>>) {
        self.feed.fetch(ready);
    }

    fn wait_for_any(&self, deadline: Deadline, shared: Shared<'_>) -> bool {
        let mut followed = Followed::new(deadline, Fails::ByUnwinding);
        let awaited = || Awaited::AnyItem(shared());
        loop {
            match self.feed.wait(deadline, &mut followed, &awaited) {
                Waited::IsThere => return true,
                Waited::TimedOut => return false,
                Waited::Told(Verdict::Claim) => self.help_with_any(),
                Waited::Told(Verdict::Fail) => deadlock::exception().resume(),
            }
        }
    }

    fn cancel_rest(&self) {
        self.end_waiting(&cancelled());
    }

    fn disown(&self) {
        self.progress.lock().is_disowned = true;
        for block in self.all_blocks() {
            block
                .let_go(Fate::Dropped)
                .into_iter()
                .for_each(drop_contained);
        }
        // What is fed later is dropped by who ends the run.
        self.feed.drop_all();
    }
}

impl<I, R, F> Source for Run<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn crew_closed(&self, refusal: &Exception) {
        self.progress.lock().refusal = Some(refusal.clone());
        if refusal.kind() == ExceptionKind::BrokenPool {
            self.end_waiting(refusal);
        }
    }

    fn cancel_pending(&self) -> usize {
        let count = self.end_waiting(&cancelled());
        let tasks = std::mem::take(&mut self.progress.lock().tasks);
        for task in tasks {
            task.cancel();
        }
        count
    }

    fn waiting(&self) -> usize {
        self.count_waiting()
    }
}
