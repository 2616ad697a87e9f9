//! What this library knows of one thread: its identity, the interrupt it has been sent, and what it waits for.
//!
//! Every thread that sleeps in a [wait queue](crate::wait_queue) has a record. Threads that `threading` starts get
//! theirs before they run; any other thread gets one when it first needs it, and loses it when it ends.
//!
//! # Invariants
//!
//! 1. An ident is never 0 and never given twice in a process.
//! 2. `pending` is set exactly while the mailbox holds an exception; both change under the mailbox's lock.
//! 3. A mailbox that is not open (nobody would catch what is raised) holds nothing.
//! 4. Who raises uses `interruptible_at` under the mailbox's lock, and a thread does not leave an interruptible wait before
//!    that is over: `pending` or `is_looked_at` tells it. So the address is that of a wait queue of ours, in which only
//!    waiters of ours can be, and `waits_in` and `era` are those of this wait.
//! 5. What is meant for the task that the thread is in the middle of is not kept here but by who knows [`Tasks`]: here is
//!    only whom to wake.
//!
//! # Who may touch what
//!
//! `shields`, `interruptible_at`, `waits_in`, `era` and the `waiting_*` fields are written by the record's own thread only; the
//! others are shared. The mailbox's lock is held for a few instructions, and while the thread is woken from an interruptible wait.
//!
//! # Memory ordering
//!
//! `pending` (or `is_looked_at`, or the mark of a task) and `interruptible_at` form the store-then-load pair of invariant 4
//! of the wait queue and are therefore sequentially consistent. All else is `Relaxed`: it is either a thread's own, or a snapshot for a human reader.

mod foreign;
mod slot;
mod tasks;

use std::cell::Cell;
use std::fmt::{self, Write};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::AtomicU64 as ProcessWide; // also in models, whose executions pass
use std::time::{Duration, Instant};

use once_cell::sync::{Lazy, OnceCell as SyncOnceCell};
use smol_str::SmolStr;

use self::foreign::Resident;
pub use self::foreign::foreign;
pub(crate) use self::tasks::tasks;
pub use self::tasks::{InTask, Tasks, set_tasks};
use crate::exception::Exception;
use crate::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use crate::sync::{IS_MODEL, Mutex};
use crate::wait_queue::{self, Key, WaitKind};

/// Where a thread comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It is the one that runs `main`.
    Main,
    /// `threading` started it.
    Started,
    /// Somebody else started it.
    Foreign,
}

/// A thread's name: given, or made when somebody asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ThreadName {
    /// A name somebody chose.
    Given(SmolStr),
    /// Python's automatic name, `Thread-3 (download)`.
    Numbered {
        /// What comes before the number, with its hyphen.
        prefix: &'static str,
        /// The number, from [`ThreadName::next_number`].
        number: u64,
        /// What the thread runs, as far as Rust knows its name.
        target: Option<&'static str>,
    },
}

impl ThreadName {
    /// The next number of the process-wide counter, from 1.
    pub fn next_number() -> u64 {
        static LAST: ProcessWide = ProcessWide::new(0);
        // ORDERING: Relaxed, only the number itself must be unique.
        LAST.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl fmt::Display for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(name) => f.write_str(name),
            Self::Numbered {
                prefix,
                number,
                target: None,
            } => write!(f, "{prefix}{number}"),
            Self::Numbered {
                prefix,
                number,
                target: Some(target),
            } => write!(f, "{prefix}{number} ({target})"),
        }
    }
}

/// Counts bytes instead of keeping them.
struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// What a sleeping thread waits for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Waiting {
    /// The kind of thing.
    pub kind: WaitKind,
    /// The address of its wait queue, never to be followed: the thing may be gone.
    pub address: usize,
    /// How long the thread has waited.
    pub elapsed: Duration,
}

