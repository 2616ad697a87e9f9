//! Why a put or a get did not happen.

use std::error::Error;
use std::fmt;

use pythreads_sync_primitives::Refused;

/// The item was not put; it comes back inside.
///
/// # Differences from Python
///
/// One type with two variants takes the place of the exceptions `queue.Full` and `queue.ShutDown`, and the item is not
/// lost. It can only be taken out ([`into_inner`](PutError::into_inner)), never looked at in place, so the error is `Sync`
/// whatever the item is: `?` takes it into `Box<dyn Error + Send + Sync>` also for a queue of closures. If the item
/// borrows, [`discard`](PutError::discard) it first.
///
/// # Examples
///
/// ```
/// use pythreads_queue::{PutError, Queue};
///
/// let queue = Queue::with_maxsize(1);
/// queue.put("first").unwrap();
/// match queue.try_put("second") {
///     Err(PutError::Full(item)) => assert_eq!(item.into_inner(), "second"),
///     other => panic!("{other:?}"),
/// }
/// ```
#[expect(
    clippy::exhaustive_enums,
    reason = "a closed set of outcomes: a match over it is complete"
)]
#[must_use = "it holds the item that was not put"]
pub enum PutError<T> {
    /// The queue had no room, at once or within the time given.
    Full(Refused<T>),
    /// The queue has been shut down.
    ShutDown(Refused<T>),
}

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::ShutDown(item) => item.into_inner(),
        }
    }

    /// Whether the queue was full; trying again later may succeed.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether the queue was shut down; trying again never succeeds.
    pub fn is_shutdown(&self) -> bool {
        matches!(self, Self::ShutDown(_))
    }

    /// Drops the item, so that an error about a borrowed item can be passed on with `?`.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// fn greet() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///     let name = String::from("Monty");
    ///     let queue = Queue::new();
    ///     queue.put(name.as_str()).map_err(|error| error.discard())?;
    ///     Ok(())
    /// }
    /// greet().unwrap();
    /// ```
    pub fn discard(self) -> PutError<()> {
        match self {
            Self::Full(_) => PutError::Full(Refused::new(())),
            Self::ShutDown(_) => PutError::ShutDown(Refused::new(())),
        }
    }
}

impl<T> Error for PutError<T> {}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the queue is full",
            Self::ShutDown(_) => "the queue has been shut down",
        })
    }
}

/// No item was got.
///
/// # Differences from Python
///
/// One type with two variants takes the place of the exceptions `queue.Empty` and `queue.ShutDown`.
#[expect(
    clippy::exhaustive_enums,
    reason = "a closed set of outcomes: a match over it is complete"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GetError {
    /// The queue had no item, at once or within the time given.
    Empty,
    /// The queue has been shut down and what was in it is gone.
    ShutDown,
}

impl GetError {
    /// Whether the queue was empty; trying again later may succeed.
    pub fn is_empty(self) -> bool {
        self == Self::Empty
    }

    /// Whether the queue was shut down; trying again never succeeds.
    pub fn is_shutdown(self) -> bool {
        self == Self::ShutDown
    }
}

impl Error for GetError {}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the queue is empty",
            Self::ShutDown => "the queue has been shut down",
        })
    }
}
