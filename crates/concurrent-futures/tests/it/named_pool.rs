//! A pool whose sleeping workers a test can wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_concurrent_futures::{ThreadPoolExecutor, ThreadPoolExecutorBuilder};
use pythreads_threading::{ThreadReport, WaitKind, dump};

/// A pool whose workers can be told from others in the dump.
pub(crate) struct NamedPool {
    pub(crate) executor: Arc<ThreadPoolExecutor>,
    prefix: String,
}

impl NamedPool {
    pub(crate) fn new(max_workers: usize) -> Self {
        Self::of(ThreadPoolExecutor::builder().max_workers(max_workers))
    }

    /// A pool with these settings, but for the names of its workers.
    pub(crate) fn of(builder: ThreadPoolExecutorBuilder) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // ORDERING: Relaxed, only the number itself must be unique.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("named-{number}-");
        let builder = builder.thread_name_prefix(&*prefix);
        Self {
            executor: Arc::new(builder.build().unwrap()),
            prefix,
        }
    }

    /// How many workers sleep that wait for such a thing.
    pub(crate) fn asleep(&self, kind: WaitKind) -> usize {
        let sleeps = |thread: &&ThreadReport| {
            thread.name().starts_with(&self.prefix)
                && thread.waiting().is_some_and(|wait| wait.kind == kind)
        };
        dump().threads().iter().filter(sleeps).count()
    }

    /// Until so many of them do.
    pub(crate) fn until_asleep(&self, workers: usize, kind: WaitKind) {
        until(|| self.asleep(kind) >= workers);
    }
}

/// Until something is so that another thread is about to bring about.
pub(crate) fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}
