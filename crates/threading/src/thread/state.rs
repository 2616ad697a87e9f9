//! The life of a thread, as a type.
//!
//! # States
//!
//! | state    | means                                                             | leaves by                      |
//! |----------|-------------------------------------------------------------------|--------------------------------|
//! | Initial  | there is no OS thread                                             | `start`                        |
//! | Starting | the system has been asked for an OS thread                        | `begin`, a refusal             |
//! | Started  | the OS thread runs the body, or it is a thread we did not start   | `end`, `stop`                  |
//! | Ended    | the body is over; the thread's locals are being destroyed         | `stop`                         |
//! | Stopped  | nothing of the thread runs any more; its outcome can be read      | never                          |
//!
//! # Invariants
//!
//! 1. Started is entered once, by the new OS thread, which then runs the body. So a refused start can be tried again: the
//!    state is Initial. Where nobody is to try again, it is Stopped at once, so that nobody can in between.
//! 2. Who sees Stopped and takes `os_thread` afterwards waits for the last instructions of the OS thread and no longer.
//!    A thread that stops although it still runs (it ends the process) gives that handle up first.
//!
//! # Lock order
//!
//! `os_thread`, then `state`. No user code runs under either: what is replaced is dropped outside.

use std::io;
use std::mem;
use std::thread::JoinHandle;

use pythreads_sync_primitives::sync::{Mutex, MutexGuard};
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, Glance, check_interrupt};

use crate::error::StartError;

/// How a thread ended.
pub(crate) type Outcome = Result<(), Exception>;

/// Where a thread is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThreadState {
    /// It has not been started.
    Initial,
    /// It has been started and has not ended.
    Started,
    /// It has ended.
    Stopped,
}

pub(crate) struct Life {
    state: Mutex<State>,
    /// Announces "the state is now Stopped" or, after a refusal, "is Initial again". Guarded by `state`; signalled to all
    /// by `stop` and `refuse`.
    changed: Signal,
    /// Locked while the system is being asked, so that who finds it locked finds the handle afterwards.
    os_thread: Mutex<Option<JoinHandle<()>>>,
}

enum State {
    Initial,
    Starting,
    Started,
    Ended(Outcome),
    Stopped(Outcome),
}

/// How a wait for the end of a thread ended.
#[must_use = "the thread may not have ended"]
pub(crate) enum Joined {
    /// It has ended so.
    Stopped(Outcome),
    /// It has not been started, or the system refused it meanwhile.
    NotStarted,
    /// The deadline passed.
    TimedOut,
}

impl Life {
    pub(crate) fn of_unstarted() -> Self {
        Self::new(State::Initial)
    }

    pub(crate) fn of_running() -> Self {
        Self::new(State::Started)
    }

    fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            changed: Signal::new(),
            os_thread: Mutex::new(None),
        }
    }

    pub(crate) fn state(&self) -> ThreadState {
        match *self.state.lock() {
            State::Initial => ThreadState::Initial,
            State::Starting | State::Started | State::Ended(_) => ThreadState::Started,
            State::Stopped(_) => ThreadState::Stopped,
        }
    }

    /// Runs `change`, which must be a few instructions, unless the thread has been started.
    #[must_use]
    pub(crate) fn while_unstarted(&self, change: impl FnOnce()) -> bool {
        let state = self.state.lock();
        let unstarted = matches!(*state, State::Initial);
        if unstarted {
            change();
        }
        unstarted
    }

    /// Asks the system for a thread by `ask`, and if it refuses perhaps `again`.
    pub(crate) fn start(
        &self,
        again: bool,
        ask: impl FnOnce() -> io::Result<JoinHandle<()>>,
    ) -> Result<(), StartError> {
        let mut os_thread = self.os_thread.lock();
        if !self.begin_start() {
            return Err(StartError::already_started());
        }
        match ask() {
            Ok(handle) => {
                *os_thread = Some(handle);
                Ok(())
            }
            Err(error) => {
                drop(os_thread);
                self.refuse(again);
                Err(StartError::refused(error))
            }
        }
    }

    fn begin_start(&self) -> bool {
        self.change(|state| match state {
            State::Initial => (State::Starting, true),
            other => (other, false),
        })
    }

    fn refuse(&self, again: bool) {
        self.change(|state| match state {
            State::Starting if again => (State::Initial, ()),
            State::Starting => (State::Stopped(Ok(())), ()),
            other => (other, ()),
        });
        self.changed.notify_all();
    }

    /// In the new thread: whether it is to run its body.
    #[must_use]
    pub(crate) fn begin(&self) -> bool {
        self.change(|state| match state {
            State::Starting => (State::Started, true),
            other => (other, false),
        })
    }

    /// In the thread: its body is over.
    pub(crate) fn end(&self, outcome: Outcome) {
        let unused = self.change(|state| match state {
            State::Started => (State::Ended(outcome), None),
            other => (other, Some(outcome)),
        });
        drop(unused);
    }

    /// Nothing of the thread will run any more, or it is not to be waited for any more; unless its body is over, its
    /// outcome is what `otherwise` returns.
    pub(crate) fn stop(&self, otherwise: impl FnOnce() -> Outcome) {
        let is_over = matches!(*self.state.lock(), State::Ended(_) | State::Stopped(_));
        if !is_over {
            // By invariant 2; only the thread itself gets it from Started to Ended, and it is busy here.
            drop(self.os_thread.lock().take());
        }
        // The outcome of a thread that is over is there already, and making one costs allocations.
        let otherwise = if is_over { Ok(()) } else { otherwise() };
        let unused = self.change(|state| match state {
            State::Ended(outcome) | State::Stopped(outcome) => {
                (State::Stopped(outcome), Some(otherwise))
            }
            _ => (State::Stopped(otherwise), None),
        });
        drop(unused);
        self.changed.notify_all();
    }

    /// One transition. The closure moves states and drops nothing.
    fn change<R>(&self, transition: impl FnOnce(State) -> (State, R)) -> R {
        let mut state = self.state.lock();
        let (next, result) = transition(mem::replace(&mut *state, State::Started));
        *state = next;
        result
    }

    /// Waits until the thread is Stopped; an interruption point.
    pub(crate) fn join(&self, deadline: Deadline) -> Joined {
        self.join_by(Wait::interruptible(WaitKind::Thread, deadline), deadline)
    }

    /// Waits until the thread is Stopped; no interrupt ends it.
    pub(crate) fn join_shielded(&self, kind: WaitKind) -> Joined {
        let deadline = Deadline::Never;
        self.join_by(Wait::shielded(kind, deadline), deadline)
    }

    fn join_by(&self, how: Wait, deadline: Deadline) -> Joined {
        self.look_around();
        let mut state = self.state.lock();
        loop {
            match &*state {
                State::Stopped(outcome) => {
                    let outcome = outcome.clone();
                    drop(state);
                    self.join_os_thread();
                    return Joined::Stopped(outcome);
                }
                State::Initial => return Joined::NotStarted,
                _ if deadline.has_passed() => return Joined::TimedOut,
                _ => state = self.wait(state, how),
            }
        }
    }

    /// Looks for a moment whether there is anything to wait for: a short-lived thread may need no more than this CPU.
    fn look_around(&self) {
        let glance = Glance::new();
        while self.state() == ThreadState::Started && glance.again() {}
    }

    fn wait<'life>(
        &'life self,
        state: MutexGuard<'life, State>,
        how: Wait,
    ) -> MutexGuard<'life, State> {
        let (state, end) = self.changed.wait(state, how);
        if end != WaitEnd::Interrupted {
            return state;
        }
        drop(state);
        check_interrupt();
        self.state.lock()
    }

    /// The first one waits for the OS thread, the others for the first one.
    fn join_os_thread(&self) {
        let mut os_thread = self.os_thread.lock();
        if let Some(handle) = os_thread.take() {
            // The body's panic has been caught, so this cannot fail.
            let _ = handle.join();
        }
    }
}