/// What is known of one thread. See the [module](self).
pub struct ThreadRecord {
    ident: NonZeroU64,
    origin: Origin,
    native_id: SyncOnceCell<u64>,
    name: Mutex<ThreadName>,
    task: Mutex<Option<Arc<str>>>,
    mailbox: Mutex<Mailbox>,
    pending: AtomicBool,
    is_looked_at: AtomicBool,
    shields: AtomicU32,
    interruptible_at: AtomicUsize,
    /// The task in whose midst the thread is in an interruptible wait, or 0.
    waits_in: AtomicUsize,
    era: AtomicU32,
    waiting_at: AtomicUsize,
    waiting_kind: AtomicU8,
    waiting_since: AtomicU64,
}

#[derive(Default)]
struct Mailbox {
    /// How many frames of the thread would catch what is raised in it.
    catchers: u32,
    exception: Option<Exception>,
    /// It has ended a wait, so it is on its way out and cannot be taken back.
    is_accepted: bool,
}

impl ThreadRecord {
    /// The record of a thread that is going to be started, open to interrupts.
    pub fn of_started(name: ThreadName) -> Arc<Self> {
        Self::new(next_ident(), Origin::Started, name, 1)
    }

    fn of_current() -> Arc<Self> {
        if is_main_thread() {
            return main();
        }
        let name = ThreadName::Numbered {
            prefix: "Dummy-",
            number: ThreadName::next_number(),
            target: None,
        };
        let record = Self::new(current_ident(), Origin::Foreign, name, 0);
        record.set_native_id();
        record
    }

    fn new(ident: NonZeroU64, origin: Origin, name: ThreadName, catchers: u32) -> Arc<Self> {
        let record = Self {
            ident,
            origin,
            native_id: SyncOnceCell::new(),
            name: Mutex::new(name),
            task: Mutex::new(None),
            mailbox: Mutex::new(Mailbox {
                catchers,
                exception: None,
                is_accepted: false,
            }),
            pending: AtomicBool::new(false),
            is_looked_at: AtomicBool::new(false),
            shields: AtomicU32::new(0),
            interruptible_at: AtomicUsize::new(0),
            waits_in: AtomicUsize::new(0),
            era: AtomicU32::new(0),
            waiting_at: AtomicUsize::new(0),
            waiting_kind: AtomicU8::new(0),
            waiting_since: AtomicU64::new(0),
        };
        if IS_MODEL {
            // loom wants them made before another thread can touch them.
            let shared = (&record.is_looked_at, &record.waits_in, &record.era);
            let _looked_at = format!("{shared:?} {:?}", record.interruptible_at);
        }
        Arc::new(record)
    }

    /// The thread's number in this process: never 0, never used twice.
    pub fn ident(&self) -> NonZeroU64 {
        self.ident
    }

    /// Where the thread comes from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The system's number of the thread, once the thread has run.
    pub fn native_id(&self) -> Option<u64> {
        self.native_id.get().copied()
    }

    /// The thread's name.
    pub fn name(&self) -> String {
        // `to_string` would grow it several times.
        let mut name = String::with_capacity(48);
        let _infallible = write!(name, "{}", *self.name.lock());
        name
    }

    /// The thread's name, in a string that has room for the NUL that systems want at its end.
    pub fn name_for_system(&self) -> String {
        let name = self.name.lock();
        if let ThreadName::Given(name) = &*name {
            let mut text = String::with_capacity(name.len() + 1);
            text.push_str(name);
            return text;
        }
        let mut length = Length(1);
        let _infallible = write!(length, "{name}");
        let mut text = String::with_capacity(length.0);
        let _infallible = write!(text, "{name}");
        text
    }

    /// Gives the thread another name.
    pub fn set_name(&self, name: &str) {
        let name = ThreadName::Given(name.into());
        let _old = std::mem::replace(&mut *self.name.lock(), name);
    }

    /// The name of the innermost named task that the thread is in the middle of.
    pub fn task_name(&self) -> Option<Arc<str>> {
        self.task.lock().clone()
    }

