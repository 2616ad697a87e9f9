//! How tasks come in: what they need beside their closure, and whether there is room for them.

use std::sync::Arc;

use pythreads_sync_primitives::{Deadline, TimeoutError};

use super::{Crew, Order, current};
use crate::deadlock;
use crate::extras::{Extras, Options};
use crate::node::Work;
use crate::trace::TaskSpan;

impl Crew {
    /// What a task needs that is going to be submitted. Waits for room, if the number of pending tasks is bounded: an
    /// interruption point. The crew's own workers never wait.
    #[inline]
    pub fn admit(&self, options: Option<Options>) -> Option<Box<Extras>> {
        if options.is_none() && !self.adds_extras() {
            return None;
        }
        self.admit_with_extras(options)
    }

    /// Whether a task may get extras that nobody asked for.
    #[inline]
    fn adds_extras(&self) -> bool {
        self.settings.gate().is_some() || TaskSpan::may_be_wanted(self.settings.inherits_span())
    }

    fn admit_with_extras(&self, options: Option<Options>) -> Option<Box<Extras>> {
        let extras = options.map(Extras::new);
        let admitted = self.make_room(extras, Deadline::Never);
        admitted.unwrap_or_else(|_| unreachable!("a wait without a deadline ends with room"))
    }

    /// As [`admit`](Self::admit), for a time.
    ///
    /// # Errors
    ///
    /// If it ran out.
    pub fn admit_until(&self, deadline: Deadline) -> Result<Option<Box<Extras>>, TimeoutError> {
        self.make_room(None, deadline)
    }

    fn make_room(
        &self,
        extras: Option<Box<Extras>>,
        deadline: Deadline,
    ) -> Result<Option<Box<Extras>>, TimeoutError> {
        let slot = match self.settings.gate() {
            None => None,
            Some(gate) if current::is_worker_of(self.id) => Some(gate.enter_beyond()),
            Some(gate) => Some(gate.enter(deadline).ok_or(TimeoutError::new(()))?),
        };
        let span = self.span(extras.as_deref());
        if slot.is_none() && span.is_none() {
            return Ok(extras);
        }
        let extras = extras.unwrap_or_else(|| Extras::new(Options::default()));
        if let Some(slot) = slot {
            extras.set_slot(slot);
        }
        if let Some(span) = span {
            extras.set_span(span);
        }
        Ok(Some(extras))
    }

    /// The span of a task that the current thread submits, if anybody listens.
    fn span(&self, extras: Option<&Extras>) -> Option<TaskSpan> {
        let name = extras.and_then(|extras| extras.options().name.as_deref());
        TaskSpan::new(self.settings.name(), name, self.settings.inherits_span())
    }

    /// Makes room for a task that was made elsewhere, before it is [accepted](Self::accept). Waits as [`admit`](Self::admit).
    pub fn admit_foreign(&self, work: &dyn Work) {
        let header = work.header();
        if let Some(extras) = header.extras()
            && let Some(span) = self.span(Some(extras))
        {
            extras.set_span(span);
        }
        if let (Some(gate), Some(extras)) = (self.settings.gate(), header.extras()) {
            let slot = if current::is_worker_of(self.id) {
                Some(gate.enter_beyond())
            } else {
                gate.enter(Deadline::Never)
            };
            if let Some(slot) = slot {
                extras.set_slot(slot);
            }
            if header.phase().is_done() {
                // It was cancelled while it had none.
                drop(extras.left_pending());
            }
        }
    }

    /// Takes a task that was made elsewhere and [admitted](Self::admit_foreign), as [`submit`](Self::submit).
    pub fn accept(self: &Arc<Self>, work: Arc<dyn Work>) {
        let is_awaited = work.header().come_home(self.id);
        self.submit(work);
        if is_awaited {
            deadlock::look_again();
        }
    }

    /// Whether an eager map may keep its items together instead of making a task for each: nobody can tell the difference.
    pub fn shares_maps(&self) -> bool {
        let settings = &self.settings;
        settings.order() == Order::Fifo
            && settings.gate().is_none()
            && settings.tasks_per_worker().is_none()
            && !TaskSpan::is_wanted(settings.inherits_span())
    }

    /// Who waits for room is let in, and told by the crew that it takes no more.
    pub(super) fn open_the_gate(&self) {
        if let Some(gate) = self.settings.gate() {
            gate.close();
        }
    }
}
