//! How a thread is to be made.

use std::sync::Arc;

use pythreads_sync_primitives::thread_record::{ThreadName, ThreadRecord};

use super::state::Body;
use super::{Thread, class_of, target_of};
use crate::current;
use crate::runnable::Runnable;

/// Settings of a thread that is to be made: see [`Thread::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is made before `target`, `runnable` or `spawn`"]
pub struct ThreadBuilder {
    name: Option<Arc<str>>,
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

    /// The size of its stack in bytes; the system rounds it up.
    pub fn stack_size(self, bytes: usize) -> Self {
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
        self.unstarted(target_of::<F>(), Box::new(f))
    }

    /// The thread that will run `object` once it is started.
    pub fn runnable<R: Runnable>(self, mut object: R) -> Thread {
        self.unstarted(class_of::<R>(), Box::new(move || object.run()))
    }

    pub(crate) fn unstarted(self, target: Option<&'static str>, body: Body) -> Thread {
        let name = match self.name {
            Some(name) => ThreadName::Given(name),
            None => ThreadName::Numbered {
                prefix: "Thread-",
                number: ThreadName::next_number(),
                target,
            },
        };
        let daemon = self.daemon.unwrap_or_else(current::is_daemon);
        Thread::of_unstarted(
            ThreadRecord::of_started(name),
            daemon,
            self.stack_size,
            body,
        )
    }
}
