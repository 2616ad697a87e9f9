//! `Thread`: Python's `threading.Thread`.
//!
//! # States
//!
//! See [`state`].
//!
//! # Invariants
//!
//! 1. The OS thread holds a handle to the thread and nothing else of it; the body waits in the thread's own allocation.
//! 2. In the OS thread things happen in this order: [`current`](crate::current) is filled, the record is installed, hooks
//!    and body run, nothing can be raised any more, the excepthook runs, the outcome is stored, the thread's locals are
//!    destroyed, the thread leaves the registry, joiners are woken.

mod builder;
mod job;
mod join;
mod raise;
mod state;
mod target;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::thread_record::{self, Origin, ThreadRecord};

pub use self::builder::ThreadBuilder;
pub(crate) use self::job::ResultSlot;
use self::job::{Job, NoWork, Work};
use self::state::Life;
pub(crate) use self::state::Outcome;
pub use self::state::ThreadState;
pub(crate) use self::target::{Target, class_of, target_of};
use crate::error::StartError;
use crate::registry::Place;
use crate::runnable::Runnable;
use crate::{current, excepthook, exit, os_name, registry, stack_size, thread_hook};

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

/// One allocation, whatever the thread runs.
struct Inner<W: ?Sized = dyn Work> {
    record: Arc<ThreadRecord>,
    life: Life,
    daemon: AtomicBool,
    stack_size: Option<usize>,
    /// Where the registry keeps the thread.
    place: Place,
    work: W,
}

impl<T, W: ResultSlot<T>> ResultSlot<T> for Inner<W> {
    fn take(&self) -> Option<T> {
        self.work.take()
    }

    fn abandon(&self) {
        self.work.abandon();
    }
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

    /// A thread that runs already and was not started by us.
    pub(crate) fn of_running(record: Arc<ThreadRecord>) -> Self {
        let daemon = record.origin() != Origin::Main;
        let inner = Inner {
            record,
            life: Life::of_running(),
            daemon: AtomicBool::new(daemon),
            stack_size: None,
            place: Place::default(),
            work: NoWork,
        };
        Self {
            inner: Arc::new(inner),
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
            error.panic();
        }
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If it has been started before, or if the system refuses a thread. A refused one can be started again.
    pub fn try_start(&self) -> Result<(), StartError> {
        self.ask_for_start(true)
    }

    /// Starts the thread, which must be a new one. If the system refuses, nobody can start it later, and its body is dropped.
    pub(crate) fn start_or_discard(&self) -> Result<(), StartError> {
        self.ask_for_start(false)
            .inspect_err(|_refused| self.inner.work.discard())
    }

    fn ask_for_start(&self, again: bool) -> Result<(), StartError> {
        exit::prepare();
        self.inner.life.start(again, || {
            registry::add(self.clone());
            self.ask_system()
                .inspect_err(|_refused| registry::remove(self))
        })
    }

    fn ask_system(&self) -> io::Result<std::thread::JoinHandle<()>> {
        let name = os_name::without_nul(self.inner.record.name_for_system());
        let mend = os_name::is_cut_within_a_char(&name);
        let mut builder = std::thread::Builder::new().name(name);
        let bytes = self.inner.stack_size.unwrap_or_else(stack_size);
        if bytes != 0 {
            builder = builder.stack_size(bytes);
        }
        let thread = self.clone();
        builder.spawn(move || thread.run(mend))
    }

    /// In the new OS thread.
    fn run(self, mend_name: bool) {
        let inner = &*self.inner;
        current::install(self.clone());
        if mend_name {
            os_name::set(&self.name());
        }
        if !inner.life.begin() {
            return;
        }
        let hooks_and_body = AssertUnwindSafe(|| {
            thread_hook::run_all();
            inner.work.run();
        });
        let outcome = catch_unwind(hooks_and_body).map_err(Exception::from_panic);
        if outcome.is_err() {
            // A hook's panic leaves the body where it is; it is dropped here, not with the last handle.
            let discard = AssertUnwindSafe(|| inner.work.discard());
            drop(catch_unwind(discard).map_err(Exception::from_panic));
        }
        inner.record.remove_catcher();
        if let Err(exception) = &outcome {
            excepthook(exception);
        }
        inner.life.end(outcome);
    }

    /// The thread leaves: nothing of it runs any more, or it is not to be waited for. Unless its body is over, its outcome
    /// is what `otherwise` returns.
    pub(crate) fn leave(&self, otherwise: impl FnOnce() -> Outcome) {
        registry::remove(self);
        self.inner.life.stop(otherwise);
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
    /// On Linux the system's name for it follows if the thread does this itself; elsewhere it stays what it was at the start.
    /// The message of a panic in the thread shows the name that it had when it was started.
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

    pub(crate) fn record(&self) -> &Arc<ThreadRecord> {
        &self.inner.record
    }

    pub(crate) fn place(&self) -> &Place {
        &self.inner.place
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
