//! A task that no pool runs, and what becomes of its closure and its result.

use std::sync::Arc;

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};
use pythreads_task_engine::extras::Extras;
use pythreads_task_engine::handle::{Handle, task_with};
use pythreads_task_engine::node::Work;

use crate::engine::share;
use crate::plain::Plain;

/// Counts what is dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

impl Drops {
    pub(crate) fn new() -> Self {
        Self(share(AtomicUsize::new(0)))
    }

    pub(crate) fn count(&self) -> usize {
        // A look that is never late, and that orders nothing.
        self.0.fetch_add(0, Ordering::Relaxed)
    }

    pub(crate) fn one(&self) -> Dropped {
        Dropped(self.clone())
    }
}

/// Counted when it is dropped.
#[derive(Debug)]
pub(crate) struct Dropped(Drops);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the tasks here return: a number that is only seen if the end of the task is ordered before the look.
#[derive(Debug)]
pub(crate) struct Answer {
    number: Plain,
    _dropped: Dropped,
}

impl Answer {
    pub(crate) fn number(&self) -> usize {
        self.number.get()
    }
}

/// A task that answers 7, or fails.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) handle: Handle<Answer>,
    /// How many closures were dropped.
    pub(crate) closures: Drops,
    /// How many answers were dropped.
    pub(crate) answers: Drops,
}

pub(crate) fn ask(succeeds: bool) -> (Arc<dyn Work>, Asked) {
    make(succeeds, 0, None)
}

/// Of a crew; it succeeds.
#[cfg(pythreads_shuttle)]
pub(crate) fn ask_of(crew: u32) -> (Arc<dyn Work>, Asked) {
    make(true, crew, None)
}

/// The same, with what it has beside closure and result.
#[cfg(pythreads_shuttle)]
pub(crate) fn ask_with(crew: u32, extras: Option<Box<Extras>>) -> (Arc<dyn Work>, Asked) {
    make(true, crew, extras)
}

fn make(succeeds: bool, crew: u32, extras: Option<Box<Extras>>) -> (Arc<dyn Work>, Asked) {
    let (closures, answers) = (Drops::new(), Drops::new());
    let closure = closures.one();
    let answer = Answer {
        number: Plain::default(),
        _dropped: answers.one(),
    };
    let _looked_at = answer.number();
    let (work, handle) = task_with(
        move || {
            let _closure = closure;
            answer.number.set(7);
            if succeeds {
                Ok(answer)
            } else {
                Err(Exception::new("no answer"))
            }
        },
        crew,
        extras,
    );
    let _looked_at = format!("{handle:?}");
    let asked = Asked {
        handle,
        closures,
        answers,
    };
    (work, asked)
}
