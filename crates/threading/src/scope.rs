//! Threads that borrow from the stack of the one that starts them.
//!
//! # Invariants
//!
//! 1. `running` counts the scope's bodies that exist: each goes up before its thread can start, and down after the body
//!    has been run or dropped. So at zero nothing is left that borrows.
//! 2. `scope` does not return, nor unwind, before `running` is zero. The wait has no deadline and no interrupt ends it.
//! 3. After it has gone down, a thread touches nothing of the scope but the tally, which it shares.
//! 4. A thread is in `threads` before the body that started it is over. The scope joins all in it, and only a thread that
//!    ends the program leaves its body existing then: it may still borrow, so the caller cannot go on and is lost, too.
//!
//! # Lock order
//!
//! Under the tally's lock only the state of a thread is looked at, whose lock is a leaf; no user code runs under it.

mod erased;

use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitKind};
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, TimeoutError};

use crate::error::StartError;
use crate::exit::lose_current_thread;
use crate::thread::{Thread, ThreadBuilder, target_of};

/// Runs `f`, which may start threads that borrow from the caller's stack, and waits until they have ended.
///
/// # Blocking and timeouts
///
/// Waits without limit, also when `f` panics: each thread is [joined](Thread::join). Interrupts are held back while it waits.
/// It does not return if one of the threads [ends the program](crate::shutdown).
///
/// # Panics
///
/// With the panic of `f`. Else, if a thread failed that nobody has joined; not if it ended by [`exit`](crate::exit).
///
/// # Differences from Python
///
/// There is nothing like it in Python, where everything is shared.
///
/// # Examples
///
/// ```
/// use pythreads_threading::scope;
///
/// let words = vec!["quick", "brown", "fox"];
/// let (longest, letters) = scope(|s| {
///     let longest = s.spawn(|| words.iter().copied().max_by_key(|word| word.len()));
///     let letters: usize = words.iter().map(|word| word.len()).sum();
///     (longest.join().unwrap(), letters)
/// });
/// assert_eq!((longest, letters), (Some("brown"), 13));
/// ```
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope {
        tally: Arc::default(),
        lifetime: PhantomData,
        around: PhantomData,
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let failure = scope.tally.wait_for_threads();
    let result = outcome.unwrap_or_else(|payload| resume_unwind(payload));
    match failure {
        None => result,
        Some((name, exception)) => panic!("thread '{name}' of the scope failed: {exception}"),
    }
}

/// Where [`scope`]'s threads are started.
pub struct Scope<'scope, 'env: 'scope> {
    tally: Arc<Tally>,
    /// Invariant, as in std: `'scope` must neither shrink nor grow.
    lifetime: PhantomData<&'scope mut &'scope ()>,
    around: PhantomData<&'env mut &'env ()>,
}

impl UnwindSafe for Scope<'_, '_> {}
impl RefUnwindSafe for Scope<'_, '_> {}

impl<'scope> Scope<'scope, '_> {
    /// Runs `f` in a new thread, at once. `f` may borrow what outlives the scope, and start more threads.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread; [`ThreadBuilder::spawn_scoped`] returns that.
    #[track_caller]
    pub fn spawn<T, F>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        match Thread::builder().spawn_scoped(self, f) {
            Ok(handle) => handle,
            Err(error) => error.panic(),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.tally.state.lock().running;
        f.debug_struct("Scope").field("running", &running).finish()
    }
}

impl ThreadBuilder {
    /// Runs `f` in a new thread of the scope, at once.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::{Thread, scope};
    ///
    /// let data = [1, 2, 3];
    /// scope(|s| {
    ///     let sum = Thread::builder().name("summer").spawn_scoped(s, || data.iter().sum::<i32>())?;
    ///     assert_eq!(sum.join()?, 6);
    ///     Ok::<(), Box<dyn std::error::Error>>(())
    /// })
    /// # .unwrap();
    /// ```
    pub fn spawn_scoped<'scope, T, F>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> Result<ScopedJoinHandle<'scope, T>, StartError>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        let borrowing = Box::new(move || {
            let value = f();
            *slot.lock() = Some(value);
        });
        let running = Running::enter(&scope.tally);
        let body = ScopedBody {
            // By invariants 1 and 2 it is gone before what it borrows.
            body: erased::erase(borrowing),
            running,
        };
        let thread = self.unstarted(target_of::<F>, move || body.run());
        if let Err(refused) = thread.try_start() {
            thread.discard_body();
            return Err(refused);
        }
        scope.tally.add(thread.clone());
        Ok(ScopedJoinHandle {
            thread,
            result,
            tally: Arc::clone(&scope.tally),
            lifetime: PhantomData,
        })
    }
}

/// A started thread of a [`scope`]. Dropping it lets the thread go on; the scope waits for it.
pub struct ScopedJoinHandle<'scope, T> {
    thread: Thread,
    /// Filled by the thread's body; only this handle takes it out.
    result: Arc<Mutex<Option<T>>>,
    tally: Arc<Tally>,
    lifetime: PhantomData<&'scope ()>,
}

