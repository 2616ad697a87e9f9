//! What does it cost that all wait for the last?

#![expect(clippy::disallowed_types, reason = "std's barrier is a rival")]

use std::sync::atomic::{AtomicU64, Ordering};

use pythreads::threading::Barrier;

use crate::clock::Elapsed;
use crate::scenario::Scenario;
use crate::teams::together;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![cycles("barrier/2", 2), cycles("barrier/4", 4)]
}

trait Meeting: Sync + 'static {
    fn new(parties: usize) -> Self;
    /// Whether the caller is the one of this cycle.
    fn wait(&self) -> bool;
}

fn cycles(name: &str, parties: usize) -> Scenario {
    fn cycles<M: Meeting>(parties: usize) -> impl FnMut(u64) -> Elapsed {
        let meeting = M::new(parties);
        move |iterations| {
            let leaders = AtomicU64::new(0);
            let elapsed = together(&mut vec![(); parties], |_, ()| {
                let led = (0..iterations).filter(|_| meeting.wait()).count();
                // ORDERING: Relaxed, the team's end orders it.
                leaders.fetch_add(led as u64, Ordering::Relaxed);
            });
            assert_eq!(leaders.into_inner(), iterations);
            elapsed
        }
    }
    Scenario::new(name, "cycle", 1)
        .ours(move || cycles::<Barrier>(parties))
        .rival("std", move || cycles::<std::sync::Barrier>(parties))
        .rival("async-lock", move || cycles::<async_lock::Barrier>(parties))
}

impl Meeting for Barrier {
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }

    fn wait(&self) -> bool {
        Barrier::wait(self).expect("nobody breaks it") == 0
    }
}

impl Meeting for std::sync::Barrier {
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }

    fn wait(&self) -> bool {
        std::sync::Barrier::wait(self).is_leader()
    }
}

impl Meeting for async_lock::Barrier {
    fn new(parties: usize) -> Self {
        Self::new(parties)
    }

    fn wait(&self) -> bool {
        self.wait_blocking().is_leader()
    }
}
