//! Which crew the current thread works for.

use std::cell::Cell;

use pythreads_sync_primitives::sync::thread_local;

thread_local! {
    /// Without destructors, so that they also work in exit handlers.
    static CREW: Cell<u32> = const { Cell::new(0) };
    static IN_TASK: Cell<bool> = const { Cell::new(false) };
    static LOST: Cell<bool> = const { Cell::new(false) };
}

/// Whether the current thread is a worker of the crew `id`.
pub fn is_worker_of(id: u32) -> bool {
    id != 0 && crew_id() == id
}

/// Whether the current thread is a worker of the crew `id` and may run its tasks: not so in an initializer.
pub(crate) fn may_claim(id: u32) -> bool {
    is_worker_of(id) && IN_TASK.with(Cell::get)
}

/// The number of the crew whose worker the current thread is; 0 for none.
pub(crate) fn crew_id() -> u32 {
    CREW.with(Cell::get)
}

/// Whether the current thread is a worker that its crew counts.
pub(crate) fn is_worker() -> bool {
    crew_id() != 0 && !is_lost()
}

/// The current thread becomes a worker of the crew `id`.
pub(super) fn enter(id: u32) {
    CREW.with(|cell| cell.set(id));
}

/// The current worker is initialised and takes tasks from now on.
pub(super) fn begin_tasks() {
    IN_TASK.with(|cell| cell.set(true));
}

/// The current worker takes no more tasks.
pub(super) fn end_tasks() {
    IN_TASK.with(|cell| cell.set(false));
}

/// Whether the current worker takes tasks, which it does after its initializer.
pub(crate) fn is_in_task() -> bool {
    IN_TASK.with(Cell::get)
}

/// The current worker is lost; `false` if it was already.
pub(super) fn lose() -> bool {
    !LOST.with(|lost| lost.replace(true))
}

/// Whether the current worker's crew does not count it any more.
pub(super) fn is_lost() -> bool {
    LOST.with(Cell::get)
}
