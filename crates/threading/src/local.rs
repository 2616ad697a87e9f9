//! `Local`: Python's `threading.local`, a value of its own for each thread.
//!
//! # Invariants
//!
//! 1. The table of a `Local` alone keeps its values alive; a thread's cache only knows the way to them. So all values die
//!    with the `Local`, and a thread's value with the thread.
//! 2. A table's entry for a thread is made by that thread, and removed by it or with the table.
//! 3. Destructors of values run outside all locks and while the cache is not borrowed.
//!
//! # Lock order
//!
//! A table's lock is a leaf; no user code runs under it.

mod cache;
mod held;
pub(crate) mod table;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use once_cell::sync::OnceCell;

pub(crate) use self::cache::prepare;
use self::table::Table;

/// A variable of which each thread has a value of its own, made when the thread first looks.
///
/// It is usually a `static`. A value is changed as a whole by [`set`](Local::set), or in place if it is a `Cell`,
/// `RefCell` or the like.
///
/// A thread's value is dropped when the thread ends, all values are dropped with the `Local` itself. In a thread that
/// `threading` has started, values can still be read by destructors of other thread-locals; main's stay until the
/// process is gone.
///
/// # Panics
///
/// What `init` panics with reaches the code that looked; the next look tries again.
///
/// # Differences from Python
///
/// It holds one value, not attributes; put a struct into it. There is always a value to be read, since each thread makes
/// its own by `init`, which is also where a subclass's `__init__` goes.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Local, spawn};
/// use std::cell::RefCell;
///
/// static DEPTH: Local<u32> = Local::new(|| 0);
/// static LOG: Local<RefCell<Vec<&str>>> = Local::new(|| RefCell::new(Vec::new()));
///
/// DEPTH.set(3);
/// LOG.with(|log| log.borrow_mut().push("here"));
///
/// spawn(|| {
///     assert_eq!(DEPTH.get(), 0);
///     LOG.with(|log| assert!(log.borrow().is_empty()));
/// })
/// .join()
/// .unwrap();
///
/// assert_eq!(DEPTH.get(), 3);
/// ```
#[doc(alias = "local")]
pub struct Local<T: 'static, F = fn() -> T> {
    init: F,
    table: OnceCell<Arc<Table<T>>>,
}

impl<T, F> UnwindSafe for Local<T, F> {}
impl<T, F> RefUnwindSafe for Local<T, F> {}

impl<T: Send, F: Fn() -> T> Local<T, F> {
    /// A variable whose values `init` makes.
    pub const fn new(init: F) -> Self {
        Self {
            init,
            table: OnceCell::new(),
        }
    }

    /// Looks at the current thread's value.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.own())
    }

    /// A copy of the current thread's value.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Gives the current thread another value. A [`with`](Self::with) that is going on keeps looking at the old one.
    pub fn set(&self, value: T) {
        cache::put(self.table(), Arc::new(value));
    }

    /// Drops the current thread's value; the next look makes a new one.
    pub fn clear(&self) {
        cache::clear(self.table());
    }

    /// The values of all threads that are alive and have one.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_threading::{Local, scope};
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// static REQUESTS: Local<AtomicU64> = Local::new(AtomicU64::default);
    ///
    /// fn handle_one() {
    ///     REQUESTS.with(|count| count.fetch_add(1, Ordering::Relaxed)); // shared with nobody: cheap
    /// }
    ///
    /// handle_one();
    /// let total: u64 = REQUESTS.snapshot().iter().map(|n| n.load(Ordering::Relaxed)).sum();
    /// assert_eq!(total, 1);
    /// ```
    pub fn snapshot(&self) -> Vec<Arc<T>>
    where
        T: Sync,
    {
        self.table().snapshot()
    }

    fn own(&self) -> Arc<T> {
        let table = self.table();
        if let Some(value) = cache::find(table) {
            return value;
        }
        let value = Arc::new((self.init)());
        cache::put(table, Arc::clone(&value));
        value
    }

    fn table(&self) -> &Arc<Table<T>> {
        self.table.get_or_init(Table::new)
    }
}

impl<T, F> fmt::Debug for Local<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Local(..)")
    }
}
