//! Waits for primitives, threads and time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;
use pythreads::threading::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, LockGuard, Permit, RLock, Semaphore, Thread,
    sleep,
};

use super::scene::{Scene, Share, endless};

/// `Event::wait`.
#[derive(Default)]
pub(crate) struct OfEvent(Event);

impl Scene for OfEvent {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        self.0.clear();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let set = match patience {
            Some(patience) => self.0.wait_timeout(patience),
            None => endless(|| self.0.wait()),
        };
        assert!(!set || self.0.is_set());
        set
    }

    fn give(&self) {
        self.0.set();
    }
}

/// `Condition::wait` over a `Lock`: each of these waits must end by a notification, or it finds the door shut.
#[derive(Default)]
pub(crate) struct OfDoor {
    is_open: Lock<bool>,
    changed: Condition,
}

impl Scene for OfDoor {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        *self.is_open.acquire() = false;
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let mut is_open = self.is_open.acquire();
        if *is_open {
            return true;
        }
        let notified = match patience {
            Some(patience) => self.changed.wait_timeout(&mut is_open, patience),
            None => endless(|| self.changed.wait(&mut is_open)),
        };
        assert!(*is_open || !notified, "nobody has notified it");
        notified
    }

    fn give(&self) {
        let mut is_open = self.is_open.acquire();
        *is_open = true;
        self.changed.notify_all(&is_open);
    }

    fn assert_at_rest(&self) {
        assert!(!self.is_open.locked());
    }
}

/// `Condition::wait_for` over a `Lock`, with a notification for each token.
#[derive(Default)]
pub(crate) struct OfTokens {
    tokens: Lock<usize>,
    more: Condition,
}

impl Scene for OfTokens {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let mut tokens = self.tokens.acquire();
        let some = |tokens: &usize| *tokens > 0;
        let got = match patience {
            Some(patience) => self.more.wait_for_timeout(&mut tokens, patience, some),
            None => endless(|| self.more.wait_for(&mut tokens, some)),
        };
        *tokens -= usize::from(got);
        got
    }

    fn give(&self) {
        let mut tokens = self.tokens.acquire();
        *tokens += 1;
        self.more.notify_one(&tokens);
    }

    fn assert_at_rest(&self) {
        assert_eq!(*self.tokens.try_acquire().expect("the lock is free"), 0);
    }
}

/// The same over an `RLock`, held twice.
#[derive(Default)]
pub(crate) struct OfRLockTokens {
    tokens: RLock<AtomicUsize>,
    more: Condition,
}

impl Scene for OfRLockTokens {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let outer = self.tokens.acquire();
        let mut inner = self.tokens.acquire();
        let some = |tokens: &AtomicUsize| tokens.load(Ordering::Relaxed) > 0;
        let got = match patience {
            Some(patience) => self.more.wait_for_timeout(&mut inner, patience, some),
            None => endless(|| self.more.wait_for(&mut inner, some)),
        };
        outer.fetch_sub(usize::from(got), Ordering::Relaxed);
        got
    }

    fn give(&self) {
        let tokens = self.tokens.acquire();
        tokens.fetch_add(1, Ordering::Relaxed);
        self.more.notify_one(&tokens);
    }

    fn assert_at_rest(&self) {
        let tokens = self.tokens.try_acquire().expect("the lock is free");
        assert_eq!(tokens.load(Ordering::Relaxed), 0);
    }
}

/// `Semaphore::acquire`.
pub(crate) struct OfSemaphore(Semaphore);

impl Default for OfSemaphore {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Scene for OfSemaphore {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let permit = match patience {
            Some(patience) => self.0.acquire_timeout(patience),
            None => Some(self.0.acquire()),
        };
        permit.map(Permit::forget).is_some()
    }

    fn give(&self) {
        self.0.release();
    }

    fn assert_at_rest(&self) {
        assert_eq!(self.0.available(), 0);
    }
}

/// `Semaphore::acquire_many`, whose permits come one by one.
pub(crate) struct OfManyPermits(Semaphore);

impl OfManyPermits {
    const WANTED: usize = 3;
}

