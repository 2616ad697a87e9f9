//! `as_completed`: futures in the order in which they end.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::iter::FusedIterator;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Deadline, TimeoutError};
use pythreads_task_engine::completions::Completions;
use pythreads_task_engine::node::Work;
use pythreads_task_engine::waitable::Waitable;
use pythreads_task_engine::watch::Sink;

/// Yields futures as they are done, those that are done already first.
///
/// Takes futures, shared futures, references to them, and pairs of one and a tag, which come back whole: Python's
/// dictionary from futures to URLs is `as_completed(futures.zip(urls))` here. The same future given twice without a tag
/// counts once.
///
/// # Blocking and timeouts
///
/// Nothing waits before the first `next`, which is an interruption point; [`AsCompleted::next_deadline`] takes the place
/// of Python's `timeout=`. In a task it runs one of the futures' tasks itself, if that is of its own pool and nothing else
/// can run.
///
/// # Panics
///
/// `next` does in a task, with an exception of kind Deadlock, if it would wait for ever; see [`Future`](crate::Future).
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::{ThreadPoolExecutor, as_completed};
///
/// let executor = ThreadPoolExecutor::new(2);
/// let squares = (1..=3).map(|n| (executor.submit(move || n * n), n));
/// for (square, n) in as_completed(squares) {
///     assert_eq!(square.result().unwrap(), n * n);
/// }
/// ```
pub fn as_completed<W: Waitable>(futures: impl IntoIterator<Item = W>) -> AsCompleted<W> {
    let mut pending = AsCompleted {
        entries: Vec::new(),
        free: Vec::new(),
        merged: HashSet::new(),
        left: 0,
        has_begun: false,
        completions: Arc::default(),
        ended: VecDeque::new(),
    };
    pending.extend(futures);
    pending
}

/// The iterator that [`as_completed`] returns.
///
/// More futures can be added while it is read:
///
/// ```
/// use pythreads_concurrent_futures::{ThreadPoolExecutor, as_completed};
///
/// let executor = ThreadPoolExecutor::new(2);
/// let mut pending = as_completed([executor.submit(|| 3)]);
/// let mut seen = Vec::new();
/// while let Some(future) = pending.next() {
///     let n = future.result().unwrap();
///     seen.push(n);
///     if n > 0 {
///         pending.push(executor.submit(move || n - 1));
///     }
/// }
/// assert_eq!(seen, [3, 2, 1, 0]);
/// ```
#[must_use = "an iterator does nothing until it is read"]
pub struct AsCompleted<W: Waitable> {
    /// By token. An entry leaves when it is yielded.
    entries: Vec<Option<W>>,
    /// The tokens of the entries that have left: each task is heard of once, so they can be given again.
    free: Vec<usize>,
    /// The addresses of the entries that merge with their duplicates.
    merged: HashSet<usize>,
    left: usize,
    /// Whether it has been read from.
    has_begun: bool,
    completions: Arc<Completions>,
    /// Tokens from there, all that had come by then, and before the first `next` those that had ended when they were given.
    ended: VecDeque<usize>,
}

impl<W: Waitable> AsCompleted<W> {
    /// Adds a future.
    pub fn push(&mut self, future: W) {
        if future.may_be_duplicate() && !self.merged.insert(address(&future)) {
            return;
        }
        let token = self.free.pop().unwrap_or(self.entries.len());
        let header = future.work().header();
        if self.has_begun {
            header.tell_sink(self.sink(), token);
            self.completions.expect(token, || future.shared_work());
        } else if header.phase().is_done() {
            self.ended.push_back(token);
        } else {
            header.tell_sink(self.sink(), token);
        }
        match self.entries.get_mut(token) {
            Some(entry) => *entry = Some(future),
            None => self.entries.push(Some(future)),
        }
        self.left += 1;
    }

    /// The next future that is done at this moment.
    ///
    /// # Errors
    ///
    /// If none of those left is done.
    pub fn try_next(&mut self) -> Result<Option<W>, TimeoutError> {
        if self.left == 0 {
            return Ok(None);
        }
        let token = self.next_ended();
        self.take_or_late(token)
    }

