//! Threads that borrow from the stack of the one that starts them.
//!
//! How it is made sure that they have ended when [`scope`] returns, [`tally`] says.

mod erased;
pub(crate) mod tally;

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::WaitKind;
use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind, TimeoutError, thread_record};

use self::tally::{Body, Joinable, Tally};
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
/// With the panic of `f`. Else, if a thread failed that nobody has joined, or a [hook](crate::add_thread_hook) kept it from
/// running; not if what it ran ended by [`exit`](crate::exit).
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
    let failure = scope.tally.wait_for_threads(lose_current_thread);
    let result = outcome.unwrap_or_else(|payload| resume_unwind(payload));
    match failure {
        None => result,
        Some((name, exception)) => panic!("thread '{name}' of the scope failed: {exception}"),
    }
}

/// Where [`scope`]'s threads are started.
pub struct Scope<'scope, 'env: 'scope> {
    tally: Arc<Tally<Thread>>,
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
        let running = self.tally.running();
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
        let body = ScopedBody::lend(&scope.tally, borrowing);
        let thread = self.unstarted(target_of::<F>, move || body.run());
        thread.start_or_discard()?;
        scope.tally.add(thread.clone());
        Ok(ScopedJoinHandle {
            thread,
            result,
            tally: Arc::clone(&scope.tally),
            lifetime: PhantomData,
        })
    }
}

/// What a thread of a scope runs. The fields are dropped in this order: the scope must not return before it is told.
struct ScopedBody {
    not_run: NotRun,
    body: Body<Thread>,
}

impl ScopedBody {
    fn lend(tally: &Arc<Tally<Thread>>, body: Box<dyn FnOnce() + Send + '_>) -> Self {
        Self {
            not_run: NotRun {
                tally: Some(Arc::clone(tally)),
                lender: thread_record::current_ident(),
            },
            body: Body::lend(tally, body),
        }
    }

    /// In the new thread.
    fn run(mut self) {
        self.not_run.tally = None;
        self.body.run();
    }
}

/// Tells the scope of a started thread that ends without having run its body.
struct NotRun {
    /// `None` once the body is run.
    tally: Option<Arc<Tally<Thread>>>,
    /// It drops the body of a thread that was not started.
    lender: NonZeroU64,
}

impl Drop for NotRun {
    fn drop(&mut self) {
        if let Some(tally) = &self.tally
            && thread_record::current_ident() != self.lender
        {
            let why = "a thread hook kept it from running";
            tally.note_failure(Exception::of_kind(ExceptionKind::Error, why));
        }
    }
}

/// A started thread of a [`scope`]. Dropping it lets the thread go on; the scope waits for it.
pub struct ScopedJoinHandle<'scope, T> {
    thread: Thread,
    /// Filled by the thread's body; only this handle takes it out.
    result: Arc<Mutex<Option<T>>>,
    tally: Arc<Tally<Thread>>,
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
            self.tally.forgive(self.thread.ident());
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

impl Joinable for Thread {
    fn has_ended(&self) -> bool {
        !self.is_alive()
    }

    fn wait_for_end(self) {
        let _how_it_ended = self.join_shielded(WaitKind::Pool);
    }
}

#[cfg(test)]
mod tests;
