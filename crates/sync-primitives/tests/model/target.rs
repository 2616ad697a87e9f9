//! A thread that another one may interrupt.

use std::sync::Arc;

use pythreads_sync_primitives::thread_record::{self, ThreadName, ThreadRecord};
use pythreads_sync_primitives::{Exception, interruptible};

use crate::engine::{JoinHandle, spawn};

#[derive(Debug)]
pub(crate) struct Target<T> {
    record: Arc<ThreadRecord>,
    thread: JoinHandle<Result<T, Exception>>,
}

impl<T: Send + 'static> Target<T> {
    pub(crate) fn spawn(body: impl FnOnce() -> T + Send + 'static) -> Self {
        let record = ThreadRecord::of_started(ThreadName::Given("target".into()));
        let _looked_at = format!("{record:?}");
        let its_record = Arc::clone(&record);
        let thread = spawn(move || {
            thread_record::install(its_record);
            interruptible(body)
        });
        Self { record, thread }
    }

    pub(crate) fn interrupt(&self) {
        let exception = Exception::interrupted(Exception::new("stop"));
        assert!(self.record.raise(exception));
    }

    /// Takes an interrupt back; `false` if it was delivered.
    pub(crate) fn take_interrupt_back(&self) -> bool {
        self.record.cancel_raise().is_some()
    }

    /// Whether it is in a queue, or under the lock of one on its way into it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.record.waiting().is_some()
    }

    /// What the body returned; `None` if it was interrupted.
    pub(crate) fn join(self) -> Option<T> {
        let outcome = self.thread.join().unwrap();
        if let Err(exception) = &outcome {
            assert!(exception.is_interrupted());
        }
        outcome.ok()
    }
}
