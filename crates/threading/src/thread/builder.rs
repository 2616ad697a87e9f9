//! How a thread is to be made.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pythreads_sync_primitives::thread_record::{ThreadName, ThreadRecord};
use smol_str::SmolStr;

use super::state::Life;
use super::{Inner, Job, ResultSlot, Target, Thread, class_of, target_of};
use crate::current;
use crate::registry::Place;
use crate::runnable::Runnable;

/// Settings of a thread that is to be made: see [`Thread::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is made before `target`, `runnable` or `spawn`"]
pub struct ThreadBuilder {
    name: Option<SmolStr>,
    daemon: Option<bool>,
    stack_size: Option<usize>,
}

impl ThreadBuilder {
    /// The thread's name, also shown by the system (Linux keeps 15 bytes of it). Empty means automatic.
    pub fn name(self, name: &str) -> Self {
        let name = (!name.is_empty()).then(|| name.into());
        Self { name, ..self }
    }

    /// Whether the program may end without waiting for the thread. Without this call it is as the thread that makes it.
    pub fn daemon(self, daemon: bool) -> Self {
        Self {
            daemon: Some(daemon),
            ..self
        }
    }

    /// The size of its stack in bytes, in place of the one that [is set](crate::set_stack_size). The system rounds a small
    /// one up to what it needs, and refuses to start the thread with one that is too large for it.
    ///
    /// # Panics
    ///
    /// If it is 0: without this call it is the one that is set, or std's default.
    #[track_caller]
    pub fn stack_size(self, bytes: usize) -> Self {
        assert!(bytes != 0, "a stack of 0 bytes");
        Self {
            stack_size: Some(bytes),
            ..self
        }
    }

    /// The thread that will run `f` once it is started.
    pub fn target<F>(self, f: F) -> Thread
    where
        F: FnOnce() + Send + 'static,
    {
        self.unstarted(target_of::<F>, f)
    }

    /// The thread that will run `object` once it is started.
    pub fn runnable<R: Runnable>(self, mut object: R) -> Thread {
        self.unstarted(class_of::<R>, move || object.run())
    }

    /// The thread that will run `f`, whose result nobody looks at.
    pub(crate) fn unstarted<F>(self, target: Target, f: F) -> Thread
    where
        F: FnOnce() + Send + 'static,
    {
        let inner = self.make(target, Job::new(f, false));
        Thread { inner }
    }

    /// The thread that will run `f`, and where its result is to be fetched.
    pub(crate) fn unstarted_with_result<F, T>(
        self,
        target: Target,
        f: F,
    ) -> (Thread, Arc<dyn ResultSlot<T>>)
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let inner = self.make(target, Job::new(f, true));
        let thread = Thread {
            inner: Arc::clone(&inner) as _,
        };
        (thread, inner)
    }

    fn make<W>(self, target: Target, work: W) -> Arc<Inner<W>> {
        let name = match self.name {
            Some(name) => ThreadName::Given(name),
            None => ThreadName::Numbered {
                prefix: "Thread-",
                number: ThreadName::next_number(),
                target: target(),
            },
        };
        let daemon = self.daemon.unwrap_or_else(current::is_daemon);
        Arc::new(Inner {
            record: ThreadRecord::of_started(name),
            life: Life::of_unstarted(),
            daemon: AtomicBool::new(daemon),
            stack_size: self.stack_size,
            place: Place::default(),
            work,
        })
    }
}
