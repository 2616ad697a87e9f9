//! What is known of the task that a thread is in the middle of, by the layer that knows tasks.

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::ThreadRecord;
use crate::deadline::Deadline;
use crate::exception::Exception;

/// What the current thread is in the middle of. All of it is asked in that thread.
///
/// "Interrupted" means that an interrupt is meant for the task that is on top of the thread's stack: only there may it be
/// delivered. It is taken by the thread itself, and by nobody else before the task ends.
pub trait Tasks: Sync {
    /// Whether the thread is in the middle of a task at all.
    fn is_in_task(&self) -> bool;

    /// The thread, whose record it is, is about to go to sleep in an interruptible wait: says where. May take a lock, but
    /// none under which anybody takes another than those of records and wait queues.
    fn about_to_wait(&self, record: &Arc<ThreadRecord>) -> Option<InTask>;

    /// Whether an interrupt is there for the task, its deadline apart. Touches atomics only.
    fn is_interrupted(&self) -> bool;

    /// Takes what interrupts the task, its deadline among that, in order to deliver it.
    fn take_interrupt(&self) -> Option<Exception>;
}

/// The task that a thread is in the middle of.
#[derive(Clone, Copy, Debug)]
pub struct InTask {
    /// Not 0; what it stands for is told apart by who looks for sleepers to wake.
    pub number: usize,
    /// Those of an older era are interrupted together.
    pub era: u32,
    /// When its interruptible waits end.
    pub deadline: Deadline,
}

static TASKS: OnceCell<&'static dyn Tasks> = OnceCell::new();

/// Asks `tasks` from now on, unless another one was given before.
pub fn set_tasks(tasks: &'static dyn Tasks) {
    // It is always the same one.
    let _before = TASKS.set(tasks);
}

pub(crate) fn tasks() -> Option<&'static dyn Tasks> {
    TASKS.get().copied()
}
