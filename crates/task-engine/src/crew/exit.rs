//! What becomes of a crew when the program ends.

use std::sync::{Arc, Weak};

use pythreads_sync_primitives::wait_queue::{Wait, WaitEnd, WaitKind};
use pythreads_threading::{AtExit, patience_at_exit};

use super::{AtProgramEnd, Crew};

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
    /// Finishes or cancels the queue and waits for the workers, as long as the end of the program waits for anybody. The
    /// thread that ends the program is none of them any more.
    fn end_with_program(&self) {
        self.close();
        if self.settings.at_program_end() == AtProgramEnd::CancelQueue {
            self.cancel_pending();
        }
        while let Some(until) = patience_at_exit() {
            let how = Wait::shielded(WaitKind::Pool, until);
            if self.wait_for_workers(how) == WaitEnd::NotNeeded {
                break;
            }
        }
    }
}
