//! `Prioritized`: an item with a priority, compared by the priority alone.

use std::cmp::Ordering;

/// An item and its priority, for a [`PriorityQueue`](crate::PriorityQueue) of items that have no order of their own.
///
/// Only the priorities are compared, so two of them are equal (`==`) whatever their items are, and the queue hands them out
/// in the order they were put. Smaller comes first; for largest first use [`Reverse`](std::cmp::Reverse) as priority.
///
/// # Differences from Python
///
/// Takes the place of the wrapper class, or the tuple with a counter, that Python's documentation advises (O5).
///
/// # Examples
///
/// ```
/// use pythreads_queue::Prioritized;
///
/// let job = Prioritized { priority: 1, item: || "a closure has no order" };
/// let other = Prioritized { priority: 2, item: || "a closure has no order" };
/// assert_eq!(job.priority, 1);
/// assert!(Prioritized { priority: 1, item: "z" } < Prioritized { priority: 2, item: "a" });
/// # let _ = (job, other);
/// ```
#[expect(
    clippy::exhaustive_structs,
    reason = "written as a literal by its users"
)]
#[derive(Clone, Copy, Debug)]
pub struct Prioritized<P, T> {
    /// What is compared; the smaller comes first.
    pub priority: P,
    /// What is not.
    pub item: T,
}

impl<P: PartialEq, T> PartialEq for Prioritized<P, T> {
    fn eq(&self, other: &Self) -> bool {
        self.priority == other.priority
    }
}

impl<P: Eq, T> Eq for Prioritized<P, T> {}

impl<P: PartialOrd, T> PartialOrd for Prioritized<P, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.priority.partial_cmp(&other.priority)
    }
}

impl<P: Ord, T> Ord for Prioritized<P, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.priority.cmp(&other.priority)
    }
}
