//! What goes on with a future's result: `then`, `map`, `and_then`, `on_done`.

use pythreads_sync_primitives::{Exception, IntoException};

use super::Future;

/// # Continuations
///
/// They run in the thread that ends the task, after its callbacks, or here and now if it is done. They wait for nobody, and
/// a chain of any length runs in a loop, one after another. A cancel of the new future cancels that one alone; the task
/// goes on. A worker that waits for the new future runs the task that the chain begins with, if nobody has started it.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::new(2);
/// let number = executor.submit(|| String::from("42"));
/// let doubled = number.and_then(|text| text.parse::<u32>()).map(|number| 2 * number);
/// assert_eq!(doubled.result().unwrap(), 84);
/// ```
impl<T: Send + 'static> Future<T> {
    /// Goes on with the outcome, whatever it is: the future of what `f` returns.
    pub fn then<U: Send + 'static>(
        self,
        f: impl FnOnce(Result<T, Exception>) -> U + Send + 'static,
    ) -> Future<U> {
        Future::new(self.handle.then(|outcome| Ok(f(outcome))))
    }

    /// Goes on with the value; a failure is handed on as it is.
    pub fn map<U: Send + 'static>(self, f: impl FnOnce(T) -> U + Send + 'static) -> Future<U> {
        Future::new(self.handle.then(|outcome| outcome.map(f)))
    }

    /// Goes on with the value by a function that may fail: its `Err` becomes the exception of the new future. A failure is
    /// handed on as it is.
    pub fn and_then<U: Send + 'static, E: IntoException>(
        self,
        f: impl FnOnce(T) -> Result<U, E> + Send + 'static,
    ) -> Future<U> {
        let f = |value| f(value).map_err(E::into_exception);
        Future::new(self.handle.then(|outcome| outcome.and_then(f)))
    }

    /// Calls `f` with the outcome, which nobody else will get. A panic of it is logged, as that of a
    /// [done callback](Self::add_done_callback).
    pub fn on_done(self, f: impl FnOnce(Result<T, Exception>) + Send + 'static) {
        self.handle.on_done(f);
    }
}
