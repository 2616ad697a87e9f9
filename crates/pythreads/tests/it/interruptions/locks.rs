//! Waits for what a thread of its own holds: locks that know their thread, and a barrier whose action runs.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads::threading::{Barrier, RLock, RwLock};
use test_support::{CheckedThread, checked_spawn};

use super::scene::{Scene, Share};

/// A thread that has something in each round, until it is told to let it go.
#[derive(Default)]
struct Keeper {
    thread: Mutex<Option<CheckedThread<()>>>,
    stay: Mutex<Option<Sender<()>>>,
}

impl Keeper {
    /// Runs `keep` in the thread, and returns once that calls what it gets, which returns when it is to let go.
    fn begin(&self, keep: impl FnOnce(&dyn Fn()) + Send + 'static) {
        let (stay, leave) = channel::<()>();
        let (sender, begun) = channel();
        let thread = checked_spawn(move || {
            keep(&|| {
                sender.send(()).expect("the test waits for it");
                let _closed = leave.recv();
            });
        });
        begun.recv().expect("the keeper has what it is to keep");
        *self.thread.lock() = Some(thread);
        *self.stay.lock() = Some(stay);
    }

    fn let_go(&self) {
        let _closed = self.stay.lock().take();
    }

    /// Waits for the thread, and fails if that has.
    fn end(&self) {
        self.let_go();
        let thread = self.thread.lock().take();
        thread.expect("the round is prepared").join();
    }
}

/// `RLock::acquire`, twice, which is no interruption point.
#[derive(Default)]
pub(crate) struct OfRLock {
    lock: Arc<RLock<()>>,
    keeper: Keeper,
}

impl Scene for OfRLock {
    const SHARE: Share = Share::All;
    const IS_INTERRUPTIBLE: bool = false;

    fn prepare(&self) {
        let lock = Arc::clone(&self.lock);
        self.keeper.begin(move |held| {
            let _outer = lock.acquire();
            let _inner = lock.acquire();
            held();
        });
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let outer = match patience {
            Some(patience) => self.lock.acquire_timeout(patience),
            None => Some(self.lock.acquire()),
        };
        let inner = outer.as_ref().map(|_| self.lock.acquire());
        inner.is_some()
    }

    fn give(&self) {
        self.keeper.let_go();
    }

    fn assert_at_rest(&self) {
        self.keeper.end();
        assert!(!self.lock.locked());
    }
}

/// `RwLock::read`, which is no interruption point.
#[derive(Default)]
pub(crate) struct OfRead {
    lock: Arc<RwLock<()>>,
    keeper: Keeper,
}

impl Scene for OfRead {
    const SHARE: Share = Share::All;
    const IS_INTERRUPTIBLE: bool = false;

    fn prepare(&self) {
        let lock = Arc::clone(&self.lock);
        self.keeper.begin(move |held| {
            let _guard = lock.write();
            held();
        });
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let guard = match patience {
            Some(patience) => self.lock.read_timeout(patience),
            None => Some(self.lock.read()),
        };
        guard.is_some()
    }

    fn give(&self) {
        self.keeper.let_go();
    }

    fn assert_at_rest(&self) {
        self.keeper.end();
        assert!(self.lock.try_write().is_some());
    }
}

/// `RwLock::write` while there is a reader, which is no interruption point either.
#[derive(Default)]
pub(crate) struct OfWrite {
    lock: Arc<RwLock<()>>,
    keeper: Keeper,
}

impl Scene for OfWrite {
    const SHARE: Share = Share::All;
    const IS_INTERRUPTIBLE: bool = false;

    fn prepare(&self) {
        let lock = Arc::clone(&self.lock);
        self.keeper.begin(move |held| {
            let _guard = lock.read();
            held();
        });
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let guard = match patience {
            Some(patience) => self.lock.write_timeout(patience),
            None => Some(self.lock.write()),
        };
        guard.is_some()
    }

    fn give(&self) {
        self.keeper.let_go();
    }

    fn assert_at_rest(&self) {
        self.keeper.end();
        assert!(self.lock.try_write().is_some());
    }
}

/// `Barrier::wait` while the action of a cycle that is complete runs: whoever gives up there, that cycle passes.
pub(crate) struct OfEntrance {
    barrier: Arc<Barrier>,
    keeper: Keeper,
    /// What the action of the keeper's cycle does, and no other.
    act: Arc<Mutex<Option<Act>>>,
}

/// Says that it has begun, and then waits until the other end is closed.
struct Act(Sender<()>, Receiver<()>);

impl Default for OfEntrance {
    fn default() -> Self {
        let act = Arc::<Mutex<Option<Act>>>::default();
        let action = {
            let act = Arc::clone(&act);
            move || {
                let act = act.lock().take();
                if let Some(Act(begun, leave)) = act {
                    begun.send(()).expect("the keeper's thread listens");
                    let _closed = leave.recv();
                }
            }
        };
        Self {
            barrier: Arc::new(Barrier::new(1).with_action(action)),
            keeper: Keeper::default(),
            act,
        }
    }
}

impl Scene for OfEntrance {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        self.barrier.reset();
        let (begun, has_begun) = channel();
        let (stay, leave) = channel::<()>();
        *self.act.lock() = Some(Act(begun, leave));
        let barrier = Arc::clone(&self.barrier);
        self.keeper.begin(move |held| {
            let cycle = checked_spawn(move || barrier.wait());
            has_begun.recv().expect("the action runs");
            held();
            drop(stay);
            assert_eq!(cycle.join(), Ok(0), "a complete cycle passes");
        });
    }

    /// Without patience, it fails if the other one has given up.
    fn wait(&self, patience: Option<Duration>) -> bool {
        match patience {
            Some(patience) => self.barrier.wait_timeout(patience).is_ok(),
            None => self.barrier.wait().is_ok() || self.barrier.broken(),
        }
    }

    fn give(&self) {
        self.keeper.let_go();
    }

    fn assert_at_rest(&self) {
        self.keeper.end();
        assert_eq!(self.barrier.n_waiting(), 0);
    }
}
