//! A lazy map: one function over inputs that are taken as results are read, with a bounded number of them on their way.
//!
//! Whoever reads the results takes the inputs, too, in its own thread: so an input that is slow delays its reader and nobody
//! else, and nothing is taken that nobody asks for. Each `next` takes one input, and more as long as its result is not there
//! and the window has room. It hands them in at once, or some together while the runners have enough to do. These are tasks of
//! the crew that take batch after batch from the window they share with the reader: a task costs a wake-up, a batch costs a
//! lock.

mod results;
mod runner;
mod window;

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use pythreads_sync_primitives::{Deadline, Exception, TimeoutError};

use self::results::Order;
use self::window::{Limit, Window};
use crate::contain::drop_contained;
use crate::crew::{Crew, current, source::Source};

type Outcome<R> = Result<R, Exception>;
type Function<T, R> = Arc<dyn Fn(T) -> Outcome<R> + Send + Sync>;

/// The core of `MapLazy`: see the [module](self).
pub struct LazyMap<I: Iterator, R> {
    crew: Arc<Crew>,
    function: Option<Function<I::Item, R>>,
    buffersize: Option<usize>,
    chunksize: usize,
    order: Order,
    /// `None` when it has ended, in whatever way.
    inputs: Option<I>,
    /// From the first `next` on.
    window: Option<Arc<Window<I::Item, R>>>,
    /// A batch that is not full yet.
    batch: Vec<I::Item>,
    /// How many batches may be on their way.
    limit: usize,
    ready: VecDeque<Outcome<R>>,
    /// How many inputs have been taken whose results have not been handed out.
    pending: usize,
    /// Why there are no more inputs, if not because they have ended; handed out after all results. First that of each input that
    /// was taken and refused.
    failures: VecDeque<Exception>,
}

