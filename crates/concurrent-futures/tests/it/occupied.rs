//! Workers that are busy for as long as a test wants.

use std::sync::Arc;

use pythreads_concurrent_futures::{Future, ThreadPoolExecutor};
use test_support::{Counter, Flag};

/// Tasks that run until they are let go, which also happens on drop.
pub(crate) struct Occupied {
    go: Arc<Flag>,
    futures: Vec<Future<()>>,
}

impl Occupied {
    /// Waits until so many workers of the pool are busy.
    pub(crate) fn all(executor: &ThreadPoolExecutor, workers: usize) -> Self {
        let go = Arc::new(Flag::new());
        let started = Arc::new(Counter::new());
        let futures = (0..workers)
            .map(|_| {
                let (go, started) = (Arc::clone(&go), Arc::clone(&started));
                executor.submit(move || {
                    started.add(1);
                    go.wait();
                })
            })
            .collect();
        started.wait_for(workers);
        Self { go, futures }
    }

    /// The only worker.
    pub(crate) fn one(executor: &ThreadPoolExecutor) -> Self {
        Self::all(executor, 1)
    }

    /// The future of the first busy worker's task.
    pub(crate) fn future(&self) -> &Future<()> {
        &self.futures[0]
    }

    /// Lets the workers go on.
    pub(crate) fn release(&self) {
        self.go.set();
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.release();
    }
}
