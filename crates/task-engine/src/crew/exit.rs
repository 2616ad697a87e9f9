//! What becomes of a crew when the program ends.

use std::sync::{Arc, Weak};

use pythreads_sync_primitives::wait_queue::{Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};
use pythreads_threading::AtExit;

use super::{AtProgramEnd, Crew, current, frames};

/// Keeps a crew registered for the end of the program.
#[derive(Debug)]
pub(super) struct AtExitGuard(Option<AtExit>);

impl AtExitGuard {
    /// Registers `crew`; `None` if the program is ending already.
    pub(super) fn register(crew: &Arc<Crew>) -> Option<Self> {
        let crew: Weak<Crew> = Arc::downgrade(crew);
        let end = move || {
            if let Some(crew) = crew.upgrade() {
                crew.end_with_program();
            }
        };
        pythreads_threading::register_atexit(end)
            .ok()
            .map(|registered| Self(Some(registered)))
    }
}

impl Drop for AtExitGuard {
    fn drop(&mut self) {
        if let Some(registered) = self.0.take() {
            registered.unregister();
        }
    }
}

impl Crew {
    /// Finishes or cancels the queue and waits for the workers, all but the one that ends the program.
    fn end_with_program(&self) {
        frames::abandon_all(&Exception::of_kind(
            ExceptionKind::Exit,
            "the task ended the program",
        ));
        self.close();
        let by_own_worker = current::is_worker_of(self.id);
        if self.settings.at_program_end() == AtProgramEnd::CancelQueue {
            self.cancel_pending();
        }
        if by_own_worker && self.roster.lock().alive == 1 {
            // Nobody is left to run it.
            self.cancel_pending();
        }
        let _ = self.join_once(
            Wait::shielded(WaitKind::Pool, Deadline::Never),
            usize::from(by_own_worker),
        );
    }
}
