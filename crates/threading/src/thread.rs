//! `Thread`: Python's `threading.Thread`.
//!
//! # States
//!
//! See [`state`].
//!
//! # Invariants
//!
//! 1. The OS thread holds a handle to the thread and nothing else of it; the body waits in the thread's own slot.
//! 2. In the OS thread things happen in this order: [`current`](crate::current) is filled, the record is installed, hooks
//!    and body run, nothing can be raised any more, the excepthook runs, the outcome is stored, the thread's locals are
//!    destroyed, the thread leaves the registry, joiners are woken.

mod builder;
mod state;
mod target;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pythreads_sync_primitives::thread_record::{self, Origin, ThreadRecord};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, IntoException, TimeoutError};

pub use self::builder::ThreadBuilder;
use self::state::Life;
pub use self::state::ThreadState;
pub(crate) use self::state::{Body, Joined, Outcome};
pub(crate) use self::target::{class_of, target_of};
use crate::error::{RaiseCause, RaiseError, StartError};
use crate::runnable::Runnable;
use crate::{current, excepthook, exit, os_name, registry};

/// A thread: made, then started, then joined.
///
/// It is a handle: clones name the same thread, equality and hash are by identity, and dropping it changes nothing.
/// A program waits for its threads before it ends, daemons excepted (see [`shutdown`](crate::shutdown)).
///
/// # Differences from Python
///
/// - Arguments are captured by the closure; there is no `args=`. The closure returns `()`, since nobody could look at
///   a result: use [`spawn`](crate::spawn) for a thread that gives one back.
/// - [`join`](Thread::join) reports how the thread ended. Python's returns `None` always.
/// - [`start`](Thread::start) does not wait until the new thread runs. [`ident`](Thread::ident) is known before, and
///   [`native_id`](Thread::native_id) once the thread runs.
/// - There is no `run` to call by hand, no `group` and no `context`.
/// - A thread the system refused can be started again.
/// - The automatic name of a thread that runs a closure ends in the function around it: `Thread-1 (main::{{closure}})`.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Event, Thread};
///
/// static DONE: Event = Event::new();
///
/// let thread = Thread::builder().name("worker").target(|| DONE.set());
/// thread.start();
/// DONE.wait();
/// assert!(thread.join().is_ok());
/// assert!(!thread.is_alive());
/// ```
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

struct Inner {
    record: Arc<ThreadRecord>,
    life: Life,
    daemon: AtomicBool,
    stack_size: Option<usize>,
}

impl UnwindSafe for Thread {}
impl RefUnwindSafe for Thread {}

impl Thread {
    /// The thread that will run `f` once it is started.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Thread;
    ///
    /// let n = 40;
    /// let thread = Thread::new(move || assert_eq!(n + 2, 42));
    /// thread.start();
    /// thread.join().unwrap();
    /// ```
    pub fn new<F>(f: F) -> Self
    where
        F: FnOnce() + Send + 'static,
    {
        Self::builder().target(f)
    }

    /// The thread that will run `object` once it is started: the class-based way.
    pub fn from_runnable<R: Runnable>(object: R) -> Self {
        Self::builder().runnable(object)
    }

    /// Settings for a thread: name, daemon flag, size of the stack.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Thread;
    ///
    /// let thread = Thread::builder().name("heartbeat").daemon(true).target(|| ());
    /// assert_eq!(thread.name(), "heartbeat");
    /// assert!(thread.daemon());
    /// ```
    pub fn builder() -> ThreadBuilder {
        ThreadBuilder::default()
    }

    pub(crate) fn of_unstarted(
        record: Arc<ThreadRecord>,
        daemon: bool,
        stack_size: Option<usize>,
        body: Body,
    ) -> Self {
        Self::make(record, Life::of_unstarted(body), daemon, stack_size)
    }

    /// A thread that runs already and was not started by us.
    pub(crate) fn of_running(record: Arc<ThreadRecord>) -> Self {
        let daemon = record.origin() != Origin::Main;
        Self::make(record, Life::of_running(), daemon, None)
    }

