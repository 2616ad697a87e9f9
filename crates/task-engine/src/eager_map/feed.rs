//! Outcomes in the order in which they come.

use std::collections::VecDeque;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};

use super::Outcome;
use super::items::Waited;
use crate::contain::drop_contained;
use crate::deadlock::{Awaited, Followed};

/// Outcomes in the order in which they come, for a reader who wants them so.
pub(super) struct Feed<R> {
    contents: Mutex<Contents<R>>,
    /// Announces an outcome, or that the reader was told something. Guarded by `contents`; signalled by who did it, to the one
    /// reader.
    one_more: Signal,
}

struct Contents<R> {
    ended: VecDeque<Outcome<R>>,
    /// How many outcomes have come.
    pushed: usize,
    /// How many will have come at last; 0 as long as the reader does not want them so.
    expected: usize,
}

impl<R> Feed<R> {
    pub(super) fn new() -> Self {
        let contents = Contents {
            ended: VecDeque::new(),
            pushed: 0,
            expected: 0,
        };
        Self {
            contents: Mutex::new(contents),
            one_more: Signal::new(),
        }
    }

    pub(super) fn expect(&self, count: usize) {
        self.contents.lock().expected = count;
    }

    pub(super) fn push(&self, outcome: Outcome<R>) {
        {
            let mut contents = self.contents.lock();
            contents.ended.push_back(outcome);
            contents.pushed += 1;
        }
        self.one_more.notify_one();
    }

    /// Moves all that have come into `ready`.
    pub(super) fn fetch(&self, ready: &mut VecDeque<Outcome<R>>) {
        ready.append(&mut self.contents.lock().ended);
    }

    pub(super) fn drop_all(&self) {
        let ended = std::mem::take(&mut self.contents.lock().ended);
        ended.into_iter().for_each(drop_contained);
    }

    /// How many outcomes have not come; `None` if there is one that has not been fetched.
    pub(super) fn missing(&self) -> Option<usize> {
        let contents = self.contents.lock();
        let is_empty = contents.ended.is_empty();
        is_empty.then(|| contents.expected.saturating_sub(contents.pushed))
    }

    /// Wakes the reader, after `tell` under the lock.
    pub(super) fn tell_reader(&self, tell: &dyn Fn()) {
        {
            let _contents = self.contents.lock();
            tell();
        }
        self.one_more.notify_one();
    }

    /// Waits for an outcome, followed as a wait for what is `awaited`. An interruption point.
    pub(super) fn wait(
        &self,
        deadline: Deadline,
        followed: &mut Followed,
        awaited: &dyn Fn() -> Awaited,
    ) -> Waited {
        let how = Wait::interruptible(WaitKind::Future, deadline);
        let mut contents = self.contents.lock();
        loop {
            if !contents.ended.is_empty() {
                return Waited::IsThere;
            }
            if deadline.has_passed() {
                return Waited::TimedOut;
            }
            if followed.has_to_look() || followed.is_told() {
                drop(contents);
                followed.look(awaited);
                if let Some(verdict) = followed.take_verdict() {
                    return Waited::Told(verdict);
                }
                contents = self.contents.lock();
                continue;
            }
            let end;
            (contents, end) = self.one_more.wait(contents, how);
            if end == WaitEnd::Interrupted {
                drop(contents);
                followed.stop();
                check_interrupt();
                contents = self.contents.lock();
            }
        }
    }
}
