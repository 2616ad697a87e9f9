//! The values of one `Local`, by thread.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::thread_record::current_ident;

use super::held::Held;

pub(crate) struct Table<T> {
    /// Never used again for another table.
    id: u64,
    values: Mutex<BTreeMap<NonZeroU64, Held<T>>>,
}

impl<T> Table<T> {
    pub(crate) fn new() -> Arc<Self> {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        Arc::new(Self {
            // ORDERING: Relaxed, only the number itself must be unique.
            id: LAST_ID.fetch_add(1, Ordering::Relaxed),
            values: Mutex::new(BTreeMap::new()),
        })
    }

    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The current thread's value.
    pub(crate) fn own(&self) -> Option<Arc<T>> {
        self.values.lock().get(&current_ident()).and_then(Held::own)
    }

    /// Sets the current thread's value and returns the one before.
    #[must_use = "its drop is user code"]
    pub(crate) fn insert(&self, value: Arc<T>) -> Option<Held<T>> {
        let held = Held::of_current(value);
        self.values.lock().insert(current_ident(), held)
    }

    /// Removes the current thread's value and returns it.
    #[must_use = "its drop is user code"]
    pub(crate) fn remove(&self) -> Option<Held<T>> {
        self.values.lock().remove(&current_ident())
    }

    pub(crate) fn snapshot(&self) -> Vec<Arc<T>>
    where
        T: Sync,
    {
        self.values.lock().values().map(Held::shared).collect()
    }
}
