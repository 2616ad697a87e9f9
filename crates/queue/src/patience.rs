//! Looking around for a moment before going to sleep.
//!
//! A thread that sleeps is back some 30 µs after it was woken, and waking it costs its waker 5 µs; a hand-over between two
//! running threads takes less than one. So who is about to sleep keeps looking for about as long as the sleep would cost:
//! then it never pays more than twice what the better choice would have cost it. Without it two threads with a bounded
//! queue between them fall into a step in which each sleeps while the other works.
//!
//! It is yields that are counted, not time: a yield that lets nobody run is short, and one after which the CPU comes back
//! late has let those run who bring about the change. Where other work wants the CPU, each may take milliseconds, so who has
//! a deadline looks at the clock after each.

use std::cell::Cell;
use std::hint;
use std::iter;
use std::thread::yield_now;

use pythreads_sync_primitives::sync::IS_MODEL;
use pythreads_sync_primitives::{Deadline, Glance};

/// So many yields that let nobody run take some 20 µs, about what it costs to sleep and be woken.
const YIELDS: u32 = 64;

/// Who waits for a step looks so often, after so many pauses each.
const STEPS: u32 = 8;
const PAUSES: u32 = 4;

/// What a thread waits for.
#[derive(Clone, Copy)]
pub(crate) enum Awaited {
    /// A stretch of items or room. It yields before it looks at all: who has to bring about the change may be waiting for
    /// this very CPU, and if it runs on another one, it gets on undisturbed and leaves more than a single item or place.
    Stretch,
    /// A part of a stretch, which takes no more time than a yield. It spins first; if that was in vain, those who have to
    /// bring it about may be waiting for this CPU.
    Step,
    /// The next step of threads that take turns with it, because there is room for a few items only. It spins first: a step
    /// takes less time than a yield.
    Turn,
}

/// Looks until it has `found` something, it is time to sleep or `deadline` has passed. In a model nobody looks: its threads
/// run one at a time.
pub(crate) fn look_around<R>(
    awaited: Awaited,
    deadline: Deadline,
    mut found: impl FnMut() -> Option<R>,
) -> Option<R> {
    if IS_MODEL {
        return None;
    }
    match awaited {
        Awaited::Turn => TURNS.with(|turns| turns.spin(&mut found)),
        Awaited::Step => (0..STEPS).find_map(|_| {
            (0..PAUSES).for_each(|_: u32| hint::spin_loop());
            found()
        }),
        Awaited::Stretch => {
            let glance = Glance::new();
            iter::from_fn(|| glance.again().then_some(())).find_map(|()| found())
        }
    }
    .or_else(|| {
        (0..YIELDS)
            .take_while(|_| !deadline.has_passed())
            .find_map(|_| {
                yield_now();
                found()
            })
    })
}

thread_local! {
    static TURNS: Turns = const { Turns(Cell::new(0)) };
}

/// Whether it has been worth while to spin for one's turn: not if the others wait for this CPU.
///
/// Counts the turns that did not come, up to [`FUTILE`](Self::FUTILE), and then, as far as it goes, those it did not spin
/// for.
struct Turns(Cell<u8>);

impl Turns {
    const FUTILE: u8 = 32;
    /// Spins of 1, 2, 4, … and 32 rounds.
    const SPINS: u32 = 6;

    fn spin<R>(&self, mut found: impl FnMut() -> Option<R>) -> Option<R> {
        let futile = self.0.get();
        if futile >= Self::FUTILE {
            // Then once more.
            self.0
                .set(futile.checked_add(1).unwrap_or(Self::FUTILE - 1));
            return None;
        }
        let seen = (0..Self::SPINS).find_map(|power| {
            (0..1 << power).for_each(|_: u32| hint::spin_loop());
            found()
        });
        self.0.set(if seen.is_some() { 0 } else { futile + 1 });
        seen
    }
}

#[cfg(all(test, not(any(pythreads_loom, pythreads_shuttle))))]
mod tests;
