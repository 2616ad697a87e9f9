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
/// would wait for itself: that is recognised and panics. A hook should not drop items: their destructors could do so, and
/// a destructor that panics while a panic unwinds ends the program. A [`put`](Storage::put) that panics drops its item; a
/// storage that refuses items in this way should do so in [`put_from`](Storage::put_from), which leaves the item alone.
///
/// # Blocking
///
/// While a hook runs, everybody else who puts or gets waits, also in the verbs that never wait for an item or room and in
/// those with a time limit: a hook should be quick.
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

    /// Stores the item in `slot`, which is what the queue calls to put: by default, takes it out and calls
    /// [`put`](Storage::put).
    ///
    /// An item that is still in the slot when this returns or panics is dropped by the queue, after it has released its
    /// lock. Left there without a panic, it counts as put.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::{BaseQueue, Storage};
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    ///
    /// #[derive(Default)]
    /// struct NoEmptyTexts(Vec<String>);
    ///
    /// impl Storage<String> for NoEmptyTexts {
    ///     fn put(&mut self, item: String) {
    ///         self.put_from(&mut Some(item));
    ///     }
    ///     fn put_from(&mut self, slot: &mut Option<String>) {
    ///         assert_ne!(slot.as_deref(), Some(""), "there is nothing to put");
    ///         self.0.extend(slot.take());
    ///     }
    ///     fn get(&mut self) -> Option<String> {
    ///         self.0.pop()
    ///     }
    ///     fn len(&self) -> usize {
    ///         self.0.len()
    ///     }
    /// }
    ///
    /// let queue = BaseQueue::with_storage(NoEmptyTexts::default(), 0);
    /// assert!(catch_unwind(AssertUnwindSafe(|| queue.put(String::new()))).is_err());
    /// assert_eq!(queue.len(), 0);
    /// ```
    fn put_from(&mut self, slot: &mut Option<T>) {
        if let Some(item) = slot.take() {
            self.put(item);
        }
    }

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

    /// Takes out everything at once, in a storage of its own; `None` if that cannot be done without running user code.
    #[doc(hidden)]
    fn take_all(&mut self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}