    fn make(
        record: Arc<ThreadRecord>,
        life: Life,
        daemon: bool,
        stack_size: Option<usize>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                record,
                life,
                daemon: AtomicBool::new(daemon),
                stack_size,
            }),
        }
    }

    /// Starts the thread.
    ///
    /// # Panics
    ///
    /// If it has been started before, or if the system refuses a thread; [`try_start`](Self::try_start) returns that.
    ///
    /// # Memory ordering
    ///
    /// What the caller did before happens before the thread runs.
    ///
    /// # Differences from Python
    ///
    /// It does not wait until the new thread runs.
    #[track_caller]
    pub fn start(&self) {
        if let Err(error) = self.try_start() {
            match std::error::Error::source(&error) {
                Some(source) => panic!("{error}: {source}"),
                None => panic!("{error}"),
            }
        }
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If it has been started before, or if the system refuses a thread. A refused one can be started again.
    pub fn try_start(&self) -> Result<(), StartError> {
        exit::prepare();
        self.inner.life.start(|| {
            registry::add(self.clone());
            self.ask_system()
                .inspect_err(|_refused| registry::remove(self))
        })
    }

    fn ask_system(&self) -> io::Result<std::thread::JoinHandle<()>> {
        let name = os_name::without_nul(self.name());
        let mend = os_name::is_cut_within_a_char(&name);
        let mut builder = std::thread::Builder::new().name(name);
        if let Some(bytes) = self.inner.stack_size {
            builder = builder.stack_size(bytes);
        }
        let thread = self.clone();
        builder.spawn(move || thread.run(mend))
    }

    /// In the new OS thread.
    fn run(self, mend_name: bool) {
        let inner = &*self.inner;
        current::install(self.clone());
        thread_record::install(Arc::clone(&inner.record));
        if mend_name {
            os_name::set(&self.name());
        }
        let Some(body) = inner.life.take_body() else {
            return;
        };
        let outcome = catch_unwind(AssertUnwindSafe(body)).map_err(Exception::from_panic);
        inner.record.remove_catcher();
        if let Err(exception) = &outcome {
            excepthook::excepthook(exception);
        }
        inner.life.end(outcome);
    }

    /// The thread leaves: nothing of it runs any more, or it is not to be waited for. Unless its body is over, `otherwise`
    /// is its outcome.
    pub(crate) fn leave(&self, otherwise: Outcome) {
        registry::remove(self);
        self.inner.life.stop(otherwise);
    }

    /// Waits until the thread has ended, and tells how. It may be called any number of times, by many threads.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. Returns after the thread's locals have been destroyed and its OS thread has ended. An
    /// interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// Why the thread ended early: it panicked, or somebody raised an exception in it.
    ///
    /// # Panics
    ///
    /// If the thread has not been started, or if it is the one that calls.
    ///
    /// # Memory ordering
    ///
    /// All that the thread did happens before the return.
    ///
    /// # Differences from Python
    ///
    /// Python returns `None` always and leaves the exception to the excepthook. A thread that something else has started
    /// can be joined too, once it has called [`current_thread`](crate::current_thread): the wait ends with the thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::Thread;
    ///
    /// let thread = Thread::new(|| std::panic::resume_unwind(Box::new("no such file")));
    /// thread.start();
    /// assert_eq!(thread.join().unwrap_err().message(), "no such file");
    /// ```
    #[track_caller]
    pub fn join(&self) -> Result<(), Exception> {
        loop {
            if let Some(outcome) = self.join_until(Deadline::Never) {
                return outcome;
            }
        }
    }

    /// As [`join`](Self::join), waiting at most `timeout`.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero only looks; `Duration::MAX` waits without limit.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<Result<(), Exception>, TimeoutError> {
        let outcome = self.join_until(Deadline::after(timeout));
        outcome.ok_or_else(|| TimeoutError::new(()))
    }

    /// As [`join`](Self::join), waiting until `deadline` at the latest.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past only looks.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// As [`join`](Self::join).
    #[track_caller]
    pub fn join_deadline(&self, deadline: Instant) -> Result<Result<(), Exception>, TimeoutError> {
        let outcome = self.join_until(deadline.into());
        outcome.ok_or_else(|| TimeoutError::new(()))
    }

    /// `None` if the deadline passed.
    #[track_caller]
    pub(crate) fn join_until(&self, deadline: Deadline) -> Option<Outcome> {
        assert!(
            self.ident() != thread_record::current_ident(),
            "a thread cannot join itself: it would wait for its own end"
        );
        match self.inner.life.join(deadline) {
            Joined::Stopped(outcome) => Some(outcome),
            Joined::TimedOut => None,
            Joined::NotStarted => panic!("join of a thread that has not been started"),
        }
    }

    /// As `join`, for the end of the program: no interrupt ends it, nothing panics.
    pub(crate) fn join_shielded(&self, deadline: Deadline) -> Joined {
        self.inner.life.join_shielded(deadline)
    }

    /// Whether the thread has been started and has not ended. Once it is `false` after a start, joining does not wait.
    #[doc(alias = "isAlive")]
    pub fn is_alive(&self) -> bool {
        self.state() == ThreadState::Started
    }

    /// Where the thread is in its life.
    pub fn state(&self) -> ThreadState {
        self.inner.life.state()
    }

    /// The thread's name: the one it was given, or an automatic one such as `Thread-3 (download)`.
    #[doc(alias = "getName")]
    pub fn name(&self) -> String {
        self.inner.record.name()
    }

    /// Gives the thread another name.
    ///
    /// The system's name for it follows if the thread does this itself. The message of a panic in the thread shows the
    /// name that it had when it was started.
    #[doc(alias = "setName")]
    pub fn set_name(&self, name: &str) {
        self.inner.record.set_name(name);
        if self.ident() == thread_record::current_ident() {
            os_name::set(name);
        }
    }

    /// The thread's number in this process, known before it is started; never used again for another thread.
    pub fn ident(&self) -> NonZeroU64 {
        self.inner.record.ident()
    }

    /// The system's number of the thread, once it runs; still there after its end.
    pub fn native_id(&self) -> Option<u64> {
        self.inner.record.native_id()
    }

    /// Whether the program may end without waiting for the thread.
    #[doc(alias = "isDaemon")]
    pub fn daemon(&self) -> bool {
        // ORDERING: Relaxed, it does not change once the thread has been started.
        self.inner.daemon.load(Ordering::Relaxed)
    }

    /// Says whether the program may end without waiting for the thread.
    ///
    /// # Panics
    ///
    /// If the thread has been started.
    #[doc(alias = "setDaemon")]
    #[track_caller]
    pub fn set_daemon(&self, daemon: bool) {
        let set = self.inner.life.while_unstarted(|| {
            // ORDERING: Relaxed, under the lock that starting the thread takes.
            self.inner.daemon.store(daemon, Ordering::Relaxed);
        });
        assert!(set, "the daemon flag of a thread that has been started");
    }

    /// Raises an exception in the thread, which ends the thread unless something in it catches.
    ///
    /// It leaves from what the thread waits in, if that says it is an interruption point, or from the next such wait, or
    /// from [`check_interrupt`](crate::check_interrupt). Destructors run as `finally` blocks do, no panic message is
    /// printed, and [`join`](Self::join) reports it with kind [`Interrupted`](ExceptionKind::Interrupted). One that has
    /// not left yet is replaced by the next.
    ///
    /// It is held back inside [`shielded`](crate::shielded) and while the thread unwinds. If it has to pass an
    /// `extern "C"` frame the process aborts; a std mutex it passes is poisoned; a `catch_unwind` on its way must pass on
    /// what [`Exception::is_interrupt`] recognises.
    ///
    /// # Errors
    ///
    /// If the thread is not alive; if it is not one of ours and not inside [`interruptible`](crate::interruptible); if the
    /// program was built with `panic = "abort"`.
    ///
    /// # Differences from Python
    ///
    /// It is `PyThreadState_SetAsyncExc`, which ends no wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::{Thread, sleep};
    /// use std::time::Duration;
    ///
    /// let thread = Thread::new(|| loop {
    ///     sleep(Duration::from_secs(1)); // regular work
    /// });
    /// thread.start();
    /// thread.raise_exception("stop").unwrap();
    /// assert_eq!(thread.join().unwrap_err().message(), "stop");
    /// ```
    pub fn raise_exception(&self, exception: impl IntoException) -> Result<(), RaiseError> {
        self.raise(Exception::interrupted(exception.into_exception()))
    }

    /// Raises an exception without a cause of its own: see [`raise_exception`](Self::raise_exception).
    ///
    /// # Errors
    ///
    /// As [`raise_exception`](Self::raise_exception).
    pub fn interrupt(&self) -> Result<(), RaiseError> {
        self.raise(Exception::of_kind(
            ExceptionKind::Interrupted,
            "the thread was interrupted",
        ))
    }

    fn raise(&self, exception: Exception) -> Result<(), RaiseError> {
        if cfg!(not(panic = "unwind")) {
            return Err(RaiseCause::Unsupported.into());
        }
        if !self.is_alive() {
            return Err(RaiseCause::NotAlive.into());
        }
        if self.inner.record.raise(exception) {
            return Ok(());
        }
        Err(match self.inner.record.origin() {
            Origin::Started => RaiseCause::NotAlive,
            _ => RaiseCause::Foreign,
        }
        .into())
    }

    /// Takes back an exception that was raised in the thread and has not left yet; `false` if there is none.
    pub fn cancel_interrupt(&self) -> bool {
        self.inner.record.cancel_raise().is_some()
    }

    pub(crate) fn record(&self) -> &Arc<ThreadRecord> {
        &self.inner.record
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        self.ident() == other.ident()
    }
}

impl Eq for Thread {}

impl Hash for Thread {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ident().hash(state);
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state() {
            ThreadState::Initial => "initial",
            ThreadState::Started => "started",
            ThreadState::Stopped => "stopped",
        };
        let daemon = if self.daemon() { " daemon" } else { "" };
        write!(
            f,
            "Thread({}, {state}{daemon} {})",
            self.name(),
            self.ident()
        )
    }
}
