//! The current thread's own [`Thread`].
//!
//! # Invariants
//!
//! 1. In a thread we start, the slot is filled before anything else runs. Thread-locals are destroyed last registered
//!    first, so its destructor runs after all of the thread's others and tells that nothing of the thread runs any more.
//! 2. Any other thread fills it when it is first needed; main's is left alone at its end, since main ends with the program.
//!
//! # Who may touch what
//!
//! While and after the slot is destroyed (other destructors, exit handlers) nothing here fails: it is simply not there.

use std::cell::OnceCell;
use std::sync::Arc;

use pythreads_sync_primitives::thread_record::{self, Origin};
use pythreads_sync_primitives::{Exception, ExceptionKind};

use crate::thread::Thread;
use crate::{local, registry};

std::thread_local! {
    static CURRENT: OnceCell<Resident> = const { OnceCell::new() };
}

struct Resident {
    thread: Thread,
}

/// Makes `thread` the current one; the first thing that runs in a thread of ours.
///
/// The order is that in which these slots are to be left: this one last, after the thread's `Local`s, after all others.
pub(crate) fn install(thread: Thread) {
    let record = Arc::clone(thread.record());
    let earlier = CURRENT.with(|slot| slot.set(Resident { thread }));
    debug_assert!(earlier.is_ok(), "nothing runs before");
    local::prepare();
    thread_record::install(record);
}

/// The current thread's handle.
pub(crate) fn thread() -> Thread {
    CURRENT
        .try_with(|slot| slot.get_or_init(Resident::of_current).thread.clone())
        .unwrap_or_else(|_destroyed| thread_without_slot())
}

fn thread_without_slot() -> Thread {
    if registry::is_main() {
        return registry::main_thread();
    }
    let ident = thread_record::current_ident();
    registry::find(|thread| thread.ident() == ident)
        .unwrap_or_else(|| Thread::of_running(thread_record::current()))
}

impl Resident {
    fn of_current() -> Self {
        if registry::is_main() {
            return Self {
                thread: registry::main_thread(),
            };
        }
        let thread = Thread::of_running(thread_record::current());
        registry::add(thread.clone());
        Self { thread }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        match self.thread.record().origin() {
            Origin::Main => {}
            Origin::Foreign => self.thread.leave(|| Ok(())),
            // Its body is over as a rule; if not, the thread is in the middle of ending the process.
            _ => self.thread.leave(|| {
                Err(Exception::of_kind(
                    ExceptionKind::Exit,
                    "the thread has ended the process",
                ))
            }),
        }
    }
}

/// Whether the current thread is a daemon, as the threads it makes will be.
pub(crate) fn is_daemon() -> bool {
    thread().daemon()
}
