//! The ends of several tasks, in the order in which they happen.

use std::collections::VecDeque;

use parking_lot::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};
use pythreads_task_engine::watch::Sink;

/// A queue of the tokens of tasks that have ended, each once.
#[derive(Debug, Default)]
pub(crate) struct Completions {
    ended: Mutex<VecDeque<usize>>,
    /// Announces a token. Guarded by `ended`; signalled by the thread that ended the task, to the one that waits.
    one_more: Signal,
}

impl Completions {
    /// The next token, without waiting.
    pub(crate) fn try_next(&self) -> Option<usize> {
        self.ended.lock().pop_front()
    }

    /// Waits for the next token; `None` if the deadline passed first. An interruption point.
    pub(crate) fn next(&self, deadline: Deadline) -> Option<usize> {
        let how = Wait::interruptible(WaitKind::Future, deadline);
        let mut ended = self.ended.lock();
        loop {
            if let Some(token) = ended.pop_front() {
                return Some(token);
            }
            let end;
            (ended, end) = self.one_more.wait(ended, how);
            match end {
                WaitEnd::TimedOut { .. } => return ended.pop_front(),
                WaitEnd::Interrupted => {
                    drop(ended);
                    check_interrupt();
                    ended = self.ended.lock();
                }
                _ => {}
            }
        }
    }
}

impl Sink for Completions {
    fn completed(&self, token: usize) {
        self.ended.lock().push_back(token);
        self.one_more.notify_one();
    }
}
