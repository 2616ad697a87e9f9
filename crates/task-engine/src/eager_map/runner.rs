//! Who is inside a run: a task of it, which goes through block after block, or a worker that waits for results.

use std::cell::Cell;
use std::sync::Arc;

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};

use super::Outcome;
use super::block::{Block, Cursor};
use super::items::Items;
use super::run::Run;
use crate::contain::{contain, drop_contained};
use crate::crew::frames::{self, Abandon, Batch};
use crate::deadlock::Runs;
use crate::job::Job;
use crate::node::{Node, Nothing, Ties, Work, cancelled, with_enough_stack};

/// A task of the run.
pub(crate) struct Runner<I, R, F> {
    run: Arc<Run<I, R, F>>,
}

impl<I, R, F> Runner<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    /// A task for the run queue. The run has counted it.
    pub(crate) fn task<'run>(run: &Arc<Run<I, R, F>>) -> Arc<dyn Work + 'run>
    where
        Self: 'run,
    {
        let scope = run.scope.clone();
        if let Some(scope) = &scope {
            scope.task_created();
        }
        let run = Arc::clone(run);
        let home = run.crew.id();
        let ties = Ties {
            home,
            scope,
            is_runner: true,
            ..Ties::default()
        };
        let node = Node::new(Self { run }, ties, Nothing);
        node.disown();
        node
    }
}

impl<I, R, F> Job<()> for Runner<I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn run(self) -> Result<(), Exception> {
        self.run.work();
        Ok(())
    }

    fn refuse(self, exception: &Exception) {
        self.run.runner_lost(exception);
    }

    fn cancel(self) {
        self.run.runner_lost(&cancelled());
    }
}

/// Where a thread is that is inside.
pub(super) struct Place<'run, I, R, F> {
    run: &'run Run<I, R, F>,
    block: &'run Block<I, R>,
    pub(super) cursor: Cursor<'run, I, R>,
    /// If it is a runner.
    runner: Option<&'run Arc<Run<I, R, F>>>,
    pub(super) is_abandoned: Cell<bool>,
}

impl<'run, I, R, F> Place<'run, I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    pub(super) fn new(
        run: &'run Run<I, R, F>,
        block: &'run Block<I, R>,
        runner: Option<&'run Arc<Run<I, R, F>>>,
    ) -> Self {
        Self {
            run,
            block,
            cursor: block.cursor(),
            runner,
            is_abandoned: Cell::new(false),
        }
    }

    /// Runs what waits in the block, one input after the other; a runner as far as it need make no room. What happens to one
    /// is its own affair.
    pub(super) fn run_all(&self, f: &F) {
        // On top of something else, what is raised in the thread may be for that.
        let is_alone = self.runner.is_some() && frames::is_alone();
        let record = is_alone.then(thread_record::current);
        let go_on = |batch: &Batch<'_>| self.go_on(f, record.as_deref(), batch);
        frames::run_in_batch(self, || {
            while let Err(panic) = frames::with_batch(|batch| contain(|| go_on(batch))) {
                self.store(Err(panic));
            }
        });
    }

    /// Until there is nothing left, or `f` panics.
    fn go_on(&self, f: &F, record: Option<&ThreadRecord>, batch: &Batch<'_>) {
        let heeds_room = self.runner.is_some();
        while !self.is_abandoned.get()
            && let Some(input) = self
                .block
                .next_input(&self.cursor, &self.run.feed, heeds_room)
        {
            batch.begin();
            if let Some(record) = record
                && record.has_pending()
            {
                // What was raised in the thread for an earlier input does not hit this one.
                drop_contained(record.cancel_raise());
            }
            self.store(f(input));
        }
    }

    /// Runs an input that a worker who waits has started, and no other.
    pub(super) fn run_one(&self, f: &F, input: I) {
        let run = || frames::run_in_batch(self, || contain(|| f(input)).flatten());
        let outcome = contain(|| with_enough_stack(run)).flatten();
        self.store(outcome);
        self.block.leave(&self.cursor, &self.run.feed);
    }

    #[inline]
    fn store(&self, outcome: Outcome<R>) {
        if self.is_abandoned.get() {
            drop_contained(outcome);
        } else {
            self.cursor.store(outcome);
        }
    }
}

impl<I, R, F> Abandon for Place<'_, I, R, F>
where
    I: Send,
    R: Send,
    F: Fn(I) -> Outcome<R> + Send + Sync,
{
    fn abandon(&self, exception: &Exception) {
        if self.is_abandoned.get() {
            return;
        }
        if self.cursor.is_in_item() {
            self.store(Err(exception.clone()));
        }
        self.block.leave(&self.cursor, &self.run.feed);
        self.is_abandoned.set(true);
        self.run.abandoned(self.runner);
    }

    fn runs(&self) -> Option<Runs> {
        let position = self.block.first + self.cursor.place();
        let scope = self.run.scope.as_ref();
        Some(Runs::item(self.run.address(), position, scope))
    }
}
