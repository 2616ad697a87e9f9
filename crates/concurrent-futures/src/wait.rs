//! `wait`: until the first, the first failure, or all of several futures.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;
use pythreads_task_engine::completions::Completions;
use pythreads_task_engine::node;
use pythreads_task_engine::state::Phase;
use pythreads_task_engine::waitable::{self, Waitable};
use pythreads_task_engine::watch::Sink;

/// When [`wait`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[expect(
    clippy::exhaustive_enums,
    reason = "these are all of Python's, and `wait` takes nothing else"
)]
pub enum ReturnWhen {
    /// As soon as one future is done.
    FirstCompleted,
    /// As soon as one future has failed, or all are done. A cancelled future has not failed.
    FirstException,
    /// When all futures are done.
    #[default]
    AllCompleted,
}

impl ReturnWhen {
    /// Whether this future alone is enough to return.
    fn is_met_by(self, future: &impl Waitable) -> bool {
        let phase = future.work().header().phase();
        match self {
            Self::FirstCompleted => phase.is_done(),
            Self::FirstException => phase == Phase::Failed,
            Self::AllCompleted => false,
        }
    }
}

/// What [`wait`] returns: each future that was given, in one of the two, in input order.
#[derive(Debug)]
#[must_use = "it holds the futures that were waited for"]
#[expect(
    clippy::exhaustive_structs,
    reason = "Python's named pair, made to be taken apart"
)]
pub struct DoneAndNotDone<W> {
    /// The futures that are done.
    pub done: Vec<W>,
    /// The others; empty after a wait for all that did not run out of time.
    pub not_done: Vec<W>,
}

/// Waits for several futures.
///
/// Takes what [`as_completed`](crate::as_completed()) takes. The same future given twice without a tag counts once. A
/// cancelled future is done.
///
/// # Blocking and timeouts
///
/// Waits without limit. An interruption point, if it has to wait. A worker that waits for *all* of a set runs the tasks
/// of its own pool that nobody has started. One that waits for the *first* of a set runs one of them when nothing else can run.
///
/// # Panics
///
/// In a task, with an exception of kind Deadlock, if the wait would never end; see [`Future`](crate::Future).
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::{ReturnWhen, ThreadPoolExecutor, wait};
///
/// let executor = ThreadPoolExecutor::new(2);
/// let futures = [1, 2, 3].map(|n| executor.submit(move || n));
/// let finished = wait(futures, ReturnWhen::AllCompleted);
/// assert_eq!((finished.done.len(), finished.not_done.len()), (3, 0));
/// ```
pub fn wait<W: Waitable>(
    futures: impl IntoIterator<Item = W>,
    return_when: ReturnWhen,
) -> DoneAndNotDone<W> {
    wait_until(futures, return_when, Deadline::Never)
}

/// Waits for several futures, at most `timeout`, counted from the call.
///
/// # Blocking and timeouts
///
/// Zero only sorts them; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
pub fn wait_timeout<W: Waitable>(
    futures: impl IntoIterator<Item = W>,
    return_when: ReturnWhen,
    timeout: Duration,
) -> DoneAndNotDone<W> {
    wait_until(futures, return_when, Deadline::after(timeout))
}

/// Waits for several futures, until `deadline` at the latest.
///
/// # Blocking and timeouts
///
/// A deadline in the past only sorts them. An interruption point, if it has to wait.
pub fn wait_deadline<W: Waitable>(
    futures: impl IntoIterator<Item = W>,
    return_when: ReturnWhen,
    deadline: Instant,
) -> DoneAndNotDone<W> {
    wait_until(futures, return_when, deadline.into())
}

fn wait_until<W: Waitable>(
    futures: impl IntoIterator<Item = W>,
    return_when: ReturnWhen,
    deadline: Deadline,
) -> DoneAndNotDone<W> {
    let mut seen = HashSet::new();
    let is_first = |future: &W| {
        !future.may_be_duplicate() || seen.insert(std::ptr::from_ref(future.work().header()).addr())
    };
    let futures: Vec<W> = futures.into_iter().filter(is_first).collect();
    if return_when == ReturnWhen::AllCompleted {
        wait_for_all(&futures, deadline);
    } else if !futures.iter().any(|future| return_when.is_met_by(future)) {
        Watch::new(&futures).wait(return_when, deadline);
    }
    let (done, not_done) = futures
        .into_iter()
        .partition(|future| future.work().header().phase().is_done());
    DoneAndNotDone { done, not_done }
}

fn wait_for_all<W: Waitable>(futures: &[W], deadline: Deadline) {
    if deadline == Deadline::Never {
        for future in futures {
            node::claim(future.work());
        }
    }
    // The last one first: most of the others have ended by then, and need no wait of their own.
    for future in futures.iter().rev() {
        if !waitable::wait_for(future, deadline) {
            return;
        }
    }
}

/// Listens to several tasks for as long as it lives.
struct Watch<'a, W: Waitable> {
    futures: &'a [W],
    completions: Arc<Completions>,
}

impl<'a, W: Waitable> Watch<'a, W> {
    fn new(futures: &'a [W]) -> Self {
        Self {
            futures,
            completions: Arc::default(),
        }
    }

    /// Waits for the first task that is done, or that has failed.
    fn wait(&self, return_when: ReturnWhen, deadline: Deadline) {
        let sink = Arc::clone(&self.completions) as Arc<dyn Sink>;
        for (token, future) in self.futures.iter().enumerate() {
            future.work().header().tell_sink(Arc::clone(&sink), token);
        }
        let mut is_left = vec![true; self.futures.len()];
        for _ in self.futures {
            let tasks = || {
                let tasks = self.futures.iter().enumerate();
                let left = tasks.filter(|(token, _)| is_left[*token]);
                left.map(|(token, future)| (token, future.shared_work()))
            };
            let Some(token) = self.completions.next(deadline, tasks) else {
                return;
            };
            is_left[token] = false;
            if return_when.is_met_by(&self.futures[token]) {
                return;
            }
        }
    }
}

impl<W: Waitable> Drop for Watch<'_, W> {
    fn drop(&mut self) {
        let sink = Arc::clone(&self.completions) as Arc<dyn Sink>;
        for future in self.futures {
            future.work().header().forget_sink(&sink);
        }
    }
}
