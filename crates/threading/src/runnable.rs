//! The class-based way: an object that is a thread's work.

use crate::error::StartError;
use crate::join_handle::JoinHandle;
use crate::thread::{Thread, class_of};

/// A thread's work as an object with fields; Python's subclass of `Thread` that overrides `run`.
///
/// # Differences from Python
///
/// The object is not the thread: it is given to one, by [`Thread::from_runnable`], or by [`spawn`](Runnable::spawn), after
/// which joining gives the object back with its fields. There is no base constructor to forget.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Exception, Runnable};
///
/// struct Countdown {
///     n: u32,
/// }
///
/// impl Runnable for Countdown {
///     fn run(&mut self) {
///         while self.n > 0 {
///             self.n -= 1;
///         }
///     }
/// }
///
/// # fn main() -> Result<(), Exception> {
/// let done = Countdown { n: 1_000 }.spawn().join()?;
/// assert_eq!(done.n, 0);
/// # Ok(())
/// # }
/// ```
pub trait Runnable: Send + 'static {
    /// What the thread does.
    fn run(&mut self);

    /// Runs it in a new thread; joining gives it back.
    ///
    /// # Panics
    ///
    /// If the system refuses a thread; [`try_spawn`](Runnable::try_spawn) returns that instead.
    #[track_caller]
    fn spawn(self) -> JoinHandle<Self>
    where
        Self: Sized,
    {
        match self.try_spawn() {
            Ok(handle) => handle,
            Err(error) => error.panic(),
        }
    }

    /// Runs it in a new thread; joining gives it back.
    ///
    /// # Errors
    ///
    /// If the system refuses a thread.
    fn try_spawn(mut self) -> Result<JoinHandle<Self>, StartError>
    where
        Self: Sized,
    {
        let body = move || {
            self.run();
            self
        };
        Thread::builder().spawn_for(class_of::<Self>, body)
    }
}
