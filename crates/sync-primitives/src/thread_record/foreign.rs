//! The records of the threads that somebody else has started, for who asks who is alive.
//!
//! # Invariants
//!
//! 1. A record is here from when its thread first needs it until the slot that holds it is destroyed. The records that a
//!    thread makes after that are never here, since nobody would take them away.
//!
//! # Lock order
//!
//! The lock is a leaf: no other lock is taken and no user code runs under it.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use super::{Origin, ThreadRecord};
use crate::sync::{IS_MODEL, Mutex};

/// By ident. Not for the threads of a model, which are none of the system's and pass with their execution.
static RECORDS: Mutex<BTreeMap<NonZeroU64, Arc<ThreadRecord>>> = Mutex::new(BTreeMap::new());

/// What a thread's slot holds.
pub(super) struct Resident {
    pub(super) record: Arc<ThreadRecord>,
}

impl Resident {
    pub(super) fn of_current() -> Self {
        let record = ThreadRecord::of_current();
        if is_listed(&record) {
            let _none = RECORDS.lock().insert(record.ident, Arc::clone(&record));
        }
        Self { record }
    }
}

impl Drop for Resident {
    fn drop(&mut self) {
        if is_listed(&self.record) {
            let removed = RECORDS.lock().remove(&self.record.ident);
            drop(removed);
        }
    }
}

fn is_listed(record: &ThreadRecord) -> bool {
    !IS_MODEL && record.origin == Origin::Foreign
}

/// The threads alive that neither `threading` nor the system's start of the program has started and that have a record,
/// by ident. A thread that has slept in a [wait queue](crate::wait_queue) has one.
pub fn foreign() -> Vec<Arc<ThreadRecord>> {
    RECORDS.lock().values().cloned().collect()
}
