//! The end of a queue.

use super::{BaseQueue, HeadState, SHUT_DOWN, TailState};
use crate::storage::Storage;

impl<T, S> BaseQueue<T, S> {
    /// Ends the queue: nothing can be put any more, and what is in it can still be got.
    ///
    /// Who waits for room gets [`PutError::ShutDown`](crate::PutError::ShutDown) with the item; who waits for an item gets
    /// [`GetError::ShutDown`](crate::GetError::ShutDown). There is no way back; calling it again changes nothing. The
    /// counting of tasks goes on: `join` still waits until each item that was put is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::from_iter([1, 2, 3]);
    /// queue.shutdown();
    /// assert_eq!(queue.iter().sum::<u32>(), 6); // ends, where it would wait otherwise
    /// ```
    #[track_caller]
    pub fn shutdown(&self) {
        self.refuse_reentry();
        {
            let _head = self.lock_head();
            let _tail = self.lock_tail();
            self.common.phase.set(SHUT_DOWN);
        }
        self.tell_everybody();
    }

    /// As [`shutdown`](Self::shutdown), but where that panics, too: for a destructor, which should not.
    pub(crate) fn shutdown_even_in_hook(&self) {
        if self.tail.hook_runner.is_current_thread() {
            // A storage with hooks has one end, whose lock this thread holds: nobody puts, gets or goes to sleep meanwhile.
            self.common.phase.set(SHUT_DOWN);
            self.tell_everybody();
        } else {
            self.shutdown();
        }
    }

    /// Whether the queue has been shut down. One load.
    pub fn is_shutdown(&self) -> bool {
        self.common.phase.get() == SHUT_DOWN
    }

    fn tell_everybody(&self) {
        self.common.not_empty.notify_all();
        self.common.not_full.notify_all();
    }
}

impl<T, S: Storage<T>> BaseQueue<T, S> {
    /// Ends the queue and takes out what is in it, in the order in which it would have been got.
    ///
    /// As [`shutdown`](BaseQueue::shutdown); besides, each item taken out counts as done, and `join` returns if none is in
    /// work elsewhere.
    ///
    /// # Panics
    ///
    /// If a comparison or a user's storage panics. The queue is shut down all the same; the items taken out are dropped.
    ///
    /// # Differences from Python
    ///
    /// It is `shutdown(immediate=True)`, and the items are not lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::{GetError, Queue};
    ///
    /// let queue = Queue::from_iter(["spam", "eggs"]);
    /// assert_eq!(queue.shutdown_now(), ["spam", "eggs"]);
    /// assert_eq!(queue.get(), Err(GetError::ShutDown));
    /// ```
    #[doc(alias = "shutdown(immediate=True)")]
    #[track_caller]
    pub fn shutdown_now(&self) -> Vec<T> {
        self.refuse_reentry();
        let mut drained = Vec::new();
        let taken = {
            let _told_even_on_panic = TellEverybody { queue: self };
            let mut head = self.lock_head();
            let mut tail = self.lock_tail();
            self.common.phase.set(SHUT_DOWN);
            self.drain(&mut head, &mut tail, &mut drained)
        };
        // The order is found out here, without the lock: it may take comparisons.
        for mut storage in taken.into_iter().flatten() {
            drained.reserve(storage.len());
            drained.extend(std::iter::from_fn(|| storage.get()));
        }
        drained
    }

    /// Takes everything out, at once or, if the storage cannot do that, one by one.
    fn drain(
        &self,
        head: &mut HeadState<S>,
        tail: &mut TailState<S>,
        drained: &mut Vec<T>,
    ) -> [Option<S>; 2] {
        let mut left = self.len();
        if let Some(taken) = tail.storage.take_all() {
            self.set_got_count(self.tail.put_count.get());
            self.count_done(left);
            return [head.storage.take(), Some(taken)];
        }
        while left > 0
            && let Some((item, _)) = self.take_at_tail(tail)
        {
            drained.push(item);
            self.count_done(1);
            left -= 1;
        }
        [None, None]
    }
}

/// Tells everybody when it is dropped, which is after the lock was released.
struct TellEverybody<'queue, T, S> {
    queue: &'queue BaseQueue<T, S>,
}

impl<T, S> Drop for TellEverybody<'_, T, S> {
    fn drop(&mut self) {
        self.queue.tell_everybody();
        self.queue.tasks.all_done.notify_all();
    }
}
