//! One iterator for several readers: each item goes to all of them.
//!
//! # Invariants
//!
//! 1. A view's queue holds the items that were pulled and that it has not given yet, in order. Queues grow under `source`.
//! 2. The view that pulls makes the copies for all others, in its own thread. So items need not be `Sync`.
//!
//! # Lock order
//!
//! `source`, under which the underlying iterator and its items' `clone` run, then a queue, under which no user code runs.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::one_at_a_time::OneAtATime;

/// Makes `n` iterators, each of which gives every item of `items`, and which may be read by different threads.
///
/// An item is pulled when the first view asks for it, and kept until the last view has passed it.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{concurrent_tee, spawn};
///
/// let mut views = concurrent_tee(1..=100_u64, 2).into_iter();
/// let (sums, squares) = (views.next().unwrap(), views.next().unwrap());
/// let sum = spawn(|| sums.sum::<u64>());
/// let square_sum = spawn(|| squares.map(|n| n * n).sum::<u64>());
/// assert_eq!(sum.join().unwrap(), 5050);
/// assert_eq!(square_sum.join().unwrap(), 338_350);
/// ```
pub fn concurrent_tee<I>(items: I, n: usize) -> Vec<TeeView<I::IntoIter>>
where
    I: IntoIterator,
    I::Item: Clone,
{
    let shared = Arc::new(Shared {
        source: OneAtATime::new(items.into_iter()),
        queues: (0..n).map(|_| Mutex::new(Some(VecDeque::new()))).collect(),
    });
    let view = |index| TeeView {
        shared: Arc::clone(&shared),
        index,
    };
    (0..n).map(view).collect()
}

/// One of the iterators that [`concurrent_tee`] has made.
///
/// # Blocking and timeouts
///
/// Pulling an item that is not there yet waits while another view pulls, without limit; not interruptible.
///
/// # Panics
///
/// With a panic of the underlying iterator, in the view that pulled; others pull again and get what it does next. If the
/// underlying iterator pulls from one of its own views.
///
/// # Differences from Python
///
/// A tee of a tee does not share the lock of the first.
pub struct TeeView<I: Iterator> {
    shared: Arc<Shared<I>>,
    index: usize,
}

impl<I: Iterator> UnwindSafe for TeeView<I> {}
impl<I: Iterator> RefUnwindSafe for TeeView<I> {}

type Queue<T> = Mutex<Option<VecDeque<T>>>;

struct Shared<I: Iterator> {
    source: OneAtATime<I>,
    /// By view; `None` once the view is gone.
    queues: Box<[Queue<I::Item>]>,
}

impl<I: Iterator> Iterator for TeeView<I>
where
    I::Item: Clone,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let shared = &*self.shared;
        shared.take(self.index).or_else(|| {
            shared.source.with(|source| {
                // Another view may have pulled meanwhile.
                shared
                    .take(self.index)
                    .or_else(|| shared.pull(source, self.index))
            })
        })
    }
}

impl<I: Iterator> Drop for TeeView<I> {
    fn drop(&mut self) {
        let unread = self.shared.queues[self.index].lock().take();
        // Their drop is user code: after the lock.
        drop(unread);
    }
}

impl<I: Iterator> fmt::Debug for TeeView<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TeeView(..)")
    }
}

impl<I: Iterator> Shared<I> {
    fn take(&self, view: usize) -> Option<I::Item> {
        self.queues[view].lock().as_mut()?.pop_front()
    }
}

impl<I: Iterator> Shared<I>
where
    I::Item: Clone,
{
    /// The next item of the source for `view`, with copies for the others.
    fn pull(&self, source: &mut I, view: usize) -> Option<I::Item> {
        let item = source.next()?;
        let others = || {
            let queues = self.queues.iter().enumerate();
            queues.filter_map(move |(other, queue)| (other != view).then_some(queue))
        };
        let alive = others().filter(|queue| queue.lock().is_some());
        // All copies first: if one panics, no view gets the item.
        let copies: Vec<_> = alive.map(|queue| (queue, item.clone())).collect();
        for (queue, copy) in copies {
            let unwanted = match &mut *queue.lock() {
                Some(queue) => {
                    queue.push_back(copy);
                    None
                }
                None => Some(copy),
            };
            drop(unwanted);
        }
        Some(item)
    }
}
