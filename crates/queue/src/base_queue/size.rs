//! How full a queue is, and how full it may be.

use super::BaseQueue;

impl<T, S> BaseQueue<T, S> {
    /// How many items are in the queue; stale as soon as it returns. Three loads, unless somebody is putting.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        let put_count = &self.tail.put_count;
        let mut put = put_count.get();
        loop {
            let got = self.head.got_count.get();
            let still = put_count.get();
            if still == put {
                return match put.wrapping_sub(got) {
                    // What is being put has been got already.
                    usize::MAX => 0,
                    len => len,
                };
            }
            put = still;
        }
    }

    /// Whether no item is in the queue; stale as soon as it returns.
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the queue has a bound and has reached it; stale as soon as it returns.
    #[doc(alias = "full")]
    pub fn is_full(&self) -> bool {
        !self.has_room()
    }

    /// The bound; 0 if there is none.
    pub fn maxsize(&self) -> usize {
        self.common.maxsize.get()
    }

    /// Changes the bound; 0 removes it.
    ///
    /// Lowered below the number of items, it makes the queue full until enough of them were got.
    ///
    /// # Differences from Python
    ///
    /// Threads that wait for room are woken if there now is some (Q2). In Python, where `maxsize` is a plain attribute,
    /// they sleep on.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::with_maxsize(1);
    /// queue.put(1).unwrap();
    /// queue.set_maxsize(2);
    /// queue.try_put(2).unwrap();
    /// assert!(queue.is_full());
    /// ```
    #[track_caller]
    pub fn set_maxsize(&self, maxsize: usize) {
        self.refuse_reentry();
        let room = {
            let _head = self.lock_head();
            let _tail = self.lock_tail();
            self.common.maxsize.set(maxsize);
            self.room()
        };
        if room > 0 {
            self.common.not_full.notify(room);
        }
    }

    /// How many items there is room for.
    pub(super) fn room(&self) -> usize {
        match self.maxsize() {
            0 => usize::MAX,
            maxsize => maxsize.saturating_sub(self.len()),
        }
    }
}