    /// The thread begins a named task, or ends it and is back in the one before; returns the name until now.
    pub fn set_task_name(&self, name: Option<Arc<str>>) -> Option<Arc<str>> {
        std::mem::replace(&mut *self.task.lock(), name)
    }

    /// Marks the thread with `exception` and wakes it if it sleeps in an interruptible wait.
    ///
    /// A mark that has not been delivered yet is replaced. Returns `false`, and marks nothing, if no frame of the thread
    /// would catch it.
    pub fn raise(&self, exception: Exception) -> bool {
        let replaced = {
            let mut mailbox = self.mailbox.lock();
            if mailbox.catchers == 0 {
                return false;
            }
            let replaced = mailbox.exception.replace(exception);
            // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `begin_wait` and `end_wait`.
            self.pending.store(true, Ordering::SeqCst);
            let address = self.interruptible_at.load(Ordering::SeqCst);
            if address != 0 {
                // By invariant 4 the thread is still in that wait, so the address is what it was.
                mailbox.is_accepted |= wait_queue::interrupt(Key::from_address(address), self);
            }
            replaced
        };
        drop(replaced);
        true
    }

    /// Wakes the thread if it sleeps in an interruptible wait in the middle of a task that is meant: one that has been marked
    /// before, and is still. `is_meant` is given the task and its era, and asks an atomic for the mark: until it has answered, and
    /// the thread is woken, the thread does not get out of its wait and takes no mark away.
    pub fn wake_in_task(&self, is_meant: impl FnOnce(usize, u32) -> bool) {
        let _mailbox = self.mailbox.lock();
        // ORDERING: SeqCst store, then SeqCst loads; pairs with the opposite order in `end_wait`. That of the mark and the
        // load of the address pair with the opposite order in `begin_wait`.
        self.is_looked_at.store(true, Ordering::SeqCst);
        let task = self.waits_in.load(Ordering::SeqCst);
        if task != 0 {
            // The wait is the one that began with this task, or it is over and nobody is asleep.
            let address = self.interruptible_at.load(Ordering::SeqCst);
            // ORDERING: Relaxed, written before the task.
            if address != 0 && is_meant(task, self.era.load(Ordering::Relaxed)) {
                // One that is not there any more has been selected, and finds the mark at its next wait.
                let _is_woken = wait_queue::interrupt(Key::from_address(address), self);
            }
        }
        // ORDERING: Release, the address is not used any more.
        self.is_looked_at.store(false, Ordering::Release);
    }

    /// Takes back an interrupt that has neither been delivered nor ended a wait.
    pub fn cancel_raise(&self) -> Option<Exception> {
        let mut mailbox = self.mailbox.lock();
        if mailbox.is_accepted {
            return None;
        }
        self.take(&mut mailbox)
    }

    /// Takes an interrupt in order to deliver it in the current thread, whose record this must be.
    pub(crate) fn take_raised(&self) -> Option<Exception> {
        self.take(&mut self.mailbox.lock())
    }

    /// The current thread has been kept from waiting by an interrupt, which from now on cannot be taken back; `false` if
    /// it has been already.
    pub(crate) fn accept_raised(&self) -> bool {
        let mut mailbox = self.mailbox.lock();
        mailbox.is_accepted = mailbox.exception.is_some();
        mailbox.is_accepted
    }

    /// Whether an interrupt is waiting to be delivered.
    #[inline]
    pub fn has_pending(&self) -> bool {
        // ORDERING: Relaxed, `take_raised` looks again under the lock.
        self.pending.load(Ordering::Relaxed)
    }

    /// Whether the thread sleeps in a wait that an interrupt ends.
    fn is_interruptible(&self) -> bool {
        // ORDERING: Relaxed, a snapshot for human readers.
        self.interruptible_at.load(Ordering::Relaxed) != 0
    }

