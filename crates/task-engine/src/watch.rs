//! Who wants to hear of a task's end: waits for several tasks, async wakers, callbacks, and the task that continues it.
//!
//! # Invariants
//!
//! 1. A watcher is added under the list's lock while the task is not done, or not added at all. The thread that ends the
//!    task moves the state first and takes the list second. So each watcher is told exactly once. A sink that watches alone
//!    stays in the list when it has been told.
//! 2. User code (callbacks, wakers) runs after the lock is released: sinks first, which run none, then wakers, then
//!    callbacks, in the order added. The task that continues it comes last, and not from here: whoever ended the task
//!    runs it afterwards, in a loop, so that a long chain needs no stack.
//!
//! # Lock order
//!
//! Under the list's lock a sink is told, which takes its own.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering}; // also in models, whose executions pass
use std::task::Waker;

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::Mutex;

use crate::contain::{contain, drop_contained};
use crate::crew::frames;
use crate::node::Work;
use crate::state::State;
use crate::trace;

/// How a task ended. It never holds the result, which has one owner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Completion {
    /// It has a result.
    Finished,
    /// It panicked, returned an error, was refused or abandoned.
    Failed(Exception),
    /// It was cancelled before it ran.
    Cancelled,
}

impl Completion {
    pub(crate) fn of<T>(outcome: &Result<T, Exception>) -> Self {
        match outcome {
            Ok(_) => Self::Finished,
            Err(exception) => Self::Failed(exception.clone()),
        }
    }
}

/// Hears of the ends of several tasks.
pub trait Sink: Send + Sync {
    /// The task registered under `token` is done; `true` if somebody has to be [woken](Self::wake) because of that. Runs no
    /// user code and takes no lock but the sink's own.
    #[must_use = "somebody may be asleep"]
    fn completed(&self, token: usize) -> bool;

    /// Wakes who waits for the next end. Called under no lock.
    fn wake(&self);
}

type Callback = Box<dyn FnOnce(&Completion) + Send>;

pub(crate) enum Watcher {
    Callback(Callback),
    Sink(Arc<dyn Sink>, usize),
    /// And whose it is, for it is replaced whenever its owner polls.
    Waker(Waker, WakerOwner),
    /// Is run when this task has ended. There is one at most, since the task's handle goes into it.
    Continuation(Arc<dyn Work>),
    /// Waits to be delivered in the midst of the task, and is void when that ends. There is one at most.
    Interrupt(Exception),
}

/// Who polls: the handle, or one of several that wait by reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakerOwner(usize);

impl WakerOwner {
    pub(crate) const HANDLE: Self = Self(0);

