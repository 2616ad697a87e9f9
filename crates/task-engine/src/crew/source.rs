//! Who brings a crew work that is not in its run queue: maps.

use std::sync::{Arc, Weak};

use pythreads_sync_primitives::Exception;

use super::Crew;
use crate::contain::drop_contained;

/// Holds work for a crew, and hears what becomes of the crew. Called with no lock of the crew held.
pub(crate) trait Source: Send + Sync {
    /// The crew takes no more work, for this reason; what it has taken it still does. Never unwinds.
    fn crew_closed(&self, refusal: &Exception);

    /// Cancels what nobody has started, its tasks in the run queue among that, and returns how many items that were. Never
    /// unwinds.
    fn cancel_pending(&self) -> usize;

    /// How many items wait that are to be counted as tasks are, and whose runners are not.
    fn waiting(&self) -> usize {
        0
    }
}

/// The sources of one crew. Those that are gone are forgotten when another one comes.
#[derive(Default)]
pub(super) struct Sources {
    list: Vec<Weak<dyn Source>>,
}

impl Sources {
    pub(super) fn all(&self) -> Vec<Arc<dyn Source>> {
        self.list.iter().filter_map(Weak::upgrade).collect()
    }
}

pub(super) fn tell_closed(sources: Vec<Arc<dyn Source>>, refusal: &Exception) {
    for source in sources {
        source.crew_closed(refusal);
        // The last one drops what users gave us.
        drop_contained(source);
    }
}

/// Returns how many items were cancelled.
pub(super) fn cancel_pending(sources: Vec<Arc<dyn Source>>) -> usize {
    let cancel = |source: Arc<dyn Source>| {
        let count = source.cancel_pending();
        drop_contained(source);
        count
    };
    sources.into_iter().map(cancel).sum()
}

/// How many items wait.
pub(super) fn waiting(sources: Vec<Arc<dyn Source>>) -> usize {
    let count = |source: Arc<dyn Source>| {
        let count = source.waiting();
        drop_contained(source);
        count
    };
    sources.into_iter().map(count).sum()
}

impl Crew {
    /// Tells `source` from now on what becomes of the crew.
    ///
    /// # Errors
    ///
    /// Why the crew takes no work.
    pub(crate) fn add_source(&self, source: &Arc<dyn Source>) -> Result<(), Exception> {
        let mut roster = self.roster.lock();
        if let Some(refusal) = roster.refusal(&self.settings) {
            return Err(refusal);
        }
        let list = &mut roster.sources.list;
        list.retain(|source| source.strong_count() > 0);
        list.push(Arc::downgrade(source));
        Ok(())
    }
}