    /// Whether the thread, which must be the current one, may be interrupted now.
    pub fn is_open_to_interrupts(&self) -> bool {
        // ORDERING: Relaxed, written by this thread only.
        self.shields.load(Ordering::Relaxed) == 0 && !std::thread::panicking()
    }

    /// One frame more, or fewer, of the current thread holds interrupts back.
    pub(crate) fn shield(&self, more: bool) {
        let change = if more { 1 } else { u32::MAX };
        // ORDERING: Relaxed, written by this thread only.
        self.shields.fetch_add(change, Ordering::Relaxed);
    }

    /// One frame more would catch what is raised.
    pub(crate) fn add_catcher(&self) {
        self.mailbox.lock().catchers += 1;
    }

    /// One frame fewer would catch what is raised; with the last one, what was not delivered is dropped.
    pub fn remove_catcher(&self) {
        let undelivered = {
            let mut mailbox = self.mailbox.lock();
            mailbox.catchers -= 1;
            if mailbox.catchers == 0 {
                self.take(&mut mailbox)
            } else {
                None
            }
        };
        drop(undelivered);
    }

    fn take(&self, mailbox: &mut Mailbox) -> Option<Exception> {
        // ORDERING: Relaxed, under the mailbox's lock.
        self.pending.store(false, Ordering::Relaxed);
        mailbox.is_accepted = false;
        mailbox.exception.take()
    }

    /// Notes the system's number of the thread, which must be the current one.
    fn set_native_id(&self) {
        self.native_id.get_or_init(native_id);
    }

    /// Announces that the current thread is about to sleep; `false` if an interrupt stands against it.
    ///
    /// Runs under the lock of the queue `key`.
    pub(crate) fn begin_wait(
        &self,
        key: Key,
        kind: WaitKind,
        interruptible: bool,
        task: Option<&InTask>,
    ) -> bool {
        // ORDERING: Relaxed, for human readers; the address goes last, since it says that the others are valid.
        self.waiting_kind.store(kind as u8, Ordering::Relaxed);
        self.waiting_at.store(key.address(), Ordering::Relaxed);
        if !interruptible {
            return true;
        }
        if let Some(task) = task {
            // ORDERING: Relaxed, the task goes after it; SeqCst, see `end_wait`.
            self.era.store(task.era, Ordering::Relaxed);
            self.waits_in.store(task.number, Ordering::SeqCst);
        }
        // ORDERING: SeqCst store, then SeqCst load; pairs with the opposite order in `raise`, and with that of a mark and
        // the load in `wake_in_task`.
        self.interruptible_at.store(key.address(), Ordering::SeqCst);
        let stands_against = self.pending.load(Ordering::SeqCst)
            || (task.is_some() && tasks().is_some_and(Tasks::is_interrupted));
        !stands_against
    }

    /// Notes when a wait begins, before its queue is locked.
    pub(crate) fn note_wait(&self) {
        let nanos = u64::try_from(ORIGIN_OF_TIME.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // ORDERING: Relaxed, for human readers.
        self.waiting_since.store(nanos, Ordering::Relaxed);
    }

    /// The current thread is awake again.
    pub(crate) fn end_wait(&self, interruptible: bool, in_task: bool) {
        // ORDERING: Relaxed, for human readers.
        self.waiting_at.store(0, Ordering::Relaxed);
        if !interruptible {
            return;
        }
        if in_task {
            // ORDERING: SeqCst, as below: before the look at `is_looked_at`.
            self.waits_in.store(0, Ordering::SeqCst);
        }
        // ORDERING: SeqCst store, then SeqCst loads; pairs with the opposite order in `raise` and `wake_in_task`: who raises
        // either finds no address (or no task) any more, or has said so before this looks.
        self.interruptible_at.store(0, Ordering::SeqCst);
        if self.pending.load(Ordering::SeqCst)
            || (in_task && self.is_looked_at.load(Ordering::SeqCst))
        {
            // Somebody may be using the address: it stays good until they are through (invariant 4).
            drop(self.mailbox.lock());
        }
    }

    /// What the thread waits for at this moment.
    pub fn waiting(&self) -> Option<Waiting> {
        // ORDERING: Relaxed, a snapshot for human readers.
        let address = self.waiting_at.load(Ordering::Relaxed);
        let kind = WaitKind::from_u8(self.waiting_kind.load(Ordering::Relaxed));
        let since = Duration::from_nanos(self.waiting_since.load(Ordering::Relaxed));
        let kind = kind.filter(|_| address != 0)?;
        Some(Waiting {
            kind,
            address,
            elapsed: ORIGIN_OF_TIME.elapsed().saturating_sub(since),
        })
    }
}

impl fmt::Debug for ThreadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadRecord")
            .field("ident", &self.ident)
            .field("name", &self.name())
            .field("waiting", &self.waiting())
            .field("has_pending", &self.has_pending())
            .field("is_interruptible", &self.is_interruptible())
            .finish_non_exhaustive()
    }
}

