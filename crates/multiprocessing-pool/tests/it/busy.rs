//! Workers that are busy for as long as a test likes.

use std::sync::Arc;

use pythreads_multiprocessing_pool::{AsyncResult, ThreadPool};
use test_support::{Counter, Flag};

/// Keeps workers of a pool busy, until it is released or dropped.
pub(crate) struct Busy {
    release: Arc<Flag>,
    calls: Vec<AsyncResult<()>>,
}

impl Busy {
    /// Returns when `workers` workers of `pool` run nothing but this.
    pub(crate) fn new(pool: &ThreadPool, workers: usize) -> Self {
        let (running, release) = (Arc::new(Counter::new()), Arc::new(Flag::new()));
        let occupy = |_| {
            let (running, release) = (Arc::clone(&running), Arc::clone(&release));
            pool.apply_async(move || {
                running.add(1);
                release.wait();
            })
        };
        let calls = (0..workers).map(occupy).collect();
        running.wait_for(workers);
        Self { release, calls }
    }

    /// Lets the workers go on, and sees that their calls ended well.
    pub(crate) fn release(mut self) {
        self.release.set();
        for call in std::mem::take(&mut self.calls) {
            call.get().unwrap();
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.release.set();
    }
}
