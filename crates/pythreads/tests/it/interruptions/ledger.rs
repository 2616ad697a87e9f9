//! What was raised, and what became of it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use pythreads::threading::Exception;

/// The most that is raised in a round.
pub(crate) const MOST: usize = 3;

const UNDECIDED: u8 = 0;
const DELIVERED: u8 = 1;
const DROPPED: u8 = 2;

/// The fate of each exception of a round: once delivered to the thread it was raised in, or never.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    fates: [AtomicU8; MOST],
}

impl Ledger {
    pub(crate) fn mark(self: &Arc<Self>, number: usize) -> Mark {
        Mark {
            number,
            ledger: Arc::clone(self),
        }
    }

    /// Notes that `exception`, which the target has caught, was delivered, and returns its number.
    pub(crate) fn deliver(self: &Arc<Self>, exception: &Exception) -> usize {
        let mark: &Mark = exception.downcast_ref().expect("nobody else raises");
        assert!(Arc::ptr_eq(self, &mark.ledger), "it is of another round");
        let before = self.fates[mark.number].swap(DELIVERED, Ordering::SeqCst);
        assert_eq!(before, UNDECIDED, "number {} came twice", mark.number);
        mark.number
    }

    pub(crate) fn is_delivered(&self, number: usize) -> bool {
        self.fates[number].load(Ordering::SeqCst) == DELIVERED
    }

    /// Whether it was replaced or taken back, and never delivered.
    pub(crate) fn is_dropped(&self, number: usize) -> bool {
        self.fates[number].load(Ordering::SeqCst) == DROPPED
    }
}

/// The cause of an exception, which tells the ledger what becomes of it.
#[derive(Debug)]
pub(crate) struct Mark {
    number: usize,
    ledger: Arc<Ledger>,
}

impl Drop for Mark {
    fn drop(&mut self) {
        let fate = &self.ledger.fates[self.number];
        let dropped = fate.compare_exchange(UNDECIDED, DROPPED, Ordering::SeqCst, Ordering::SeqCst);
        assert_ne!(dropped, Err(DROPPED), "a cause is dropped once");
    }
}

impl Error for Mark {}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {} of its round", self.number)
    }
}
