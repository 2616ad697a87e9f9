//! A lazy map on any executor: a task for each chunk of inputs, as results are read.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, TimeoutError};

use crate::as_completed::{AsCompleted, as_completed};
use crate::executor::{Executor, ExecutorExt};
use crate::future::Future;
use crate::promise::promise;

type Outcomes<R> = Vec<Result<R, Exception>>;
/// With how many inputs.
type Chunk<R> = (Future<Outcomes<R>>, usize);
/// The inputs of a task that is being handed over. Its first run takes them, or who hands it over if that unwinds.
type Inputs<T> = Arc<Mutex<Vec<T>>>;
type Submit<'executor, T, R> =
    Box<dyn Fn(Inputs<T>) -> Future<Outcomes<R>> + Send + Sync + 'executor>;

/// Nobody knows how many tasks an executor of somebody's own runs at once.
const BUFFERSIZE: usize = 64;

pub(super) struct OfTasks<'executor, I: Iterator, R> {
    submit: Submit<'executor, I::Item, R>,
    buffersize: usize,
    chunksize: usize,
    is_started: bool,
    /// `None` when it has ended, in whatever way.
    inputs: Option<I>,
    /// A chunk that is not full yet, or that the executor has not taken.
    chunk: Vec<I::Item>,
    submitted: Submitted<R>,
    /// How many inputs have been taken whose results have not been handed out.
    pending: usize,
    ready: VecDeque<Result<R, Exception>>,
    /// Why there are no more inputs, if not because they have ended; handed out after all results.
    failure: Option<Exception>,
}

enum Submitted<R> {
    InOrder(VecDeque<Chunk<R>>),
    AsTheyEnd(AsCompleted<Chunk<R>>),
}

impl<R> Submitted<R> {
    fn push(&mut self, chunk: Chunk<R>) {
        match self {
            Self::InOrder(chunks) => chunks.push_back(chunk),
            Self::AsTheyEnd(chunks) => chunks.push(chunk),
        }
    }

    /// Waits for the next one to hand out.
    fn next_until(&mut self, deadline: Deadline) -> Result<Option<Chunk<R>>, TimeoutError> {
        match self {
            Self::InOrder(chunks) => {
                let first = chunks.front();
                let is_there = first.is_none_or(|(future, _)| future.wait_until(deadline));
                if is_there {
                    Ok(chunks.pop_front())
                } else {
                    Err(TimeoutError::new(()))
                }
            }
            Self::AsTheyEnd(chunks) => chunks.next_until(deadline),
        }
    }

    fn take_all(&mut self) -> Vec<Chunk<R>> {
        match self {
            Self::InOrder(chunks) => std::mem::take(chunks).into(),
            Self::AsTheyEnd(chunks) => {
                std::mem::replace(chunks, as_completed(Vec::new())).into_pending()
            }
        }
    }
}