impl<I, R> LazyMap<I, R>
where
    I: Iterator,
    I::Item: Send + 'static,
    R: Send + 'static,
{
    /// A map over `inputs` whose function is run by `crew`. Takes nothing yet.
    pub fn new(
        crew: &Arc<Crew>,
        inputs: I,
        function: impl Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'static,
    ) -> Self {
        Self {
            crew: Arc::clone(crew),
            function: Some(Arc::new(function)),
            buffersize: None,
            chunksize: 1,
            order: Order::Input,
            inputs: Some(inputs),
            window: None,
            batch: Vec::new(),
            limit: 0,
            ready: VecDeque::new(),
            pending: 0,
            failures: VecDeque::new(),
        }
    }

    /// At most so many batches are on their way at once.
    ///
    /// # Panics
    ///
    /// If it is 0, or after the first `next`.
    #[track_caller]
    pub fn set_buffersize(&mut self, buffersize: usize) {
        assert!(buffersize > 0, "a buffer needs room for at least one item");
        self.assert_not_started();
        self.buffersize = Some(buffersize);
    }

    /// How many inputs make a batch.
    ///
    /// # Panics
    ///
    /// If it is 0, or after the first `next`.
    #[track_caller]
    pub fn set_chunksize(&mut self, chunksize: usize) {
        assert!(chunksize > 0, "a chunk needs at least one item");
        self.assert_not_started();
        self.chunksize = chunksize;
    }

    /// Results are handed out as they come.
    ///
    /// # Panics
    ///
    /// After the first `next`.
    #[track_caller]
    pub fn set_unordered(&mut self) {
        self.assert_not_started();
        self.order = Order::Completion;
    }

    #[track_caller]
    fn assert_not_started(&self) {
        assert!(
            self.window.is_none(),
            "a lazy map is set up before its first `next`"
        );
    }

    /// Takes an input, if there is room, and then more until the next result is there or the window is full; then waits for
    /// the result. `None` after the last one. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// If the deadline passed first. Nothing is lost.
    pub fn next_until(
        &mut self,
        deadline: Deadline,
    ) -> Result<Option<Result<R, Exception>>, TimeoutError> {
        let window = self.start();
        loop {
            let may_take_more = self.take_input(&window);
            if let Some(outcome) = self.ready.pop_front() {
                self.pending -= 1;
                return Ok(Some(outcome));
            }
            if self.pending == 0 && self.inputs.is_none() {
                return Ok(self.failures.pop_front().map(Err));
            }
            if deadline.has_passed() {
                return Err(TimeoutError::new(()));
            }
            if may_take_more {
                continue;
            }
            if deadline == Deadline::Never
                && current::may_claim(self.crew.id())
                && runner::run_for_reader(&window)
            {
                continue;
            }
            if !window.wait(deadline) {
                return Err(TimeoutError::new(()));
            }
        }
    }

    fn start(&mut self) -> Arc<Window<I::Item, R>> {
        if let Some(window) = &self.window {
            return Arc::clone(window);
        }
        let function = self.function.take().expect("a map is started once");
        let crew = Arc::clone(&self.crew);
        let limit = self.first_limit();
        self.limit = limit.now();
        let window = Window::new(crew, function, self.chunksize, self.order, limit);
        let source: Arc<dyn Source> = Arc::clone(&window) as _;
        if let Err(refusal) = self.crew.add_source(&source) {
            window.crew_closed(&refusal);
        }
        self.window = Some(Arc::clone(&window));
        window
    }

    /// Without a size of its own the window begins with two batches for each worker, and grows to as many inputs as hide the
    /// price of a wake-up even if they take no time.
    fn first_limit(&self) -> Limit {
        const INPUTS: usize = 1024;
        let least = self.crew.settings().max_workers().saturating_mul(2);
        match self.buffersize {
            Some(buffersize) => Limit::Fixed(buffersize),
            None => Limit::Grows {
                now: least,
                most: least.max(INPUTS / self.chunksize),
            },
        }
    }

    /// Takes one input, if there is room, hands in what makes a batch, and fetches results if none are at hand. `true` if it
    /// may be called again at once.
    fn take_input(&mut self, window: &Arc<Window<I::Item, R>>) -> bool {
        /// How many batches are handed in together at most.
        const AT_ONCE: usize = 16;
        if self.has_room()
            && let Some(input) = self.next_input()
        {
            self.pending += 1;
            self.batch.push(input);
        }
        let has_ended = self.inputs.is_none();
        let is_last = has_ended || window.is_closed();
        let whole = match self.batch.len() % self.chunksize {
            rest if !is_last => self.batch.len() - rest,
            _ => self.batch.len(),
        };
        let may_take_more = !has_ended && self.has_room();
        // While there is enough for the runners, some are handed in together, and results looked for as often.
        let can_wait = whole < self.chunksize.saturating_mul(AT_ONCE) && window.is_stocked();
        if (whole > 0 && !can_wait) || (self.ready.is_empty() && !(can_wait && may_take_more)) {
            self.exchange(window, whole);
        }
        self.inputs.is_some() && self.has_room()
    }

    fn has_room(&self) -> bool {
        self.pending < self.limit.saturating_mul(self.chunksize)
    }

    /// Hands in the first `whole` inputs of those that were taken.
    fn exchange(&mut self, window: &Arc<Window<I::Item, R>>, whole: usize) {
        let full = self.inputs.is_some() && !self.has_room();
        let standing = window.exchange(&mut self.batch, whole, &mut self.ready, full);
        self.limit = standing.limit;
        if let Some(refusal) = standing.refusal
            && !self.batch.is_empty()
        {
            // What was taken last ends the map in its place.
            for _ in &self.batch {
                self.pending -= 1;
                self.failures.push_front(refusal.clone());
            }
            let refused = std::mem::take(&mut self.batch);
            refused.into_iter().for_each(drop_contained);
            self.inputs = None;
        }
    }

    /// A panic of the inputs ends them, and is handed out after all results; an interrupt passes through.
    fn next_input(&mut self) -> Option<I::Item> {
        let inputs = self.inputs.as_mut()?;
        match catch_unwind(AssertUnwindSafe(|| inputs.next())) {
            Ok(Some(input)) => return Some(input),
            Ok(None) => {}
            Err(payload) if Exception::is_interrupt(&*payload) => resume_unwind(payload),
            Err(payload) => self.failures.push_back(Exception::from_panic(payload)),
        }
        self.inputs = None;
        None
    }
}

impl<I: Iterator, R> LazyMap<I, R> {
    /// Between how many and how many results there will be.
    pub fn size_hint(&self) -> (usize, Option<usize>) {
        let known = self.pending + self.failures.len();
        let most = match &self.inputs {
            None => Some(known),
            Some(inputs) => inputs
                .size_hint()
                .1
                .and_then(|most| most.checked_add(known)),
        };
        (known, most)
    }
}

impl<I: Iterator, R> Drop for LazyMap<I, R> {
    fn drop(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        batch.into_iter().for_each(drop_contained);
        let ready = std::mem::take(&mut self.ready);
        ready.into_iter().for_each(drop_contained);
        if let Some(window) = self.window.take() {
            window.abandon_reading();
            drop_contained(window);
        }
        drop_contained(self.function.take());
    }
}

impl<I: Iterator, R> fmt::Debug for LazyMap<I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyMap")
            .field("buffersize", &self.buffersize)
            .field("chunksize", &self.chunksize)
            .field("order", &self.order)
            .field("pending", &self.pending)
            .finish_non_exhaustive()
    }
}