impl<T> UnwindSafe for ScopedJoinHandle<'_, T> {}
impl<T> RefUnwindSafe for ScopedJoinHandle<'_, T> {}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits until the thread has ended and returns its result.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits without limit. An interruption point, if it has to wait.
    ///
    /// # Errors
    ///
    /// Why the thread ended without a result; it is then no failure of the scope any more.
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    #[track_caller]
    pub fn join(self) -> Result<T, Exception> {
        let outcome = self.thread.join();
        self.finish(outcome)
    }

    /// As [`join`](Self::join), waiting at most `timeout`.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out, and the handle comes back. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    #[track_caller]
    pub fn join_timeout(
        self,
        timeout: Duration,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.join_until(Deadline::after(timeout))
    }

    /// As [`join`](Self::join), waiting until `deadline` at the latest.
    ///
    /// # Errors
    ///
    /// Outside: the time ran out, and the handle comes back. Inside: as for [`join`](Self::join).
    ///
    /// # Panics
    ///
    /// If a thread joins itself.
    #[track_caller]
    pub fn join_deadline(
        self,
        deadline: Instant,
    ) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        self.join_until(deadline.into())
    }

    #[track_caller]
    fn join_until(self, deadline: Deadline) -> Result<Result<T, Exception>, TimeoutError<Self>> {
        match self.thread.join_until(deadline) {
            None => Err(TimeoutError::new(self)),
            Some(outcome) => Ok(self.finish(outcome)),
        }
    }

    fn finish(&self, outcome: Result<(), Exception>) -> Result<T, Exception> {
        if let Err(exception) = outcome {
            self.tally.forgive(&self.thread);
            return Err(exception);
        }
        let result = self.result.lock().take();
        Ok(result.expect("a thread that ended well has left its result"))
    }

    /// Whether the thread has not ended yet.
    pub fn is_alive(&self) -> bool {
        self.thread.is_alive()
    }

    /// The thread: its name, ident and so on.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedJoinHandle")
            .field(&self.thread)
            .finish()
    }
}

/// What a thread of a scope runs. The fields are dropped in this order: what borrows, then the count (invariant 1).
struct ScopedBody {
    body: erased::Body,
    running: Running,
}

impl ScopedBody {
    fn run(self) {
        let Self { body, running } = self;
        let outcome = catch_unwind(AssertUnwindSafe(body));
        match outcome.map_err(Exception::from_panic) {
            Ok(()) => drop(running),
            Err(exception) => {
                running.leave_with(exception.clone());
                exception.resume();
            }
        }
    }
}

/// What the threads of a scope share with it.
#[derive(Default)]
struct Tally {
    state: Mutex<TallyState>,
    /// Announces "`running` is zero" to the scope's caller, if one of the threads ended the program. Guarded by `state`.
    idle: Signal,
}

#[derive(Default)]
struct TallyState {
    running: usize,
    /// Those that the scope has not joined.
    threads: Vec<Thread>,
    /// At how many of them those that have ended are joined.
    sweep_at: usize,
    /// The threads that failed and that nobody has joined.
    failed: Vec<(NonZeroU64, String, Exception)>,
}

impl Tally {
    fn add(&self, thread: Thread) {
        const SWEEP_AT_LEAST: usize = 32;
        let ended: Vec<Thread> = {
            let mut state = self.state.lock();
            let mut ended = Vec::new();
            if state.threads.len() >= state.sweep_at.max(SWEEP_AT_LEAST) {
                ended.extend(state.threads.extract_if(.., |thread| !thread.is_alive()));
                state.sweep_at = 2 * state.threads.len();
            }
            state.threads.push(thread);
            ended
        };
        join(ended);
    }

    /// Returns a thread that failed and that nobody has joined, and why.
    fn wait_for_threads(&self) -> Option<(String, Exception)> {
        let mut is_lost = false;
        loop {
            let threads = mem::take(&mut self.state.lock().threads);
            join(threads);
            let mut state = self.state.lock();
            if !state.threads.is_empty() {
                continue;
            }
            if state.running == 0 {
                let failed = mem::take(&mut state.failed);
                drop(state);
                let mut failed = failed.into_iter();
                return failed.next().map(|(_, name, exception)| (name, exception));
            }
            if is_lost {
                let how = Wait::shielded(WaitKind::Pool, Deadline::Never);
                drop(self.idle.wait(state, how));
            } else {
                is_lost = true;
                drop(state);
                // By invariant 4.
                lose_current_thread();
            }
        }
    }

    fn forgive(&self, thread: &Thread) {
        let ident = thread.ident();
        let forgiven = {
            let mut state = self.state.lock();
            let found = state
                .failed
                .iter()
                .position(|(failed, ..)| *failed == ident);
            found.map(|index| state.failed.remove(index))
        };
        drop(forgiven);
    }
}

fn join(threads: Vec<Thread>) {
    for thread in threads {
        let _how_it_ended = thread.join_shielded(WaitKind::Pool);
    }
}

/// A body that exists.
struct Running {
    tally: Arc<Tally>,
}

impl Running {
    fn enter(tally: &Arc<Tally>) -> Self {
        tally.state.lock().running += 1;
        Self {
            tally: Arc::clone(tally),
        }
    }

    /// In the thread whose body has failed.
    fn leave_with(self, exception: Exception) {
        if exception.kind() != ExceptionKind::Exit {
            let thread = crate::current_thread();
            let failure = (thread.ident(), thread.name(), exception);
            self.tally.state.lock().failed.push(failure);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.tally.state.lock();
        state.running -= 1;
        let idle = state.running == 0;
        drop(state);
        if idle {
            self.tally.idle.notify_one();
        }
    }
}

#[cfg(test)]
mod tests;
