//! Which items of a bulk map are claimed.

use std::ops::Range;

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};

use crate::crew::source::Source;

/// The word is twice the number of the first item that nobody has claimed; its lowest bit says that nobody may.
#[derive(Debug)]
pub(super) struct Cursor {
    word: AtomicUsize,
    count: usize,
}

const STOPPED: usize = 1;
const ONE_ITEM: usize = 2;

impl Cursor {
    pub(super) fn new(count: usize) -> Self {
        assert!(
            count < usize::MAX / ONE_ITEM,
            "so many items cannot be counted"
        );
        Self {
            word: AtomicUsize::new(0),
            count,
        }
    }

    /// How many items there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Hands out the next items: `most` says how many at most, 1 or more, if so many are left. `None` if there are none, or
    /// nobody may have them.
    pub(super) fn claim(&self, most: impl Fn(usize) -> usize) -> Option<Range<usize>> {
        let mut share = None;
        let claim = |word: usize| {
            let next = word / ONE_ITEM;
            let left = self.count - next;
            if left == 0 || word & STOPPED != 0 {
                return None;
            }
            let taken = most(left).clamp(1, left);
            share = Some(next..next + taken);
            Some(word + taken * ONE_ITEM)
        };
        let word = &self.word;
        // ORDERING: Relaxed, see the memory ordering of `slots`.
        let claimed = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim);
        claimed.ok().and(share)
    }

    /// Nothing is handed out any more; the number of the first item that was not.
    pub(super) fn stop(&self) -> usize {
        self.close() / ONE_ITEM
    }

    /// Nothing is handed out any more; the word before.
    fn close(&self) -> usize {
        // ORDERING: Relaxed, as in `claim`: one word has one order.
        self.word.fetch_or(STOPPED, Ordering::Relaxed)
    }
}

impl Source for Cursor {
    fn crew_closed(&self, _refusal: &Exception) {}

    fn cancel_pending(&self) -> usize {
        let word = self.close();
        let was_open = word & STOPPED == 0;
        if was_open {
            self.count - word / ONE_ITEM
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who cancels again cancels nothing more.
    #[test]
    fn what_is_cancelled_counts_once() {
        let cursor = Cursor::new(5);
        assert_eq!(cursor.claim(|_| 2), Some(0..2));
        assert_eq!(cursor.cancel_pending(), 3);
        assert_eq!(cursor.cancel_pending(), 0);
        assert_eq!(cursor.claim(|_| 1), None);
    }
}
