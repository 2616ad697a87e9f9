//! How full a queue is, and how full it may be.

use super::{BaseQueue, news_mask};

impl<T, S> BaseQueue<T, S> {
    /// How many items are in the queue; stale as soon as it returns. Three loads, unless somebody is putting.
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        let put_count = &self.tail.put_count;
        let mut put = put_count.get();
        loop {
            let got = self.got_count();
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
            self.head.got_news.set(self.head.got_count.get());
            self.common.news_mask.set(news_mask(maxsize));
            self.common.maxsize.set(maxsize);
            self.room()
        };
        if room > 0 {
            self.common.not_full.notify(room);
        }
    }

    /// How many items were ever got. With little room putters ask for it all the time, and so not beside the lock of those who
    /// write it (invariant 8).
    #[inline]
    pub(super) fn got_count(&self) -> usize {
        if self.common.news_mask.get() == 0 {
            self.head.got_news.get()
        } else {
            self.head.got_count.get()
        }
    }

    /// The getters' lock must be held.
    #[inline]
    pub(super) fn set_got_count(&self, got_count: usize) {
        self.head.got_count.set(got_count);
        if got_count & self.common.news_mask.get() == 0 {
            self.head.got_news.set(got_count);
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
