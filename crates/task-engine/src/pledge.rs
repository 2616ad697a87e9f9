//! The other end of a handle whose result no task makes: whoever holds it gives the result.

use std::fmt;
use std::sync::Arc;

use pythreads_sync_primitives::Exception;

use crate::handle::Handle;
use crate::interrupt::watch_waits;
use crate::job::Job;
use crate::node::{Node, Nothing, Ties, go_on};
use crate::state::Phase;

/// Gives a handle its outcome, once. Dropped before, it leaves the handle waiting: see `Promise`, which does not.
pub struct Pledge<T> {
    node: Arc<Node<NoJob, T>>,
}

/// Nobody runs such a task: it is in no run queue, and at home in no crew.
struct NoJob;

impl<T> Job<T> for NoJob {
    const HAS_THREAD: bool = false;

    fn run(self) -> Result<T, Exception> {
        unreachable!("a promised result is given, not made by a task")
    }
}

/// A pledge, and the handle to what is pledged.
pub fn pledge<T: Send + 'static>() -> (Pledge<T>, Handle<T>) {
    watch_waits();
    let node = Node::new(NoJob, Ties::default(), Nothing);
    let pledge = Pledge {
        node: Arc::clone(&node),
    };
    (pledge, Handle::of_node(node))
}

impl<T: Send + 'static> Pledge<T> {
    /// From now on the handle cannot be cancelled; `false` if it has been.
    pub fn begin(&self) -> bool {
        self.node.phase() == Phase::Running || self.node.claim_to_end()
    }

    /// Gives the outcome. For one call, since it is not asked whether there was one before.
    ///
    /// # Errors
    ///
    /// The outcome comes back if the handle has been cancelled.
    pub fn end(&self, outcome: Result<T, Exception>) -> Result<(), Result<T, Exception>> {
        if !self.begin() {
            return Err(outcome);
        }
        go_on(self.node.complete(outcome, None), None);
        Ok(())
    }
}

impl<T> fmt::Debug for Pledge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pledge").finish_non_exhaustive()
    }
}
