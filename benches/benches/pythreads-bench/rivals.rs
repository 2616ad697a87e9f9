//! All pools of threads, behind one trait. Who gives no result is given a `oneshot` channel, the cheapest there is.

use std::num::NonZero;
use std::time::Duration;

use pythreads::concurrent::futures::ThreadPoolExecutor;

use crate::clock::Elapsed;
use crate::scenario::Scenario;

const DELIVERED: &str = "no task fails";
const STARTED: &str = "the system gives the threads";

/// A pool that runs tasks which return a number.
pub(crate) trait Pool: Send + Sync + 'static {
    fn new(threads: usize) -> Self;
    /// What this returns waits for the result, and returns it.
    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64;
}

/// What every pool can do.
pub(crate) trait Work: Copy + 'static {
    fn open<P: Pool>(self) -> impl FnMut(u64) -> Elapsed + 'static;
}

/// The pools whose results are waited for.
pub(crate) fn with_pools(scenario: Scenario, work: impl Work) -> Scenario {
    scenario
        .ours(move || work.open::<ThreadPoolExecutor>())
        .rival("threadpool", move || work.open::<threadpool::ThreadPool>())
        .rival("rayon", move || work.open::<rayon::ThreadPool>())
        .rival("rusty_pool", move || work.open::<RustyPool>())
        .rival("parkring", move || work.open::<parkring::ThreadPool>())
        .rival("affinitypool", move || {
            work.open::<affinitypool::Threadpool>()
        })
        .rival("tokio", move || work.open::<tokio::runtime::Runtime>())
}

/// The same and micropool, where waiting runs what nobody has started.
pub(crate) fn with_all_pools(scenario: Scenario, work: impl Work) -> Scenario {
    let scenario = with_pools(scenario, work);
    scenario.rival("micropool", move || work.open::<micropool::ThreadPool>())
}

impl Pool for ThreadPoolExecutor {
    fn new(threads: usize) -> Self {
        Self::new(threads)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let future = ThreadPoolExecutor::submit(self, task);
        || future.result().expect(DELIVERED)
    }
}

impl Pool for threadpool::ThreadPool {
    fn new(threads: usize) -> Self {
        Self::new(threads)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let (task, wait) = with_result(task);
        self.execute(task);
        wait
    }
}

impl Pool for rayon::ThreadPool {
    fn new(threads: usize) -> Self {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        builder.build().expect(STARTED)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let (task, wait) = with_result(task);
        self.spawn_fifo(task);
        wait
    }
}

/// Ends its threads when it is dropped, which the original does not.
pub(crate) struct RustyPool(Option<rusty_pool::ThreadPool>);

impl Pool for RustyPool {
    fn new(threads: usize) -> Self {
        let keep_alive = Duration::from_mins(1);
        Self(Some(rusty_pool::ThreadPool::new(
            threads, threads, keep_alive,
        )))
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let pool = self.0.as_ref().expect("it is not dropped yet");
        let handle = pool.evaluate(task);
        || handle.await_complete()
    }
}

impl Drop for RustyPool {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            pool.shutdown_join();
        }
    }
}

impl Pool for micropool::ThreadPool {
    fn new(threads: usize) -> Self {
        micropool::ThreadPoolBuilder::default()
            .num_threads(threads)
            .build()
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let handle = self.spawn_owned(task);
        || handle.join()
    }
}

impl Pool for parkring::ThreadPool {
    fn new(threads: usize) -> Self {
        Self::new(threads)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let (task, wait) = with_result(task);
        self.spawn(task);
        wait
    }
}

impl Pool for affinitypool::Threadpool {
    fn new(threads: usize) -> Self {
        Self::new(threads)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let future = self.spawn(task);
        || pollster::block_on(future)
    }
}

impl Pool for tokio::runtime::Runtime {
    fn new(threads: usize) -> Self {
        tokio_runtime(threads)
    }

    fn submit(&self, task: impl FnOnce() -> u64 + Send + 'static) -> impl FnOnce() -> u64 {
        let handle = self.spawn_blocking(task);
        // No need for the runtime, which only one thread at a time can drive.
        || pollster::block_on(handle).expect(DELIVERED)
    }
}

/// A task for who gives no result, and what waits for it.
fn with_result(
    task: impl FnOnce() -> u64 + Send + 'static,
) -> (impl FnOnce() + Send + 'static, impl FnOnce() -> u64) {
    let (sender, receiver) = oneshot::channel();
    let deliver = move || sender.send(task()).expect(DELIVERED);
    (deliver, || receiver.recv().expect(DELIVERED))
}

/// One whose blocking pool has so many threads.
pub(crate) fn tokio_runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .max_blocking_threads(threads)
        .build()
        .expect(STARTED)
}

/// The caller counts as one of its threads.
pub(crate) fn chili(threads: usize) -> chili::ThreadPool {
    let config = chili::Config {
        thread_count: NonZero::new(threads),
        ..chili::Config::default()
    };
    chili::ThreadPool::with_config(config)
}
