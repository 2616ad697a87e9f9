//! One iterator for several threads: each item goes to one of them.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::one_at_a_time::OneAtATime;

/// Makes an iterator that several threads can draw from; each item goes to one of them.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{scope, serialize_iterator};
///
/// let numbers = serialize_iterator(1..=100);
/// let sum: u32 = scope(|s| {
///     let other = s.spawn(|| numbers.iter().sum::<u32>());
///     let mut sum = 0;
///     for number in &numbers {
///         sum += number;
///     }
///     sum + other.join().unwrap()
/// });
/// assert_eq!(sum, 5050);
/// ```
pub fn serialize_iterator<I: IntoIterator>(items: I) -> SerializedIterator<I::IntoIter> {
    SerializedIterator {
        source: OneAtATime::new(items.into_iter()),
    }
}

/// An iterator that several threads can draw from: `for item in &shared`.
///
/// # Blocking and timeouts
///
/// Drawing waits while another thread draws, without limit; not interruptible.
///
/// # Panics
///
/// With a panic of the underlying iterator, in the thread that drew; others go on and get what it does next. If the
/// underlying iterator draws from itself through this one.
///
/// # Differences from Python
///
/// It is shared by reference; a thread that draws from inside panics where Python's waits for ever. There is no `send`,
/// `throw` and `close`.
pub struct SerializedIterator<I> {
    source: OneAtATime<I>,
}

impl<I> UnwindSafe for SerializedIterator<I> {}
impl<I> RefUnwindSafe for SerializedIterator<I> {}

impl<I: Iterator> SerializedIterator<I> {
    /// Draws the next item.
    #[track_caller]
    pub fn next(&self) -> Option<I::Item> {
        self.source.with(Iterator::next)
    }

    /// Draws items until there are no more.
    pub fn iter(&self) -> SerializedIter<'_, I> {
        SerializedIter { shared: self }
    }

    /// The iterator itself; nobody shares it any more.
    pub fn into_inner(self) -> I {
        self.source.into_inner()
    }
}

impl<I> fmt::Debug for SerializedIterator<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SerializedIterator(..)")
    }
}

impl<'shared, I: Iterator> IntoIterator for &'shared SerializedIterator<I> {
    type Item = I::Item;
    type IntoIter = SerializedIter<'shared, I>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Draws from a [`SerializedIterator`].
pub struct SerializedIter<'shared, I> {
    shared: &'shared SerializedIterator<I>,
}

impl<I: Iterator> Iterator for SerializedIter<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.shared.next()
    }
}

impl<I> Clone for SerializedIter<'_, I> {
    fn clone(&self) -> Self {
        Self {
            shared: self.shared,
        }
    }
}

impl<I> fmt::Debug for SerializedIter<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SerializedIter(..)")
    }
}
