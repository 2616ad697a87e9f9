//! What model checkers look at: the protocols under unsafe code, over the checker's threads instead of the system's.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use pythreads_sync_primitives::Event;
use pythreads_sync_primitives::sync::model::thread;

use crate::exit::at_once;
use crate::local::table;
use crate::scope::tally::{Body, Joinable, Tally};

/// As [`scope`](crate::scope()), over the checker's threads. `lose_caller` is called if a thread has ended the program.
pub fn scope<'env, R>(f: impl FnOnce(&Scope<'env>) -> R, lose_caller: impl FnOnce()) -> R {
    let scope = Scope {
        tally: Arc::default(),
        around: PhantomData,
    };
    let result = f(&scope);
    let failure = scope.tally.wait_for_threads(lose_caller);
    assert!(failure.is_none(), "no body of a scenario fails");
    result
}

/// Where a scenario starts threads that borrow.
#[derive(Debug)]
pub struct Scope<'env> {
    tally: Arc<Tally<Gone>>,
    around: PhantomData<&'env mut &'env ()>,
}

impl Clone for Scope<'_> {
    fn clone(&self) -> Self {
        Self {
            tally: Arc::clone(&self.tally),
            around: PhantomData,
        }
    }
}

impl<'env> Scope<'env> {
    /// Runs `f` in a new thread.
    pub fn spawn(&self, f: impl FnOnce(&Gone) + Send + 'env) {
        let gone = Gone::new();
        let body = Body::lend(&self.tally, {
            let gone = gone.clone();
            Box::new(move || f(&gone))
        });
        thread::spawn({
            let gone = gone.clone();
            move || {
                body.run();
                gone.announce();
            }
        });
        self.tally.add(gone);
    }

    /// The body is dropped, in a thread that is not the scope's.
    pub fn refuse(&self, f: impl FnOnce() + Send + 'env) {
        let body = Body::lend(&self.tally, Box::new(f));
        thread::spawn(move || drop(body));
    }
}

/// A thread that has ended, or is not to be waited for.
#[derive(Clone, Debug)]
pub struct Gone(Arc<Event>);

impl Gone {
    fn new() -> Self {
        let event = Event::new();
        let _looked_at = event.is_set();
        Self(Arc::new(event))
    }

    /// Of the thread that ends the program.
    pub fn announce(&self) {
        self.0.set();
    }
}

impl Joinable for Gone {
    fn has_ended(&self) -> bool {
        self.0.is_set()
    }

    fn wait_for_end(self) {
        self.0.wait();
    }
}

/// The values of a `Local`, by thread.
pub struct Table<T>(Arc<table::Table<T>>);

impl<T> Table<T> {
    /// Without a value.
    pub fn new() -> Self {
        Self(table::Table::new())
    }

    /// What a thread knows of it.
    pub fn downgrade(&self) -> WeakTable<T> {
        WeakTable(Arc::downgrade(&self.0))
    }

    /// Gives the current thread a value.
    pub fn put(&self, value: Arc<T>) {
        drop(self.0.insert(value));
    }

    /// The current thread's value.
    pub fn own(&self) -> Option<Arc<T>> {
        self.0.own()
    }

    /// The values of all threads.
    pub fn snapshot(&self) -> Vec<Arc<T>>
    where
        T: Sync,
    {
        self.0.snapshot()
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Table(..)")
    }
}

/// A table that may be gone.
pub struct WeakTable<T>(Weak<table::Table<T>>);

impl<T> WeakTable<T> {
    /// The current thread ends: its value is dropped, unless it went with the table.
    pub fn end_thread(&self) {
        if let Some(table) = self.0.upgrade() {
            drop(table.remove());
        }
    }
}

impl<T> fmt::Debug for WeakTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakTable(..)")
    }
}

/// An exit at once that meets the exit handler.
#[derive(Debug)]
pub struct AtOnce(at_once::AtOnce);

impl AtOnce {
    /// Neither has happened.
    pub const fn new() -> Self {
        Self(at_once::AtOnce::new())
    }

    /// Whether the handler is to wait for threads.
    pub fn handler_goes_on(&self) -> bool {
        self.0.handler_goes_on()
    }

    /// Whether who asks is to end the process by itself.
    pub fn asker_ends_process(&self) -> bool {
        self.0.asker_ends_process()
    }
}

impl Default for AtOnce {
    fn default() -> Self {
        Self::new()
    }
}
