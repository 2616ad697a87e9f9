//! A thread that is asleep in the call it makes.

use std::sync::Arc;

use test_support::{CheckedThread, Flag, checked_spawn};

/// Starts a thread that runs `call`, and returns once the thread sleeps in it.
#[track_caller]
pub(crate) fn blocked<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
) -> CheckedThread<T> {
    let about_to_block = Arc::new(Flag::new());
    let thread = checked_spawn({
        let about_to_block = Arc::clone(&about_to_block);
        move || {
            about_to_block.set();
            call()
        }
    });
    about_to_block.wait();
    thread.wait_until_asleep();
    thread
}
