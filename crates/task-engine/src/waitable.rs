//! What `wait` and `as_completed` take.

use crate::node::Work;

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

    /// Whether several of the same task count as one; not so when they carry tags.
    #[doc(hidden)]
    fn merges_duplicates(&self) -> bool {
        true
    }
}

impl<W: Waitable + ?Sized> Sealed for &W {}
impl<W: Waitable + ?Sized> Waitable for &W {
    fn work(&self) -> &dyn Work {
        (**self).work()
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

    fn merges_duplicates(&self) -> bool {
        (**self).merges_duplicates()
    }
}

impl<W: Waitable, Tag> Sealed for (W, Tag) {}
impl<W: Waitable, Tag> Waitable for (W, Tag) {
    fn work(&self) -> &dyn Work {
        self.0.work()
    }

    fn merges_duplicates(&self) -> bool {
        false
    }
}