static ORIGIN_OF_TIME: Lazy<Instant> = Lazy::new(Instant::now);

/// The record of the current thread.
///
/// While the thread's locals are being destroyed it is a new one each time, with the same ident; main keeps its own.
pub fn current() -> Arc<ThreadRecord> {
    slot::RECORD
        .try_with(|slot| Arc::clone(&slot.get_or_init(Resident::of_current).record))
        .unwrap_or_else(|_destroyed| ThreadRecord::of_current())
}

/// The record of the thread that runs `main`, which may be asked for by any thread and outlives that thread's locals.
pub fn main() -> Arc<ThreadRecord> {
    static MAIN: SyncOnceCell<Arc<ThreadRecord>> = SyncOnceCell::new();
    let record = MAIN.get_or_init(|| {
        let name = ThreadName::Given("MainThread".into());
        let record = ThreadRecord::new(next_ident(), Origin::Main, name, 0);
        record.native_id.get_or_init(|| {
            if cfg!(target_os = "linux") {
                u64::from(std::process::id())
            } else {
                record.ident.get()
            }
        });
        record
    });
    Arc::clone(record)
}

/// The ident of the current thread.
#[inline]
pub fn current_ident() -> NonZeroU64 {
    NonZeroU64::new(slot::IDENT.with(Cell::get)).unwrap_or_else(new_ident_of_current)
}

#[cold]
fn new_ident_of_current() -> NonZeroU64 {
    let ident = if is_main_thread() {
        main().ident
    } else {
        next_ident()
    };
    slot::IDENT.with(|slot| slot.set(ident.get()));
    ident
}

/// Makes `record` that of the current thread, which must be new.
///
/// # Panics
///
/// If the thread has a record already.
pub fn install(record: Arc<ThreadRecord>) {
    slot::IDENT.with(|slot| slot.set(record.ident.get()));
    record.set_native_id();
    let earlier = slot::RECORD.with(|slot| slot.set(Resident { record }));
    assert!(
        earlier.is_ok(),
        "a thread's record is installed before anything else runs in the thread"
    );
}

fn next_ident() -> NonZeroU64 {
    static LAST: ProcessWide = ProcessWide::new(0);
    // ORDERING: Relaxed, only the number itself must be unique.
    NonZeroU64::MIN.saturating_add(LAST.fetch_add(1, Ordering::Relaxed))
}

fn native_id() -> u64 {
    #[cfg(target_os = "linux")]
    return u64::try_from(rustix::thread::gettid().as_raw_nonzero().get()).unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    return current_ident().get();
}

fn is_main_thread() -> bool {
    if IS_MODEL {
        return false;
    }
    #[cfg(target_os = "linux")]
    return rustix::thread::gettid() == rustix::process::getpid();
    #[cfg(not(target_os = "linux"))]
    return std::thread::current().name() == Some("main");
}

#[cfg(test)]
mod tests;
