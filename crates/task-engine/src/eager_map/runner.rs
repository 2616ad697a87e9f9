//! Who is inside a run: a task of it, which goes through block after block, or a worker that waits for results.

use std::cell::Cell;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, thread_record};

use super::Outcome;
use super::block::Block;
use super::items::Items;
use super::run::Run;
use crate::contain::{contain, drop_contained};
use crate::crew::frames::{self, Abandon};
use crate::deadlock::Runs;
use crate::job::Job;
use crate::node::{Node, Nothing, Ties, Work, cancelled};

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
    /// Of the input it is in the midst of.
    pub(super) number: Cell<usize>,
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
            number: Cell::new(0),
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
        let heeds_room = self.runner.is_some();
        let mut ended = None;
        frames::run_in_batch(self, || {
            while let Some((number, input)) =
                self.block.go_on(ended.take(), &self.run.feed, heeds_room)
            {
                self.number.set(number);
                frames::begin_item();
                if let Some(record) = &record
                    && record.has_pending()
                {
                    // What was raised in the thread for an earlier input does not hit this one.
                    drop_contained(record.cancel_raise());
                }
                let outcome = contain(|| f(input)).flatten();
                if self.is_abandoned.get() {
                    return drop_contained(outcome);
                }
                ended = Some((number, outcome));
            }
        });
    }

    pub(super) fn store(&self, outcome: Outcome<R>) {
        if self.is_abandoned.get() {
            drop_contained(outcome);
        } else {
            self.block.store(self.number.get(), outcome, &self.run.feed);
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
        self.store(Err(exception.clone()));
        self.is_abandoned.set(true);
        self.run.abandoned(self.runner);
    }

    fn runs(&self) -> Option<Runs> {
        let position = self.block.first + self.number.get();
        let scope = self.run.scope.as_ref();
        Some(Runs::item(self.run.address(), position, scope))
    }
}
