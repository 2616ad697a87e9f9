//! `Timer`: a thread that waits before it works.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::{Event, Exception, TimeoutError};

use crate::error::StartError;
use crate::exit::{AtExit, register_atexit};
use crate::thread::{Target, Thread, target_of};

/// Calls a function after a while, or again and again, in a thread of its own.
///
/// It is a handle: clones name the same timer, and dropping it lets the timer go on. A program waits for a timer that is
/// still to fire once, unless its thread is a daemon (`timer.thread().set_daemon(true)`, before the start), and stops a
/// repeating one.
///
/// # Differences from Python
///
/// - [`repeating`](Timer::repeating) is new.
/// - A timer is no `Thread`, it [has](Timer::thread) one.
/// - `Duration::MAX` takes the place of `None`: it waits until cancelled.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Event, Timer};
/// use std::time::Duration;
///
/// static FIRED: Event = Event::new();
///
/// let timer = Timer::new(Duration::from_millis(1), || FIRED.set());
/// timer.start();
/// FIRED.wait();
///
/// let never = Timer::new(Duration::from_secs(3600), || unreachable!());
/// never.start();
/// never.cancel();
/// never.join().unwrap();
/// ```
#[derive(Clone)]
pub struct Timer {
    thread: Thread,
    finished: Arc<Event>,
}

impl Timer {
    /// The timer that will call `f` once, `interval` after its start.
    pub fn new<F>(interval: Duration, f: F) -> Self
    where
        F: FnOnce() + Send + 'static,
    {
        Self::of(target_of::<F>, move |finished| {
            if !finished.wait_timeout(interval) {
                f();
            }
            finished.set();
        })
    }

    /// The timer that will call `f` every `interval`, first one `interval` after its start.
    ///
    /// Ticks lie at fixed times, however long `f` takes; those that pass while `f` still runs are skipped. It goes on until
    /// it is cancelled, from `f` itself too, until `f` panics, or until the program ends.
    ///
    /// # Panics
    ///
    /// If `interval` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Timer;
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// let (sender, ticks) = channel();
    /// let timer = Timer::repeating(Duration::from_millis(1), move || sender.send(()).unwrap());
    /// timer.start();
    /// for _ in 0..3 {
    ///     ticks.recv().unwrap();
    /// }
    /// timer.cancel();
    /// ```
    #[track_caller]
    pub fn repeating<F>(interval: Duration, mut f: F) -> Self
    where
        F: FnMut() + Send + 'static,
    {
        assert!(!interval.is_zero(), "a timer that repeats without a pause");
        Self::of(target_of::<F>, move |finished| {
            let Some(_cancelled_at_exit) = CancelAtExit::register(finished) else {
                return finished.set();
            };
            let mut tick = Tick::first(interval);
            while !tick.wait(finished) {
                f();
                tick.advance();
            }
        })
    }

    fn of(target: Target, body: impl FnOnce(&Arc<Event>) + Send + 'static) -> Self {
        let finished = Arc::new(Event::new());
        let seen = Arc::clone(&finished);
        Self {
            thread: Thread::builder().unstarted(target, move || body(&seen)),
            finished,
        }
    }

    /// Starts the timer.
    ///
    /// # Panics
    ///
    /// If it has been started before, or if the system refuses a thread; [`try_start`](Self::try_start) returns that.
    #[track_caller]
    pub fn start(&self) {
        self.thread.start();
    }

    /// Starts the timer.
    ///
    /// # Errors
    ///
    /// If it has been started before, or if the system refuses a thread.
    pub fn try_start(&self) -> Result<(), StartError> {
        self.thread.try_start()
    }

    /// Stops the timer: what it has not begun to call, it will not call. It may be called at any time, also before the
    /// start, and from what the timer calls.
    pub fn cancel(&self) {
        self.finished.set();
    }

    /// Set when the timer is cancelled, and when its function has returned for the last time; never if that panics.
    pub fn finished(&self) -> &Event {
        &self.finished
    }

    /// The thread in which the timer waits and calls.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits until the timer's thread has ended: see [`Thread::join`].
    ///
    /// # Errors
    ///
    /// Why it ended early.
    ///
    /// # Panics
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join(&self) -> Result<(), Exception> {
        self.thread.join()
    }

    /// As [`join`](Self::join), waiting at most `timeout`.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<Result<(), Exception>, TimeoutError> {
        self.thread.join_timeout(timeout)
    }

    /// As [`join`](Self::join), waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join_deadline(&self, deadline: Instant) -> Result<Result<(), Exception>, TimeoutError> {
        self.thread.join_deadline(deadline)
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("thread", &self.thread)
            .field("finished", &self.finished.is_set())
            .finish()
    }
}

/// The ticks of a repeating timer.
struct Tick {
    interval: Duration,
    /// `None` is so far away that the clock cannot say when.
    next: Option<Instant>,
}

impl Tick {
    fn first(interval: Duration) -> Self {
        Self {
            interval,
            next: Instant::now().checked_add(interval),
        }
    }

    /// Whether the timer was cancelled before the tick.
    fn wait(&self, cancelled: &Event) -> bool {
        match self.next {
            Some(at) => cancelled.wait_deadline(at),
            None => cancelled.wait_timeout(Duration::MAX),
        }
    }

    /// To the first tick that has not passed.
    fn advance(&mut self) {
        self.next = self.next.and_then(|last| {
            let late = last.elapsed().as_nanos();
            let until_next = self.interval.as_nanos() - late % self.interval.as_nanos();
            let from_last = u64::try_from(late + until_next).ok()?;
            last.checked_add(Duration::from_nanos(from_last))
        });
    }
}

/// While it lives, the end of the program cancels the timer, which would never end by itself.
struct CancelAtExit {
    at_exit: Option<AtExit>,
}

impl CancelAtExit {
    /// `None` if the program ends already.
    fn register(finished: &Arc<Event>) -> Option<Self> {
        let finished = Arc::clone(finished);
        let at_exit = register_atexit(move || finished.set()).ok();
        at_exit.is_some().then_some(Self { at_exit })
    }
}

impl Drop for CancelAtExit {
    fn drop(&mut self) {
        if let Some(at_exit) = self.at_exit.take() {
            at_exit.unregister();
        }
    }
}