impl<'executor, I, R> OfTasks<'executor, I, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    R: Send + 'static,
{
    pub(super) fn new<E, F>(executor: &'executor E, inputs: I, f: F) -> Self
    where
        E: Executor + ?Sized,
        F: Fn(I::Item) -> R + Send + Sync + 'static,
    {
        let f = Arc::new(f);
        let submit = move |inputs: Inputs<I::Item>| {
            let f = Arc::clone(&f);
            let run = move |input| {
                // What happens to one is its own affair.
                catch_unwind(AssertUnwindSafe(|| f(input))).map_err(Exception::from_panic)
            };
            executor.submit(move || {
                let inputs = std::mem::take(&mut *inputs.lock());
                inputs.into_iter().map(run).collect()
            })
        };
        Self {
            submit: Box::new(submit),
            buffersize: BUFFERSIZE,
            chunksize: 1,
            is_started: false,
            inputs: Some(inputs),
            chunk: Vec::new(),
            submitted: Submitted::InOrder(VecDeque::new()),
            pending: 0,
            ready: VecDeque::new(),
            failure: None,
        }
    }

    #[track_caller]
    pub(super) fn set_buffersize(&mut self, buffersize: usize) {
        assert!(buffersize > 0, "a buffer needs room for at least one item");
        self.assert_not_started();
        self.buffersize = buffersize;
    }

    #[track_caller]
    pub(super) fn set_chunksize(&mut self, chunksize: usize) {
        assert!(chunksize > 0, "a chunk needs at least one item");
        self.assert_not_started();
        self.chunksize = chunksize;
    }

    #[track_caller]
    pub(super) fn set_unordered(&mut self) {
        self.assert_not_started();
        self.submitted = Submitted::AsTheyEnd(as_completed(Vec::new()));
    }

    #[track_caller]
    fn assert_not_started(&self) {
        assert!(
            !self.is_started,
            "a lazy map is set up before its first `next`"
        );
    }

    /// Takes an input, if there is room, and then more until the next result is there or the buffer is full; then waits for the
    /// result.
    pub(super) fn next_until(
        &mut self,
        deadline: Deadline,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        self.is_started = true;
        loop {
            let may_take_more = self.take_input();
            if let Some(outcome) = self.ready.pop_front() {
                self.pending -= 1;
                return Ok(Some(outcome));
            }
            if self.pending == 0 && self.inputs.is_none() {
                return Ok(self.failure.take().map(Err));
            }
            let until = if may_take_more {
                Deadline::after(Duration::ZERO)
            } else {
                deadline
            };
            match self.submitted.next_until(until) {
                Ok(Some((future, count))) => self.unpack(future, count),
                // All that is pending is the chunk, and there is more to come.
                Ok(None) => debug_assert!(may_take_more, "nothing is lost on its way"),
                Err(_) if may_take_more && !deadline.has_passed() => {}
                Err(late) => return Err(late),
            }
        }
    }

    fn unpack(&mut self, future: Future<Outcomes<R>>, count: usize) {
        match future.result() {
            Ok(outcomes) => self.ready.extend(outcomes),
            Err(exception) => {
                if matches!(
                    exception.kind(),
                    ExceptionKind::ShutDown | ExceptionKind::BrokenPool
                ) {
                    // The executor takes no more, however many there are.
                    self.inputs = None;
                }
                let failed = (0..count).map(|_| Err(exception.clone()));
                self.ready.extend(failed);
            }
        }
    }

    /// Takes one input, if there is room, and hands over what makes a chunk; `true` if it may be called again at once.
    fn take_input(&mut self) -> bool {
        // It is full already if it could not be handed over before.
        if self.chunk.len() < self.chunksize
            && self.has_room()
            && let Some(input) = self.next_input()
        {
            self.pending += 1;
            self.chunk.push(input);
        }
        let is_last = self.inputs.is_none() && !self.chunk.is_empty();
        if is_last || self.chunk.len() == self.chunksize {
            self.hand_over();
        }
        self.inputs.is_some() && self.has_room()
    }

    /// Hands the chunk over. If the executor unwinds from that, as in an interrupt of a wait for room, the inputs come back;
    /// if it has run them by then, their results are lost.
    fn hand_over(&mut self) {
        let count = self.chunk.len();
        let inputs = Arc::new(Mutex::new(std::mem::take(&mut self.chunk)));
        let handed_over = catch_unwind(AssertUnwindSafe(|| (self.submit)(Arc::clone(&inputs))));
        match handed_over {
            Ok(future) => self.submitted.push((future, count)),
            Err(payload) => {
                self.chunk = std::mem::take(&mut *inputs.lock());
                if self.chunk.is_empty() {
                    let (lost, future) = promise();
                    drop(lost);
                    self.submitted.push((future, count));
                }
                resume_unwind(payload);
            }
        }
    }

    fn has_room(&self) -> bool {
        self.pending < self.buffersize.saturating_mul(self.chunksize)
    }

    /// A panic of the inputs ends them, and is handed out after all results; an interrupt passes through.
    fn next_input(&mut self) -> Option<I::Item> {
        let inputs = self.inputs.as_mut()?;
        match catch_unwind(AssertUnwindSafe(|| inputs.next())) {
            Ok(Some(input)) => return Some(input),
            Ok(None) => {}
            Err(payload) if Exception::is_interrupt(&*payload) => resume_unwind(payload),
            Err(payload) => self.failure = Some(Exception::from_panic(payload)),
        }
        self.inputs = None;
        None
    }
}

impl<I: Iterator, R> OfTasks<'_, I, R> {
    /// Between how many and how many results there will be.
    pub(super) fn size_hint(&self) -> (usize, Option<usize>) {
        let known = self.pending + usize::from(self.failure.is_some());
        let most = match &self.inputs {
            None => Some(known),
            Some(inputs) => {
                let most = inputs.size_hint().1;
                most.and_then(|most| most.checked_add(known))
            }
        };
        (known, most)
    }
}

impl<I: Iterator, R> Drop for OfTasks<'_, I, R> {
    fn drop(&mut self) {
        for (future, _) in self.submitted.take_all() {
            future.cancel();
        }
    }
}

impl<I: Iterator, R> fmt::Debug for OfTasks<'_, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfTasks")
            .field("buffersize", &self.buffersize)
            .field("chunksize", &self.chunksize)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