    /// A token that has come, without waiting.
    fn next_ended(&mut self) -> Option<usize> {
        self.has_begun = true;
        if self.ended.is_empty() {
            self.completions.take_ended(&mut self.ended);
        }
        self.ended.pop_front()
    }

    /// Waits for the next future, at most `timeout`; `None` after the last one.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// If the time ran out. Nothing is lost: it can be called again.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<W>, TimeoutError> {
        self.next_until(Deadline::after(timeout))
    }

    /// Waits for the next future, until `deadline` at the latest; `None` after the last one.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// As [`next_timeout`](Self::next_timeout).
    pub fn next_deadline(&mut self, deadline: Instant) -> Result<Option<W>, TimeoutError> {
        self.next_until(deadline.into())
    }

    pub(crate) fn next_until(&mut self, deadline: Deadline) -> Result<Option<W>, TimeoutError> {
        if self.left == 0 {
            return Ok(None);
        }
        let token = self
            .next_ended()
            .or_else(|| self.completions.next(deadline, || self.tasks()));
        self.take_or_late(token)
    }

    fn take_or_late(&mut self, token: Option<usize>) -> Result<Option<W>, TimeoutError> {
        // A task is done a moment before its end is told here, and what is done comes, whatever the time.
        let is_done = |entry: &W| entry.work().header().phase().is_done();
        let token = match token {
            None if self.pending().any(is_done) => {
                self.completions.next(Deadline::Never, || self.tasks())
            }
            token => token,
        };
        match token {
            Some(token) => Ok(self.take(token)),
            None => Err(TimeoutError::new(())),
        }
    }

    fn take(&mut self, token: usize) -> Option<W> {
        let entry = self.entries.get_mut(token)?.take()?;
        self.left -= 1;
        self.free.push(token);
        if entry.may_be_duplicate() {
            self.merged.remove(&address(&entry));
        }
        Some(entry)
    }

    /// The futures that have not been yielded.
    pub fn into_pending(mut self) -> Vec<W> {
        self.stop_listening();
        std::mem::take(&mut self.entries)
            .into_iter()
            .flatten()
            .collect()
    }

    /// The futures that have not been yielded.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &W> {
        self.entries.iter().flatten()
    }

    /// The tasks that have not been yielded, by token.
    fn tasks(&self) -> Vec<(usize, Arc<dyn Work>)> {
        let entries = self.entries.iter().enumerate();
        entries
            .filter_map(|(token, entry)| Some((token, entry.as_ref()?.shared_work())))
            .collect()
    }

    fn stop_listening(&self) {
        let sink = self.sink();
        for entry in self.pending() {
            entry.work().header().forget_sink(&sink);
        }
    }

    fn sink(&self) -> Arc<dyn Sink> {
        Arc::clone(&self.completions) as Arc<dyn Sink>
    }
}

/// Names the task: its address, for as long as the entry keeps it.
fn address(future: &impl Waitable) -> usize {
    std::ptr::from_ref(future.work().header()).addr()
}

impl<W: Waitable> Iterator for AsCompleted<W> {
    type Item = W;

    fn next(&mut self) -> Option<W> {
        self.next_until(Deadline::Never).ok().flatten()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<W: Waitable> ExactSizeIterator for AsCompleted<W> {}
impl<W: Waitable> FusedIterator for AsCompleted<W> {}

impl<W: Waitable> Extend<W> for AsCompleted<W> {
    fn extend<I: IntoIterator<Item = W>>(&mut self, futures: I) {
        let futures = futures.into_iter();
        self.entries.reserve(futures.size_hint().0);
        futures.for_each(|future| self.push(future));
    }
}

impl<W: Waitable> Drop for AsCompleted<W> {
    fn drop(&mut self) {
        self.stop_listening();
    }
}

impl<W: Waitable> fmt::Debug for AsCompleted<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
