//! A task of a lazy map: runs batch after batch, for as long as there are any.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use pythreads_sync_primitives::{Exception, sync, thread_record};

use super::Outcome;
use super::window::{Window, vec_of_failures};
use crate::contain::{contain, drop_contained};
use crate::crew::frames::{self, Abandon};
use crate::job::Job;
use crate::node::{Node, Nothing, Ties, Work, cancelled, with_enough_stack};

/// After so long a runner makes room for other tasks that are queued.
const SLICE: Duration = Duration::from_micros(200);

pub(super) struct Runner<T, R> {
    window: Arc<Window<T, R>>,
}

impl<T, R> Runner<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    /// A task for the run queue. The window has counted it.
    pub(super) fn task(window: &Arc<Window<T, R>>) -> Arc<dyn Work> {
        let home = window.crew.id();
        let window = Arc::clone(window);
        let node = Node::new(Self { window }, Ties::of_crew(home), Nothing);
        node.disown();
        node
    }

    fn work(&self) {
        let window = &self.window;
        let crew = &window.crew;
        let record = thread_record::current();
        let one_batch_only = crew.settings().tasks_per_worker().is_some();
        let mut until = sync::now() + SLICE;
        let (mut inputs, mut outcomes) = (Vec::new(), Vec::new());
        let mut wakes = false;
        let mut contents = window.contents.lock();
        loop {
            let Some(first) = window.claim(&mut contents, &mut inputs) else {
                contents.runner_is_idle();
                drop(contents);
                if std::mem::take(&mut wakes) {
                    window.wake_reader();
                }
                window.linger();
                contents = window.contents.lock();
                if contents.has_waiting() {
                    continue;
                }
                contents.runners -= 1;
                return;
            };
            contents.working += 1;
            drop(contents);
            if std::mem::take(&mut wakes) {
                window.wake_reader();
            }
            if record.has_pending() {
                // What was raised in the thread for an earlier input does not hit these.
                drop_contained(record.cancel_raise());
            }
            let batch = Batch::new(window, first, inputs.len(), true);
            batch.run(&mut inputs, &mut outcomes);
            if batch.is_abandoned.get() {
                return outcomes.into_iter().for_each(drop_contained);
            }
            let mut makes_room = one_batch_only;
            if sync::now() >= until {
                makes_room |= crew.has_queued();
                until += SLICE;
            }
            contents = window.contents.lock();
            contents.working -= 1;
            wakes = window.store(&mut contents, first, &mut outcomes);
            if contents.is_dropped {
                contents.runners -= 1;
                drop(contents);
                return outcomes.into_iter().for_each(drop_contained);
            }
            if makes_room {
                let goes_on = contents.has_waiting();
                contents.runners -= usize::from(!goes_on);
                drop(contents);
                if wakes {
                    window.wake_reader();
                }
                if goes_on {
                    crew.requeue(window.new_runner());
                }
                return;
            }
        }
    }
}

impl<T, R> Job<()> for Runner<T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    fn run(self) -> Result<(), Exception> {
        self.work();
        Ok(())
    }

    fn refuse(self, exception: &Exception) {
        self.window.runner_lost(exception);
    }

    fn cancel(self) {
        self.window.runner_lost(&cancelled());
    }
}

/// The reader, a worker of the crew, runs the next batch itself, if it is for it to do; `false` if not.
pub(super) fn run_for_reader<T, R>(window: &Arc<Window<T, R>>) -> bool
where
    T: Send + 'static,
    R: Send + 'static,
{
    let (mut inputs, mut outcomes) = (Vec::new(), Vec::new());
    let Some(first) = window.claim_for_reader(&mut inputs) else {
        return false;
    };
    let batch = Batch::new(window, first, inputs.len(), false);
    let run = contain(|| with_enough_stack(|| batch.run(&mut inputs, &mut outcomes)));
    if batch.is_abandoned.get() {
        outcomes.into_iter().for_each(drop_contained);
        return true;
    }
    if let Err(no_memory) = run {
        let missing = vec_of_failures(inputs.len(), &no_memory);
        outcomes.extend(missing);
        inputs.into_iter().for_each(drop_contained);
    }
    let _the_reader_is_awake = window.store(&mut window.contents.lock(), first, &mut outcomes);
    true
}

/// Inputs that this thread has claimed.
struct Batch<'window, T, R> {
    window: &'window Arc<Window<T, R>>,
    first: u64,
    count: usize,
    by_runner: bool,
    is_abandoned: Cell<bool>,
}

impl<'window, T, R> Batch<'window, T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    fn new(window: &'window Arc<Window<T, R>>, first: u64, count: usize, by_runner: bool) -> Self {
        Self {
            window,
            first,
            count,
            by_runner,
            is_abandoned: Cell::new(false),
        }
    }

    /// Runs one input after the other. What happens to one is its own affair.
    fn run(&self, inputs: &mut Vec<T>, outcomes: &mut Vec<Outcome<R>>) {
        let f = &self.window.f;
        frames::run_in_batch(self, || {
            let run = |input| {
                frames::begin_item();
                contain(|| f(input)).flatten()
            };
            outcomes.extend(inputs.drain(..).map(run));
        });
    }
}

impl<T, R> Abandon for Batch<'_, T, R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    fn abandon(&self, exception: &Exception) {
        if self.is_abandoned.replace(true) {
            return;
        }
        let mut outcomes = vec_of_failures(self.count, exception);
        let window = self.window;
        let mut contents = window.contents.lock();
        let wakes = window.store(&mut contents, self.first, &mut outcomes);
        if self.by_runner {
            contents.working -= 1;
            contents.runners -= 1;
        }
        let stand_in = contents.needs_runner(window);
        drop(contents);
        if wakes {
            window.wake_reader();
        }
        if stand_in {
            window.crew.requeue(window.new_runner());
        }
    }
}
