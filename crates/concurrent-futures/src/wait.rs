//! `wait`: until the first, the first failure, or all of several futures.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;
use pythreads_task_engine::node::{self, Header};
use pythreads_task_engine::state::Phase;
use pythreads_task_engine::waitable::Waitable;
use pythreads_task_engine::watch::Sink;

use crate::completions::Completions;

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
/// of its own pool that nobody has started. One that waits for the *first* of a set does not: in a pool whose workers all wait
/// so for tasks of the pool, nobody runs them.
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
        !future.merges_duplicates()
            || seen.insert(std::ptr::from_ref(future.work().header()).addr())
    };
    let futures: Vec<W> = futures.into_iter().filter(is_first).collect();
    if return_when == ReturnWhen::AllCompleted && deadline == Deadline::Never {
        for future in &futures {
            node::claim(future.work());
        }
    }
    Watch::new(&futures).wait(return_when, deadline);
    let (done, not_done) = futures
        .into_iter()
        .partition(|future| future.work().header().phase().is_done());
    DoneAndNotDone { done, not_done }
}

/// Listens to several tasks for as long as it lives.
struct Watch<'a> {
    headers: Vec<&'a Header>,
    completions: Arc<Completions>,
}

impl<'a> Watch<'a> {
    fn new<W: Waitable>(futures: &'a [W]) -> Self {
        let headers = futures
            .iter()
            .map(|future| future.work().header())
            .collect();
        Self {
            headers,
            completions: Arc::default(),
        }
    }

    fn wait(&self, return_when: ReturnWhen, deadline: Deadline) {
        let sink = Arc::clone(&self.completions) as Arc<dyn Sink>;
        for (token, header) in self.headers.iter().enumerate() {
            header.tell_sink(&sink, token);
        }
        let mut left = self.headers.len();
        while left > 0 {
            let Some(token) = self.completions.next(deadline) else {
                return;
            };
            left -= 1;
            match return_when {
                ReturnWhen::FirstCompleted => return,
                ReturnWhen::FirstException if self.headers[token].phase() == Phase::Failed => {
                    return;
                }
                ReturnWhen::FirstException | ReturnWhen::AllCompleted => {}
            }
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let sink = Arc::clone(&self.completions) as Arc<dyn Sink>;
        for header in &self.headers {
            header.forget_sink(&sink);
        }
    }
}
