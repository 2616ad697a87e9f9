//! `Storage`: in which order a queue hands out its items.

/// What a [`BaseQueue`](crate::BaseQueue) keeps its items in; it alone decides their order.
///
/// It is not shared: the queue calls it under its own lock, and does all the waiting, counting and waking around it.
/// It is an open trait, the counterpart of overriding `_put`, `_get` and `_qsize` in Python (Q18).
///
/// # What the queue relies on
///
/// Nothing it needs to stay sound or alive: [`get`](Storage::get) alone says whether there is an item, and
/// [`len`](Storage::len), asked after each call, says what [`BaseQueue::len`](crate::BaseQueue::len) shows and how much
/// room there is. A storage that contradicts itself hands out odd items and hangs or wakes threads at odd times, no
/// more.
///
/// # Panics
///
/// A hook may panic. The panic reaches who called the queue, the queue's counters are as before, and the queue goes on
/// (Q17); a storage that wants to be intact then must panic before it changes anything. A hook that calls its own queue
/// would wait for itself: that is recognised and panics. A hook should not drop items: their destructors could do so.
///
/// # Examples
///
/// A queue that hands out the longest text first:
///
/// ```
/// use pythreads_queue::{BaseQueue, Storage};
///
/// #[derive(Default)]
/// struct LongestFirst(Vec<String>);
///
/// impl Storage<String> for LongestFirst {
///     fn put(&mut self, item: String) {
///         let at = self.0.partition_point(|other| other.len() < item.len());
///         self.0.insert(at, item);
///     }
///     fn get(&mut self) -> Option<String> {
///         self.0.pop()
///     }
///     fn len(&self) -> usize {
///         self.0.len()
///     }
/// }
///
/// let queue = BaseQueue::with_storage(LongestFirst::default(), 0);
/// queue.put("ham".to_owned()).unwrap();
/// queue.put("sausage".to_owned()).unwrap();
/// assert_eq!(queue.get().unwrap(), "sausage");
/// ```
pub trait Storage<T> {
    /// Stores `item`. The queue has made sure that there is room.
    fn put(&mut self, item: T);

    /// Removes and returns the item that is next, or `None` if there is none.
    fn get(&mut self) -> Option<T>;

    /// How many items it holds. Should not panic.
    fn len(&self) -> usize;

    /// Whether it holds no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a hook may run code that this crate did not write, and so may panic or call the queue again.
    #[doc(hidden)]
    const RUNS_USER_CODE: bool = true;

    /// Whether a put adds one item and a get takes one, always, so that nobody need ask for the length.
    #[doc(hidden)]
    const IS_EXACT: bool = false;

    /// Whether the end that is got from can be taken off, so that putters and getters need no lock in common.
    #[doc(hidden)]
    const HAS_TWO_ENDS: bool = false;

    /// Gives away the end that is got from: a storage that only gets, where `self` only puts from now on. `None` if it has
    /// been given away, or if nothing was put yet.
    #[doc(hidden)]
    fn take_head(&mut self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Stores the item in `slot`. On a panic an item that is still in it is dropped by the queue, outside its lock.
    #[doc(hidden)]
    fn put_from(&mut self, slot: &mut Option<T>) {
        if let Some(item) = slot.take() {
            self.put(item);
        }
    }

    /// Takes out everything at once, in a storage of its own; `None` if that cannot be done without running user code.
    #[doc(hidden)]
    fn take_all(&mut self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}
