//! What `wait` and `as_completed` take.

use std::sync::Arc;

use pythreads_sync_primitives::Deadline;

use crate::deadlock::Fails;
use crate::node::{self, Work};

mod sealed {
    /// Keeps [`Waitable`](super::Waitable) to the crates of this workspace.
    pub trait Sealed {}
}

pub use self::sealed::Sealed;

/// Something that ends when a task ends: a future, a shared future, a reference to one, or a pair of one and a tag.
///
/// Sealed: the crates of this workspace implement it, nobody else can usefully do so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future of this crate",
    label = "`wait` and `as_completed` take futures, shared futures, async results, references to them, and `(future, tag)` pairs",
    note = "for an `async` future use your runtime's own tools"
)]
pub trait Waitable: Sealed {
    /// The task waited for.
    #[doc(hidden)]
    fn work(&self) -> &dyn Work;

    /// The same, for those who follow a wait for it.
    #[doc(hidden)]
    fn shared_work(&self) -> Arc<dyn Work>;

    /// Whether several of the same task count as one; not so when they carry tags.
    #[doc(hidden)]
    fn merges_duplicates(&self) -> bool {
        true
    }

    /// Whether there may be several of the same task that count as one: not so of its one owner.
    #[doc(hidden)]
    fn may_be_duplicate(&self) -> bool {
        self.merges_duplicates()
    }
}

impl<W: Waitable + ?Sized> Sealed for &W {}
impl<W: Waitable + ?Sized> Waitable for &W {
    fn work(&self) -> &dyn Work {
        (**self).work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        (**self).shared_work()
    }

    fn merges_duplicates(&self) -> bool {
        (**self).merges_duplicates()
    }
}

impl<W: Waitable + ?Sized> Sealed for Box<W> {}
impl<W: Waitable + ?Sized> Waitable for Box<W> {
    fn work(&self) -> &dyn Work {
        (**self).work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        (**self).shared_work()
    }

    fn merges_duplicates(&self) -> bool {
        (**self).merges_duplicates()
    }

    fn may_be_duplicate(&self) -> bool {
        (**self).may_be_duplicate()
    }
}

impl<W: Waitable, Tag> Sealed for (W, Tag) {}
impl<W: Waitable, Tag> Waitable for (W, Tag) {
    fn work(&self) -> &dyn Work {
        self.0.work()
    }

    fn shared_work(&self) -> Arc<dyn Work> {
        self.0.shared_work()
    }

    fn merges_duplicates(&self) -> bool {
        false
    }
}

/// Waits for the end of a task; `false` if the deadline passed first.
///
/// # Panics
///
/// With an exception of kind Deadlock, as an interrupt does, if the wait would never end.
pub fn wait_for(waitable: &impl Waitable, deadline: Deadline) -> bool {
    let shared = || waitable.shared_work();
    let waited = node::wait(waitable.work(), deadline, Fails::ByUnwinding, shared);
    waited.unwrap_or_else(|deadlock| deadlock.resume())
}
