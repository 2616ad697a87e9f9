//! Waits for the results of tasks and the end of pools.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads::concurrent::futures::{
    Future, ReturnWhen, SharedFuture, ThreadPoolExecutor, as_completed, wait, wait_timeout,
};
use pythreads::multiprocessing::pool::{AsyncResult, ThreadPool};
use pythreads::threading::Event;

use super::scene::{Scene, Share, endless};

/// A task that runs until it is told to end.
struct Running {
    pool: ThreadPoolExecutor,
    now: Mutex<Option<(SharedFuture<u32>, Sender<()>)>>,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            pool: ThreadPoolExecutor::new(1),
            now: Mutex::new(None),
        }
    }
}

impl Running {
    const RESULT: u32 = 7;

    fn start(&self) {
        let (stay, leave) = channel::<()>();
        let task = self.pool.submit(move || {
            let _closed = leave.recv();
            Self::RESULT
        });
        *self.now.lock() = Some((task.shared(), stay));
    }

    fn future(&self) -> SharedFuture<u32> {
        let now = self.now.lock();
        now.as_ref().expect("the round is prepared").0.clone()
    }

    fn end(&self) {
        let mut now = self.now.lock();
        let (future, _stay) = now.take().expect("the round is prepared");
        let (stay, _leave) = channel();
        *now = Some((future, stay));
    }

    fn assert_done(&self) {
        let future = self.future();
        assert!(future.done());
        assert_eq!(future.result().ok(), Some(&Self::RESULT));
    }
}

/// `SharedFuture::wait`.
#[derive(Default)]
pub(crate) struct OfResult(Running);

impl Scene for OfResult {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        self.0.start();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let future = self.0.future();
        match patience {
            Some(patience) => future.wait_timeout(patience),
            None => future.result().is_ok(),
        }
    }

    fn give(&self) {
        self.0.end();
    }

    fn assert_at_rest(&self) {
        self.0.assert_done();
    }
}

/// `wait` for several futures.
#[derive(Default)]
pub(crate) struct OfWait(Running);

impl Scene for OfWait {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        self.0.start();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let futures = [self.0.future()];
        let all = ReturnWhen::AllCompleted;
        let outcome = match patience {
            Some(patience) => wait_timeout(futures, all, patience),
            None => wait(futures, all),
        };
        outcome.not_done.is_empty()
    }

    fn give(&self) {
        self.0.end();
    }

    fn assert_at_rest(&self) {
        self.0.assert_done();
    }
}

/// The iterator of `as_completed`.
#[derive(Default)]
pub(crate) struct OfAsCompleted(Running);

impl Scene for OfAsCompleted {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        self.0.start();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let mut futures = as_completed([self.0.future()]);
        let first = match patience {
            Some(patience) => futures.next_timeout(patience),
            None => Ok(futures.next()),
        };
        first.map(|future| assert!(future.is_some())).is_ok()
    }

    fn give(&self) {
        self.0.end();
    }

    fn assert_at_rest(&self) {
        self.0.assert_done();
    }
}

/// `ThreadPool::join` of a closed pool.
#[derive(Default)]
pub(crate) struct OfPool(Mutex<Option<Arc<ThreadPool>>>, Mutex<Option<Sender<()>>>);

impl Scene for OfPool {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        let (stay, leave) = channel::<()>();
        let pool = ThreadPool::new(1);
        drop(pool.apply_async(move || {
            let _closed = leave.recv();
        }));
        pool.close();
        *self.0.lock() = Some(Arc::new(pool));
        *self.1.lock() = Some(stay);
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let pool = self.0.lock().clone().expect("the round is prepared");
        match patience {
            Some(patience) => pool.join_timeout(patience),
            None => endless(|| pool.join()),
        }
    }

    fn give(&self) {
        let _closed = self.1.lock().take();
    }
}

/// `Future::result`, which takes the future: one for each of the two.
pub(crate) struct OfFuture {
    pool: ThreadPoolExecutor,
    futures: Mutex<Vec<Future<u32>>>,
    stays: Mutex<Vec<Sender<()>>>,
}

impl Default for OfFuture {
    fn default() -> Self {
        Self {
            pool: ThreadPoolExecutor::new(2),
            futures: Mutex::default(),
            stays: Mutex::default(),
        }
    }
}

impl Scene for OfFuture {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        for _ in 0..2 {
            let (stay, leave) = channel::<()>();
            let task = self.pool.submit(move || {
                let _closed = leave.recv();
                Running::RESULT
            });
            self.futures.lock().push(task);
            self.stays.lock().push(stay);
        }
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let future = self.futures.lock().pop();
        let future = future.expect("the round is prepared");
        let outcome = match patience {
            Some(patience) => future.result_timeout(patience),
            None => Ok(future.result()),
        };
        outcome
            .map(|result| assert_eq!(result.ok(), Some(Running::RESULT)))
            .is_ok()
    }

    fn give(&self) {
        self.stays.lock().clear();
    }

    fn assert_at_rest(&self) {
        assert!(self.futures.lock().is_empty());
    }
}

/// `AsyncResult::wait`.
pub(crate) struct OfAsyncResult {
    pool: ThreadPool,
    now: Mutex<Option<Arc<AsyncResult<u32>>>>,
    stay: Mutex<Option<Sender<()>>>,
}

impl Default for OfAsyncResult {
    fn default() -> Self {
        Self {
            pool: ThreadPool::new(1),
            now: Mutex::default(),
            stay: Mutex::default(),
        }
    }
}

impl Scene for OfAsyncResult {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        let (stay, leave) = channel::<()>();
        let result = self.pool.apply_async(move || {
            let _closed = leave.recv();
            Running::RESULT
        });
        *self.now.lock() = Some(Arc::new(result));
        *self.stay.lock() = Some(stay);
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let result = self.now.lock().clone().expect("the round is prepared");
        match patience {
            Some(patience) => result.wait_timeout(patience),
            None => endless(|| result.wait()),
        }
    }

    fn give(&self) {
        let _closed = self.stay.lock().take();
    }

    fn assert_at_rest(&self) {
        let result = self.now.lock().clone().expect("the round is prepared");
        assert_eq!(result.get_ref().ok(), Some(&Running::RESULT));
    }
}

/// The iterator of `imap`, of which each of the two has its own.
pub(crate) struct OfLazyMap {
    pool: ThreadPool,
    gate: Mutex<Arc<Event>>,
}

impl Default for OfLazyMap {
    fn default() -> Self {
        Self {
            pool: ThreadPool::new(2),
            gate: Mutex::default(),
        }
    }
}

impl Scene for OfLazyMap {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        *self.gate.lock() = Arc::default();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let gate = Arc::clone(&self.gate.lock());
        let mut results = self.pool.imap(0..3, move |item| {
            gate.wait();
            item
        });
        let first = match patience {
            Some(patience) => results.next_timeout(patience),
            None => Ok(results.next()),
        };
        first
            .map(|first| assert_eq!(first.and_then(Result::ok), Some(0)))
            .is_ok()
    }

    fn give(&self) {
        self.gate.lock().set();
    }
}
