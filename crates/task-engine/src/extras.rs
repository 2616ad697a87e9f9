//! What a task has beside its closure and its result: the optional second allocation of its node.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use pythreads_sync_primitives::sync::Mutex;

use crate::gate::Slot;
use crate::interrupt::watch_waits;
use crate::trace::TaskSpan;

/// What somebody asked for one task.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Shown with the thread that runs it, and in its exception.
    pub name: Option<Arc<str>>,
    /// Smaller ones first, in a crew whose order is by priority; none is 0.
    pub priority: Option<i32>,
    /// Not begun after that; a wait in its midst ends then.
    pub deadline: Option<Instant>,
}

/// See the [module](self).
#[derive(Debug, Default)]
pub struct Extras {
    options: Options,
    /// The task's place in a crew whose queue is bounded, until it is begun or cancelled.
    slot: OnceLock<Slot>,
    /// From the submit until the task is begun, cancelled or refused.
    span: Mutex<Option<TaskSpan>>,
}

impl Extras {
    /// Of a task with these options.
    pub fn new(options: Options) -> Box<Self> {
        watch_waits();
        Box::new(Self {
            options,
            slot: OnceLock::new(),
            span: Mutex::new(None),
        })
    }

    /// What was asked for the task.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The task takes `slot` from now on.
    pub(crate) fn set_slot(&self, slot: Slot) {
        // It has one at most: a task is handed to one crew.
        drop(self.slot.set(slot));
    }

    /// The task is submitted in a span.
    pub(crate) fn set_span(&self, span: TaskSpan) {
        let before = self.span.lock().replace(span);
        drop(before);
    }

    /// The task is not pending any more. Called by the thread that moved it, which ends the span.
    #[must_use = "the span is to be ended"]
    pub(crate) fn left_pending(&self) -> Option<TaskSpan> {
        if let Some(slot) = self.slot.get() {
            slot.leave();
        }
        self.span.lock().take()
    }
}
