//! What the current thread knows of the tables in which it has values: the short way to each, and what to remove at its end.
//!
//! # Who may touch what
//!
//! Everything here belongs to one thread. No user code runs while the map is borrowed: entries own no value (invariant 1
//! of [`local`](super)), and values are dropped after the borrow. While and after the slot is destroyed, values are found
//! in their table, and new ones are not kept, since nobody would remove them; main's are, for exit handlers.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use pythreads_sync_primitives::Exception;

use super::table::Table;
use crate::registry;

std::thread_local! {
    static CACHE: Cache = const { Cache::new() };
}

struct Cache {
    entries: RefCell<Entries>,
}

struct Entries {
    by_table: BTreeMap<u64, Box<dyn Entry>>,
    /// At this size, entries of tables that are gone are thrown out.
    purge_at: usize,
}

/// An entry without its type.
trait Entry {
    fn as_any(&self) -> &dyn Any;
    fn table_is_gone(&self) -> bool;
    /// Drops the current thread's value.
    fn remove_value(&self);
}

struct EntryOf<T> {
    value: Weak<T>,
    table: Weak<Table<T>>,
}

impl<T: 'static> Entry for EntryOf<T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn table_is_gone(&self) -> bool {
        self.table.strong_count() == 0
    }

    fn remove_value(&self) {
        if let Some(table) = self.table.upgrade() {
            drop(table.remove());
        }
    }
}

/// First use in a thread: what is used first is destroyed last.
pub(crate) fn prepare() {
    CACHE.with(|_| ());
}

/// The current thread's value in the table.
pub(super) fn find<T: 'static>(table: &Table<T>) -> Option<Arc<T>> {
    CACHE
        .try_with(|cache| cache.find(table))
        .unwrap_or_else(|_destroyed| table.own())
}

/// Makes `value` the current thread's value in the table.
pub(super) fn put<T: 'static>(table: &Arc<Table<T>>, value: Arc<T>) {
    let entry = EntryOf {
        value: Arc::downgrade(&value),
        table: Arc::downgrade(table),
    };
    let noted = CACHE.try_with(|cache| cache.note(table.id(), Box::new(entry)));
    if noted.is_ok() || registry::is_main() {
        drop(table.insert(value));
    }
}

/// Drops the current thread's value in the table.
pub(super) fn clear<T: 'static>(table: &Table<T>) {
    // A failure means that the slot is destroyed, and its entries with it.
    let forgotten = CACHE.try_with(|cache| cache.entries.borrow_mut().by_table.remove(&table.id()));
    drop(forgotten);
    drop(table.remove());
}

impl Cache {
    const fn new() -> Self {
        Self {
            entries: RefCell::new(Entries {
                by_table: BTreeMap::new(),
                purge_at: 32,
            }),
        }
    }

    fn find<T: 'static>(&self, table: &Table<T>) -> Option<Arc<T>> {
        let entries = self.entries.borrow();
        let entry = entries.by_table.get(&table.id())?;
        let entry: &EntryOf<T> = entry.as_any().downcast_ref()?;
        entry.value.upgrade()
    }

    fn note(&self, table: u64, entry: Box<dyn Entry>) {
        let mut entries = self.entries.borrow_mut();
        if entries.by_table.len() >= entries.purge_at {
            entries.by_table.retain(|_, entry| !entry.table_is_gone());
            entries.purge_at = 2 * entries.by_table.len().max(16);
        }
        entries.by_table.insert(table, entry);
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if registry::is_main() {
            return;
        }
        let entries = std::mem::take(&mut self.entries.get_mut().by_table);
        for entry in entries.into_values() {
            // A panic that left a thread-local's destructor would abort the process.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| entry.remove_value())) {
                drop(Exception::from_panic(payload));
            }
        }
    }
}
