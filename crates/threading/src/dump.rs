//! Who is alive, and who waits for what.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use pythreads_sync_primitives::thread_record::{self, Origin, ThreadRecord, Waiting};
use pythreads_sync_primitives::wait_queue::WaitKind;

use crate::registry;
use crate::thread::{Thread, ThreadState};

/// Every thread that is alive, and what it waits for at this moment.
///
/// Of the threads that something else has started (std, a C library) those are there that have ever waited in something of
/// ours, or called [`current_thread`](crate::current_thread): more than [`enumerate`](crate::enumerate) lists. They go by
/// their `Dummy-N` names.
///
/// For the question "why does my program hang?": print it from a thread that still runs, or from a signal handler's thread.
/// Each line is a snapshot of its own, taken without stopping anybody.
///
/// # Differences from Python
///
/// Takes the place of `faulthandler.dump_traceback`: not where a thread is in its code, but what it waits for.
///
/// # Examples
///
/// ```
/// println!("{}", pythreads_threading::dump());
/// ```
pub fn dump() -> ThreadDump {
    let threads = registry::enumerate();
    let mut reports: Vec<_> = threads.iter().map(ThreadReport::of).collect();
    let is_there = |record: &ThreadRecord| threads.iter().any(|it| it.ident() == record.ident());
    let others = thread_record::foreign();
    let others = others.iter().filter(|record| !is_there(record));
    reports.extend(others.map(|record| ThreadReport::of_foreign(record)));
    reports[1..].sort_unstable_by_key(ThreadReport::ident);
    ThreadDump { threads: reports }
}

/// What [`dump`] found; displayed with a line for each thread.
#[derive(Clone, Debug)]
pub struct ThreadDump {
    threads: Vec<ThreadReport>,
}

impl ThreadDump {
    /// The threads: main first, then in the order in which they were made.
    pub fn threads(&self) -> &[ThreadReport] {
        &self.threads
    }
}

impl fmt::Display for ThreadDump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for thread in &self.threads {
            writeln!(f, "{thread}")?;
        }
        Ok(())
    }
}

/// One thread of a [`ThreadDump`].
#[derive(Clone, Debug)]
pub struct ThreadReport {
    name: String,
    ident: NonZeroU64,
    native_id: Option<u64>,
    daemon: bool,
    foreign: bool,
    state: ThreadState,
    task: Option<Arc<str>>,
    waiting: Option<Waiting>,
}

impl ThreadReport {
    pub(crate) fn of(thread: &Thread) -> Self {
        Self::new(thread.record(), thread.daemon(), thread.state())
    }

    /// Of a thread alive for which nobody has asked for a handle; with one it would be a daemon.
    fn of_foreign(record: &ThreadRecord) -> Self {
        Self::new(record, true, ThreadState::Started)
    }

    fn new(record: &ThreadRecord, daemon: bool, state: ThreadState) -> Self {
        Self {
            name: record.name(),
            ident: record.ident(),
            native_id: record.native_id(),
            daemon,
            foreign: record.origin() == Origin::Foreign,
            state,
            task: record.task_name(),
            waiting: record.waiting(),
        }
    }

    /// The thread's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The thread's number in this process.
    pub fn ident(&self) -> NonZeroU64 {
        self.ident
    }

    /// The system's number of the thread; `None` if it does not run yet.
    pub fn native_id(&self) -> Option<u64> {
        self.native_id
    }

    /// Whether the program may end without waiting for it.
    pub fn daemon(&self) -> bool {
        self.daemon
    }

    /// Where it is in its life.
    pub fn state(&self) -> ThreadState {
        self.state
    }

    /// The name of the task of a pool that it is in the middle of, if that has one; the innermost, if there are several.
    pub fn task_name(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// What it waits for; `None` if it runs, or waits in something that is not ours.
    pub fn waiting(&self) -> Option<Waiting> {
        self.waiting
    }
}

impl fmt::Display for ThreadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (ident {}", self.name, self.ident)?;
        if let Some(native_id) = self.native_id {
            write!(f, ", native {native_id}")?;
        }
        if self.daemon {
            f.write_str(", daemon")?;
        }
        if self.foreign {
            f.write_str(", foreign")?;
        }
        f.write_str(") ")?;
        if let Some(task) = &self.task {
            write!(f, "in task '{task}' ")?;
        }
        match (self.state, self.waiting) {
            (ThreadState::Stopped, _) => f.write_str("has ended"),
            (_, None) => f.write_str("runs"),
            (
                _,
                Some(Waiting {
                    kind,
                    address,
                    elapsed,
                    ..
                }),
            ) => {
                write!(
                    f,
                    "waits {elapsed:.1?} for {} at {address:#x}",
                    in_words(kind)
                )
            }
        }
    }
}

fn in_words(kind: WaitKind) -> &'static str {
    match kind {
        WaitKind::Lock => "a Lock",
        WaitKind::RLock => "an RLock",
        WaitKind::RwLock => "an RwLock",
        WaitKind::Condition => "a Condition",
        WaitKind::Semaphore => "a Semaphore",
        WaitKind::Event => "an Event",
        WaitKind::Barrier => "a Barrier",
        WaitKind::Thread => "the end of a thread",
        WaitKind::Sleep => "time to pass",
        WaitKind::Queue => "a queue",
        WaitKind::Future => "a task's result",
        WaitKind::Idle => "work",
        WaitKind::Pool => "the end of a pool or scope",
        _ => "something",
    }
}