impl Default for OfManyPermits {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Scene for OfManyPermits {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let permits = match patience {
            Some(patience) => self.0.acquire_many_timeout(Self::WANTED, patience),
            None => Some(self.0.acquire_many(Self::WANTED)),
        };
        permits.map(Permit::forget).is_some()
    }

    fn give(&self) {
        (0..Self::WANTED).for_each(|_| self.0.release());
    }

    fn assert_at_rest(&self) {
        assert_eq!(self.0.available(), 0);
    }
}

/// `BoundedSemaphore::acquire`: one permit too many would panic.
pub(crate) struct OfBoundedSemaphore(BoundedSemaphore);

impl Default for OfBoundedSemaphore {
    fn default() -> Self {
        let semaphore = BoundedSemaphore::new(2);
        semaphore.acquire_many(2).forget();
        Self(semaphore)
    }
}

impl Scene for OfBoundedSemaphore {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let permit = match patience {
            Some(patience) => self.0.acquire_timeout(patience),
            None => Some(self.0.acquire()),
        };
        permit.map(Permit::forget).is_some()
    }

    fn give(&self) {
        self.0.release();
    }

    fn assert_at_rest(&self) {
        assert_eq!(self.0.available(), 0);
    }
}

/// `Barrier::wait` of two.
pub(crate) struct OfBarrier(Barrier);

impl Default for OfBarrier {
    fn default() -> Self {
        Self(Barrier::new(2))
    }
}

impl Scene for OfBarrier {
    const SHARE: Share = Share::Together;

    fn prepare(&self) {
        self.0.reset();
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let passed = match patience {
            Some(patience) => self.0.wait_timeout(patience),
            None => self.0.wait(),
        };
        passed.is_ok()
    }

    fn assert_at_rest(&self) {
        assert_eq!(self.0.n_waiting(), 0);
    }
}

/// `Lock::acquire`, which is no interruption point: what comes meanwhile is delivered later.
pub(crate) struct OfLock {
    lock: Lock<()>,
    /// Whether it is held by nobody's guard, and may be released by anybody.
    is_detached: AtomicBool,
}

impl Default for OfLock {
    fn default() -> Self {
        let lock = Lock::new(());
        lock.acquire().detach();
        Self {
            lock,
            is_detached: AtomicBool::new(true),
        }
    }
}

impl Scene for OfLock {
    const SHARE: Share = Share::One;
    const IS_INTERRUPTIBLE: bool = false;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let guard = match patience {
            Some(patience) => self.lock.acquire_timeout(patience),
            None => Some(self.lock.acquire()),
        };
        let got = guard.map(LockGuard::detach).is_some();
        self.is_detached.fetch_or(got, Ordering::SeqCst);
        got
    }

    fn give(&self) {
        while !self.is_detached.swap(false, Ordering::SeqCst) {
            std::thread::yield_now(); // until what was given before has been taken
        }
        self.lock.release();
    }

    fn assert_at_rest(&self) {
        assert!(self.lock.locked());
    }
}

/// `Thread::join`.
#[derive(Default)]
pub(crate) struct OfThread(Mutex<Option<Joinable>>);

struct Joinable {
    thread: Thread,
    /// Closed when the thread is to end.
    stay: Option<Sender<()>>,
}

impl Scene for OfThread {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        let (stay, leave) = channel::<()>();
        let thread = Thread::new(move || {
            let _closed = leave.recv();
        });
        thread.start();
        let stay = Some(stay);
        *self.0.lock() = Some(Joinable { thread, stay });
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        let thread = self.0.lock().as_ref().map(|it| it.thread.clone());
        let thread = thread.expect("the round is prepared");
        let outcome = match patience {
            Some(patience) => thread.join_timeout(patience),
            None => Ok(thread.join()),
        };
        outcome.map(Result::unwrap).is_ok()
    }

    fn give(&self) {
        let _closed = self.0.lock().as_mut().and_then(|it| it.stay.take());
    }
}

/// `sleep`.
pub(crate) struct OfSleep;

impl Scene for OfSleep {
    const SHARE: Share = Share::Nothing;

    fn wait(&self, patience: Option<Duration>) -> bool {
        sleep(patience.unwrap_or(Duration::MAX));
        false
    }
}
