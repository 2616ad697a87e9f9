//! Counting the items that are still to be done.

use std::time::{Duration, Instant};

use pythreads_sync_primitives::Deadline;

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
        self.lock().unfinished
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
        let mut state = self.lock();
        while state.unfinished > 0 {
            if deadline.has_passed() {
                return false;
            }
            state = self.sleep(&self.all_done, state, deadline);
        }
        true
    }

    /// Counts one item as done; `false` if all are already.
    #[track_caller]
    pub(crate) fn mark_done(&self) -> bool {
        let left = {
            let mut state = self.lock();
            let Some(left) = state.unfinished.checked_sub(1) else {
                return false;
            };
            state.unfinished = left;
            left
        };
        if left == 0 {
            self.all_done.notify_all();
        }
        true
    }
}
