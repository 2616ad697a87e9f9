//! Counting the items that are still to be done.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;
use pythreads_sync_primitives::sync::atomic::Ordering;

use super::BaseQueue;

impl<T, S> BaseQueue<T, S> {
    /// Says that an item that was got is done. When every item ever put is, `join` returns.
    ///
    /// [`tasks`](Self::tasks) and [`get_task`](Self::get_task) do it by themselves, also when the work panics.
    ///
    /// # Panics
    ///
    /// If it is called more often than items were put.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_queue::Queue;
    ///
    /// let queue = Queue::from_iter(["spam"]);
    /// let item = queue.get().unwrap();
    /// println!("working on {item}");
    /// queue.task_done();
    /// queue.join();
    /// ```
    #[track_caller]
    pub fn task_done(&self) {
        let counted = self.mark_done();
        assert!(
            counted,
            "task_done was called more often than items were put"
        );
    }

    /// How many items were put and are not done yet: those in the queue, and those in work.
    #[track_caller]
    pub fn unfinished_tasks(&self) -> usize {
        let _no_put = self.lock_tail();
        self.unfinished()
    }

    /// Waits until every item ever put is done.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit; for ever, if somebody got an item and never calls [`task_done`](Self::task_done). Neither is it
    /// ended by a shutdown. An interruption point, if it has to wait.
    #[track_caller]
    pub fn join(&self) {
        let done = self.join_until(Deadline::Never);
        debug_assert!(done, "a wait without a deadline ends when all is done");
    }

    /// Waits until every item ever put is done, at most `timeout`; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit. An interruption point, if it has to wait.
    ///
    /// # Differences from Python
    ///
    /// Python's `join` has no time limit.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        self.join_until(Deadline::after(timeout))
    }

    /// Waits until every item ever put is done, until `deadline` at the latest; `false` means that the time ran out.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks. An interruption point, if it has to wait.
    #[must_use = "false means that the time ran out"]
    #[track_caller]
    pub fn join_deadline(&self, deadline: Instant) -> bool {
        self.join_until(deadline.into())
    }

    #[track_caller]
    fn join_until(&self, deadline: Deadline) -> bool {
        while self.unfinished_tasks() > 0 {
            if deadline.has_passed() {
                return false;
            }
            self.sleep_if(|| self.unfinished() > 0, &self.tasks.all_done, deadline);
        }
        true
    }

    /// Exact under the tail's lock, but for what others have done since.
    fn unfinished(&self) -> usize {
        // ORDERING: Acquire, pairs with the Release in `count_done`.
        let done = self.tasks.done_count.load(Ordering::Acquire);
        self.tail.put_count.get().wrapping_sub(done)
    }

    /// Counts one item as done; `false` if all are already.
    #[track_caller]
    fn mark_done(&self) -> bool {
        self.refuse_reentry();
        let counted = self.count_done(1).or_else(|| {
            // Perhaps a put that this thread has not heard of was quicker.
            let _no_put = self.lock_tail();
            self.count_done(1)
        });
        let Some(left) = counted else {
            return false;
        };
        if left == 0 {
            // Who saw an unfinished task under the lock is in the queue of the signal now.
            drop(self.lock_tail());
            self.tasks.all_done.notify_all();
        }
        true
    }

    /// As [`task_done`](Self::task_done), but where that panics, too: for a destructor, which should not.
    pub(crate) fn mark_done_even_in_hook(&self) {
        if self.tail.hook_runner.is_current_thread() {
            // This thread holds the tail's lock: who saw an unfinished task under it is in the queue of the signal now.
            if self.count_done(1) == Some(0) {
                self.tasks.all_done.notify_all();
            }
        } else {
            let _counted = self.mark_done();
        }
    }

    /// Counts up to so many items as done, and says how many are left; `None` if all were done already.
    pub(super) fn count_done(&self, items: usize) -> Option<usize> {
        let mut left = 0;
        // ORDERING: AcqRel: Release for who sees that all is done, Acquire for what others have done to get here.
        let counted =
            self.tasks
                .done_count
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |done| {
                    let unfinished = self.tail.put_count.get().wrapping_sub(done);
                    let counted = items.min(unfinished);
                    left = unfinished - counted;
                    (unfinished > 0).then(|| done.wrapping_add(counted))
                });
        counted.is_ok().then_some(left)
    }
}
