//! The values of a `Local`: each belongs to one thread and dies once.

use std::sync::Arc;

use pythreads_sync_primitives::sync::AccessCheck;
use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};
use pythreads_threading::model::Table;

use crate::engine::{check, join, share, spawn};

/// A value that is not to be used by two threads at a time, and that counts its drop.
struct Value {
    check: AccessCheck,
    drops: Arc<AtomicUsize>,
}

impl Value {
    #[expect(
        clippy::arc_with_non_send_sync,
        reason = "that a table takes such values is what its unsafe code is for"
    )]
    fn new(drops: &Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new(Self {
            check: AccessCheck::new(),
            drops: Arc::clone(drops),
        })
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.check.write();
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

fn counted(drops: &AtomicUsize) -> usize {
    // A look that is never late, and that orders nothing.
    drops.fetch_add(0, Ordering::Relaxed)
}

/// Each thread finds its own value, whoever comes and goes meanwhile.
#[test]
fn each_thread_has_its_own() {
    check(|| {
        let drops = share(AtomicUsize::new(0));
        let table = share(Table::new());
        let threads = [0, 1].map(|_| {
            let (drops, table) = (Arc::clone(&drops), Arc::clone(&table));
            spawn(move || {
                let value = Value::new(&drops);
                table.put(Arc::clone(&value));
                value.check.write();
                let found = table.own().unwrap();
                assert!(Arc::ptr_eq(&found, &value));
                found.check.write();
                drop((value, found));
                table.downgrade().end_thread();
                assert!(table.own().is_none());
            })
        });
        join(threads);
        assert_eq!(counted(&drops), 2);
    });
}

/// A value goes with its thread or with the table, and not twice.
#[test]
fn a_value_dies_once() {
    check(|| {
        let drops = share(AtomicUsize::new(0));
        let table = share(Table::new());
        let owner = spawn({
            let (drops, table) = (Arc::clone(&drops), Arc::clone(&table));
            move || {
                let value = Value::new(&drops);
                value.check.write();
                table.put(value);
                table.downgrade()
            }
        });
        let weak = owner.join().unwrap();
        let end = spawn(move || weak.end_thread());
        drop(table);
        end.join().unwrap();
        assert_eq!(counted(&drops), 1);
    });
}

/// Who looks at the values of all threads keeps them, also when their threads end.
#[test]
fn a_snapshot_keeps_values() {
    check(|| {
        let table = share(Table::new());
        let owner = spawn({
            let table = Arc::clone(&table);
            move || {
                table.put(share(AtomicUsize::new(7)));
                table.downgrade().end_thread();
            }
        });
        let seen = table.snapshot();
        let numbers: Vec<_> = seen.iter().map(|value| counted(value)).collect();
        assert!(matches!(numbers.as_slice(), [] | [7]));
        owner.join().unwrap();
        assert!(table.snapshot().is_empty());
    });
}