    /// One more that polls.
    pub fn new() -> Self {
        static LAST: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: Relaxed, only the number itself must be unique.
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl Default for WakerOwner {
    fn default() -> Self {
        Self::new()
    }
}

/// The watchers of one task. Most tasks have none, so it is one pointer and the lock.
#[derive(Default)]
pub(crate) struct Watchers {
    list: Mutex<List>,
}

/// The last one first.
#[derive(Default)]
struct List {
    last: Option<Box<Link>>,
}

struct Link {
    watcher: Watcher,
    before: Option<Box<Link>>,
}

impl List {
    fn push(&mut self, watcher: Watcher) {
        let before = self.last.take();
        self.last = Some(Box::new(Link { watcher, before }));
    }

    fn pop(&mut self) -> Option<Watcher> {
        let link = *self.last.take()?;
        self.last = link.before;
        Some(link.watcher)
    }

    /// The sink, if nobody else watches.
    fn only_sink(&self) -> Option<(&Arc<dyn Sink>, usize)> {
        let link = self.last.as_ref().filter(|link| link.before.is_none())?;
        match &link.watcher {
            Watcher::Sink(sink, token) => Some((sink, *token)),
            _ => None,
        }
    }

    fn pop_interrupt(&mut self) -> Option<Exception> {
        match self.pop() {
            Some(Watcher::Interrupt(exception)) => Some(exception),
            _ => None,
        }
    }

    /// Takes out those for which `is_it` holds; the others keep their order.
    fn extract(&mut self, mut is_it: impl FnMut(&Watcher) -> bool) -> Self {
        let mut extracted = Self::default();
        let mut place = &mut self.last;
        while let Some(mut link) = place.take() {
            if is_it(&link.watcher) {
                *place = link.before.take();
                link.before = extracted.last.take();
                extracted.last = Some(link);
            } else {
                place = &mut place.insert(link).before;
            }
        }
        extracted
    }

    /// In the order added.
    fn into_first_to_last(mut self) -> Self {
        self.extract(|_| true)
    }
}

impl Drop for List {
    /// One after the other: a list may be longer than the stack is deep.
    fn drop(&mut self) {
        while let Some(watcher) = self.pop() {
            drop(watcher);
        }
    }
}

impl Watchers {
    /// Adds a watcher, or gives it back if the task is done.
    pub(crate) fn add(&self, state: &State, watcher: Watcher) -> Result<(), Watcher> {
        let mut list = self.list.lock();
        let is_in_time = match watcher {
            Watcher::Callback(_) => state.watch(),
            Watcher::Sink(..) | Watcher::Waker(..) | Watcher::Continuation(_) => state.listen(),
            Watcher::Interrupt(_) => state.interrupt(),
        };
        if !is_in_time {
            return Err(watcher);
        }
        list.push(watcher);
        Ok(())
    }

    /// Replaces the waker of one who polls; `false` if the task is done.
    pub(crate) fn set_waker(&self, state: &State, waker: &Waker, owner: WakerOwner) -> bool {
        let new = Watcher::Waker(waker.clone(), owner);
        let old = {
            let mut list = self.list.lock();
            if !state.listen() {
                return false;
            }
            let old = list.extract(|watcher| is_waker_of(watcher, owner));
            list.push(new);
            old
        };
        drop(old);
        true
    }

    /// Leaves `exception` to be delivered in the midst of the task: `true`, and one that it replaces. Gives it back if the
    /// task does not run. Drops nothing.
    pub(crate) fn interrupt(
        &self,
        state: &State,
        exception: Exception,
    ) -> (bool, Option<Exception>) {
        let mut list = self.list.lock();
        if !state.interrupt() {
            return (false, Some(exception));
        }
        let replaced = list.extract(is_interrupt).pop_interrupt();
        list.push(Watcher::Interrupt(exception));
        (true, replaced)
    }

    /// Takes the exception that is to be delivered in the midst of the task. Only for the thread that runs it.
    pub(crate) fn take_interrupt(&self, state: &State) -> Option<Exception> {
        let mut list = self.list.lock();
        state.deliver();
        list.extract(is_interrupt).pop_interrupt()
    }

    /// Forgets the waker of one who does not poll any more.
    pub(crate) fn remove_waker(&self, owner: WakerOwner) {
        let removed = self
            .list
            .lock()
            .extract(|watcher| is_waker_of(watcher, owner));
        drop(removed);
    }

    /// Forgets the sink `sink`, which no longer wants to hear.
    pub(crate) fn remove_sink(&self, sink: &Arc<dyn Sink>) {
        let is_it = |watcher: &Watcher| matches!(watcher, Watcher::Sink(other, _) if Arc::ptr_eq(other, sink));
        let removed = self.list.lock().extract(is_it);
        drop(removed);
    }

    /// Tells those who wait for several tasks, and returns the others, who run code of users. Only for the thread that ended
    /// the task, after it has moved the state.
    pub(crate) fn tell_sinks(&self) -> Others {
        let all = {
            let mut list = self.list.lock();
            if let Some((sink, token)) = list.only_sink() {
                // It stays, and is given back with the task by the thread that has asked for it: so that thread alone
                // touches the count of those who share the sink, unless somebody has to be woken.
                let to_wake = sink.completed(token).then(|| Arc::clone(sink));
                drop(list);
                if let Some(sink) = to_wake {
                    sink.wake();
                }
                return Others(List::default());
            }
            std::mem::take(&mut *list)
        };
        let mut all = all.into_first_to_last();
        let mut others = List::default();
        while let Some(watcher) = all.pop() {
            match watcher {
                Watcher::Sink(sink, token) => tell(&*sink, token),
                other => others.push(other),
            }
        }
        Others(others)
    }
}

/// The task registered under `token` is done.
pub(crate) fn tell(sink: &dyn Sink, token: usize) {
    if sink.completed(token) {
        sink.wake();
    }
}

fn is_interrupt(watcher: &Watcher) -> bool {
    matches!(watcher, Watcher::Interrupt(_))
}

fn is_waker_of(watcher: &Watcher, owner: WakerOwner) -> bool {
    matches!(watcher, Watcher::Waker(_, other) if *other == owner)
}

/// The watchers of a task that has ended who run code of users.
#[must_use = "they wait to be told"]
pub(crate) struct Others(List);

impl Others {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.last.is_none()
    }

    /// Wakes the wakers, runs the callbacks, and returns the task that is to be run next.
    pub(crate) fn tell(self, completion: &Completion) -> Option<Arc<dyn Work>> {
        let mut others = self.0;
        let wakers = others.extract(|watcher| matches!(watcher, Watcher::Waker(..)));
        let mut rest = others.into_first_to_last();
        let mut wakers = wakers;
        while let Some(Watcher::Waker(waker, _)) = wakers.pop() {
            drop(frames::run_aside(|| contain(|| waker.wake())));
        }
        let mut continuation = None;
        while let Some(watcher) = rest.pop() {
            match watcher {
                Watcher::Callback(callback) => call(|| callback(completion)),
                Watcher::Continuation(work) => continuation = Some(work),
                // It came too late to be delivered.
                Watcher::Interrupt(exception) => drop_contained(exception),
                Watcher::Sink(..) | Watcher::Waker(..) => {}
            }
        }
        continuation
    }
}

/// Runs a done callback; its panic is logged and goes no further (F14).
pub(crate) fn call(callback: impl FnOnce()) {
    if let Err(exception) = frames::run_aside(|| contain(callback)) {
        trace::callback_panicked(&exception);
    }
}

impl fmt::Debug for Watchers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watchers(..)")
    }
}
